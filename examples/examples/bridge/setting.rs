//! How the two trunks of a run are spoken to, and the certificates that TLS takes.

use std::error::Error;
use std::str::FromStr;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use siptrunk::message::Transport;
use siptrunk::net::{BoundListener, Certificate, Roots, StreamListener, TlsClient, TlsServer};
use siptrunk::net::{Driver, UdpListener, World};
use siptrunk::profiles::{AuthoritySource, Listen, TlsSettings, Trunk};
use siptrunk::sim::Over;
use siptrunk::transaction::Core;

/// The addresses of the gateway, of Five9 and of Synthflow.
pub(crate) const GATEWAY: &str = "127.0.1.1";
pub(crate) const FIVE9: &str = "127.0.2.1";
pub(crate) const SYNTHFLOW: &str = "127.0.3.1";

/// What kind of trunk Five9 made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By the admin of a domain.
    #[default]
    SelfService,
    /// By Five9 itself: TLS, and a pseudo number is dialled.
    Partner,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "self-service" => Ok(Self::SelfService),
            "partner" => Ok(Self::Partner),
            _ => Err(format!("{name} is no kind of trunk; there are self-service, partner")),
        }
    }
}

/// What both trunks go over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Setting {
    pub(crate) kind: Kind,
    pub(crate) five9: Transport,
    pub(crate) synthflow: Transport,
}

impl Setting {
    /// A partner trunk is TLS whatever the other one is.
    pub(crate) fn new(kind: Kind, transport: Option<Transport>) -> Self {
        let plain = transport.unwrap_or(Transport::Udp);
        let five9 = match kind {
            Kind::SelfService => plain,
            Kind::Partner => Transport::Tls,
        };
        Self { kind, five9, synthflow: plain }
    }

    /// The transports that the gateway listens on, each once.
    pub(crate) fn transports(self) -> Vec<Transport> {
        let mut both = vec![self.five9, self.synthflow];
        both.dedup();
        both
    }
}

/// An authority of this run, which signs a certificate for each address.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?))
    }

    /// Chain and key as PEM.
    fn issue(&self, host: &str) -> Result<(String, String), rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new([host.to_owned()])?.signed_by(&key, &self.0)?;
        Ok((certificate.pem(), key.serialize_pem()))
    }

    fn roots(&self) -> Result<Roots, Box<dyn Error>> {
        Ok(Roots::from_pem(self.0.pem().as_bytes())?)
    }

    /// A listener of the gateway.
    pub(crate) fn listen(&self, transport: Transport) -> Result<Listen, Box<dyn Error>> {
        let listen = Listen::on(transport, format!("{GATEWAY}:0"));
        if transport != Transport::Tls {
            return Ok(listen);
        }
        let (chain, key) = self.issue(GATEWAY)?;
        Ok(listen.certificate_pem(chain, key))
    }

    /// The trunk over this transport, trusting this authority.
    pub(crate) fn trunk(&self, trunk: Trunk, transport: Transport) -> Trunk {
        let trunk = trunk.transport(transport);
        if transport != Transport::Tls {
            return trunk;
        }
        let mut tls = TlsSettings::default();
        tls.ca = Some(AuthoritySource::Pem(self.0.pem()));
        trunk.tls(tls)
    }

    /// The two listeners of a scripted end: SIP and RTP.
    pub(crate) async fn bind(
        &self,
        host: &str,
        transport: Transport,
    ) -> Result<[BoundListener; 2], Box<dyn Error>> {
        let address = format!("{host}:0").parse()?;
        let sip = match transport {
            Transport::Udp => UdpListener::bind((host, 0)).await?.into(),
            Transport::Tcp => StreamListener::tcp(address)?.into(),
            Transport::Tls => {
                let (chain, key) = self.issue(host)?;
                let certificate = Certificate::from_pem(chain.as_bytes(), key.as_bytes())?;
                StreamListener::tls(address, TlsServer::new(certificate)?)?.into()
            }
        };
        Ok([sip, UdpListener::bind((host, 0)).await?.into()])
    }

    /// Has a scripted end trust this authority.
    pub(crate) fn trusted<C: Core, W: World<C>>(
        &self,
        driver: Driver<C, W>,
    ) -> Result<Driver<C, W>, Box<dyn Error>> {
        Ok(driver.tls(TlsClient::new(self.roots()?)))
    }
}

/// What a scripted end speaks over; over TLS the gateway must name its address.
pub(crate) fn over(transport: Transport) -> Over {
    match transport {
        Transport::Udp => Over::UDP,
        Transport::Tcp => Over::TCP,
        Transport::Tls => Over::tls(GATEWAY),
    }
}

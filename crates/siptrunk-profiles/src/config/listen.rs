//! An address to listen on for signalling.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use siptrunk_digest::Secret;
use siptrunk_message::{HostPort, Transport};

use super::{AuthoritySource, CertificateSource};
use crate::unread::Unread;

/// An address to listen on, and the address that Via and Contact name for it.
///
/// Text that is no address is kept and becomes a finding of [`crate::Config::lint`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Listen {
    /// The transport.
    pub transport: Transport,
    /// The local address; port 0 takes a free one.
    pub bind: SocketAddr,
    /// What the others are told. Required when `bind` is unspecified (`0.0.0.0`, `[::]`).
    pub advertise: Option<HostPort>,
    /// TLS: the certificate that is shown.
    pub certificate: Option<CertificateSource>,
    /// TLS: peers must show a certificate of these authorities; none are asked for one without it.
    pub client_ca: Option<AuthoritySource>,
    pub(crate) unread: Unread,
}

impl Listen {
    /// Listens on `bind` (`address:port`, or a `SocketAddr`) for this transport.
    pub fn on(transport: Transport, bind: impl fmt::Display) -> Self {
        let mut unread = Unread::default();
        let bind = unread
            .read("bind", &bind, "write an address and a port, as 0.0.0.0:5060", |text| {
                text.parse().map_err(|_| "not an address and port".to_owned())
            })
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        Self { transport, bind, advertise: None, certificate: None, client_ca: None, unread }
    }

    /// Listens for datagrams.
    pub fn udp(bind: impl fmt::Display) -> Self {
        Self::on(Transport::Udp, bind)
    }

    /// Listens for TCP connections.
    pub fn tcp(bind: impl fmt::Display) -> Self {
        Self::on(Transport::Tcp, bind)
    }

    /// Listens for TLS connections; needs a [`certificate`](Self::certificate).
    pub fn tls(bind: impl fmt::Display) -> Self {
        Self::on(Transport::Tls, bind)
    }

    /// What Via and Contact name, as `203.0.113.7:5060` or `gw.example.com`.
    #[must_use]
    pub fn advertise(mut self, address: impl fmt::Display) -> Self {
        self.advertise = self.unread.read(
            "advertise",
            &address,
            "write the address that the others can reach, as 203.0.113.7:5060",
            |text| text.parse::<HostPort>().map_err(|error| error.to_string()),
        );
        self
    }

    /// The files of the certificate chain (our own certificate first) and its private key, PEM.
    #[must_use]
    pub fn certificate(mut self, chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        let (chain, key) = (chain.into(), key.into());
        self.certificate = Some(CertificateSource::Files { chain, key });
        self
    }

    /// The certificate chain and its private key as PEM text.
    #[must_use]
    pub fn certificate_pem(mut self, chain: impl Into<String>, key: impl Into<Secret>) -> Self {
        let (chain, key) = (chain.into(), key.into());
        self.certificate = Some(CertificateSource::Pem { chain, key });
        self
    }

    /// Asks peers for a certificate that these authorities signed, and refuses those without one.
    #[must_use]
    pub fn client_ca(mut self, authorities: AuthoritySource) -> Self {
        self.client_ca = Some(authorities);
        self
    }

    /// What Via and Contact name: `advertise` with its port or the bound one, else the bound address.
    /// `bound` is where the socket ended up, which differs from `bind` when that asked for port 0.
    pub fn advertised(&self, bound: SocketAddr) -> HostPort {
        match &self.advertise {
            Some(advertise) => HostPort {
                host: advertise.host.clone(),
                port: Some(advertise.port.unwrap_or_else(|| bound.port())),
            },
            None => HostPort::from(bound),
        }
    }
}

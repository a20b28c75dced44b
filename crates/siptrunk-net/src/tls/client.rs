//! The client's side: one configuration a domain, since each may be judged by its own rules.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use siptrunk_transaction::{Domain, PeerIdentity};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig,
        client::danger::ServerCertVerifier,
        pki_types::{ServerName, UnixTime},
    },
};

use super::{
    Certificate, Chain, HandshakeError, Roots, TlsError, identity, provider, shown::Shown,
    verifier::Verifier,
};

/// How many domains' configurations are kept; a domain without one gets a fresh one each time, which
/// costs a resumption, nothing else.
const KEPT: usize = 1024;

/// What peers must prove before a TLS connection to them is used. Cheap to clone.
///
/// A peer is judged by the domain of its target (RFC 5922): the name that was configured or stood in
/// the URI, never what DNS made of it.
#[derive(Clone, Debug)]
pub struct TlsClient(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    roots: Roots,
    shown: Option<Arc<Shown>>,
    peers: HashMap<Domain, PeerPolicy>,
    /// By domain: a configuration holds the sessions that can be resumed.
    made: Mutex<HashMap<Domain, Arc<ClientConfig>>>,
}

/// How one domain is judged differently from the rest.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PeerPolicy {
    /// Authorities of its own, in place of the common ones.
    pub roots: Option<Roots>,
    /// The SHA-256 of its public key (SubjectPublicKeyInfo). With it neither chain nor names nor
    /// dates are asked: the key itself is the proof.
    pub pin: Option<[u8; 32]>,
    /// Whether a wildcard in its certificate stands for one label, which RFC 5922 7.2 forbids.
    pub accept_wildcard: bool,
}

impl PeerPolicy {
    /// Reads a pin of 64 hexadecimal digits, with or without colons between them.
    pub fn read_pin(text: &str) -> Result<[u8; 32], TlsError> {
        let mut digits = text.chars().filter(|character| *character != ':');
        let mut pin = [0; 32];
        for octet in &mut pin {
            let mut digit = || digits.next().and_then(|digit| digit.to_digit(16));
            let (Some(high), Some(low)) = (digit(), digit()) else { return Err(TlsError::NotAPin) };
            *octet = u8::try_from(high << 4 | low).map_err(|_| TlsError::NotAPin)?;
        }
        if digits.next().is_some() { Err(TlsError::NotAPin) } else { Ok(pin) }
    }
}

impl TlsClient {
    /// Trusts these authorities.
    pub fn new(roots: Roots) -> Self {
        let (peers, made) = (HashMap::new(), Mutex::default());
        Self(Arc::new(Inner { roots, shown: None, peers, made }))
    }

    /// Shows this certificate to peers that ask for one (mutual TLS).
    #[must_use]
    pub fn certificate(self, certificate: Certificate) -> Self {
        self.change(|inner| inner.shown = Some(Shown::new(certificate)))
    }

    /// Shows another certificate from the next handshake on, in this client and in those that were
    /// cloned from it; nothing where none was shown. Connections that are open stay.
    pub fn replace_certificate(&self, certificate: Certificate) {
        if let Some(shown) = &self.0.shown {
            shown.replace(certificate);
            // What could be resumed was proven by the old one.
            self.0.made.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Judges a domain by rules of its own.
    #[must_use]
    pub fn peer(self, domain: Domain, policy: PeerPolicy) -> Self {
        self.change(|inner| drop(inner.peers.insert(domain, policy)))
    }

    /// A client with the change made; those that were cloned from it before keep what they had.
    fn change(self, change: impl FnOnce(&mut Inner)) -> Self {
        let Inner { roots, shown, peers, .. } = &*self.0;
        let mut inner = Inner {
            roots: roots.clone(),
            shown: shown.clone(),
            peers: peers.clone(),
            made: Mutex::default(),
        };
        change(&mut inner);
        Self(Arc::new(inner))
    }

    /// Makes the handshake, and says whom the peer proved to be. The stream is boxed, as
    /// [`TlsServer`](crate::TlsServer)'s is.
    pub(crate) async fn connect(
        &self,
        stream: TcpStream,
        domain: &Domain,
    ) -> Result<(Box<TlsStream<TcpStream>>, Option<PeerIdentity>), HandshakeError> {
        let name = server_name(domain).ok_or_else(|| HandshakeError::Certificate {
            reason: "what it should name is neither a host name nor an address".to_owned(),
        })?;
        let connector = TlsConnector::from(self.config(domain)?);
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| HandshakeError::from_io(&error, Some(domain)))?;
        let identity = if self.policy(domain).pin.is_some() {
            // Whoever holds a pinned key may have written any name into its certificate.
            Some(PeerIdentity::new([domain.as_str().to_owned()]))
        } else {
            identity::of_chain(stream.get_ref().1.peer_certificates())
        };
        Ok((Box::new(stream), identity))
    }

    fn policy(&self, domain: &Domain) -> PeerPolicy {
        self.0.peers.get(domain).cloned().unwrap_or_default()
    }

    /// Whether a peer that connected to us showed what it would have to show if we connected to it
    /// as this domain: only then is one connection as good as the other (RFC 5923 section 5).
    pub(crate) fn accepts(&self, chain: &Chain, domain: &Domain) -> bool {
        let (Some(name), [own, rest @ ..]) = (server_name(domain), &*chain.0) else {
            return false;
        };
        self.verifier(domain).verify_server_cert(own, rest, &name, &[], UnixTime::now()).is_ok()
    }

    fn verifier(&self, domain: &Domain) -> Verifier {
        let policy = self.policy(domain);
        Verifier {
            domain: domain.clone(),
            roots: policy.roots.as_ref().unwrap_or(&self.0.roots).0.clone(),
            pin: policy.pin,
            accept_wildcard: policy.accept_wildcard,
            provider: provider(),
        }
    }

    fn config(&self, domain: &Domain) -> Result<Arc<ClientConfig>, HandshakeError> {
        // A map is whole between its statements: a panicked holder leaves nothing half done.
        let mut made = self.0.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = made.get(domain) {
            return Ok(Arc::clone(config));
        }
        let verifier = self.verifier(domain);
        let builder = ClientConfig::builder_with_provider(Arc::clone(&verifier.provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| HandshakeError::Certificate { reason: error.to_string() })?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = Arc::new(match &self.0.shown {
            Some(shown) => builder.with_client_cert_resolver(Arc::clone(shown) as _),
            None => builder.with_no_client_auth(),
        });
        if made.len() < KEPT {
            made.insert(domain.clone(), Arc::clone(&config));
        }
        Ok(config)
    }
}

/// The name as TLS wants it; an IPv6 address may stand in brackets.
fn server_name(domain: &Domain) -> Option<ServerName<'static>> {
    let text = domain.as_str();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    match bare.parse::<IpAddr>() {
        Ok(address) => Some(ServerName::from(address)),
        Err(_) => ServerName::try_from(text.trim_end_matches('.').to_owned()).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_read_with_and_without_colons() {
        let plain = "00ff".repeat(16);
        let expected: Vec<u8> = [0, 255].repeat(16);
        assert_eq!(PeerPolicy::read_pin(&plain).unwrap()[..], expected);
        let colons = ["00:FF"; 16].join(":");
        assert_eq!(PeerPolicy::read_pin(&colons).unwrap()[..], expected);
        for wrong in ["", "00ff", &plain[1..], &format!("{plain}0"), &"zz".repeat(32)] {
            assert!(matches!(PeerPolicy::read_pin(wrong), Err(TlsError::NotAPin)), "{wrong}");
        }
    }

    #[test]
    fn addresses_and_names_are_told_apart() {
        let name = |text| server_name(&Domain::new(text));
        assert!(matches!(name("192.0.2.1"), Some(ServerName::IpAddress(_))));
        assert!(matches!(name("[2001:db8::1]"), Some(ServerName::IpAddress(_))));
        assert!(matches!(name("sip.example.com."), Some(ServerName::DnsName(_))));
        assert_eq!(name("not a name"), None);
    }
}

//! From the configuration's TLS settings to what listeners show and peers must prove.

use siptrunk_message::Transport;
use siptrunk_profiles::{AuthoritySource, CertificateSource, Config, Finding, Listen, Trunk};
use siptrunk_transaction::Domain;

use crate::{Certificate, PeerPolicy, Roots, TlsClient, TlsError, TlsServer};

/// What the listener at `listen[at]` shows; what is wrong becomes a finding.
pub(super) fn server(listen: &Listen, at: usize, findings: &mut Vec<Finding>) -> Option<TlsServer> {
    // A listener without a certificate is a finding of the lints.
    let certificate = certificate(listen.certificate.as_ref()?)?;
    let certificate = note(certificate, format!("listen[{at}].certificate"), findings)?;
    let server = match &listen.client_ca {
        None => TlsServer::new(certificate),
        Some(source) => {
            let roots = note(roots(source), format!("listen[{at}].client_ca"), findings)?;
            TlsServer::requiring_clients(certificate, roots)
        }
    };
    note(server, format!("listen[{at}].certificate"), findings)
}

/// What the peers of all trunks must prove; `None` if no trunk is reached over TLS.
pub(super) fn client(config: &Config, findings: &mut Vec<Finding>) -> Option<TlsClient> {
    let secured = || config.trunks.iter().filter(|trunk| trunk.transport == Transport::Tls);
    secured().next()?;
    // The system's authorities matter to trunks that name none of their own.
    let needs_system = secured().any(|trunk| trunk.tls.ca.is_none() && trunk.tls.pin.is_none());
    let system = if needs_system { Roots::system() } else { Ok(Roots::none()) };
    let mut client = TlsClient::new(note(system, "trunk".to_owned(), findings)?);
    if let Some(certificate) = ours(config) {
        client = client.certificate(certificate);
    }
    for trunk in secured() {
        let policy = policy(trunk, findings)?;
        for name in trunk.certificate_names() {
            client = client.peer(Domain::new(&name), policy.clone());
        }
    }
    Some(client)
}

/// What we show to peers that ask: the first TLS listener's certificate. What is wrong with it was
/// told when the listener was made.
fn ours(config: &Config) -> Option<Certificate> {
    let (_, source) = ours_from(config)?;
    certificate(source)?.ok()
}

fn ours_from(config: &Config) -> Option<(usize, &CertificateSource)> {
    let mut listens = config.listen.iter().enumerate();
    listens.find_map(|(at, listen)| Some((at, listen.certificate.as_ref()?)))
}

/// Reads a certificate; `None` if it is kept in a way that is not known here.
fn certificate(source: &CertificateSource) -> Option<Result<Certificate, TlsError>> {
    match source {
        CertificateSource::Files { chain, key } => Some(Certificate::from_files(chain, key)),
        CertificateSource::Pem { chain, key } => {
            Some(Certificate::from_pem(chain.as_bytes(), key.expose()))
        }
        _ => None,
    }
}

/// Where the certificates that are shown came from, to read them again.
#[derive(Debug, Default)]
pub(super) struct Shown {
    servers: Vec<(usize, CertificateSource, TlsServer)>,
    client: Option<(usize, TlsClient)>,
}

impl Shown {
    /// Of a gateway whose listeners are those of the configuration, in its order.
    pub(super) fn new(
        config: &Config,
        servers: impl Iterator<Item = Option<TlsServer>>,
        client: Option<&TlsClient>,
    ) -> Self {
        let listens = config.listen.iter().enumerate().zip(servers);
        let servers = listens
            .filter_map(|((at, listen), server)| Some((at, listen.certificate.clone()?, server?)))
            .collect();
        let client = ours_from(config).map(|(at, _)| at).zip(client.cloned());
        Self { servers, client }
    }

    /// Reads all of them again, and only then shows them, if nothing is wrong with any.
    pub(super) fn reload(&self) -> Result<(), Vec<Finding>> {
        let mut findings = Vec::new();
        let read: Vec<_> = self
            .servers
            .iter()
            .filter_map(|(at, source, server)| {
                let field = format!("listen[{at}].certificate");
                Some((*at, server, note(certificate(source)?, field, &mut findings)?))
            })
            .collect();
        if !findings.is_empty() {
            return Err(findings);
        }
        for (at, server, certificate) in read {
            if let Some((ours, client)) = &self.client
                && *ours == at
            {
                client.replace_certificate(certificate.clone());
            }
            server.replace(certificate);
        }
        Ok(())
    }
}

fn policy(trunk: &Trunk, findings: &mut Vec<Finding>) -> Option<PeerPolicy> {
    let field = |key| format!("trunk[{}].{key}", trunk.name);
    let roots = match &trunk.tls.ca {
        Some(source) => Some(note(roots(source), field("tls_ca"), findings)?),
        None => None,
    };
    let pin = match &trunk.tls.pin {
        Some(pin) => Some(note(PeerPolicy::read_pin(pin), field("tls_pin"), findings)?),
        None => None,
    };
    Some(PeerPolicy { roots, pin, accept_wildcard: trunk.tls.danger_accept_wildcard })
}

fn roots(source: &AuthoritySource) -> Result<Roots, TlsError> {
    match source {
        AuthoritySource::File(path) => Roots::from_file(path),
        AuthoritySource::Pem(text) => Roots::from_pem(text.as_bytes()),
        _ => Ok(Roots::none()),
    }
}

fn note<T>(result: Result<T, TlsError>, field: String, findings: &mut Vec<Finding>) -> Option<T> {
    match result {
        Ok(done) => Some(done),
        Err(error) => {
            let remedy = "give PEM files that this process may read";
            findings.push(Finding::error("S004", field, error.to_string(), remedy));
            None
        }
    }
}

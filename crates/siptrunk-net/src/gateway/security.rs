//! From the configuration's TLS settings to what listeners show and peers must prove.

use siptrunk_message::Transport;
use siptrunk_profiles::{AuthoritySource, CertificateSource, Config, Finding, Listen, Trunk};
use siptrunk_transaction::Domain;

use crate::{Certificate, PeerPolicy, Roots, TlsClient, TlsError, TlsServer};

/// What the listener at `listen[at]` shows; what is wrong becomes a finding.
pub(super) fn server(listen: &Listen, at: usize, findings: &mut Vec<Finding>) -> Option<TlsServer> {
    // A listener without a certificate is a finding of the lints.
    let certificate = match listen.certificate.as_ref()? {
        CertificateSource::Files { chain, key } => Certificate::from_files(chain, key),
        CertificateSource::Pem { chain, key } => {
            Certificate::from_pem(chain.as_bytes(), key.expose())
        }
        _ => return None,
    };
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
    let listen = config.listen.iter().find(|listen| listen.certificate.is_some())?;
    match listen.certificate.as_ref()? {
        CertificateSource::Files { chain, key } => Certificate::from_files(chain, key).ok(),
        CertificateSource::Pem { chain, key } => {
            Certificate::from_pem(chain.as_bytes(), key.expose()).ok()
        }
        _ => None,
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

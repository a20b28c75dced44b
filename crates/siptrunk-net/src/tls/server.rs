//! The server's side: our certificate, changed while calls go on, and client certificates.

use std::{fmt, sync::Arc};

use siptrunk_transaction::PeerIdentity;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        server::{ResolvesServerCert, WebPkiClientVerifier},
    },
    server::TlsStream,
};

use super::{
    Certificate, Chain, HandshakeError, Roots, TlsError, identity, provider, shown::Shown,
    verifier::ClientVerifier,
};

/// What a TLS listener shows and asks for. Clones share the certificate: replacing it in one
/// replaces it in all.
#[derive(Clone)]
pub struct TlsServer {
    acceptor: TlsAcceptor,
    shown: Arc<Shown>,
}

impl fmt::Debug for TlsServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServer").finish_non_exhaustive()
    }
}

/// Whether peers must show a certificate.
enum Clients {
    NotAsked,
    Asked(Roots),
    Required(Roots),
}

impl TlsServer {
    /// Shows this certificate and asks for none.
    pub fn new(certificate: Certificate) -> Result<Self, TlsError> {
        Self::build(certificate, &Clients::NotAsked)
    }

    /// Shows this certificate, and asks for one that these authorities signed; peers may have none.
    /// Whom it names is told with each message ([`Received::identity`]).
    ///
    /// [`Received::identity`]: siptrunk_transaction::Received::identity
    pub fn asking_clients(certificate: Certificate, roots: Roots) -> Result<Self, TlsError> {
        Self::build(certificate, &Clients::Asked(roots))
    }

    /// As [`asking_clients`](Self::asking_clients), and a peer without a certificate is refused.
    pub fn requiring_clients(certificate: Certificate, roots: Roots) -> Result<Self, TlsError> {
        Self::build(certificate, &Clients::Required(roots))
    }

    fn build(certificate: Certificate, clients: &Clients) -> Result<Self, TlsError> {
        let provider = provider();
        let unusable = |reason: String| TlsError::Unusable { reason };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(error.to_string()))?;
        let shown = Shown::new(certificate);
        let (roots, required) = match clients {
            Clients::NotAsked => (None, false),
            Clients::Asked(roots) => (Some(roots), false),
            Clients::Required(roots) => (Some(roots), true),
        };
        let builder = match roots {
            None => builder.with_no_client_auth(),
            Some(roots) => {
                let roots = Arc::clone(&roots.0);
                let chain = WebPkiClientVerifier::builder_with_provider(
                    Arc::clone(&roots),
                    Arc::clone(&provider),
                );
                let chain = if required { chain } else { chain.allow_unauthenticated() };
                let chain = chain.build().map_err(|error| unusable(error.to_string()))?;
                let verifier = ClientVerifier { chain, roots, provider };
                builder.with_client_cert_verifier(Arc::new(verifier))
            }
        };
        let resolver: Arc<dyn ResolvesServerCert> = Arc::clone(&shown) as _;
        let config = builder.with_cert_resolver(resolver);
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), shown })
    }

    /// Shows another certificate from the next handshake on. Connections that are open stay.
    pub fn replace(&self, certificate: Certificate) {
        self.shown.replace(certificate);
    }

    /// Makes the handshake, and says whom the peer proved to be, and by what. The stream is boxed: it
    /// is large, and tasks that wait would hold room for it several times over.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
    ) -> Result<(Box<TlsStream<TcpStream>>, Option<(PeerIdentity, Chain)>), HandshakeError> {
        let stream = self
            .acceptor
            .accept(stream)
            .await
            .map_err(|error| HandshakeError::from_io(&error, None))?;
        let chain = stream.get_ref().1.peer_certificates();
        let proof = identity::of_chain(chain).zip(chain.map(|chain| Chain(chain.into())));
        Ok((Box::new(stream), proof))
    }
}

//! TLS: our certificates, whom we trust, and what a peer's certificate proves (RFC 5922).

mod certificate;
pub use certificate::{Certificate, Roots};

mod client;
pub use client::{PeerPolicy, TlsClient};

mod error;
pub use error::{HandshakeError, TlsError};

mod identity;

mod server;
pub use server::TlsServer;

mod shown;

#[cfg(test)]
mod tests;

mod verifier;

use std::sync::Arc;

use tokio_rustls::rustls::{
    crypto::{CryptoProvider, ring},
    pki_types::CertificateDer,
};

/// The certificates that a peer showed and holds the key of: its own, then what leads from there to
/// an authority.
#[derive(Clone, Debug)]
pub(crate) struct Chain(Arc<[CertificateDer<'static>]>);

/// The cryptography under all of it: one that builds with a C compiler alone.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

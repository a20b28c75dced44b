//! The certificate that we show: changed while connections are open, for all who share it.

use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::rustls::{
    SignatureScheme,
    client::ResolvesClientCert,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

use super::Certificate;

/// Asked at each handshake.
#[derive(Debug)]
pub(super) struct Shown(RwLock<Certificate>);

impl Shown {
    pub(super) fn new(certificate: Certificate) -> Arc<Self> {
        Arc::new(Self(RwLock::new(certificate)))
    }

    pub(super) fn replace(&self, certificate: Certificate) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = certificate;
    }

    fn now(&self) -> Arc<CertifiedKey> {
        // A certificate is replaced as a whole: a panicked holder leaves nothing half done.
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.now())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let shown = self.now();
        // One that the peer cannot check is as good as none.
        shown.key.choose_scheme(schemes).is_some().then_some(shown)
    }

    fn has_certs(&self) -> bool {
        true
    }
}

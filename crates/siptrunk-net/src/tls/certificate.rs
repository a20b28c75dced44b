//! What we show, and whom we trust: read from PEM.

use std::{fs, path::Path, sync::Arc};

use tokio_rustls::rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};

use super::{TlsError, provider};

/// Our certificate with its chain and private key. `Debug` shows nothing of the key.
#[derive(Clone, Debug)]
pub struct Certificate(pub(super) Arc<CertifiedKey>);

impl Certificate {
    /// Reads the chain (our own certificate first) and the key from PEM text.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, TlsError> {
        let chain = certificates(chain)?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| match error {
            pem::Error::NoItemsFound => TlsError::NoKey,
            error => TlsError::NotPem { reason: error.to_string() },
        })?;
        let unusable =
            |error: tokio_rustls::rustls::Error| TlsError::Unusable { reason: error.to_string() };
        let certified = CertifiedKey::from_der(chain, key, &provider()).map_err(unusable)?;
        certified.keys_match().map_err(unusable)?;
        Ok(Self(Arc::new(certified)))
    }

    /// Reads both from files.
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, TlsError> {
        Self::from_pem(&read(chain)?, &read(key)?)
    }
}

/// The authorities that certificates must lead to.
#[derive(Clone, Debug)]
pub struct Roots(pub(super) Arc<RootCertStore>);

impl Roots {
    /// The system's authorities. Looks at the file system.
    pub fn system() -> Result<Self, TlsError> {
        let found = rustls_native_certs::load_native_certs();
        let mut roots = RootCertStore::empty();
        // What one program put there and another cannot read is not ours to judge.
        let _ = roots.add_parsable_certificates(found.certs);
        if roots.is_empty() {
            let reason = match found.errors.first() {
                Some(error) => error.to_string(),
                None => "none found".to_owned(),
            };
            return Err(TlsError::NoRoots { reason });
        }
        Ok(Self(Arc::new(roots)))
    }

    /// Nobody: what is not pinned is not trusted.
    pub fn none() -> Self {
        Self(Arc::new(RootCertStore::empty()))
    }

    /// Authorities from PEM text.
    pub fn from_pem(text: &[u8]) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(text)? {
            roots
                .add(certificate)
                .map_err(|error| TlsError::Unusable { reason: error.to_string() })?;
        }
        Ok(Self(Arc::new(roots)))
    }

    /// Authorities from a file of PEM text.
    pub fn from_file(path: &Path) -> Result<Self, TlsError> {
        Self::from_pem(&read(path)?)
    }
}

fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    match read {
        Ok(read) if read.is_empty() => Err(TlsError::NoCertificate),
        Ok(read) => Ok(read),
        Err(error) => Err(TlsError::NotPem { reason: error.to_string() }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { path: path.to_owned(), source })
}

//! Where the material of TLS comes from: files, or text that the application has.

use std::path::PathBuf;

use siptrunk_digest::Secret;

/// A certificate chain (our own first) and its private key, both PEM.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum CertificateSource {
    /// Two files; both may name the same one.
    Files {
        /// The chain.
        chain: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Two texts.
    Pem {
        /// The chain.
        chain: String,
        /// The key.
        key: Secret,
    },
}

/// Authorities that a certificate must lead to, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthoritySource {
    /// A file.
    File(PathBuf),
    /// The text itself.
    Pem(String),
}

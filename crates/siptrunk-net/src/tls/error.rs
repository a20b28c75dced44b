//! What can be wrong with certificates, and why a handshake fails.

use std::{io, path::PathBuf};

use siptrunk_transaction::Domain;
use tokio_rustls::rustls::{self, AlertDescription, CertificateError};

use crate::escape::Escaped;

/// Certificates, keys or roots that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {path}: {source}; is the path right, and may we read it?")]
    File {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The text is not PEM.
    #[error("not PEM: {reason}; certificates and keys begin with -----BEGIN")]
    NotPem {
        /// What the reader said.
        reason: String,
    },
    /// No certificate in the text.
    #[error("no certificate in the PEM text: give the chain, our own certificate first")]
    NoCertificate,
    /// No private key in the text, or one of an unknown kind.
    #[error("no private key in the PEM text: PKCS#8, PKCS#1 and SEC1 are read, without a password")]
    NoKey,
    /// Certificate and key do not work together, or the key is of a kind that TLS does not use.
    #[error("certificate and key cannot be used: {reason}; do they belong together?")]
    Unusable {
        /// What was found.
        reason: String,
    },
    /// The system has no root certificates, or they cannot be read.
    #[error("no root certificates on this system: {reason}; name a file of roots instead")]
    NoRoots {
        /// What was found.
        reason: String,
    },
    /// A public key's pin is not 64 hexadecimal digits.
    #[error("a pin is the SHA-256 of a public key: 64 hexadecimal digits")]
    NotAPin,
}

/// Why a TLS connection did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The certificate's time is over, or has not come.
    #[error("the certificate is not valid now: it has expired, or one of our clocks is wrong")]
    Expired,
    /// The certificate names others than we asked for (RFC 5922 section 7.3).
    #[error(
        "the certificate does not name {expected}; it names {}: \
         if that is the right peer, set tls_name to a name it has",
        names(found)
    )]
    Name {
        /// Whom we wanted.
        expected: Domain,
        /// Whom the certificate names.
        found: Vec<String>,
    },
    /// Nobody we trust signed it.
    #[error("nobody we trust signed the certificate: give its root by tls_ca, or pin its key")]
    UnknownIssuer,
    /// The public key is not the pinned one.
    #[error("the peer's key is not the pinned one, but {found}: was it renewed?")]
    Pin {
        /// The SHA-256 of the key it has, in hexadecimal.
        found: String,
    },
    /// Another fault of the certificate.
    #[error("the certificate is not acceptable: {reason}")]
    Certificate {
        /// What it is.
        reason: String,
    },
    /// The peer wants a certificate from us, or from it we want one, and there is none.
    #[error("a client certificate is required, and there is none")]
    NoCertificate,
    /// No common version or cipher suite: TLS 1.2 and 1.3 are spoken.
    #[error("no common version of TLS: we speak 1.2 and 1.3")]
    Version,
    /// The peer did not like our certificate, misses one, or shares no cipher suite with us.
    #[error("the peer broke the handshake off: {alert}; does it know our certificate's authority?")]
    Refused {
        /// Its alert.
        alert: String,
    },
    /// The connection ended, or what came was not TLS.
    #[error("the connection ended in the handshake, or the peer does not speak TLS: {reason}")]
    NotTls {
        /// What was seen.
        reason: String,
    },
}

/// The names of a certificate for an error: they come from a stranger.
fn names(found: &[String]) -> String {
    if found.is_empty() {
        return "nobody".to_owned();
    }
    let escaped: Vec<String> =
        found.iter().map(|name| Escaped(name.as_bytes()).to_string()).collect();
    escaped.join(", ")
}

impl HandshakeError {
    /// Reads what tokio-rustls gives.
    pub(super) fn from_io(error: &io::Error, expected: Option<&Domain>) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::InvalidCertificate(fault)) => {
                Self::from_certificate(fault, expected)
            }
            Some(rustls::Error::NoCertificatesPresented) => Self::NoCertificate,
            Some(rustls::Error::PeerIncompatible(_)) => Self::Version,
            Some(rustls::Error::AlertReceived(alert)) => match alert {
                AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => {
                    Self::Version
                }
                AlertDescription::CertificateRequired => Self::NoCertificate,
                other => Self::Refused { alert: format!("{other:?}") },
            },
            Some(other) => Self::NotTls { reason: other.to_string() },
            None => Self::NotTls { reason: error.to_string() },
        }
    }

    fn from_certificate(fault: &CertificateError, expected: Option<&Domain>) -> Self {
        match fault {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::Expired,
            // The second: its issuer calls itself as one that we trust does.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Self::UnknownIssuer,
            CertificateError::NotValidForNameContext { presented, .. } => match expected {
                Some(expected) => {
                    Self::Name { expected: expected.clone(), found: presented.clone() }
                }
                None => Self::Certificate { reason: fault.to_string() },
            },
            CertificateError::Other(other) => {
                let pin = other.0.downcast_ref::<super::verifier::WrongKey>();
                match pin {
                    Some(wrong) => Self::Pin { found: wrong.found.clone() },
                    None => Self::Certificate { reason: fault.to_string() },
                }
            }
            _ => Self::Certificate { reason: fault.to_string() },
        }
    }
}

//! Judges a server's certificate: the chain by webpki, the names by RFC 5922, a pin by itself.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use siptrunk_transaction::Domain;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use webpki::EndEntityCert;

use super::identity;

/// Judges the certificates of one domain.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) domain: Domain,
    pub(super) roots: Arc<RootCertStore>,
    /// The SHA-256 of the public key that stands for chain and names.
    pub(super) pin: Option<[u8; 32]>,
    pub(super) accept_wildcard: bool,
    pub(super) provider: Arc<CryptoProvider>,
}

/// The key is not the pinned one.
#[derive(Debug, thiserror::Error)]
#[error("the key is not the pinned one, but {found}")]
pub(super) struct WrongKey {
    pub(super) found: String,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        if let Some(pin) = self.pin {
            // The handshake proves that the peer holds the key; whose it is, the user has said.
            let found: [u8; 32] = Sha256::digest(parsed.subject_public_key_info()).into();
            return if found == pin {
                Ok(ServerCertVerified::assertion())
            } else {
                let wrong = WrongKey { found: hexadecimal(&found) };
                Err(CertificateError::Other(OtherError(Arc::new(wrong))).into())
            };
        }
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.roots,
            intermediates,
            now,
            algorithms,
        )?;
        let entity = EndEntityCert::try_from(certificate)
            .map_err(|_| Error::from(CertificateError::BadEncoding))?;
        let domains = identity::domains(&entity);
        let matches = match name {
            // RFC 5922 knows no addresses; a peer that is known only by one must name it.
            ServerName::IpAddress(_) => entity.verify_is_valid_for_subject_name(name).is_ok(),
            _ => identity::names(&domains, &self.domain, self.accept_wildcard),
        };
        if matches {
            return Ok(ServerCertVerified::assertion());
        }
        let expected = name.to_owned();
        Err(CertificateError::NotValidForNameContext { expected, presented: domains }.into())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

fn hexadecimal(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        // Writing into a String does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

//! Judges certificates: the chain by webpki, a server's names by RFC 5922, a pin by itself.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use siptrunk_transaction::Domain;
use tokio_rustls::rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, RootCertStore,
    SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor,
    },
    crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::{
        ParsedCertificate,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use webpki::{EndEntityCert, KeyUsage};

use super::identity;

/// The purpose of certificates made for SIP, id-kp-sipDomain (RFC 5924), in DER.
const SIP_DOMAIN: KeyUsage = KeyUsage::required(&[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x14]);

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
        )
        .or_else(|error| {
            unless_for_sip(error, certificate, intermediates, now, &self.roots, &self.provider)
        })?;
        let entity = EndEntityCert::try_from(certificate)
            .map_err(|_| Error::from(CertificateError::BadEncoding))?;
        let domains = identity::domains(&entity);
        let is_address = matches!(name, ServerName::IpAddress(_));
        // RFC 5922 knows no addresses; a peer that is known only by one must name it.
        let matches = if is_address {
            entity.verify_is_valid_for_subject_name(name).is_ok()
        } else {
            identity::names(&domains, &self.domain, self.accept_wildcard)
        };
        if matches {
            return Ok(ServerCertVerified::assertion());
        }
        let presented = match entity.verify_is_valid_for_subject_name(name) {
            // Names that cannot count are shown where no other could: the reader wants to know them.
            Err(webpki::Error::CertNotValidForName(all)) if is_address || domains.is_empty() => {
                all.presented
            }
            _ => domains,
        };
        let expected = name.to_owned();
        Err(CertificateError::NotValidForNameContext { expected, presented }.into())
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

/// Judges the certificates of clients by their chain. Whom they name is told with each message, and
/// what follows from it is not TLS's to say (RFC 5922 section 7.4).
#[derive(Debug)]
pub(super) struct ClientVerifier {
    /// What rustls asks of any client.
    pub(super) chain: Arc<dyn ClientCertVerifier>,
    pub(super) roots: Arc<RootCertStore>,
    pub(super) provider: Arc<CryptoProvider>,
}

impl ClientCertVerifier for ClientVerifier {
    fn offer_client_auth(&self) -> bool {
        self.chain.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.chain.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.chain.verify_client_cert(certificate, intermediates, now).or_else(|error| {
            unless_for_sip(error, certificate, intermediates, now, &self.roots, &self.provider)
                .map(|()| ClientCertVerified::assertion())
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.chain.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// Takes a fault back if it is only that the certificate is not for the web: one for SIP serves both
/// sides (RFC 5924 section 4.1). All else of the chain is judged anew.
fn unless_for_sip(
    error: Error,
    certificate: &CertificateDer<'_>,
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
    roots: &RootCertStore,
    provider: &CryptoProvider,
) -> Result<(), Error> {
    use CertificateError::{InvalidPurpose, InvalidPurposeContext};
    let Error::InvalidCertificate(InvalidPurpose | InvalidPurposeContext { .. }) = error else {
        return Err(error);
    };
    let algorithms = provider.signature_verification_algorithms.all;
    let judged = EndEntityCert::try_from(certificate).and_then(|entity| {
        let roots = &roots.roots;
        entity
            .verify_for_usage(algorithms, roots, intermediates, now, SIP_DOMAIN, None, None)
            .map(drop)
    });
    judged.map_err(|_| error)
}

fn hexadecimal(octets: &[u8]) -> String {
    use std::fmt::Write;
    octets.iter().fold(String::with_capacity(2 * octets.len()), |mut text, octet| {
        // Writing into a String does not fail.
        let _ = write!(text, "{octet:02x}");
        text
    })
}

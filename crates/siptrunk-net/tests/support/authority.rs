//! A certificate authority of the tests' own.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
    PublicKeyData,
};
use sha2::{Digest, Sha256};

// Of the crate under test, which the tests within it call by another name.
use super::{Certificate, Roots};

/// Signs certificates, and is a root to trust.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
    /// What stands between its certificates and a root, as PEM.
    pub(crate) chain: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let (params, key) = (Self::params("an authority of tests"), KeyPair::generate().unwrap());
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        Self { issuer, chain: String::new() }
    }

    /// What an authority's own certificate says.
    pub(crate) fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::from_pem(self.issuer.pem().as_bytes()).unwrap()
    }

    /// A certificate for these DNS names and addresses.
    pub(crate) fn issue(&self, names: &[&str]) -> Certificate {
        self.issue_with_pin(names).0
    }

    /// Also says what pins its key.
    pub(crate) fn issue_with_pin(&self, names: &[&str]) -> (Certificate, [u8; 32]) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        self.sign(&CertificateParams::new(names).unwrap())
    }

    /// A certificate that says this, and what pins its key.
    pub(crate) fn sign(&self, params: &CertificateParams) -> (Certificate, [u8; 32]) {
        let key = KeyPair::generate().unwrap();
        let chain = self.chain(params, &key);
        let read = Certificate::from_pem(chain.as_bytes(), key.serialize_pem().as_bytes());
        (read.unwrap(), Sha256::digest(key.subject_public_key_info()).into())
    }

    /// A certificate that says this of the key, with what stands between it and a root, as PEM.
    pub(crate) fn chain(&self, params: &CertificateParams, key: &KeyPair) -> String {
        params.signed_by(key, &self.issuer).unwrap().pem() + &self.chain
    }
}

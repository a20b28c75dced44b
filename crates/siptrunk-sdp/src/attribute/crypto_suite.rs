//! The SRTP crypto suites that a key line can name (RFC 4568 section 6.2, RFC 6188, RFC 7714).

use std::fmt;

/// Cipher, authentication and tag length of SRTP, as one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CryptoSuite {
    /// `AES_CM_128_HMAC_SHA1_80`: what every SRTP end has.
    AesCm128HmacSha1_80,
    /// `AES_CM_128_HMAC_SHA1_32`: the same with a tag of 32 bits on RTP.
    AesCm128HmacSha1_32,
    /// `AES_256_CM_HMAC_SHA1_80` (RFC 6188).
    AesCm256HmacSha1_80,
    /// `AES_256_CM_HMAC_SHA1_32` (RFC 6188).
    AesCm256HmacSha1_32,
    /// `AEAD_AES_128_GCM` (RFC 7714).
    AeadAes128Gcm,
    /// `AEAD_AES_256_GCM` (RFC 7714).
    AeadAes256Gcm,
}

impl CryptoSuite {
    /// Every suite.
    pub const ALL: [Self; 6] = [
        Self::AesCm128HmacSha1_80,
        Self::AesCm128HmacSha1_32,
        Self::AesCm256HmacSha1_80,
        Self::AesCm256HmacSha1_32,
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
    ];

    /// Name, bytes of the master key, bytes of the master salt.
    fn row(self) -> (&'static str, usize, usize) {
        match self {
            Self::AesCm128HmacSha1_80 => ("AES_CM_128_HMAC_SHA1_80", 16, 14),
            Self::AesCm128HmacSha1_32 => ("AES_CM_128_HMAC_SHA1_32", 16, 14),
            Self::AesCm256HmacSha1_80 => ("AES_256_CM_HMAC_SHA1_80", 32, 14),
            Self::AesCm256HmacSha1_32 => ("AES_256_CM_HMAC_SHA1_32", 32, 14),
            Self::AeadAes128Gcm => ("AEAD_AES_128_GCM", 16, 12),
            Self::AeadAes256Gcm => ("AEAD_AES_256_GCM", 32, 12),
        }
    }

    /// The name as written in `a=crypto:`.
    pub fn as_str(self) -> &'static str {
        self.row().0
    }

    /// Bytes of the master key.
    pub fn key_length(self) -> usize {
        self.row().1
    }

    /// Bytes of the master salt.
    pub fn salt_length(self) -> usize {
        self.row().2
    }

    /// Bytes of key and salt together.
    pub fn length(self) -> usize {
        self.key_length().saturating_add(self.salt_length())
    }

    /// The suite of that name. Names are case-sensitive (RFC 4568 section 9.2).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|suite| suite.as_str() == name)
    }
}

impl fmt::Display for CryptoSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

//! The crypto suites and what each fixes (RFC 3711 section 5, RFC 4568 section 6.2, RFC 6188
//! section 4, RFC 7714 section 12).

use std::fmt;

/// A crypto suite, named as in SDP's `a=crypto` (RFC 4568).
///
/// ```
/// use siptrunk_rtp::srtp::Profile;
///
/// let profile = Profile::from_name("AES_CM_128_HMAC_SHA1_80").unwrap();
/// assert_eq!(profile, Profile::AesCm128HmacSha1_80);
/// assert_eq!(profile.key_length() + profile.salt_length(), 30);
/// assert_eq!(Profile::from_name("F8_128_HMAC_SHA1_80"), None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// AES-128 in counter mode, 80 bits of HMAC-SHA1: the one that every SRTP peer has to know.
    AesCm128HmacSha1_80,
    /// As [`Profile::AesCm128HmacSha1_80`], but SRTP carries 32 bits of tag. SRTCP carries 80.
    AesCm128HmacSha1_32,
    /// AES-192 in counter mode, 80 bits of HMAC-SHA1.
    AesCm192HmacSha1_80,
    /// AES-192 in counter mode, 32 bits of HMAC-SHA1 (SRTCP: 80).
    AesCm192HmacSha1_32,
    /// AES-256 in counter mode, 80 bits of HMAC-SHA1.
    AesCm256HmacSha1_80,
    /// AES-256 in counter mode, 32 bits of HMAC-SHA1 (SRTCP: 80).
    AesCm256HmacSha1_32,
    /// AES-128 in Galois/counter mode, tag of 128 bits.
    AeadAes128Gcm,
    /// AES-256 in Galois/counter mode, tag of 128 bits.
    AeadAes256Gcm,
}

impl Profile {
    /// All of them, in the order in which the enum names them.
    pub const ALL: [Self; 8] = [
        Self::AesCm128HmacSha1_80,
        Self::AesCm128HmacSha1_32,
        Self::AesCm192HmacSha1_80,
        Self::AesCm192HmacSha1_32,
        Self::AesCm256HmacSha1_80,
        Self::AesCm256HmacSha1_32,
        Self::AeadAes128Gcm,
        Self::AeadAes256Gcm,
    ];

    /// The suite of that name; `None` for one that is not known here. Upper and lower case count
    /// as the same, though RFC 4568 writes the names in upper case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|profile| profile.name().eq_ignore_ascii_case(name))
    }

    /// The name in SDP.
    pub fn name(self) -> &'static str {
        match self {
            Self::AesCm128HmacSha1_80 => "AES_CM_128_HMAC_SHA1_80",
            Self::AesCm128HmacSha1_32 => "AES_CM_128_HMAC_SHA1_32",
            Self::AesCm192HmacSha1_80 => "AES_192_CM_HMAC_SHA1_80",
            Self::AesCm192HmacSha1_32 => "AES_192_CM_HMAC_SHA1_32",
            Self::AesCm256HmacSha1_80 => "AES_256_CM_HMAC_SHA1_80",
            Self::AesCm256HmacSha1_32 => "AES_256_CM_HMAC_SHA1_32",
            Self::AeadAes128Gcm => "AEAD_AES_128_GCM",
            Self::AeadAes256Gcm => "AEAD_AES_256_GCM",
        }
    }

    /// Octets of the master key, which are also those of the session's cipher keys.
    pub const fn key_length(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_80 | Self::AesCm128HmacSha1_32 | Self::AeadAes128Gcm => 16,
            Self::AesCm192HmacSha1_80 | Self::AesCm192HmacSha1_32 => 24,
            Self::AesCm256HmacSha1_80 | Self::AesCm256HmacSha1_32 | Self::AeadAes256Gcm => 32,
        }
    }

    /// Octets of the master salt, which are also those of the session's salts.
    pub const fn salt_length(self) -> usize {
        if self.is_aead() { 12 } else { 14 }
    }

    /// Octets of the tag that an SRTP packet carries.
    pub const fn rtp_tag_length(self) -> usize {
        match self {
            Self::AesCm128HmacSha1_32 | Self::AesCm192HmacSha1_32 | Self::AesCm256HmacSha1_32 => 4,
            _ => self.rtcp_tag_length(),
        }
    }

    /// Octets of the tag that an SRTCP packet carries.
    pub const fn rtcp_tag_length(self) -> usize {
        if self.is_aead() { 16 } else { 10 }
    }

    pub(super) const fn is_aead(self) -> bool {
        matches!(self, Self::AeadAes128Gcm | Self::AeadAes256Gcm)
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

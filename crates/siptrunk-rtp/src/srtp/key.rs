//! Master keys: what the key exchange yields, wiped on drop and never shown.

use std::fmt;

use zeroize::Zeroizing;

use super::{KeyError, Profile};

/// Most octets that a key and its salt have together: AES-256 in counter mode.
const LONGEST: usize = 46;

/// Most packets that a key may protect (RFC 3711 section 9.2).
pub(super) const RTP_LIFETIME: u64 = 1 << 48;
/// Most SRTCP packets that a key may protect: its index has 31 bits.
pub(super) const RTCP_LIFETIME: u64 = 1 << 31;

/// A master key with its salt, for one suite and one direction.
///
/// `Debug` shows the suite and the MKI, never the key; the memory is wiped on drop.
///
/// ```
/// use siptrunk_rtp::srtp::{MasterKey, Profile};
///
/// // What base64 gives for the text after `inline:` of an `a=crypto` line.
/// let key_and_salt = [7; 30];
/// let key = MasterKey::new(Profile::AesCm128HmacSha1_80, &key_and_salt)?;
/// assert!(!format!("{key:?}").contains('7'));
/// # Ok::<(), siptrunk_rtp::srtp::KeyError>(())
/// ```
#[derive(Clone)]
pub struct MasterKey {
    profile: Profile,
    octets: Zeroizing<[u8; LONGEST]>,
    mki: Box<[u8]>,
    lifetime: u64,
}

impl MasterKey {
    /// Takes the key followed by the salt (RFC 4568 section 6.1).
    pub fn new(profile: Profile, key_and_salt: &[u8]) -> Result<Self, KeyError> {
        let expected = profile.key_length().saturating_add(profile.salt_length());
        let mut octets = Zeroizing::new([0; LONGEST]);
        match octets.get_mut(..key_and_salt.len()) {
            Some(room) if key_and_salt.len() == expected => room.copy_from_slice(key_and_salt),
            _ => return Err(KeyError::Length { profile, expected, found: key_and_salt.len() }),
        }
        Ok(Self { profile, octets, mki: Box::default(), lifetime: RTP_LIFETIME })
    }

    /// Gives the key a name, the master key identifier, which each packet then carries (RFC 3711
    /// section 3.1). SDP writes it as number and length; here it is the octets, big-endian.
    pub fn with_mki(mut self, mki: &[u8]) -> Result<Self, KeyError> {
        if !(1..=128).contains(&mki.len()) {
            return Err(KeyError::MkiLength { length: mki.len() });
        }
        self.mki = mki.into();
        Ok(self)
    }

    /// Lowers the number of packets that the key may protect, as SDP's `lifetime` does (RFC 4568
    /// section 6.1). Never above 2^48 SRTP and 2^31 SRTCP packets, which are the defaults.
    #[must_use]
    pub fn with_lifetime(mut self, packets: u64) -> Self {
        self.lifetime = packets.min(RTP_LIFETIME);
        self
    }

    /// The suite.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The master key identifier; empty if there is none.
    pub fn mki(&self) -> &[u8] {
        &self.mki
    }

    pub(super) fn rtp_lifetime(&self) -> u64 {
        self.lifetime
    }

    pub(super) fn rtcp_lifetime(&self) -> u64 {
        self.lifetime.min(RTCP_LIFETIME)
    }

    /// The key without its salt.
    pub(super) fn key(&self) -> &[u8] {
        self.octets.get(..self.profile.key_length()).unwrap_or_default()
    }

    /// The salt; one of 96 bits is followed by zeros, as the key derivation wants it.
    pub(super) fn salt(&self) -> [u8; 14] {
        let salt = self.octets.get(self.profile.key_length()..).unwrap_or_default();
        let mut padded = [0; 14];
        for (to, from) in padded.iter_mut().zip(salt) {
            *to = *from;
        }
        padded
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKey")
            .field("profile", &self.profile)
            .field("mki", &self.mki)
            .finish_non_exhaustive()
    }
}

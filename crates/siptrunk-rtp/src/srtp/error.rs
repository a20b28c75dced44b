//! What can be wrong with keys and with packets.

use thiserror::Error;

use super::Profile;
use crate::RtpError;

/// Why a master key cannot be used. No octet of a key stands in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Key and salt together have one length per suite.
    #[error("{found} octets of key and salt, {profile} takes {expected}")]
    Length {
        /// The suite.
        profile: Profile,
        /// Octets that it takes.
        expected: usize,
        /// Octets given.
        found: usize,
    },
    /// An MKI has 1 to 128 octets (RFC 4568 section 6.1).
    #[error("an MKI of {length} octets is not 1 to 128")]
    MkiLength {
        /// Octets given.
        length: usize,
    },
    /// Several keys are told apart by MKIs of one length; this key has none, or one of another.
    #[error(
        "the key's MKI has {found} octets, those in use have {expected}; keys used side by \
             side need MKIs of one length"
    )]
    MkiMismatch {
        /// Octets of the MKIs in use; 0 for none.
        expected: usize,
        /// Octets of this one; 0 for none.
        found: usize,
    },
    /// Another key has the same MKI.
    #[error("another key in use has the same MKI; a new key needs a new MKI")]
    MkiInUse,
    /// Keys used side by side are of one suite.
    #[error("the key is for {found}, those in use are for {expected}")]
    Suite {
        /// The suite of the keys in use.
        expected: Profile,
        /// The suite of this key.
        found: Profile,
    },
    /// More keys than the configuration allows.
    #[error("{limit} keys are in use; raise `Config::keys` or drop old ones")]
    KeyLimit {
        /// The limit.
        limit: usize,
    },
}

/// Why a packet was not protected or not accepted.
///
/// Whatever the error, the packet is to be dropped, and neither it nor the context has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SrtpError {
    /// The header is not of RTP.
    #[error(transparent)]
    Header(#[from] RtpError),
    /// Fewer octets than a packet of this suite has at least.
    #[error("packet of {length} octets is shorter than the {needed} that it needs; drop it")]
    Short {
        /// Octets given.
        length: usize,
        /// Octets needed.
        needed: usize,
    },
    /// The version field of an RTCP packet is not 2.
    #[error("RTCP version {found} at octet 0 is not 2; the packet may be of another protocol")]
    Version {
        /// The version found.
        found: u8,
    },
    /// The buffer has no room for what protecting adds.
    #[error("{needed} octets do not fit a buffer of {available}; give a larger one")]
    BufferTooSmall {
        /// Octets that the protected packet has.
        needed: usize,
        /// Octets of the buffer.
        available: usize,
    },
    /// The packet's MKI names no key in use.
    #[error("the packet's MKI names none of the keys in use; drop it, or add the key")]
    UnknownKey,
    /// The tag is wrong: another key, another rollover counter, or not from the peer at all.
    #[error("the packet's authentication tag is wrong; drop it")]
    Authentication,
    /// A packet of this index has been seen; a sender must not use an index twice.
    #[error("packet index {index} was seen before; drop the packet")]
    Replayed {
        /// The 48-bit (SRTCP: 31-bit) packet index.
        index: u64,
    },
    /// The index lies behind the replay window, or before the first that there can be.
    #[error("the packet lies behind the replay window of {window} packets; drop it")]
    Old {
        /// Indices that the window holds.
        window: usize,
    },
    /// More SSRCs than the configuration allows.
    #[error("{limit} streams are in use; raise `Config::streams` if that many are due")]
    StreamLimit {
        /// The limit.
        limit: usize,
    },
    /// A position was given for a stream that has begun.
    #[error("stream {ssrc:#010x} has begun; a position can only be given before that")]
    StreamBegun {
        /// The stream.
        ssrc: u32,
    },
    /// The key has protected as many packets as it may, or the packet index has no further value
    /// (RFC 3711 section 9.2).
    #[error("the key is used up after {limit} packets; agree on a new one")]
    KeyExhausted {
        /// Packets allowed.
        limit: u64,
    },
}

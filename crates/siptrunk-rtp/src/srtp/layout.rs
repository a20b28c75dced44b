//! What follows a packet once it is protected, and in which order (RFC 3711 sections 3.1 and 3.4,
//! RFC 7714 sections 8 and 9):
//!
//! ```text
//! HMAC-SHA1:  packet | E and index (SRTCP) | MKI | tag
//! GCM:        packet | tag | E and index (SRTCP) | MKI
//! ```

use super::{MasterKey, SrtpError};

/// Octets of SRTCP's E bit and index.
const WORD: usize = 4;

/// The lengths of what follows a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    aead: bool,
    tag: usize,
    word: usize,
    mki: usize,
}

/// What follows a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Trail<'a> {
    pub(super) tag: &'a [u8],
    /// E bit and index of SRTCP, empty in SRTP.
    pub(super) word: &'a [u8],
    pub(super) mki: &'a [u8],
}

impl Layout {
    pub(super) fn rtp(key: &MasterKey) -> Self {
        Self::new(key, key.profile().rtp_tag_length(), 0)
    }

    pub(super) fn rtcp(key: &MasterKey) -> Self {
        Self::new(key, key.profile().rtcp_tag_length(), WORD)
    }

    fn new(key: &MasterKey, tag: usize, word: usize) -> Self {
        Self { aead: key.profile().is_aead(), tag, word, mki: key.mki().len() }
    }

    /// Octets of all of it.
    pub(super) fn overhead(self) -> usize {
        self.tag.saturating_add(self.word).saturating_add(self.mki)
    }

    /// The packet that protecting starts from, at the front of a buffer with room for the rest.
    #[inline]
    pub(super) fn room(
        self,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<(&mut [u8], &mut [u8]), SrtpError> {
        let available = buffer.len();
        let needed = length.saturating_add(self.overhead());
        match buffer.get_mut(..needed).and_then(|used| used.split_at_mut_checked(length)) {
            Some(halves) => Ok(halves),
            None => Err(SrtpError::BufferTooSmall { needed, available }),
        }
    }

    /// Writes what follows the packet.
    #[inline]
    pub(super) fn write(self, room: &mut [u8], trail: Trail<'_>) {
        let Trail { tag, word, mki } = trail;
        let pieces = if self.aead { [tag, word, mki] } else { [word, mki, tag] };
        let mut room = room;
        for piece in pieces {
            let Some((front, rest)) = room.split_at_mut_checked(piece.len()) else { return };
            front.copy_from_slice(piece);
            room = rest;
        }
    }

    /// Splits a protected packet, of which at least `least` octets must be left.
    #[inline]
    pub(super) fn split(
        self,
        packet: &mut [u8],
        least: usize,
    ) -> Result<(&mut [u8], Trail<'_>), SrtpError> {
        let length = packet.len();
        let short = SrtpError::Short { length, needed: least.saturating_add(self.overhead()) };
        let end = length.checked_sub(self.overhead()).filter(|end| *end >= least).ok_or(short)?;
        let (packet, rest) = packet.split_at_mut_checked(end).ok_or(short)?;
        let trail = if self.aead {
            let (tag, rest) = rest.split_at_checked(self.tag).ok_or(short)?;
            let (word, mki) = rest.split_at_checked(self.word).ok_or(short)?;
            Trail { tag, word, mki }
        } else {
            let (word, rest) = rest.split_at_checked(self.word).ok_or(short)?;
            let (mki, tag) = rest.split_at_checked(self.mki).ok_or(short)?;
            Trail { tag, word, mki }
        };
        Ok((packet, trail))
    }
}

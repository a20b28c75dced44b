//! The receiver's side: packets checked and deciphered.

use std::fmt;

use super::derive::SessionKeys;
use super::header::{E_BIT, Header, RTCP_CLEAR, rtcp_ssrc};
use super::layout::Layout;
use super::stream::{Position, Streams};
use super::transform::{Nonce, Trailer};
use super::{Config, KeyError, MasterKey, SrtpError, index};
use crate::packet::FIXED;

/// Checks and deciphers the packets of one sender: all its SSRCs, under one master key or several
/// told apart by MKI.
///
/// What is not authentic, or comes again, is an error and nothing else: neither the packet nor
/// anything kept here changes. Drop it, count it, and go on.
pub struct Unprotector {
    /// At least one. All have the first one's layouts.
    keys: Vec<ReceiveKey>,
    key_limit: usize,
    rtp_layout: Layout,
    rtcp_layout: Layout,
    streams: Streams,
}

struct ReceiveKey {
    master: MasterKey,
    session: SessionKeys,
}

impl ReceiveKey {
    fn new(master: &MasterKey) -> Self {
        Self { master: master.clone(), session: SessionKeys::derive(master) }
    }
}

impl Unprotector {
    /// For the peer's key.
    pub fn new(key: &MasterKey, config: &Config) -> Self {
        Self {
            keys: vec![ReceiveKey::new(key)],
            key_limit: config.keys,
            rtp_layout: Layout::rtp(key),
            rtcp_layout: Layout::rtcp(key),
            streams: Streams::new(config),
        }
    }

    /// Accepts a further key, which the MKI of the packets chooses.
    pub fn add_key(&mut self, key: &MasterKey) -> Result<(), KeyError> {
        if self.keys.len() >= self.key_limit {
            return Err(KeyError::KeyLimit { limit: self.key_limit });
        }
        for ReceiveKey { master, .. } in &self.keys {
            let (expected, found) = (master.mki().len(), key.mki().len());
            if master.profile() != key.profile() {
                let (expected, found) = (master.profile(), key.profile());
                return Err(KeyError::Suite { expected, found });
            }
            if expected != found || found == 0 {
                return Err(KeyError::MkiMismatch { expected, found });
            }
            if master.mki() == key.mki() {
                return Err(KeyError::MkiInUse);
            }
        }
        self.keys.push(ReceiveKey::new(key));
        Ok(())
    }

    /// Replaces all keys by this one. Rollover counters and replay windows stay (RFC 3711 section
    /// 3.3.1); where they are to start anew, as after a change of address (RFC 4568 section
    /// 7.1.4), make a new `Unprotector`.
    pub fn set_key(&mut self, key: &MasterKey) {
        self.keys = vec![ReceiveKey::new(key)];
        self.rtp_layout = Layout::rtp(key);
        self.rtcp_layout = Layout::rtcp(key);
    }

    /// Checks an SRTP packet and deciphers it in place. The RTP packet is its first octets; the
    /// value says how many.
    #[inline]
    pub fn unprotect_rtp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let (packet, trail) = self.rtp_layout.split(packet, FIXED)?;
        let Header { ssrc, sequence, length: clear } = Header::read(packet)?;
        let keys = session(&self.keys, trail.mki)?;
        let candidates = match self.streams.find(ssrc)? {
            Some(stream) => stream.candidates(sequence)?,
            None => index::first(0, sequence),
        };
        for index in candidates.into_iter().flatten() {
            let trailer = Trailer::Rollover(index::rollover(index));
            if keys.rtp.open(Nonce { ssrc, index }, packet, clear, trailer, trail.tag) {
                self.streams.find_or_begin(ssrc)?.rtp.accept(index);
                return Ok(packet.len());
            }
        }
        Err(SrtpError::Authentication)
    }

    /// Checks an SRTCP packet and deciphers it in place. The RTCP packet is its first octets; the
    /// value says how many.
    pub fn unprotect_rtcp(&mut self, packet: &mut [u8]) -> Result<usize, SrtpError> {
        let (packet, trail) = self.rtcp_layout.split(packet, RTCP_CLEAR)?;
        let ssrc = rtcp_ssrc(packet)?;
        let keys = session(&self.keys, trail.mki)?;
        let word = trail.word.first_chunk().map_or(0, |word| u32::from_be_bytes(*word));
        let index = u64::from(word & !E_BIT);
        if let Some(stream) = self.streams.find(ssrc)? {
            stream.rtcp.check(index)?;
        }
        let clear = if word & E_BIT == 0 { packet.len() } else { RTCP_CLEAR };
        let trailer = Trailer::RtcpIndex(word);
        if !keys.rtcp.open(Nonce { ssrc, index }, packet, clear, trailer, trail.tag) {
            return Err(SrtpError::Authentication);
        }
        self.streams.find_or_begin(ssrc)?.rtcp.accept(index);
        Ok(packet.len())
    }

    /// Where each stream stands. Only authentic packets have brought it there.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = Position> {
        self.streams.positions()
    }

    /// Sets where a stream stands, before its first packet here: for a receiver that joins late.
    pub fn resume(&mut self, position: Position) -> Result<(), SrtpError> {
        self.streams.resume(position)
    }
}

/// The session keys that an MKI names; without MKIs there is but one.
#[inline]
fn session<'a>(keys: &'a [ReceiveKey], mki: &[u8]) -> Result<&'a SessionKeys, SrtpError> {
    let key = keys.iter().find(|key| key.master.mki() == mki).ok_or(SrtpError::UnknownKey)?;
    Ok(&key.session)
}

impl fmt::Debug for Unprotector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unprotector")
            .field("keys", &self.keys.iter().map(|key| &key.master).collect::<Vec<_>>())
            .field("streams", &self.streams.positions().len())
            .finish_non_exhaustive()
    }
}

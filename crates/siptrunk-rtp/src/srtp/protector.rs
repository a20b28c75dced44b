//! The sender's side: packets enciphered and given their tags.

use std::fmt;

use super::derive::SessionKeys;
use super::header::{E_BIT, Header, RTCP_CLEAR, rtcp_ssrc};
use super::key::RTCP_LIFETIME;
use super::layout::{Layout, Trail};
use super::stream::{Position, Streams};
use super::transform::{Nonce, Trailer};
use super::{Config, MasterKey, SrtpError, index};

/// Protects the packets that one side sends: all SSRCs under one master key.
///
/// A sequence number that comes again, or that lies behind the window, is refused: to encipher
/// two packets with one index would give both away. A relay that gets a packet twice thus sends
/// it once.
pub struct Protector {
    key: SendKey,
    streams: Streams,
    encrypt_rtcp: bool,
}

/// A key and what it has done.
struct SendKey {
    master: MasterKey,
    session: SessionKeys,
    rtp_layout: Layout,
    rtcp_layout: Layout,
    rtp_sent: u64,
    rtcp_sent: u64,
}

impl SendKey {
    fn new(master: &MasterKey) -> Self {
        Self {
            master: master.clone(),
            session: SessionKeys::derive(master),
            rtp_layout: Layout::rtp(master),
            rtcp_layout: Layout::rtcp(master),
            rtp_sent: 0,
            rtcp_sent: 0,
        }
    }
}

impl Protector {
    /// For a key of ours.
    pub fn new(key: &MasterKey, config: &Config) -> Self {
        let encrypt_rtcp = config.encrypt_rtcp;
        Self { key: SendKey::new(key), streams: Streams::new(config), encrypt_rtcp }
    }

    /// Goes on with another master key. Rollover counters and SRTCP indices stay (RFC 3711 section
    /// 3.3.1); where they are to start at zero, as after a change of address (RFC 4568 section
    /// 7.1.4), make a new `Protector`.
    pub fn set_key(&mut self, key: &MasterKey) {
        self.key = SendKey::new(key);
    }

    /// Octets by which an RTP packet grows.
    pub fn rtp_overhead(&self) -> usize {
        self.key.rtp_layout.overhead()
    }

    /// Octets by which an RTCP packet grows.
    pub fn rtcp_overhead(&self) -> usize {
        self.key.rtcp_layout.overhead()
    }

    /// Protects the RTP packet that stands in the first `length` octets of `buffer`, and says how
    /// many octets it then has. The buffer needs [`Protector::rtp_overhead`] octets more.
    #[inline]
    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let key = &mut self.key;
        let limit = key.master.rtp_lifetime();
        if key.rtp_sent >= limit {
            return Err(SrtpError::KeyExhausted { limit });
        }
        let (packet, room) = key.rtp_layout.room(buffer, length)?;
        let Header { ssrc, sequence, length: clear } = Header::read(packet)?;
        let stream = self.streams.find_or_begin(ssrc)?;
        let [likeliest, _] = stream.candidates(sequence)?;
        let index = likeliest.unwrap_or_default();

        let trailer = Trailer::Rollover(index::rollover(index));
        let tag = key.session.rtp.seal(Nonce { ssrc, index }, packet, clear, trailer);
        stream.rtp.accept(index);
        key.rtp_sent = key.rtp_sent.saturating_add(1);
        let trail = Trail { tag: tag.octets(), word: &[], mki: key.master.mki() };
        key.rtp_layout.write(room, trail);
        Ok(packet.len().saturating_add(room.len()))
    }

    /// Protects the RTCP packet that stands in the first `length` octets of `buffer`, compound or
    /// not, and says how many octets it then has. The buffer needs [`Protector::rtcp_overhead`]
    /// octets more.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let key = &mut self.key;
        let limit = key.master.rtcp_lifetime();
        if key.rtcp_sent >= limit {
            return Err(SrtpError::KeyExhausted { limit });
        }
        let (packet, room) = key.rtcp_layout.room(buffer, length)?;
        let ssrc = rtcp_ssrc(packet)?;
        let stream = self.streams.find_or_begin(ssrc)?;
        let index = stream.rtcp.highest().map_or(0, |highest| highest.saturating_add(1));
        if index >= RTCP_LIFETIME {
            return Err(SrtpError::KeyExhausted { limit: RTCP_LIFETIME });
        }
        let (clear, e_bit) =
            if self.encrypt_rtcp { (RTCP_CLEAR, E_BIT) } else { (packet.len(), 0) };

        let word = index::rtcp(index) | e_bit;
        let trailer = Trailer::RtcpIndex(word);
        let tag = key.session.rtcp.seal(Nonce { ssrc, index }, packet, clear, trailer);
        stream.rtcp.accept(index);
        key.rtcp_sent = key.rtcp_sent.saturating_add(1);
        let word = word.to_be_bytes();
        let trail = Trail { tag: tag.octets(), word: &word, mki: key.master.mki() };
        key.rtcp_layout.write(room, trail);
        Ok(packet.len().saturating_add(room.len()))
    }

    /// Where each stream stands.
    pub fn positions(&self) -> impl ExactSizeIterator<Item = Position> {
        self.streams.positions()
    }

    /// Carries a stream on from where another node left it, before its first packet here.
    pub fn resume(&mut self, position: Position) -> Result<(), SrtpError> {
        self.streams.resume(position)
    }
}

impl fmt::Debug for Protector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Protector")
            .field("key", &self.key.master)
            .field("streams", &self.streams.positions().len())
            .finish_non_exhaustive()
    }
}

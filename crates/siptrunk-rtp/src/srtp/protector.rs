//! The sender's side: packets enciphered and given their tags.

use std::fmt;

use super::derive::SessionKeys;
use super::header::{Header, RTCP_CLEAR, rtcp_ssrc};
use super::key::RTCP_LIFETIME;
use super::layout::{Layout, Trail};
use super::stream::{Position, Streams};
use super::transform::{Nonce, Trailer};
use super::unprotector::E_BIT;
use super::{Config, MasterKey, SrtpError, index};

/// Protects the packets that one side sends: all SSRCs under one master key.
///
/// A sequence number that comes again, or that lies behind the window, is refused: to encipher
/// two packets with one index would give both away. A relay that gets a packet twice thus sends
/// it once.
pub struct Protector {
    master: MasterKey,
    keys: SessionKeys,
    rtp_layout: Layout,
    rtcp_layout: Layout,
    streams: Streams,
    encrypt_rtcp: bool,
    rtp_sent: u64,
    rtcp_sent: u64,
}

impl Protector {
    /// For a key of ours.
    pub fn new(key: &MasterKey, config: &Config) -> Self {
        Self {
            master: key.clone(),
            keys: SessionKeys::derive(key),
            rtp_layout: Layout::rtp(key),
            rtcp_layout: Layout::rtcp(key),
            streams: Streams::new(config),
            encrypt_rtcp: config.encrypt_rtcp,
            rtp_sent: 0,
            rtcp_sent: 0,
        }
    }

    /// Goes on with another master key. Rollover counters and SRTCP indices stay (RFC 3711 section
    /// 3.3.1); where they are to start at zero, as after a change of address (RFC 4568 section
    /// 7.1.4), make a new `Protector`.
    pub fn set_key(&mut self, key: &MasterKey) {
        self.master = key.clone();
        self.keys = SessionKeys::derive(key);
        self.rtp_layout = Layout::rtp(key);
        self.rtcp_layout = Layout::rtcp(key);
        self.rtp_sent = 0;
        self.rtcp_sent = 0;
    }

    /// Octets by which an RTP packet grows.
    pub fn rtp_overhead(&self) -> usize {
        self.rtp_layout.overhead()
    }

    /// Octets by which an RTCP packet grows.
    pub fn rtcp_overhead(&self) -> usize {
        self.rtcp_layout.overhead()
    }

    /// Protects the RTP packet that stands in the first `length` octets of `buffer`, and says how
    /// many octets it then has. The buffer needs [`Protector::rtp_overhead`] octets more.
    #[inline]
    pub fn protect_rtp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let limit = self.master.rtp_lifetime();
        if self.rtp_sent >= limit {
            return Err(SrtpError::KeyExhausted { limit });
        }
        let (packet, room) = self.rtp_layout.room(buffer, length)?;
        let header = Header::read(packet)?;
        let stream = self.streams.find_or_begin(header.ssrc)?;
        let [likeliest, _] = stream.candidates(header.sequence)?;
        let index = likeliest.unwrap_or_default();
        let nonce = Nonce { ssrc: header.ssrc, index };
        let trailer = Trailer::Rollover(index::rollover(index));
        let tag = self.keys.rtp.seal(nonce, packet, header.length, trailer);
        stream.rtp.accept(index);
        self.rtp_sent = self.rtp_sent.saturating_add(1);
        let trail = Trail { tag: tag.octets(), word: &[], mki: self.master.mki() };
        self.rtp_layout.write(room, trail);
        Ok(length.saturating_add(self.rtp_layout.overhead()))
    }

    /// Protects the RTCP packet that stands in the first `length` octets of `buffer`, compound or
    /// not, and says how many octets it then has. The buffer needs [`Protector::rtcp_overhead`]
    /// octets more.
    pub fn protect_rtcp(&mut self, buffer: &mut [u8], length: usize) -> Result<usize, SrtpError> {
        let limit = self.master.rtcp_lifetime();
        if self.rtcp_sent >= limit {
            return Err(SrtpError::KeyExhausted { limit });
        }
        let (packet, room) = self.rtcp_layout.room(buffer, length)?;
        let ssrc = rtcp_ssrc(packet)?;
        let stream = self.streams.find_or_begin(ssrc)?;
        let index = stream.rtcp.highest().map_or(0, |highest| highest.saturating_add(1));
        if index >= RTCP_LIFETIME {
            return Err(SrtpError::KeyExhausted { limit: RTCP_LIFETIME });
        }
        let (clear, e_bit) =
            if self.encrypt_rtcp { (RTCP_CLEAR, E_BIT) } else { (packet.len(), 0) };
        let word = index::rtcp(index) | e_bit;
        let nonce = Nonce { ssrc, index };
        let tag = self.keys.rtcp.seal(nonce, packet, clear, Trailer::RtcpIndex(word));
        stream.rtcp.accept(index);
        self.rtcp_sent = self.rtcp_sent.saturating_add(1);
        let word = word.to_be_bytes();
        let trail = Trail { tag: tag.octets(), word: &word, mki: self.master.mki() };
        self.rtcp_layout.write(room, trail);
        Ok(length.saturating_add(self.rtcp_layout.overhead()))
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
            .field("master", &self.master)
            .field("streams", &self.streams.positions().len())
            .finish_non_exhaustive()
    }
}

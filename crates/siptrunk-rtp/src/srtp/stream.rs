//! What is kept of each SSRC (RFC 3711 section 3.2.3: a context is one SSRC's), in a bounded table.

use super::replay::ReplayWindow;
use super::{Config, SrtpError, index};
use crate::Sequence;

/// Where a stream stands: what a receiver that joins late must be told (RFC 3711 section 3.3.1),
/// and what another node needs to carry a stream on.
///
/// ```
/// use siptrunk_rtp::srtp::{Config, MasterKey, Position, Profile, Unprotector};
///
/// let key = MasterKey::new(Profile::AeadAes128Gcm, &[7; 28])?;
/// let mut receiver = Unprotector::new(&key, &Config::default());
/// // The stream runs and its sequence number has wrapped twice.
/// receiver.resume(Position::late(0x5eed, 2))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Position {
    /// The stream.
    pub ssrc: u32,
    /// How often its sequence number has wrapped.
    pub rollover: u32,
    /// The highest sequence number, if there was a packet.
    pub sequence: Option<Sequence>,
    /// The highest SRTCP index, if there was a packet.
    pub rtcp_index: Option<u32>,
}

impl Position {
    /// That of a stream of which only the rollover counter is known.
    pub fn late(ssrc: u32, rollover: u32) -> Self {
        Self { ssrc, rollover, sequence: None, rtcp_index: None }
    }
}

/// One SSRC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stream {
    ssrc: u32,
    /// The rollover counter that the first packet is to have.
    rollover: u32,
    pub(super) rtp: ReplayWindow,
    pub(super) rtcp: ReplayWindow,
}

impl Stream {
    fn new(ssrc: u32, window: usize) -> Self {
        let fresh = ReplayWindow::new(window);
        Self { ssrc, rollover: 0, rtp: fresh.clone(), rtcp: fresh }
    }

    /// The indices that a packet can have, likelier first; each passed the replay check.
    #[inline]
    pub(super) fn candidates(&self, sequence: u16) -> Result<[Option<u64>; 2], SrtpError> {
        let Some(highest) = self.rtp.highest() else {
            return Ok(index::first(self.rollover, sequence));
        };
        let Some(index) = index::estimate(highest, sequence)? else {
            return Err(SrtpError::Old { window: self.rtp.size() });
        };
        self.rtp.check(index)?;
        Ok([Some(index), None])
    }

    fn position(&self) -> Position {
        let highest = self.rtp.highest();
        Position {
            ssrc: self.ssrc,
            rollover: highest.map_or(self.rollover, index::rollover),
            sequence: highest.map(|index| Sequence(index::sequence(index))),
            rtcp_index: self.rtcp.highest().map(index::rtcp),
        }
    }

    fn has_begun(&self) -> bool {
        self.rtp.highest().is_some() || self.rtcp.highest().is_some()
    }
}

/// The streams of a context: found by a walk, since there are few.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Streams {
    limit: usize,
    window: usize,
    table: Vec<Stream>,
}

impl Streams {
    pub(super) fn new(config: &Config) -> Self {
        Self { limit: config.streams, window: config.window(), table: Vec::new() }
    }

    /// The stream of an SSRC; `None` if it is new and there is room for it.
    #[inline]
    pub(super) fn find(&self, ssrc: u32) -> Result<Option<&Stream>, SrtpError> {
        let full = self.table.len() >= self.limit;
        // The newest first: it is the one that sends.
        match self.table.iter().rev().find(|stream| stream.ssrc == ssrc) {
            None if full => Err(SrtpError::StreamLimit { limit: self.limit }),
            found => Ok(found),
        }
    }

    /// The stream of an SSRC, made if there is none: for a packet that is authentic.
    pub(super) fn find_or_begin(&mut self, ssrc: u32) -> Result<&mut Stream, SrtpError> {
        let full = SrtpError::StreamLimit { limit: self.limit };
        let at = match self.table.iter().rposition(|stream| stream.ssrc == ssrc) {
            Some(at) => at,
            None if self.table.len() >= self.limit => return Err(full),
            None => {
                self.table.push(Stream::new(ssrc, self.window));
                self.table.len().saturating_sub(1)
            }
        };
        self.table.get_mut(at).ok_or(full)
    }

    pub(super) fn positions(&self) -> impl ExactSizeIterator<Item = Position> {
        self.table.iter().map(Stream::position)
    }

    /// Puts a stream that has not begun to where it stands elsewhere.
    pub(super) fn resume(&mut self, position: Position) -> Result<(), SrtpError> {
        let Position { ssrc, rollover, sequence, rtcp_index } = position;
        let stream = self.find_or_begin(ssrc)?;
        if stream.has_begun() {
            return Err(SrtpError::StreamBegun { ssrc });
        }
        stream.rollover = rollover;
        if let Some(Sequence(sequence)) = sequence {
            stream.rtp.seen_up_to(u64::from(rollover) << 16 | u64::from(sequence));
        }
        if let Some(index) = rtcp_index {
            stream.rtcp.seen_up_to(index.into());
        }
        Ok(())
    }
}

//! What to send for one event (RFC 4733 section 2.5.1).

use super::{Event, EventCode};
use crate::{PacketBuilder, Sequence, Timestamp};

/// Longest duration that one report can say.
const SEGMENT: u16 = u16::MAX;
/// How often the last report of an event or a segment is sent (section 2.5.1.4).
const COPIES: u8 = 3;

/// One packet that is to be sent for an event, now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPacket {
    marker: bool,
    timestamp: Timestamp,
    event: Event,
}

impl EventPacket {
    /// Whether it is the first packet of its event.
    pub fn marker(&self) -> bool {
        self.marker
    }

    /// When the event, or the segment of a long one, began.
    pub fn timestamp(&self) -> Timestamp {
        self.timestamp
    }

    /// What it reports.
    pub fn event(&self) -> Event {
        self.event
    }

    /// The RTP payload.
    pub fn payload(&self) -> [u8; super::LENGTH] {
        self.event.to_octets()
    }

    /// The RTP header. `sequence` is the stream's next number: also a repeated report gets a new
    /// one (section 2.5.1.6). `ssrc` is that of the audio.
    pub fn header(&self, payload_type: u8, sequence: Sequence, ssrc: u32) -> PacketBuilder {
        let Self { marker, timestamp, .. } = *self;
        PacketBuilder { payload_type, marker, sequence, timestamp, ssrc }
    }
}

/// The reports of one event, from the key's press to the third copy of the last report.
///
/// [`handle_tick`](Self::handle_tick) is called at the interval of updates, by default the one of
/// the audio packets (50 ms are recommended where there are none); after each call
/// [`poll_packet`](Self::poll_packet) is drained and what it gives is sent. An event of more than
/// 65,535 units is split into segments (section 2.5.1.3).
#[derive(Debug, Clone)]
pub struct EventEncoder {
    code: EventCode,
    volume: u8,
    /// Where the current segment began.
    segment: Timestamp,
    /// How much of the current segment has been reported.
    reported: u16,
    end: Option<Timestamp>,
    /// A tick that is not served to its end.
    tick: Option<Timestamp>,
    /// The full segment before the current one.
    full: Option<FullSegment>,
    is_first: bool,
    copies: u8,
}

/// A segment whose last report is repeated while the next one goes on.
#[derive(Debug, Clone, Copy)]
struct FullSegment {
    start: Timestamp,
    copies: u8,
    /// Whether the tick under way asks for a copy.
    due: bool,
}

impl EventEncoder {
    /// The encoder of an event that begins at `start`, a timestamp of the audio stream. `volume`
    /// is the level in dBm0 without its sign, 0 to 63 (10 is usual), 0 for events without.
    pub fn new(code: EventCode, volume: u8, start: Timestamp) -> Self {
        Self {
            code,
            volume,
            segment: start,
            reported: 0,
            end: None,
            tick: None,
            full: None,
            is_first: true,
            copies: COPIES,
        }
    }

    /// The event ends at `end`, which may lie ahead: from then on the last report is sent, three
    /// times. An end before what has been reported already is moved there, and one at the start to
    /// one unit after it; only the first call counts.
    pub fn release(&mut self, end: Timestamp) {
        self.end.get_or_insert(end);
    }

    /// Whether everything has been sent.
    pub fn is_finished(&self) -> bool {
        self.copies == 0
    }

    /// An update is due; `now` is the stream's timestamp. Nothing is due before the event begins.
    pub fn handle_tick(&mut self, now: Timestamp) {
        self.tick = Some(now);
        if let Some(full) = &mut self.full {
            full.due = true;
        }
    }

    /// The next packet to send for the last tick. Mostly one; at the border of two segments more.
    pub fn poll_packet(&mut self) -> Option<EventPacket> {
        let now = self.tick?;
        if let Some(full) = self.full.as_mut().filter(|full| full.due) {
            let start = full.start;
            full.due = false;
            full.copies = full.copies.saturating_sub(1);
            self.full = self.full.filter(|full| full.copies > 0);
            return Some(self.packet(start, SEGMENT, false));
        }
        let over = self.end.filter(|end| !end.is_after(now));
        // Distances are signed: what lies before the segment, or is half of the circle away,
        // counts as nothing.
        let elapsed = over.unwrap_or(now).distance_from(self.segment);
        let elapsed = u32::try_from(elapsed).unwrap_or(0);
        let Ok(elapsed) = u16::try_from(elapsed) else {
            let start = self.segment;
            self.segment = Timestamp(start.0.wrapping_add(u32::from(SEGMENT)));
            self.reported = 0;
            self.full = Some(FullSegment { start, copies: COPIES.saturating_sub(1), due: false });
            return Some(self.packet(start, SEGMENT, false));
        };
        self.tick = None;
        let elapsed = elapsed.max(self.reported);
        if over.is_some() && self.copies > 0 {
            self.copies = self.copies.saturating_sub(1);
            self.reported = elapsed.max(1);
            return Some(self.packet(self.segment, self.reported, true));
        }
        if self.is_finished() || elapsed == 0 {
            return None;
        }
        self.reported = elapsed;
        Some(self.packet(self.segment, elapsed, false))
    }

    fn packet(&mut self, timestamp: Timestamp, duration: u16, end: bool) -> EventPacket {
        let marker = std::mem::replace(&mut self.is_first, false);
        let Self { code, volume, .. } = *self;
        EventPacket { marker, timestamp, event: Event { code, end, volume, duration } }
    }
}

#[cfg(test)]
mod tests;

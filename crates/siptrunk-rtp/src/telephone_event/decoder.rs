//! Events made of reports, each exactly once (RFC 4733 section 2.5.2).

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::{Event, EventCode, events};
use crate::{Packet, Timestamp};

/// What a decoder allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecoderLimits {
    /// An event of which nothing has come for so long is over: its last reports are lost. Section
    /// 2.5.2.2 asks for no more than three packet intervals. 150 ms by default.
    pub lapse: Duration,
    /// Reports that are read of one packet (section 2.5.1.5). 8 by default.
    pub reports_per_packet: usize,
    /// How far before the current event one may have begun whose packets come late; what lies
    /// further back is taken for a stream that started anew. 5 s by default.
    pub lateness: Duration,
}

impl Default for DecoderLimits {
    fn default() -> Self {
        Self {
            lapse: Duration::from_millis(150),
            reports_per_packet: 8,
            lateness: Duration::from_secs(5),
        }
    }
}

/// What a decoder tells.
///
/// An event is told twice: when its first packet arrives and when it is over. Only if all packets
/// of an event came after some of the next are the two told after the next one's start; the
/// timestamps have the true order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodedEvent {
    /// An event has begun.
    Started {
        /// Which.
        code: EventCode,
        /// Level in dBm0 without its sign; 0 may also mean unknown.
        volume: u8,
        /// When it began, in the stream's time.
        timestamp: Timestamp,
    },
    /// An event is over.
    Ended {
        /// Which.
        code: EventCode,
        /// When it began, in the stream's time.
        timestamp: Timestamp,
        /// How long it lasted, in timestamp units, all segments together; what is known of it if
        /// its end was lost.
        duration: u32,
        /// Whether its end was reported; otherwise it lapsed, or the next event came.
        reported: bool,
    },
}

/// Keys of events that are known already.
const KNOWN: usize = 16;

/// An event, or a segment of one. Its code is part of the key, since there are senders whose
/// timestamp stands still between two digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key {
    ssrc: u32,
    timestamp: Timestamp,
    code: EventCode,
}

/// Makes events of the packets of one stream.
///
/// An event is known by its timestamp: marker bits and the number of packets do not matter, and
/// whatever is lost, doubled or swapped on the way, an event of which one packet arrives is told
/// once. Give it the packets of the telephone-event payload type only, drain
/// [`poll_event`](Self::poll_event) after each call, and call
/// [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) says.
#[derive(Debug, Clone)]
pub struct EventDecoder {
    limits: DecoderLimits,
    clock_rate: u32,
    /// [`DecoderLimits::lateness`] in timestamp units.
    lateness: u32,
    current: Option<Current>,
    known: VecDeque<Key>,
    told: VecDeque<DecodedEvent>,
}

/// The latest event.
#[derive(Debug, Clone, Copy)]
struct Current {
    start: Timestamp,
    /// The current segment, and how long it has lasted.
    segment: Key,
    duration: u16,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Lapses then, if the limit is a time that ever comes.
    Lasting(Option<Instant>),
    /// Told as ended, though its end was not reported.
    Lapsed,
    Ended,
}

impl Current {
    fn total(&self) -> u32 {
        let before = self.segment.timestamp.0.wrapping_sub(self.start.0);
        before.wrapping_add(u32::from(self.duration))
    }

    /// Whether a report without marker goes on with this event in a new segment (section
    /// 2.5.2.3): the same event without a gap.
    fn goes_on(&self, key: Key, clock_rate: u32) -> bool {
        let same = (key.ssrc, key.code) == (self.segment.ssrc, self.segment.code);
        if !same || self.state == State::Ended {
            return false;
        }
        let Ok(distance) = u16::try_from(key.timestamp.distance_from(self.segment.timestamp))
        else {
            return false;
        };
        // Its last reports may be lost, but not those of a whole second.
        let unreported = u32::from(u16::MAX.saturating_sub(self.duration));
        let is_full = distance == u16::MAX && unreported <= clock_rate;
        // Also senders with shorter segments (section 2.5.1.3.1), and those that count their
        // timestamps on during an event.
        is_full || distance <= self.duration
    }

    /// Whether an event began a little before this one, in the same stream.
    fn is_after(&self, key: Key, lateness: u32) -> bool {
        let behind = u32::try_from(self.start.distance_from(key.timestamp)).unwrap_or(0);
        key.ssrc == self.segment.ssrc && behind > 0 && behind <= lateness
    }

    fn ended(&self, reported: bool) -> DecodedEvent {
        let Self { start: timestamp, segment: Key { code, .. }, .. } = *self;
        DecodedEvent::Ended { code, timestamp, duration: self.total(), reported }
    }
}

impl EventDecoder {
    /// A decoder with default limits for a payload type of `clock_rate` timestamp units a second.
    pub fn new(clock_rate: u32) -> Self {
        Self::with_limits(clock_rate, DecoderLimits::default())
    }

    /// A decoder with other limits.
    pub fn with_limits(clock_rate: u32, limits: DecoderLimits) -> Self {
        let lateness = limits.lateness.as_millis().saturating_mul(u128::from(clock_rate)) / 1000;
        Self {
            limits,
            clock_rate,
            lateness: u32::try_from(lateness).unwrap_or(u32::MAX),
            current: None,
            known: VecDeque::with_capacity(KNOWN),
            told: VecDeque::new(),
        }
    }

    /// Takes note of a packet. Another SSRC than before is another stream, whose events are new.
    ///
    /// A payload that is too short for a report says nothing, like one of duration 0 (section
    /// 2.3.5).
    pub fn handle_packet(&mut self, now: Instant, packet: &Packet<'_>) {
        self.handle_timeout(now);
        let (ssrc, mut timestamp) = (packet.ssrc(), packet.timestamp());
        let payload = packet.payload();
        // In a packet of several reports the marker belongs to any of them.
        let marker = packet.marker() && events(payload).len() == 1;
        for event in events(payload).take(self.limits.reports_per_packet) {
            self.handle_report(now, Key { ssrc, timestamp, code: event.code }, marker, event);
            timestamp = Timestamp(timestamp.0.wrapping_add(u32::from(event.duration)));
        }
    }

    fn handle_report(&mut self, now: Instant, key: Key, marker: bool, event: Event) {
        let Event { code, end, volume, duration } = event;
        if duration == 0 && code.is_momentary() {
            return;
        }
        let lasting = State::Lasting(now.checked_add(self.limits.lapse));
        if let Some(current) = self.current.as_mut().filter(|current| current.segment == key) {
            if matches!(current.state, State::Lasting(_)) {
                current.duration = current.duration.max(duration);
                current.state = lasting;
                if end {
                    self.close(State::Ended);
                }
            }
            return;
        }
        if self.known.contains(&key) {
            return;
        }
        self.remember(key);
        let timestamp = key.timestamp;
        let started = DecodedEvent::Started { code, volume, timestamp };
        let new = Current { start: timestamp, segment: key, duration, state: lasting };
        match &mut self.current {
            Some(current) if !marker && current.goes_on(key, self.clock_rate) => {
                (current.segment, current.duration) = (key, duration);
                if current.state != State::Lapsed {
                    current.state = lasting;
                }
            }
            Some(current) if current.is_after(key, self.lateness) => {
                self.told.extend([started, new.ended(end)]);
                return;
            }
            _ => {
                self.close(State::Lapsed);
                self.told.push_back(started);
                self.current = Some(new);
            }
        }
        if end {
            self.close(State::Ended);
        }
    }

    /// Tells that the current event is over, once.
    fn close(&mut self, state: State) {
        if let Some(current) = &mut self.current {
            if matches!(current.state, State::Lasting(_)) {
                self.told.push_back(current.ended(state == State::Ended));
            }
            current.state = state;
        }
    }

    fn remember(&mut self, key: Key) {
        if self.known.len() >= KNOWN {
            self.known.pop_front();
        }
        self.known.push_back(key);
    }

    /// Ends an event of which nothing has come for [`DecoderLimits::lapse`]. A call too early
    /// changes nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.close(State::Lapsed);
        }
    }

    /// When the event that lasts would lapse. May change with each packet.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.current?.state {
            State::Lasting(deadline) => deadline,
            State::Lapsed | State::Ended => None,
        }
    }

    /// What there is to tell, until `None`.
    pub fn poll_event(&mut self) -> Option<DecodedEvent> {
        self.told.pop_front()
    }
}

#[cfg(test)]
mod tests;

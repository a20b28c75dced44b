//! The session: two legs, and the way of a packet between them.

use std::net::SocketAddr;
use std::time::Instant;

use siptrunk_rtp::{is_rtcp, set_payload_type};

use crate::leg::Leg;
use crate::queue::EventQueue;
use crate::{
    Component, Decision, DropReason, LegMedia, MediaCommand, MediaEvent, MediaSessionId,
    SessionConfig, SessionStatistics, Side,
};

/// A relay between two ends, without sockets and without a clock.
///
/// Each call takes the time as `now`, which never goes back. After a call events may be there to
/// fetch with [`poll_event`](Self::poll_event), and [`poll_timeout`](Self::poll_timeout) may have
/// changed.
#[derive(Debug)]
pub struct MediaSession {
    id: MediaSessionId,
    config: SessionConfig,
    started: Instant,
    closed: bool,
    legs: [Leg; 2],
    events: EventQueue,
}

impl MediaSession {
    /// A session that drops everything until both sides are described.
    pub fn new(now: Instant, id: MediaSessionId, config: SessionConfig) -> Self {
        let legs = [Leg::new(&config), Leg::new(&config)];
        Self { id, config, started: now, closed: false, legs, events: EventQueue::new() }
    }

    /// The session's number.
    pub fn id(&self) -> MediaSessionId {
        self.id
    }

    /// Whether [`close`](Self::close) was called.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Does what signalling says. A command for another session changes nothing.
    pub fn handle_command(&mut self, now: Instant, command: MediaCommand) {
        if command.session() != self.id {
            return;
        }
        match command {
            MediaCommand::Update { side, leg, .. } => self.update(now, side, leg),
            MediaCommand::Close { .. } => self.close(now),
        }
    }

    /// Describes a side, new or anew. Counters, and with the same address the lock of `nat`, stay.
    #[allow(clippy::needless_pass_by_value)] // The description of a side is handed over whole.
    pub fn update(&mut self, now: Instant, side: Side, leg: LegMedia) {
        if self.closed {
            return;
        }
        self.legs[side.index()].update(&leg);
        let [a, b] = &mut self.legs;
        let (from_a, from_b) = (a.is_due_towards(b), b.is_due_towards(a));
        a.silence.expect(now, from_a);
        b.silence.expect(now, from_b);
    }

    /// Judges a packet that arrived at one of the session's sockets: `side` and `component` name
    /// the socket, `source` who sent it. If it is to be forwarded its payload number is already
    /// the other side's.
    pub fn handle_packet(
        &mut self,
        now: Instant,
        side: Side,
        component: Component,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Decision {
        match self.decide(now, side, component, source, packet) {
            Ok(forward) => forward,
            Err(reason) => {
                self.legs[side.index()].count_drop(reason);
                Decision::Drop(reason)
            }
        }
    }

    fn decide(
        &mut self,
        now: Instant,
        side: Side,
        component: Component,
        source: SocketAddr,
        packet: &mut [u8],
    ) -> Result<Decision, DropReason> {
        if self.closed {
            return Err(DropReason::Closed);
        }
        let [a, b] = &mut self.legs;
        let (from, towards) = match side {
            Side::A => (a, b),
            Side::B => (b, a),
        };
        let to = side.other();
        if is_rtcp(packet) {
            from.receive_rtcp(now, component, source, packet)?;
            let (component, target) = towards.rtcp_target()?;
            from.count_forwarded_rtcp();
            return Ok(Decision::Forward { to, component, target });
        }
        if component == Component::Rtcp {
            return Err(from.receive_misplaced(source));
        }
        let since_start = now.saturating_duration_since(self.started);
        let heard = from.receive_rtp(now, since_start, source, packet)?;
        let session = self.id;
        if heard.first {
            self.events.push(MediaEvent::FirstPacket { session, side });
        }
        if heard.resumed {
            self.events.push_change(MediaEvent::Resumed { session, side });
        }
        let target = towards.rtp_target()?;
        set_payload_type(packet, heard.payload_type);
        from.count_forwarded_rtp(packet.len());
        Ok(Decision::Forward { to, component: Component::Rtp, target })
    }

    /// Does what is due by `now`. Called early or again it changes nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.closed {
            return;
        }
        for side in Side::BOTH {
            let leg = &mut self.legs[side.index()];
            if leg.silence.expire(now, self.config.silence_after) {
                self.events.push_change(MediaEvent::Silence { session: self.id, side });
            }
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called next.
    ///
    /// Packets only move it later, so a driver need not ask after each: it may keep an old answer
    /// and call too early. If there was none, the packet that ends a silence gives one again.
    /// [`update`](Self::update) can make it earlier.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.closed {
            return None;
        }
        self.legs.iter().filter_map(|leg| leg.silence.deadline(self.config.silence_after)).min()
    }

    /// The next event. At most five are ever kept: changes that cancel out before they are
    /// fetched are not.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop()
    }

    /// What has gone through the session so far.
    pub fn statistics(&self) -> SessionStatistics {
        let [a, b] = &self.legs;
        let mut statistics = SessionStatistics::default();
        statistics.a = a.statistics();
        statistics.b = b.statistics();
        statistics
    }

    /// Ends the session: one [`MediaEvent::Closed`] follows, packets are dropped, nothing is due
    /// any more. Closing again changes nothing.
    pub fn close(&mut self, _now: Instant) {
        if self.closed {
            return;
        }
        self.closed = true;
        let statistics = Box::new(self.statistics());
        self.events.push(MediaEvent::Closed { session: self.id, statistics });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the 48 KiB that a bridged call with media may take.
    #[test]
    fn a_session_takes_at_most_two_and_a_half_kibibytes() {
        assert!(size_of::<MediaSession>() <= 2560, "{}", size_of::<MediaSession>());
    }
}

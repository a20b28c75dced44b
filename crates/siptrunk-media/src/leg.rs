//! One side of a session: whom it talks to, what it may do, what came from it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk_rtp::rtcp::Compound;
use siptrunk_rtp::{Packet, SequenceLimits, Sources};

use crate::latch::{Admission, Latch};
use crate::quality;
use crate::rate::RateCap;
use crate::silence::Silence;
use crate::{Component, DropReason, LegMedia, LegStatistics, SessionConfig};

/// No payload number has more than seven bits.
const UNMAPPED: u8 = 0xff;

#[derive(Debug)]
pub(crate) struct Leg {
    rtp: Latch,
    rtcp: Latch,
    multiplexed: bool,
    may_send: bool,
    may_receive: bool,
    /// The other side's number for each number of this side.
    payloads: [u8; 128],
    clock_rate: u32,
    rtp_cap: RateCap,
    rtcp_cap: RateCap,
    pub(crate) silence: Silence,
    sources: Sources,
    counters: LegStatistics,
}

/// An audio packet that a side may send, and what is to be told of it.
pub(crate) struct Heard {
    /// The other side's number for the payload.
    pub(crate) payload_type: u8,
    /// Whether it is the side's first.
    pub(crate) first: bool,
    /// Whether it ends a silence that was reported.
    pub(crate) resumed: bool,
}

impl Leg {
    pub(crate) fn new(config: &SessionConfig) -> Self {
        Self {
            rtp: Latch::default(),
            rtcp: Latch::default(),
            multiplexed: false,
            may_send: false,
            may_receive: false,
            payloads: [UNMAPPED; 128],
            clock_rate: 0,
            rtp_cap: RateCap::new(config.packets_per_second, config.burst),
            rtcp_cap: RateCap::new(config.rtcp_packets_per_second, config.rtcp_packets_per_second),
            silence: Silence::default(),
            // The side's address vouches for its sources, so they need no probation.
            sources: Sources::new(SequenceLimits::without_probation()),
            counters: LegStatistics::default(),
        }
    }

    pub(crate) fn update(&mut self, media: &LegMedia) {
        self.multiplexed = media.remote.is_some() && media.remote == media.remote_rtcp;
        self.rtp.signal(media.remote, media.nat);
        self.rtcp.signal(media.remote_rtcp.filter(|_| !self.multiplexed), media.nat);
        self.may_send = media.may_send;
        self.may_receive = media.may_receive;
        self.clock_rate = media.clock_rate;
        self.payloads = [UNMAPPED; 128];
        // Backwards, so that of two entries for one number the first counts.
        for &(here, there) in media.payload_map.iter().rev() {
            if let (Some(entry), 0..128) = (self.payloads.get_mut(usize::from(here)), there) {
                *entry = there;
            }
        }
    }

    /// Whether audio from this side should come and has somewhere to go.
    pub(crate) fn is_due_towards(&self, other: &Self) -> bool {
        self.may_send && other.may_receive && self.rtp.has_address() && other.rtp.has_address()
    }

    /// Judges an RTP packet on this side's RTP port.
    pub(crate) fn receive_rtp(
        &mut self,
        now: Instant,
        since_start: Duration,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Result<Heard, DropReason> {
        let admission = judge(self.rtp.admit(source))?;
        let packet = Packet::parse(bytes).map_err(|_| DropReason::Malformed)?;
        let payload = self.payloads.get(usize::from(packet.payload_type()));
        let payload = payload.copied().filter(|number| *number != UNMAPPED);
        if admission == Admission::Learnable {
            // Only what the peer could have sent locks the port.
            if !self.may_send {
                return Err(DropReason::NotSending);
            }
            if payload.is_none() {
                return Err(DropReason::UnmappedPayload);
            }
            self.rtp.lock(source);
        }
        if !self.rtp_cap.admit(now) {
            return Err(DropReason::TooFast);
        }
        self.counters.received_packets += 1;
        self.counters.received_bytes += bytes.len() as u64;
        self.sources.handle_packet(&packet, since_start, self.clock_rate);
        if !self.may_send {
            return Err(DropReason::NotSending);
        }
        let payload_type = payload.ok_or(DropReason::UnmappedPayload)?;
        self.counters.last_packet = Some(since_start);
        let first = self.counters.first_packet.is_none();
        if first {
            self.counters.first_packet = Some(since_start);
        }
        Ok(Heard { payload_type, first, resumed: self.silence.heard(now) })
    }

    /// Judges an RTCP packet on one of this side's ports. Directions do not matter: RTCP flows on
    /// hold too (RFC 3264 section 5.1).
    pub(crate) fn receive_rtcp(
        &mut self,
        now: Instant,
        component: Component,
        source: SocketAddr,
        bytes: &[u8],
    ) -> Result<(), DropReason> {
        let latch = match component {
            Component::Rtp => &self.rtp,
            Component::Rtcp => &self.rtcp,
        };
        let admission = judge(latch.admit(source))?;
        if component == Component::Rtp && !self.multiplexed {
            return Err(DropReason::WrongComponent);
        }
        Compound::parse_reduced_size(bytes).map_err(|_| DropReason::Malformed)?;
        if admission == Admission::Learnable {
            // Audio proves whose address it is; RTCP follows it to the same host. Where the port
            // is shared, a port still open to learning means that no audio came.
            if !self.rtp.is_locked_to_host(source) {
                return Err(DropReason::WrongSource);
            }
            self.rtcp.lock(source);
        }
        if !self.rtcp_cap.admit(now) {
            return Err(DropReason::TooFast);
        }
        self.counters.rtcp_received += 1;
        Ok(())
    }

    /// Judges a packet of no use on its port, so that a stranger's counts as a stranger's.
    pub(crate) fn receive_misplaced(&self, source: SocketAddr) -> DropReason {
        judge(self.rtcp.admit(source)).err().unwrap_or(DropReason::WrongComponent)
    }

    /// Where audio to this side goes.
    pub(crate) fn rtp_target(&self) -> Result<SocketAddr, DropReason> {
        if !self.may_receive {
            return Err(DropReason::NotReceiving);
        }
        self.rtp.target().ok_or(DropReason::NoTarget)
    }

    /// Where RTCP to this side goes, and from which port.
    pub(crate) fn rtcp_target(&self) -> Result<(Component, SocketAddr), DropReason> {
        let (component, latch) = if self.multiplexed {
            (Component::Rtp, &self.rtp)
        } else {
            (Component::Rtcp, &self.rtcp)
        };
        latch.target().map(|target| (component, target)).ok_or(DropReason::NoTarget)
    }

    pub(crate) fn count_forwarded_rtp(&mut self, octets: usize) {
        self.counters.forwarded_packets += 1;
        self.counters.forwarded_bytes += octets as u64;
    }

    pub(crate) fn count_forwarded_rtcp(&mut self) {
        self.counters.rtcp_forwarded += 1;
    }

    pub(crate) fn count_drop(&mut self, reason: DropReason) {
        self.counters.dropped.add(reason);
    }

    pub(crate) fn statistics(&self) -> LegStatistics {
        let mut statistics = self.counters;
        quality::describe(&self.sources, &mut statistics);
        statistics
    }
}

fn judge(admission: Admission) -> Result<Admission, DropReason> {
    match admission {
        Admission::Known | Admission::Learnable => Ok(admission),
        Admission::Stranger => Err(DropReason::WrongSource),
        Admission::NoAddress => Err(DropReason::NoAddress),
    }
}

//! A session, its two ends and a clock that only tests turn.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk_media::{
    Component, Decision, DropReason, LegMedia, MediaEvent, MediaSession, MediaSessionId,
    SessionConfig, Side,
};
use siptrunk_rtp::{PacketBuilder, Sequence, Timestamp};

pub(crate) const ID: MediaSessionId = MediaSessionId(7);
pub(crate) const FRAME: Duration = Duration::from_millis(20);

pub(crate) fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Where the end of a side has its RTP port.
pub(crate) fn rtp(side: Side) -> SocketAddr {
    address(match side {
        Side::A => "198.51.100.1:4000",
        Side::B => "203.0.113.2:5000",
    })
}

/// Where the end of a side has its RTCP port.
pub(crate) fn rtcp(side: Side) -> SocketAddr {
    SocketAddr::new(rtp(side).ip(), rtp(side).port() + 1)
}

/// A side that talks PCMU, and telephone events as 101 on side A and 96 on side B.
pub(crate) fn leg(side: Side) -> LegMedia {
    let events = match side {
        Side::A => (101, 96),
        Side::B => (96, 101),
    };
    LegMedia {
        remote: Some(rtp(side)),
        remote_rtcp: Some(rtcp(side)),
        payload_map: vec![(0, 0), events],
        ..LegMedia::default()
    }
}

/// A packet of 20 ms.
pub(crate) fn audio(payload_type: u8, number: u32) -> Vec<u8> {
    audio_of(0x5eed, payload_type, number)
}

pub(crate) fn audio_of(ssrc: u32, payload_type: u8, number: u32) -> Vec<u8> {
    #[allow(clippy::cast_possible_truncation)] // Sequence numbers wrap; the tests go past 65,535.
    let sequence = Sequence(number as u16);
    let timestamp = Timestamp(number.wrapping_mul(160));
    let header = PacketBuilder { payload_type, marker: false, sequence, timestamp, ssrc };
    let mut packet = vec![0; 172];
    assert_eq!(header.write_into(&mut packet, &[0xff; 160]), Ok(172));
    packet
}

/// An empty receiver report, alone (RFC 5506).
pub(crate) const REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];

pub(crate) struct Rig {
    pub(crate) session: MediaSession,
    pub(crate) now: Instant,
}

impl Rig {
    /// A session that knows neither side.
    pub(crate) fn blank() -> Self {
        let now = Instant::now();
        let session = MediaSession::new(now, ID, SessionConfig::default());
        Self { session, now }
    }

    /// A session between both ends.
    pub(crate) fn connected() -> Self {
        let mut rig = Self::blank();
        rig.update(Side::A, leg(Side::A));
        rig.update(Side::B, leg(Side::B));
        rig
    }

    pub(crate) fn update(&mut self, side: Side, leg: LegMedia) {
        self.session.update(self.now, side, leg);
    }

    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// A datagram on one of the session's ports.
    pub(crate) fn datagram(
        &mut self,
        side: Side,
        component: Component,
        source: SocketAddr,
        bytes: &mut [u8],
    ) -> Decision {
        self.session.handle_packet(self.now, side, component, source, bytes)
    }

    /// An audio packet from the side's own end.
    pub(crate) fn talk(&mut self, side: Side, number: u32) -> Decision {
        self.datagram(side, Component::Rtp, rtp(side), &mut audio(0, number))
    }

    /// An audio packet from the side's own end that has to pass.
    pub(crate) fn say(&mut self, side: Side, number: u32) {
        let decision = self.talk(side, number);
        assert!(matches!(decision, Decision::Forward { .. }), "{decision:?}");
    }

    /// An audio packet from anywhere.
    pub(crate) fn talk_from(&mut self, side: Side, source: &str) -> Decision {
        self.datagram(side, Component::Rtp, address(source), &mut audio(0, 1))
    }

    /// A receiver report from anywhere.
    pub(crate) fn report_from(
        &mut self,
        side: Side,
        component: Component,
        source: SocketAddr,
    ) -> Decision {
        self.datagram(side, component, source, &mut REPORT.clone())
    }

    pub(crate) fn timeout(&mut self) {
        self.session.handle_timeout(self.now);
        assert!(self.session.poll_timeout().is_none_or(|due| due > self.now));
    }

    /// Lets time pass as a driver does: from one deadline to the next.
    pub(crate) fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.session.poll_timeout().filter(|due| *due <= end) {
            assert!(due >= self.now, "a deadline in the past");
            self.now = due;
            self.timeout();
        }
        self.now = end;
    }

    pub(crate) fn events(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.session.poll_event()).collect()
    }
}

pub(crate) fn forward(to: Side) -> Decision {
    Decision::Forward { to, component: Component::Rtp, target: rtp(to) }
}

pub(crate) fn forward_to(to: Side, component: Component, target: &str) -> Decision {
    Decision::Forward { to, component, target: address(target) }
}

pub(crate) fn dropped(reason: DropReason) -> Decision {
    Decision::Drop(reason)
}

pub(crate) fn first_packet(side: Side) -> MediaEvent {
    MediaEvent::FirstPacket { session: ID, side }
}

pub(crate) fn silence(side: Side) -> MediaEvent {
    MediaEvent::Silence { session: ID, side }
}

pub(crate) fn resumed(side: Side) -> MediaEvent {
    MediaEvent::Resumed { session: ID, side }
}

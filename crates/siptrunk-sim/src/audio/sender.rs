//! Sends the frames of a signal, one each 20 ms.

use std::time::{Duration, Instant};

use bytes::Bytes;
use siptrunk_rtp::{PacketBuilder, Sequence, Timestamp};
use siptrunk_transaction::Rng;

use super::{AudioPlan, FRAME, Law};

const PACKET: usize = 12 + FRAME;
/// Timestamp units of a frame.
const TICKS: u32 = 160;

/// One RTP stream going out.
#[derive(Debug)]
pub(crate) struct Sender {
    plan: AudioPlan,
    law: Law,
    /// The number the peer wants this law under.
    payload_type: u8,
    ssrc: u32,
    sequence: Sequence,
    timestamp: Timestamp,
    sent: u32,
    next: Option<Instant>,
}

impl Sender {
    /// A stream that waits for [`begin`](Self::begin).
    pub(crate) fn new(plan: AudioPlan, law: Law, payload_type: u8, rng: &mut Rng) -> Self {
        let mut random = [0_u8; 10];
        rng.fill(&mut random);
        let [s0, s1, s2, s3, t0, t1, t2, t3, q0, q1] = random;
        Self {
            plan,
            law,
            payload_type,
            ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
            sequence: Sequence(u16::from_be_bytes([q0, q1])),
            timestamp: Timestamp(u32::from_be_bytes([t0, t1, t2, t3])),
            sent: 0,
            next: None,
        }
    }

    /// The first frame is due now, if there is one.
    pub(crate) fn begin(&mut self, now: Instant) {
        let more = !self.plan.silent && self.sent < self.plan.frames;
        self.next = more.then_some(now);
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    pub(crate) fn sent(&self) -> u32 {
        self.sent
    }

    pub(crate) fn finished(&self) -> bool {
        self.next.is_none()
    }

    pub(crate) fn stop(&mut self) {
        self.next = None;
    }

    /// The next packet that is due. After a late call several are.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Bytes> {
        let due = self.next.filter(|at| *at <= now)?;
        let builder = PacketBuilder {
            payload_type: self.payload_type,
            marker: self.sent == 0,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let mut packet = [0_u8; PACKET];
        let frame = self.plan.sends.frame(self.sent, self.law);
        let length = builder.write_into(&mut packet, &frame).unwrap_or_default();
        self.sent += 1;
        self.sequence = self.sequence.next();
        self.timestamp = Timestamp(self.timestamp.0.wrapping_add(TICKS));
        self.next = (self.sent < self.plan.frames).then(|| due + Duration::from_millis(20));
        packet.get(..length).map(Bytes::copy_from_slice)
    }
}

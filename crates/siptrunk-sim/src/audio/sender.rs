//! Sends the frames of a signal, one each 20 ms.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_rtp::{
    PacketBuilder, Sequence, Timestamp,
    telephone_event::{EventCode, EventEncoder},
};
use siptrunk_transaction::Rng;

use super::{AudioPlan, FRAME, Law};

const PACKET: usize = 12 + FRAME;
/// Timestamp units of a frame.
const TICKS: u32 = 160;
/// How long a digit is pressed, in timestamp units: 100 ms.
const PRESSED: u32 = 800;
/// Frames between two digits.
const PAUSE: u32 = 3;
/// The level of a digit in dBm0, without its sign.
const VOLUME: u8 = 10;

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
    /// What the next ticks press, and the payload number for it.
    digits: VecDeque<EventCode>,
    event_type: u8,
    pressed: Option<EventEncoder>,
    pause: u32,
    /// Due, and not taken yet.
    ready: VecDeque<Bytes>,
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
            digits: VecDeque::new(),
            event_type: 0,
            pressed: None,
            pause: 0,
            ready: VecDeque::new(),
        }
    }

    /// Presses these digits once all frames are sent, as telephone-event of this number.
    pub(crate) fn pressing(mut self, digits: &str, payload_type: u8) -> Self {
        self.digits = digits.chars().filter_map(EventCode::from_digit).collect();
        self.event_type = payload_type;
        self
    }

    /// The first frame is due now, if there is one.
    pub(crate) fn begin(&mut self, now: Instant) {
        self.next = self.more().then_some(now);
    }

    fn more(&self) -> bool {
        let digits = !self.digits.is_empty() || self.pressed.is_some();
        !self.plan.silent && (self.sent < self.plan.frames || digits)
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
        loop {
            if let Some(packet) = self.ready.pop_front() {
                return Some(packet);
            }
            let due = self.next.filter(|at| *at <= now)?;
            if self.sent < self.plan.frames {
                self.speak();
            } else {
                self.press();
            }
            self.next = self.more().then(|| due + Duration::from_millis(20));
        }
    }

    fn speak(&mut self) {
        let builder = PacketBuilder {
            payload_type: self.payload_type,
            marker: self.sent == 0,
            sequence: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
        };
        let frame = self.plan.sends.frame(self.sent, self.law);
        self.write(builder, &frame);
        self.sent += 1;
        self.timestamp = Timestamp(self.timestamp.0.wrapping_add(TICKS));
    }

    fn press(&mut self) {
        if self.pressed.is_none() && self.pause == 0 {
            self.pressed = self.digits.pop_front().map(|code| {
                let mut event = EventEncoder::new(code, VOLUME, self.timestamp);
                event.release(self.timestamp + PRESSED);
                event
            });
        }
        self.pause = self.pause.saturating_sub(1);
        self.timestamp = Timestamp(self.timestamp.0.wrapping_add(TICKS));
        let Some(mut event) = self.pressed.take() else { return };
        event.handle_tick(self.timestamp);
        while let Some(report) = event.poll_packet() {
            let header = report.header(self.event_type, self.sequence, self.ssrc);
            self.write(header, &report.payload());
        }
        if event.is_finished() {
            self.pause = PAUSE;
        } else {
            self.pressed = Some(event);
        }
    }

    fn write(&mut self, header: PacketBuilder, payload: &[u8]) {
        let mut packet = [0_u8; PACKET];
        let length = header.write_into(&mut packet, payload).unwrap_or_default();
        self.sequence = self.sequence.next();
        self.ready.extend(packet.get(..length).map(Bytes::copy_from_slice));
    }
}

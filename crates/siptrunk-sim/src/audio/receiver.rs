//! Takes RTP and compares it, sample by sample, with the signal that should be in it.

use std::{collections::BTreeSet, time::Instant};

use siptrunk_rtp::{
    Packet, Sequence, Timestamp,
    telephone_event::{DecodedEvent, EventDecoder},
};

use super::{AudioPlan, AudioReport, Law};

/// Timestamp units of a frame: 20 ms at 8 kHz.
const TICKS: i32 = 160;

/// One RTP stream coming in.
#[derive(Debug)]
pub(crate) struct Receiver {
    plan: AudioPlan,
    law: Law,
    payload_type: u8,
    /// The number that digits come under.
    event_type: Option<u8>,
    events: EventDecoder,
    /// The source, once it has spoken.
    ssrc: Option<u32>,
    anchor: Option<Anchor>,
    /// Sequence numbers seen, counted from the first packet.
    seen: BTreeSet<i64>,
    /// The last of them in order of arrival, to unwrap the next.
    last: Option<(Sequence, i64)>,
    report: AudioReport,
}

/// Which frame of the signal a timestamp stands for.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    timestamp: Timestamp,
    frame: u32,
}

impl Receiver {
    pub(crate) fn new(plan: AudioPlan, law: Law, payload_type: u8, event_type: Option<u8>) -> Self {
        let report = AudioReport { packets_expected: plan.frames, ..AudioReport::default() };
        Self {
            plan,
            law,
            payload_type,
            event_type,
            events: EventDecoder::new(8_000),
            ssrc: None,
            anchor: None,
            seen: BTreeSet::new(),
            last: None,
            report,
        }
    }

    /// The source, once it has spoken.
    pub(crate) fn ssrc(&self) -> Option<u32> {
        self.ssrc
    }

    /// Whether every frame has come.
    pub(crate) fn complete(&self) -> bool {
        self.report.packets_received >= self.plan.frames
    }

    pub(crate) fn report(&self, sent: u32) -> AudioReport {
        let gaps = match (self.seen.first(), self.seen.last()) {
            (Some(first), Some(last)) => {
                let span = usize::try_from(last - first + 1).unwrap_or_default();
                u32::try_from(span.saturating_sub(self.seen.len())).unwrap_or(u32::MAX)
            }
            _ => 0,
        };
        AudioReport { gaps, packets_sent: sent, ..self.report.clone() }
    }

    pub(crate) fn handle_packet(&mut self, now: Instant, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(bytes) else {
            self.report.foreign += 1;
            return;
        };
        let ssrc = *self.ssrc.get_or_insert_with(|| packet.ssrc());
        if ssrc == packet.ssrc() && self.event_type == Some(packet.payload_type()) {
            return self.hear_digit(now, &packet);
        }
        if ssrc != packet.ssrc() || packet.payload_type() != self.payload_type {
            self.report.foreign += 1;
            return;
        }
        let (sequence, place) = (packet.sequence(), self.unwrapped(packet.sequence()));
        let latest = self.seen.last().copied();
        if !self.seen.insert(place) {
            self.report.duplicates += 1;
            return;
        }
        if latest.is_some_and(|latest| latest > place) {
            self.report.reordered += 1;
        }
        self.last = Some((sequence, place));
        self.report.packets_received += 1;
        self.report.samples_received += packet.payload().len() as u64;
        self.report.samples_matching += self.matching(packet.timestamp(), packet.payload());
    }

    fn hear_digit(&mut self, now: Instant, packet: &Packet<'_>) {
        self.events.handle_packet(now, packet);
        while let Some(event) = self.events.poll_event() {
            if let DecodedEvent::Started { code, .. } = event {
                self.report.digits.extend(code.digit());
            }
        }
    }

    fn unwrapped(&self, sequence: Sequence) -> i64 {
        self.last.map_or(0, |(last, place)| place + i64::from(sequence.distance_from(last)))
    }

    /// How many samples are what was sent at that time.
    fn matching(&mut self, timestamp: Timestamp, payload: &[u8]) -> u64 {
        let Some(frame) = self.frame_at(timestamp, payload) else { return 0 };
        let expected = self.plan.expects.frame(frame, self.law);
        expected.iter().zip(payload).filter(|(expected, heard)| expected == heard).count() as u64
    }

    /// The first packet may have been lost: the first one to arrive says by its content where it
    /// belongs, and all others by their distance from it.
    fn frame_at(&mut self, timestamp: Timestamp, payload: &[u8]) -> Option<u32> {
        let anchor = if let Some(anchor) = self.anchor {
            anchor
        } else {
            let frame = (0..self.plan.frames)
                .find(|frame| self.plan.expects.frame(*frame, self.law)[..] == *payload)?;
            *self.anchor.insert(Anchor { timestamp, frame })
        };
        let distance = timestamp.distance_from(anchor.timestamp);
        let frame = i64::from(anchor.frame) + i64::from(distance / TICKS);
        let whole = distance % TICKS == 0 && frame < i64::from(self.plan.frames);
        if whole { u32::try_from(frame).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use bytes::Bytes;
    use siptrunk_transaction::Seed;

    use super::*;
    use crate::audio::Sender;

    fn packets(plan: AudioPlan, law: Law) -> Vec<Bytes> {
        let now = Instant::now();
        let mut sender = Sender::new(plan, law, law.payload_type(), &mut Seed([1; 32]).rng());
        sender.begin(now);
        let late = now + Duration::from_secs(60);
        std::iter::from_fn(|| sender.due(late)).collect()
    }

    fn heard(packets: &[Bytes], law: Law) -> AudioReport {
        let plan = AudioPlan::agent().frames(50);
        let mut receiver = Receiver::new(plan, law, law.payload_type(), Some(101));
        for packet in packets {
            receiver.handle_packet(Instant::now(), packet);
        }
        receiver.report(0)
    }

    fn caller() -> AudioPlan {
        AudioPlan::caller().frames(50)
    }

    #[test]
    fn what_is_sent_is_heard_exactly_in_both_laws() {
        for law in [Law::Mu, Law::A] {
            let report = heard(&packets(caller(), law), law);
            assert!(report.exact(), "{report}");
            assert_eq!(report.samples_matching, 50 * 160);
        }
    }

    #[test]
    fn packets_leave_every_20_ms() {
        let now = Instant::now();
        let mut sender = Sender::new(caller(), Law::Mu, 0, &mut Seed([1; 32]).rng());
        assert!(sender.due(now).is_none(), "it has not begun");
        sender.begin(now);
        assert!(sender.due(now).is_some());
        assert!(sender.due(now + Duration::from_millis(19)).is_none());
        assert!(sender.due(now + Duration::from_millis(20)).is_some());
        assert_eq!(sender.poll_timeout(), Some(now + Duration::from_millis(40)));
    }

    #[test]
    fn a_lost_packet_is_a_gap_even_if_the_first_is_lost_too() {
        let mut sent = packets(caller(), Law::Mu);
        sent.remove(20);
        sent.remove(0);
        let report = heard(&sent, Law::Mu);
        assert_eq!((report.gaps, report.missing()), (1, 2), "{report}");
        assert_eq!(report.samples_matching, 48 * 160);
        assert!(!report.exact());
    }

    #[test]
    fn doubled_swapped_and_spoiled_packets_are_told_apart() {
        let mut sent = packets(caller(), Law::Mu);
        let twice = sent[5].clone();
        sent.insert(6, twice);
        sent.swap(10, 11);
        let mut spoiled = sent[30].to_vec();
        spoiled[100] ^= 1;
        sent[30] = spoiled.into();
        let mut other_type = sent[40].to_vec();
        other_type[1] = 102;
        sent.push(other_type.into());
        let report = heard(&sent, Law::Mu);
        assert_eq!((report.duplicates, report.reordered, report.foreign), (1, 1, 1), "{report}");
        assert_eq!(report.samples_matching, report.samples_received - 1);
    }

    #[test]
    fn another_signal_and_the_other_law_do_not_match() {
        let wrong = packets(AudioPlan { sends: crate::Signal::new(99), ..caller() }, Law::Mu);
        assert_eq!(heard(&wrong, Law::Mu).samples_matching, 0);
        let mut law = packets(caller(), Law::A);
        law = law
            .iter()
            .map(|packet| {
                let mut packet = packet.to_vec();
                packet[1] = (packet[1] & 0x80) | Law::Mu.payload_type();
                packet.into()
            })
            .collect();
        assert_eq!(heard(&law, Law::Mu).samples_matching, 0);
    }

    #[test]
    fn digits_follow_the_frames_and_are_heard_once_each() {
        let now = Instant::now();
        let plan = caller().frames(3);
        let mut sender = Sender::new(plan, Law::Mu, 0, &mut Seed([1; 32]).rng());
        sender = sender.pressing("1#1a", 101);
        sender.begin(now);
        let late = now + Duration::from_secs(60);
        let sent: Vec<Bytes> = std::iter::from_fn(|| sender.due(late)).collect();
        assert!(sender.finished());
        // Five ticks of 20 ms a digit, and the last report twice more (RFC 4733 2.5.1.4).
        assert_eq!(sent.len(), 3 + 4 * 7);
        let report = heard(&sent, Law::Mu);
        assert_eq!((report.digits.as_str(), report.packets_received), ("1#1A", 3), "{report}");
        assert_eq!((report.gaps, report.foreign), (0, 0), "{report}");
    }

    #[test]
    fn silence_sends_nothing() {
        assert!(packets(caller().silent(), Law::Mu).is_empty());
    }
}

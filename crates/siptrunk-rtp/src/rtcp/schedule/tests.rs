use super::*;
use crate::PacketBuilder;
use crate::rtcp::CompoundWriter;

mod crowd;
mod printed;

/// The middle of what is drawn, in both halves.
const MIDDLE: u64 = 0x8000_0000_8000_0000;
/// The smallest and the largest first draw.
const LOWEST: u64 = 0;
const HIGHEST: u64 = u64::MAX;
/// 2.5 and 5 seconds, compensated.
const HALF: Duration = Duration::from_nanos(2_052_070_335);
const WHOLE: Duration = Duration::from_nanos(4_104_140_670);

fn config() -> ReportConfig {
    ReportConfig::for_session(64_000)
}

/// A receiver report with CNAME, and perhaps a goodbye, of `ssrc`.
fn datagram(ssrc: u32, bye: bool) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut writer = CompoundWriter::new(&mut buffer);
    writer.receiver_report(ssrc, &[]).unwrap().cname(ssrc, "someone@192.0.2.1").unwrap();
    if bye {
        writer.bye(&[ssrc], None).unwrap();
    }
    let length = writer.finish().unwrap();
    buffer[..length].to_vec()
}

fn hear(schedule: &mut ReportSchedule, now: Instant, datagram: &[u8]) {
    schedule.handle_rtcp(now, &Compound::parse(datagram).unwrap());
}

fn hear_rtp(schedule: &mut ReportSchedule, now: Instant, ssrc: u32, csrc: &[u32]) {
    let extras = crate::Extras { csrc, ..crate::Extras::default() };
    let mut packet = [0; 80];
    let header = PacketBuilder { ssrc, ..PacketBuilder::default() };
    let length = header.write_with(&mut packet, &extras, &[]).unwrap();
    schedule.handle_rtp(now, &crate::Packet::parse(&packet[..length]).unwrap());
}

fn about(left: Option<Instant>, right: Instant) -> bool {
    left.is_some_and(|left| {
        let apart = left.max(right).duration_since(left.min(right));
        apart < Duration::from_micros(1)
    })
}

#[test]
fn alone_the_first_report_comes_after_half_the_minimum_and_the_others_after_the_whole() {
    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    assert!(about(schedule.poll_timeout(), start + HALF));
    let mut now = schedule.poll_timeout().unwrap();
    let early = start + Duration::from_millis(2052);
    assert_eq!(schedule.handle_timeout(early, LOWEST), None);
    assert_eq!(schedule.handle_timeout(now, LOWEST), Some(Due::ReceiverReport));
    schedule.handle_sent(60);
    // As in appendix A.7, the interval after the first report is drawn before it counts as sent.
    assert!(about(schedule.poll_timeout(), now + HALF / 2));
    now += WHOLE * 2;
    assert_eq!(schedule.handle_timeout(now, MIDDLE), Some(Due::ReceiverReport));
    schedule.handle_sent(60);
    assert!(about(schedule.poll_timeout(), now + WHOLE));
}

#[test]
fn a_larger_draw_on_expiry_puts_the_report_off() {
    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    let now = schedule.poll_timeout().unwrap();
    assert_eq!(schedule.handle_timeout(now, HIGHEST), None);
    assert!(about(schedule.poll_timeout(), start + HALF * 3 / 2));
}

#[test]
fn a_report_that_could_not_be_sent_is_left_out() {
    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    let now = start + WHOLE;
    // Drawn low to send now, and from the middle for the next.
    assert!(schedule.handle_timeout(now, MIDDLE & 0xffff_ffff).is_some());
    assert!(about(schedule.poll_timeout(), now + HALF), "still the first one");
    assert_eq!(schedule.leave(now, 80, MIDDLE), None, "who never sent says no goodbye");
    assert_eq!(schedule.poll_timeout(), None);
}

#[test]
fn who_sends_reports_as_a_sender_for_two_intervals_more() {
    use Due::{ReceiverReport, SenderReport};

    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    let mut due = Vec::new();
    schedule.handle_rtp_sent(start);
    assert_eq!((schedule.members(), schedule.senders()), (1, 1));
    for second in [4, 9, 12, 17] {
        let now = start + Duration::from_secs(second);
        due.extend(schedule.handle_timeout(now, LOWEST));
        schedule.handle_sent(60);
    }
    // Two intervals of half the minimum are 5 s, two whole ones 10 s.
    assert_eq!(due, [SenderReport, SenderReport, ReceiverReport, ReceiverReport]);
}

#[test]
fn members_are_who_was_proved_and_senders_who_sent_rtp() {
    let now = Instant::now();
    let mut schedule = ReportSchedule::new(now, 1, config(), MIDDLE);
    hear_rtp(&mut schedule, now, 7, &[8, 9]);
    assert_eq!((schedule.members(), schedule.senders()), (1, 0), "one packet proves nothing");
    hear_rtp(&mut schedule, now, 7, &[8, 1]);
    assert_eq!((schedule.members(), schedule.senders()), (3, 1), "it, and who it mixes");
    hear(&mut schedule, now, &datagram(5, false));
    assert_eq!((schedule.members(), schedule.senders()), (4, 1));
    // Our own packets, coming back.
    hear(&mut schedule, now, &datagram(1, false));
    hear_rtp(&mut schedule, now, 1, &[]);
    hear_rtp(&mut schedule, now, 1, &[]);
    assert_eq!((schedule.members(), schedule.senders()), (4, 1));
    hear(&mut schedule, now, &datagram(7, true));
    assert_eq!((schedule.members(), schedule.senders()), (3, 0));
}

#[test]
fn any_kind_of_packet_is_heard_but_unknown_ones() {
    let now = Instant::now();
    for (packet_type, members) in [(204, 2), (205, 2), (206, 2), (207, 2), (208, 1)] {
        let mut schedule = ReportSchedule::new(now, 1, config(), MIDDLE);
        let bytes = [0x80, packet_type, 0, 2, 0, 0, 0, 9, b'n', b'a', b'm', b'e'];
        for _ in 0..2 {
            schedule.handle_rtcp(now, &Compound::parse_reduced_size(&bytes).unwrap());
        }
        assert_eq!(schedule.members(), members, "{packet_type}");
    }
}

#[test]
fn who_is_silent_for_five_intervals_is_gone() {
    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    hear(&mut schedule, start, &datagram(5, false));
    for (second, members) in [(10, 2), (20, 2), (25, 2), (31, 1)] {
        let now = start + Duration::from_secs(second);
        schedule.handle_timeout(now, LOWEST);
        schedule.handle_sent(60);
        assert_eq!(schedule.members(), members, "{second}");
    }
}

/// Section 6.3.4 by hand: of ten members five leave, so what is left of the interval, and what
/// has passed of it, are halved.
#[test]
fn a_goodbye_brings_the_next_report_nearer() {
    let start = Instant::now();
    let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
    for ssrc in 11..20 {
        hear(&mut schedule, start, &datagram(ssrc, false));
    }
    let now = start + WHOLE;
    assert!(schedule.handle_timeout(now, MIDDLE).is_some());
    schedule.handle_sent(60);
    let next = schedule.poll_timeout().unwrap();
    let then = now + Duration::from_secs(1);
    for ssrc in 11..16 {
        hear(&mut schedule, then, &datagram(ssrc, true));
    }
    assert!(about(schedule.poll_timeout(), then + (next - then) / 2));
    assert!(about(Some(schedule.last_sent), now + Duration::from_millis(500)));
    let before = schedule.poll_timeout();
    hear(&mut schedule, then, &datagram(15, true));
    assert_eq!(schedule.poll_timeout(), before, "who is gone cannot go");
}

#[test]
fn a_small_group_is_left_at_once_and_a_crowd_in_turn() {
    let start = Instant::now();
    let now = start + Duration::from_secs(1);
    for others in [49, 50] {
        let mut schedule = ReportSchedule::new(start, 1, config(), MIDDLE);
        for ssrc in 0..others {
            hear(&mut schedule, now, &datagram(100 + ssrc, false));
        }
        schedule.handle_rtp_sent(now);
        schedule.handle_sent(500);
        let due = schedule.leave(now, 100, MIDDLE);
        assert_eq!(due.is_some(), others == 49);
        assert_eq!(schedule.leave(now, 100, MIDDLE), None, "once");
        if due.is_some() {
            continue;
        }
        assert_eq!((schedule.members(), schedule.senders()), (1, 0));
        let deadline = schedule.poll_timeout().unwrap();
        assert!(about(Some(deadline), now + HALF));
        // Others' goodbyes put ours off; anything else does not.
        for ssrc in 0..20 {
            hear(&mut schedule, now, &datagram(200 + ssrc, false));
            hear_rtp(&mut schedule, now, 100, &[]);
            schedule.handle_rtp_sent(now);
        }
        assert!((schedule.average_size - 128.0).abs() < 1e-9);
        assert_eq!((schedule.members(), schedule.senders()), (1, 0));
        for ssrc in 0..20 {
            hear(&mut schedule, now, &datagram(200 + ssrc, true));
        }
        assert_eq!(schedule.members(), 21);
        assert_eq!(schedule.handle_timeout(deadline, MIDDLE), None);
        let deadline = schedule.poll_timeout().unwrap();
        let wait = deadline.duration_since(now).as_secs_f64();
        let expected = schedule.average_size * 21.0 / 300.0 / 1.218_28;
        assert!((wait - expected).abs() < 1e-4, "{wait} {expected}");
        assert_eq!(schedule.handle_timeout(deadline, LOWEST), Some(Due::Bye));
        schedule.handle_sent(100);
        assert_eq!((schedule.poll_timeout(), schedule.handle_timeout(deadline, 0)), (None, None));
    }
}

#[test]
fn without_bandwidth_for_receivers_only_senders_report() {
    let now = Instant::now();
    let config = ReportConfig { receiver_bandwidth: 0, ..config() };
    let mut schedule = ReportSchedule::new(now, 1, config, MIDDLE);
    assert_eq!(schedule.poll_timeout(), None);
    assert_eq!(schedule.handle_timeout(now + WHOLE, LOWEST), None);
    let later = now + Duration::from_secs(60);
    schedule.handle_rtp_sent(later);
    assert!(about(schedule.poll_timeout(), later + HALF));
    assert_eq!(schedule.handle_timeout(later + HALF, LOWEST), Some(Due::SenderReport));
    schedule.handle_sent(60);
    let end = later + Duration::from_secs(60);
    assert_eq!(schedule.handle_timeout(end, LOWEST), None, "no sender any more");
    assert_eq!(schedule.poll_timeout(), None);
}

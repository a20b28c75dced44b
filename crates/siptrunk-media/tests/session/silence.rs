//! First packet, silence and its end, and the deadlines between, in a time of the test's own.

use std::time::Duration;

use crate::rig::{
    FRAME, ID, Rig, audio, dropped, first_packet, forward, leg, resumed, rtp, silence,
};
use siptrunk_media::{
    Component, DropReason, LegMedia, MediaCommand, MediaEvent, MediaSession, MediaSessionId,
    SessionConfig, Side,
};

const SECOND: Duration = Duration::from_secs(1);

/// Both sides have spoken.
fn talking() -> Rig {
    let mut rig = Rig::connected();
    rig.say(Side::A, 0);
    rig.say(Side::B, 0);
    assert_eq!(rig.events(), [first_packet(Side::A), first_packet(Side::B)]);
    rig
}

#[test]
fn the_first_packet_is_told_once_a_side() {
    let mut rig = Rig::connected();
    rig.wait(SECOND);
    for number in 0..10 {
        rig.say(Side::B, number);
        rig.wait(FRAME);
    }
    assert_eq!(rig.events(), [first_packet(Side::B)]);
    rig.say(Side::A, 0);
    assert_eq!(rig.events(), [first_packet(Side::A)]);
    let statistics = rig.session.statistics();
    assert_eq!(statistics.b.first_packet, Some(SECOND));
    assert_eq!(statistics.b.last_packet, Some(SECOND + FRAME * 9));
    assert_eq!(statistics.a.first_packet, Some(SECOND + FRAME * 10));
}

#[test]
fn what_is_dropped_for_its_source_or_payload_is_no_first_packet() {
    let mut rig = Rig::connected();
    let _ = rig.talk_from(Side::A, "192.0.2.1:1");
    let _ = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut audio(13, 1));
    assert_eq!(rig.events(), []);
}

#[test]
fn silence_is_told_five_seconds_after_the_last_packet_and_once() {
    let mut rig = talking();
    let last = rig.now;
    assert_eq!(rig.session.poll_timeout(), Some(last + 5 * SECOND));
    rig.run(4 * SECOND);
    rig.say(Side::B, 1);
    rig.run(Duration::from_nanos(999_999_999));
    assert_eq!(rig.events(), []);
    rig.run(Duration::from_nanos(1));
    assert_eq!(rig.events(), [silence(Side::A)]);
    assert_eq!(rig.session.poll_timeout(), Some(last + 9 * SECOND));
    rig.run(60 * SECOND);
    assert_eq!(rig.events(), [silence(Side::B)]);
    assert_eq!(rig.session.poll_timeout(), None);
}

#[test]
fn the_packet_that_ends_a_silence_is_told_and_the_next_silence_too() {
    let mut rig = talking();
    for _ in 0..3 {
        rig.run(6 * SECOND);
        assert_eq!(rig.events(), [silence(Side::A), silence(Side::B)]);
        rig.say(Side::B, 1);
        rig.say(Side::A, 1);
        assert_eq!(rig.events(), [resumed(Side::B), resumed(Side::A)]);
    }
}

#[test]
fn a_side_that_never_sends_is_silent_from_when_audio_was_due() {
    let mut rig = Rig::blank();
    rig.update(Side::A, leg(Side::A));
    rig.run(60 * SECOND);
    assert_eq!(rig.session.poll_timeout(), None, "there is nobody to talk to");
    rig.update(Side::B, leg(Side::B));
    rig.say(Side::A, 0);
    rig.run(5 * SECOND);
    assert_eq!(rig.events(), [first_packet(Side::A), silence(Side::A), silence(Side::B)]);
    rig.say(Side::B, 0);
    assert_eq!(rig.events(), [first_packet(Side::B), resumed(Side::B)]);
}

#[test]
fn strangers_and_reports_do_not_break_a_silence() {
    let mut rig = talking();
    for _ in 0..10 {
        rig.run(SECOND / 2);
        let _ = rig.talk_from(Side::A, "192.0.2.1:1");
        let _ = rig.report_from(Side::A, Component::Rtcp, crate::rig::rtcp(Side::A));
        let _ = rig.datagram(Side::A, Component::Rtp, rtp(Side::A), &mut audio(13, 1));
        rig.say(Side::B, 1);
    }
    assert_eq!(rig.events(), [silence(Side::A)]);
}

#[test]
fn nothing_is_due_on_hold_and_the_time_starts_anew_after_it() {
    let mut rig = talking();
    rig.run(4 * SECOND);
    for held in [
        LegMedia { may_send: false, may_receive: false, ..leg(Side::B) },
        LegMedia { remote: None, ..leg(Side::B) },
    ] {
        rig.update(Side::B, held);
        assert_eq!(rig.session.poll_timeout(), None);
        rig.run(60 * SECOND);
        rig.update(Side::B, leg(Side::B));
        rig.run(4 * SECOND);
        assert_eq!(rig.events(), []);
    }
    rig.run(SECOND);
    assert_eq!(rig.events(), [silence(Side::A), silence(Side::B)]);
}

#[test]
fn a_one_way_stream_is_watched_one_way() {
    let mut rig = talking();
    rig.update(Side::B, LegMedia { may_send: false, ..leg(Side::B) });
    rig.run(60 * SECOND);
    assert_eq!(rig.events(), [silence(Side::A)]);
}

#[test]
fn a_hold_ends_a_silence_without_a_word() {
    let mut rig = talking();
    rig.run(5 * SECOND);
    rig.events();
    rig.update(Side::A, LegMedia { may_send: false, ..leg(Side::A) });
    rig.update(Side::A, leg(Side::A));
    rig.say(Side::A, 1);
    assert_eq!(rig.events(), []);
    rig.run(5 * SECOND);
    assert_eq!(rig.events(), [silence(Side::A)]);
}

#[test]
fn a_silence_not_fetched_before_a_hold_is_told_once() {
    let mut rig = talking();
    rig.run(5 * SECOND);
    rig.update(Side::A, LegMedia { may_send: false, ..leg(Side::A) });
    rig.update(Side::A, leg(Side::A));
    rig.run(5 * SECOND);
    assert_eq!(rig.events(), [silence(Side::A), silence(Side::B)]);
}

#[test]
fn an_update_that_changes_no_direction_moves_no_deadline() {
    let mut rig = talking();
    let due = rig.session.poll_timeout();
    rig.run(3 * SECOND);
    for side in Side::BOTH {
        rig.update(side, leg(side));
    }
    assert_eq!(rig.session.poll_timeout(), due);
}

#[test]
fn early_or_repeated_timeouts_change_nothing() {
    let mut rig = talking();
    let due = rig.session.poll_timeout().unwrap();
    for _ in 0..50 {
        rig.run(Duration::from_millis(99));
        rig.timeout();
        rig.timeout();
        assert_eq!(rig.session.poll_timeout(), Some(due));
    }
    assert_eq!(rig.events(), []);
    rig.now = due;
    rig.timeout();
    rig.timeout();
    assert_eq!(rig.events(), [silence(Side::A), silence(Side::B)]);
    rig.timeout();
    assert_eq!(rig.events(), []);
}

#[test]
fn the_time_is_the_configuration_s_and_the_longest_is_never() {
    for (silence_after, due) in [(Duration::from_millis(250), true), (Duration::MAX, false)] {
        let mut rig = Rig::blank();
        let config = SessionConfig { silence_after, ..SessionConfig::default() };
        rig.session = MediaSession::new(rig.now, ID, config);
        rig.update(Side::A, leg(Side::A));
        rig.update(Side::B, leg(Side::B));
        let expected = due.then(|| rig.now + silence_after);
        assert_eq!(rig.session.poll_timeout(), expected);
    }
}

#[test]
fn events_that_nobody_fetches_stay_five_at_most() {
    let mut rig = Rig::connected();
    for number in 0..1_000 {
        rig.run(6 * SECOND);
        for side in Side::BOTH {
            rig.say(side, number);
        }
    }
    rig.run(6 * SECOND);
    rig.session.close(rig.now);
    let events = rig.events();
    assert_eq!(
        events[..4],
        [first_packet(Side::A), first_packet(Side::B), silence(Side::A), silence(Side::B)]
    );
    assert!(matches!(events[4..], [MediaEvent::Closed { .. }]), "{events:?}");
}

#[test]
fn closing_gives_the_statistics_once_and_ends_everything() {
    let mut rig = talking();
    rig.run(FRAME);
    rig.say(Side::A, 2);
    let _ = rig.talk_from(Side::B, "192.0.2.1:1");
    let before = rig.session.statistics();
    rig.session.close(rig.now);
    rig.session.close(rig.now);
    rig.session.handle_command(rig.now, MediaCommand::Close { session: ID });
    let [MediaEvent::Closed { session, statistics }] = &rig.events()[..] else { panic!() };
    assert_eq!((*session, **statistics), (ID, before));
    assert_eq!((statistics.a.received_packets, statistics.a.forwarded_packets), (2, 2));
    assert_eq!((statistics.a.received_bytes, statistics.a.forwarded_bytes), (344, 344));
    assert_eq!((statistics.a.expected, statistics.a.lost, statistics.a.gaps), (3, 1, 1));
    assert_eq!(statistics.b.dropped.count(DropReason::WrongSource), 1);

    assert!(rig.session.is_closed());
    assert_eq!(rig.talk(Side::A, 3), dropped(DropReason::Closed));
    rig.update(Side::A, leg(Side::A));
    rig.run(60 * SECOND);
    rig.timeout();
    assert_eq!((rig.events(), rig.session.poll_timeout()), (vec![], None));
}

#[test]
fn commands_reach_their_session_alone() {
    let mut rig = Rig::blank();
    let other = MediaSessionId(8);
    for session in [other, ID] {
        for side in Side::BOTH {
            let leg = leg(side);
            let command = MediaCommand::Update { session, side, leg };
            assert_eq!(command.session(), session);
            rig.session.handle_command(rig.now, command);
        }
        let expected =
            if session == ID { forward(Side::B) } else { dropped(DropReason::NoAddress) };
        assert_eq!(rig.talk(Side::A, 1), expected);
    }
    rig.session.handle_command(rig.now, MediaCommand::Close { session: other });
    assert!(!rig.session.is_closed());
    rig.session.handle_command(rig.now, MediaCommand::Close { session: ID });
    let events = rig.events();
    assert!(matches!(events[..], [_, MediaEvent::Closed { .. }]));
    assert!(events.iter().all(|event| event.session() == ID));
}

#[test]
fn loss_reordering_and_jitter_are_counted_where_they_come_in() {
    let mut rig = Rig::connected();
    for number in [0, 1, 3, 2, 2, 5] {
        rig.say(Side::A, number);
        rig.wait(FRAME);
    }
    let statistics = rig.session.statistics();
    let a = statistics.side(Side::A);
    assert_eq!((a.expected, a.lost, a.gaps, a.late_or_repeated), (6, 0, 2, 2));
    assert!(a.jitter > Duration::ZERO && a.jitter < FRAME);
    assert_eq!(statistics.side(Side::B), &siptrunk_media::LegStatistics::default());
}

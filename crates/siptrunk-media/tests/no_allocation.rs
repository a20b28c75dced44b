//! A packet takes no memory from the heap, not even the first, nor one of a new source.

use std::time::{Duration, Instant};

use allocation_counter::measure;
use siptrunk_media::{
    Component, Decision, LegMedia, MediaSession, MediaSessionId, SessionConfig, Side,
};

#[test]
fn packets_reports_floods_and_changes_of_source_allocate_nothing() {
    let [a, b] = ["198.51.100.1:4000", "203.0.113.2:5000"].map(|text| text.parse().unwrap());
    let control = "198.51.100.1:4001".parse().unwrap();
    let mut now = Instant::now();
    let mut session = MediaSession::new(now, MediaSessionId(1), SessionConfig::default());
    for (side, remote) in [(Side::A, a), (Side::B, b)] {
        let leg = LegMedia {
            remote: Some(remote),
            remote_rtcp: Some(control),
            payload_map: vec![(0, 0)],
            ..LegMedia::default()
        };
        session.update(now, side, leg);
    }
    let mut packet = [0; 172];
    packet[0] = 0x80;
    let mut report = [0x80, 201, 0, 1, 0, 0, 0, 1];
    let mut forwarded = 0;
    let allocated = measure(|| {
        for ssrc in 0..10_000_u32 {
            packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
            for (component, source, bytes) in [
                (Component::Rtp, a, &mut packet[..]),
                (Component::Rtp, b, &mut [0x80; 172]),
                (Component::Rtcp, control, &mut report),
            ] {
                let decision = session.handle_packet(now, Side::A, component, source, bytes);
                forwarded += u32::from(matches!(decision, Decision::Forward { .. }));
            }
            if ssrc % 300 == 299 {
                now += Duration::from_secs(6);
            }
            session.handle_timeout(now);
        }
        while session.poll_event().is_some() {}
    });
    assert_eq!(allocated.count_total, 0);
    assert!(forwarded > 3_000, "{forwarded}");
}

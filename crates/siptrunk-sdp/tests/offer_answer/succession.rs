//! What follows an earlier description.

use siptrunk_sdp::SessionDescription;
use siptrunk_sdp::offer_answer::{Succession, answer, offer, relay_answer, relay_offer};

use crate::support::{Words, description, origin, streams, us};

#[test]
fn the_version_moves_with_the_content() {
    let first = offer(&Words::new("PCMU").codecs, &us()[0], &origin());
    let same = offer(&Words::new("PCMU").codecs, &us()[0], &origin());
    assert_eq!(same.following(&first), first);
    let other = offer(&Words::new("PCMA").codecs, &us()[0], &origin());
    let second = other.following(&first);
    assert_eq!(second.origin().version(), 2);
    assert_eq!(second.origin().session_id(), 77);
    assert_eq!(other.following(&second), second);
    assert_eq!(first.following(&second).origin().version(), 3);
}

#[test]
fn how_a_peer_goes_on() {
    const FIRST: &str = "v=0\r\no=a 5 9 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n";
    let rows = [
        (FIRST, Succession::Unchanged),
        ("v=0\r\no=a 5 10 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=x\r\n", Succession::Next),
        ("v=0\r\no=a 5 10 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", Succession::Next),
        ("v=0\r\no=a 5 9 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\na=x\r\n", Succession::Irregular),
        ("v=0\r\no=a 5 11 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", Succession::Irregular),
        ("v=0\r\no=a 5 8 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", Succession::Irregular),
        ("v=0\r\no=a 6 10 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", Succession::Replaced),
        ("v=0\r\no=b 5 10 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", Succession::Replaced),
        ("v=0\r\no=a 5 10 IN IP4 192.0.2.2\r\ns=-\r\nt=0 0\r\n", Succession::Replaced),
    ];
    let first = SessionDescription::parse(FIRST.as_bytes()).unwrap();
    for (text, expected) in rows {
        let next = SessionDescription::parse(text.as_bytes()).unwrap();
        assert_eq!(next.succeeds(&first), expected, "{text}");
    }
}

#[test]
fn a_re_offer_keeps_the_slots() {
    // The peer's own offer had video first; our answer refused it. Now the far side re-offers.
    let previous = answer(
        &description("video 30002 RTP/AVP 31 / audio 30000 RTP/AVP 0 / text 30004 RTP/AVP 98"),
        &Words::new("PCMU").codecs,
        &us()[0],
        &origin(),
    )
    .unwrap()
    .description;
    let far_offer = description("audio 40000 RTP/AVP 0; a=sendonly");
    let mut relayed =
        relay_offer(&far_offer, &Words::new("PCMU").codecs, &us()[0], &origin()).unwrap();
    relayed.description = relayed.description.following(&previous);
    assert_eq!(
        streams(&relayed.description),
        "video 0 RTP/AVP 31 / audio 20000 RTP/AVP 0; a=rtpmap:0 PCMU/8000; a=sendonly / \
         text 0 RTP/AVP 98"
    );
    assert_eq!(relayed.description.origin().version(), 2);
    let again = SessionDescription::parse(relayed.description.as_bytes()).unwrap();
    assert_eq!(again, relayed.description);
    let back =
        description("video 0 RTP/AVP 31 / audio 30000 RTP/AVP 0; a=recvonly / text 0 RTP/AVP 98");
    let told = relay_answer(&far_offer, &relayed, &back, &us()[0], &origin()).unwrap();
    assert_eq!(
        streams(&told.description),
        "audio 20000 RTP/AVP 0; a=rtpmap:0 PCMU/8000; a=recvonly"
    );
}

/// RFC 3264 section 8: a stream keeps its place, and none is ever taken away.
#[test]
fn streams_keep_their_places() {
    let rows = [
        // the description before, what is to be said now, what is said
        ("audio 1 RTP/AVP 0", "audio 3 RTP/AVP 8", "audio 3 RTP/AVP 8"),
        (
            "audio 1 RTP/AVP 0 / video 2 RTP/AVP 31",
            "audio 3 RTP/AVP 8",
            "audio 3 RTP/AVP 8 / video 0 RTP/AVP 31",
        ),
        (
            "audio 1 RTP/AVP 0 / audio 2 RTP/AVP 0",
            "audio 3 RTP/AVP 8",
            "audio 3 RTP/AVP 8 / audio 0 RTP/AVP 0",
        ),
        (
            "audio 0 RTP/AVP 0 / audio 2 RTP/AVP 0",
            "audio 3 RTP/AVP 8",
            "audio 0 RTP/AVP 0 / audio 3 RTP/AVP 8",
        ),
        (
            "video 1 RTP/AVP 31 / audio 0 RTP/AVP 0",
            "audio 3 RTP/AVP 8",
            "video 0 RTP/AVP 31 / audio 3 RTP/AVP 8",
        ),
        (
            "text 0 RTP/AVP 98 / text 0 RTP/AVP 98 / audio 2 RTP/AVP 0",
            "audio 3 RTP/AVP 8 / video 4 RTP/AVP 31",
            "text 0 RTP/AVP 98 / audio 3 RTP/AVP 8 / video 4 RTP/AVP 31",
        ),
        (
            "audio 1 RTP/AVP 0",
            "audio 3 RTP/AVP 8 / audio 4 RTP/AVP 8",
            "audio 3 RTP/AVP 8 / audio 4 RTP/AVP 8",
        ),
        ("video 0 RTP/AVP 31", "audio 3 RTP/AVP 8", "audio 3 RTP/AVP 8"),
        ("audio 1 RTP/AVP 0 / video 0 RTP/AVP 31", "", "audio 0 RTP/AVP 0 / video 0 RTP/AVP 31"),
    ];
    for (before, now, expected) in rows {
        let next = description(now).following(&description(before));
        assert_eq!(streams(&next), expected, "{before} then {now}");
        assert_eq!(next.origin().version(), 10);
    }
}

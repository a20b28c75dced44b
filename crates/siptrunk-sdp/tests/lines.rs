//! The lines that are not attributes: typed, and checked to the letter.

use proptest::prelude::*;
use siptrunk_sdp::{Bandwidth, SessionDescription};

/// RFC 8866 section 5, the example, with an IPv4 origin as in RFC 4566 and its media whole.
const EXAMPLE: &str = "v=0\r\n\
    o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\n\
    s=Call to John Smith\r\n\
    i=SDP Offer #1\r\n\
    u=http://www.jdoe.example.com/home.html\r\n\
    e=Jane Doe <jane@jdoe.example.com>\r\n\
    p=+1 617 555-6011\r\n\
    c=IN IP4 198.51.100.1\r\n\
    t=0 0\r\n\
    m=audio 49170 RTP/AVP 0\r\n\
    m=audio 49180 RTP/AVP 0\r\n\
    m=video 51372 RTP/AVP 99\r\n\
    c=IN IP6 2001:db8::2\r\n\
    a=rtpmap:99 h263-1998/90000\r\n";

/// RFC 4566 section 5, the example.
const OLD_EXAMPLE: &str = "v=0\r\n\
    o=jdoe 2890844526 2890842807 IN IP4 10.47.16.5\r\n\
    s=SDP Seminar\r\n\
    i=A Seminar on the session description protocol\r\n\
    u=http://www.example.com/seminars/sdp.pdf\r\n\
    e=j.doe@example.com (Jane Doe)\r\n\
    c=IN IP4 224.2.17.12/127\r\n\
    t=2873397496 2873404696\r\n\
    a=recvonly\r\n\
    m=audio 49170 RTP/AVP 0\r\n\
    m=video 51372 RTP/AVP 99\r\n\
    a=rtpmap:99 h263-1998/90000\r\n";

fn parse(text: &str) -> SessionDescription {
    SessionDescription::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn the_examples_of_rfc_8866_and_4566() {
    let sdp = parse(EXAMPLE);
    assert_eq!(sdp.check_strict(), Ok(()));
    assert_eq!(sdp.name(), Some(&b"Call to John Smith"[..]));
    assert_eq!(sdp.information(), Some(&b"SDP Offer #1"[..]));
    assert_eq!(sdp.uri(), Some(&b"http://www.jdoe.example.com/home.html"[..]));
    assert_eq!(sdp.emails().collect::<Vec<_>>(), [b"Jane Doe <jane@jdoe.example.com>"]);
    assert_eq!(sdp.phones().collect::<Vec<_>>(), [b"+1 617 555-6011"]);
    let streams: Vec<String> = sdp
        .media()
        .map(|media| format!("{} {} {:?}", media.kind(), media.port(), media.rtp().unwrap()))
        .collect();
    assert_eq!(
        streams,
        [
            "audio 49170 198.51.100.1:49170",
            "audio 49180 198.51.100.1:49180",
            "video 51372 [2001:db8::2]:51372"
        ]
    );
    let old = parse(OLD_EXAMPLE);
    assert_eq!(old.check_strict(), Ok(()));
    let timing = old.timings().next().unwrap();
    assert_eq!((timing.start, timing.stop), (2_873_397_496, 2_873_404_696));
    assert_eq!(old.direction().map(siptrunk_sdp::Direction::as_str), Some("recvonly"));
}

#[test]
fn times_and_bandwidths() {
    // RFC 8866 sections 5.8 to 5.11.
    let sdp = parse(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns= \r\nc=IN IP4 192.0.2.1\r\nb=X-YZ:128\r\nb=AS:64\r\n\
         t=3724394400 3724398000\r\nr=604800 3600 0 90000\r\nr=7d 1h 0 25h\r\n\
         z=3730928400 -1h 3749680800 0\r\nt=3724484400 3724488000\r\nk=prompt\r\n\
         m=audio 9 RTP/AVP 0\r\ni=speech\r\nb=TIAS:64000\r\nb=bad\r\n",
    );
    assert_eq!(sdp.bandwidths().map(|b| b.to_string()).collect::<Vec<_>>(), ["X-YZ:128", "AS:64"]);
    let repeats: Vec<String> = sdp.repeats().map(|repeat| repeat.to_string()).collect();
    assert_eq!(repeats, ["604800 3600 0 90000", "604800 3600 0 90000"]);
    let zones: Vec<_> = sdp.zone_adjustments().map(|zone| (zone.at, zone.offset)).collect();
    assert_eq!(zones, [(3_730_928_400, -3_600), (3_749_680_800, 0)]);
    assert_eq!(sdp.timings().count(), 2);
    let audio = sdp.audio().unwrap();
    assert_eq!(audio.information(), Some(&b"speech"[..]));
    let audio: Vec<_> = audio.bandwidths().map(|b| (b.kind().to_owned(), b.value())).collect();
    assert_eq!(audio, [("TIAS".to_owned(), 64_000)]);
}

#[test]
fn the_letter_of_the_grammar() {
    const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";
    const WHOLE: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
    let order = "lines in the order of RFC 8866, each as often as it may stand";
    let line =
        |at: usize, expected: &str| format!("byte {at}: line is malformed: expected {expected}");
    let value = |at: usize, field: &str, expected: &str| {
        format!("byte {at}: {field} is malformed: expected {expected}")
    };
    let rows = [
        (WHOLE.to_owned(), None),
        (
            format!(
                "{WHOLE}m=audio 9 RTP/AVP 0\r\ni=x\r\nc=IN IP4 224.2.1.1/3\r\nc=IN IP4 224.2.1.2/3\r\nb=AS:1\r\nb=CT:1\r\nk=prompt\r\na=x\r\na=y:\r\nm=audio 0 RTP/AVP 0\r\ni=x\r\n"
            ),
            None,
        ),
        (
            format!(
                "{HEAD}s=-\r\nt=0 0\r\nr=1 1 0\r\nr=1 1 0\r\nz=1 0\r\nt=1 2\r\nz=1 0\r\nk=prompt\r\na=x\r\n"
            ),
            None,
        ),
        (format!("{HEAD}s=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\n"), None),
        (
            format!("{HEAD}t=0 0\r\n"),
            Some("byte 38: s= is missing; RFC 8866 section 5 requires it".to_owned()),
        ),
        (
            format!("{HEAD}s=-\r\n"),
            Some("byte 36: t= is missing; RFC 8866 section 5 requires it".to_owned()),
        ),
        (
            format!("{HEAD}s=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"),
            Some("byte 43: c= is missing; RFC 8866 section 5 requires it".to_owned()),
        ),
        (format!("{HEAD}t=0 0\r\ns=-\r\n"), Some(line(38, order))),
        (format!("{WHOLE}b=AS:1\r\n"), Some(line(63, order))),
        (format!("{HEAD}s=-\r\ni=a\r\ni=b\r\n"), Some(line(41, order))),
        (format!("{WHOLE}k=a\r\nk=b\r\n"), Some(line(68, order))),
        (format!("{WHOLE}m=audio 9 RTP/AVP 0\r\ni=a\r\ni=b\r\n"), Some(line(89, order))),
        (format!("{WHOLE}m=audio 9 RTP/AVP 0\r\na=a\r\nb=AS:1\r\n"), Some(line(89, order))),
        (
            format!("{WHOLE}m=audio 9 RTP/AVP 0\r\nt=0 0\r\n"),
            Some(line(84, "a line of a type that RFC 8866 has there")),
        ),
        (format!("{WHOLE}y=0\r\n"), Some(line(63, "a line of a type that RFC 8866 has there"))),
        (format!("{HEAD}s=-\r\nr=1 1 0\r\nt=0 0\r\n"), Some(line(36, "r= and z= after t="))),
        (format!("{WHOLE}z=1 0\r\nr=1 1 0\r\n"), Some(line(70, "r= and z= after t="))),
        (
            format!("{WHOLE}m=audio 9 RTP/AVP 0\r\nr=1 1 0\r\n"),
            Some(line(84, "r= and z= after t=")),
        ),
        (format!("{HEAD}s=\r\n"), Some(value(33, "s=", "a name, or one space or dash for none"))),
        (format!("{HEAD}s=-\r\ni=\r\n"), Some(value(38, "i=", "some text"))),
        (format!("{HEAD}s=-\r\nu=\r\n"), Some(value(38, "u=", "a URI"))),
        (format!("{HEAD}s=-\r\ne=\r\n"), Some(value(38, "e=", "an e-mail address"))),
        (format!("{HEAD}s=-\r\np=\r\n"), Some(value(38, "p=", "a phone number"))),
        (format!("{HEAD}s=-\r\nb=AS\r\n"), Some(value(40, "b=", "type:number"))),
        (format!("{HEAD}s=-\r\nb=AS:x\r\n"), Some(value(41, "b=", "type:number"))),
        (format!("{HEAD}s=-\r\nt=0\r\n"), Some(value(39, "t=", "start and stop"))),
        (format!("{HEAD}s=-\r\nt=0 x\r\n"), Some(value(40, "t=", "start and stop"))),
        (format!("{WHOLE}r=1 1\r\n"), Some(value(68, "r=", "interval, duration and offsets"))),
        (format!("{WHOLE}r=1w 1 0\r\n"), Some(value(66, "r=", "interval, duration and offsets"))),
        (
            format!("{WHOLE}r=300000000000000d 1 0\r\n"),
            Some(value(65, "r=", "interval, duration and offsets")),
        ),
        (format!("{WHOLE}z=1\r\n"), Some(value(66, "z=", "times and offsets"))),
        (format!("{WHOLE}z=1 0 2\r\n"), Some(value(70, "z=", "times and offsets"))),
        (format!("{WHOLE}z=1 0x\r\n"), Some(value(68, "z=", "times and offsets"))),
        (format!("{WHOLE}k=\r\n"), Some(value(65, "k=", "a method"))),
        (format!("{WHOLE}a=\r\n"), Some(value(65, "a=", "a name"))),
        (format!("{WHOLE}a=x y\r\n"), Some(value(66, "a=", "a name"))),
        (WHOLE.replace("\r\n", "\n"), Some(value(0, "line", "each line to end in CRLF"))),
        (WHOLE.trim_end().to_owned(), Some(value(0, "line", "each line to end in CRLF"))),
    ];
    for (text, expected) in rows {
        let checked = parse(&text).check_strict();
        assert_eq!(checked.err().map(|error| error.to_string()), expected, "{text:?}");
    }
}

#[test]
fn what_we_write_is_strict() {
    use siptrunk_sdp::Origin;
    use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, answer, offer};
    let local = LocalMedia { address: "192.0.2.1".parse().unwrap(), port: 20_000 };
    let origin = Origin::new(1, 1, local.address);
    let offered = offer(&CodecPolicy::default(), &local, &origin);
    assert_eq!(offered.check_strict(), Ok(()));
    let answered = answer(&offered, &CodecPolicy::default(), &local, &origin).unwrap();
    assert_eq!(answered.description.check_strict(), Ok(()));
}

proptest! {
    /// parse(write(x)) = x.
    #[test]
    fn written_lines_read_back(
        kind in "[A-Za-z-]{1,8}", value in any::<u64>(), start in any::<u64>(), stop in any::<u64>(),
        interval in any::<u64>(), offsets in prop::collection::vec(any::<u64>(), 1..4),
        zones in prop::collection::vec((any::<u64>(), -86_400..86_400i64), 1..4),
    ) {
        let bandwidth = Bandwidth::new(&kind, value).unwrap();
        let offsets: Vec<String> = offsets.iter().map(ToString::to_string).collect();
        let zones: Vec<String> = zones.iter().map(|(at, by)| format!("{at} {by}")).collect();
        let repeat = format!("{interval} 7 {}", offsets.join(" "));
        let text = format!(
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nb={bandwidth}\r\nt={start} {stop}\r\nr={repeat}\r\nz={}\r\n",
            zones.join(" ")
        );
        let sdp = parse(&text);
        prop_assert_eq!(sdp.check_strict(), Ok(()));
        prop_assert_eq!(sdp.bandwidths().collect::<Vec<_>>(), [bandwidth]);
        prop_assert_eq!(sdp.timings().map(|t| t.to_string()).collect::<Vec<_>>(), [format!("{start} {stop}")]);
        prop_assert_eq!(sdp.repeats().map(|r| r.to_string()).collect::<Vec<_>>(), [repeat]);
        prop_assert_eq!(sdp.zone_adjustments().map(|z| z.to_string()).collect::<Vec<_>>(), zones);
    }
}

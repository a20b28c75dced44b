//! Reading: what is kept, what is refused and where, what is forgiven.

use siptrunk_sdp::{Address, Direction, Limit, Limits, Origin, SdpError, SessionDescription};

/// The body of the INVITE that the benchmarks use.
const FIVE9: &[u8] = include_bytes!("data/five9.sdp");

fn parse(text: &str) -> Result<SessionDescription, SdpError> {
    SessionDescription::parse(text.as_bytes())
}

#[test]
fn every_part_of_a_real_offer() {
    let sdp = SessionDescription::parse(FIVE9).unwrap();
    assert_eq!(sdp.as_bytes(), FIVE9);
    let origin = sdp.origin();
    assert_eq!(
        (origin.username(), origin.session_id(), origin.version()),
        ("Five9", 1_732_370_400, 1_732_370_400)
    );
    assert_eq!(origin.address(), &Address::Ip("198.51.100.20".parse().unwrap()));
    assert_eq!(origin.to_string(), "Five9 1732370400 1732370400 IN IP4 198.51.100.20");
    assert_eq!(sdp.name(), Some(&b"Five9 SIP Session"[..]));
    assert_eq!(sdp.direction(), None);
    assert_eq!(sdp.media().count(), 1);
    let audio = sdp.audio().unwrap();
    assert_eq!(
        (audio.kind(), audio.port(), audio.port_count(), audio.protocol()),
        ("audio", 30_124, 1, "RTP/AVP")
    );
    assert_eq!(audio.formats().collect::<Vec<_>>(), ["0", "8", "18", "101"]);
    assert_eq!(audio.direction(), Direction::SendRecv);
    assert_eq!((audio.ptime(), audio.maxptime()), (Some(20), None));
    assert_eq!(audio.rtp(), Some("198.51.100.20:30124".parse().unwrap()));
    assert_eq!(audio.rtcp(), Some("198.51.100.20:30125".parse().unwrap()));
    let codecs: Vec<String> = audio
        .codecs()
        .map(|codec| format!("{} {codec} {:?}", codec.payload_type, codec.fmtp))
        .collect();
    assert_eq!(
        codecs,
        [
            "0 PCMU/8000 None",
            "8 PCMA/8000 None",
            "18 G729/8000 Some(\"annexb=no\")",
            "101 telephone-event/8000 Some(\"0-15\")",
        ]
    );
}

#[test]
fn lines_that_nobody_knows_stay() {
    let text = "v=0\r\no=- 1 1 IN IP4 a.example\r\ns= \r\ni=caf\u{e9}\r\nu=http://x\r\ne=a@b\r\np=+1\r\n\
                b=X-YZ:128\r\nt=0 0\r\nr=7d 1h 0 25h\r\nz=0 0\r\nk=prompt\r\na=x\r\na=y:\r\ny=0100\r\n\
                m=application 0 UDP/BFCP *\r\nq=?\r\n";
    let sdp = parse(text).unwrap();
    assert_eq!(sdp.to_bytes(), text.as_bytes());
    assert_eq!(sdp.unknown_lines().map(|line| line.kind()).collect::<Vec<_>>(), [b'y', b'q']);
    let attributes: Vec<_> = sdp.attributes().map(|a| (a.name(), a.value())).collect();
    assert_eq!(attributes, [(&b"x"[..], None), (b"y", Some(&b""[..]))]);
    assert_eq!(sdp.connection(), None);
    assert!(sdp.media().next().unwrap().rtp().is_none());
}

#[test]
fn forgiven_where_no_meaning_depends_on_it() {
    let rows = [
        (
            "bare LF",
            "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nc=IN IP4 192.0.2.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
        ),
        (
            "no last line end",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0",
        ),
        (
            "blank lines at the end",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\n\r\n\r\n",
        ),
        (
            "no s= and t=",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\n",
        ),
        (
            "t= before s=",
            "v=0\r\nt=0 0\r\ns=-\r\nc=IN IP4 192.0.2.1\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\n",
        ),
        (
            "c= after a=",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP 0\r\na=x\r\nc=IN IP4 192.0.2.1\r\n",
        ),
        (
            "space after the address",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1 \r\nm=audio 9 RTP/AVP 0\r\n",
        ),
        (
            "spaces between formats",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP  0  \r\n",
        ),
        (
            "a second c= of a stream",
            "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\nm=audio 9 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nc=IN IP4 192.0.2.2\r\n",
        ),
    ];
    for (name, text) in rows {
        let sdp = parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(sdp.as_bytes(), text.as_bytes(), "{name}");
        let audio = sdp.audio().unwrap();
        assert_eq!(audio.rtp(), Some("192.0.2.1:9".parse().unwrap()), "{name}");
        assert_eq!(audio.payload_types().collect::<Vec<_>>(), [0], "{name}");
    }
}

#[test]
fn refused_with_the_place() {
    const O: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";
    let rows = [
        (String::new(), "byte 0: v= is missing; RFC 8866 section 5 requires it"),
        (
            "o=- 1 1 IN IP4 192.0.2.1\r\n".into(),
            "byte 0: v= is missing; RFC 8866 section 5 requires it",
        ),
        ("v=1\r\n".into(), "byte 0: v= is malformed: expected version 0"),
        ("v=0\r\n".into(), "byte 5: o= is missing; RFC 8866 section 5 requires it"),
        (format!("{O}{O}"), "byte 31: v= is repeated"),
        (format!("{O}o=- 1 1 IN IP4 192.0.2.1\r\n"), "byte 31: o= is repeated"),
        (format!("{O}s=a\r\ns=b\r\n"), "byte 36: s= is repeated"),
        (format!("{O}c=IN IP4 1.1.1.1\r\nc=IN IP4 2.2.2.2\r\n"), "byte 49: c= is repeated"),
        (
            format!("{O}m=audio 9 RTP/AVP 0\r\no=- 1 1 IN IP4 1.1.1.1\r\n"),
            "byte 52: media section is malformed: expected no v=, o= or s= after the first m=",
        ),
        (
            format!("{O}c=IN IP4\r\n"),
            "byte 31: c= is malformed: expected network type, address type and address",
        ),
        (
            format!("{O}c=IN IP4 1.1.1.1 x\r\n"),
            "byte 31: c= is malformed: expected network type, address type and address",
        ),
        (
            format!("{O}m=audio 65536 RTP/AVP 0\r\n"),
            "byte 39: m= is malformed: expected media, port below 65536, protocol and at least one format",
        ),
        (
            format!("{O}m=audio -1 RTP/AVP 0\r\n"),
            "byte 39: m= is malformed: expected media, port below 65536, protocol and at least one format",
        ),
        (
            format!("{O}m=audio 9 RTP/AVP\r\n"),
            "byte 48: m= is malformed: expected media, port below 65536, protocol and at least one format",
        ),
        (
            format!("{O}m=audio 9 RTP/AVP \r\n"),
            "byte 49: m= is malformed: expected media, port below 65536, protocol and at least one format",
        ),
        (
            format!("{O}m=\r\n"),
            "byte 33: m= is malformed: expected media, port below 65536, protocol and at least one format",
        ),
        (
            "v=0\r\no=- x 1 IN IP4 192.0.2.1\r\n".into(),
            "byte 9: o= is malformed: expected username, session id, version (64 bit), network type, address type, address",
        ),
        (
            "v=0\r\no=- 1 18446744073709551616 IN IP4 192.0.2.1\r\n".into(),
            "byte 11: o= is malformed: expected username, session id, version (64 bit), network type, address type, address",
        ),
        (
            format!("{O}a=x\0y\r\n"),
            "byte 34: line is malformed: expected no NUL, and no CR without LF",
        ),
        (
            format!("{O}a=x\ry\r\n"),
            "byte 34: line is malformed: expected no NUL, and no CR without LF",
        ),
        (format!("{O}\r\na=x\r\n"), "byte 31: line is malformed: expected a letter and `=`"),
        (format!("{O} a=x\r\n"), "byte 31: line is malformed: expected a letter and `=`"),
        (format!("{O}a x\r\n"), "byte 31: line is malformed: expected a letter and `=`"),
        (format!("{O}9=x\r\n"), "byte 31: line is malformed: expected a letter and `=`"),
    ];
    for (text, expected) in rows {
        let error = parse(&text).expect_err(&text);
        assert_eq!(error.to_string(), expected, "{text:?}");
    }
}

#[test]
fn limits_hold_at_the_edge() {
    let head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n";
    let limit_of = |text: &str| match parse(text) {
        Ok(_) => None,
        Err(SdpError::LimitReached { limit, .. }) => Some(limit),
        Err(error) => panic!("{error}"),
    };
    let media = |n: usize| format!("{head}{}", "m=audio 0 RTP/AVP 0\r\n".repeat(n));
    assert_eq!(limit_of(&media(16)), None);
    assert_eq!(limit_of(&media(17)), Some(Limit::Media));
    let attributes = |n: usize| {
        format!("{head}{}m=audio 0 RTP/AVP 0\r\n{}", "a=x\r\n".repeat(64), "a=x\r\n".repeat(n))
    };
    assert_eq!(limit_of(&attributes(64)), None);
    assert_eq!(limit_of(&attributes(65)), Some(Limit::Attributes));
    let line = |n: usize| format!("{head}a={}\r\n", "x".repeat(n));
    assert_eq!(limit_of(&line(1_022)), None);
    assert_eq!(limit_of(&line(1_023)), Some(Limit::Line));
    let total = |n: usize| format!("{head}{}", "b=X:1\r\n".repeat(n));
    assert_eq!(limit_of(&total(9_357)), None);
    assert_eq!(limit_of(&total(9_358)), Some(Limit::Total));

    let mut limits = Limits::default();
    limits.total = usize::MAX;
    limits.line = usize::MAX;
    let huge = format!("{head}a={}\r\n", "x".repeat(Limits::HARD_TOTAL));
    assert!(matches!(
        SessionDescription::parse_with(huge.as_bytes(), &limits),
        Err(SdpError::LimitReached { limit: Limit::Total, allowed: Limits::HARD_TOTAL, .. })
    ));
}

#[test]
fn bodies_of_rfc_4475_are_read() {
    // Section 3.1.1.1: `a=rtpmap:31 LPC` lacks its clock rate, and RFC 4475 wants the INVITE taken.
    let text = "v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.3\r\ns=-\r\nc=IN IP4 192.0.2.4\r\n\
                t=0 0\r\nm=audio 49217 RTP/AVP 0 12\r\nm=video 3227 RTP/AVP 31\r\na=rtpmap:31 LPC\r\n";
    let sdp = parse(text).unwrap();
    let codecs: Vec<String> =
        sdp.media().map(|m| m.codecs().map(|c| c.to_string()).collect()).collect();
    assert_eq!(codecs, ["PCMU/8000QCELP/8000", ""]);
}

/// More maps, and longer ones, than are noted while a section is walked.
#[test]
fn many_maps_and_long_parameters() {
    let numbers: Vec<u8> = (96..=127).collect();
    let list: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let mut text = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nm=audio 9 RTP/AVP {} 0\r\na=fmtp:97 {}\r\n",
        list.join(" "),
        "x".repeat(600)
    );
    for number in numbers.iter().rev().take(30) {
        text +=
            &["a=rtpmap:", &number.to_string(), " X", &number.to_string(), "/8000\r\n"].concat();
    }
    text += "a=rtpmap:127 second/8000\r\na=fmtp:127 last\r\n";
    let sdp = parse(&text).unwrap();
    let codecs: Vec<_> = sdp.audio().unwrap().codecs().collect();
    // 96 and 97 have no map; 0 needs none.
    assert_eq!(codecs.len(), 31);
    for codec in &codecs[..30] {
        assert_eq!(codec.encoding, format!("X{}", codec.payload_type));
    }
    assert_eq!(codecs[29].fmtp.as_deref(), Some("last"));
    assert_eq!(codecs[30].encoding, "PCMU");
    let text = text.replace("a=rtpmap:127 second", "a=rtpmap:97 opus");
    let codecs: Vec<_> = parse(&text)
        .unwrap()
        .audio()
        .unwrap()
        .codecs()
        .map(siptrunk_sdp::Codec::into_owned)
        .collect();
    assert_eq!(
        (codecs[0].payload_type, codecs[0].fmtp.as_ref().map(|fmtp| fmtp.len())),
        (97, Some(600))
    );
}

#[test]
fn keys_are_not_printed() {
    let sdp = parse(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nk=clear:hunter2\r\nm=audio 9 RTP/SAVP 0\r\n\
                     a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hunter2\r\n",
    )
    .unwrap();
    let printed = format!("{sdp:?} {:?}", sdp.media().next());
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[test]
fn an_origin_cannot_smuggle_a_line() {
    let origin = Origin::new(1, 1, "192.0.2.1".parse().unwrap());
    for name in ["", "a b", "a\r\na=x", "a\0", "\u{7f}"] {
        assert!(origin.clone().with_username(name).is_err(), "{name:?}");
    }
    assert_eq!(origin.with_username("jos\u{e9}").unwrap().username(), "jos\u{e9}");
}

#[test]
fn names_under_invalid_are_nowhere() {
    for (name, nowhere) in [
        ("a.invalid", true),
        ("A.INVALID.", true),
        ("invalid.example", false),
        ("xinvalid", false),
        ("\u{e9}.invalid", true),
    ] {
        assert_eq!(Address::Name(name.into()).is_nowhere(), nowhere, "{name}");
    }
}

/// The first section is noted while the description is checked, a later one when it is asked for.
#[test]
fn first_and_later_sections_read_alike() {
    let section = "m=audio 30000/2 RTP/AVP 0 96 101\r\ni=title\r\nc=IN IP4 192.0.2.7\r\n\
                   c=IN IP4 192.0.2.8\r\nb=AS:64\r\na=rtpmap:96 L16/16000/2\r\na=fmtp:96 x=y\r\n\
                   a=ptime:30\r\na=ptime:40\r\na=maxptime:60\r\na=rtcp:30009\r\na=rtcp:1\r\n\
                   a=rtpmap:101 telephone-event/8000\r\na=recvonly\r\na=sendonly\r\nx=y\r\n";
    let text = format!("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n{section}{section}{section}");
    let sdp = parse(&text).unwrap();
    let read: Vec<String> = sdp
        .media()
        .map(|media| {
            let codecs: Vec<_> =
                media.codecs().map(|codec| (codec.to_string(), codec.fmtp)).collect();
            let lines: Vec<_> = media.lines().map(|line| (line.kind(), line.value())).collect();
            let formats: Vec<_> = media.formats().collect();
            format!(
                "{codecs:?} {lines:?} {formats:?} {} {} {} {:?} {:?} {:?} {:?} {:?}",
                media.kind(),
                media.port(),
                media.port_count(),
                media.ptime(),
                media.maxptime(),
                media.direction(),
                media.rtp(),
                media.rtcp(),
            )
        })
        .collect();
    assert_eq!(read.len(), 3);
    assert_eq!(read[0], read[1]);
    assert_eq!(read[0], read[2]);
    assert!(read[0].ends_with(
        "audio 30000 2 Some(30) Some(60) RecvOnly Some(192.0.2.7:30000) Some(192.0.2.7:30009)"
    ));
    assert!(read[0].starts_with(
        "[(\"PCMU/8000\", None), (\"L16/16000/2\", Some(\"x=y\")), (\"telephone-event/8000\", None)]"
    ));
}

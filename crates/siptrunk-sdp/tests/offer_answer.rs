//! Offer and answer as tables: each line of `data/*.txt` is a case.

use std::net::IpAddr;

use siptrunk_sdp::offer_answer::{
    CodecPolicy, LocalMedia, OfferError, accept, answer, offer, relay_answer, relay_offer,
};
use siptrunk_sdp::{CodecName, Origin, SessionDescription};

const US: LocalMedia = LocalMedia { address: ip(198, 51, 100, 1), port: 20_000 };

const fn ip(a: u8, b: u8, c: u8, d: u8) -> IpAddr {
    IpAddr::V4(std::net::Ipv4Addr::new(a, b, c, d))
}

fn origin() -> Origin<'static> {
    Origin::new(77, 1, US.address)
}

/// A description with these streams, at 192.0.2.1 where they do not say another address.
fn description(streams: &str) -> SessionDescription {
    with_session("c=IN IP4 192.0.2.1\r\nt=0 0\r\n", streams)
}

fn with_session(lines: &str, streams: &str) -> SessionDescription {
    let mut text = format!("v=0\r\no=- 5 9 IN IP4 192.0.2.1\r\ns=-\r\n{lines}");
    for stream in streams.split(" / ").map(str::trim).filter(|stream| !stream.is_empty()) {
        // "; " parts lines only before a line's letter: fmtp values have it too.
        let stream = ["a", "b", "c", "i", "k"].iter().fold(stream.to_owned(), |stream, letter| {
            stream.replace(&format!("; {letter}="), &format!("\r\n{letter}="))
        });
        text += &["m=", &stream, "\r\n"].concat();
    }
    SessionDescription::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The streams of a description in the tables' notation.
fn streams(description: &SessionDescription) -> String {
    let text = description.to_string();
    let streams: Vec<String> = text
        .split("\r\nm=")
        .skip(1)
        .map(|stream| stream.trim_end().replace("\r\n", "; "))
        .collect();
    streams.join(" / ")
}

fn policy(text: &str) -> CodecPolicy {
    let mut policy = CodecPolicy { codecs: Vec::new(), telephone_event: None, ptime: None };
    for word in text.split_whitespace() {
        match word.strip_prefix("events=") {
            Some(number) => policy.telephone_event = Some(number.parse().unwrap()),
            None => policy.codecs.push(word.parse().unwrap()),
        }
    }
    policy
}

/// The rows of a table, split at `|`.
fn rows(table: &str) -> Vec<Vec<&str>> {
    table
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        .map(|line| line.split('|').map(str::trim).collect())
        .collect()
}

fn pairs(map: &[(u8, u8)]) -> String {
    map.iter().map(|(from, to)| format!("{from}>{to}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn our_answers() {
    let rows = rows(include_str!("data/answers.txt"));
    assert!(rows.len() >= 50, "the table lost rows: {}", rows.len());
    for row in rows {
        let [name, offered, allow, expected] = row[..] else { panic!("{row:?}") };
        let offer = description(offered);
        let got = match answer(&offer, &policy(allow), &US, &origin()) {
            Ok(agreed) => {
                // RFC 3264 section 6: as many streams as the offer, and readable again.
                assert_eq!(agreed.description.media().count(), offer.media().count(), "{name}");
                let again = SessionDescription::parse(agreed.description.as_bytes());
                assert_eq!(again.as_ref(), Ok(&agreed.description), "{name}");
                streams(&agreed.description)
            }
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn relayed_offers_and_answers() {
    let rows = rows(include_str!("data/relays.txt"));
    assert!(rows.len() >= 20, "the table lost rows: {}", rows.len());
    for row in rows {
        let [name, offered, towards, expected_relay, answered, expected, forth, back] = row[..]
        else {
            panic!("{row:?}")
        };
        let offer = description(offered);
        let relayed = relay_offer(&offer, &policy(towards), &US, &origin()).unwrap();
        assert_eq!(streams(&relayed.description), expected_relay, "{name}");
        let got = relay_answer(&offer, &relayed, &description(answered), &US, &origin());
        let got = match got {
            Ok(agreed) => {
                assert_eq!(pairs(agreed.from_offerer()), forth, "{name}");
                assert_eq!(pairs(agreed.from_answerer()), back, "{name}");
                assert_eq!(agreed.map, agreed.from_offerer(), "{name}");
                assert_eq!(agreed.description.media().count(), offer.media().count(), "{name}");
                assert_eq!(agreed.remote, Some("192.0.2.1:40000".parse().unwrap()), "{name}");
                assert_eq!(agreed.remote_rtcp, Some("192.0.2.1:40001".parse().unwrap()), "{name}");
                streams(&agreed.description)
            }
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, expected, "{name}");
    }
}

#[test]
fn hold_in_all_its_dresses() {
    let rows = rows(include_str!("data/directions.txt"));
    assert_eq!(rows.len(), 24);
    for row in rows {
        let [offered, ours, relayed_as, answers] = row[..] else { panic!("{row:?}") };
        let words: Vec<&str> = offered.split_whitespace().collect();
        let [session, media, address] = words[..] else { panic!("{offered}") };
        let kind = if address.contains(':') { "IP6" } else { "IP4" };
        let mut lines = format!("c=IN {kind} {address}\r\nt=0 0\r\n");
        if session != "-" {
            lines += &["a=", session, "\r\n"].concat();
        }
        let direction = if media == "-" { String::new() } else { format!("; a={media}") };
        let offer = with_session(&lines, &format!("audio 30000 RTP/AVP 0{direction}"));

        let agreed = answer(&offer, &policy("PCMU"), &US, &origin()).unwrap();
        let sends = agreed.direction.sends() && agreed.remote.is_some();
        let told = agreed.description.audio().unwrap().direction();
        assert_eq!(told, agreed.direction, "{offered}");
        let got = format!("{:9} {}", told.as_str(), if sends { "yes" } else { "no" });
        assert_eq!(got, ours, "{offered}: our own answer");

        let relayed = relay_offer(&offer, &policy("PCMU"), &US, &origin()).unwrap();
        let audio = relayed.description.audio().unwrap();
        assert_eq!(audio.direction().as_str(), relayed_as, "{offered}: relayed");
        assert_eq!(audio.rtp(), Some("198.51.100.1:20000".parse().unwrap()));
        assert_eq!(relayed.remote.is_some(), address == "192.0.2.1", "{offered}");
        for pair in answers.split(", ") {
            let (far, expected) = pair.split_once(" > ").unwrap();
            let far = description(&format!("audio 40000 RTP/AVP 0; a={far}"));
            let back = relay_answer(&offer, &relayed, &far, &US, &origin()).unwrap();
            let told = back.description.audio().unwrap().direction();
            assert_eq!(told.as_str(), expected, "{offered}: {pair}");
            assert_eq!(back.direction, told, "{offered}: {pair}");
            assert_eq!(back.offerer_sends(), told.receives(), "{offered}: {pair}");
            assert_eq!(back.answerer_sends(), told.sends(), "{offered}: {pair}");
        }
    }
}

#[test]
fn a_held_answer_is_told_as_hold() {
    let offer = description("audio 30000 RTP/AVP 0");
    let relayed = relay_offer(&offer, &policy("PCMU"), &US, &origin()).unwrap();
    let far = description("audio 40000 RTP/AVP 0; c=IN IP4 0.0.0.0");
    let back = relay_answer(&offer, &relayed, &far, &US, &origin()).unwrap();
    assert_eq!(back.remote, None);
    assert_eq!(back.description.audio().unwrap().direction().as_str(), "sendonly");
}

/// RFC 4317, the exchanges with audio, names replaced by addresses.
#[test]
fn answers_taken_as_in_rfc_4317() {
    let rows = [
        // section, offer, answer, codecs to send with, numbers to expect, our direction
        (
            "2.1",
            "audio 49170 RTP/AVP 0 8 97; a=rtpmap:97 iLBC/8000",
            "audio 49174 RTP/AVP 0; a=rtpmap:0 PCMU/8000",
            "0 PCMU/8000",
            "0>0",
            "sendrecv",
        ),
        (
            "2.2",
            "audio 49170 RTP/AVP 0 8 97; a=rtpmap:97 iLBC/8000 / video 51372 RTP/AVP 31 32",
            "audio 49172 RTP/AVP 0 8; a=rtpmap:0 PCMU/8000; a=rtpmap:8 PCMA/8000 / video 0 RTP/AVP 31",
            "0 PCMU/8000, 8 PCMA/8000",
            "0>0 8>8",
            "sendrecv",
        ),
        (
            "2.3",
            "audio 49170 RTP/AVP 0 8 97; a=rtpmap:97 iLBC/8000 / video 51372 RTP/AVP 31",
            "audio 49172 RTP/AVP 99; a=rtpmap:99 iLBC/8000 / video 51374 RTP/AVP 31",
            "99 iLBC/8000",
            "97>99",
            "sendrecv",
        ),
        (
            "3.1",
            "audio 49170 RTP/AVP 0 97; a=rtpmap:97 iLBC/8000",
            "audio 49172 RTP/AVP 97; a=rtpmap:97 iLBC/8000; a=sendonly",
            "97 iLBC/8000",
            "97>97",
            "recvonly",
        ),
        (
            "3.2",
            "audio 49170 RTP/AVP 97; a=rtpmap:97 iLBC/8000; a=sendonly",
            "audio 49174 RTP/AVP 97; a=rtpmap:97 iLBC/8000; a=recvonly",
            "97 iLBC/8000",
            "97>97",
            "sendonly",
        ),
    ];
    for (section, ours, theirs, codecs, map, direction) in rows {
        let agreed = accept(&description(ours), &description(theirs)).unwrap();
        let got: Vec<String> =
            agreed.codecs.iter().map(|c| format!("{} {c}", c.payload_type)).collect();
        assert_eq!(got.join(", "), codecs, "{section}");
        assert_eq!(pairs(&agreed.receive_map), map, "{section}");
        assert_eq!(agreed.direction.as_str(), direction, "{section}");
    }
}

#[test]
fn our_offer_and_its_answer() {
    let policy = CodecPolicy::default();
    let sent = offer(&policy, &US, &origin());
    assert_eq!(
        sent.to_string(),
        "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
    );
    let there = LocalMedia { address: "2001:db8::2".parse().unwrap(), port: 40_000 };
    let answered =
        answer(&sent, &policy, &there, &Origin::new(1, 1, there.address)).unwrap().description;
    let agreed = accept(&sent, &answered).unwrap();
    assert_eq!(agreed.remote, Some("[2001:db8::2]:40000".parse().unwrap()));
    assert_eq!(agreed.remote_rtcp, Some("[2001:db8::2]:40001".parse().unwrap()));
    assert_eq!(agreed.codecs[0].name(), Some(CodecName::Pcmu));
}

#[test]
fn dynamic_numbers_of_our_offer_are_free_ones() {
    let policy = CodecPolicy {
        codecs: vec![CodecName::TelephoneEvent, CodecName::Opus, CodecName::G722],
        telephone_event: Some(96),
        ptime: Some(20),
    };
    let sent = offer(&policy, &US, &origin());
    assert_eq!(sent.audio().unwrap().payload_types().collect::<Vec<_>>(), [96, 97, 9]);
    assert_eq!(sent.audio().unwrap().ptime(), Some(20));
    // A number that RFC 3551 gave away is none for events.
    let policy = CodecPolicy { telephone_event: Some(8), ..CodecPolicy::default() };
    let sent = offer(&policy, &US, &origin());
    assert_eq!(sent.audio().unwrap().payload_types().collect::<Vec<_>>(), [0, 8, 101]);
}

#[test]
fn refusals_say_their_warning() {
    let rows = [
        ("audio 30000 RTP/AVP 18", 305),
        ("video 30000 RTP/AVP 31", 304),
        ("audio 30000 RTP/SAVP 0", 302),
        ("audio 30000 RTP/AVP 0; c=IN IP4 a.example", 301),
    ];
    for (streams, code) in rows {
        let error: OfferError =
            answer(&description(streams), &policy("PCMU"), &US, &origin()).unwrap_err();
        assert_eq!(error.warning_code(), code, "{streams}");
        let relayed = relay_offer(&description(streams), &policy("PCMU"), &US, &origin());
        assert_eq!(relayed.unwrap_err(), error);
    }
}

#[test]
fn rtcp_goes_where_it_is_said() {
    let rows = [
        ("audio 30000 RTP/AVP 0", Some("192.0.2.1:30001")),
        ("audio 30000 RTP/AVP 0; a=rtcp:53020", Some("192.0.2.1:53020")),
        ("audio 30000 RTP/AVP 0; a=rtcp:53020 IN IP4 192.0.2.9", Some("192.0.2.9:53020")),
        ("audio 30000 RTP/AVP 0; a=rtcp:53020 IN IP4 0.0.0.0", None),
        ("audio 30000 RTP/AVP 0; a=rtcp:53020 IN IP4 224.0.0.1", None),
        ("audio 30000 RTP/AVP 0; a=rtcp:0", None),
        ("audio 30000 RTP/AVP 0; a=rtcp:none", None),
        ("audio 65535 RTP/AVP 0", None),
    ];
    for (streams, expected) in rows {
        let agreed = answer(&description(streams), &policy("PCMU"), &US, &origin()).unwrap();
        assert_eq!(agreed.remote_rtcp, expected.map(|e| e.parse().unwrap()), "{streams}");
        assert!(agreed.remote.is_some());
    }
}

#[test]
fn the_version_moves_with_the_content() {
    let first = offer(&policy("PCMU"), &US, &origin());
    let same = offer(&policy("PCMU"), &US, &origin());
    assert_eq!(same.following(&first), first);
    let other = offer(&policy("PCMA"), &US, &origin());
    let second = other.following(&first);
    assert_eq!(second.origin().version(), 2);
    assert_eq!(second.origin().session_id(), 77);
    assert_eq!(other.following(&second), second);
    assert_eq!(first.following(&second).origin().version(), 3);
}

#[test]
fn a_re_offer_keeps_the_slots() {
    // The peer's own offer had video first; our answer refused it. Now the far side re-offers.
    let previous = answer(
        &description("video 30002 RTP/AVP 31 / audio 30000 RTP/AVP 0 / text 30004 RTP/AVP 98"),
        &policy("PCMU"),
        &US,
        &origin(),
    )
    .unwrap()
    .description;
    let far_offer = description("audio 40000 RTP/AVP 0; a=sendonly");
    let mut relayed = relay_offer(&far_offer, &policy("PCMU"), &US, &origin()).unwrap();
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
    let told = relay_answer(&far_offer, &relayed, &back, &US, &origin()).unwrap();
    assert_eq!(
        streams(&told.description),
        "audio 20000 RTP/AVP 0; a=rtpmap:0 PCMU/8000; a=recvonly"
    );
}

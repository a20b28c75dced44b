//! Properties over generated descriptions and over bytes that are none.

use proptest::prelude::*;
use siptrunk_sdp::offer_answer::{
    CodecPolicy, LocalMedia, accept, answer, relay_answer, relay_offer,
};
use siptrunk_sdp::{CodecName, Origin, SessionDescription};

fn line(kind: &'static str) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..40).prop_map(move |value| {
        let mut line = format!("{kind}=").into_bytes();
        line.extend(value.into_iter().filter(|b| !matches!(b, 0 | b'\r' | b'\n')));
        line.extend(b"\r\n");
        line
    })
}

fn free_lines() -> impl Strategy<Value = Vec<u8>> {
    let kinds = prop_oneof![line("i"), line("b"), line("k"), line("a"), line("a"), line("x")];
    prop::collection::vec(kinds, 0..6).prop_map(|lines| lines.concat())
}

fn map() -> impl Strategy<Value = String> {
    let encoding =
        prop_oneof!["PCMU", "pcma", "opus", "telephone-event", "G722", "[A-Za-z0-9.-]{1,9}"];
    (0..140u16, encoding, prop_oneof![Just(8_000u32), Just(48_000), any::<u32>()], 1..4u8).prop_map(
        |(number, encoding, rate, channels)| {
            format!("a=rtpmap:{number} {encoding}/{rate}/{channels}\r\na=fmtp:{number} 0-15\r\n")
        },
    )
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let direction = prop_oneof![
        Just(""),
        Just("a=sendonly\r\n"),
        Just("a=recvonly\r\n"),
        Just("a=inactive\r\n"),
        Just("a=sendrecv\r\n")
    ];
    let address = prop_oneof![
        Just(""),
        Just("c=IN IP4 0.0.0.0\r\n"),
        Just("c=IN IP6 ::1\r\n"),
        Just("c=IN IP4 h.example\r\n"),
        Just("c=IN IP4 224.1.1.1/9\r\n")
    ];
    (
        prop_oneof![Just("audio"), Just("audio"), Just("video")],
        any::<u16>(),
        prop_oneof![Just("RTP/AVP"), Just("RTP/AVP"), Just("RTP/SAVP")],
        prop::collection::vec(prop_oneof![0..140u16, Just(0), Just(8), Just(101)], 1..9),
        prop::collection::vec(map(), 0..5),
        direction,
        address,
        free_lines(),
    )
        .prop_map(|(kind, port, protocol, formats, maps, direction, address, rest)| {
            let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
            let mut text = format!("m={kind} {port} {protocol} {}\r\n{address}", formats.join(" "))
                .into_bytes();
            text.extend(maps.concat().bytes());
            text.extend(direction.bytes());
            text.extend(rest);
            text
        })
}

fn description() -> impl Strategy<Value = Vec<u8>> {
    (any::<u64>(), any::<u64>(), free_lines(), prop::collection::vec(stream(), 0..4)).prop_map(
        |(id, version, lines, streams)| {
            let mut text = format!("v=0\r\no=- {id} {version} IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n").into_bytes();
            text.extend(lines);
            text.extend(streams.concat());
            text
        },
    )
}

fn policy() -> impl Strategy<Value = CodecPolicy> {
    let names = prop::sample::subsequence(CodecName::ALL.to_vec(), 1..=6).prop_shuffle();
    (names, prop::option::of(0..=255u8), prop::option::of(1..99u16))
        .prop_map(|(codecs, telephone_event, ptime)| CodecPolicy { codecs, telephone_event, ptime })
}

fn local() -> LocalMedia {
    LocalMedia { address: "198.51.100.1".parse().unwrap(), port: 20_000 }
}

/// What holds of each description that we write.
fn check_written(written: &SessionDescription) {
    let again = SessionDescription::parse(written.as_bytes()).unwrap();
    assert_eq!(&again, written, "index and bytes as a reader sees them");
    let audio = written.audio().unwrap();
    let numbers: Vec<u8> = audio.payload_types().collect();
    assert_eq!(numbers.len(), audio.formats().count(), "each number once, all below 128");
    assert_eq!(audio.codecs().count(), numbers.len(), "each number explained");
    assert!(audio.codecs().any(|codec| !codec.is_telephone_event()));
    assert_eq!(audio.rtp(), Some("198.51.100.1:20000".parse().unwrap()));
}

proptest! {
    #[test]
    fn well_formed_bytes_come_back(text in description()) {
        let sdp = SessionDescription::parse(&text).unwrap();
        prop_assert_eq!(sdp.as_bytes(), &text[..]);
        for media in sdp.media() {
            prop_assert!(media.codecs().all(|codec| codec.payload_type < 128));
        }
    }

    #[test]
    fn nothing_panics_on_noise(mut text in description(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let at = at.index(text.len());
        text[at] = byte;
        let _ = SessionDescription::parse(&text[..at]);
        if let Ok(sdp) = SessionDescription::parse(&text) {
            let _ = format!("{sdp} {sdp:?} {:?}", sdp.media().map(|m| (m.rtcp(), m.codecs().count())).collect::<Vec<_>>());
            let _ = sdp.following(&sdp);
        }
    }

    #[test]
    fn what_follows_keeps_every_slot(text in description(), previous in description(), ends in 0..4usize) {
        let text = match ends {
            0 => text,
            1 => [&text[..], b"\r\n\r\n"].concat(),
            2 => text[..text.len() - 2].to_vec(),
            _ => text.into_iter().filter(|byte| *byte != b'\r').collect(),
        };
        let sdp = SessionDescription::parse(&text).unwrap();
        let previous = SessionDescription::parse(&previous).unwrap();
        let next = sdp.following(&previous);
        let again = SessionDescription::parse(next.as_bytes()).unwrap();
        prop_assert_eq!(&again, &next);
        prop_assert_eq!(next.media().count(), sdp.media().count().max(previous.media().count()));
        prop_assert_eq!(next.media().filter(|m| m.port() != 0).count(), sdp.media().filter(|m| m.port() != 0).count());
        prop_assert_eq!(next.origin().version(), previous.origin().version().saturating_add(1));
        prop_assert_eq!(next.following(&next), next);
    }

    #[test]
    fn answers_and_relays_hold_their_promises(offer in description(), far in policy(), near in policy()) {
        let offer = SessionDescription::parse(&offer).unwrap();
        let origin = Origin::new(1, 1, local().address);
        if let Ok(agreed) = answer(&offer, &near, &local(), &origin) {
            check_written(&agreed.description);
            prop_assert_eq!(agreed.description.media().count(), offer.media().count());
            let taken = accept(&offer, &agreed.description).unwrap();
            prop_assert_eq!(taken.audio.direction, agreed.audio.direction.mirrored());
        }
        let Ok(relayed) = relay_offer(&offer, &far, &local(), &origin) else { return Ok(()) };
        check_written(&relayed.description);
        let mut outs: Vec<u8> = relayed.audio.map.iter().map(|pair| pair.1).collect();
        outs.sort_unstable();
        outs.dedup();
        prop_assert_eq!(outs.len(), relayed.audio.map.len(), "no two meanings under one number");

        let all = CodecPolicy { codecs: CodecName::ALL.to_vec(), telephone_event: None, ptime: None };
        let there = LocalMedia { port: 40_000, ..local() };
        let far_answer = answer(&relayed.description, &all, &there, &origin).unwrap().description;
        let back = relay_answer(&offer, &relayed, &far_answer, &local(), &origin).unwrap();
        check_written(&back.description);
        prop_assert_eq!(back.description.media().count(), offer.media().count());
        // RFC 3264 section 6: nothing that was not offered, and no more directions.
        let told = back.description.audio().unwrap();
        let index = back.description.media().position(|media| media.port() != 0).unwrap();
        let asked = offer.media().nth(index).unwrap();
        prop_assert!(told.payload_types().all(|number| asked.payload_types().any(|n| n == number)));
        prop_assert_eq!(told.direction().and(asked.direction().mirrored()), told.direction());
        // There and back is the same meaning.
        for (near, far) in back.audio.from_offerer() {
            prop_assert!(back.audio.from_answerer().contains(&(*far, *near)));
        }
    }
}

//! Properties over generated descriptions and over bytes that are none.

use proptest::prelude::*;
use siptrunk_sdp::offer_answer::{
    CodecOrder, CodecPolicy, LocalMedia, Party, SrtpMode, SrtpPolicy, accept, answer, relay_answer,
    relay_offer,
};
use siptrunk_sdp::{CodecName, CryptoSuite, Direction, Origin, SessionDescription};

#[path = "offer_answer/invariants.rs"]
mod invariants;

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
    let key = prop_oneof![
        Just(""),
        Just("a=rtcp-mux\r\n"),
        Just(
            "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\r\n"
        ),
        Just(
            "a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB|2^31\r\n"
        ),
        Just(
            "a=crypto:1 F8_128_HMAC_SHA1_80 inline:AQEB\r\na=crypto:2 AEAD_AES_128_GCM inline:AQ\r\n"
        ),
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
        key,
        free_lines(),
    )
        .prop_map(|(kind, port, protocol, formats, maps, direction, address, key, rest)| {
            let formats: Vec<String> = formats.iter().map(ToString::to_string).collect();
            let mut text = format!("m={kind} {port} {protocol} {}\r\n{address}", formats.join(" "))
                .into_bytes();
            text.extend(maps.concat().bytes());
            text.extend(direction.bytes());
            text.extend(key.bytes());
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

/// A party by its choices; `byte` is what its keys are made of.
#[derive(Debug, Clone)]
struct Choices {
    codecs: CodecPolicy,
    srtp: SrtpPolicy,
    is_ours: bool,
    is_mux: bool,
    direction: (bool, bool),
    more: usize,
}

fn choices() -> impl Strategy<Value = Choices> {
    let mode =
        prop_oneof![Just(SrtpMode::Off), Just(SrtpMode::Preferred), Just(SrtpMode::Required)];
    let suites = prop::sample::subsequence(CryptoSuite::ALL.to_vec(), 1..=6).prop_shuffle();
    let direction = prop_oneof![Just((true, true)), any::<(bool, bool)>()];
    (policy(), mode, suites, any::<bool>(), any::<bool>(), direction, 0..3usize).prop_map(
        |(codecs, mode, suites, is_ours, is_mux, direction, more)| {
            let srtp = SrtpPolicy { mode, suites };
            Choices { codecs, srtp, is_ours, is_mux, direction, more }
        },
    )
}

fn offered(party: Party<'_>) -> SessionDescription {
    party.offer()
}

impl Choices {
    fn play<T>(&self, byte: u8, act: impl FnOnce(Party<'_>) -> T) -> T {
        let more = [LocalMedia { port: 20_002, ..local() }, LocalMedia { port: 20_004, ..local() }];
        let origin = Origin::new(1, 1, local().address);
        let (places, mut fill) = (local(), |room: &mut [u8]| room.fill(byte));
        let order = if self.is_ours { CodecOrder::Ours } else { CodecOrder::Offerer };
        let party = Party::new(&self.codecs, &places, &origin)
            .ordered(order)
            .directed(Direction::of(self.direction.0, self.direction.1))
            .with_more(&more[..self.more])
            .secured(&self.srtp, &mut fill);
        act(if self.is_mux { party.with_rtcp_mux() } else { party })
    }
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

    /// Whatever is offered, and whoever we are: what we answer is an answer to it (RFC 3264
    /// section 6, RFC 4568 section 5.1.2), and both sides then mean the same.
    #[test]
    fn answers_are_answers(offer in description(), us in choices()) {
        let offer = SessionDescription::parse(&offer).unwrap();
        let Ok(agreed) = us.play(2, |party| party.answer(&offer)) else { return Ok(()) };
        invariants::check(&offer, &agreed.description, None, "answer");
        prop_assert_eq!(agreed.description.check_strict(), Ok(()));
        let read = SessionDescription::parse(agreed.description.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&agreed.description));
        let is_secure = agreed.streams().next().is_some_and(|stream| stream.srtp.is_some());
        prop_assert!(us.srtp.mode != SrtpMode::Required || is_secure);
        prop_assert!(us.srtp.mode != SrtpMode::Off || !is_secure);
        let taken = accept(&offer, &agreed.description).unwrap();
        prop_assert_eq!(taken.streams().count(), agreed.streams().count());
        for (theirs, ours) in taken.streams().zip(agreed.streams()) {
            prop_assert_eq!(theirs.direction, ours.direction.mirrored());
            prop_assert_eq!(&theirs.codecs, &ours.codecs);
            prop_assert_eq!(theirs.rtcp_mux, ours.rtcp_mux);
            if let (Some(theirs), Some(ours)) = (&theirs.srtp, &ours.srtp) {
                prop_assert_eq!(&theirs.receive, &ours.send);
                prop_assert_eq!(&theirs.send, &ours.receive);
            }
        }
    }

    /// What one of us offers another of us can answer, or has a reason not to.
    #[test]
    fn offers_are_answered(us in choices(), them in choices()) {
        let offer = us.play(1, offered);
        prop_assert_eq!(offer.check_strict(), Ok(()));
        let read = SessionDescription::parse(offer.as_bytes());
        prop_assert_eq!(read.as_ref(), Ok(&offer));
        let Ok(agreed) = them.play(2, |party| party.answer(&offer)) else { return Ok(()) };
        invariants::check(&offer, &agreed.description, None, "answer");
        let taken = accept(&offer, &agreed.description).unwrap();
        prop_assert_eq!(taken.audio.direction, agreed.audio.direction.mirrored());
        prop_assert!(taken.surplus.is_empty());
    }
}

//! Our own answers, compared in full.

use siptrunk_sdp::SessionDescription;
use siptrunk_sdp::offer_answer::{OfferError, answer, relay_offer};

use crate::invariants;
use crate::support::{Words, description, facts, origin, rows, streams, us};

/// Each row: name, offered streams, our party, answered streams or ! and the error.
fn check(table: &str, at_least: usize) {
    let rows = rows(table);
    assert!(rows.len() >= at_least, "the table lost rows: {}", rows.len());
    for row in &rows {
        let [name, offered, party, expected] = &row[..] else { panic!("{row:?}") };
        let offer = description(offered);
        let got = match Words::new(party).play(|party| party.answer(&offer)) {
            Ok(agreed) => {
                invariants::check(&offer, &agreed.description, None, name);
                let again = SessionDescription::parse(agreed.description.as_bytes());
                assert_eq!(again.as_ref(), Ok(&agreed.description), "{name}");
                let live = agreed.description.media().enumerate().filter(|(_, m)| m.port() != 0);
                let live: Vec<usize> = live.map(|(index, _)| index).collect();
                let indices: Vec<usize> = agreed.streams().map(|stream| stream.index).collect();
                assert_eq!(live, indices, "{name}");
                streams(&agreed.description)
            }
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, *expected, "{name}");
    }
}

#[test]
fn our_answers() {
    check(include_str!("answers.txt"), 54);
}

/// Direction x hold x codec overlap x ptime x digits x transport.
#[test]
fn every_dimension_with_every_other() {
    check(include_str!("matrix.txt"), 480);
}

#[test]
fn parties_of_every_kind() {
    check(include_str!("parties.txt"), 20);
}

#[test]
fn never_weaker_than_the_policy() {
    check(include_str!("downgrade.txt"), 24);
}

#[test]
fn key_lines() {
    check(include_str!("keys.txt"), 20);
}

#[test]
fn examples_of_rfcs() {
    check(include_str!("rfc_answers.txt"), 20);
}

#[test]
fn refusals_say_their_warning() {
    let rows = [
        ("audio 30000 RTP/AVP 18", 305),
        ("video 30000 RTP/AVP 31", 304),
        ("audio 30000 RTP/SAVP 0", 302),
        ("audio 30000 RTP/AVP 0; c=IN IP4 a.example", 301),
    ];
    for (offered, code) in rows {
        let words = Words::new("PCMU");
        let error: OfferError =
            answer(&description(offered), &words.codecs, &us()[0], &origin()).unwrap_err();
        assert_eq!(error.warning_code(), code, "{offered}");
        let relayed = relay_offer(&description(offered), &words.codecs, &us()[0], &origin());
        assert_eq!(relayed.unwrap_err(), error);
    }
    let keyless = description("audio 30000 RTP/SAVP 0");
    let error = Words::new("PCMU srtp=preferred").play(|party| party.answer(&keyless)).unwrap_err();
    assert_eq!(error.warning_code(), 306);
}

/// The stream that came furthest says why; of two alike, the first.
#[test]
fn the_best_reason_is_told() {
    let rows = [
        ("audio 1 UDP/TLS/RTP/SAVP 0 / audio 1 RTP/SAVPF 0", "UDP/TLS/RTP/SAVP"),
        ("audio 1 RTP/AVP 18 / audio 1 RTP/SAVPF 0", "no codec in common: offered G729/8000"),
        ("audio 1 RTP/SAVPF 0 / audio 1 RTP/AVP 18", "no codec in common: offered G729/8000"),
        ("audio 1 RTP/AVP 18 / audio 1 RTP/AVP 3", "no codec in common: offered G729/8000"),
        ("audio 1 RTP/AVP 18 / audio 1 RTP/SAVP 0", "has no a=crypto line"),
        ("audio 1 RTP/SAVP 0 / audio 1 RTP/AVP 0; c=IN IP4 a.example", "names the host"),
        ("audio 1 RTP/AVP 0; c=IN IP4 a.example / audio 1 RTP/SAVP 0", "names the host"),
        ("video 1 RTP/AVP 0 / audio 0 RTP/AVP 0", "no audio stream offered"),
    ];
    for (offered, expected) in rows {
        let offer = description(offered);
        let error = Words::new("PCMU srtp=preferred").play(|party| party.answer(&offer));
        let error = error.unwrap_err().to_string();
        assert!(error.contains(expected), "{offered}: {error}");
    }
}

/// What the streams of an answer say of sending and receiving.
#[test]
fn what_an_answer_means_for_us() {
    let key = "inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB";
    let secure = format!("audio 30000 RTP/SAVP 0; a=crypto:3 AES_CM_128_HMAC_SHA1_80 {key}");
    let rows = [
        (
            "audio 30000 RTP/AVP 0 8; a=ptime:30",
            "PCMU PCMA ptime=20",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30001 0>0 8>8 ptime=30",
        ),
        (
            "video 1 RTP/AVP 31 / audio 30000 RTP/AVP 0; a=sendonly",
            "PCMU",
            "1 recvonly 192.0.2.1:30000 192.0.2.1:30001 0>0",
        ),
        (
            "audio 30000 RTP/AVP 0; a=rtcp-mux",
            "PCMU mux",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30000 0>0 mux",
        ),
        (
            "audio 30000 RTP/AVP 0; a=rtcp-mux; a=rtcp:30009",
            "PCMU mux",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30000 0>0 mux",
        ),
        (
            "audio 30000 RTP/AVP 0; a=rtcp-mux; a=rtcp:30009",
            "PCMU",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30009 0>0",
        ),
        ("audio 30000 RTP/AVP 0", "PCMU mux", "0 sendrecv 192.0.2.1:30000 192.0.2.1:30001 0>0"),
        (
            "audio 30000 RTP/AVP 0; c=IN IP4 0.0.0.0; a=rtcp-mux",
            "PCMU mux",
            "0 sendrecv nowhere nowhere 0>0 mux",
        ),
        (
            "audio 30000 RTP/AVP 0",
            "PCMU direction=recvonly",
            "0 recvonly 192.0.2.1:30000 192.0.2.1:30001 0>0",
        ),
        (
            &secure,
            "PCMU srtp=required",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30001 0>0 AES_CM_128_HMAC_SHA1_80 7>1",
        ),
        (
            "audio 30000 RTP/AVP 0 / audio 30004 RTP/AVP 8; a=inactive",
            "PCMU PCMA places=2",
            "0 sendrecv 192.0.2.1:30000 192.0.2.1:30001 0>0, 1 inactive 192.0.2.1:30004 192.0.2.1:30005 8>8",
        ),
    ];
    for (offered, party, expected) in rows {
        let agreed = Words::new(party).play(|party| party.answer(&description(offered))).unwrap();
        let got: Vec<String> = agreed.streams().map(facts).collect();
        assert_eq!(got.join(", "), expected, "{offered}");
        assert!(agreed.surplus.is_empty());
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
        ("audio 30000 RTP/AVP 0; a=rtcp:53020 IN IP4 255.255.255.255", None),
        ("audio 30000 RTP/AVP 0; a=rtcp:0", None),
        ("audio 30000 RTP/AVP 0; a=rtcp:none", None),
        ("audio 65535 RTP/AVP 0", None),
    ];
    for (offered, expected) in rows {
        let agreed = Words::new("PCMU").play(|party| party.answer(&description(offered))).unwrap();
        let audio = agreed.audio;
        assert_eq!(audio.remote_rtcp, expected.map(|e| e.parse().unwrap()), "{offered}");
        assert!(audio.remote.is_some());
    }
}

/// Streams at other addresses than the first say so.
#[test]
fn a_place_elsewhere_has_its_own_address() {
    use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, Party};
    let more = [LocalMedia { address: "2001:db8::7".parse().unwrap(), port: 7 }, us()[1]];
    let (codecs, origin) = (CodecPolicy::default(), origin());
    let offer = description("audio 1 RTP/AVP 0 / audio 2 RTP/AVP 0 / audio 3 RTP/AVP 0");
    let agreed = Party::new(&codecs, &us()[0], &origin).with_more(&more).answer(&offer).unwrap();
    assert_eq!(
        streams(&agreed.description),
        "audio 20000 RTP/AVP 0; a=rtpmap:0 PCMU/8000; a=sendrecv / \
         audio 7 RTP/AVP 0; c=IN IP6 2001:db8::7; a=rtpmap:0 PCMU/8000; a=sendrecv / \
         audio 20002 RTP/AVP 0; a=rtpmap:0 PCMU/8000; a=sendrecv"
    );
}

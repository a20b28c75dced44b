//! SRTP on one leg or both of a relay, and several streams through it.

use siptrunk_sdp::offer_answer::{AnswerError, RelayedAnswerStream, SrtpKeys};

use crate::invariants;
use crate::support::{Words, description, keys, pairs, rows, streams};

fn facts(stream: &RelayedAnswerStream) -> String {
    let keys = |leg: Option<&SrtpKeys>| leg.map_or_else(|| "plain".to_owned(), keys);
    let mut facts = vec![
        format!(
            "{} {} {} {}",
            stream.stream,
            stream.direction.as_str(),
            stream.remote.unwrap(),
            pairs(stream.from_offerer())
        ),
        keys(stream.offerer_srtp.as_ref()),
        keys(stream.answerer_srtp.as_ref()),
    ];
    facts.extend(stream.offerer_rtcp_mux.then(|| "offerer mux".to_owned()));
    facts.extend(stream.answerer_rtcp_mux.then(|| "answerer mux".to_owned()));
    facts.join(", ")
}

/// Each row: name, offer, our party towards the answerer, relayed streams, far answer, our party
/// towards the offerer, streams told to the offerer, facts of each.
#[test]
fn legs_need_not_agree() {
    let rows = rows(include_str!("secure_relays.txt"));
    assert!(rows.len() >= 14, "the table lost rows: {}", rows.len());
    for row in &rows {
        let [name, offered, far, relay, answered, near, told, expected] = &row[..] else {
            panic!("{row:?}")
        };
        let (offer, far, near) = (description(offered), Words::new(far), Words::new(near));
        let relayed = match far.play(|party| party.relay_offer(&offer, &near.srtp)) {
            Ok(relayed) => relayed,
            Err(error) => {
                assert_eq!(format!("! {error}"), *relay, "{name}");
                continue;
            }
        };
        assert_eq!(streams(&relayed.description), *relay, "{name}");
        let answer = description(answered);
        let got = near.play(|party| party.relay_answer(&offer, &relayed, &answer));
        match got {
            Ok(back) => {
                invariants::check(&offer, &back.description, None, name);
                assert_eq!(streams(&back.description), *told, "{name}");
                let got: Vec<String> = back.streams().map(facts).collect();
                assert_eq!(got.join("; "), *expected, "{name}");
            }
            Err(error) => assert_eq!(format!("! {error}"), *told, "{name}"),
        }
    }
}

#[test]
fn a_secure_offerer_needs_keys() {
    use siptrunk_sdp::offer_answer::{CodecPolicy, Party, relay_answer};
    let (near, places) = (Words::new("PCMU srtp=required"), crate::support::us());
    let (codecs, origin) = (CodecPolicy::default(), crate::support::origin());
    let offer = description(
        "audio 1 RTP/SAVP 0; a=crypto:1 AES_CM_128_HMAC_SHA1_80 \
         inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    );
    let relayed = Party::new(&codecs, &places[0], &origin).relay_offer(&offer, &near.srtp).unwrap();
    let answer = description("audio 40000 RTP/AVP 0");
    let back = relay_answer(&offer, &relayed, &answer, &places[0], &origin);
    assert_eq!(back, Err(AnswerError::NoKeySource));
}

#[test]
fn keys_are_in_no_debug_output() {
    let offer = description(
        "audio 1 RTP/SAVP 0; a=crypto:1 AES_CM_128_HMAC_SHA1_80 \
         inline:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB",
    );
    let near = Words::new("PCMU srtp=required");
    let agreed = near.play(|party| party.answer(&offer)).unwrap();
    let relayed = near.play(|party| party.relay_offer(&offer, &near.srtp)).unwrap();
    let printed = format!("{agreed:?} {relayed:?}");
    assert!(printed.contains("AesCm128HmacSha1_80"));
    for secret in ["BwcH", "AQEB", "7, 7", "1, 1, 1"] {
        assert!(!printed.contains(secret), "{secret} in {printed}");
    }
}

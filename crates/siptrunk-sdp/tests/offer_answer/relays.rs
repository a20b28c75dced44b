//! A B2BUA's offers and answers, compared in full.

use siptrunk_sdp::offer_answer::{relay_answer, relay_offer};

use crate::invariants;
use crate::support::{Words, description, origin, pairs, rows, streams, us};

#[test]
fn relayed_offers_and_answers() {
    let rows = rows(include_str!("relays.txt"));
    assert!(rows.len() >= 20, "the table lost rows: {}", rows.len());
    for row in &rows {
        let [name, offered, towards, expected_relay, answered, expected, forth, back] = &row[..]
        else {
            panic!("{row:?}")
        };
        let offer = description(offered);
        let relayed =
            relay_offer(&offer, &Words::new(towards).codecs, &us()[0], &origin()).unwrap();
        assert_eq!(streams(&relayed.description), *expected_relay, "{name}");
        let got = relay_answer(&offer, &relayed, &description(answered), &us()[0], &origin());
        let got = match got {
            Ok(agreed) => {
                assert_eq!(pairs(agreed.audio.from_offerer()), *forth, "{name}");
                assert_eq!(pairs(agreed.audio.from_answerer()), *back, "{name}");
                assert_eq!(agreed.audio.map, agreed.audio.from_offerer(), "{name}");
                invariants::check(&offer, &agreed.description, None, name);
                assert_eq!(agreed.audio.remote, Some("192.0.2.1:40000".parse().unwrap()), "{name}");
                assert_eq!(
                    agreed.audio.remote_rtcp,
                    Some("192.0.2.1:40001".parse().unwrap()),
                    "{name}"
                );
                streams(&agreed.description)
            }
            Err(error) => format!("! {error}"),
        };
        assert_eq!(got, *expected, "{name}");
    }
}

#[test]
fn an_answer_needs_the_offer_that_was_relayed() {
    let offer = description("audio 30000 RTP/AVP 0");
    let relayed = relay_offer(&offer, &Words::new("PCMU").codecs, &us()[0], &origin()).unwrap();
    let answer = description("audio 40000 RTP/AVP 0");
    for another in ["", "video 30000 RTP/AVP 0", "audio 0 RTP/AVP 0"] {
        let another = description(another);
        let error = relay_answer(&another, &relayed, &answer, &us()[0], &origin()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the original offer cannot be answered: no audio stream offered"
        );
    }
}

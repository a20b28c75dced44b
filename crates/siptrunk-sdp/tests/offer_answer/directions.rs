//! Who sends after a hold in each of its dresses.

use siptrunk_sdp::offer_answer::{answer, relay_answer, relay_offer};

use crate::support::{Words, description, origin, rows, us, with_session};

#[test]
fn hold_in_all_its_dresses() {
    let rows = rows(include_str!("directions.txt"));
    assert_eq!(rows.len(), 24);
    for row in &rows {
        let [offered, ours, relayed_as, answers] = &row[..] else { panic!("{row:?}") };
        let words: Vec<&str> = offered.split_whitespace().collect();
        let [session, media, address] = words[..] else { panic!("{offered}") };
        let kind = if address.contains(':') { "IP6" } else { "IP4" };
        let mut lines = format!("c=IN {kind} {address}\r\nt=0 0\r\n");
        if session != "-" {
            lines += &["a=", session, "\r\n"].concat();
        }
        let direction = if media == "-" { String::new() } else { format!("; a={media}") };
        let offer = with_session(&lines, &format!("audio 30000 RTP/AVP 0{direction}"));

        let agreed = answer(&offer, &Words::new("PCMU").codecs, &us()[0], &origin()).unwrap();
        let sends = agreed.audio.direction.sends() && agreed.audio.remote.is_some();
        let told = agreed.description.audio().unwrap().direction();
        assert_eq!(told, agreed.audio.direction, "{offered}");
        let got = format!("{:9} {}", told.as_str(), if sends { "yes" } else { "no" });
        assert_eq!(got, *ours, "{offered}: our own answer");

        let relayed = relay_offer(&offer, &Words::new("PCMU").codecs, &us()[0], &origin()).unwrap();
        let audio = relayed.description.audio().unwrap();
        assert_eq!(audio.direction().as_str(), relayed_as, "{offered}: relayed");
        assert_eq!(audio.rtp(), Some("198.51.100.1:20000".parse().unwrap()));
        assert_eq!(relayed.audio.remote.is_some(), address == "192.0.2.1", "{offered}");
        for pair in answers.split(", ") {
            let (far, expected) = pair.split_once(" > ").unwrap();
            let far = description(&format!("audio 40000 RTP/AVP 0; a={far}"));
            let back = relay_answer(&offer, &relayed, &far, &us()[0], &origin()).unwrap();
            let told = back.description.audio().unwrap().direction();
            assert_eq!(told.as_str(), expected, "{offered}: {pair}");
            assert_eq!(back.audio.direction, told, "{offered}: {pair}");
            assert_eq!(back.audio.offerer_sends(), told.receives(), "{offered}: {pair}");
            assert_eq!(back.audio.answerer_sends(), told.sends(), "{offered}: {pair}");
        }
    }
}

#[test]
fn a_held_answer_is_told_as_hold() {
    let offer = description("audio 30000 RTP/AVP 0");
    let relayed = relay_offer(&offer, &Words::new("PCMU").codecs, &us()[0], &origin()).unwrap();
    let far = description("audio 40000 RTP/AVP 0; c=IN IP4 0.0.0.0");
    let back = relay_answer(&offer, &relayed, &far, &us()[0], &origin()).unwrap();
    assert_eq!(back.audio.remote, None);
    assert_eq!(back.description.audio().unwrap().direction().as_str(), "sendonly");
}

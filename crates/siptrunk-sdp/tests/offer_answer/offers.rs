//! Offers of our own.

use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, Party, accept, answer, offer};
use siptrunk_sdp::{CodecName, Origin, SessionDescription};

use crate::invariants;
use crate::support::{Words, origin, rows, streams, us};

#[test]
fn our_offer_and_its_answer() {
    let policy = CodecPolicy::default();
    let sent = offer(&policy, &us()[0], &origin());
    assert_eq!(
        sent.to_string(),
        "v=0\r\no=- 77 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n\
         m=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n"
    );
    let there = LocalMedia { address: "2001:db8::2".parse().unwrap(), port: 40_000 };
    let answered =
        answer(&sent, &policy, &there, &Origin::new(1, 1, there.address)).unwrap().description;
    let agreed = accept(&sent, &answered).unwrap().audio;
    assert_eq!(agreed.remote, Some("[2001:db8::2]:40000".parse().unwrap()));
    assert_eq!(agreed.remote_rtcp, Some("[2001:db8::2]:40001".parse().unwrap()));
    assert_eq!(agreed.codecs[0].name(), Some(CodecName::Pcmu));
}

fn offered(party: Party<'_>) -> SessionDescription {
    party.offer()
}

#[test]
fn offers_of_every_kind() {
    let rows = rows(include_str!("offers.txt"));
    assert!(rows.len() >= 20, "the table lost rows: {}", rows.len());
    for row in &rows {
        let [name, party, expected] = &row[..] else { panic!("{row:?}") };
        let sent = Words::new(party).play(offered);
        assert_eq!(streams(&sent), *expected, "{name}");
        assert_eq!(SessionDescription::parse(sent.as_bytes()).as_ref(), Ok(&sent), "{name}");
        // Whoever takes what we offer answers what we can take.
        let peer = ["srtp=preferred places=3 mux", party].join(" ");
        let mut peer = Words::new(&peer);
        peer.srtp.suites.reverse();
        if let Ok(answered) = peer.play(|party| party.answer(&sent)) {
            invariants::check(&sent, &answered.description, None, name);
            if answered.audio.srtp.is_none() {
                accept(&sent, &answered.description).unwrap();
            }
        }
    }
}

//! What only the Synthflow end does; the calls themselves are tested with the Five9 end.

use std::time::Duration;

use super::*;
use crate::{NoHost, Outcome, World};

mod transfers;

const AGENT: &str = "127.0.3.1:32681";
const PEER: &str = "127.0.1.1:5060";

const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 127.0.1.1\r\ns=-\r\nc=IN IP4 127.0.1.1\r\nt=0 0\r\n\
    m=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

fn world(config: SynthflowConfig) -> (World, crate::NodeId) {
    let mut world = World::new(1);
    let addresses = vec![config.sip, config.rtp];
    let core = Synthflow::new(config, world.seed_for("synthflow"), world.now());
    let node = world.add("synthflow", addresses, core, NoHost);
    (world, node)
}

fn config() -> SynthflowConfig {
    let rtp = "127.0.3.1:4000".parse().unwrap();
    SynthflowConfig::new(AGENT.parse().unwrap(), rtp).number("+1206")
}

fn message(method: &str, branch: &str, tag: &str, body: &str) -> String {
    let content = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:+1206@{AGENT} SIP/2.0\r\nVia: SIP/2.0/UDP {PEER};branch=z9hG4bK{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=a\r\nTo: <sip:+1206@x>{tag}\r\nCall-ID: c\r\n\
         CSeq: 1 {method}\r\nContact: <sip:a@{PEER}>\r\n{content}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn inject(world: &mut World, text: String) {
    world.inject(PEER.parse().unwrap(), AGENT.parse().unwrap(), text);
}

fn to_tag(world: &World) -> String {
    let ok = world.trace().sip().find(|entry| entry.first_line() == "SIP/2.0 200 OK").unwrap();
    let text = String::from_utf8_lossy(&ok.bytes).into_owned();
    let to = text.lines().find(|line| line.starts_with("To:")).unwrap();
    to[to.find(";tag=").unwrap()..].to_owned()
}

#[test]
fn an_invite_without_an_offer_gets_one_and_takes_the_answer_from_the_ack() {
    let (mut world, node) = world(config());
    inject(&mut world, message("INVITE", "i", "", ""));
    world.run_for(Duration::from_millis(200));
    let tag = to_tag(&world);
    inject(&mut world, message("ACK", "a", &tag, OFFER));
    world.run_for(Duration::from_millis(100));
    let report = world.node::<Synthflow>(node).report(0).unwrap();
    assert_eq!((report.status, report.outcome), (200, Outcome::InProgress));
    assert!(report.audio.packets_sent > 3);
    assert_eq!(world.witness().violations(), []);
}

#[test]
fn a_repeated_invite_gets_the_last_response_again_and_makes_no_second_call() {
    let (mut world, node) = world(config().answering(Answering::Ring));
    for _ in 0..3 {
        inject(&mut world, message("INVITE", "i", "", OFFER));
        world.run_for(Duration::from_millis(10));
    }
    let lines: Vec<&str> = world.trace().sip().map(crate::TraceEntry::first_line).collect();
    assert_eq!(lines.iter().filter(|line| line.contains("180")).count(), 3);
    assert_eq!(world.node::<Synthflow>(node).reports().len(), 1);
}

#[test]
fn the_2xx_is_repeated_as_rfc_3261_13_3_1_4_says() {
    let (mut world, _) = world(config());
    inject(&mut world, message("INVITE", "i", "", OFFER));
    world.run_for(Duration::from_secs(33));
    let times: Vec<u128> = world
        .trace()
        .sip()
        .filter(|entry| entry.first_line() == "SIP/2.0 200 OK")
        .map(|entry| entry.at.as_millis())
        .collect();
    let first = times[0];
    let since: Vec<u128> = times.iter().map(|at| at - first).collect();
    assert_eq!(since, [0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500]);
}

#[test]
fn a_cancel_after_the_answer_changes_nothing() {
    let (mut world, node) = world(config());
    inject(&mut world, message("INVITE", "i", "", OFFER));
    world.run_for(Duration::from_millis(200));
    inject(&mut world, message("CANCEL", "i", "", ""));
    let tag = to_tag(&world);
    inject(&mut world, message("ACK", "a", &tag, ""));
    world.run_for(Duration::from_millis(100));
    let report = world.node::<Synthflow>(node).report(0).unwrap();
    assert_eq!((report.status, report.outcome), (200, Outcome::InProgress));
}

#[test]
fn a_reinvite_with_a_new_description_is_refused_and_the_call_goes_on() {
    let (mut world, node) = world(config());
    inject(&mut world, message("INVITE", "i", "", OFFER));
    world.run_for(Duration::from_millis(200));
    let tag = to_tag(&world);
    inject(&mut world, message("ACK", "a", &tag, ""));
    let again = message("INVITE", "r", &tag, OFFER).replace("CSeq: 1", "CSeq: 2");
    inject(&mut world, again);
    world.run_for(Duration::from_millis(100));
    assert!(world.trace().sip().any(|entry| entry.first_line().starts_with("SIP/2.0 488")));
    let report = world.node::<Synthflow>(node).report(0).unwrap();
    assert_eq!(report.outcome, Outcome::InProgress);
}

#[test]
fn a_new_offer_is_taken_where_a_setting_says_so_and_media_follows() {
    let (mut world, node) = world(config().takes_reoffers().ending(Ending::Wait));
    inject(&mut world, message("INVITE", "i", "", OFFER));
    world.run_for(Duration::from_millis(200));
    let tag = to_tag(&world);
    inject(&mut world, message("ACK", "a", &tag, ""));
    world.run_for(Duration::from_millis(100));
    let moved = OFFER.replace("o=- 1 1", "o=- 1 2").replace("audio 4000", "audio 4010");
    inject(&mut world, message("INVITE", "r", &tag, &moved).replace("CSeq: 1", "CSeq: 2"));
    world.run_for(Duration::from_millis(5));
    inject(&mut world, message("ACK", "ra", &tag, "").replace("CSeq: 1", "CSeq: 2"));
    world.run_for(Duration::from_millis(100));
    let ok = world.trace().sip().filter(|entry| entry.first_line() == "SIP/2.0 200 OK").last();
    let ok = String::from_utf8_lossy(&ok.unwrap().bytes).into_owned();
    assert!(ok.contains("o=- 1800000000 2 IN IP4 127.0.3.1\r\n"), "the version rises: {ok}");
    let to = |port: u16| world.trace().entries().iter().filter(|e| e.to.port() == port).count();
    assert!(to(4000) >= 5 && to(4010) >= 5, "{} and {}", to(4000), to(4010));
    // Asked for an offer, it makes one.
    let asked = message("INVITE", "q", &tag, "").replace("CSeq: 1", "CSeq: 3");
    inject(&mut world, asked);
    world.run_for(Duration::from_millis(5));
    inject(&mut world, message("ACK", "qa", &tag, &moved).replace("CSeq: 1", "CSeq: 3"));
    world.run_for(Duration::from_millis(100));
    let report = world.node::<Synthflow>(node).report(0).unwrap();
    assert_eq!(report.outcome, Outcome::InProgress);
    assert_eq!(world.witness().violations(), []);
}

#[test]
fn what_is_not_understood_within_a_call_gets_405_with_what_is() {
    let (mut world, _) = world(config().ending(Ending::Wait));
    inject(&mut world, message("INVITE", "i", "", OFFER));
    world.run_for(Duration::from_millis(200));
    let tag = to_tag(&world);
    inject(&mut world, message("ACK", "a", &tag, ""));
    for (cseq, method) in [(2, "MESSAGE"), (3, "REFER"), (4, "NOTIFY")] {
        let request = message(method, method, &tag, "");
        inject(&mut world, request.replace("CSeq: 1", &format!("CSeq: {cseq}")));
    }
    world.run_for(Duration::from_millis(10));
    let answers = world.trace().sip().filter(|entry| entry.to.to_string() == PEER);
    let answers: Vec<String> =
        answers.map(|entry| String::from_utf8_lossy(&entry.bytes).into_owned()).collect();
    let status = |method: &str| {
        let of = |text: &&String| text.starts_with("SIP/2.0 4") && text.contains(method);
        answers.iter().find(of).map(|text| (text[8..11].to_owned(), text.contains("\r\nAllow: ")))
    };
    assert_eq!(status("2 MESSAGE"), Some(("405".into(), true)));
    assert_eq!(status("3 REFER"), Some(("405".into(), true)), "it asks, and is not asked");
    assert_eq!(status("4 NOTIFY"), Some(("481".into(), false)), "nothing was asked for");
}

#[test]
fn options_are_answered_as_a_setting_says() {
    let answer = |status: Option<u16>| {
        let (mut world, _) = world(SynthflowConfig { options_status: status, ..config() });
        inject(&mut world, message("OPTIONS", "o", "", ""));
        world.run_for(Duration::from_millis(10));
        let answer = world.trace().sip().nth(1).map(|entry| entry.first_line().to_owned());
        answer.unwrap_or_default()
    };
    assert_eq!(answer(Some(200)), "SIP/2.0 200 OK");
    assert_eq!(answer(Some(503)), "SIP/2.0 503 Service Unavailable");
    assert_eq!(answer(None), "");
}

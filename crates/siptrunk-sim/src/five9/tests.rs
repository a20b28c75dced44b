//! The Five9 end against the Synthflow end, without anything in between.

use std::net::SocketAddr;
use std::time::Duration;

use super::*;
use crate::{
    AudioPlan, Fault, Faulty, Header, Link, NoHost, NodeId, Outcome, Rule, Timers, Trace,
    TraceEntry, World,
    synthflow::{self, Answering, Expectation, Synthflow, SynthflowConfig},
};

const NUMBER: &str = "+12065551234";
const CALLER: &str = "+14155550123";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn ends() -> [SocketAddr; 4] {
    ["127.0.2.1:5060", "127.0.2.1:4000", "127.0.3.1:32681", "127.0.3.1:4000"].map(address)
}

fn plan() -> CallPlan {
    CallPlan::new(NUMBER, CALLER).header("X-EI", "E.1234567890123456;O.+18005550100;")
}

fn five9(calls: Vec<CallPlan>) -> Five9Config {
    let [sip, rtp, gateway, _] = ends();
    Five9Config { calls, ..Five9Config::new(sip, rtp, gateway) }
}

fn agent() -> SynthflowConfig {
    let [.., sip, rtp] = ends();
    let expects = Expectation::nothing()
        .token('E', "1234567890123456")
        .any_token('O')
        .header("X-CallANI", CALLER)
        .any_header("X-CallCampaign");
    SynthflowConfig::new(sip, rtp).number(NUMBER).expects(expects)
}

struct Run {
    world: World,
    five9: NodeId,
    synthflow: NodeId,
}

fn meet(seed: u64, caller: Five9Config, agent: SynthflowConfig) -> Run {
    let [five9_sip, five9_rtp, agent_sip, agent_rtp] = ends();
    let mut world = World::new(seed);
    let core = Five9::new(caller, world.seed_for("five9"), world.now());
    let five9 = world.add("five9", vec![five9_sip, five9_rtp], core, NoHost);
    let core = Synthflow::new(agent, world.seed_for("synthflow"), world.now());
    let synthflow = world.add("synthflow", vec![agent_sip, agent_rtp], core, NoHost);
    Run { world, five9, synthflow }
}

impl Run {
    fn linked(mut self, link: &Link) -> Self {
        self.world.link_both(self.five9, self.synthflow, link);
        self
    }

    /// Until nothing can happen any more.
    fn rested(mut self) -> Self {
        assert!(self.world.run_to_rest(Duration::from_secs(600)), "still busy after ten minutes");
        for node in [self.five9, self.synthflow] {
            assert!(self.world.live(node).is_empty(), "left behind: {}", self.world.live(node));
        }
        self
    }

    fn caller(&self) -> CallReport {
        self.world.node::<Five9>(self.five9).report(0).unwrap()
    }

    fn agent(&self) -> synthflow::CallReport {
        self.world.node::<Synthflow>(self.synthflow).report(0).unwrap()
    }

    fn judged(&mut self) {
        if let Err(violations) = self.world.finish() {
            let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
            panic!("{}\n{}", list.join("\n"), self.world.trace().ladder());
        }
    }

    fn rules(&mut self) -> Vec<Rule> {
        let mut rules: Vec<Rule> =
            self.world.finish().err().unwrap_or_default().iter().map(|v| v.rule).collect();
        rules.sort();
        rules.dedup();
        rules
    }
}

#[test]
fn a_call_is_talked_and_handed_back() {
    let mut run = meet(1, five9(vec![plan()]), agent()).rested();
    run.judged();
    let (caller, agent) = (run.caller(), run.agent());
    assert_eq!(caller.statuses, [100, 180, 200]);
    assert_eq!(caller.outcome, Outcome::HungUpByPeer);
    assert_eq!(agent.outcome, Outcome::HungUp(200));
    assert_eq!(agent.unmet, Vec::<String>::new());
    assert_eq!(agent.x_ei(), Some("E.1234567890123456;O.+18005550100;"));
    assert_eq!(agent.tokens()[0], ("E".to_owned(), "1234567890123456".to_owned()));
    for audio in [&caller.audio, &agent.audio] {
        assert!(audio.exact(), "{audio}");
        assert_eq!((audio.packets_sent, audio.samples_matching), (100, 16_000));
    }
    let names: Vec<&str> = caller.hand_back().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["X-RouteType", "X-RouteValue", "X-RouteReason", "X-ConversationId"]);
    let event = |event: &Event| match event {
        Event::Ringing { .. } => "ringing",
        Event::Answered { .. } => "answered",
        Event::Ended { .. } => "ended",
        _ => "something else",
    };
    let events: Vec<&str> = run.world.take_events::<Five9>(run.five9).iter().map(event).collect();
    assert_eq!(events, ["ringing", "answered", "ended"]);
}

#[test]
fn both_laws_carry_the_signal() {
    use siptrunk_sdp::{CodecName, offer_answer::CodecPolicy};
    let codecs = vec![CodecName::Pcma, CodecName::TelephoneEvent];
    let policy = CodecPolicy { codecs, ..CodecPolicy::default() };
    let mut run = meet(2, five9(vec![plan().codecs(policy)]), agent()).rested();
    run.judged();
    assert!(run.caller().audio.exact() && run.agent().audio.exact());
}

#[test]
fn telephone_event_may_be_answered_under_another_number() {
    let mut run = meet(2, five9(vec![plan()]), agent().telephone_event(96)).rested();
    run.judged();
    assert!(run.caller().audio.exact() && run.agent().audio.exact());
    let answers = run.world.trace().sip().filter(|entry| entry.first_line().contains("200"));
    let text = answers.map(|entry| String::from_utf8_lossy(&entry.bytes).into_owned());
    assert!(text.into_iter().any(|message| message.contains("a=rtpmap:96 telephone-event/8000")));
}

#[test]
fn ten_percent_loss_delays_and_jitter_do_not_stop_calls() {
    let link = Link::default()
        .delay(Duration::from_millis(30))
        .jitter(Duration::from_millis(8))
        .loss(0.1)
        .duplicate(0.02)
        .reorder(0.02);
    let mut lost = 0;
    for seed in 0..40 {
        let mut run = meet(seed, five9(vec![plan()]), agent()).linked(&link).rested();
        run.judged();
        let (caller, agent) = (run.caller(), run.agent());
        assert_eq!(caller.outcome, Outcome::HungUpByPeer, "seed {seed}");
        assert_eq!(agent.outcome, Outcome::HungUp(200), "seed {seed}");
        assert_eq!(caller.hand_back().count(), 4, "seed {seed}");
        for audio in [&caller.audio, &agent.audio] {
            assert!(audio.samples_received > 8_000, "seed {seed}: {audio}");
            assert_eq!(audio.samples_matching, audio.samples_received, "seed {seed}: {audio}");
            lost += audio.missing();
        }
    }
    assert!((500..1100).contains(&lost), "{lost} of 8000 packets missing at 10 % loss");
}

#[test]
fn several_calls_at_once_keep_their_audio_apart() {
    let calls = (0..8).map(|n| plan().start(Duration::from_millis(330 * n))).collect();
    let mut run = meet(3, five9(calls), agent()).rested();
    run.judged();
    let (callers, agents) = (
        run.world.node::<Five9>(run.five9).reports(),
        run.world.node::<Synthflow>(run.synthflow).reports(),
    );
    assert_eq!((callers.len(), agents.len()), (8, 8));
    for (caller, agent) in callers.iter().zip(&agents) {
        assert_eq!(caller.call_id, agent.call_id);
        assert!(caller.audio.exact(), "{caller}");
        assert!(agent.audio.exact(), "{agent}");
        assert_eq!(caller.hand_back().count(), 4);
    }
}

#[test]
fn the_caller_hangs_up() {
    let ending = Ending::HangUp(Duration::from_secs(1));
    let agent = agent().ending(synthflow::Ending::Wait);
    let mut run = meet(4, five9(vec![plan().ending(ending)]), agent).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::HungUp(200));
    assert_eq!(run.agent().outcome, Outcome::HungUpByPeer);
    assert_eq!(run.agent().audio.gaps, 0);
}

#[test]
fn the_caller_cancels_while_it_rings() {
    let ending = Ending::Cancel(Duration::from_secs(1));
    let agent = agent().answering(Answering::Ring);
    let mut run = meet(5, five9(vec![plan().ending(ending)]), agent).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Cancelled);
    assert_eq!(run.caller().statuses, [100, 180, 487]);
    assert_eq!(run.agent().outcome, Outcome::Cancelled);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_hung_up() {
    // The CANCEL leaves just before the 200 arrives.
    let ending = Ending::Cancel(Duration::from_millis(95));
    let link = Link::default().delay(Duration::from_millis(10));
    let mut run = meet(6, five9(vec![plan().ending(ending)]), agent()).linked(&link).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::HungUp(200));
    assert_eq!(run.agent().outcome, Outcome::HungUpByPeer);
}

#[test]
fn a_caller_gives_up_ringing_after_its_patience() {
    let agent = agent().answering(Answering::Ring);
    let mut run = meet(6, five9(vec![plan().ring(Duration::from_secs(20))]), agent).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Cancelled);
}

#[test]
fn an_answer_that_comes_after_all_patience_is_acknowledged_and_hung_up() {
    let timers = Timers { t1: Duration::from_millis(10), ..Timers::default() };
    let caller = five9(vec![plan().ring(Duration::from_secs(1))]).timers(timers);
    let mut run = meet(6, caller, agent().timers(timers).ring(Duration::from_secs(3)));
    // Neither the CANCEL nor what would come of it gets through.
    let cut = Fault::DropRequests(siptrunk_message::Method::CANCEL);
    run.world.link_mut(run.five9, run.synthflow).faults.push(cut, None);
    let mut run = run.rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Cancelled);
    assert_eq!(run.agent().outcome, Outcome::HungUpByPeer);
    let ended = |event: &Event| matches!(event, Event::Ended { .. });
    let events = run.world.take_events::<Five9>(run.five9);
    assert_eq!(events.iter().filter(|event| ended(event)).count(), 1, "told once");
}

#[test]
fn an_unknown_number_and_a_busy_agent_are_refused() {
    let wrong = CallPlan::new("+12065550000", CALLER);
    let mut run = meet(7, five9(vec![wrong]), agent()).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Rejected(404));

    let mut run = meet(7, five9(vec![plan()]), agent().answering(Answering::Reject(486))).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Rejected(486));
    assert_eq!(run.agent().status, 486);
}

#[test]
fn an_offer_without_a_common_codec_is_refused() {
    use siptrunk_sdp::{CodecName, offer_answer::CodecPolicy};
    let policy = CodecPolicy { codecs: vec![CodecName::G722], ..CodecPolicy::default() };
    let mut run = meet(8, five9(vec![plan().codecs(policy)]), agent()).rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::Rejected(488));
    assert!(matches!(run.agent().outcome, Outcome::Unusable(_)));
}

#[test]
fn a_silent_peer_is_given_up_after_64_t1() {
    let agent = agent().answering(Answering::Silence);
    let mut run = meet(9, five9(vec![plan()]), agent);
    run.world.run_for(Duration::from_secs(40));
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::NoResponse);
    assert_eq!(run.world.trace().sip().count(), 7);
}

#[test]
fn no_audio_from_the_agent_shows_in_the_callers_report() {
    let agent = agent().audio(AudioPlan::agent().silent());
    let run = meet(10, five9(vec![plan()]), agent).rested();
    assert_eq!((run.caller().audio.packets_received, run.agent().audio.packets_sent), (0, 0));
    assert!(!run.caller().audio.exact());
    assert!(run.agent().audio.exact());
}

#[test]
fn lost_byes_show_in_both_reports() {
    let link = Link::default().fault(Fault::DropRequests(siptrunk_message::Method::BYE));
    let timers = Timers { t1: Duration::from_millis(50), ..Timers::default() };
    let caller = five9(vec![plan().longest(Duration::from_secs(8))]).timers(timers);
    let mut run = meet(11, caller, agent().timers(timers)).linked(&link).rested();
    assert_eq!(run.agent().outcome, Outcome::ByeUnanswered);
    assert_eq!(run.caller().outcome, Outcome::ByeUnanswered);
    assert_eq!(run.caller().bye_headers, Vec::<Header>::new());
    run.judged();
}

#[test]
fn stripped_context_shows_in_the_agents_report() {
    let mut run = meet(12, five9(vec![plan()]), agent());
    let link = Link::default().fault(Fault::StripHeaders("X-".into()));
    run.world.link(run.five9, run.synthflow, link);
    let run = run.rested();
    assert_eq!(run.agent().x_ei(), None);
    assert_eq!(
        run.agent().unmet,
        [
            "X-EI has no token E.",
            "X-EI has no token O.",
            "no header is spelled X-CallANI",
            "no header is spelled X-CallCampaign"
        ]
    );
}

#[test]
fn the_case_of_a_context_header_counts() {
    let mut plan = plan();
    plan.headers.retain(|header| header.name != "X-CallANI");
    plan.headers.push(Header::new("X-CALLANI", CALLER));
    let run = meet(12, five9(vec![plan]), agent()).rested();
    assert_eq!(run.agent().unmet, ["no header is spelled X-CallANI"]);
}

#[test]
fn a_lost_hand_back_shows_in_the_callers_report() {
    let mut run = meet(13, five9(vec![plan()]), agent());
    let link = Link::default().fault(Fault::StripHeaders("X-Route".into()));
    run.world.link(run.synthflow, run.five9, link);
    let run = run.rested();
    let caller = run.caller();
    let names: Vec<&str> = caller.hand_back().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["X-ConversationId"]);
}

#[test]
fn a_reused_cseq_is_what_the_witness_finds() {
    let mut run = meet(14, five9(vec![plan()]), agent().reuse_cseq()).rested();
    assert_eq!(run.rules(), [Rule::CseqRising]);
    assert_eq!(run.caller().outcome, Outcome::HungUpByPeer);
}

#[test]
fn a_lost_ack_is_repeated_for_each_2xx() {
    let mut run = meet(15, five9(vec![plan()]), agent());
    let fault = Fault::DropRequests(siptrunk_message::Method::ACK);
    run.world.link_mut(run.five9, run.synthflow).faults.push(fault, Some(2));
    let mut run = run.rested();
    run.judged();
    assert_eq!(run.agent().outcome, Outcome::HungUp(200));
    let acks = run.world.trace().sip().filter(|entry| entry.first_line().starts_with("ACK"));
    assert_eq!(acks.count(), 3);
}

#[test]
fn an_ack_that_never_comes_ends_the_call() {
    let link = Link::default().fault(Fault::DropRequests(siptrunk_message::Method::ACK));
    let mut run = meet(16, five9(vec![plan()]), agent()).linked(&link).rested();
    run.judged();
    assert_eq!(run.agent().outcome, Outcome::NoAck);
    assert_eq!(run.caller().outcome, Outcome::HungUpByPeer);
}

#[test]
fn verbs_dial_and_hang_up() {
    let mut run = meet(17, five9(vec![]), agent().ending(synthflow::Ending::Wait));
    let call = run.world.with(run.five9, |end: &mut Five9, now| end.dial(now, plan()));
    assert_eq!(call, 0);
    run.world.run_for(Duration::from_secs(4));
    assert!(!run.world.node::<Five9>(run.five9).finished());
    run.world.with(run.five9, |end: &mut Five9, now| end.hang_up(now, call));
    let mut run = run.rested();
    run.judged();
    assert_eq!(run.caller().outcome, Outcome::HungUp(200));
    assert!(run.caller().audio.exact() && run.agent().audio.exact());
}

#[test]
fn faults_at_a_cores_edge_work_like_faults_on_a_link() {
    let [five9_sip, five9_rtp, agent_sip, agent_rtp] = ends();
    let mut world = World::new(18);
    let core = Five9::new(five9(vec![plan()]), world.seed_for("five9"), world.now());
    let core = Faulty::new(core).incoming(Fault::StripHeaders("X-Route".into()));
    let caller = world.add("five9", vec![five9_sip, five9_rtp], core, NoHost);
    let core = Synthflow::new(agent(), world.seed_for("synthflow"), world.now());
    let core = Faulty::new(core).outgoing(Fault::DropMedia);
    world.add("synthflow", vec![agent_sip, agent_rtp], core, NoHost);
    world.run_for(Duration::from_secs(60));
    let report = world.node::<Faulty<Five9>>(caller).inner().report(0).unwrap();
    assert_eq!(report.hand_back().count(), 1);
    assert_eq!(report.audio.packets_received, 0);
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let link = Link::default().loss(0.1).jitter(Duration::from_millis(30)).duplicate(0.05);
    let trace = |seed: u64| -> Trace {
        let calls = (0..3).map(|n| plan().start(Duration::from_millis(200 * n))).collect();
        meet(seed, five9(calls), agent()).linked(&link).rested().world.trace().clone()
    };
    assert_eq!(trace(19), trace(19));
    assert_ne!(trace(19), trace(20));
}

#[test]
fn requests_outside_calls_are_answered_plainly() {
    let [five9_sip, _, agent_sip, _] = ends();
    for (to, method, expected) in [
        (five9_sip, "OPTIONS", "200"),
        (five9_sip, "INVITE", "480"),
        (five9_sip, "REGISTER", "405"),
        (agent_sip, "OPTIONS", "200"),
        (agent_sip, "REGISTER", "405"),
        (agent_sip, "CANCEL", "481"),
    ] {
        let mut run = meet(21, five9(vec![]), agent());
        let from = if to == five9_sip { agent_sip } else { five9_sip };
        let request = format!(
            "{method} sip:x@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKx;rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: o\r\n\
             CSeq: 1 {method}\r\nContact: <sip:a@{from}>\r\nContent-Length: 0\r\n\r\n"
        );
        run.world.inject(from, to, request);
        run.world.run_for(Duration::from_secs(1));
        let mut answers = run.world.trace().sip().skip(1).map(TraceEntry::first_line);
        let answer = answers.find(|line| !line.contains("100 Trying"));
        let answer = answer.expect("a final answer");
        assert!(answer.starts_with(&format!("SIP/2.0 {expected}")), "{method}: {answer}");
    }
}

#[test]
fn garbage_does_no_harm() {
    let [five9_sip, five9_rtp, agent_sip, agent_rtp] = ends();
    let mut run = meet(22, five9(vec![plan()]), agent());
    run.world.witness_mut().excuse(address("203.0.113.9:9"));
    for to in [five9_sip, five9_rtp, agent_sip, agent_rtp] {
        for bytes in [&b""[..], b"\x80", b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", &[0xff; 2000]]
        {
            run.world.inject(address("203.0.113.9:9"), to, bytes);
        }
    }
    let mut run = run.rested();
    run.judged();
    assert!(run.caller().audio.exact() && run.agent().audio.exact());
}

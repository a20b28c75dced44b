//! The Five9 end: scripts, skills, rules, both kinds of trunk, and what it refuses.

use std::time::Duration;

use siptrunk_message::Transport;
use siptrunk_sdp::{CodecName, offer_answer::CodecPolicy};
use siptrunk_sim::{
    Account, Header, Outcome,
    five9::{
        AgentCall, Authentication, CallPlan, Campaign, Ending, Kind, Module, OutboundRule, Party,
        PartyAnswering, Reached, Skill, Step, Value, Visit, VisitEnd,
    },
    synthflow::{self, OutboundCall},
};

use crate::scene::{AGENT, CALLER, MAIN, Scene, address, five9, synthflow, synthflow_address};

const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

fn campaign() -> Campaign {
    Campaign::new("Inbound Support", MAIN).ai_agent(AGENT)
}

fn visit() -> Visit {
    Visit::new(CALLER, MAIN)
}

fn names(headers: &[Header]) -> Vec<&str> {
    headers.iter().map(|header| header.name.as_str()).collect()
}

#[test]
fn a_script_sends_its_caller_with_what_it_put_and_goes_on_by_what_comes_back() {
    for transport in TRANSPORTS {
        let config = five9().campaign(campaign()).skill(Skill::new("billing_support", 2));
        let scene = Scene::over(transport, config.visit(visit()), synthflow()).rested();
        let report = scene.end().visit_report(0).unwrap();
        assert_eq!(report.end, VisitEnd::Agent("billing_support".into()), "{report}");
        let path = [
            Step::Script("Inbound Support".into()),
            Step::Transferred(AGENT.into()),
            Step::Returned,
        ];
        assert_eq!(report.path, path);
        assert_eq!(report.from_iva("x-routereason"), Some("Customer needs help with an invoice"));
        let talk = scene.talk(0);
        let put = ["X-CallANI", "X-CallDNIS", "X-CallID", "X-CallSessionID", "X-CallCampaign"];
        for name in put {
            assert!(talk.variable(name).is_some_and(|value| !value.is_empty()), "{name}: {talk}");
        }
        assert_eq!(talk.variable("X-CallANI"), Some(CALLER));
        assert!(talk.audio.exact() && scene.call(0).audio.exact());
    }
}

#[test]
fn each_way_back_leads_where_it_says() {
    let of = |kind: &str, value: &str| {
        let headers = vec![Header::new("X-RouteType", kind), Header::new("X-RouteValue", value)];
        let config = five9().campaign(campaign()).skill(Skill::new("sales", 1)).visit(visit());
        let agent = synthflow().ending(synthflow::Ending::HandBack(headers));
        Scene::new(config, agent).rested().end().visit_report(0).unwrap().end.clone()
    };
    assert_eq!(of("SkillTransfer", "sales"), VisitEnd::Agent("sales".into()));
    assert_eq!(of("PhoneTransfer", "+18005550199"), VisitEnd::Phone("+18005550199".into()));
    assert_eq!(of("Hangup", ""), VisitEnd::HungUp);
    assert_eq!(of("DispositionOnly", "Resolved"), VisitEnd::Disposition("Resolved".into()));
    // A skill that nobody has: the script goes on, and is at its end.
    assert_eq!(of("SkillTransfer", "unknown"), VisitEnd::HungUp);
}

#[test]
fn without_the_box_the_caller_stays_with_the_third_party_whatever_a_bye_says() {
    let script = Campaign::new("Blind", MAIN).then(Module::transfer(AGENT)).then(Module::Route);
    let config = five9().campaign(script).skill(Skill::new("billing_support", 1)).visit(visit());
    let scene = Scene::new(config, synthflow()).rested();
    let report = scene.end().visit_report(0).unwrap();
    assert_eq!(report.end, VisitEnd::StayedWithThirdParty);
    assert_eq!(names(&report.from_iva), Vec::<&str>::new());
    assert_eq!(scene.call(0).hand_back().count(), 4, "the headers came all the same");
}

#[test]
fn a_caller_who_hangs_up_first_is_led_nowhere() {
    let talk = CallPlan::new("", "").ending(Ending::HangUp(Duration::from_secs(1)));
    let config = five9().campaign(campaign()).visit(visit().talk(talk));
    let agent = synthflow().ending(synthflow::Ending::Wait);
    let scene = Scene::new(config, agent).rested();
    assert_eq!(scene.end().visit_report(0).unwrap().end, VisitEnd::CallerHungUp);
}

#[test]
fn skill_rules_overflow_and_closing_time_lead_to_the_ai_agent() {
    let to_agent = || vec![Module::transfer(AGENT).returning(), Module::Route];
    let script = Campaign::new("Support", MAIN)
        .then(Module::WhenClosed(to_agent()))
        .then(Module::ForSkill("invoices".into(), to_agent()))
        .then(Module::Skill("live".into()))
        .then(Module::transfer(AGENT).returning())
        .then(Module::Route);
    let run = |open: bool, visits: Vec<Visit>| {
        let mut config = five9().campaign(script.clone()).skill(Skill::new("live", 1));
        config.open = open;
        config.visits = visits;
        let scene = Scene::new(config, synthflow()).rested();
        let paths = (0..2).filter_map(|visit| scene.end().visit_report(visit).cloned());
        paths.map(|report| report.path).collect::<Vec<_>>()
    };
    let closed = run(false, vec![visit()]);
    assert_eq!(closed[0][1..3], [Step::AfterHours, Step::Transferred(AGENT.into())]);
    let rule = run(true, vec![visit().skill("invoices")]);
    assert_eq!(
        rule[0][1..3],
        [Step::SkillRule("invoices".into()), Step::Transferred(AGENT.into())]
    );
    let two = run(true, vec![visit(), visit()]);
    assert_eq!(two[0], [Step::Script("Support".into())], "the first has the live agent");
    assert_eq!(two[1][1..3], [Step::Overflow("live".into()), Step::Transferred(AGENT.into())]);
}

#[test]
fn a_script_that_does_not_run_answers_nobody() {
    let config = five9().campaign(campaign().inactive()).visit(visit());
    let scene = Scene::new(config, synthflow()).rested();
    assert_eq!(scene.end().visit_report(0).unwrap().end, VisitEnd::NotAnswered);
    assert_eq!(scene.world.trace().sip().count(), 0);
}

#[test]
fn a_transfer_needs_a_number_in_the_inventory_and_of_the_right_form() {
    let fails = |number: &str, config: siptrunk_sim::five9::Five9Config| {
        let script = Campaign::new("Support", MAIN).then(Module::transfer(number));
        let scene = Scene::new(config.campaign(script).visit(visit()), synthflow()).rested();
        assert_eq!(scene.world.trace().sip().count(), 0);
        let report = scene.end().visit_report(0).unwrap().clone();
        assert_eq!(report.end, VisitEnd::Dropped);
        format!("{:?}", report.path.last())
    };
    assert!(fails(AGENT, five9().inventory("+1777")).contains("not in the inventory"));
    assert!(fails("12065551234", five9()).contains("invalid number"));
    // The numbers of a partner trunk are of any form.
    let mut partner = five9();
    partner.kind = Kind::Partner;
    let script = Campaign::new("Support", MAIN).then(Module::transfer("777000111222"));
    let agent = synthflow().number("777000111222");
    let scene = Scene::new(partner.campaign(script).visit(visit()), agent).rested();
    assert!(scene.call(0).answered());
}

#[test]
fn an_agents_call_goes_where_the_first_rule_that_matches_says() {
    let config = five9()
        .rule(OutboundRule::trunk("sales to the AI").user_group("Sales").prefix("+1206"))
        .rule(OutboundRule::trunk("a campaign to the AI").skill_group("Dunning"))
        .rule(OutboundRule::pstn("all others"));
    let call = || AgentCall::new(CallPlan::new(AGENT, MAIN));
    let config = config
        .agent_call(call().user_group("Sales"))
        .agent_call(call().skill_group("Dunning"))
        .agent_call(call().user_group("Support"));
    let scene = Scene::new(config, synthflow()).rested();
    assert!(scene.call(0).answered() && scene.call(0).audio.exact());
    assert!(scene.call(1).answered());
    let Outcome::NotSent(why) = scene.call(2).outcome else { panic!("it was sent") };
    assert_eq!(why, "rule all others leads to the public network");
    assert_eq!(scene.agent().reports().len(), 2);
}

#[test]
fn the_ai_calls_the_public_network_through_an_outbound_rule() {
    for transport in TRANSPORTS {
        let config = five9().rule(OutboundRule::pstn("domestic").prefix("+1"));
        let agent = synthflow().outbound(OutboundCall::new(CALLER, AGENT));
        let scene = Scene::over(transport, config, agent).rested();
        let (phone, talk) = (scene.call(0), scene.talk(0));
        let rule = "domestic".into();
        assert_eq!(phone.reached, Some(Reached::Phone { number: CALLER.into(), rule }));
        assert_eq!(talk.statuses, [100, 180, 200]);
        assert!(phone.audio.exact() && talk.audio.exact(), "{phone}{talk}");
        // Opus was offered before it, and G.711 was taken.
        assert_eq!(talk.outcome, Outcome::HungUp(200));
        assert_eq!(phone.invite_headers.iter().filter(|header| header.name == "x-ci").count(), 1);
    }
}

#[test]
fn outbound_calls_are_refused_without_a_rule_or_a_verified_caller_id_and_by_the_party() {
    let outcome = |config| {
        let agent = synthflow().outbound(OutboundCall::new(CALLER, AGENT));
        let scene = Scene::new(config, agent).rested();
        let talk = scene.talk(0);
        assert_eq!(scene.call(0).outcome, talk.outcome, "{}", scene.ladder());
        talk.outcome
    };
    let domestic = || OutboundRule::pstn("domestic").prefix("+1");
    assert_eq!(outcome(five9()), Outcome::Rejected(480), "nobody is there at all");
    assert_eq!(outcome(five9().rule(domestic().prefix("+44"))), Outcome::Rejected(404));
    assert_eq!(outcome(five9().rule(domestic().user_group("Sales"))), Outcome::Rejected(404));
    let other = five9().rule(domestic()).caller_id("+1999");
    assert_eq!(outcome(other), Outcome::Rejected(403));
    let busy = Party::new(CALLER).answering(PartyAnswering::Reject(486));
    assert_eq!(outcome(five9().rule(domestic()).party(busy)), Outcome::Rejected(486));
    let mine = five9().rule(domestic()).caller_id(AGENT);
    assert_eq!(outcome(mine.clone().max_calls(0)), Outcome::Rejected(486));
    assert_eq!(outcome(mine.max_calls(0).full_status(503)), Outcome::Rejected(503));
}

#[test]
fn a_party_that_does_not_answer_is_given_up_with_a_cancel() {
    let silent = Party::new(CALLER).answering(PartyAnswering::Ring);
    let config = five9().rule(OutboundRule::pstn("all")).party(silent);
    let call = OutboundCall::new(CALLER, AGENT).ring(Duration::from_secs(20));
    let scene = Scene::new(config, synthflow().outbound(call)).rested();
    assert_eq!(scene.talk(0).outcome, Outcome::Cancelled);
    assert_eq!(scene.call(0).outcome, Outcome::Cancelled);
}

#[test]
fn a_hand_back_by_call_reaches_the_skill_by_name_or_number_and_waits_for_a_free_agent() {
    let skill = || Skill::new("billing_support", 1).number("+18005550111");
    for dialed in ["billing_support", "+18005550111"] {
        let agent = synthflow().outbound(OutboundCall::new(dialed, AGENT));
        let mut config = five9().skill(skill());
        // The AI agent is heard by a live one, who says what a caller would.
        config.agent_audio = siptrunk_sim::AudioPlan::caller();
        let scene = Scene::new(config, agent).rested();
        assert_eq!(scene.call(0).reached, Some(Reached::Agent("billing_support".into())));
        assert!(scene.call(0).audio.exact(), "{}", scene.call(0));
    }
    let mut config = five9().skill(skill());
    config.skills[0].agents = 0;
    let call = OutboundCall::new("billing_support", AGENT).ring(Duration::from_secs(5));
    let scene = Scene::new(config, synthflow().outbound(call)).rested();
    assert_eq!(scene.talk(0).outcome, Outcome::Cancelled);
    // One agent, two calls after each other: the second finds it free again.
    let second = OutboundCall::new("billing_support", AGENT).start(Duration::from_secs(10));
    let agent = synthflow().outbound(OutboundCall::new("billing_support", AGENT)).outbound(second);
    let scene = Scene::new(five9().skill(skill()), agent).rested();
    assert!(scene.call(0).answered() && scene.call(1).answered());
}

#[test]
fn only_g711_is_talked() {
    let policy = |codec| CodecPolicy { codecs: vec![codec], ..CodecPolicy::default() };
    for codec in [CodecName::Opus, CodecName::G722] {
        let call = OutboundCall::new(CALLER, AGENT).codecs(policy(codec));
        let config = five9().rule(OutboundRule::pstn("all"));
        let scene = Scene::new(config, synthflow().outbound(call)).rested();
        assert_eq!(scene.talk(0).outcome, Outcome::Rejected(488));
    }
}

#[test]
fn a_digest_trunk_challenges_and_proves_itself() {
    let account = || Account::new("five9", "secret");
    let realm = String::from("five9.example");
    let digest = Authentication::Digest { account: account(), realm };
    let config = || five9().authentication(digest.clone()).rule(OutboundRule::pstn("all"));
    for transport in TRANSPORTS {
        // Both ways in one scene: Synthflow challenges as well.
        let agent = synthflow()
            .account(account())
            .admission(synthflow::Admission::Digest(407))
            .outbound(OutboundCall::new(CALLER, AGENT));
        let config = config().call(CallPlan::new(AGENT, CALLER));
        let scene = Scene::over(transport, config, agent).rested();
        assert_eq!(scene.call(0).statuses, [407, 100, 180, 200], "{}", scene.ladder());
        assert_eq!(scene.talk(0).statuses, [401, 100, 180, 200]);
        assert!(scene.call(0).audio.exact() && scene.talk(0).audio.exact());
    }
    // Without an account, and with a wrong one.
    let agent = synthflow().outbound(OutboundCall::new(CALLER, AGENT));
    let scene = Scene::new(config(), agent.clone()).rested();
    assert_eq!(scene.talk(0).outcome, Outcome::Rejected(401));
    let scene = Scene::new(config(), agent.account(Account::new("five9", "wrong"))).rested();
    assert_eq!(scene.talk(0).outcome, Outcome::Rejected(401));
}

#[test]
fn an_allow_list_lets_in_whom_it_names() {
    let outcome = |allowed: &str| {
        let list = Authentication::Address(vec![address(allowed).ip()]);
        let config = five9().authentication(list).rule(OutboundRule::pstn("all"));
        let agent = synthflow().outbound(OutboundCall::new(CALLER, AGENT));
        Scene::new(config, agent).rested().talk(0).outcome
    };
    assert_eq!(outcome(&synthflow_address().to_string()), Outcome::HungUp(200));
    assert_eq!(outcome("203.0.113.9:1"), Outcome::Rejected(403));
}

#[test]
fn credentials_make_a_call_over_a_partner_trunk_fail() {
    let mut config = five9().rule(OutboundRule::pstn("all"));
    config.kind = Kind::Partner;
    let with = |name: &str| {
        let call = OutboundCall::new(CALLER, AGENT).header(name, "Digest username=\"x\"");
        Scene::new(config.clone(), synthflow().outbound(call)).rested().talk(0).outcome
    };
    assert_eq!(with("X-Nothing"), Outcome::HungUp(200));
    assert_eq!(with("Authorization"), Outcome::Rejected(403));
    assert_eq!(with("Proxy-Authorization"), Outcome::Rejected(403));
}

#[test]
fn refer_is_refused_unless_a_setting_takes_it() {
    let agent = || synthflow().ending(synthflow::Ending::ColdTransfer("billing_support".into()));
    let config =
        || five9().call(CallPlan::new(AGENT, CALLER)).skill(Skill::new("billing_support", 1));
    let scene = Scene::new(config(), agent()).rested();
    assert_eq!(scene.talk(0).transfer, [405]);
    assert_eq!(scene.call(0).refer_to, None);
    for transport in TRANSPORTS {
        let scene = Scene::over(transport, config().takes_refer(), agent()).rested();
        assert_eq!(scene.talk(0).transfer, [202, 100, 200], "{}", scene.ladder());
        let to = scene.call(0).refer_to.unwrap();
        assert!(to.starts_with("sip:billing_support@"), "{to}");
        assert_eq!(scene.talk(0).outcome, Outcome::HungUp(200));
    }
    let agent = synthflow().ending(synthflow::Ending::ColdTransfer("nobody".into()));
    let scene = Scene::new(config().takes_refer(), agent).rested();
    assert_eq!(scene.talk(0).transfer, [202, 100, 404]);
}

#[test]
fn digits_are_heard_as_telephone_events_of_101() {
    for transport in TRANSPORTS {
        let plan = CallPlan::new(AGENT, CALLER).digits("42#");
        let scene = Scene::over(transport, five9().call(plan), synthflow().digits("9*")).rested();
        assert_eq!(scene.talk(0).digits, "42#", "{}", scene.talk(0));
        assert_eq!(scene.call(0).digits, "9*");
        assert!(scene.talk(0).audio.exact() && scene.call(0).audio.exact());
    }
    let ending = Ending::HangUp(Duration::from_secs(4));
    let plan = CallPlan::new(AGENT, CALLER).digits("42#").ending(ending);
    let agent = synthflow().telephone_event(96).ending(synthflow::Ending::Wait);
    let scene = Scene::new(five9().call(plan), agent).rested();
    assert_eq!(scene.talk(0).digits, "42#", "under the number that the other end chose");
}

#[test]
fn what_a_script_puts_twice_is_there_once() {
    let put = Module::put("X-Team", Value::Text("blue".into()));
    let script = Campaign::new("Support", MAIN).then(put.clone()).then(put);
    let script = script.then(Module::transfer(AGENT));
    let scene = Scene::new(five9().campaign(script).visit(visit()), synthflow()).rested();
    let teams = scene.talk(0).headers.iter().filter(|header| header.name == "X-Team").count();
    assert_eq!(teams, 1);
}

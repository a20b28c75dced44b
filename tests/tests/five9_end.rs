//! A faithful Five9 before our gateway: what its scripts, rules and trunks do comes through.

use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use siptrunk::message::Transport;
use siptrunk::net::{
    BoundListener, Certificate, Driver, NoWorld, Roots, StreamListener, TlsClient, TlsServer,
    UdpListener,
};
use siptrunk::profiles::HandBackBy;
use siptrunk::sim::five9::{
    AgentCall, Authentication, CallPlan, Campaign, Ending, Fault, Five9, Five9Config, Kind, Module,
    OutboundRule, Reached, Skill, Step, Visit, VisitEnd, VisitReport,
};
use siptrunk::sim::{Account, AudioPlan, Outcome, Over, synthflow};
use siptrunk::transaction::Seed;
use siptrunk_tests::scene::{AGENT, address};

use ends::{MAIN, PHONE, Set, Stage, TRANSPORTS};

mod ends;

/// The skill's number.
const SKILL: &str = "+18005550111";

/// A contact centre: the script to the AI agent, a skill with a number, and one caller.
fn centre(transport: Transport) -> Set {
    Set::over(transport).five9(|config| {
        config
            .campaign(Campaign::new("Inbound Support", MAIN).ai_agent(AGENT))
            .skill(Skill::new("billing_support", 2).number(SKILL))
            .visit(Visit::new(PHONE, MAIN))
    })
}

/// What the IVR did with its first caller.
fn visit(stage: &Stage) -> VisitReport {
    let five9: &Five9 = stage.world.node(stage.five9);
    five9.visit_report(0).expect("a caller").clone()
}

fn by(set: Set, hand_back: HandBackBy) -> Set {
    set.trunks(|[five9, synthflow]| [five9.hand_back(hand_back).return_number(SKILL), synthflow])
}

#[test]
fn a_caller_of_the_ivr_meets_the_agent_with_its_context_and_is_handed_back_by_bye() {
    for transport in TRANSPORTS {
        let mut stage = by(centre(transport), HandBackBy::Bye).play(60);
        let (visit, talk) = (visit(&stage), stage.talk(0));
        assert_eq!(visit.end, VisitEnd::Agent("billing_support".into()), "{}", stage.ladder());
        assert_eq!(visit.path.last(), Some(&Step::Returned));
        assert_eq!(visit.from_iva("X-ConversationId"), Some("conv-7f3a9c"));
        assert_eq!(talk.variable("X-CallANI"), Some(PHONE));
        assert_eq!(talk.variable("X-CallCampaign"), Some("Inbound Support"));
        // None came from the script: the gateway writes it from the call's own id.
        let id = talk.variable("X-CallID").map(str::to_owned);
        assert_eq!(talk.external_id(), id);
        assert!(talk.audio.exact() && stage.call(0).audio.exact(), "{talk}");
        stage.assert_over();
    }
}

#[test]
fn a_hand_back_by_invite_reaches_the_live_agent_of_the_skill() {
    for transport in TRANSPORTS {
        let set = by(centre(transport), HandBackBy::Invite).five9(|mut config| {
            // The caller stays and talks on.
            config.visits[0].talk = CallPlan::new("", "")
                .audio(AudioPlan::caller().frames(400))
                .ending(Ending::HangUp(Duration::from_secs(7)));
            config
        });
        let mut stage = set.synthflow(|config| config.talk(Duration::from_secs(1))).play(60);
        let live = stage.call(1);
        let skill = Reached::Agent("billing_support".into());
        assert_eq!(live.reached, Some(skill), "{}", stage.ladder());
        assert!(live.audio.packets_received > 100, "the caller is heard: {live}");
        // The live agent is another source than the AI agent before it.
        let caller = stage.call(0);
        assert!(caller.audio.foreign > 50, "and hears: {caller}\n{}", stage.ladder());
        assert_eq!(stage.call(0).outcome, Outcome::HungUp(200), "one call for the caller");
        assert_eq!(visit(&stage).end, VisitEnd::CallerHungUp);
        stage.assert_over();
    }
}

#[test]
fn an_agents_call_through_an_outbound_rule_meets_the_agent() {
    for transport in TRANSPORTS {
        let set = Set::over(transport).five9(|config| {
            let rule = OutboundRule::trunk("sales to the AI").user_group("Sales");
            let call = AgentCall::new(CallPlan::new(AGENT, MAIN)).user_group("Sales");
            config.rule(rule).agent_call(call)
        });
        let mut stage = set.play(60);
        assert!(stage.call(0).audio.exact(), "{}", stage.ladder());
        assert!(stage.talk(0).audio.exact());
        stage.assert_over();
    }
}

#[test]
fn skill_rules_closing_time_and_overflow_come_through_alike() {
    let to_agent = || vec![Module::transfer(AGENT).returning(), Module::Route];
    let script = || {
        Campaign::new("Support", MAIN)
            .then(Module::WhenClosed(to_agent()))
            .then(Module::ForSkill("invoices".into(), to_agent()))
            .then(Module::Skill("live".into()))
            .then(Module::transfer(AGENT).returning())
            .then(Module::Route)
    };
    let run = |open: bool, skill: &str| {
        let set = Set::over(Transport::Udp).five9(|mut config| {
            config.open = open;
            let config = config.campaign(script()).skill(Skill::new("live", 0));
            config.visit(Visit::new(PHONE, MAIN).skill(skill))
        });
        let mut stage = by(set, HandBackBy::Bye).play(60);
        assert!(stage.talk(0).audio.exact(), "{}", stage.ladder());
        stage.assert_over();
        visit(&stage).path[1].clone()
    };
    assert_eq!(run(false, ""), Step::AfterHours);
    assert_eq!(run(true, "invoices"), Step::SkillRule("invoices".into()));
    assert_eq!(run(true, ""), Step::Overflow("live".into()));
}

#[test]
fn both_prove_themselves_on_a_digest_trunk() {
    for transport in TRANSPORTS {
        let account = || Account::new("five9", "secret");
        let set = centre(transport).five9(|config| {
            let realm = String::from("five9.example");
            let config =
                config.authentication(Authentication::Digest { account: account(), realm });
            config.rule(OutboundRule::pstn("all").prefix("+1"))
        });
        let set = set.trunks(|[five9, synthflow]| {
            [five9.digest("five9", "secret").outbound("five9", "secret"), synthflow]
        });
        let call = synthflow::OutboundCall::new(PHONE, AGENT).start(Duration::from_secs(20));
        let mut stage = by(set, HandBackBy::Bye).synthflow(|config| config.outbound(call)).play(60);
        let (call, out) = (stage.call(0), stage.call(1));
        assert!(call.statuses.contains(&401), "{}", stage.ladder());
        assert_eq!(call.statuses.last(), Some(&200));
        assert!(out.answered(), "{out}\n{}", stage.ladder());
        stage.assert_over();
    }
}

#[test]
fn a_partner_trunk_runs_over_tls_with_numbers_of_any_form() {
    let mut set = centre(Transport::Tls);
    set.five9.kind = Kind::Partner;
    let sip = address("127.0.2.1:5061");
    set.five9.sip = sip;
    let partner = siptrunk::profiles::Five9::partner("127.0.2.1:5061").number(MAIN);
    set.trunks[0] = partner;
    let set = set.five9(|config| config.rule(OutboundRule::pstn("all")));
    let call = synthflow::OutboundCall::new(PHONE, AGENT).start(Duration::from_secs(20));
    let mut stage = set.synthflow(|config| config.outbound(call)).play(60);
    assert_eq!(visit(&stage).end, VisitEnd::Agent("billing_support".into()), "{}", stage.ladder());
    assert!(stage.talk(0).audio.exact() && stage.call(1).audio.exact(), "{}", stage.call(1));
    stage.assert_over();
}

#[test]
fn digits_go_through_both_ways_under_101() {
    for transport in TRANSPORTS {
        let set = by(centre(transport), HandBackBy::Bye).five9(|mut config| {
            config.visits[0].talk = CallPlan::new("", "").digits("42#");
            config
        });
        let mut stage = set.synthflow(|config| config.digits("987654321")).play(60);
        assert_eq!(stage.talk(0).digits, "42#", "{}", stage.ladder());
        assert_eq!(stage.call(0).digits, "987654321");
        stage.assert_over();
    }
}

/// What a fault of the Five9 end leaves of a call.
fn with(fault: Fault) -> Stage {
    let set = by(centre(Transport::Udp), HandBackBy::Bye)
        .five9(|config| config.rule(OutboundRule::pstn("all").prefix("+1")).fault(fault));
    let call = synthflow::OutboundCall::new(PHONE, AGENT).start(Duration::from_secs(20));
    let mut stage = set.synthflow(|config| config.outbound(call)).play(120);
    stage.assert_over();
    stage
}

#[test]
fn what_goes_wrong_at_five9_is_seen_through_the_gateway() {
    let out = |fault| with(fault).talk(0).outcome;
    assert_eq!(out(Fault::NotAllowed), Outcome::Rejected(403));
    assert_eq!(out(Fault::CallerIdRefused), Outcome::Rejected(403));
    assert_eq!(out(Fault::NoOutboundRule), Outcome::Rejected(404));
    assert_eq!(out(Fault::CallsUsedUp), Outcome::Rejected(486));
    assert_eq!(out(Fault::MediaRefused), Outcome::Rejected(488));
    assert!(matches!(out(Fault::Silence), Outcome::Rejected(504 | 408)));
    // The caller's side.
    for fault in [Fault::DialsCustomerNumber, Fault::WithoutPlus] {
        assert_eq!(with(fault).call(0).outcome, Outcome::Rejected(404), "{fault}");
    }
    let stage = with(Fault::DropsAtTransfer);
    assert_eq!(visit(&stage).end, VisitEnd::Dropped);
    let stage = with(Fault::IvrNeverRuns);
    assert_eq!(visit(&stage).end, VisitEnd::NotAnswered);
    let stage = with(Fault::ContextLowerCase);
    assert_eq!(stage.talk(1).variable("x-callani"), Some(PHONE), "the case is kept");
    let stage = with(Fault::XEiUnterminated);
    assert_eq!(stage.talk(1).x_ei(), Some("E.crm456"), "carried as it came");
    let stage = with(Fault::OneWayAudio);
    assert_eq!(stage.talk(1).audio.packets_received, 0);
    assert!(stage.call(0).audio.packets_received > 0);
}

#[test]
fn a_large_invite_is_lost_over_udp_on_a_path_of_1300_octets_and_comes_over_tcp() {
    let large = |transport| {
        let set = Set::over(transport).five9(|config| {
            let plan = CallPlan::new(AGENT, PHONE).header("X-Long", &"x".repeat(700));
            config.call(plan)
        });
        let mut stage = set;
        stage.link = stage.link.mtu(1300);
        stage.play(60).call(0).outcome
    };
    assert_eq!(large(Transport::Udp), Outcome::NoResponse);
    assert_ne!(large(Transport::Tcp), Outcome::NoResponse);
}

/// The listeners of an end at this address: SIP and RTP; and the TLS of its connections.
async fn sockets(
    transport: Transport,
    host: &str,
    authority: &CertifiedIssuer<'static, KeyPair>,
) -> ([BoundListener; 2], TlsClient) {
    let at = address(&format!("{host}:0"));
    let sip = match transport {
        Transport::Udp => UdpListener::bind((host, 0)).await.unwrap().into(),
        Transport::Tcp => StreamListener::tcp(at).unwrap().into(),
        Transport::Tls => {
            let key = KeyPair::generate().unwrap();
            let names = CertificateParams::new([host.to_owned()]).unwrap();
            let chain = names.signed_by(&key, authority).unwrap().pem();
            let key = key.serialize_pem();
            let shown = Certificate::from_pem(chain.as_bytes(), key.as_bytes()).unwrap();
            StreamListener::tls(at, TlsServer::new(shown).unwrap()).unwrap().into()
        }
    };
    let roots = Roots::from_pem(authority.pem().as_bytes()).unwrap();
    let rtp = UdpListener::bind((host, 0)).await.unwrap().into();
    ([sip, rtp], TlsClient::new(roots))
}

#[tokio::test]
async fn both_ends_run_on_real_sockets_alike() {
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
    for transport in TRANSPORTS {
        let over = |host: &str| match transport {
            Transport::Udp => Over::UDP,
            Transport::Tcp => Over::TCP,
            Transport::Tls => Over::tls(host),
        };
        let (here, client) = sockets(transport, "127.0.2.1", &authority).await;
        let (there, trusting) = sockets(transport, "127.0.3.1", &authority).await;
        let [sip, rtp] = here.each_ref().map(BoundListener::local_addr);
        let [far, far_rtp] = there.each_ref().map(BoundListener::local_addr);
        let talk = CallPlan::new("", "").audio(AudioPlan::caller().frames(5));
        let config = Five9Config::new(sip, rtp, far)
            .over(over("127.0.3.1"))
            .campaign(Campaign::new("Inbound Support", MAIN).ai_agent(AGENT))
            .skill(Skill::new("billing_support", 1))
            .visit(Visit::new(PHONE, MAIN).talk(talk));
        let now = Instant::now();
        let core = Five9::new(config, Seed([1; 32]), now);
        let five9 = Driver::new(core, NoWorld, here).tls(client);
        let agent = synthflow::SynthflowConfig::new(far, far_rtp).number(AGENT);
        let agent = agent.over(over("127.0.2.1")).audio(AudioPlan::agent().frames(5));
        let core = synthflow::Synthflow::new(agent, Seed([2; 32]), now);
        let agent = Driver::new(core, NoWorld, there).tls(trusting);
        let (handle, other) = (five9.handle(), agent.handle());
        let ends = [
            tokio::spawn(async { drop(five9.run().await) }),
            tokio::spawn(async { drop(agent.run().await) }),
        ];
        let over = tokio::time::timeout(Duration::from_secs(20), handle.until(Five9::finished));
        over.await.expect("the caller is led somewhere").unwrap();
        let visit = handle.call(|core, _| core.visit_report(0).cloned()).await.unwrap().unwrap();
        assert_eq!(visit.end, VisitEnd::Agent("billing_support".into()), "{transport}: {visit}");
        handle.stop().await;
        other.stop().await;
        for end in ends {
            end.await.unwrap();
        }
    }
}

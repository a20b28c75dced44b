//! Verification against the simulated providers: each thing that can be wrong there yields its own diagnosis.

use std::time::Duration;

use siptrunk::bridge::Symptom;
use siptrunk::bridge::verify::{Check, Plan, Step, Verdict, Verifier, VerifyEvent};
use siptrunk::message::Transport;
use siptrunk::profiles::Synthflow as SynthflowTrunk;
use siptrunk::profiles::{Config, Five9 as Five9Trunk, Listen, MediaPorts, Region, Route, Trunk};
use siptrunk::sim::five9::{
    self, Authentication, CallPlan, Campaign, Five9, Five9Config, OutboundRule, Visit,
};
use siptrunk::sim::synthflow::{self, Admission, Synthflow, SynthflowConfig};
use siptrunk::sim::{Account, Host, HostContext, NoHost, World};
use siptrunk::transaction::{Listener, QuestionId, Target};
use siptrunk::ua::{Answer, Question};
use siptrunk_tests::scene::{AGENT, CALLER, FIVE9, GATEWAY, SYNTHFLOW, address};

const GATEWAY_RTP: &str = "127.0.1.1:20000";
/// A number of the public network.
const PHONE: &str = "+14155550123";
/// The number of the campaign.
const MAIN: &str = "+18005550100";

/// Reads addresses: no name is asked for here.
struct Numeric;

impl Host<Verifier> for Numeric {
    fn ask(&mut self, context: &mut HostContext<Verifier>, id: QuestionId, question: Question) {
        let Question::Resolve(lookup) = question;
        let port = lookup.transport.default_port();
        let hosts = lookup.hosts.iter();
        let targets = hosts.filter_map(|host| {
            let address = (host.host.ip()?, host.port.unwrap_or(port)).into();
            Some(Target { transport: lookup.transport, address, domain: None })
        });
        context.answer(id, Answer::Targets(targets.collect()));
    }

    fn command(&mut self, _: &mut HostContext<Verifier>, command: std::convert::Infallible) {
        match command {}
    }
}

struct Setting {
    five9: Five9Config,
    synthflow: SynthflowConfig,
    trunks: [Trunk; 2],
    plan: Plan,
}

impl Setting {
    fn new() -> Self {
        let gateway = address(GATEWAY);
        let five9 = Five9Config::new(address(FIVE9[0]), address(FIVE9[1]), gateway);
        let synthflow = SynthflowConfig::new(address(SYNTHFLOW[0]), address(SYNTHFLOW[1]));
        Self {
            five9: five9.rule(OutboundRule::pstn("domestic").prefix("+1")),
            synthflow: synthflow.number(AGENT).termination(gateway),
            trunks: [
                Five9Trunk::self_service(FIVE9[0]).number(AGENT),
                SynthflowTrunk::region(Region::Us).host(SYNTHFLOW[0]),
            ],
            plan: Plan::default(),
        }
    }

    /// What is told of each step.
    fn steps(self) -> Vec<Step> {
        let [five9, synthflow] = self.trunks;
        let config = Config::default()
            .listen(Listen::on(Transport::Udp, GATEWAY))
            .media(MediaPorts::range("127.0.1.1", 20_000..=20_009))
            .route(Route::from("five9").to("synthflow"))
            .trunk(five9)
            .trunk(synthflow);
        let mut world = World::new(1);
        let addresses = vec![self.five9.sip, self.five9.rtp];
        let core = Five9::new(self.five9, world.seed_for("five9"), world.now());
        world.add("five9", addresses, core, NoHost);
        let addresses = vec![self.synthflow.sip, self.synthflow.rtp];
        let core = Synthflow::new(self.synthflow, world.seed_for("synthflow"), world.now());
        world.add("synthflow", addresses, core, NoHost);
        let (sip, rtp) = (address(GATEWAY), address(GATEWAY_RTP));
        let (seed, now) = (world.seed_for("gateway"), world.now());
        let verifier =
            Verifier::new(&config, self.plan, vec![Listener::udp(sip)], (1, rtp), &seed, now);
        let verifier = verifier.unwrap_or_else(|findings| panic!("{findings:#?}"));
        let node = world.add("gateway", vec![sip, rtp], verifier, Numeric);
        world.run_for(Duration::from_secs(200));
        if let Err(violations) = world.finish() {
            panic!("the witness saw {violations:#?}\n{}", world.trace().ladder());
        }
        let mut steps = Vec::new();
        let mut events = world.take_events::<Verifier>(node).into_iter();
        for event in events.by_ref() {
            match event {
                VerifyEvent::Step(step) => steps.push(*step),
                _ => break,
            }
        }
        assert_eq!(events.count(), 0, "nothing after the end");
        assert!(world.live(node).is_empty(), "{}", world.live(node));
        steps
    }
}

/// A call to the agent, and what went wrong in it.
fn calling_the_agent(fault: Option<synthflow::Fault>) -> Setting {
    let mut setting = Setting::new();
    setting.plan.trunk = Some("synthflow".into());
    setting.plan.call = Some(AGENT.into());
    setting.synthflow = match fault {
        Some(fault) => setting.synthflow.fault(fault),
        None => setting.synthflow,
    };
    setting
}

/// A call to the public network, and what went wrong in it.
fn calling_out(fault: Option<five9::Fault>) -> Setting {
    let mut setting = Setting::new();
    setting.plan.trunk = Some("five9".into());
    setting.plan.call = Some(PHONE.into());
    setting.five9 = match fault {
        Some(fault) => setting.five9.fault(fault),
        None => setting.five9,
    };
    setting
}

/// A call that comes from Five9, and what went wrong in it.
fn called_by_five9(fault: Option<five9::Fault>) -> Setting {
    let mut setting = Setting::new();
    setting.plan.trunk = Some("five9".into());
    setting.plan.expect = Some("five9".into());
    let start = Duration::from_secs(2);
    let scripted =
        [five9::Fault::IvrNeverRuns, five9::Fault::DropsAtTransfer, five9::Fault::BoxNotTicked];
    setting.five9 = if fault.is_some_and(|fault| scripted.contains(&fault)) {
        let campaign = Campaign::new("Inbound Support", MAIN).ai_agent(AGENT);
        let talk = CallPlan::new("", CALLER).start(start);
        setting.five9.campaign(campaign).visit(Visit::new(CALLER, MAIN).talk(talk))
    } else {
        let plan = CallPlan::new(AGENT, CALLER).header("X-EI", "E.crm456;");
        setting.five9.call(plan.start(start))
    };
    setting.five9 = match fault {
        Some(fault) => setting.five9.fault(fault),
        None => setting.five9,
    };
    setting
}

fn failures(steps: &[Step]) -> Vec<(Check, Symptom)> {
    let failed = steps.iter().filter(|step| step.verdict == Verdict::Failed);
    failed.map(|step| (step.check, step.symptom.expect("a row of the table"))).collect()
}

fn text(steps: &[Step]) -> String {
    steps.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_works_is_ticked_step_by_step() {
    let steps = calling_the_agent(None).steps();
    assert_eq!(failures(&steps), [], "{}", text(&steps));
    let checks: Vec<_> = steps.iter().map(|step| step.check).collect();
    let expected = [
        Check::Names,
        Check::Options,
        Check::Call,
        Check::Context,
        Check::Digits,
        Check::Audio,
        Check::HandBack,
    ];
    assert_eq!(checks, expected, "{}", text(&steps));
    let told = steps.iter().all(|step| (step.verdict == Verdict::Unknown) == step.ask.is_some());
    assert!(told, "{}", text(&steps));

    let steps = calling_out(None).steps();
    assert_eq!(failures(&steps), [], "{}", text(&steps));

    let steps = called_by_five9(None).steps();
    assert_eq!(failures(&steps), [], "{}", text(&steps));
    let context = steps.iter().find(|step| step.check == Check::Context);
    assert!(context.is_some_and(|step| step.evidence.contains("X-CallANI")), "{}", text(&steps));
}

#[test]
fn each_thing_that_can_be_wrong_at_synthflow_has_its_own_diagnosis() {
    use synthflow::Fault;
    let options = (Check::Options, Symptom::NoResponse);
    let rows: &[(Fault, &[(Check, Symptom)])] = &[
        (Fault::NotAllowed, &[(Check::Call, Symptom::Forbidden)]),
        (Fault::WrongRegion, &[(Check::Call, Symptom::Forbidden)]),
        (Fault::NumberNotImported, &[(Check::Call, Symptom::NotFound)]),
        (Fault::Silence, &[options, (Check::Call, Symptom::NoResponse)]),
        (Fault::TimesOut, &[(Check::Call, Symptom::NoResponse)]),
        (Fault::CallsUsedUp, &[(Check::Call, Symptom::Busy)]),
        (Fault::MediaRefused, &[(Check::Call, Symptom::NotAcceptable)]),
        (Fault::OneWayAudio, &[(Check::Audio, Symptom::OneWayAudio)]),
        (Fault::PrivateAddress, &[(Check::Audio, Symptom::OneWayAudio)]),
        (Fault::NoDtmf, &[(Check::Digits, Symptom::NoDigits)]),
        (Fault::ByeWithoutHeaders, &[(Check::HandBack, Symptom::HandBackWithoutHeaders)]),
        // What is lost behind their door, only they can see; the step says whom to ask.
        (Fault::XEiStripped, &[]),
        (Fault::VariablesLowerCase, &[]),
    ];
    for (fault, expected) in rows {
        let steps = calling_the_agent(Some(*fault)).steps();
        assert_eq!(failures(&steps), *expected, "{fault}\n{}", text(&steps));
        for step in steps.iter().filter(|step| step.verdict == Verdict::Failed) {
            assert!(step.diagnosis.is_some(), "{fault}: {step}");
        }
    }
}

#[test]
fn a_registration_that_is_refused_is_a_step_of_its_own() {
    for fault in [synthflow::Fault::RegistrationRefused, synthflow::Fault::WrongCredentials] {
        let mut setting = calling_the_agent(Some(fault));
        setting.plan.call = None;
        let [five9, synthflow] = setting.trunks;
        setting.trunks = [five9, synthflow.outbound("trunk", "secret").register(true)];
        setting.synthflow = setting
            .synthflow
            .registrar(Account::new("trunk", "secret"))
            .admission(Admission::Registered);
        let steps = setting.steps();
        let expected = [(Check::Registration, Symptom::RegistrationRefused)];
        assert_eq!(failures(&steps), expected, "{fault}\n{}", text(&steps));
    }
}

#[test]
fn each_thing_that_can_be_wrong_on_the_way_out_has_its_own_diagnosis() {
    use five9::Fault;
    let options = (Check::Options, Symptom::NoResponse);
    let rows: &[(Fault, &[(Check, Symptom)])] = &[
        (Fault::Silence, &[options, (Check::Call, Symptom::NoResponse)]),
        (Fault::NotAllowed, &[(Check::Call, Symptom::Forbidden)]),
        (Fault::WrongCredentials, &[(Check::Call, Symptom::AuthenticationRefused)]),
        (Fault::CallsUsedUp, &[(Check::Call, Symptom::Busy)]),
        (Fault::MediaRefused, &[(Check::Call, Symptom::NotAcceptable)]),
        (Fault::NoOutboundRule, &[(Check::Call, Symptom::NotFound)]),
        (Fault::CallerIdRefused, &[(Check::Call, Symptom::Forbidden)]),
    ];
    for (fault, expected) in rows {
        let mut setting = calling_out(Some(*fault));
        if *fault == Fault::WrongCredentials {
            let (account, realm) = (Account::new("trunk", "secret"), "five9.example".into());
            setting.five9 = setting.five9.authentication(Authentication::Digest { account, realm });
            setting.trunks = setting.trunks.map(|trunk| trunk.outbound("trunk", "mistyped"));
        }
        let steps = setting.steps();
        assert_eq!(failures(&steps), *expected, "{fault}\n{}", text(&steps));
    }
}

#[test]
fn each_thing_that_can_be_wrong_on_the_way_in_has_its_own_diagnosis() {
    use five9::Fault;
    let rows: &[(Fault, &[(Check, Symptom)])] = &[
        (Fault::DialsCustomerNumber, &[(Check::Number, Symptom::NoRoute)]),
        (Fault::WithoutPlus, &[(Check::Number, Symptom::NoRoute)]),
        (Fault::ContextStripped, &[(Check::Context, Symptom::BadXEi)]),
        (Fault::ContextLowerCase, &[(Check::Context, Symptom::ContextDropped)]),
        (Fault::ContextIllegalName, &[(Check::Context, Symptom::ContextDropped)]),
        (Fault::XEiEscapedTwice, &[(Check::Context, Symptom::BadXEi)]),
        (Fault::XEiUnterminated, &[(Check::Context, Symptom::BadXEi)]),
        (Fault::OneWayAudio, &[(Check::Audio, Symptom::OneWayAudio)]),
        (Fault::PrivateAddress, &[(Check::Audio, Symptom::OneWayAudio)]),
        (Fault::NoDtmf, &[(Check::Digits, Symptom::NoDigits)]),
        // Of these two nothing is seen on the trunk: the advice of the row names both.
        (Fault::IvrNeverRuns, &[(Check::Incoming, Symptom::NeverCalled)]),
        (Fault::DropsAtTransfer, &[(Check::Incoming, Symptom::NeverCalled)]),
        // What the script makes of the BYE, only Five9 can see.
        (Fault::BoxNotTicked, &[]),
        (Fault::CallerHangsUpFirst, &[]),
    ];
    for (fault, expected) in rows {
        let steps = called_by_five9(Some(*fault)).steps();
        assert_eq!(failures(&steps), *expected, "{fault}\n{}", text(&steps));
    }
}

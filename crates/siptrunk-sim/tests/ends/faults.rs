//! Every fault of both ends, by what can be seen of it: each shows something, and something else than
//! every other one.
//!
//! The tables are compared with `tests/data/*_faults.txt`. Where a change is meant, run these tests with
//! `SIPTRUNK_BLESS=1` to write the new ones, and read the difference.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, time::Duration};

use siptrunk_sim::{
    Account, Outcome, UnknownFault,
    five9::{self, Authentication, Campaign, Module, OutboundRule, Skill, Value, Visit},
    synthflow::{self, OutboundCall, Registration},
};

use crate::scene::{
    AGENT, CALLER, MAIN, Scene, address, five9, five9_address, synthflow, synthflow_address,
};

/// When the agent calls out: after all that came in is over.
const OUT: Duration = Duration::from_secs(40);

/// What can be seen, by what it is about.
type Seen = BTreeMap<&'static str, String>;

fn script() -> Campaign {
    Campaign::new("Support", MAIN)
        .then(Module::put("X-EI", Value::Text("E.crm456;".into())))
        .then(Module::put("X-CallANI", Value::Ani))
        .then(Module::transfer(AGENT).returning())
        .then(Module::Route)
}

fn account() -> Account {
    Account::new("five9", "secret")
}

/// A Five9 that uses everything.
fn five9_of_all() -> five9::Five9Config {
    let realm = String::from("five9.example");
    let mut visit = Visit::new(CALLER, MAIN);
    visit.talk.digits = "12".into();
    visit.talk.longest = Duration::from_secs(8);
    five9()
        .authentication(Authentication::Digest { account: account(), realm })
        .campaign(script())
        .skill(Skill::new("billing_support", 1))
        .visit(visit)
        .rule(OutboundRule::pstn("all").prefix("+1"))
}

/// A Synthflow that uses everything.
fn synthflow_of_all() -> synthflow::SynthflowConfig {
    synthflow()
        .account(account())
        .admission(synthflow::Admission::Digest(401))
        .registrar(account())
        .digits("34")
        .outbound(OutboundCall::new(CALLER, AGENT).start(OUT))
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::HungUp(_) | Outcome::HungUpByPeer => "answered".into(),
        other => other.to_string(),
    }
}

/// The reason phrase of the last refusal that is no challenge, of those that this end sent.
fn reason(scene: &Scene, from: std::net::SocketAddr) -> String {
    let lines = scene.world.trace().sip().filter(|entry| entry.from == from);
    let lines = lines.filter_map(|entry| entry.first_line().strip_prefix("SIP/2.0 4"));
    let last = lines.filter(|line| !line.starts_with("01")).last();
    last.map(|line| format!(" {}", &line[3..])).unwrap_or_default()
}

/// What is seen of the Five9: on the trunk, and by its own people.
fn seen_of_five9(fault: Option<five9::Fault>) -> Seen {
    let mut config = five9_of_all();
    config.fault = fault;
    let scene = Scene::new(config, synthflow_of_all()).run(120);
    let mut seen = Seen::new();
    let visit = scene.end().visit_report(0).unwrap();
    seen.insert("the visit", format!("{:?}", visit.end));
    seen.insert("the IVR", if visit.path.is_empty() { "never ran" } else { "ran" }.into());
    let reports = scene.agent().reports();
    seen.insert("a call out", said(&reports[0].outcome) + &reason(&scene, five9_address()));
    let Some(talk) = reports.get(1) else {
        let sent = scene.call(0).statuses;
        seen.insert("a call in", if sent.is_empty() { "none".into() } else { format!("{sent:?}") });
        return seen;
    };
    seen.insert("a call in", said(&talk.outcome));
    seen.insert("who hung up", talk.outcome.to_string());
    seen.insert("the number", talk.dialed.clone());
    seen.insert("the external id", talk.external_id().unwrap_or_default());
    let names: Vec<&str> = talk.context().map(|header| header.name.as_str()).collect();
    seen.insert("the context", names.join(" "));
    seen.insert("variables", talk.variables().count().to_string());
    seen.insert("X-EI", talk.x_ei().unwrap_or_default().to_owned());
    seen.insert("audio of the other side", (talk.audio.packets_received > 0).to_string());
    seen.insert("own audio there", (scene.call(0).audio.packets_received > 0).to_string());
    seen.insert("digits", format!("{} {}", talk.digits, scene.call(0).digits));
    seen
}

fn seen_of_synthflow(fault: Option<synthflow::Fault>) -> Seen {
    let mut config = synthflow_of_all();
    config.fault = fault;
    let scene = Scene::new(five9_of_all(), config).run(120);
    let mut seen = Seen::new();
    let call = scene.call(0);
    seen.insert("a call in", said(&call.outcome) + &reason(&scene, synthflow_address()));
    seen.insert("handed back", call.hand_back().count().to_string());
    seen.insert("audio of the other side", (call.audio.packets_received > 0).to_string());
    let talk = scene.agent().reports().into_iter().nth(1).unwrap_or_default();
    seen.insert("own audio there", (talk.audio.packets_received > 0).to_string());
    seen.insert("digits", format!("{} {}", call.digits, talk.digits));
    seen.insert("the external id", talk.external_id().unwrap_or_default());
    seen.insert("a variable", talk.variable("X-CallANI").unwrap_or_default().to_owned());
    seen.insert("variables", talk.variables().count().to_string());
    seen.insert("a call out", said(&scene.talk(0).outcome));
    seen.insert("a registration", registration(fault));
    seen
}

/// What a REGISTER of the other side gets.
fn registration(fault: Option<synthflow::Fault>) -> String {
    let mut config = synthflow().registrar(account());
    config.fault = fault;
    let [sip, rtp] = ["127.0.4.1:32681", "127.0.4.1:4000"].map(address);
    let client = synthflow::SynthflowConfig::new(sip, rtp)
        .registers(Registration::new(config.sip, account()));
    let mut world = siptrunk_sim::World::new(3);
    for (name, config) in [("registrar", config), ("client", client)] {
        let at = vec![config.sip, config.rtp];
        let core = synthflow::Synthflow::new(config, world.seed_for(name), world.now());
        world.add(name, at, core, siptrunk_sim::NoHost);
    }
    world.run_for(Duration::from_secs(20));
    let lines = world.trace().sip().map(siptrunk_sim::TraceEntry::first_line);
    lines.filter(|line| line.starts_with("SIP/2.0 ")).last().unwrap_or("nothing").to_owned()
}

/// What differs from a trunk without faults, one line a fault.
fn table(healthy: &Seen, faults: impl Iterator<Item = (&'static str, Seen)>) -> String {
    let mut table = String::new();
    for (name, seen) in faults {
        let other = seen.iter().filter(|(what, how)| healthy.get(*what) != Some(how));
        let other: Vec<String> = other.map(|(what, how)| format!("{what}: {how}")).collect();
        writeln!(table, "{name}: {}", other.join("; ")).unwrap();
    }
    table
}

fn assert_kept(name: &str, healthy: &Seen, table: &str) {
    let mut text = String::from("Without a fault:\n");
    for (what, how) in healthy {
        writeln!(text, "  {what}: {how}").unwrap();
    }
    write!(text, "\nWhat is another way with each fault:\n{table}").unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    if std::env::var_os("SIPTRUNK_BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let known = std::fs::read_to_string(&file).unwrap();
    assert!(known == text, "the table is another one now (see the head of this file):\n{text}");
}

fn assert_told_apart(table: &str) {
    let shows: Vec<&str> = table.lines().map(|line| line.split_once(": ").unwrap().1).collect();
    for (place, line) in table.lines().enumerate() {
        let show = shows[place];
        assert!(!show.is_empty(), "{line} shows nothing");
        assert_eq!(shows.iter().filter(|other| **other == show).count(), 1, "{line}");
    }
}

#[test]
fn every_fault_of_five9_shows_on_the_trunk_and_no_two_alike() {
    let healthy = seen_of_five9(None);
    let faults = five9::Fault::ALL.iter().map(|fault| (fault.name(), seen_of_five9(Some(*fault))));
    let table = table(&healthy, faults);
    assert_told_apart(&table);
    assert_kept("five9_faults.txt", &healthy, &table);
}

#[test]
fn every_fault_of_synthflow_shows_on_the_trunk_and_no_two_alike() {
    let healthy = seen_of_synthflow(None);
    let all = synthflow::Fault::ALL.iter();
    let faults = all.map(|fault| (fault.name(), seen_of_synthflow(Some(*fault))));
    let table = table(&healthy, faults);
    assert_told_apart(&table);
    assert_kept("synthflow_faults.txt", &healthy, &table);
}

#[test]
fn faults_are_known_by_name() {
    for fault in five9::Fault::ALL {
        assert_eq!(fault.to_string().parse(), Ok(*fault));
        assert!(!fault.symptom().is_empty());
    }
    for fault in synthflow::Fault::ALL {
        assert_eq!(fault.to_string().parse(), Ok(*fault));
        assert!(!fault.symptom().is_empty());
    }
    let error: UnknownFault = "no-such".parse::<five9::Fault>().unwrap_err();
    assert!(error.to_string().starts_with("no fault is called no-such; there are silence, "));
}

//! The Synthflow end: regions, numbers, registration both ways, variables, and how agents call out.

use std::time::Duration;

use siptrunk_message::Transport;
use siptrunk_sim::{
    Account, Outcome,
    five9::{CallPlan, Ending, OutboundRule},
    synthflow::{
        self, Admission, Event, ExpiresOutOfRange, OutboundCall, Region, Registration, Synthflow,
    },
};

use crate::scene::{AGENT, CALLER, Scene, address, five9, five9_address, synthflow};

const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

fn plan() -> CallPlan {
    CallPlan::new(AGENT, CALLER)
}

/// Two Synthflows: what one registers with the other shows both sides at once.
fn registering(client: Registration, registrar: synthflow::SynthflowConfig) -> Pair {
    Pair::new(Transport::Udp, client, registrar)
}

struct Pair {
    world: siptrunk_sim::World,
    client: siptrunk_sim::NodeId,
    server: siptrunk_sim::NodeId,
}

impl Pair {
    fn new(
        transport: Transport,
        registration: Registration,
        registrar: synthflow::SynthflowConfig,
    ) -> Self {
        let [sip, rtp] = ["127.0.4.1:32681", "127.0.4.1:4000"].map(address);
        let over = |peer: std::net::SocketAddr| match transport {
            Transport::Udp => siptrunk_sim::Over::UDP,
            Transport::Tcp => siptrunk_sim::Over::TCP,
            Transport::Tls => siptrunk_sim::Over::tls(&peer.ip().to_string()),
        };
        let client = synthflow::SynthflowConfig::new(sip, rtp).registers(registration);
        let client = client.over(over(registrar.sip));
        let registrar = registrar.over(over(sip));
        let mut world = siptrunk_sim::World::new(3);
        let mut add = |name: &str, config: synthflow::SynthflowConfig| {
            let at = vec![config.sip, config.rtp];
            let core = Synthflow::new(config, world.seed_for(name), world.now());
            let node = world.add(name, at.clone(), core, siptrunk_sim::NoHost);
            if transport.is_reliable() {
                world.listen(node, transport, at[0]);
                world.certify(node, &[&at[0].ip().to_string()]);
            }
            node
        };
        let (server, client) = (add("registrar", registrar), add("client", client));
        Self { world, client, server }
    }

    fn run(&mut self, seconds: u64) {
        self.world.run_for(Duration::from_secs(seconds));
    }

    fn holds(&self) -> (bool, bool) {
        let now = self.world.now();
        let client: &Synthflow = self.world.node(self.client);
        let server: &Synthflow = self.world.node(self.server);
        (client.is_registered(now), server.has_registration(now))
    }

    fn told(&mut self) -> (Vec<u16>, Vec<u32>) {
        let (client, server) = (self.client, self.server);
        let statuses = self.world.take_events::<Synthflow>(client).into_iter();
        let statuses = statuses.filter_map(|event| match event {
            Event::Registered { status } => Some(status),
            _ => None,
        });
        let bound = self.world.take_events::<Synthflow>(server).into_iter();
        let bound = bound.filter_map(|event| match event {
            Event::Bound { expires } => Some(expires),
            _ => None,
        });
        (statuses.collect(), bound.collect())
    }

    fn statuses_on_the_wire(&self) -> Vec<String> {
        let lines = self.world.trace().sip().map(siptrunk_sim::TraceEntry::first_line);
        let status = |line: &str| line.strip_prefix("SIP/2.0 ").map(|rest| rest[..3].to_owned());
        lines.filter_map(status).collect()
    }
}

fn account() -> Account {
    Account::new("trunk", "secret")
}

fn to_registrar() -> Registration {
    Registration::new(synthflow().sip, account())
}

#[test]
fn a_registration_proves_itself_lasts_and_is_refreshed() {
    for transport in TRANSPORTS {
        let mut pair = Pair::new(transport, to_registrar(), synthflow().registrar(account()));
        pair.run(1);
        assert_eq!(pair.holds(), (true, true), "{}", pair.world.trace().ladder());
        assert_eq!(pair.told(), (vec![200], vec![300]));
        assert_eq!(pair.statuses_on_the_wire(), ["401", "200"]);
        // 300 seconds: refreshed at 240 and at 480, and never over in between.
        for _ in 0..50 {
            pair.run(10);
            assert_eq!(pair.holds(), (true, true));
        }
        assert_eq!(pair.told(), (vec![200, 200], vec![300, 300]));
        let now = pair.world.now();
        let client = pair.client;
        pair.world.with(client, |end: &mut Synthflow, _| end.unregister(now));
        pair.run(1);
        assert_eq!(pair.holds(), (false, false));
        assert_eq!(pair.told(), (vec![200], vec![0]));
        pair.world.finish().expect("the witness is content");
    }
}

#[test]
fn a_form_takes_60_to_3600_seconds_and_a_registrar_no_less() {
    assert_eq!(to_registrar().expires(59).unwrap_err(), ExpiresOutOfRange(59));
    assert_eq!(to_registrar().expires(3601).unwrap_err(), ExpiresOutOfRange(3601));
    for seconds in [60, 3600] {
        let client = to_registrar().expires(seconds).unwrap();
        let mut pair = registering(client, synthflow().registrar(account()));
        pair.run(1);
        assert_eq!(pair.told().1, [seconds]);
    }
}

/// A REGISTER as a peer would send it, to a registrar that lets everybody in once proved.
fn refused_with(expires: &str, contact: &str) -> (String, Option<String>) {
    let from = "127.0.1.1:5060";
    let config = synthflow().registrar(Account::new("trunk", "secret"));
    let to = config.sip;
    let mut world = siptrunk_sim::World::new(5);
    let at = vec![config.sip, config.rtp];
    let core = Synthflow::new(config, world.seed_for("s"), world.now());
    world.add("synthflow", at, core, siptrunk_sim::NoHost);
    let register = |cseq: u32, proof: &str| {
        format!(
            "REGISTER sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{cseq};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:trunk@{to}>;tag=1\r\nTo: <sip:trunk@{to}>\r\n\
             Call-ID: r\r\nCSeq: {cseq} REGISTER\r\nContact: {contact}\r\n{expires}{proof}\
             Content-Length: 0\r\n\r\n"
        )
    };
    world.inject(address(from), to, register(1, ""));
    world.run_for(Duration::from_millis(100));
    let challenge = |world: &siptrunk_sim::World| {
        let bytes = world.trace().sip().last().unwrap().bytes.clone();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.map(|line| line[name.len()..].trim().to_owned())
    };
    let asked = field(&challenge(&world), "WWW-Authenticate:").unwrap();
    let mut client = siptrunk_digest::Client::new(siptrunk_digest::Account::new("trunk", "secret"));
    let uri = format!("sip:{to}");
    let request = siptrunk_digest::Request { method: "REGISTER", uri: &uri, body: b"" };
    let mut attempts = siptrunk_digest::Attempts::new();
    let fields = [asked.as_bytes()];
    let proof = client.respond(&mut attempts, fields, &request, "abcdef0123456789").unwrap();
    world.inject(address(from), to, register(2, &format!("Authorization: {proof}\r\n")));
    world.run_for(Duration::from_millis(100));
    let answer = challenge(&world);
    world.finish().expect("the witness is content");
    let shown = field(&answer, "Min-Expires:").or_else(|| field(&answer, "Contact:"));
    (answer.lines().next().unwrap_or_default().to_owned(), shown)
}

#[test]
fn a_registrar_says_423_below_a_minute_and_bounds_an_hour() {
    let contact = "<sip:trunk@127.0.1.1:5060>";
    let brief = ("SIP/2.0 423 Interval Too Brief".to_owned(), Some("60".to_owned()));
    assert_eq!(refused_with("Expires: 59\r\n", contact), brief);
    assert_eq!(refused_with("", &format!("{contact};expires=1")), brief);
    let bound =
        |seconds| ("SIP/2.0 200 OK".to_owned(), Some(format!("{contact};expires={seconds}")));
    assert_eq!(refused_with("Expires: 60\r\n", contact), bound(60));
    assert_eq!(refused_with("Expires: 7200\r\n", contact), bound(3600));
    assert_eq!(refused_with("", contact), bound(300));
    // The parameter wins over the field (RFC 3261 10.2.1.1).
    assert_eq!(refused_with("Expires: 59\r\n", &format!("{contact};expires=90")), bound(90));
    assert_eq!(refused_with("Expires: 0\r\n", contact), ("SIP/2.0 200 OK".into(), None));
    assert_eq!(refused_with("Expires: 0\r\n", "*"), ("SIP/2.0 200 OK".into(), None));
    assert_eq!(refused_with("Expires: 60\r\n", "*"), ("SIP/2.0 400 Bad Request".into(), None));
}

#[test]
fn a_name_of_its_own_may_prove_a_registration() {
    let client = Registration::new(synthflow().sip, account()).username("trunk-17");
    let mut pair = registering(client, synthflow().registrar(account()));
    pair.run(1);
    assert_eq!(pair.holds(), (true, true));
    let register = pair.world.trace().sip().next().unwrap().bytes.clone();
    assert!(String::from_utf8_lossy(&register).contains("To: <sip:trunk-17@"));
}

#[test]
fn a_wrong_password_is_refused_and_tried_again_later() {
    let wrong = Registration::new(synthflow().sip, Account::new("trunk", "wrong"));
    let mut pair = registering(wrong, synthflow().registrar(account()));
    pair.run(70);
    assert_eq!(pair.holds(), (false, false));
    let (statuses, bound) = pair.told();
    assert_eq!((statuses, bound), (vec![401; 3], vec![]));
    pair.world.finish().expect("the witness is content");
}

#[test]
fn a_registered_peer_may_call_and_is_called_where_it_registered() {
    let server = synthflow().registrar(account()).admission(Admission::Registered);
    let mut pair = Pair::new(Transport::Tcp, to_registrar(), {
        let mut server =
            server.outbound(OutboundCall::new("+1999", AGENT).start(Duration::from_secs(1)));
        server.termination = None;
        server
    });
    pair.run(30);
    // The client has no such number: that it says so shows that it was called.
    let report = pair.world.node::<Synthflow>(pair.server).report(0).unwrap();
    assert_eq!(report.outcome, Outcome::Rejected(404), "{report}");
    // And one that never registered is not let in.
    let config = five9().call(plan());
    let agent = synthflow().registrar(account()).admission(Admission::Registered);
    assert_eq!(Scene::new(config, agent).rested().call(0).outcome, Outcome::Rejected(403));
}

#[test]
fn a_registration_lets_in_the_address_that_it_came_from_and_no_other() {
    let server = synthflow().registrar(account()).admission(Admission::Registered);
    let to = server.sip;
    for (from, lets_in) in [("127.0.4.1:32681", true), ("127.0.5.1:5060", false)] {
        let mut pair = registering(to_registrar(), server.clone());
        pair.run(1);
        let invite = format!(
            "INVITE sip:{AGENT}@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKi;rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:{AGENT}@{to}>\r\n\
             Call-ID: o\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{from}>\r\n\
             Content-Length: 0\r\n\r\n"
        );
        pair.world.inject(address(from), to, invite);
        pair.run(1);
        let refused = pair.statuses_on_the_wire().contains(&"403".to_owned());
        assert_eq!(refused, !lets_in, "from {from}");
    }
}

#[test]
fn a_number_works_once_it_is_attached_and_a_while_has_passed() {
    let agent = synthflow().unattached("+12065550000");
    let mut scene = Scene::new(five9(), agent);
    let dial = |scene: &mut Scene| {
        let plan = CallPlan::new("+12065550000", CALLER);
        let call = scene
            .world
            .with(scene.five9, |end: &mut siptrunk_sim::five9::Five9, now| end.dial(now, plan));
        scene.world.run_for(Duration::from_secs(20));
        scene.call(call).statuses.last().copied()
    };
    assert_eq!(dial(&mut scene), Some(404));
    scene.world.with(scene.synthflow, |end: &mut Synthflow, now| end.attach(now, "+12065550000"));
    assert_eq!(dial(&mut scene), Some(404), "too early");
    scene.world.run_for(Duration::from_secs(80));
    assert_eq!(dial(&mut scene), Some(200));
}

#[test]
fn only_the_workspaces_region_is_answered() {
    let agent = synthflow().region(Region::Us);
    let asks = |uri: &str| {
        let mut scene = Scene::new(five9(), agent.clone());
        let invite = format!(
            "INVITE {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKx;rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:a@x>;tag=1\r\nTo: <{uri}>\r\nCall-ID: o\r\n\
             CSeq: 1 INVITE\r\nContact: <sip:a@{from}>\r\nContent-Length: 0\r\n\r\n",
            from = five9_address()
        );
        scene.world.witness_mut().excuse(five9_address());
        scene.world.inject(five9_address(), agent.sip, invite);
        scene.world.run_for(Duration::from_secs(1));
        let lines = scene.world.trace().sip().map(siptrunk_sim::TraceEntry::first_line);
        let line = lines.filter(|line| line.starts_with("SIP/2.0 ")).last().unwrap_or_default();
        line.to_owned()
    };
    assert_eq!(asks("sip:+12065551234@sip.us.synthflow.ai:32681"), "SIP/2.0 200 OK");
    assert_eq!(asks("sip:+12065551234@127.0.3.1:32681"), "SIP/2.0 200 OK");
    assert_eq!(asks("sip:+12065551234@sip.eu.synthflow.ai:32681"), "SIP/2.0 403 Wrong Region");
    let ports = [Transport::Udp, Transport::Tls].map(|transport| Region::Eu.port(transport));
    assert_eq!(ports, [32_681, 32_682]);
}

#[test]
fn an_invite_is_read_by_the_published_rules() {
    let plan = plan()
        .header("X-EI", "S.abc123;E.crm456;O.+15551234567;")
        .header("X-Customer-Name", "Jane Doe")
        .header("x-language", "es")
        .header("X-Call.ANI", "no variable");
    let talk = Scene::new(five9().call(plan), synthflow()).rested().talk(0);
    assert_eq!(talk.external_id().as_deref(), Some("crm456"));
    assert_eq!(talk.synthflow_call_id().as_deref(), Some("abc123"));
    assert_eq!(talk.original_caller().as_deref(), Some("+15551234567"));
    assert_eq!(talk.variable("X-Customer-Name"), Some("Jane Doe"));
    assert_eq!(talk.variable("x-customer-name"), None);
    assert_eq!(talk.variable("x-language"), Some("es"));
    assert_eq!(talk.variable("X-Call.ANI"), None);
    // Without the token, Diversion says who called at first: the plan's own.
    let talk = Scene::new(five9().call(self::plan()), synthflow()).rested().talk(0);
    assert_eq!(talk.original_caller().as_deref(), Some("+18005550100"));
}

#[test]
fn an_agent_calls_from_numbers_of_its_own_only_and_by_the_proxy_first() {
    let outcome = |agent: synthflow::SynthflowConfig| {
        let config = five9().rule(OutboundRule::pstn("all"));
        let scene = Scene::new(config, agent).rested();
        let to = scene.world.trace().sip().next().map(|entry| entry.first_line().to_owned());
        (scene.talk(0).outcome, to.unwrap_or_default())
    };
    let call = OutboundCall::new(CALLER, "+19998887777");
    let (not_sent, _) = outcome(synthflow().outbound(call));
    assert_eq!(not_sent, Outcome::NotSent("+19998887777 is attached to no agent".into()));
    let call = || OutboundCall::new(CALLER, AGENT);
    // The host of the Request-URI is the termination URI's, whatever the proxy.
    let elsewhere = address("203.0.113.7:5060");
    let agent = synthflow().outbound(call()).termination(elsewhere).outbound_proxy(five9_address());
    let (sent, line) = outcome(agent);
    assert_eq!(sent, Outcome::HungUp(200));
    assert_eq!(line, format!("INVITE sip:{CALLER}@{elsewhere} SIP/2.0"));
    let mut agent = synthflow().outbound(call());
    agent.termination = None;
    assert_eq!(outcome(agent).0, Outcome::NotSent("there is no termination URI".into()));
}

#[test]
fn digits_go_by_info_as_well() {
    let plan = plan().ending(Ending::HangUp(Duration::from_secs(4)));
    let agent = synthflow().ending(synthflow::Ending::Wait);
    let mut scene = Scene::new(five9().call(plan), agent).run(1);
    scene.world.with(scene.synthflow, |end: &mut Synthflow, now| {
        end.press(now, 0, '7');
        end.press(now, 0, '#');
    });
    let scene = scene.rested();
    assert_eq!(scene.call(0).digits, "7#");
}

#[test]
fn the_plans_calls_are_a_bound() {
    let calls = (0..2).map(|_| plan()).fold(five9(), siptrunk_sim::five9::Five9Config::call);
    let scene = Scene::new(calls, synthflow().max_calls(1).full_status(480)).rested();
    assert!(scene.call(0).answered());
    assert_eq!(scene.call(1).outcome, Outcome::Rejected(480));
}

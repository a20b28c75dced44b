//! The registrar (RFC 3261 10.3): tables of what is taken and refused, and programs of random
//! requests beside a model.

mod wire;

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;
use siptrunk_message::{HeaderName, StatusCode, Uri};
use siptrunk_transaction::{
    Core, FlowEvent, FlowId, Listener, Received, Seed, TransactionLayer, TransportError,
};
use siptrunk_ua::{
    Aor, Destination, Event, Registrar, RegistrarEvent, RegistrarLimits, Reply, UaError,
    UnboundCause,
};
use wire::{ALICE, BOB, World, address, header, label_of, request, response};

const DOMAIN: &str = "trunk.example";

/// A registrar at Alice's address, whoever registers by script.
struct Office {
    world: World,
    owned: Vec<Aor>,
    branch: u32,
}

/// A REGISTER of a scripted trunk.
struct Register<'a> {
    uri: &'a str,
    to: &'a str,
    call_id: &'a str,
    cseq: u32,
    rest: &'a str,
}

impl Default for Register<'_> {
    fn default() -> Self {
        Self {
            uri: "sip:trunk.example",
            to: "sip:pbx@trunk.example",
            call_id: "c1",
            cseq: 1,
            rest: "",
        }
    }
}

impl Register<'_> {
    fn text(&self, from: &str, transport: &str, branch: u32) -> String {
        let Self { uri, to, call_id, cseq, rest } = self;
        format!(
            "REGISTER {uri} SIP/2.0\nVia: SIP/2.0/{transport} {from};branch=z9hG4bKreg{branch};rport\n\
             Max-Forwards: 70\nFrom: <{to}>;tag=f{branch}\nTo: <{to}>\nCall-ID: {call_id}\n\
             CSeq: {cseq} REGISTER\n{rest}Content-Length: 0\n\n"
        )
    }
}

fn pbx() -> Aor {
    Aor::new("pbx", DOMAIN.parse().unwrap())
}

impl Office {
    fn new() -> Self {
        Self::with(RegistrarLimits::default())
    }

    fn with(limits: RegistrarLimits) -> Self {
        let mut world = World::new();
        world.add(ALICE, 1, |config| {
            config.registrar = Some(limits);
            let tcp = Listener {
                transport: siptrunk_message::Transport::Tcp,
                ..Listener::udp(address(ALICE))
            };
            config.transaction.listeners.push(tcp);
        });
        Self { world, owned: vec![pbx()], branch: 0 }
    }

    /// Lets the registrar answer the REGISTER that has just arrived, unless a rule of 8.2 stood in
    /// its way; other events wait.
    fn judge(&mut self) -> Option<StatusCode> {
        let events = &mut self.world.nodes[0].events;
        let at = events.iter().position(|event| matches!(event, Event::Request { .. }));
        let Some(Event::Request { transaction, .. }) = events.remove(at?) else { return None };
        let (now, owned) = (self.world.now, self.owned.clone());
        Some(self.world.ua(0).answer_register(now, transaction, &owned).expect("an answer"))
    }

    /// Sends a REGISTER from here over UDP, and gives its response.
    fn send(&mut self, from: &str, register: &Register<'_>) -> Bytes {
        self.branch += 1;
        self.world.say(from, 0, &register.text(from, "UDP", self.branch));
        let status = self.judge();
        let answer = self.world.receive(from);
        assert!(status.is_none_or(|status| status == response(&answer).status()));
        answer
    }

    /// As [`send`](Self::send), from Bob's address, with these fields and a CSeq that rises.
    fn ask(&mut self, rest: &str) -> Bytes {
        let cseq = self.branch + 1;
        self.send(BOB, &Register { cseq, rest, ..Register::default() })
    }

    fn status(&mut self, rest: &str) -> u16 {
        response(&self.ask(rest)).status().code()
    }

    /// Sends a REGISTER over a connection.
    fn over(&mut self, flow: u64, register: &Register<'_>) -> StatusCode {
        self.branch += 1;
        let text = register.text("192.0.2.77:1024", "TCP", self.branch).replace('\n', "\r\n");
        let received = Received {
            flow: FlowId::Connection(flow),
            transport: siptrunk_message::Transport::Tcp,
            local: address(ALICE),
            remote: address("192.0.2.77:40000"),
            identity: None,
            bytes: text.into(),
        };
        let now = self.world.now;
        self.world.ua(0).handle_input(now, received);
        self.drain_events();
        let status = self.judge().expect("a REGISTER");
        while self.world.ua(0).poll_transmit().is_some() {}
        self.drain_events();
        status
    }

    fn drain_events(&mut self) {
        let node = &mut self.world.nodes[0];
        node.events.extend(std::iter::from_fn(|| node.ua.poll_event()));
    }

    fn close(&mut self, flow: u64) {
        let (now, flow) = (self.world.now, FlowId::Connection(flow));
        let reason = TransportError::Closed;
        self.world.ua(0).handle_flow(now, FlowEvent::Closed { flow, reason });
    }

    /// The bound URIs, best first.
    fn bound(&mut self) -> Vec<String> {
        let registrar = self.world.ua(0).registrar().expect("a registrar");
        registrar.bindings(&pbx()).iter().map(|it| it.contact().as_str().to_owned()).collect()
    }

    fn destination(&mut self) -> Option<Destination> {
        self.world.ua(0).registrar().expect("a registrar").destination(&pbx())
    }

    fn news(&mut self) -> RegistrarEvent {
        match self.world.event(0) {
            Event::Registrar(event) => event,
            other => panic!("{other:?}"),
        }
    }
}

/// The Contacts that a response lists.
fn listed(answer: &Bytes) -> Vec<String> {
    let answer = response(answer);
    let all = answer.headers().raw_all(&HeaderName::CONTACT);
    all.map(|value| String::from_utf8(value.to_vec()).unwrap()).collect()
}

// ---- who may register what

// RFC 3261 10.3 steps 1, 4 and 5: by default nothing is anybody's.
#[test]
fn spellings_of_an_address_of_record_and_what_only_looks_like_it() {
    let table: [(&str, &str, u16); 15] = [
        ("sip:trunk.example", "sip:pbx@trunk.example", 200),
        ("sip:TRUNK.example:5060", "sip:pbx@Trunk.Example", 200),
        ("sip:trunk.example", "sip:%70bx@trunk.example;transport=tcp;user=phone", 200),
        ("sip:trunk.example", "SIP:pbx@trunk.example", 200),
        ("sip:trunk.example", "sip:PBX@trunk.example", 403),
        ("sip:trunk.example", "sip:pbx@evil.example", 403),
        ("sip:trunk.example", "sip:pbx%40trunk.example@evil.example", 403),
        ("sip:trunk.example", "sip:pbx:secret@trunk.example", 403),
        ("sip:trunk.example", "sip:trunk.example", 403),
        ("sip:trunk.example", "sips:pbx@trunk.example", 403),
        ("sip:trunk.example", "sip:pbx@trunk.example:5070", 403),
        ("sip:trunk.example", "sip:pbx%00@trunk.example", 403),
        ("sip:trunk.example", "tel:863-1234;phone-context=trunk.example", 400),
        ("sip:trunk.example", "tel:+12065550100", 400),
        ("sip:evil.example", "sip:pbx@trunk.example", 404),
    ];
    for (uri, to, expected) in table {
        let mut office = Office::new();
        let rest = "Contact: <sip:pbx@192.0.2.4>\n";
        let answer = office.send(BOB, &Register { uri, to, rest, ..Register::default() });
        let status = response(&answer).status().code();
        assert_eq!(status, expected, "REGISTER {uri}, To {to}");
        assert_eq!(office.bound().len(), usize::from(expected == 200), "{to}");
        assert!(expected == 200 || listed(&answer).is_empty(), "{to}");
    }
}

#[test]
fn who_has_proven_nothing_binds_nothing() {
    let mut office = Office::new();
    office.owned.clear();
    let refused = office.ask("Contact: <sip:pbx@192.0.2.4>\n");
    assert!(refused.starts_with(b"SIP/2.0 403 Forbidden\r\n"), "{refused:?}");
    office.owned = vec![Aor::new("other", DOMAIN.parse().unwrap())];
    assert_eq!(office.status("Contact: <sip:pbx@192.0.2.4>\n"), 403);
    assert_eq!(office.status("Contact: *\nExpires: 0\n"), 403);
    assert_eq!(office.status(""), 403, "nor is told who else is bound");
    assert!(office.bound().is_empty());
    office.world.assert_quiet(0);
}

// Where the configuration has no registrar, REGISTER is no method of ours.
#[test]
fn without_a_registrar_register_gets_405_and_the_verb_says_so() {
    let mut world = World::alone();
    let register = Register::default();
    world.say(BOB, 0, &register.text(BOB, "UDP", 1));
    let refused = world.receive(BOB);
    assert_eq!(response(&refused).status().code(), 405);
    assert!(!header(&refused, "Allow").unwrap().contains("REGISTER"));
    world.assert_quiet(0);
    let mut world = World::new();
    world.add(ALICE, 1, |config| config.allow.push(siptrunk_message::Method::REGISTER));
    world.say(BOB, 0, &register.text(BOB, "UDP", 1));
    let Event::Request { transaction, .. } = world.event(0) else { panic!("no REGISTER") };
    let now = world.now;
    let refused = world.ua(0).answer_register(now, transaction, &[pbx()]);
    assert!(matches!(refused, Err(UaError::NotEnabled { field: "registrar", .. })), "{refused:?}");
    let ok = world.ua(0).respond(now, transaction, Reply::new(StatusCode::FORBIDDEN));
    assert!(ok.is_ok(), "it still waits");
}

#[test]
fn the_registrar_answers_register_outside_dialogs_alone() {
    let mut office = Office::new();
    let register = Register::default().text(BOB, "UDP", 1);
    office.world.say(BOB, 0, &register.replace("REGISTER", "OPTIONS"));
    let Event::Request { transaction, .. } = office.world.event(0) else { panic!("no OPTIONS") };
    let (now, owned) = (office.world.now, [pbx()]);
    let refused = office.world.ua(0).answer_register(now, transaction, &owned);
    assert!(matches!(refused, Err(UaError::UnsuitableMethod { .. })), "{refused:?}");
    office.world.ua(0).respond(now, transaction, Reply::new(StatusCode::OK)).unwrap();
    let gone = office.world.ua(0).answer_register(now, transaction, &owned);
    assert!(matches!(gone, Err(UaError::UnknownRequest)), "{gone:?}");
}

// ---- how long

// RFC 3261 10.3 step 7 and 20.10; the bounds are those of the fact page (S-12).
#[test]
fn how_long_a_contact_is_registered() {
    const C: &str = "Contact: <sip:pbx@192.0.2.4>";
    let granted = |seconds: u32| Ok(vec![format!("<sip:pbx@192.0.2.4>;expires={seconds}")]);
    let table: [(String, Result<Vec<String>, &str>); 13] = [
        (format!("{C}\n"), granted(300)),
        (format!("{C}\nExpires: 60\n"), granted(60)),
        (format!("{C};expires=61\nExpires: 3600\n"), granted(61)),
        (format!("{C};expires=3600\nExpires: 10\n"), granted(3_600)),
        (format!("{C}\nExpires: 3601\n"), granted(3_600)),
        (format!("{C}\nExpires: 4294967295\n"), granted(3_600)),
        (format!("{C};expires=soon\n"), granted(3_600)),
        (format!("{C}\nExpires: 0\n"), Ok(vec![])),
        (format!("{C};expires=0\nExpires: 60\n"), Ok(vec![])),
        (format!("{C}\nExpires: 59\n"), Err("60")),
        (format!("{C}\nExpires: 1\n"), Err("60")),
        (format!("{C};expires=30\nExpires: 3600\n"), Err("60")),
        (format!("{C}\nContact: <sip:pbx@192.0.2.5>;expires=5\n"), Err("60")),
    ];
    for (rest, expected) in table {
        let mut office = Office::new();
        let answer = office.ask(&rest);
        match expected {
            Ok(contacts) => {
                assert_eq!(response(&answer).status().code(), 200, "{rest}");
                assert_eq!(listed(&answer), contacts, "{rest}");
            }
            Err(least) => {
                assert_eq!(response(&answer).status().code(), 423, "{rest}");
                assert_eq!(header(&answer, "Min-Expires").as_deref(), Some(least), "{rest}");
                assert!(office.bound().is_empty(), "all or nothing: {rest}");
            }
        }
    }
}

#[test]
fn the_bounds_are_a_setting() {
    let limits = RegistrarLimits {
        min_expires: Duration::from_secs(120),
        max_expires: Duration::from_secs(600),
        default_expires: Duration::from_secs(5),
        ..RegistrarLimits::default()
    };
    let mut office = Office::with(limits);
    let answer = office.ask("Contact: <sip:pbx@192.0.2.4>;expires=119\n");
    assert_eq!(header(&answer, "Min-Expires").as_deref(), Some("120"));
    let answer = office.ask("Contact: <sip:pbx@192.0.2.4>\n");
    assert_eq!(listed(&answer), ["<sip:pbx@192.0.2.4>;expires=120"], "never below the shortest");
    let answer = office.ask("Contact: <sip:pbx@192.0.2.4>;expires=7200\n");
    assert_eq!(listed(&answer), ["<sip:pbx@192.0.2.4>;expires=600"]);
}

#[test]
fn a_binding_that_is_not_refreshed_runs_out() {
    let mut office = Office::new();
    office
        .ask("Contact: <sip:pbx@192.0.2.4>;expires=60\nContact: <sip:pbx@192.0.2.5>;expires=90\n");
    for _ in 0..2 {
        assert!(matches!(office.news(), RegistrarEvent::Bound { refreshed: false, .. }));
    }
    let bound = office.world.elapsed();
    let RegistrarEvent::Unbound { aor, contact, cause } = office.news() else { panic!("not over") };
    assert_eq!((aor, cause), (pbx(), UnboundCause::Expired));
    assert_eq!(contact.as_str(), "sip:pbx@192.0.2.4");
    let waited = office.world.since(bound).as_millis();
    assert!((59_900..=60_000).contains(&waited), "{waited} ms");
    assert_eq!(office.bound(), ["sip:pbx@192.0.2.5"]);
    // What is left of the other is what a query is told.
    office.world.run(Duration::from_secs(10));
    assert_eq!(listed(&office.ask("")), ["<sip:pbx@192.0.2.5>;expires=20"]);
    let RegistrarEvent::Unbound { .. } = office.news() else { panic!("not over") };
    assert!(office.bound().is_empty() && office.destination().is_none());
    office.world.assert_empty();
}

// ---- what is invalid

#[test]
fn invalid_requests_change_nothing() {
    let mut office = Office::new();
    office.ask("Contact: <sip:pbx@192.0.2.4>\n");
    let long = format!("Contact: <sip:{}@192.0.2.9>\n", "x".repeat(1_024));
    for (rest, expected) in [
        ("Contact: *\n", 400),
        ("Contact: *\nExpires: 60\n", 400),
        ("Contact: *\nContact: *\nExpires: 0\n", 400),
        ("Contact: *, <sip:pbx@192.0.2.5>\nExpires: 0\n", 400),
        ("Contact: <sip:pbx@192.0.2.5>\nContact: *\nExpires: 0\n", 400),
        ("Contact: <sip:pbx@192.0.2.5>\nExpires: soon\n", 400),
        ("Contact: <sip:pbx@192.0.2.5\n", 400),
        ("Contact: <tel:+12065550100>\n", 400),
        ("Contact: <mailto:pbx@trunk.example>\n", 400),
        ("Contact: <sip:pbx@192.0.2.5>, <sip:pbx@192.0.2.5;ob>\n", 400),
        (&long, 400),
        ("Require: path\nContact: <sip:pbx@192.0.2.5>\n", 420),
    ] {
        let answer = office.ask(rest);
        assert_eq!(response(&answer).status().code(), expected, "{rest}");
        assert_eq!(office.bound(), ["sip:pbx@192.0.2.4"], "{rest}");
    }
}

// ---- order

// RFC 3261 10.3 steps 6 and 7: within one Call-ID the numbers decide.
#[test]
fn requests_of_one_call_id_count_in_order_and_others_are_not_compared() {
    const SET: &str = "Contact: <sip:pbx@192.0.2.4>;expires=600\n";
    const ONE: &str = "Contact: <sip:pbx@192.0.2.4>;expires=0\n";
    const ALL: &str = "Contact: *\nExpires: 0\n";
    let table: [(&str, u32, &str, u16, usize); 9] = [
        ("c1", 6, SET, 200, 1),
        ("c1", 5, SET, 500, 1),
        ("c1", 4, SET, 500, 1),
        ("c1", 4, ONE, 500, 1),
        ("c1", 5, ALL, 500, 1),
        ("c1", 6, ONE, 200, 0),
        ("c1", 6, ALL, 200, 0),
        ("c2", 1, ONE, 200, 0),
        ("c2", 1, ALL, 200, 0),
    ];
    for (call_id, cseq, rest, expected, left) in table {
        let mut office = Office::new();
        office.send(BOB, &Register { cseq: 5, rest: SET, ..Register::default() });
        let answer = office.send(BOB, &Register { call_id, cseq, rest, ..Register::default() });
        assert_eq!(response(&answer).status().code(), expected, "{call_id} {cseq} {rest}");
        assert_eq!(office.bound().len(), left, "{call_id} {cseq} {rest}");
    }
}

#[test]
fn one_contact_that_comes_too_late_undoes_the_whole_request() {
    let mut office = Office::new();
    let rest = "Contact: <sip:pbx@192.0.2.4>\n";
    office.send(BOB, &Register { cseq: 5, rest, ..Register::default() });
    let rest = "Contact: <sip:pbx@192.0.2.9>\nContact: <sip:pbx@192.0.2.4>;expires=0\n";
    let answer = office.send(BOB, &Register { cseq: 5, rest, ..Register::default() });
    assert_eq!(response(&answer).status().code(), 500);
    assert_eq!(office.bound(), ["sip:pbx@192.0.2.4"]);
}

// ---- flows

// The Contact leads to a third party; calls go back to where REGISTER came from.
#[test]
fn calls_go_to_the_flow_that_registered_and_not_to_the_contact() {
    let mut office = Office::new();
    office.ask("Contact: <sip:pbx@203.0.113.99:5099;transport=tcp;method=BYE?Route=x>\n");
    let peer = address(BOB);
    let flow = FlowId::Datagram { listener: 0, local: address(ALICE).ip(), peer };
    assert_eq!(office.destination(), Some(Destination::Flow(flow)));
    let uri = office.world.ua(0).registrar().unwrap().bindings(&pbx())[0].request_uri();
    assert_eq!(uri.as_str(), "sip:pbx@203.0.113.99:5099;transport=tcp");
    let mut invite = wire::invite_to(vec![]);
    (invite.destination, invite.request_uri) = (Destination::Flow(flow), uri);
    let now = office.world.now;
    office.world.ua(0).invite(now, invite).unwrap();
    let call = office.world.receive(BOB);
    assert_eq!(label_of(&call), "INVITE");
    assert_eq!(request(&call).uri(), b"sip:pbx@203.0.113.99:5099;transport=tcp");
    assert!(header(&call, "Via").unwrap().starts_with("SIP/2.0/UDP 127.0.1.1:5060;"));
    assert!(office.world.log.iter().all(|sent| sent.to != address("203.0.113.99:5099")));
}

#[test]
fn a_refresh_from_elsewhere_moves_the_flow() {
    let mut office = Office::new();
    let rest = "Contact: <sip:pbx@192.0.2.4>\n";
    office.send(BOB, &Register { rest, ..Register::default() });
    office.send(BOB, &Register { cseq: 2, rest, ..Register::default() });
    office.send("127.0.2.9:7000", &Register { cseq: 3, rest, ..Register::default() });
    let refreshed: Vec<bool> = (0..3)
        .map(|_| match office.news() {
            RegistrarEvent::Bound { refreshed, .. } => refreshed,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(refreshed, [false, true, false]);
    let peer = address("127.0.2.9:7000");
    let flow = FlowId::Datagram { listener: 0, local: address(ALICE).ip(), peer };
    assert_eq!(office.destination(), Some(Destination::Flow(flow)));
    assert_eq!(office.bound().len(), 1, "it replaced the first");
}

// RFC 5626 section 7.
#[test]
fn a_connection_that_closes_takes_its_bindings_along_and_no_others() {
    let mut office = Office::new();
    let first = Register { rest: "Contact: <sip:pbx@192.0.2.4>\n", ..Register::default() };
    let second =
        Register { rest: "Contact: <sip:pbx@192.0.2.5>\n", cseq: 2, ..Register::default() };
    assert_eq!(office.over(7, &first), StatusCode::OK);
    assert_eq!(office.over(8, &second), StatusCode::OK);
    assert_eq!(office.destination(), Some(Destination::Flow(FlowId::Connection(8))));
    for _ in 0..2 {
        assert!(matches!(office.news(), RegistrarEvent::Bound { .. }));
    }
    office.close(9);
    assert_eq!(office.bound().len(), 2, "nobody's connection");
    office.close(8);
    let RegistrarEvent::Unbound { cause, contact, .. } = office.news() else { panic!("bound") };
    assert_eq!(cause, UnboundCause::FlowClosed);
    assert_eq!(contact.as_str(), "sip:pbx@192.0.2.5");
    assert_eq!(office.destination(), Some(Destination::Flow(FlowId::Connection(7))));
    // A binding that has moved is not lost with the connection that it left.
    let moved = Register { cseq: 3, ..first };
    assert_eq!(office.over(10, &moved), StatusCode::OK);
    office.close(7);
    assert_eq!(office.destination(), Some(Destination::Flow(FlowId::Connection(10))));
    office.close(10);
    assert!(office.destination().is_none());
}

#[test]
fn the_best_liked_contact_is_called_and_of_equals_the_last() {
    let mut office = Office::new();
    for (at, q) in [(1, "0.5"), (2, "0.9"), (3, "0.9"), (4, "0.1")] {
        let from = format!("127.0.2.{at}:5060");
        let rest = format!("Contact: <sip:pbx@192.0.2.{at}>;q={q}\n");
        office.send(&from, &Register { cseq: at, rest: &rest, ..Register::default() });
    }
    let order = ["3", "2", "1", "4"].map(|at| format!("sip:pbx@192.0.2.{at}"));
    assert_eq!(office.bound(), order);
    let listed = listed(&office.ask(""));
    assert!(listed[0].starts_with("<sip:pbx@192.0.2.1>;q=0.5;expires="), "{listed:?}");
    assert_eq!(listed.len(), 4);
}

#[test]
fn a_contact_and_a_call_id_have_a_longest_length() {
    let contact = |octets: usize| {
        let user = "x".repeat(octets - "<sip:@192.0.2.9>".len());
        format!("Contact: <sip:{user}@192.0.2.9>\n")
    };
    let call_id = |octets: usize| "c".repeat(octets);
    for (octets, expected) in [(1_024, 200), (1_025, 400)] {
        let mut office = Office::new();
        assert_eq!(office.status(&contact(octets)), expected, "{octets}");
        let rest = "Contact: <sip:pbx@192.0.2.4>\n";
        let call_id = &call_id(octets);
        let answer = office.send(BOB, &Register { call_id, rest, ..Register::default() });
        assert_eq!(response(&answer).status().code(), expected, "{octets}");
    }
}

// Without the user agent and its rules of 8.2, by whoever has a transaction layer.
#[test]
fn alone_it_judges_all_of_10_3_itself() {
    let mut config = siptrunk_transaction::Config::default();
    config.listeners.push(Listener::udp(address(ALICE)));
    let mut layer = TransactionLayer::new(config, Seed([3; 32]));
    let mut registrar = Registrar::new(RegistrarLimits::default(), &Seed([3; 32]));
    let now = Instant::now();
    let mut ask = |cseq, to, rest| {
        let text = Register { to, cseq, rest, ..Register::default() }.text(BOB, "UDP", cseq);
        let bytes = text.replace('\n', "\r\n");
        layer.handle_input(now, Received::datagram(0, address(ALICE), address(BOB), bytes));
        let Some(siptrunk_transaction::Event::Request { request, .. }) = layer.poll_event() else {
            panic!("no REGISTER")
        };
        let reply = registrar.handle(now, &request, &[pbx()]);
        (reply.status.code(), registrar.len(), registrar.is_empty())
    };
    let to = "sip:pbx@trunk.example";
    assert_eq!(ask(1, to, "Contact: <sip:pbx@192.0.2.4>\n"), (200, 1, false));
    assert_eq!(ask(2, to, "Contact: *\nContact: *\nExpires: 0\n"), (400, 1, false));
    assert_eq!(ask(3, to, "Contact: *, <sip:pbx@192.0.2.5>\nExpires: 0\n"), (400, 1, false));
    assert_eq!(ask(4, to, "Contact: <sip:pbx@192.0.2.5>, *\nExpires: 0\n"), (400, 1, false));
    assert_eq!(ask(5, to, "Contact: *\n"), (400, 1, false));
    assert_eq!(ask(6, "tel:+12065550100", "Contact: *\nExpires: 0\n"), (403, 1, false));
    assert_eq!(ask(7, to, "Contact: *\nExpires: 0\n"), (200, 0, true));
}

#[test]
fn each_address_of_record_has_its_own_bindings() {
    let mut office = Office::new();
    office.owned.push(Aor::new("other", DOMAIN.parse().unwrap()));
    office.ask("Contact: <sip:pbx@192.0.2.4>\n");
    let to = "sip:other@trunk.example";
    let rest = "Contact: <sip:o@192.0.2.5>\n";
    let other = Register { to, call_id: "c9", rest, ..Register::default() };
    assert_eq!(listed(&office.send(BOB, &other)), ["<sip:o@192.0.2.5>;expires=300"]);
    assert_eq!(listed(&office.ask("")), ["<sip:pbx@192.0.2.4>;expires=300"]);
    let rest = "Contact: *\nExpires: 0\n";
    office.send(BOB, &Register { cseq: 2, rest, ..other });
    assert_eq!(office.bound(), ["sip:pbx@192.0.2.4"]);
}

#[test]
fn times_that_make_no_sense_are_made_to() {
    let limits = RegistrarLimits {
        min_expires: Duration::from_secs(1_000_000),
        max_expires: Duration::from_secs(1_000_000),
        default_expires: Duration::ZERO,
        ..RegistrarLimits::default()
    };
    let mut office = Office::with(limits);
    // RFC 3261 10.3 step 7: nobody who asks for an hour or more may be told that it is too brief.
    let answer = office.ask("Contact: <sip:pbx@192.0.2.4>;expires=3599\n");
    assert_eq!(header(&answer, "Min-Expires").as_deref(), Some("3600"));
    let answer = office.ask("Contact: <sip:pbx@192.0.2.4>;expires=1000000\n");
    assert_eq!(listed(&answer), ["<sip:pbx@192.0.2.4>;expires=86400"]);
}

// ---- limits

#[test]
fn limits_of_bindings_and_addresses_of_record() {
    let limits = RegistrarLimits { max_bindings: 2, max_aors: 1, ..RegistrarLimits::default() };
    let mut office = Office::with(limits);
    assert_eq!(office.status("Contact: <sip:a@h>\nContact: <sip:b@h>\nContact: <sip:c@h>\n"), 403);
    assert_eq!(office.status("Contact: <sip:a@h>\nContact: <sip:b@h>\n"), 200);
    let refused = office.ask("Contact: <sip:c@h>\n");
    assert!(refused.starts_with(b"SIP/2.0 403 More Contacts Than"), "{refused:?}");
    assert_eq!(office.bound().len(), 2);
    let gone = |user| format!("Contact: <sip:{user}@h>;expires=0\n");
    let swap = format!("Contact: <sip:a@h>\nContact: <sip:b@h>\n{}{}", gone("c"), gone("d"));
    assert_eq!(office.status(&swap), 200);
    assert_eq!(office.status(&format!("{swap}{}", gone("e"))), 403);
    assert_eq!(office.status("Contact: <sip:c@h>\nContact: <sip:a@h>;expires=0\n"), 200);
    assert_eq!(office.bound(), ["sip:c@h", "sip:b@h"]);
    office.owned.push(Aor::new("other", DOMAIN.parse().unwrap()));
    let to = "sip:other@trunk.example";
    let other = Register { to, call_id: "c9", rest: "Contact: <sip:o@h>\n", ..Register::default() };
    let refused = office.send(BOB, &other);
    assert_eq!(response(&refused).status().code(), 503);
    assert_eq!(header(&refused, "Retry-After").as_deref(), Some("30"));
    assert_eq!(office.status("Contact: *\nExpires: 0\n"), 200);
    let taken = office.send(BOB, &Register { cseq: 2, ..other });
    assert_eq!(response(&taken).status().code(), 200, "there is room again");
    assert_eq!(listed(&taken).len(), 1, "only its own");
}

// ---- programs

/// What a program does next.
#[derive(Clone, Debug)]
enum Operation {
    /// REGISTER: over which flow, Call-ID, CSeq, Contacts with their times.
    Set {
        flow: u64,
        call: u8,
        cseq: u32,
        contacts: Vec<(u8, u32)>,
    },
    Star {
        call: u8,
        cseq: u32,
    },
    Close(u64),
    Wait(u64),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let contact = (0_u8..4, prop_oneof![Just(0), Just(59), 60_u32..400, Just(9_999)]);
    let operation = prop_oneof![
        6 => (0_u64..3, 0_u8..2, 1_u32..12, prop::collection::vec(contact, 0..4)).prop_map(
            |(flow, call, cseq, contacts)| Operation::Set { flow, call, cseq, contacts }
        ),
        1 => (0_u8..2, 1_u32..12).prop_map(|(call, cseq)| Operation::Star { call, cseq }),
        1 => (0_u64..3).prop_map(Operation::Close),
        2 => (1_u64..200).prop_map(Operation::Wait),
    ];
    prop::collection::vec(operation, 1..40)
}

/// A binding as RFC 3261 10.3 wants it kept: Contact, flow, Call-ID, CSeq, the second it ends in.
type Row = (u8, u64, u8, u32, u64);

/// RFC 3261 10.3 steps 6 and 7, on a plain list.
fn model(rows: &mut Vec<Row>, at: u64, operation: &Operation) -> u16 {
    let in_order = |row: &Row, call: u8, cseq: u32| row.2 != call || cseq > row.3;
    match operation {
        Operation::Wait(_) => 0,
        Operation::Close(flow) => {
            rows.retain(|row| row.1 != *flow);
            0
        }
        Operation::Star { call, cseq } => {
            if !rows.iter().all(|row| in_order(row, *call, *cseq)) {
                return 500;
            }
            rows.clear();
            200
        }
        Operation::Set { flow, call, cseq, contacts } => {
            let mut seen = Vec::new();
            for (contact, expires) in contacts {
                if *expires > 0 && *expires < 60 {
                    return 423;
                }
                if seen.contains(contact) {
                    return 400;
                }
                seen.push(*contact);
            }
            let mut next = rows.clone();
            for (contact, expires) in contacts {
                let old = next.iter().position(|row| row.0 == *contact);
                if old.is_some_and(|old| !in_order(&next[old], *call, *cseq)) {
                    return 500;
                }
                let row = (*contact, *flow, *call, *cseq, at + u64::from((*expires).min(3_600)));
                match (old, *expires > 0) {
                    (Some(old), true) => next[old] = row,
                    (Some(old), false) => _ = next.remove(old),
                    (None, true) => next.push(row),
                    (None, false) => {}
                }
            }
            if next.len() > 3 {
                return 403;
            }
            *rows = next;
            200
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn programs_keep_the_bindings_of_the_model(program in operations()) {
        let limits = RegistrarLimits { max_bindings: 3, ..RegistrarLimits::default() };
        let mut office = Office::with(limits);
        let (mut rows, mut at) = (Vec::new(), 0);
        let uri = |contact: u8| format!("sip:pbx@192.0.2.{contact}");
        for operation in &program {
            let expected = model(&mut rows, at, operation);
            match operation {
                Operation::Set { flow, call, cseq, contacts } => {
                    let contacts = contacts
                        .iter()
                        .map(|(it, expires)| format!("Contact: <{}>;expires={expires}\n", uri(*it)));
                    let rest = contacts.collect::<Vec<_>>().concat();
                    let (call_id, rest) = (&format!("c{call}"), rest.as_str());
                    let register = Register { call_id, cseq: *cseq, rest, ..Register::default() };
                    let status = office.over(*flow, &register).code();
                    prop_assert_eq!(status, expected, "{:?}", operation);
                }
                Operation::Star { call, cseq } => {
                    let (call_id, rest) = (&format!("c{call}"), "Contact: *\nExpires: 0\n");
                    let register = Register { call_id, cseq: *cseq, rest, ..Register::default() };
                    prop_assert_eq!(office.over(0, &register).code(), expected);
                }
                Operation::Close(flow) => office.close(*flow),
                Operation::Wait(seconds) => {
                    at += seconds;
                    office.world.run(Duration::from_secs(*seconds));
                    rows.retain(|row| row.4 > at);
                }
            }
            office.world.nodes[0].events.clear();
            let registrar = office.world.ua(0).registrar().unwrap();
            let bound: Vec<_> =
                registrar.bindings(&pbx()).iter().rev().map(|it| (it.contact().clone(), it.flow())).collect();
            let wanted: Vec<_> = rows
                .iter()
                .map(|row| (uri(row.0).parse::<Uri<'static>>().unwrap(), FlowId::Connection(row.1)))
                .collect();
            prop_assert_eq!(bound, wanted, "{:?}", operation);
        }
        office.world.run(Duration::from_secs(3_700));
        prop_assert!(office.world.ua(0).registrar().unwrap().is_empty());
        prop_assert!(office.world.ua(0).live().is_empty(), "{}", office.world.ua(0).live());
        prop_assert!(office.world.ua(0).poll_timeout().is_none());
    }
}

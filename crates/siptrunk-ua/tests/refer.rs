//! REFER inside dialogs (RFC 3515, 4488, 6665), off by default: both sides, and what is refused.

mod wire;

use std::time::Duration;

use bytes::Bytes;
use siptrunk_message::{HeaderList, HeaderName, HeaderValue, Method, StatusCode};
use siptrunk_transaction::ServerTransactionId;
use siptrunk_ua::{Event, ReferProgress, ReferTarget, Reply, RequestId, SessionId, UaError};
use wire::{ALICE, BOB, Script, World, header, label_of, reply, request, response, uri};

const CAROL: &str = "sip:carol@chicago.example";

/// Alice and Bob, who understand REFER, in a call.
fn pair() -> (World, SessionId, SessionId) {
    let mut world = World::new();
    world.add(ALICE, 1, |config| config.refer = true);
    world.add(BOB, 2, |config| config.refer = true);
    let (alice, bob) = world.established();
    (world, alice, bob)
}

fn refer(world: &mut World, session: SessionId) -> RequestId {
    let now = world.now;
    let request = world.ua(0).refer(now, session, &uri(CAROL), &HeaderList::new());
    world.drain();
    request.expect("a REFER")
}

/// Bob is asked.
fn asked(world: &mut World) -> (ServerTransactionId, ReferTarget) {
    match world.event(1) {
        Event::Refer { transaction, target, .. } => (transaction, *target),
        other => panic!("{other:?}"),
    }
}

fn respond(world: &mut World, node: usize, transaction: ServerTransactionId, status: StatusCode) {
    let now = world.now;
    world.ua(node).respond(now, transaction, Reply::new(status)).expect("a response");
    world.drain();
}

fn tell(world: &mut World, node: usize, session: SessionId, status: u16) -> Result<(), UaError> {
    let (now, status) = (world.now, StatusCode::new(status).unwrap());
    let told = world.ua(node).notify_refer(now, session, status);
    world.drain();
    told
}

/// The response to a REFER of Alice's.
fn answered(world: &mut World, refer: RequestId) -> u16 {
    match world.event(0) {
        Event::Response { request, outcome: Ok(response) } if request == refer => {
            response.status().code()
        }
        other => panic!("{other:?}"),
    }
}

fn progress(world: &mut World, refer: RequestId) -> ReferProgress {
    match world.event(0) {
        Event::Referral { refer: of, progress, .. } if of == refer => progress,
        other => panic!("{other:?}"),
    }
}

fn provisional(code: u16) -> ReferProgress {
    ReferProgress::Provisional(StatusCode::new(code).unwrap())
}

fn last(code: u16) -> ReferProgress {
    ReferProgress::Final(StatusCode::new(code).unwrap())
}

// ---- both sides

// RFC 3515 4.1: the flow of a REFER that is followed.
#[test]
fn a_refer_is_followed_and_told_of_to_the_end() {
    let (mut world, alice, bob) = pair();
    let first = refer(&mut world, alice);
    let sent = &world.all("REFER")[0];
    assert_eq!(sent.header("Refer-To").as_deref(), Some("<sip:carol@chicago.example>"));
    assert_eq!(sent.header("Referred-By").as_deref(), Some("<sip:alice@atlanta.example>"));
    assert!(sent.header("Contact").is_some(), "it is a target refresh (RFC 6665 4.1)");
    let (transaction, target) = asked(&mut world);
    assert_eq!(target.uri.as_str(), CAROL);
    assert_eq!(target.referred_by.unwrap().uri().as_str(), "sip:alice@atlanta.example");
    assert!(target.replaces.is_none() && target.subscribes);
    respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
    assert_eq!(answered(&mut world, first), 202);
    assert_eq!(progress(&mut world, first), provisional(100));
    tell(&mut world, 1, bob, 180).unwrap();
    assert_eq!(progress(&mut world, first), provisional(180));
    tell(&mut world, 1, bob, 200).unwrap();
    assert_eq!(progress(&mut world, first), last(200));
    world.run(Duration::from_millis(100));
    assert!(matches!(tell(&mut world, 1, bob, 200), Err(UaError::UnknownRequest)));

    let notifies = world.all("NOTIFY");
    let states: Vec<_> =
        notifies.iter().map(|it| it.header("Subscription-State").unwrap()).collect();
    assert_eq!(
        states,
        ["active;expires=180", "active;expires=179", "terminated;reason=noresource"]
    );
    let bodies: Vec<_> =
        notifies.iter().map(|it| it.text().split("\r\n\r\n").nth(1).unwrap().to_owned()).collect();
    assert_eq!(bodies, ["SIP/2.0 100 Trying\r\n", "SIP/2.0 180 Ringing\r\n", "SIP/2.0 200 OK\r\n"]);
    for notify in &notifies {
        assert_eq!(notify.header("Event").as_deref(), Some("refer"));
        assert!(notify.header("Content-Type").unwrap().starts_with("message/sipfrag"));
    }

    // 2.4.6: the second subscription of a dialog is told by the CSeq of its REFER.
    let second = refer(&mut world, alice);
    let (transaction, _) = asked(&mut world);
    respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
    assert_eq!(answered(&mut world, second), 202);
    assert_eq!(progress(&mut world, second), provisional(100));
    let cseq = world.all("REFER")[1].header("CSeq").unwrap();
    let id = format!("refer;id={}", cseq.split(' ').next().unwrap());
    assert_eq!(world.all("NOTIFY")[3].header("Event"), Some(id));
    tell(&mut world, 1, bob, 603).unwrap();
    assert_eq!(progress(&mut world, second), last(603));
    world.bye(0, alice);
    world.run(Duration::from_secs(1));
    world.assert_empty();
}

#[test]
fn a_refused_refer_makes_no_subscription() {
    let (mut world, alice, bob) = pair();
    let first = refer(&mut world, alice);
    let (transaction, _) = asked(&mut world);
    respond(&mut world, 1, transaction, StatusCode::DECLINE);
    assert_eq!(answered(&mut world, first), 603);
    assert!(matches!(tell(&mut world, 1, bob, 200), Err(UaError::UnknownRequest)));
    world.run(Duration::from_secs(60));
    world.assert_quiet(0);
    assert!(world.all("NOTIFY").is_empty());
    refer(&mut world, alice);
}

#[test]
fn a_refer_that_cannot_be_sent_has_one_outcome() {
    let mut world = World::new();
    world.add(ALICE, 1, |config| {
        config.refer = true;
        // The INVITE takes it until timer M.
        config.transaction.max_transactions = 1;
    });
    world.add(BOB, 2, |config| config.refer = true);
    let (alice, _) = world.established();
    let first = refer(&mut world, alice);
    let Event::Response { request, outcome: Err(_) } = world.event(0) else { panic!("sent") };
    assert_eq!(request, first);
    world.run(Duration::from_secs(100));
    world.assert_quiet(0);
}

#[test]
fn one_refer_at_a_time_in_each_direction() {
    let (mut world, alice, bob) = pair();
    let first = refer(&mut world, alice);
    let now = world.now;
    let second = world.ua(0).refer(now, alice, &uri(CAROL), &HeaderList::new());
    assert!(matches!(second, Err(UaError::RequestPending { method: Method::REFER })), "{second:?}");
    let (transaction, _) = asked(&mut world);
    // A peer that does not care: before the response, and while the first is followed.
    let raw = |world: &mut World| {
        let mut headers = HeaderList::new();
        let value = HeaderValue::new("<sip:mallory@evil.example>").unwrap();
        headers.push(HeaderName::REFER_TO, value).unwrap();
        let now = world.now;
        let request = world.ua(0).request(now, alice, Method::REFER, headers, None).unwrap();
        answered(world, request)
    };
    assert_eq!(raw(&mut world), 491);
    respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
    assert_eq!(answered(&mut world, first), 202);
    assert_eq!(progress(&mut world, first), provisional(100));
    for _ in 0..1_000 {
        assert_eq!(raw(&mut world), 491);
    }
    world.assert_quiet(1);
    assert_eq!(world.ua(1).counters().refused_requests, 1_001);
    tell(&mut world, 1, bob, 200).unwrap();
    assert_eq!(progress(&mut world, first), last(200));
    world.run(Duration::from_millis(50));
    refer(&mut world, alice);
    asked(&mut world);
}

#[test]
fn after_the_end_of_the_session_nothing_is_told() {
    let (mut world, alice, bob) = pair();
    let first = refer(&mut world, alice);
    let (transaction, _) = asked(&mut world);
    respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
    assert_eq!(answered(&mut world, first), 202);
    assert_eq!(progress(&mut world, first), provisional(100));
    // Whoever transfers hangs up: RFC 5589 6.1.
    world.bye(0, alice);
    assert!(matches!(world.event(1), Event::Ended { .. }));
    assert!(matches!(world.event(0), Event::Ended { .. }));
    assert!(matches!(tell(&mut world, 1, bob, 200), Err(UaError::UnknownSession)));
    world.run(Duration::from_secs(400));
    world.assert_quiet(0);
    world.assert_quiet(1);
    assert_eq!(world.all("NOTIFY").len(), 1);
    world.assert_empty();
}

#[test]
fn a_bye_that_is_never_answered_ends_the_telling_too() {
    let (mut world, alice, _) = pair();
    let first = refer(&mut world, alice);
    let (transaction, _) = asked(&mut world);
    respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
    assert_eq!(answered(&mut world, first), 202);
    progress(&mut world, first);
    world.lose(|_, datagram| datagram.from == wire::address(ALICE));
    world.bye(0, alice);
    world.run(Duration::from_secs(20));
    world.assert_quiet(0);
    assert!(matches!(world.event(0), Event::Ended { .. }));
}

// ---- loss

/// A transfer from its REFER to its BYE while these messages are lost; gives how many there were.
fn transfer(lose: impl Fn(usize) -> bool + 'static) -> usize {
    let (mut world, alice, bob) = pair();
    let before = world.log.len();
    world.lose(move |number, _| lose(number - before));
    let refer = refer(&mut world, alice);
    let (mut told, mut steps) = (Vec::new(), vec![486, 180].into_iter());
    let end = world.elapsed() + Duration::from_secs(70);
    let is_last = |it: &Option<ReferProgress>| *it == Some(last(486));
    while world.elapsed() < end && !(told.iter().any(is_last) && told.contains(&None)) {
        world.run(Duration::from_millis(500));
        for node in 0..2 {
            while let Some(event) = world.nodes[node].events.pop_front() {
                match event {
                    Event::Refer { transaction, .. } => {
                        respond(&mut world, 1, transaction, StatusCode::ACCEPTED);
                        let _ = tell(&mut world, 1, bob, steps.next_back().unwrap());
                    }
                    Event::Referral { refer: of, progress, .. } if of == refer => {
                        told.push(Some(progress));
                        let _ = steps.next_back().map(|status| tell(&mut world, 1, bob, status));
                    }
                    Event::Response { request, outcome } if request == refer => {
                        assert!(outcome.is_ok_and(|it| it.status().code() == 202));
                        told.push(None);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    assert_eq!(told.iter().filter(|it| it.is_none()).count(), 1, "one response: {told:?}");
    // A 202 that was lost comes again after the NOTIFYs.
    let finals = told.iter().filter(|it| is_last(it)).count();
    assert_eq!(finals, 1, "{told:?} {:#?}", world.timed_ladder());
    let messages = world.log.len() - before;
    world.lose(|_, _| false);
    world.bye(0, alice);
    assert!(matches!(world.event(0), Event::Ended { .. }));
    world.assert_empty();
    messages
}

// T20: each message of a transfer, alone and in pairs, in both directions.
#[test]
fn lost_messages_delay_a_transfer_and_leave_nothing_behind() {
    let messages = transfer(|_| false);
    assert!(messages >= 6, "REFER, 202 and two NOTIFYs: {messages}");
    for first in 0..messages + 2 {
        for second in first..messages + 2 {
            transfer(move |number| number == first || number == second);
        }
    }
}

// ---- off

#[test]
fn off_by_default_refer_gets_405_and_is_not_offered() {
    let mut world = World::pair();
    let (alice, _) = world.established();
    let now = world.now;
    let refused = world.ua(0).refer(now, alice, &uri(CAROL), &HeaderList::new());
    assert!(matches!(refused, Err(UaError::NotEnabled { field: "refer", .. })), "{refused:?}");
    let request = world.ua(0).request(now, alice, Method::REFER, HeaderList::new(), None).unwrap();
    world.drain();
    assert_eq!(answered(&mut world, request), 405);
    for datagram in &world.log {
        let allow = datagram.header("Allow").unwrap_or_default();
        assert!(!allow.contains("REFER") && !allow.contains("NOTIFY"), "{allow}");
    }
    let (world, ..) = pair();
    let allow = world.all("200 INVITE")[0].header("Allow").unwrap();
    assert!(allow.contains("REFER") && allow.contains("NOTIFY"), "{allow}");
}

// ---- a scripted peer

const PEER: &str = "127.0.9.9:5060";

/// A call that a scripted peer began with Alice.
struct Scripted {
    world: World,
    session: SessionId,
    to: String,
    cseq: u32,
}

impl Scripted {
    fn new() -> Self {
        let mut world = World::new();
        world.add(ALICE, 1, |config| config.refer = true);
        let script = Script { peer: PEER, from: FROM, to: "<sip:alice@a>", call_id: "refers" };
        let contact = format!("Contact: <sip:peer@{PEER}>\n");
        world.say(PEER, 0, &script.request("INVITE", 1, "invite", &contact));
        let session = world.incoming(0);
        world.answer(0, session, StatusCode::OK);
        let ok = world.receive_past(PEER, "100 INVITE");
        let to = header(&ok, "To").unwrap();
        let mut it = Self { world, session, to, cseq: 1 };
        it.say("ACK", "");
        assert!(matches!(it.world.event(0), Event::Confirmed { .. }));
        it
    }

    fn say(&mut self, method: &str, rest: &str) {
        let script = Script { peer: PEER, from: FROM, to: &self.to, call_id: "refers" };
        if method != "ACK" {
            self.cseq += 1;
        }
        let branch = format!("{method}{}", self.cseq);
        let message = script.request(method, self.cseq, &branch, rest);
        self.world.say(PEER, 0, &message);
    }

    /// Says it, and gives what comes back.
    fn ask(&mut self, method: &str, rest: &str) -> Bytes {
        self.say(method, rest);
        self.world.receive(PEER)
    }

    fn refer(&mut self, rest: &str) -> (ServerTransactionId, ReferTarget) {
        self.say("REFER", &format!("Contact: <sip:peer@{PEER}>\n{rest}"));
        match self.world.event(0) {
            Event::Refer { transaction, target, .. } => (transaction, *target),
            other => panic!("{other:?}"),
        }
    }

    fn accept(&mut self, transaction: ServerTransactionId) -> Bytes {
        respond(&mut self.world, 0, transaction, StatusCode::ACCEPTED);
        let accepted = self.world.receive(PEER);
        assert_eq!(label_of(&accepted), "202 REFER");
        accepted
    }

    /// Takes the NOTIFY that is due.
    fn notified(&mut self) -> (Bytes, String) {
        let notify = self.world.receive(PEER);
        assert_eq!(label_of(&notify), "NOTIFY");
        let body = String::from_utf8(request(&notify).body().to_vec()).unwrap();
        (notify, body)
    }

    fn take(&mut self, notify: &Bytes, status: &str) {
        let answer = reply(notify, status, "", "");
        self.world.say(PEER, 0, &answer);
    }

    /// Alice refers, and the peer accepts.
    fn followed(&mut self) -> RequestId {
        let (now, session) = (self.world.now, self.session);
        let id = self.world.ua(0).refer(now, session, &uri(CAROL), &HeaderList::new()).unwrap();
        let sent = self.world.receive(PEER);
        let accepted = reply(&sent, "202 Accepted", "", &format!("Contact: <sip:peer@{PEER}>\n"));
        self.world.say(PEER, 0, &accepted);
        assert_eq!(answered(&mut self.world, id), 202);
        id
    }
}

const FROM: &str = "<sip:peer@p>;tag=peer";

/// A NOTIFY's fields and body.
fn notice(event: &str, state: &str, body: &str) -> String {
    format!(
        "{event}{state}Contact: <sip:peer@{PEER}>\nContent-Type: message/sipfrag\n\
         Content-Length: {}\n\n{body}",
        body.len()
    )
}

const REFER: &str = "Event: refer\n";
const ACTIVE: &str = "Subscription-State: active;expires=60\n";
const OVER: &str = "Subscription-State: terminated;reason=noresource\n";

// T16: what a REFER could smuggle into the call that it asks for.
#[test]
fn where_a_refer_may_lead() {
    for (refer_to, expected) in [
        ("Refer-To: <sip:carol@c.example>\n", Ok("sip:carol@c.example")),
        ("r: sip:carol@c.example\n", Ok("sip:carol@c.example")),
        (
            "Refer-To: <sip:c@c.example;method=INVITE;transport=tcp>\n",
            Ok("sip:c@c.example;transport=tcp"),
        ),
        ("Refer-To: <sip:c@c?P-Asserted-Identity=x&Route=%3Csip:evil%3E>\n", Ok("sip:c@c")),
        ("Refer-To: <tel:+12065550100>\n", Ok("tel:+12065550100")),
        ("", Err(400)),
        ("Refer-To: <sip:a@a>\nRefer-To: <sip:b@b>\n", Err(400)),
        ("Refer-To: <sip:a@a>, <sip:b@b>\n", Err(400)),
        ("Refer-To: <sip:a@a\n", Err(400)),
        ("Refer-To: <sip:a@a;method=BYE>\n", Err(603)),
        ("Refer-To: <sip:a@a;method=MESSAGE>\n", Err(603)),
        ("Refer-To: <http://169.254.169.254/>\n", Err(416)),
        ("Refer-To: <mailto:a@a>\n", Err(416)),
        ("Refer-To: <sip:a@a?Replaces=%00>\n", Err(400)),
        ("Refer-To: <sip:a@a?Replaces=x>\n", Err(400)),
        ("Refer-To: <sip:a@a>\nRefer-Sub: perhaps\n", Err(400)),
    ] {
        let mut call = Scripted::new();
        match expected {
            Ok(uri) => assert_eq!(call.refer(refer_to).1.uri.as_str(), uri, "{refer_to}"),
            Err(status) => {
                let refused = call.ask("REFER", refer_to);
                assert_eq!(response(&refused).status().code(), status, "{refer_to}");
                call.world.assert_quiet(0);
            }
        }
    }
}

#[test]
fn a_dialog_to_be_replaced_is_a_type_and_no_header() {
    let mut call = Scripted::new();
    let (_, target) =
        call.refer("Refer-To: <sip:c@c?Replaces=7%40h%3Bto-tag%3D1%3Bfrom-tag%3D2>\n");
    assert_eq!(target.uri.as_str(), "sip:c@c");
    let replaces = target.replaces.unwrap();
    assert_eq!((replaces.call_id(), replaces.to_tag(), replaces.from_tag()), ("7@h", "1", "2"));
}

// RFC 4488.
#[test]
fn who_does_not_subscribe_is_told_nothing() {
    let mut call = Scripted::new();
    let (transaction, target) = call.refer("Refer-To: <sip:c@c>\nRefer-Sub: false\n");
    assert!(!target.subscribes);
    let accepted = call.accept(transaction);
    assert_eq!(header(&accepted, "Refer-Sub").as_deref(), Some("false"));
    let session = call.session;
    assert!(matches!(tell(&mut call.world, 0, session, 200), Err(UaError::UnknownRequest)));
    call.world.run(Duration::from_secs(300));
    assert!(call.world.all("NOTIFY").is_empty());
    // And who does is not told that.
    let (transaction, _) = call.refer("Refer-To: <sip:c@c>\n");
    assert_eq!(header(&call.accept(transaction), "Refer-Sub"), None);
}

#[test]
fn notifies_go_one_at_a_time_and_the_newest_wins() {
    let mut call = Scripted::new();
    let session = call.session;
    let (transaction, _) = call.refer("Refer-To: <sip:c@c>\n");
    call.accept(transaction);
    let (first, body) = call.notified();
    assert_eq!(body, "SIP/2.0 100 Trying\r\n");
    for status in [180, 183, 486] {
        tell(&mut call.world, 0, session, status).unwrap();
    }
    assert!(tell(&mut call.world, 0, session, 200).is_err(), "486 was the end");
    call.world.run(Duration::from_millis(100));
    assert_eq!(call.world.all("NOTIFY").len(), 1, "the first is not answered yet");
    call.take(&first, "200 OK");
    let (second, body) = call.notified();
    assert_eq!(body, "SIP/2.0 486 Busy Here\r\n");
    assert!(header(&second, "Subscription-State").unwrap().starts_with("terminated"));
    // Until it has been told, no other is followed.
    let refused = call.ask("REFER", "Refer-To: <sip:d@d>\n");
    assert_eq!(response(&refused).status().code(), 491);
    call.take(&second, "200 OK");
    call.refer("Refer-To: <sip:d@d>\n");
}

#[test]
fn who_refuses_a_notify_gets_no_more() {
    let mut call = Scripted::new();
    let session = call.session;
    let (transaction, _) = call.refer("Refer-To: <sip:c@c>\n");
    call.accept(transaction);
    let (first, _) = call.notified();
    tell(&mut call.world, 0, session, 180).unwrap();
    call.take(&first, "481 Call/Transaction Does Not Exist");
    assert!(matches!(tell(&mut call.world, 0, session, 200), Err(UaError::UnknownRequest)));
    call.world.run(Duration::from_secs(300));
    assert_eq!(call.world.all("NOTIFY").len(), 1);
    call.refer("Refer-To: <sip:d@d>\n");
}

#[test]
fn an_application_that_says_nothing_final_is_spoken_for() {
    let mut call = Scripted::new();
    let session = call.session;
    let (transaction, _) = call.refer("Refer-To: <sip:c@c>\n");
    call.accept(transaction);
    let (first, _) = call.notified();
    call.take(&first, "200 OK");
    let begun = call.world.elapsed();
    let (ended, body) = call.notified();
    let waited = call.world.since(begun).as_secs();
    assert!((179..=180).contains(&waited), "{waited} s");
    assert_eq!(body, "SIP/2.0 503 Service Unavailable\r\n");
    assert_eq!(header(&ended, "Subscription-State").as_deref(), Some("terminated;reason=timeout"));
    assert!(tell(&mut call.world, 0, session, 200).is_err());
}

#[test]
fn outside_dialogs_refer_gets_403_and_notify_481() {
    let mut world = World::new();
    world.add(ALICE, 1, |config| config.refer = true);
    let script = Script { peer: PEER, from: FROM, to: "<sip:alice@a>", call_id: "out" };
    world.say(PEER, 0, &script.request("REFER", 1, "r", "Refer-To: <sip:c@c>\n"));
    assert_eq!(label_of(&world.receive(PEER)), "403 REFER");
    world.say(
        PEER,
        0,
        &script.request("NOTIFY", 2, "n", &notice(REFER, OVER, "SIP/2.0 200 OK\r\n")),
    );
    assert_eq!(label_of(&world.receive(PEER)), "481 NOTIFY");
    world.assert_quiet(0);
}

#[test]
fn before_the_call_stands_refer_has_to_wait() {
    let mut world = World::new();
    world.add(ALICE, 1, |config| config.refer = true);
    let script = Script { peer: PEER, from: FROM, to: "<sip:alice@a>", call_id: "early" };
    let contact = format!("Contact: <sip:peer@{PEER}>\n");
    world.say(PEER, 0, &script.request("INVITE", 1, "i", &contact));
    let session = world.incoming(0);
    world.answer(0, session, StatusCode::RINGING);
    let ringing = world.receive_past(PEER, "100 INVITE");
    let script = Script { to: &header(&ringing, "To").unwrap(), ..script };
    world.say(
        PEER,
        0,
        &script.request("REFER", 2, "r", &format!("{contact}Refer-To: <sip:c@c>\n")),
    );
    assert_eq!(label_of(&world.receive(PEER)), "491 REFER");
    world.assert_quiet(0);
}

// ---- NOTIFYs of the peer

#[test]
fn what_a_notify_may_say() {
    let silence = "";
    let table: [(&str, &str, &str, u16, Option<ReferProgress>); 12] = [
        (REFER, ACTIVE, "SIP/2.0 183 Session Progress\r\n", 200, Some(provisional(183))),
        (REFER, OVER, "SIP/2.0 200 OK\r\n", 200, Some(last(200))),
        (REFER, ACTIVE, "SIP/2.0 486 Busy Here\r\n", 200, Some(last(486))),
        (REFER, OVER, "SIP/2.0 100 Trying\r\n", 200, Some(ReferProgress::Untold)),
        (REFER, OVER, silence, 200, Some(ReferProgress::Untold)),
        (REFER, ACTIVE, silence, 400, None),
        (REFER, ACTIVE, "garbage", 400, None),
        (REFER, ACTIVE, "INVITE sip:a SIP/2.0\r\n", 400, None),
        ("Event: dialog\n", ACTIVE, "SIP/2.0 200 OK\r\n", 489, None),
        ("Event: refer;id=999\n", ACTIVE, "SIP/2.0 200 OK\r\n", 481, None),
        (silence, ACTIVE, "SIP/2.0 200 OK\r\n", 400, None),
        (REFER, silence, "SIP/2.0 200 OK\r\n", 400, None),
    ];
    for (event, state, body, expected, told) in table {
        let mut call = Scripted::new();
        let refer = call.followed();
        let answer = call.ask("NOTIFY", &notice(event, state, body));
        assert_eq!(response(&answer).status().code(), expected, "{event}{state}{body}");
        if expected == 489 {
            assert_eq!(header(&answer, "Allow-Events").as_deref(), Some("refer"));
        }
        let refused = call.world.ua(0).counters().refused_requests;
        assert_eq!(refused, u64::from(expected >= 300), "{event}{state}{body}");
        match told {
            Some(told) => {
                assert_eq!(progress(&mut call.world, refer), told, "{event}{state}{body}");
            }
            None => call.world.assert_quiet(0),
        }
        // What is over is unknown from then on.
        let over = !matches!(told, None | Some(ReferProgress::Provisional(_)));
        let again = call.ask("NOTIFY", &notice(REFER, ACTIVE, "SIP/2.0 180 Ringing\r\n"));
        let status = response(&again).status().code();
        assert_eq!(status, if over { 481 } else { 200 }, "{event}{state}{body}");
    }
}

#[test]
fn a_notify_may_come_before_the_202_and_not_out_of_order() {
    let mut call = Scripted::new();
    let (now, session) = (call.world.now, call.session);
    let refer = call.world.ua(0).refer(now, session, &uri(CAROL), &HeaderList::new()).unwrap();
    let sent = call.world.receive(PEER);
    let cseq = header(&sent, "CSeq").unwrap();
    let event = format!("Event: refer;id={}\n", cseq.split(' ').next().unwrap());
    let early = call.ask("NOTIFY", &notice(&event, ACTIVE, "SIP/2.0 100 Trying\r\n"));
    assert_eq!(response(&early).status().code(), 200);
    assert_eq!(progress(&mut call.world, refer), provisional(100));
    let accepted = reply(&sent, "202 Accepted", "", &format!("Contact: <sip:peer@{PEER}>\n"));
    call.world.say(PEER, 0, &accepted);
    assert_eq!(answered(&mut call.world, refer), 202);
    let script = Script { peer: PEER, from: FROM, to: &call.to, call_id: "refers" };
    let old = script.request("NOTIFY", 1, "old", &notice(&event, OVER, "SIP/2.0 200 OK\r\n"));
    call.world.say(PEER, 0, &old);
    assert_eq!(label_of(&call.world.receive(PEER)), "500 NOTIFY");
    call.world.assert_quiet(0);
    let end = call.ask("NOTIFY", &notice(&event, OVER, "SIP/2.0 200 OK\r\n"));
    assert_eq!(response(&end).status().code(), 200);
    assert_eq!(progress(&mut call.world, refer), last(200));
}

// RFC 6665 4.1.2: timer N is 64*T1 from the request.
#[test]
fn without_any_notify_the_referral_ends_after_timer_n() {
    let mut call = Scripted::new();
    let begun = call.world.elapsed();
    let refer = call.followed();
    assert_eq!(progress(&mut call.world, refer), ReferProgress::Silent);
    assert_eq!(call.world.since(begun).as_secs(), 32);
    let late = call.ask("NOTIFY", &notice(REFER, OVER, "SIP/2.0 200 OK\r\n"));
    assert_eq!(response(&late).status().code(), 481);
    call.world.assert_quiet(0);
}

#[test]
fn a_subscription_that_is_not_kept_alive_runs_out() {
    let mut call = Scripted::new();
    let refer = call.followed();
    call.ask("NOTIFY", &notice(REFER, ACTIVE, "SIP/2.0 100 Trying\r\n"));
    assert_eq!(progress(&mut call.world, refer), provisional(100));
    let told = call.world.elapsed();
    assert_eq!(progress(&mut call.world, refer), ReferProgress::Untold);
    let waited = call.world.since(told).as_secs();
    assert!((59..=60).contains(&waited), "{waited} s");
}

#[test]
fn a_peer_that_tells_nothing_says_so() {
    let mut call = Scripted::new();
    let (now, session) = (call.world.now, call.session);
    let refer = call.world.ua(0).refer(now, session, &uri(CAROL), &HeaderList::new()).unwrap();
    let sent = call.world.receive(PEER);
    let rest = format!("Refer-Sub: false\nContact: <sip:peer@{PEER}>\n");
    call.world.say(PEER, 0, &reply(&sent, "200 OK", "", &rest));
    assert_eq!(answered(&mut call.world, refer), 200);
    assert_eq!(progress(&mut call.world, refer), ReferProgress::Untold);
    call.world.run(Duration::from_secs(300));
    call.world.assert_quiet(0);
}

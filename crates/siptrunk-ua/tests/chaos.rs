//! Programs of random verbs, losses, repetitions and late answers: whatever happens, each session
//! ends once, each request has one outcome, and nothing is left behind.

mod wire;

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use proptest::prelude::*;
use siptrunk_digest::Account;
use siptrunk_message::{HeaderList, Method, NameAddr, StatusCode, Transport};
use siptrunk_transaction::{Core, QuestionId, ServerTransactionId, Target};
use siptrunk_ua::{
    Answer, Aor, Destination, Event, Invite, KeepAlive, Lookup, ReferProgress, RegistrarLimits,
    Registration, RegistrationId, Reply, RequestId, SessionId,
};
use wire::{ALICE, BOB, World, address, sdp, uri};

#[derive(Clone, Copy, Debug)]
struct Op {
    kind: u8,
    /// Picks among what there is.
    which: u8,
    how: u8,
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let op =
        (0_u8..23, any::<u8>(), any::<u8>()).prop_map(|(kind, which, how)| Op { kind, which, how });
    prop::collection::vec(op, 1..60)
}

/// What one side knows of itself.
#[derive(Default)]
struct Side {
    open: BTreeSet<SessionId>,
    all: BTreeSet<SessionId>,
    ignored: BTreeSet<SessionId>,
    ended: BTreeMap<SessionId, usize>,
    requests: BTreeMap<RequestId, usize>,
    /// REFERs that nothing more may be told of.
    told: BTreeSet<RequestId>,
    registrations: BTreeSet<RegistrationId>,
    waiting: Vec<ServerTransactionId>,
    questions: Vec<QuestionId>,
}

fn pick<T: Copy>(from: impl IntoIterator<Item = T>, which: u8) -> Option<T> {
    let all: Vec<T> = from.into_iter().collect();
    (!all.is_empty()).then(|| all[usize::from(which) % all.len()])
}

fn peer(node: usize) -> &'static str {
    [BOB, ALICE][node]
}

fn destination(node: usize, how: u8) -> Destination {
    match how % 4 {
        0 => {
            Destination::Lookup(Lookup::new(vec!["trunk.example".parse().unwrap()], Transport::Udp))
        }
        // The first one is never there.
        1 => Destination::Targets(
            ["127.0.9.9:5060", peer(node)].map(|at| Target::udp(address(at))).to_vec(),
        ),
        _ => Destination::Targets(vec![Target::udp(address(peer(node)))]),
    }
}

struct Chaos {
    world: World,
    sides: [Side; 2],
    /// Percentage of datagrams that are lost.
    loss: Rc<Cell<u8>>,
}

impl Chaos {
    fn new(seed: u8) -> Self {
        let mut world = World::new();
        for at in [ALICE, BOB] {
            world.add(at, seed, |config| {
                config.ringing_timeout = Duration::from_secs(60);
                config.refer = true;
                config.registrar = Some(RegistrarLimits::default());
            });
        }
        let loss = Rc::new(Cell::new(0));
        let share = Rc::clone(&loss);
        world.lose(move |number, _| {
            let dice = (u64::try_from(number).unwrap() + u64::from(seed))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (dice >> 32) % 100 < u64::from(share.get())
        });
        Self { world, sides: [Side::default(), Side::default()], loss }
    }

    fn play(program: &[Op], seed: u8) -> Self {
        let mut chaos = Self::new(seed);
        for op in program {
            chaos.obey(*op);
        }
        chaos.end();
        chaos
    }

    fn run(&mut self, time: Duration) {
        self.world.run(time);
        for (node, side) in self.sides.iter_mut().enumerate() {
            let it = &mut self.world.nodes[node];
            side.questions.extend(it.questions.drain(..).map(|(id, _)| id));
            for event in it.events.drain(..) {
                match event {
                    Event::Incoming { session, .. } => {
                        side.open.insert(session);
                        side.all.insert(session);
                    }
                    Event::Ended { session, .. } => {
                        side.open.remove(&session);
                        *side.ended.entry(session).or_default() += 1;
                    }
                    Event::Response { request, .. } => {
                        *side.requests.entry(request).or_default() += 1;
                    }
                    Event::Reoffer { session, transaction, .. }
                    | Event::Refer { session, transaction, .. }
                    | Event::InDialog { session, transaction, .. } => {
                        assert!(side.open.contains(&session), "an event after the end");
                        side.waiting.push(transaction);
                    }
                    Event::Request { transaction, .. } => side.waiting.push(transaction),
                    Event::Referral { session, refer, progress } => {
                        assert!(side.open.contains(&session), "told after the end");
                        assert!(!side.told.contains(&refer), "told after the last");
                        if !matches!(progress, ReferProgress::Provisional(_)) {
                            side.told.insert(refer);
                        }
                    }
                    Event::Unregistered { registration }
                    | Event::RegistrationFailed { registration, retry_in: None, .. } => {
                        assert!(side.registrations.remove(&registration), "over twice");
                    }
                    Event::Provisional { session, .. }
                    | Event::Answered { session, .. }
                    | Event::Confirmed { session, .. }
                    | Event::Reconfirmed { session, .. }
                    | Event::Withdrawn { session, .. } => {
                        assert!(side.open.contains(&session), "an event after the end");
                    }
                    _ => {}
                }
            }
        }
    }

    fn obey(&mut self, op: Op) {
        let node = usize::from(op.which & 1);
        let which = op.which >> 1;
        let now = self.world.now;
        let side = &mut self.sides[node];
        let ua = &mut self.world.nodes[node].ua;
        let session = pick(side.open.iter().copied(), which);
        let any = pick(side.all.iter().copied(), which);
        let body = (op.how & 1 == 1).then(|| sdp(wire::OFFER));
        let status = [180, 183, 200, 200, 202, 302, 486, 603][usize::from(op.how) % 8];
        let reply = Reply::new(StatusCode::new(status).unwrap()).body(sdp(wire::ANSWER));
        match op.kind {
            0 | 1 => {
                let address = uri("sip:x@example.com");
                let name = NameAddr::new(address.clone());
                let to = destination(node, op.how >> 1);
                let mut invite = Invite::new(to, address, name.clone(), name);
                invite.body = body;
                invite.account = Some(Account::new("a", "b"));
                invite.first_response = Some(Duration::from_secs(4));
                let id = ua.invite(now, invite).unwrap();
                side.open.insert(id);
                side.all.insert(id);
            }
            2..=4 => {
                if let Some(session) = any {
                    let _ = ua.answer(now, session, reply);
                }
            }
            5 => {
                if let Some(session) = any {
                    let _ = ua.bye(now, session, HeaderList::new());
                }
            }
            6 => {
                if let Some(session) = any {
                    let _ = ua.cancel(now, session, HeaderList::new());
                }
            }
            7 | 8 => {
                let methods = [Method::INFO, Method::INVITE, Method::UPDATE, Method::BYE];
                let method = methods[usize::from(op.how >> 1) % 4].clone();
                if let Some(session) = any
                    && let Ok(id) = ua.request(now, session, method, HeaderList::new(), body)
                {
                    side.requests.entry(id).or_default();
                }
            }
            9 | 10 => {
                if let Some(transaction) = pick(side.waiting.iter().copied(), which) {
                    let _ = ua.respond(now, transaction, reply);
                }
            }
            11 => {
                if let Some(session) = any {
                    let _ = ua.acknowledge(now, session, body);
                }
            }
            12 => {
                if op.how < 40
                    && let Some(session) = session
                    && ua.dialog(session).is_some_and(|it| it.remote_sequence().is_some())
                {
                    // Only an INVITE that waits for its answer can be ignored.
                    let before = ua.live().get("sessions");
                    ua.ignore(session);
                    if ua.live().get("sessions") < before {
                        side.open.remove(&session);
                        side.ignored.insert(session);
                    }
                }
            }
            13 => {
                if let Some(question) = pick(side.questions.iter().copied(), which) {
                    let answer = match op.how % 3 {
                        0 => Answer::Unresolved,
                        _ => Answer::Targets(vec![Target::udp(address(peer(node)))]),
                    };
                    ua.handle_answer(now, question, answer);
                }
            }
            14 => {
                if op.how & 1 == 0 {
                    let address = uri("sip:x@example.com");
                    let id = ua.register(
                        now,
                        Registration {
                            destination: destination(node, op.how >> 1),
                            registrar: uri("sip:example.com"),
                            aor: NameAddr::new(address),
                            contact_user: None,
                            account: None,
                            expires: Duration::from_secs(60),
                        },
                    );
                    side.registrations.insert(id);
                } else if let Some(id) = pick(side.registrations.iter().copied(), which) {
                    ua.unregister(now, id);
                }
            }
            19 => {
                if let Some(session) = any
                    && let Ok(id) = ua.refer(now, session, &uri("sip:c@c"), &HeaderList::new())
                {
                    side.requests.entry(id).or_default();
                }
            }
            20 => {
                if let Some(session) = any {
                    let _ = ua.notify_refer(now, session, reply.status);
                }
            }
            21 => {
                if let Some(transaction) = pick(side.waiting.iter().copied(), which) {
                    let owned = Aor::new("x", "example.com".parse().unwrap());
                    let _ = ua.answer_register(now, transaction, &[owned]);
                }
            }
            22 => {
                if let Some(id) = pick(side.registrations.iter().copied(), which) {
                    let every = Duration::from_secs(20);
                    let ways = [KeepAlive::Crlf { every }, KeepAlive::Options { every }];
                    ua.keep_alive(now, id, ways[usize::from(op.how & 1)]);
                }
            }
            15 => self.loss.set([0, 0, 20, 50, 100][usize::from(op.how) % 5]),
            // What was on the wire comes again.
            16 => {
                let seen = self.world.log.len();
                if seen > 0 {
                    let again = self.world.log[usize::from(op.how) % seen].clone();
                    self.world.send(again.from, again.to, again.bytes);
                }
            }
            // What goes to the peer cannot be sent, or can be again.
            17 => {
                if self.world.refusing.pop().is_none() {
                    self.world.refusing.push(address(peer(node)));
                }
            }
            _ => {
                let seconds = [0, 0, 1, 3, 10, 40, 70][usize::from(op.how) % 7];
                self.run(Duration::from_secs(seconds));
            }
        }
        self.run(Duration::from_millis(u64::from(op.how % 12)));
    }

    /// Everybody hangs up on a wire that works; then the time of everything runs out.
    fn end(&mut self) {
        self.loss.set(0);
        self.world.refusing.clear();
        for _ in 0..4 {
            for (node, side) in self.sides.iter_mut().enumerate() {
                let ua = &mut self.world.nodes[node].ua;
                let now = self.world.now;
                for id in side.open.clone() {
                    let _ = ua.bye(now, id, HeaderList::new());
                    let _ = ua.cancel(now, id, HeaderList::new());
                    let _ = ua.answer(now, id, Reply::new(StatusCode::BUSY_HERE));
                }
                for id in side.registrations.clone() {
                    ua.unregister(now, id);
                }
            }
            self.run(Duration::from_secs(200));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_everything_ends_once(program in ops(), seed in any::<u8>()) {
        let chaos = Chaos::play(&program, seed);
        let again = Chaos::play(&program, seed);
        let bytes = |chaos: &Chaos| -> Vec<_> {
            chaos.world.log.iter().map(|datagram| (datagram.at, datagram.bytes.clone())).collect()
        };
        prop_assert!(bytes(&chaos) == bytes(&again), "the same seed gave other bytes");
        let wire = chaos.world.timed_ladder();
        for (node, side) in chaos.sides.iter().enumerate() {
            let live = chaos.world.nodes[node].ua.live();
            prop_assert!(live.is_empty(), "node {node} keeps {live}: {wire:#?}");
            prop_assert!(side.open.is_empty(), "node {node}: {:?} never ended: {wire:#?}", side.open);
            for id in &side.all {
                let times = side.ended.get(id).copied().unwrap_or_default();
                let expected = usize::from(!side.ignored.contains(id));
                prop_assert_eq!(times, expected, "node {}: {} ended {} times: {:#?}", node, id, times, wire);
            }
            prop_assert!(side.requests.values().all(|times| *times == 1), "{:?}", side.requests);
            prop_assert!(side.registrations.is_empty());
        }
    }
}

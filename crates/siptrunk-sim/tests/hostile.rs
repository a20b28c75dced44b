//! Whatever comes in: nothing panics, the contract holds, and everything that was begun ends.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use proptest::prelude::*;
use siptrunk_message::Method;
use siptrunk_sim::{
    Fault, Faults, Passage, Witness, World, contract,
    five9::{CallPlan, Five9, Five9Config},
    synthflow::{Synthflow, SynthflowConfig},
};
use siptrunk_transaction::{Core, Received, Seed};

const NUMBER: &str = "+12065551234";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn caller(now: Instant) -> Five9 {
    let [sip, rtp, gateway] = ["127.0.2.1:5060", "127.0.2.1:4000", "127.0.3.1:5060"].map(address);
    let config = Five9Config::new(sip, rtp, gateway).call(CallPlan::new(NUMBER, "+14155550123"));
    Five9::new(config, Seed([1; 32]), now)
}

fn agent(now: Instant) -> Synthflow {
    let [sip, rtp] = ["127.0.3.1:5060", "127.0.3.1:4000"].map(address);
    Synthflow::new(SynthflowConfig::new(sip, rtp).number(NUMBER), Seed([2; 32]), now)
}

/// Every SIP message of a good call, in order.
fn good_messages() -> Vec<Bytes> {
    let mut world = World::new(1);
    let core = caller(world.now());
    let five9 = vec![address("127.0.2.1:5060"), address("127.0.2.1:4000")];
    world.add("five9", five9, core, siptrunk_sim::NoHost);
    let synthflow = vec![address("127.0.3.1:5060"), address("127.0.3.1:4000")];
    let core = agent(world.now());
    world.add("synthflow", synthflow, core, siptrunk_sim::NoHost);
    world.run_for(Duration::from_secs(10));
    world.trace().sip().map(|entry| entry.bytes.clone()).collect()
}

/// A message with some bytes changed, taken out or doubled.
fn spoiled(messages: Vec<Bytes>) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<prop::sample::Index>(), any::<u8>(), 0..4_u8);
    let edits = prop::collection::vec(edit, 0..6);
    (prop::sample::select(messages), edits).prop_map(|(message, edits)| {
        let mut bytes = message.to_vec();
        for (place, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = place.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        bytes
    })
}

/// Bytes that print as text, so that a failing case can be read.
#[derive(Clone)]
struct Octets(Vec<u8>);

impl std::fmt::Debug for Octets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// Listener, milliseconds since the last one, and what comes.
type Inputs = Vec<(u16, u64, Octets)>;

fn datagrams() -> impl Strategy<Value = Inputs> {
    let bytes = prop_oneof![
        3 => spoiled(good_messages()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
    .prop_map(Octets);
    prop::collection::vec((0..2_u16, 0..3_000_u64, bytes), 1..25)
}

/// Runs a core through inputs at times of their own, and on until it is at rest.
fn endure<C: Core>(mut core: C, mut now: Instant, inputs: Inputs) -> C {
    let peer = address("127.0.9.9:5060");
    for (listener, wait, Octets(bytes)) in inputs {
        now += Duration::from_millis(wait);
        settle(&mut core, now);
        let local = address("127.0.1.1:5060");
        core.handle_input(now, Received::datagram(listener, local, peer, bytes));
        settle(&mut core, now);
    }
    for _ in 0..100_000 {
        let Some(next) = core.poll_timeout() else { return core };
        now = now.max(next);
        settle(&mut core, now);
    }
    panic!("not at rest: {}", core.live());
}

fn settle<C: Core>(core: &mut C, now: Instant) {
    while core.poll_timeout().is_some_and(|at| at <= now) {
        core.handle_timeout(now);
    }
    while core.poll_transmit().is_some() || core.poll_event().is_some() {}
    contract::check(core, now).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_witness_reads_anything(inputs in datagrams()) {
        let now = Instant::now();
        let mut witness = Witness::new(now);
        let ends = [address("127.0.2.1:5060"), address("127.0.3.1:5060")];
        for (side, _, Octets(bytes)) in &inputs {
            let (from, to) = if *side == 0 { (0, 1) } else { (1, 0) };
            witness.observe(now, ends[from], ends[to], bytes);
        }
        let _ = witness.finish();
    }

    #[test]
    fn the_five9_end_endures_anything(inputs in datagrams()) {
        let now = Instant::now();
        let core = endure(caller(now), now, inputs);
        prop_assert!(core.live().is_empty(), "{}", core.live());
        prop_assert!(core.finished());
    }

    #[test]
    fn the_synthflow_end_endures_anything(inputs in datagrams()) {
        let now = Instant::now();
        let core = endure(agent(now), now, inputs);
        prop_assert!(core.live().is_empty(), "{}", core.live());
    }

    #[test]
    fn stripping_takes_out_whole_lines_only(bytes in spoiled(good_messages())) {
        let mut faults = Faults::none()
            .with(Fault::StripHeaders("X-".into()))
            .with(Fault::DropRequests(Method::ACK));
        let Passage::Pass(after) = faults.apply(Bytes::copy_from_slice(&bytes)) else {
            return Ok(());
        };
        prop_assert!(after.len() <= bytes.len());
        let mut left = bytes.split_inclusive(|byte| *byte == b'\n');
        for line in after.split_inclusive(|byte| *byte == b'\n') {
            prop_assert!(left.any(|before| before == line), "a line that was not there");
        }
    }
}

#[test]
fn a_good_call_has_the_messages_of_rfc_3261() {
    let messages = good_messages();
    let first: Vec<String> = messages
        .iter()
        .map(|bytes| String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned())
        .collect();
    let starts =
        ["INVITE ", "SIP/2.0 100", "SIP/2.0 180", "SIP/2.0 200", "ACK ", "BYE ", "SIP/2.0 200"];
    assert_eq!(first.len(), starts.len(), "{first:?}");
    for (line, start) in first.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} is no {start}");
    }
}

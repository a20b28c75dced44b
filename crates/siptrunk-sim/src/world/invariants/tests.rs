use std::{convert::Infallible, net::SocketAddr, time::Instant};

use siptrunk_transaction::{Core, FlowEvent, QuestionId, Received, Transmit};

use super::*;
use crate::{NoHost, run};

/// Claims to hold a transaction, and to wait until some time for its end.
struct Holder {
    kind: &'static str,
    until: Option<Instant>,
    again: Option<Duration>,
}

impl Core for Holder {
    type Event = Infallible;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, _: Instant, _: Received) {}

    fn handle_flow(&mut self, _: Instant, _: FlowEvent) {}

    fn handle_answer(&mut self, _: Instant, _: QuestionId, _: Infallible) {}

    fn handle_media(&mut self, _: Instant, _: Infallible) {}

    fn handle_timeout(&mut self, now: Instant) {
        if self.until.is_some_and(|until| until <= now) {
            self.until = self.again.map(|again| now + again);
            if self.again.is_none() {
                self.kind = "";
            }
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        None
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.until
    }

    fn live(&self) -> Live {
        let mut live = Live::default();
        live.add("objects", usize::from(self.kind == "objects"));
        live.add("server transactions", usize::from(self.kind == "server transactions"));
        live
    }
}

fn hold(kind: &'static str, until: Option<u64>, again: Option<u64>) {
    run(1, |world| {
        let until = until.map(|seconds| world.now() + Duration::from_secs(seconds));
        let core = Holder { kind, until, again: again.map(Duration::from_secs) };
        let address: SocketAddr = "127.0.0.1:5060".parse().unwrap();
        world.add("holder", vec![address], core, NoHost);
        world.run_for(Duration::from_secs(1));
    });
}

#[test]
fn what_ends_by_its_deadline_is_in_order() {
    hold("server transactions", Some(32), None);
    hold("objects", Some(500), None);
}

#[test]
#[should_panic(expected = "node holder holds 1 server transactions and waits for nothing")]
fn a_transaction_without_a_deadline_is_found() {
    hold("server transactions", None, None);
}

#[test]
#[should_panic(expected = "has heard nothing for")]
fn a_transaction_that_never_ends_is_found() {
    hold("server transactions", Some(4), Some(4));
}

#[test]
#[should_panic(expected = "node holder still holds 1 objects")]
fn an_object_that_is_left_is_found() {
    hold("objects", None, None);
}

#[test]
#[should_panic(expected = "an invariant does not hold after 2s: too late")]
fn an_invariant_of_the_scenario_is_asserted_after_each_event() {
    run(1, |world| {
        let until = Some(world.now() + Duration::from_secs(2));
        let core = Holder { kind: "objects", until, again: None };
        world.add("holder", vec!["127.0.0.1:5060".parse().unwrap()], core, NoHost);
        world.invariant(|world| {
            if world.elapsed() < Duration::from_secs(2) { Ok(()) } else { Err("too late".into()) }
        });
        world.run_for(Duration::from_secs(9));
    });
}

const INVITE: &str = "INVITE sip:b@x SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
    From: <sip:a@x>;tag=1\r\nTo: <sip:b@x>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nMax-Forwards: 70\r\n\
    Contact: <sip:a@x>\r\nContent-Length: 0\r\n\r\n";

fn invite(answered: bool, wait: u64) {
    run(1, |world| {
        let [a, b] = ["127.0.0.1:5060", "127.0.0.2:5060"].map(|text| text.parse().unwrap());
        world.inject(a, b, INVITE);
        if answered {
            let tagged = INVITE.replace("To: <sip:b@x>", "To: <sip:b@x>;tag=2");
            world.inject(b, a, tagged.replace("INVITE sip:b@x SIP/2.0", "SIP/2.0 486 Busy"));
            let ack = tagged.replace("INVITE", "ACK").replace("Contact: <sip:a@x>\r\n", "");
            world.inject(a, b, ack);
        }
        world.run_for(Duration::from_secs(wait));
    });
}

#[test]
fn an_invite_is_answered_or_times_out() {
    invite(true, 1);
    invite(false, 32);
}

#[test]
#[should_panic(expected = "neither answered nor timed out")]
fn an_invite_that_is_forgotten_is_found() {
    invite(false, 31);
}

#[test]
#[should_panic(expected = "the witness saw")]
fn the_witness_is_asked_after_each_event() {
    run(1, |world| {
        let [a, b] = ["127.0.0.1:5060", "127.0.0.2:5060"].map(|text| text.parse().unwrap());
        world.inject(a, b, "BYE sip:b@x SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n");
        unreachable!("the world has ended");
    });
}

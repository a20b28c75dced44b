//! Figure 8, with RFC 6026 8.8 and RFC 4320: every state, every input, one row a line.

use std::time::Duration;

use super::*;
use crate::timer::tests::{ALL, MS, On, TCP, UDP, check_table, step, timing};

use Change::{Set, Stop};
use Class::{Failure as Bad, Provisional as Prov, Success as Good};
use Input::{Again, End, Request, Respond};
use State::{Completed, Proceeding, Terminated, Trying};

const KEEP: Change = Change::Keep;
const BROKEN: Input = Input::TransportError(TransportError::Refused);
const SEND: Option<Emit> = Some(Emit::Kept);
const TRYING: Option<Emit> = Some(Emit::Trying);
const TIMEOUT: Option<Failure> = Some(Failure::Timeout);
const TRANSPORT: Option<Failure> = Some(Failure::Transport(TransportError::Refused));

fn s(seconds: u64) -> Change {
    Set(Duration::from_secs(seconds))
}

/// Every state, one after the other.
fn after(it: State) -> Option<State> {
    Some(match it {
        Trying => Proceeding,
        Proceeding => Completed,
        Completed => Terminated,
        Terminated => return None,
    })
}

/// Every input, one after the other.
fn after_input(it: Input) -> Option<Input> {
    Some(match it {
        Request => Respond(Prov),
        Respond(Prov) => Respond(Good),
        Respond(Good) => Respond(Bad),
        Respond(Bad) => Again,
        Again => End,
        End => BROKEN,
        Input::TransportError(_) => return None,
    })
}

fn machine(state: State, reliable: bool) -> Server {
    let timing = timing(reliable);
    let (mut machine, _) = Server::start(&timing);
    match state {
        Trying => {}
        Proceeding => _ = machine.step(Respond(Prov), &timing),
        Terminated => _ = machine.step(End, &timing),
        // Over TCP nothing stays in Completed; the table has no such row.
        Completed => _ = machine.step(Respond(Good), &crate::timer::tests::timing(false)),
    }
    assert_eq!(machine.state(), state);
    machine
}

#[test]
#[rustfmt::skip]
fn figure_8() {
    let table: &[(State, Input, On, State, Step)] = &[
        // state     input          on   next        again (100)   end (J)       emit    up     failure
        (Trying,     Request,       ALL, Trying,     step(KEEP,    KEEP,         None,   false, None)),
        (Trying,     Respond(Prov), ALL, Proceeding, step(Stop,    KEEP,         SEND,   false, None)),
        (Trying,     Respond(Good), UDP, Completed,  step(Stop,    s(32),        SEND,   false, None)),
        (Trying,     Respond(Good), TCP, Terminated, step(Stop,    s(32),        SEND,   false, None)),
        (Trying,     Respond(Bad),  UDP, Completed,  step(Stop,    s(32),        SEND,   false, None)),
        (Trying,     Respond(Bad),  TCP, Terminated, step(Stop,    s(32),        SEND,   false, None)),
        (Trying,     Again,         ALL, Proceeding, step(KEEP,    KEEP,         TRYING, false, None)),
        (Trying,     End,           ALL, Terminated, step(KEEP,    KEEP,         None,   false, TIMEOUT)),
        (Trying,     BROKEN,        ALL, Trying,     step(KEEP,    KEEP,         None,   false, None)),
        (Proceeding, Request,       ALL, Proceeding, step(KEEP,    KEEP,         SEND,   false, None)),
        (Proceeding, Respond(Prov), ALL, Proceeding, step(Stop,    KEEP,         SEND,   false, None)),
        (Proceeding, Respond(Good), UDP, Completed,  step(Stop,    s(32),        SEND,   false, None)),
        (Proceeding, Respond(Good), TCP, Terminated, step(Stop,    s(32),        SEND,   false, None)),
        (Proceeding, Respond(Bad),  UDP, Completed,  step(Stop,    s(32),        SEND,   false, None)),
        (Proceeding, Respond(Bad),  TCP, Terminated, step(Stop,    s(32),        SEND,   false, None)),
        (Proceeding, Again,         ALL, Proceeding, step(KEEP,    KEEP,         None,   false, None)),
        (Proceeding, End,           ALL, Terminated, step(KEEP,    KEEP,         None,   false, TIMEOUT)),
        (Proceeding, BROKEN,        ALL, Proceeding, step(KEEP,    KEEP,         None,   false, TRANSPORT)),
        (Completed,  Request,       ALL, Completed,  step(KEEP,    KEEP,         SEND,   false, None)),
        (Completed,  Respond(Prov), ALL, Completed,  step(KEEP,    KEEP,         None,   false, None)),
        (Completed,  Respond(Good), ALL, Completed,  step(KEEP,    KEEP,         None,   false, None)),
        (Completed,  Respond(Bad),  ALL, Completed,  step(KEEP,    KEEP,         None,   false, None)),
        (Completed,  Again,         ALL, Completed,  step(KEEP,    KEEP,         None,   false, None)),
        (Completed,  End,           ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Completed,  BROKEN,        ALL, Completed,  step(KEEP,    KEEP,         None,   false, TRANSPORT)),
        (Terminated, Request,       ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, Respond(Prov), ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, Respond(Good), ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, Respond(Bad),  ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, Again,         ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, End,           ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
        (Terminated, BROKEN,        ALL, Terminated, step(KEEP,    KEEP,         None,   false, None)),
    ];
    check_table(
        table,
        (Trying, after),
        (Request, after_input),
        |state, input, reliable| {
            let mut machine = machine(state, reliable);
            let step = machine.step(input, &timing(reliable));
            (machine.state(), step)
        },
    );
}

#[test]
fn a_request_goes_up_and_gets_its_100_when_the_client_has_slowed_down() {
    let (machine, first) = Server::start(&timing(false));
    assert_eq!(machine.state(), Trying);
    assert_eq!(first, step(Set(MS(3_500)), s(32), None, true, None));
}

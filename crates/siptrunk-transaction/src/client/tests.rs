//! Figure 6: every state, every input, one row a line.

use super::*;
use crate::timer::tests::{ALL, MS, On, TCP, UDP, check_table, step, timing};

use Change::{Set, Stop};
use Class::{Failure as Bad, Provisional as Prov, Success as Good};
use Input::{Again, End, Release, Response};
use State::{Completed, Held, Proceeding, Terminated, Trying};

const KEEP: Change = Change::Keep;
const BROKEN: Input = Input::TransportError(TransportError::Refused);
const SEND: Option<Emit> = Some(Emit::Kept);
const TIMEOUT: Option<Failure> = Some(Failure::Timeout);
const TRANSPORT: Option<Failure> = Some(Failure::Transport(TransportError::Refused));

fn s(seconds: u64) -> Change {
    Set(Duration::from_secs(seconds))
}

/// Every state, one after the other.
fn after(it: State) -> Option<State> {
    Some(match it {
        Held => Trying,
        Trying => Proceeding,
        Proceeding => Completed,
        Completed => Terminated,
        Terminated => return None,
    })
}

/// Every input, one after the other.
fn after_input(it: Input) -> Option<Input> {
    Some(match it {
        Release => Response(Prov),
        Response(Prov) => Response(Good),
        Response(Good) => Response(Bad),
        Response(Bad) => Again,
        Again => End,
        End => BROKEN,
        Input::TransportError(_) => return None,
    })
}

fn machine(state: State, reliable: bool) -> Client {
    let timing = timing(reliable);
    let mut machine = Client::held(&timing);
    if state != Held {
        machine.step(Release, &timing);
    }
    match state {
        Held | Trying => {}
        Proceeding => _ = machine.step(Response(Prov), &timing),
        Terminated => _ = machine.step(End, &timing),
        // Over TCP nothing stays in Completed; the table has no such row.
        Completed => _ = machine.step(Response(Good), &crate::timer::tests::timing(false)),
    }
    assert_eq!(machine.state(), state);
    machine
}

#[test]
#[rustfmt::skip]
fn figure_6() {
    let half = Set(MS(500));
    let table: &[(State, Input, On, State, Step)] = &[
        // state     input           on   next        again (E)     end (F, K)    emit  up     failure
        (Held,       Release,        UDP, Trying,     step(half,    s(32),        SEND, false, None)),
        (Held,       Release,        TCP, Trying,     step(KEEP,    s(32),        SEND, false, None)),
        (Held,       Response(Prov), ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Held,       Response(Good), ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Held,       Response(Bad),  ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Held,       Again,          ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Held,       End,            ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Held,       BROKEN,         ALL, Held,       step(KEEP,    KEEP,         None, false, None)),
        (Trying,     Release,        ALL, Trying,     step(KEEP,    KEEP,         None, false, None)),
        (Trying,     Response(Prov), ALL, Proceeding, step(KEEP,    KEEP,         None, true,  None)),
        (Trying,     Response(Good), UDP, Completed,  step(Stop,    s(5),         None, true,  None)),
        (Trying,     Response(Good), TCP, Terminated, step(Stop,    s(5),         None, true,  None)),
        (Trying,     Response(Bad),  UDP, Completed,  step(Stop,    s(5),         None, true,  None)),
        (Trying,     Response(Bad),  TCP, Terminated, step(Stop,    s(5),         None, true,  None)),
        (Trying,     Again,          ALL, Trying,     step(s(1),    KEEP,         SEND, false, None)),
        (Trying,     End,            ALL, Terminated, step(KEEP,    KEEP,         None, false, TIMEOUT)),
        (Trying,     BROKEN,         ALL, Terminated, step(KEEP,    KEEP,         None, false, TRANSPORT)),
        (Proceeding, Release,        ALL, Proceeding, step(KEEP,    KEEP,         None, false, None)),
        (Proceeding, Response(Prov), ALL, Proceeding, step(KEEP,    KEEP,         None, true,  None)),
        (Proceeding, Response(Good), UDP, Completed,  step(Stop,    s(5),         None, true,  None)),
        (Proceeding, Response(Good), TCP, Terminated, step(Stop,    s(5),         None, true,  None)),
        (Proceeding, Response(Bad),  UDP, Completed,  step(Stop,    s(5),         None, true,  None)),
        (Proceeding, Response(Bad),  TCP, Terminated, step(Stop,    s(5),         None, true,  None)),
        (Proceeding, Again,          ALL, Proceeding, step(s(4),    KEEP,         SEND, false, None)),
        (Proceeding, End,            ALL, Terminated, step(KEEP,    KEEP,         None, false, TIMEOUT)),
        (Proceeding, BROKEN,         ALL, Terminated, step(KEEP,    KEEP,         None, false, TRANSPORT)),
        (Completed,  Release,        ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Completed,  Response(Prov), ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Completed,  Response(Good), ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Completed,  Response(Bad),  ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Completed,  Again,          ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Completed,  End,            ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Completed,  BROKEN,         ALL, Completed,  step(KEEP,    KEEP,         None, false, None)),
        (Terminated, Release,        ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, Response(Prov), ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, Response(Good), ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, Response(Bad),  ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, Again,          ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, End,            ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
        (Terminated, BROKEN,         ALL, Terminated, step(KEEP,    KEEP,         None, false, None)),
    ];
    check_table(
        table,
        (Held, after),
        (Release, after_input),
        |state, input, reliable| {
            let mut machine = machine(state, reliable);
            let step = machine.step(input, &timing(reliable));
            (machine.state(), step)
        },
    );
}

#[test]
fn timer_e_doubles_up_to_t2_and_is_t2_after_a_provisional() {
    let timing = timing(false);
    let (mut machine, first) = Client::start(&timing);
    assert_eq!(first.again, Set(MS(500)));
    let waits: Vec<_> = (0..5).map(|_| machine.step(Again, &timing).again).collect();
    assert_eq!(waits, [s(1), s(2), s(4), s(4), s(4)]);

    let (mut machine, _) = Client::start(&timing);
    machine.step(Response(Prov), &timing);
    assert_eq!(machine.step(Again, &timing).again, s(4));
}

//! Figure 5 as RFC 6026 has it: every state, every input, one row a line.

use super::*;
use crate::timer::tests::{ALL, MS, On, TCP, UDP, check_table, step, timing};

use Change::{Set, Stop};
use Class::{Failure as Bad, Provisional as Prov, Success as Good};
use Input::{Again, CancelSent, End, Response};
use State::{Accepted, Calling, Completed, Proceeding, Terminated};

const KEEP: Change = Change::Keep;
const BROKEN: Input = Input::TransportError(TransportError::Refused);
const SEND: Option<Emit> = Some(Emit::Kept);
const ACK: Option<Emit> = Some(Emit::Ack);
const CANCELLED: Option<Failure> = Some(Failure::Cancelled);
const TIMEOUT: Option<Failure> = Some(Failure::Timeout);
const TRANSPORT: Option<Failure> = Some(Failure::Transport(TransportError::Refused));

fn s(seconds: u64) -> Change {
    Set(Duration::from_secs(seconds))
}

/// Every state, one after the other.
fn after(it: State) -> Option<State> {
    Some(match it {
        Calling => Proceeding,
        Proceeding => Completed,
        Completed => Accepted,
        Accepted => Terminated,
        Terminated => return None,
    })
}

/// Every input, one after the other.
fn after_input(it: Input) -> Option<Input> {
    Some(match it {
        Response(Prov) => Response(Good),
        Response(Good) => Response(Bad),
        Response(Bad) => Again,
        Again => End,
        End => BROKEN,
        Input::TransportError(_) => CancelSent,
        CancelSent => return None,
    })
}

/// A machine in this state, by the shortest way there.
fn machine(state: State, reliable: bool) -> InviteClient {
    let timing = timing(reliable);
    let (mut machine, _) = InviteClient::start(&timing);
    match state {
        Calling => {}
        Proceeding => _ = machine.step(Response(Prov), &timing),
        Accepted => _ = machine.step(Response(Good), &timing),
        Terminated => _ = machine.step(End, &timing),
        // Over TCP nothing stays in Completed; the table has no such row.
        Completed => _ = machine.step(Response(Bad), &crate::timer::tests::timing(false)),
    }
    assert_eq!(machine.state(), state);
    machine
}

#[test]
#[rustfmt::skip]
fn figure_5() {
    let limit = Set(timing(false).limit);
    let table: &[(State, Input, On, State, Step)] = &[
        // state     input           on   next        again (A)    end (B, D, M)  emit  up     failure
        (Calling,    Response(Prov), ALL, Proceeding, step(Stop,    limit,         None, true,  None)),
        (Calling,    Response(Good), ALL, Accepted,   step(Stop,    s(32),         None, true,  None)),
        (Calling,    Response(Bad),  UDP, Completed,  step(Stop,    s(32),         ACK,  true,  None)),
        (Calling,    Response(Bad),  TCP, Terminated, step(Stop,    s(32),         ACK,  true,  None)),
        (Calling,    Again,          ALL, Calling,    step(s(1),    KEEP,          SEND, false, None)),
        (Calling,    End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, TIMEOUT)),
        (Calling,    BROKEN,         ALL, Terminated, step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Calling,    CancelSent,     ALL, Calling,    step(KEEP,    KEEP,          None, false, None)),
        (Proceeding, Response(Prov), ALL, Proceeding, step(Stop,    KEEP,          None, true,  None)),
        (Proceeding, Response(Good), ALL, Accepted,   step(Stop,    s(32),         None, true,  None)),
        (Proceeding, Response(Bad),  UDP, Completed,  step(Stop,    s(32),         ACK,  true,  None)),
        (Proceeding, Response(Bad),  TCP, Terminated, step(Stop,    s(32),         ACK,  true,  None)),
        (Proceeding, Again,          ALL, Proceeding, step(KEEP,    KEEP,          None, false, None)),
        (Proceeding, End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, TIMEOUT)),
        (Proceeding, BROKEN,         ALL, Terminated, step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Proceeding, CancelSent,     ALL, Proceeding, step(KEEP,    s(32),         None, false, None)),
        (Completed,  Response(Prov), ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  Response(Good), ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  Response(Bad),  ALL, Completed,  step(KEEP,    KEEP,          ACK,  false, None)),
        (Completed,  Again,          ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Completed,  BROKEN,         ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Completed,  CancelSent,     ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Response(Prov), ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Response(Good), ALL, Accepted,   step(KEEP,    KEEP,          None, true,  None)),
        (Accepted,   Response(Bad),  ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Again,          ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   BROKEN,         ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   CancelSent,     ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Response(Prov), ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Response(Good), ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Response(Bad),  ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Again,          ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, BROKEN,         ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, CancelSent,     ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
    ];
    check_table(
        table,
        (Calling, after),
        (Response(Prov), after_input),
        |state, input, reliable| {
            let mut machine = machine(state, reliable);
            let step = machine.step(input, &timing(reliable));
            (machine.state(), step)
        },
    );
}

/// The state within Proceeding that the figure does not draw (RFC 3261 section 9.1).
#[test]
#[rustfmt::skip]
fn figure_5_after_a_cancel() {
    let table: &[(State, Input, On, State, Step)] = &[
        (Proceeding, Response(Prov), ALL, Proceeding, step(Stop,    KEEP,          None, true,  None)),
        (Proceeding, Response(Good), ALL, Accepted,   step(Stop,    s(32),         None, true,  None)),
        (Proceeding, Response(Bad),  UDP, Completed,  step(Stop,    s(32),         ACK,  true,  None)),
        (Proceeding, Response(Bad),  TCP, Terminated, step(Stop,    s(32),         ACK,  true,  None)),
        (Proceeding, Again,          ALL, Proceeding, step(KEEP,    KEEP,          None, false, None)),
        (Proceeding, End,            ALL, Terminated, step(KEEP,    KEEP,          None, false, CANCELLED)),
        (Proceeding, BROKEN,         ALL, Terminated, step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Proceeding, CancelSent,     ALL, Proceeding, step(KEEP,    s(32),         None, false, None)),
    ];
    check_table(table, (Proceeding, |_| None), (Response(Prov), after_input), |state, input, reliable| {
        let mut machine = machine(state, reliable);
        machine.step(CancelSent, &timing(reliable));
        let step = machine.step(input, &timing(reliable));
        (machine.state(), step)
    });
}

#[test]
fn it_starts_with_timer_a_over_udp_only_and_timer_b_always() {
    let (machine, first) = InviteClient::start(&timing(false));
    assert_eq!(machine.state(), Calling);
    assert_eq!(first, step(Set(MS(500)), s(32), SEND, false, None));
    let (_, first) = InviteClient::start(&timing(true));
    assert_eq!(first, step(KEEP, s(32), SEND, false, None));
}

#[test]
fn timer_a_doubles_without_bound() {
    let timing = timing(false);
    let (mut machine, _) = InviteClient::start(&timing);
    let waits: Vec<_> = (0..6).map(|_| machine.step(Again, &timing).again).collect();
    assert_eq!(waits, [s(1), s(2), s(4), s(8), s(16), s(32)]);
}

#[test]
fn timer_d_is_never_below_32_seconds() {
    let fast = Timing { t1: MS(50), ..timing(false) };
    let (mut machine, _) = InviteClient::start(&fast);
    assert_eq!(machine.step(Response(Bad), &fast).end, s(32));
    let slow = Timing { t1: MS(2_000), ..timing(false) };
    let (mut machine, _) = InviteClient::start(&slow);
    assert_eq!(machine.step(Response(Bad), &slow).end, s(128));
}

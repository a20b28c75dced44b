//! Figure 7 as RFC 6026 has it: every state, every input, one row a line.

use super::*;
use crate::timer::tests::{ALL, MS, On, TCP, UDP, check_table, step, timing};

use Change::{Set, Stop};
use Class::{Failure as Bad, Provisional as Prov, Success as Good};
use Input::{Ack, Again, End, Invite, Respond};
use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};

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
        Proceeding => Completed,
        Completed => Confirmed,
        Confirmed => Accepted,
        Accepted => Terminated,
        Terminated => return None,
    })
}

/// Every input, one after the other.
fn after_input(it: Input) -> Option<Input> {
    Some(match it {
        Invite => Ack,
        Ack => Respond(Prov),
        Respond(Prov) => Respond(Good),
        Respond(Good) => Respond(Bad),
        Respond(Bad) => Again,
        Again => End,
        End => BROKEN,
        Input::TransportError(_) => return None,
    })
}

fn machine(state: State, reliable: bool) -> InviteServer {
    let timing = timing(reliable);
    let (mut machine, _) = InviteServer::start(&timing, true);
    match state {
        Proceeding => {}
        Completed => _ = machine.step(Respond(Bad), &timing),
        Accepted => _ = machine.step(Respond(Good), &timing),
        Terminated => _ = machine.step(End, &timing),
        // Over TCP nothing stays in Confirmed; the table has no such row.
        Confirmed => {
            machine.step(Respond(Bad), &timing);
            machine.step(Ack, &crate::timer::tests::timing(false));
        }
    }
    assert_eq!(machine.state(), state);
    machine
}

#[test]
#[rustfmt::skip]
fn figure_7() {
    let half = Set(MS(500));
    let table: &[(State, Input, On, State, Step)] = &[
        // state     input          on   next        again (G)     end (H, I, L)  emit  up     failure
        (Proceeding, Invite,        ALL, Proceeding, step(KEEP,    KEEP,          SEND, false, None)),
        (Proceeding, Ack,           ALL, Proceeding, step(KEEP,    KEEP,          None, false, None)),
        (Proceeding, Respond(Prov), ALL, Proceeding, step(Stop,    KEEP,          SEND, false, None)),
        (Proceeding, Respond(Good), ALL, Accepted,   step(Stop,    s(32),         SEND, false, None)),
        (Proceeding, Respond(Bad),  UDP, Completed,  step(half,    s(32),         SEND, false, None)),
        (Proceeding, Respond(Bad),  TCP, Completed,  step(Stop,    s(32),         SEND, false, None)),
        (Proceeding, Again,         ALL, Proceeding, step(KEEP,    KEEP,          None, false, None)),
        (Proceeding, End,           ALL, Terminated, step(KEEP,    KEEP,          None, false, TIMEOUT)),
        (Proceeding, BROKEN,        ALL, Proceeding, step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Completed,  Invite,        ALL, Completed,  step(KEEP,    KEEP,          SEND, false, None)),
        (Completed,  Ack,           UDP, Confirmed,  step(Stop,    s(5),          None, false, None)),
        (Completed,  Ack,           TCP, Terminated, step(Stop,    s(5),          None, false, None)),
        (Completed,  Respond(Prov), ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  Respond(Good), ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  Respond(Bad),  ALL, Completed,  step(KEEP,    KEEP,          None, false, None)),
        (Completed,  Again,         ALL, Completed,  step(s(1),    KEEP,          SEND, false, None)),
        (Completed,  End,           ALL, Terminated, step(KEEP,    KEEP,          None, false, TIMEOUT)),
        (Completed,  BROKEN,        ALL, Completed,  step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Confirmed,  Invite,        ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  Ack,           ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  Respond(Prov), ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  Respond(Good), ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  Respond(Bad),  ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  Again,         ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  End,           ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Confirmed,  BROKEN,        ALL, Confirmed,  step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Invite,        ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Ack,           ALL, Accepted,   step(KEEP,    KEEP,          None, true,  None)),
        (Accepted,   Respond(Prov), ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Respond(Good), ALL, Accepted,   step(KEEP,    KEEP,          SEND, false, None)),
        (Accepted,   Respond(Bad),  ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   Again,         ALL, Accepted,   step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   End,           ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Accepted,   BROKEN,        ALL, Accepted,   step(KEEP,    KEEP,          None, false, TRANSPORT)),
        (Terminated, Invite,        ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Ack,           ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Respond(Prov), ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Respond(Good), ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Respond(Bad),  ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, Again,         ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, End,           ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
        (Terminated, BROKEN,        ALL, Terminated, step(KEEP,    KEEP,          None, false, None)),
    ];
    check_table(
        table,
        (Proceeding, after),
        (Invite, after_input),
        |state, input, reliable| {
            let mut machine = machine(state, reliable);
            let step = machine.step(input, &timing(reliable));
            (machine.state(), step)
        },
    );
}

/// The state within Proceeding that the figure's 200 ms make: nothing has been sent yet.
#[test]
#[rustfmt::skip]
fn figure_7_before_its_100() {
    let half = Set(MS(500));
    let table: &[(State, Input, On, State, Step)] = &[
        (Proceeding, Invite,        ALL, Proceeding, step(Stop,    KEEP,          TRYING, false, None)),
        (Proceeding, Ack,           ALL, Proceeding, step(KEEP,    KEEP,          None,   false, None)),
        (Proceeding, Respond(Prov), ALL, Proceeding, step(Stop,    KEEP,          SEND,   false, None)),
        (Proceeding, Respond(Good), ALL, Accepted,   step(Stop,    s(32),         SEND,   false, None)),
        (Proceeding, Respond(Bad),  UDP, Completed,  step(half,    s(32),         SEND,   false, None)),
        (Proceeding, Respond(Bad),  TCP, Completed,  step(Stop,    s(32),         SEND,   false, None)),
        (Proceeding, Again,         ALL, Proceeding, step(Stop,    KEEP,          TRYING, false, None)),
        (Proceeding, End,           ALL, Terminated, step(KEEP,    KEEP,          None,   false, TIMEOUT)),
        (Proceeding, BROKEN,        ALL, Proceeding, step(KEEP,    KEEP,          None,   false, TRANSPORT)),
    ];
    check_table(table, (Proceeding, |_| None), (Invite, after_input), |_, input, reliable| {
        let (mut machine, _) = InviteServer::start(&timing(reliable), false);
        let step = machine.step(input, &timing(reliable));
        (machine.state(), step)
    });
}

#[test]
fn trying_goes_at_once_or_after_200_ms_or_when_the_invite_comes_again() {
    let timing = timing(false);
    let limit = Set(timing.limit);

    let (_, first) = InviteServer::start(&timing, true);
    assert_eq!(first, step(KEEP, limit, TRYING, true, None));

    for input in [Again, Invite] {
        let (mut machine, first) = InviteServer::start(&timing, false);
        assert_eq!(first, step(Set(MS(200)), limit, None, true, None));
        assert_eq!(machine.step(input, &timing), step(Stop, KEEP, TRYING, false, None));
        // Once: from then on a repetition gets the kept bytes.
        assert_eq!(machine.step(Invite, &timing).emit, SEND);
        assert_eq!(machine.step(Again, &timing), Step::default());
    }

    let (mut machine, _) = InviteServer::start(&timing, false);
    assert_eq!(machine.step(Respond(Prov), &timing).again, Stop);
    assert_eq!(machine.step(Again, &timing), Step::default());
}

#[test]
fn timer_g_doubles_up_to_t2() {
    let timing = timing(false);
    let mut machine = machine(Completed, false);
    let waits: Vec<_> = (0..5).map(|_| machine.step(Again, &timing).again).collect();
    assert_eq!(waits, [s(1), s(2), s(4), s(4), s(4)]);
}

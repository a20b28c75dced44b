//! The INVITE server transaction: RFC 3261 section 17.2.1 as corrected by RFC 6026 section 8.5.
//!
//! ```text
//!                                       |INVITE
//!                                       |pass INV to TU
//!                    INVITE             V send 100 if TU won't in 200 ms
//!                    send response+------------+
//!                        +--------|            |--------+ 101-199 from TU
//!                        |        |            |        | send response
//!                        +------->|            |<-------+
//!                                 | Proceeding |
//!                                 |            |--------+ Transport Err.
//!                                 |            |        | Inform TU
//!                                 |            |<-------+
//!                                 +------------+
//!                    300-699 from TU |    |2xx from TU
//!                    send response   |    |send response
//!                     +--------------+    +------------+
//!                     |                                |
//!    INVITE           V          Timer G fires         |
//!    send response +-----------+ send response         |
//!         +--------|           |--------+              |
//!         |        |           |        |              |
//!         +------->| Completed |<-------+      INVITE  |  Transport Err.
//!                  |           |               -       |  Inform TU
//!         +--------|           |----+          +-----+ |  +---+
//!         |        +-----------+    | ACK      |     | v  |   v
//!         |          ^   |          | -        |  +------------+
//!         |          |   |          |          |  |            |---+ ACK
//!         +----------+   |          |          +->|  Accepted  |   | to TU
//!         Transport Err. |          |             |            |<--+
//!         Inform TU      |          V             +------------+
//!                        |      +-----------+        |  ^     |
//!                        |      |           |        |  |     |
//!                        |      | Confirmed |        |  +-----+
//!                        |      |           |        |  2xx from TU
//!          Timer H fires |      +-----------+        |  send response
//!          -             |          |                |
//!                        |          | Timer I fires  |
//!                        |          | -              | Timer L fires
//!                        |          V                | -
//!                        |        +------------+     |
//!                        |        |            |<----+
//!                        +------->| Terminated |
//!                                 +------------+
//! ```
//!
//! Timer H informs the user, as RFC 3261 section 17.2.1 says in words (the figure says nothing).
//! Proceeding, which no timer of the RFC ends, is ended by the configured limit.

use std::time::Duration;

use crate::{
    TransportError,
    timer::{Change, Class, Emit, Failure, Step, TRYING_INVITE, Timing},
};

/// The boxes of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Proceeding,
    Completed,
    Confirmed,
    Accepted,
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The INVITE again.
    Invite,
    /// An ACK that matches this transaction.
    Ack,
    /// A response from the user; in Accepted also the same 2xx again.
    Respond(Class),
    /// Timer G; in Proceeding the 200 ms for 100 Trying.
    Again,
    /// Timer H, I or L, by the state.
    End,
    TransportError(TransportError),
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InviteServer {
    state: State,
    /// Whether any response has left.
    responded: bool,
    /// The last value of timer G.
    interval: Duration,
}

impl InviteServer {
    /// INVITE: passed to the TU, answered by 100 now or in 200 ms.
    pub(crate) fn start(timing: &Timing, trying_now: bool) -> (Self, Step) {
        let machine = Self { state: State::Proceeding, responded: trying_now, interval: timing.t1 };
        let step = Step {
            again: if trying_now { Change::Keep } else { Change::Set(TRYING_INVITE) },
            end: Change::Set(timing.limit),
            emit: trying_now.then_some(Emit::Trying),
            deliver: true,
            fail: None,
        };
        (machine, step)
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn step(&mut self, input: Input, timing: &Timing) -> Step {
        let emit = Step { emit: Some(Emit::Kept), ..Step::default() };
        match (self.state, input) {
            (State::Proceeding, Input::Invite | Input::Again) if !self.responded => {
                self.responded = true;
                Step { again: Change::Stop, emit: Some(Emit::Trying), ..Step::default() }
            }
            (State::Proceeding | State::Completed, Input::Invite) => emit,
            (State::Proceeding, Input::Respond(class)) => self.respond(class, timing),
            (State::Proceeding | State::Completed, Input::End) => {
                self.state = State::Terminated;
                Step { fail: Some(Failure::Timeout), ..Step::default() }
            }
            (State::Completed, Input::Again) => {
                self.interval = timing.back_off(self.interval);
                Step { again: Change::Set(self.interval), ..emit }
            }
            (State::Completed, Input::Ack) => {
                // Timer I is zero over reliable transports.
                self.state = if timing.reliable { State::Terminated } else { State::Confirmed };
                Step { again: Change::Stop, end: Change::Set(timing.t4), ..Step::default() }
            }
            (State::Accepted, Input::Ack) => Step { deliver: true, ..Step::default() },
            (State::Accepted, Input::Respond(Class::Success)) => emit,
            (State::Confirmed | State::Accepted, Input::End) => {
                self.state = State::Terminated;
                Step::default()
            }
            (
                State::Proceeding | State::Completed | State::Accepted,
                Input::TransportError(reason),
            ) => Step { fail: Some(Failure::Transport(reason)), ..Step::default() },
            // Everything else is late, doubled or impossible, and changes nothing.
            _ => Step::default(),
        }
    }

    fn respond(&mut self, class: Class, timing: &Timing) -> Step {
        self.responded = true;
        let emit = Step { again: Change::Stop, emit: Some(Emit::Kept), ..Step::default() };
        match class {
            Class::Provisional => emit,
            Class::Success => {
                self.state = State::Accepted;
                Step { end: Change::Set(timing.timeout()), ..emit }
            }
            Class::Failure => {
                self.state = State::Completed;
                Step {
                    again: if timing.reliable { Change::Stop } else { Change::Set(self.interval) },
                    end: Change::Set(timing.timeout()),
                    ..emit
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The non-INVITE server transaction: RFC 3261 section 17.2.2, with the two rules of RFC 4320.
//!
//! ```text
//!                                   |Request received
//!                                   |pass to TU
//!                                   V
//!                             +-----------+
//!                             | Trying    |-------------+
//!                             +-----------+             |200-699 from TU
//!                                   |                   |send response
//!                                   |1xx from TU        |
//!                                   |send response      |
//!                Request            V      1xx from TU  |
//!                send response+-----------+send response|
//!                    +--------|           |--------+    |
//!                    |        | Proceeding|        |    |
//!                    +------->|           |<-------+    |
//!             +<--------------|           |             |
//!             |Trnsprt Err    +-----------+             |
//!             |Inform TU            |                   |
//!             |                     |200-699 from TU    |
//!             |                     |send response      |
//!             |  Request            V                   |
//!             |  send response+-----------+             |
//!             |      +--------|           |             |
//!             |      |        | Completed |<------------+
//!             |      +------->|           |
//!             +<--------------|           |
//!             |Trnsprt Err    +-----------+
//!             |Inform TU            |
//!             |                     |Timer J fires
//!             |                     |-
//!             |                     V
//!             |               +-----------+
//!             +-------------->| Terminated|
//!                             +-----------+
//! ```
//!
//! What stands beside the figure: a transport error leaves the state as it is (RFC 6026 section
//! 8.8 replaced the text, not this figure), so that a repeated request is still recognised. The
//! machine itself sends 100 once a client has slowed down to T2 (RFC 4320 section 4.1). And a
//! request that the user never answers ends after 64*T1, when its client has given up: no late
//! response is sent, and never a 408 (RFC 4320 section 4.2).

use crate::{
    TransportError,
    timer::{Change, Class, Emit, Failure, Step, Timing},
};

/// The boxes of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The request again.
    Request,
    /// A response from the user.
    Respond(Class),
    /// The time for 100 Trying.
    Again,
    /// Timer J; before a final response the time when the client has given up.
    End,
    TransportError(TransportError),
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Server {
    state: State,
}

impl Server {
    /// Request received: passed to the TU.
    pub(crate) fn start(timing: &Timing) -> (Self, Step) {
        let machine = Self { state: State::Trying };
        let step = Step {
            again: Change::Set(timing.trying_after()),
            end: Change::Set(timing.timeout()),
            deliver: true,
            ..Step::default()
        };
        (machine, step)
    }

    pub(crate) fn state(self) -> State {
        self.state
    }

    pub(crate) fn step(&mut self, input: Input, timing: &Timing) -> Step {
        let emit = Step { emit: Some(Emit::Kept), ..Step::default() };
        match (self.state, input) {
            (State::Proceeding | State::Completed, Input::Request) => emit,
            (State::Trying, Input::Again) => {
                self.state = State::Proceeding;
                Step { emit: Some(Emit::Trying), ..Step::default() }
            }
            (State::Trying | State::Proceeding, Input::Respond(Class::Provisional)) => {
                self.state = State::Proceeding;
                Step { again: Change::Stop, ..emit }
            }
            (State::Trying | State::Proceeding, Input::Respond(_)) => {
                // Timer J is zero over reliable transports.
                self.state = if timing.reliable { State::Terminated } else { State::Completed };
                Step { again: Change::Stop, end: Change::Set(timing.timeout()), ..emit }
            }
            (State::Trying | State::Proceeding, Input::End) => {
                self.state = State::Terminated;
                Step { fail: Some(Failure::Timeout), ..Step::default() }
            }
            (State::Completed, Input::End) => {
                self.state = State::Terminated;
                Step::default()
            }
            (State::Proceeding | State::Completed, Input::TransportError(reason)) => {
                Step { fail: Some(Failure::Transport(reason)), ..Step::default() }
            }
            // Everything else is late, doubled or impossible, and changes nothing.
            _ => Step::default(),
        }
    }
}

#[cfg(test)]
mod tests;

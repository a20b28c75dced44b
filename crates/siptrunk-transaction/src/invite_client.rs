//! The INVITE client transaction: RFC 3261 section 17.1.1 as corrected by RFC 6026 section 8.4.
//!
//! ```text
//!                                     |INVITE from TU
//!                   Timer A fires     |INVITE sent      Timer B fires
//!                   Reset A,          V                 or Transport Err.
//!                   INVITE sent +-----------+           inform TU
//!                     +---------|           |--------------------------+
//!                     |         |  Calling  |                          |
//!                     +-------->|           |-----------+              |
//!    300-699                    +-----------+ 2xx       |              |
//!    ACK sent                      |  |       2xx to TU |              |
//!    resp. to TU                   |  |1xx              |              |
//!    +-----------------------------+  |1xx to TU        |              |
//!    |                                |                 |              |
//!    |                1xx             V                 |              |
//!    |                1xx to TU +-----------+           |              |
//!    |                +---------|           |           |              |
//!    |                |         |Proceeding |           |              |
//!    |                +-------->|           |           |              |
//!    |                          +-----------+ 2xx       |              |
//!    |         300-699             |    |     2xx to TU |              |
//!    |         ACK sent,  +--------+    +---------------+              |
//!    |         resp. to TU|                             |              |
//!    |                    |                             |              |
//!    |                    V                             V              |
//!    |              +-----------+                   +----------+       |
//!    +------------->|           |Transport Err.     |          |       |
//!                   | Completed |Inform TU          | Accepted |       |
//!                +--|           |-------+           |          |-+     |
//!        300-699 |  +-----------+       |           +----------+ |     |
//!        ACK sent|    ^  |              |               |  ^     |     |
//!                |    |  |              |               |  |     |     |
//!                +----+  |              |               |  +-----+     |
//!                        |Timer D fires |  Timer M fires|    2xx       |
//!                        |-             |             - |    2xx to TU |
//!                        +--------+     |   +-----------+              |
//!                                 V     V   V                          |
//!                                +------------+                        |
//!                                | Terminated |<-----------------------+
//!                                +------------+
//! ```
//!
//! Three things stand beside the figure. A transport error in Completed ends the transaction
//! without telling the user, who already has a final response: one outcome each. After a CANCEL
//! the wait for a final response is 64*T1 (RFC 3261 section 9.1). And Proceeding, which no timer
//! of the RFC ends, is ended by the configured limit, so that nothing lives for ever.

use std::time::Duration;

use crate::{
    TransportError,
    timer::{Change, Class, Emit, Failure, Step, TIMER_D, Timing},
};

/// The boxes of the figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Calling,
    Proceeding,
    Completed,
    Accepted,
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Response(Class),
    /// Timer A.
    Again,
    /// Timer B, D or M, by the state.
    End,
    TransportError(TransportError),
    /// A CANCEL for this INVITE left.
    CancelSent,
}

/// The machine: 16 bytes and a flag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InviteClient {
    state: State,
    /// The last value of timer A.
    interval: Duration,
    cancelled: bool,
}

impl InviteClient {
    /// INVITE from TU: sent, timers A and B started.
    pub(crate) fn start(timing: &Timing) -> (Self, Step) {
        let machine = Self { state: State::Calling, interval: timing.t1, cancelled: false };
        let step = Step {
            again: if timing.reliable { Change::Keep } else { Change::Set(timing.t1) },
            end: Change::Set(timing.timeout()),
            emit: Some(Emit::Kept),
            ..Step::default()
        };
        (machine, step)
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn step(&mut self, input: Input, timing: &Timing) -> Step {
        match (self.state, input) {
            (State::Calling | State::Proceeding, Input::Response(class)) => {
                self.response(class, timing)
            }
            (State::Calling, Input::Again) => {
                self.interval *= 2;
                Step {
                    again: Change::Set(self.interval),
                    emit: Some(Emit::Kept),
                    ..Step::default()
                }
            }
            (State::Calling | State::Proceeding, Input::End) => {
                self.state = State::Terminated;
                let failure = if self.cancelled { Failure::Cancelled } else { Failure::Timeout };
                Step { fail: Some(failure), ..Step::default() }
            }
            (State::Calling | State::Proceeding, Input::TransportError(reason)) => {
                self.state = State::Terminated;
                Step { fail: Some(Failure::Transport(reason)), ..Step::default() }
            }
            (State::Proceeding, Input::CancelSent) => {
                self.cancelled = true;
                Step { end: Change::Set(timing.timeout()), ..Step::default() }
            }
            (State::Completed, Input::Response(Class::Failure)) => {
                Step { emit: Some(Emit::Ack), ..Step::default() }
            }
            (State::Completed, Input::End | Input::TransportError(_))
            | (State::Accepted, Input::End) => {
                self.state = State::Terminated;
                Step::default()
            }
            (State::Accepted, Input::Response(Class::Success)) => {
                Step { deliver: true, ..Step::default() }
            }
            // Everything else is late, doubled or impossible, and changes nothing.
            _ => Step::default(),
        }
    }

    fn response(&mut self, class: Class, timing: &Timing) -> Step {
        let deliver = Step { deliver: true, again: Change::Stop, ..Step::default() };
        match class {
            Class::Provisional => {
                let first = self.state == State::Calling;
                self.state = State::Proceeding;
                Step {
                    end: if first { Change::Set(timing.limit) } else { Change::Keep },
                    ..deliver
                }
            }
            Class::Success => {
                self.state = State::Accepted;
                Step { end: Change::Set(timing.timeout()), ..deliver }
            }
            Class::Failure => {
                // Timer D is zero over reliable transports.
                self.state = if timing.reliable { State::Terminated } else { State::Completed };
                Step {
                    end: Change::Set(TIMER_D.max(timing.timeout())),
                    emit: Some(Emit::Ack),
                    ..deliver
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The non-INVITE client transaction: RFC 3261 section 17.1.2.
//!
//! ```text
//!                                    |Request from TU
//!                                    |send request
//!                Timer E             V
//!                send request  +-----------+
//!                    +---------|           |-------------------+
//!                    |         |  Trying   |  Timer F          |
//!                    +-------->|           |  or Transport Err.|
//!                              +-----------+  inform TU        |
//!                 200-699         |  |                         |
//!                 resp. to TU     |  |1xx                      |
//!                 +---------------+  |resp. to TU              |
//!                 |                  |                         |
//!                 |   Timer E        V       Timer F           |
//!                 |   send req +-----------+ or Transport Err. |
//!                 |  +---------|           | inform TU         |
//!                 |  |         |Proceeding |------------------>|
//!                 |  +-------->|           |-----+             |
//!                 |            +-----------+     |1xx          |
//!                 |              |      ^        |resp to TU   |
//!                 | 200-699      |      +--------+             |
//!                 | resp. to TU  |                             |
//!                 |              V                             |
//!                 |            +-----------+                   |
//!                 |            | Completed |                   |
//!                 |            +-----------+                   |
//!                 |              ^   |                         |
//!                 |              |   | Timer K                 |
//!                 +--------------+   | -                       |
//!                                    V                         |
//!                              +-----------+                   |
//!                              | Terminated|<------------------+
//!                              +-----------+
//! ```
//!
//! One state stands before the figure: a CANCEL is `Held` until a provisional response to its
//! INVITE is there (RFC 3261 section 9.1), and has sent nothing yet.

use std::time::Duration;

use crate::{
    TransportError,
    timer::{Change, Class, Emit, Failure, Step, Timing},
};

/// The boxes of the figure, and `Held` before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Held,
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

/// What can happen to the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The INVITE has a provisional response: a held CANCEL may go.
    Release,
    Response(Class),
    /// Timer E.
    Again,
    /// Timer F or K, by the state.
    End,
    TransportError(TransportError),
}

/// The machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    state: State,
    /// The last value of timer E.
    interval: Duration,
}

impl Client {
    /// Request from TU: sent, timers E and F started.
    pub(crate) fn start(timing: &Timing) -> (Self, Step) {
        let mut machine = Self::held(timing);
        let step = machine.step(Input::Release, timing);
        (machine, step)
    }

    /// A CANCEL that waits for its INVITE's first provisional response.
    pub(crate) fn held(timing: &Timing) -> Self {
        Self { state: State::Held, interval: timing.t1 }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn step(&mut self, input: Input, timing: &Timing) -> Step {
        match (self.state, input) {
            (State::Held, Input::Release) => {
                self.state = State::Trying;
                Step {
                    again: if timing.reliable { Change::Keep } else { Change::Set(self.interval) },
                    end: Change::Set(timing.timeout()),
                    emit: Some(Emit::Kept),
                    ..Step::default()
                }
            }
            (State::Trying, Input::Again) => {
                self.interval = timing.back_off(self.interval);
                self.resend()
            }
            (State::Proceeding, Input::Again) => {
                self.interval = timing.t2;
                self.resend()
            }
            (State::Trying | State::Proceeding, Input::Response(Class::Provisional)) => {
                self.state = State::Proceeding;
                Step { deliver: true, ..Step::default() }
            }
            (State::Trying | State::Proceeding, Input::Response(_)) => {
                // Timer K is zero over reliable transports.
                self.state = if timing.reliable { State::Terminated } else { State::Completed };
                Step {
                    again: Change::Stop,
                    end: Change::Set(timing.t4),
                    deliver: true,
                    ..Step::default()
                }
            }
            (State::Trying | State::Proceeding, Input::End) => self.fail(Failure::Timeout),
            (State::Trying | State::Proceeding, Input::TransportError(reason)) => {
                self.fail(Failure::Transport(reason))
            }
            (State::Completed, Input::End) => {
                self.state = State::Terminated;
                Step::default()
            }
            // Everything else is late, doubled or impossible, and changes nothing.
            _ => Step::default(),
        }
    }

    fn resend(&self) -> Step {
        Step { again: Change::Set(self.interval), emit: Some(Emit::Kept), ..Step::default() }
    }

    fn fail(&mut self, failure: Failure) -> Step {
        self.state = State::Terminated;
        Step { fail: Some(failure), ..Step::default() }
    }
}

#[cfg(test)]
mod tests;

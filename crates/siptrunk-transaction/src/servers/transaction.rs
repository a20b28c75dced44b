//! One server transaction: either machine behind one set of inputs, and what is kept beside it.

use std::net::SocketAddr;

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Method, Request, ResponseBuilder, StatusCode};

use crate::{
    Target, To, TransactionError, TransportError,
    admission::Stranger,
    invite_server::{self, InviteServer},
    server::{self, Server},
    timer::{Class, Due, Running, Step, Timing},
};

#[derive(Debug)]
pub(super) struct ServerTransaction {
    pub(super) machine: Machine,
    pub(super) timers: Running,
    pub(super) key: u128,
    /// What is equal in all copies of the request (RFC 3261 section 8.2.2.2).
    pub(super) merge: Option<u128>,
    pub(super) to: To,
    /// Where a connection is opened if the request's closes (RFC 3261 section 18.2.2), once.
    pub(super) reopen: Option<Target>,
    pub(super) remote: SocketAddr,
    pub(super) kept: Kept,
    pub(super) reliable: bool,
    /// Whose share it takes.
    pub(super) stranger: Option<Stranger>,
    /// Answered by the layer: nobody above knows of it.
    pub(super) internal: bool,
    pub(super) cancelled: bool,
}

#[derive(Debug)]
pub(super) enum Machine {
    Invite(InviteServer),
    Other(Server),
}

/// What is kept: the request until the first response, then the last response.
#[derive(Debug)]
pub(super) enum Kept {
    Request(Bytes),
    Response(Bytes),
    Nothing,
}

/// What can happen to either machine; an ACK happens to the INVITE machine only.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    Request,
    Respond(Class),
    Due(Due),
    TransportError(TransportError),
}

impl Machine {
    /// A machine for a request of this method, and its first step.
    pub(super) fn start(method: &Method, timing: &Timing, trying_now: bool) -> (Self, Step) {
        if *method == Method::INVITE {
            let (machine, step) = InviteServer::start(timing, trying_now);
            (Self::Invite(machine), step)
        } else {
            let (machine, step) = Server::start(timing);
            (Self::Other(machine), step)
        }
    }
}

impl ServerTransaction {
    pub(super) fn step(&mut self, input: Input, timing: Timing) -> Step {
        let timing = timing.over(self.reliable);
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(
                match input {
                    Input::Request => invite_server::Input::Invite,
                    Input::Respond(class) => invite_server::Input::Respond(class),
                    Input::Due(Due::Again) => invite_server::Input::Again,
                    Input::Due(Due::End) => invite_server::Input::End,
                    Input::TransportError(reason) => invite_server::Input::TransportError(reason),
                },
                &timing,
            ),
            Machine::Other(machine) => machine.step(
                match input {
                    Input::Request => server::Input::Request,
                    Input::Respond(class) => server::Input::Respond(class),
                    Input::Due(Due::Again) => server::Input::Again,
                    Input::Due(Due::End) => server::Input::End,
                    Input::TransportError(reason) => server::Input::TransportError(reason),
                },
                &timing,
            ),
        }
    }

    pub(super) fn ack(&mut self, timing: Timing) -> Step {
        let timing = timing.over(self.reliable);
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(invite_server::Input::Ack, &timing),
            Machine::Other(_) => Step::default(),
        }
    }

    pub(super) fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() == invite_server::State::Terminated,
            Machine::Other(machine) => machine.state() == server::State::Terminated,
        }
    }

    pub(super) fn is_accepted(&self) -> bool {
        matches!(&self.machine, Machine::Invite(machine)
            if machine.state() == invite_server::State::Accepted)
    }

    pub(super) fn has_final(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() != invite_server::State::Proceeding,
            Machine::Other(machine) => {
                !matches!(machine.state(), server::State::Trying | server::State::Proceeding)
            }
        }
    }

    /// RFC 4320: the responses that a request other than INVITE must not get.
    pub(super) fn check(&self, status: StatusCode) -> Result<(), TransactionError> {
        if matches!(self.machine, Machine::Invite(_)) {
            return Ok(());
        }
        let early = !self.reliable && self.timers.waits_to_send();
        let reason = if status == StatusCode::REQUEST_TIMEOUT {
            "no 408 to what is not an INVITE (RFC 4320 section 4.2)"
        } else if status.is_provisional() && status != StatusCode::TRYING {
            "no provisional response but 100 to what is not an INVITE (RFC 4320 section 4.1)"
        } else if status == StatusCode::TRYING && early {
            "too early for a 100: the layer sends it when it is due (RFC 4320 section 4.1)"
        } else {
            return Ok(());
        };
        Err(TransactionError::StatusNotAllowed { status, reason })
    }

    /// Turns the kept request into its 100.
    pub(super) fn make_trying(&mut self, limits: &Limits) {
        let Kept::Request(bytes) = &self.kept else {
            return;
        };
        // It parsed when it came in, so it does again.
        if let Ok(Message::Request(request)) = Message::parse(bytes.clone(), limits) {
            let forgeable = self.stranger.is_some() && !self.reliable;
            self.kept = Kept::trying(&request, self.remote, forgeable);
        }
    }

    /// The To tag of the last response.
    pub(super) fn to_tag(&self, limits: &Limits) -> Option<String> {
        let Kept::Response(bytes) = &self.kept else {
            return None;
        };
        let message = Message::parse(bytes.clone(), limits).ok()?;
        let to = message.headers().to().ok()??;
        to.tag().map(str::to_owned)
    }
}

impl Kept {
    /// The 100 of a request (RFC 3261 section 8.2.6). A sender who may be forged hears none that is
    /// larger than the request.
    pub(super) fn trying(request: &Request, remote: SocketAddr, forgeable: bool) -> Self {
        let trying = ResponseBuilder::for_request(request, StatusCode::TRYING, None, Some(remote));
        match trying.build() {
            Ok(trying) if forgeable && trying.bytes().len() > request.bytes().len() => {
                Self::Nothing
            }
            Ok(trying) => Self::Response(trying.bytes().clone()),
            // It repeats fields that were read, so it can be written; without it the client repeats.
            Err(_) => Self::Nothing,
        }
    }
}

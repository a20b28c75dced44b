//! One client transaction: either machine behind one set of inputs, and what is kept beside it.

use bytes::Bytes;
use siptrunk_message::{Method, Request};

use crate::{
    FlowId, To, TransportError,
    client::{self, Client},
    invite_client::{self, InviteClient},
    slots::Handle,
    timer::{Class, Due, Running, Step, Timing},
};

#[derive(Debug)]
pub(super) struct ClientTransaction {
    pub(super) machine: Machine,
    pub(super) timers: Running,
    pub(super) key: u128,
    pub(super) to: To,
    pub(super) reliable: bool,
    /// It matches nothing any more, and is kept for its request until the next input.
    pub(super) over: bool,
    pub(super) method: Method,
    /// There until the input after the outcome.
    pub(super) request: Option<Request>,
    /// The ACK of a failure, for each time that the failure comes.
    pub(super) ack: Option<Bytes>,
    /// The CANCEL of this INVITE, held or sent.
    pub(super) cancel: Option<Handle>,
}

#[derive(Debug)]
pub(super) enum Machine {
    Invite(InviteClient),
    Other(Client),
}

/// What can happen to either machine.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input {
    Response(Class),
    Due(Due),
    TransportError(TransportError),
}

impl Machine {
    /// A machine for a request of this method, and its first step.
    pub(super) fn start(method: &Method, timing: &Timing) -> (Self, Step) {
        if *method == Method::INVITE {
            let (machine, step) = InviteClient::start(timing);
            (Self::Invite(machine), step)
        } else {
            let (machine, step) = Client::start(timing);
            (Self::Other(machine), step)
        }
    }
}

impl ClientTransaction {
    pub(super) fn new(
        machine: Machine,
        key: u128,
        request: Request,
        to: To,
        reliable: bool,
    ) -> Self {
        Self {
            machine,
            timers: Running::default(),
            key,
            to,
            reliable,
            over: false,
            method: request.method().clone(),
            request: Some(request),
            ack: None,
            cancel: None,
        }
    }

    pub(super) fn step(&mut self, input: Input, timing: Timing) -> Step {
        let timing = timing.over(self.reliable);
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(
                match input {
                    Input::Response(class) => invite_client::Input::Response(class),
                    Input::Due(Due::Again) => invite_client::Input::Again,
                    Input::Due(Due::End) => invite_client::Input::End,
                    Input::TransportError(reason) => invite_client::Input::TransportError(reason),
                },
                &timing,
            ),
            Machine::Other(machine) => machine.step(
                match input {
                    Input::Response(class) => client::Input::Response(class),
                    Input::Due(Due::Again) => client::Input::Again,
                    Input::Due(Due::End) => client::Input::End,
                    Input::TransportError(reason) => client::Input::TransportError(reason),
                },
                &timing,
            ),
        }
    }

    /// A held CANCEL may go: the step if it was held.
    pub(super) fn release(&mut self, timing: Timing) -> Option<Step> {
        let timing = timing.over(self.reliable);
        match &mut self.machine {
            Machine::Other(machine) if machine.state() == client::State::Held => {
                Some(machine.step(client::Input::Release, &timing))
            }
            _ => None,
        }
    }

    /// The CANCEL of this INVITE left.
    pub(super) fn cancel_sent(&mut self, timing: Timing) -> Step {
        let timing = timing.over(self.reliable);
        match &mut self.machine {
            Machine::Invite(machine) => machine.step(invite_client::Input::CancelSent, &timing),
            Machine::Other(_) => Step::default(),
        }
    }

    pub(super) fn is_held(&self) -> bool {
        matches!(&self.machine, Machine::Other(machine) if machine.state() == client::State::Held)
    }

    pub(super) fn is_terminated(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => machine.state() == invite_client::State::Terminated,
            Machine::Other(machine) => machine.state() == client::State::Terminated,
        }
    }

    /// Whether it is an INVITE that was refused.
    pub(super) fn has_failed(&self) -> bool {
        matches!(&self.machine, Machine::Invite(machine)
            if machine.state() == invite_client::State::Completed)
    }

    /// Whether the user has its final response or failure.
    pub(super) fn has_outcome(&self) -> bool {
        match &self.machine {
            Machine::Invite(machine) => !matches!(
                machine.state(),
                invite_client::State::Calling | invite_client::State::Proceeding
            ),
            Machine::Other(machine) => {
                matches!(machine.state(), client::State::Completed | client::State::Terminated)
            }
        }
    }

    /// The flow that it hangs on, unless a connection for it is still to be opened.
    pub(super) fn flow(&self) -> Option<FlowId> {
        match self.to {
            To::Flow(flow) => Some(flow),
            To::Target(_) => None,
        }
    }
}

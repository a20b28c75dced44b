//! One node's inside: a core and its host behind one object-safe face.

use std::{any::Any, collections::BTreeMap, net::SocketAddr, time::Instant};

use siptrunk_transaction::{Core, FlowEvent, Live, Received, Transmit};

use crate::{
    contract,
    host::{Datagram, Host, HostContext, Reply},
};

/// How often a core may produce something in answer to itself before it is called runaway.
const ROUNDS: usize = 100_000;

/// What a node wants to have sent.
pub(super) enum Outgoing {
    Transmit(Transmit),
    Datagram(Datagram),
}

/// A node without its types.
pub(super) trait Actor {
    fn input(&mut self, now: Instant, input: Received);
    fn flow(&mut self, now: Instant, event: FlowEvent);
    fn host_datagram(&mut self, now: Instant, datagram: Datagram);
    fn owns(&self, address: SocketAddr) -> bool;
    /// Does what is due and drains, until nothing is left.
    fn settle(&mut self, now: Instant, out: &mut Vec<Outgoing>) -> Result<(), String>;
    fn poll_timeout(&self) -> Option<Instant>;
    fn live(&self) -> Live;
    fn core(&self) -> &dyn Any;
    fn core_mut(&mut self) -> &mut dyn Any;
    fn host_mut(&mut self) -> &mut dyn Any;
    /// The `Vec` of events that were kept.
    fn events_mut(&mut self) -> &mut dyn Any;
}

/// A core, its host, and what lies between them.
pub(super) struct Hosted<C: Core, H> {
    core: C,
    host: H,
    events: Vec<C::Event>,
    later: BTreeMap<(Instant, u64), Reply<C>>,
    count: u64,
    datagrams: Vec<Datagram>,
}

impl<C: Core, H: Host<C>> Hosted<C, H> {
    pub(super) fn new(core: C, host: H) -> Self {
        Self {
            core,
            host,
            events: Vec::new(),
            later: BTreeMap::new(),
            count: 0,
            datagrams: Vec::new(),
        }
    }

    fn keep(&mut self, context: HostContext<C>) {
        for (at, reply) in context.replies {
            self.later.insert((at, self.count), reply);
            self.count += 1;
        }
        self.datagrams.extend(context.datagrams);
    }

    fn replies(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some(entry) = self.later.first_entry() {
            if entry.key().0 > now {
                break;
            }
            any = true;
            match entry.remove() {
                Reply::Answer(id, answer) => self.core.handle_answer(now, id, answer),
                Reply::Media(event) => self.core.handle_media(now, event),
            }
        }
        any
    }

    fn timeouts(&mut self, now: Instant) -> bool {
        let mut any = false;
        if self.host.poll_timeout().is_some_and(|at| at <= now) {
            let mut context = HostContext::new(now);
            self.host.handle_timeout(&mut context);
            self.keep(context);
            any = true;
        }
        if self.core.poll_timeout().is_some_and(|at| at <= now) {
            self.core.handle_timeout(now);
            any = true;
        }
        any
    }

    /// One drain. Whether anything came that could cause more.
    fn drain(&mut self, now: Instant, out: &mut Vec<Outgoing>) -> bool {
        let mut any = false;
        while let Some(transmit) = self.core.poll_transmit() {
            out.push(Outgoing::Transmit(transmit));
        }
        let mut context = HostContext::new(now);
        while let Some((id, question)) = self.core.poll_question() {
            self.host.ask(&mut context, id, question);
            any = true;
        }
        while let Some(command) = self.core.poll_media() {
            self.host.command(&mut context, command);
            any = true;
        }
        while let Some(event) = self.core.poll_event() {
            let kept = self.host.event(&mut context, &mut self.core, event);
            self.events.extend(kept);
            any = true;
        }
        self.keep(context);
        out.extend(self.datagrams.drain(..).map(Outgoing::Datagram));
        any
    }
}

impl<C, H> Actor for Hosted<C, H>
where
    C: Core + 'static,
    H: Host<C> + 'static,
{
    fn input(&mut self, now: Instant, input: Received) {
        self.core.handle_input(now, input);
    }

    fn flow(&mut self, now: Instant, event: FlowEvent) {
        self.core.handle_flow(now, event);
    }

    fn host_datagram(&mut self, now: Instant, datagram: Datagram) {
        let mut context = HostContext::new(now);
        self.host.handle_datagram(&mut context, datagram);
        self.keep(context);
    }

    fn owns(&self, address: SocketAddr) -> bool {
        self.host.owns(address)
    }

    fn settle(&mut self, now: Instant, out: &mut Vec<Outgoing>) -> Result<(), String> {
        let mut rounds = 0;
        loop {
            let drained = self.drain(now, out);
            let replied = self.replies(now);
            let timed = self.timeouts(now);
            if !(drained || replied || timed) {
                break;
            }
            rounds += 1;
            if rounds > ROUNDS {
                return Err(format!("still busy after {ROUNDS} rounds at one instant"));
            }
        }
        if cfg!(debug_assertions) {
            contract::check(&mut self.core, now).map_err(|breach| breach.to_string())?;
        }
        Ok(())
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let later = self.later.keys().next().map(|(at, _)| *at);
        [self.core.poll_timeout(), self.host.poll_timeout(), later].into_iter().flatten().min()
    }

    fn live(&self) -> Live {
        self.core.live()
    }

    fn core(&self) -> &dyn Any {
        &self.core
    }

    fn core_mut(&mut self) -> &mut dyn Any {
        &mut self.core
    }

    fn host_mut(&mut self) -> &mut dyn Any {
        &mut self.host
    }

    fn events_mut(&mut self) -> &mut dyn Any {
        &mut self.events
    }
}

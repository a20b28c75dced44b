//! The loop that gives a core sockets and a clock: inputs in, then everything out, then sleep.

use std::{future::poll_fn, pin::Pin, time::Instant};

use siptrunk_transaction::{Core, FlowEvent, FlowId, To, Transmit, TransportError};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Sleep, sleep_until},
};

use crate::{
    DriverHandle, DriverStatistics, Events, Reply, Tap, UdpListener, Wire, World,
    events::{self, EventSender},
    handle::{Command, Until},
    statistics::Counters,
    udp::{Arrival, Sent, UdpReader, UdpSender},
};

/// How many inputs are taken in a row before commands, replies and timers are looked at again.
const INPUT_BATCH: usize = 32;

/// Bounds of a driver's queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverLimits {
    /// Datagrams between the readers and the core; over it they are dropped and counted.
    /// Default 8,192.
    pub inputs: usize,
    /// Events between the core and the application; over it the oldest is dropped and counted.
    /// Default 8,192.
    pub events: usize,
    /// Commands of handles that wait to be run; over it the handles wait. Default 256.
    pub commands: usize,
}

impl Default for DriverLimits {
    fn default() -> Self {
        Self { inputs: 8192, events: 8192, commands: 256 }
    }
}

/// Runs one core on real sockets: [`run`](Self::run) is the task that owns it.
///
/// The index of a listener in the list is its number in
/// [`FlowId::Datagram`](siptrunk_transaction::FlowId::Datagram). Only UDP is built yet: a transmit
/// over a connection fails, and the core is told.
pub struct Driver<C: Core, W> {
    core: C,
    world: W,
    readers: Vec<UdpReader>,
    senders: Vec<UdpSender>,
    taps: Vec<Box<dyn Tap>>,
    counters: Counters,
    inputs: usize,
    commands: mpsc::Receiver<Command<C>>,
    handle: DriverHandle<C>,
    event_sender: EventSender<C::Event>,
    events: Events<C::Event>,
    waiting: Vec<Until<C>>,
}

impl<C: Core, W: World<C>> Driver<C, W> {
    /// A driver with the default [`DriverLimits`].
    pub fn new(core: C, world: W, listeners: Vec<UdpListener>) -> Self {
        Self::with_limits(core, world, listeners, DriverLimits::default())
    }

    /// A driver with limits of the caller's choice; each is at least one.
    pub fn with_limits(
        core: C,
        world: W,
        listeners: Vec<UdpListener>,
        limits: DriverLimits,
    ) -> Self {
        let (readers, senders) = listeners.into_iter().map(UdpListener::split).unzip();
        let counters = Counters::default();
        let (command_sender, commands) = mpsc::channel(limits.commands.max(1));
        let (event_sender, events) = events::queue(limits.events);
        Self {
            core,
            world,
            readers,
            senders,
            taps: Vec::new(),
            handle: DriverHandle::new(command_sender, counters.clone()),
            counters,
            inputs: limits.inputs.max(1),
            commands,
            event_sender,
            events,
            waiting: Vec::new(),
        }
    }

    /// Adds an observer of all bytes.
    #[must_use]
    pub fn tap(mut self, tap: impl Tap + 'static) -> Self {
        self.taps.push(Box::new(tap));
        self
    }

    /// A handle to run commands on the core, and to stop the driver.
    pub fn handle(&self) -> DriverHandle<C> {
        self.handle.clone()
    }

    /// The events of the core.
    pub fn events(&self) -> Events<C::Event> {
        self.events.clone()
    }

    /// The counters so far.
    pub fn statistics(&self) -> DriverStatistics {
        self.counters.read()
    }

    /// Drives the core until a handle says [`stop`](DriverHandle::stop), and gives it back.
    ///
    /// Dropping the future stops the core where it stands: sockets close, nothing is said to peers.
    pub async fn run(mut self) -> C {
        // The driver keeps one sender, so that the queue stays open even without listeners.
        let (queue, mut arrivals) = mpsc::channel(self.inputs);
        let mut readers = JoinSet::new();
        for (listener, reader) in (0..).zip(self.readers.drain(..)) {
            readers.spawn(reader.run(listener, queue.clone(), self.counters.clone()));
        }
        let mut alarm = Alarm::new();
        self.drain().await;
        loop {
            let due = alarm.set(self.core.poll_timeout());
            tokio::select! {
                // Commands and replies are few; a flood of datagrams must not keep a timer waiting.
                biased;
                command = self.commands.recv() => match command {
                    Some(Command::Run(verb)) => verb.run(&mut self.core, Instant::now()),
                    Some(Command::Until(until)) => self.waiting.push(until),
                    // `None` cannot be: the driver itself holds a handle.
                    Some(Command::Stop) | None => return self.core,
                },
                reply = poll_fn(|context| self.world.poll_reply(context)) => match reply {
                    Reply::Answer(id, answer) => {
                        self.core.handle_answer(Instant::now(), id, answer);
                    }
                    Reply::Media(event) => self.core.handle_media(Instant::now(), event),
                },
                () = alarm.rings(), if due => self.core.handle_timeout(Instant::now()),
                // `None` cannot be: `queue` lives as long as this loop.
                Some(first) = arrivals.recv() => self.take(first, &mut arrivals).await,
            }
            self.drain().await;
        }
    }

    /// Hands a row of inputs to the core, draining it after each.
    async fn take(&mut self, first: Arrival, arrivals: &mut mpsc::Receiver<Arrival>) {
        let mut left = INPUT_BATCH;
        let mut next = Some(first);
        while let Some(Arrival { at, received }) = next {
            if !self.taps.is_empty() {
                let wire = Wire::new(at, received.local, received.remote);
                self.taps.iter_mut().for_each(|tap| tap.received(&wire, &received.bytes));
            }
            // The moment of handing over, not of arrival: time never goes back for a core.
            self.core.handle_input(Instant::now(), received);
            self.drain().await;
            left -= 1;
            next = if left > 0 { arrivals.try_recv().ok() } else { None };
        }
    }

    /// Takes everything out of the core: after it, each `poll_*` is empty.
    async fn drain(&mut self) {
        // Media first: who gets a description may send in the next moment.
        self.command_media();
        while let Some(transmit) = self.core.poll_transmit() {
            let ticket = transmit.ticket;
            if let Err(reason) = self.send(transmit).await {
                self.counters.send_error();
                self.core.handle_flow(Instant::now(), FlowEvent::Failed { ticket, reason });
                self.command_media();
            }
        }
        while let Some((id, question)) = self.core.poll_question() {
            self.world.ask(id, question);
        }
        while let Some(event) = self.core.poll_event() {
            self.event_sender.push(event);
        }
        let core = &self.core;
        self.waiting.retain_mut(|until| !until.check(core));
    }

    fn command_media(&mut self) {
        while let Some(command) = self.core.poll_media() {
            self.world.command(command);
        }
    }

    async fn send(&mut self, transmit: Transmit) -> Result<(), TransportError> {
        let (sender, peer) = self.route(&transmit.to)?;
        let local = sender.local();
        match sender.send(&transmit.bytes, peer).await? {
            Sent::Taken => self.counters.sent(),
            Sent::Dropped => {
                self.counters.send_dropped();
                return Ok(());
            }
        }
        if !self.taps.is_empty() {
            let wire = Wire::new(Instant::now(), local, peer);
            self.taps.iter_mut().for_each(|tap| tap.sent(&wire, &transmit.bytes));
        }
        Ok(())
    }

    /// The socket and the peer that a transmit is meant for.
    fn route(&self, to: &To) -> Result<(&UdpSender, std::net::SocketAddr), TransportError> {
        match to {
            To::Flow(FlowId::Datagram { listener, peer, .. }) => {
                let sender = self.senders.get(usize::from(*listener));
                Ok((sender.ok_or(TransportError::UnknownFlow)?, *peer))
            }
            To::Target(target) if !target.transport.is_reliable() => {
                let family = target.address.is_ipv4();
                let sender = self.senders.iter().find(|one| one.local().is_ipv4() == family);
                Ok((sender.ok_or(TransportError::Unreachable)?, target.address))
            }
            // Connections are not built yet, so no flow and no target can be one.
            To::Flow(FlowId::Connection(_)) => Err(TransportError::UnknownFlow),
            To::Target(_) => Err(TransportError::Unreachable),
        }
    }
}

/// One tokio timer, moved only when the core's deadline moved.
struct Alarm {
    sleep: Pin<Box<Sleep>>,
    set_to: Option<Instant>,
}

impl Alarm {
    fn new() -> Self {
        Self { sleep: Box::pin(sleep_until(Instant::now().into())), set_to: None }
    }

    /// Sets the alarm; `false` if there is nothing to wait for.
    fn set(&mut self, deadline: Option<Instant>) -> bool {
        if let Some(at) = deadline
            && self.set_to != deadline
        {
            self.sleep.as_mut().reset(at.into());
            self.set_to = deadline;
        }
        deadline.is_some()
    }

    async fn rings(&mut self) {
        self.sleep.as_mut().await;
        // A finished sleep must be set again before it is awaited again.
        self.set_to = None;
    }
}

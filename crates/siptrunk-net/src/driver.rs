//! The loop that gives a core sockets and a clock: inputs in, then everything out, then sleep.

use std::{
    future::poll_fn,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    time::Instant,
};

use bytes::Bytes;
use siptrunk_message::Transport;
use siptrunk_transaction::{Core, FlowEvent, FlowId, To, Transmit, TransportError};
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{Sleep, sleep_until},
};

use crate::{
    BoundListener, DriverHandle, DriverStatistics, Events, Reply, StreamListener, StreamOptions,
    Tap, Wire, World,
    events::{self, EventSender},
    handle::{Command, Until},
    input::{self, Arrival, Ends, Input, News, Queued},
    own::OwnAddresses,
    statistics::Counters,
    stream::{Change, Connections, Dialing, Route, Unsent},
    trusted::Trusted,
    udp::{Sent, UdpReader, UdpSender},
};

/// How many inputs are taken in a row before commands, replies and timers are looked at again.
const INPUT_BATCH: usize = 32;

/// Bounds of a driver's queues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DriverLimits {
    /// Messages between the readers and the core; over it datagrams are dropped and counted (in the
    /// last quarter a stranger's that begin something new), and connections wait, strangers' over
    /// half of it. Default 8,192.
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
/// [`FlowId::Datagram`](siptrunk_transaction::FlowId::Datagram).
pub struct Driver<C: Core, W> {
    core: C,
    world: W,
    readers: Vec<(u16, UdpReader)>,
    senders: Vec<(u16, UdpSender)>,
    streams: Vec<StreamListener>,
    stream_options: StreamOptions,
    trusted: Trusted,
    own: Vec<(Transport, SocketAddr)>,
    dialing: Dialing,
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
    pub fn new<L>(core: C, world: W, listeners: impl IntoIterator<Item = L>) -> Self
    where
        L: Into<BoundListener>,
    {
        Self::with_limits(core, world, listeners, DriverLimits::default())
    }

    /// A driver with limits of the caller's choice; each is at least one.
    pub fn with_limits<L>(
        core: C,
        world: W,
        listeners: impl IntoIterator<Item = L>,
        limits: DriverLimits,
    ) -> Self
    where
        L: Into<BoundListener>,
    {
        let (mut readers, mut senders, mut streams) = (Vec::new(), Vec::new(), Vec::new());
        let mut inodes = Vec::new();
        let mut own = Vec::new();
        for (number, listener) in (0..).zip(listeners) {
            let listener = listener.into();
            own.push((listener.transport(), listener.local_addr()));
            match listener {
                BoundListener::Udp(udp) => {
                    inodes.extend(udp.inode());
                    let (reader, sender) = udp.split();
                    readers.push((number, reader));
                    senders.push((number, sender));
                }
                BoundListener::Stream(stream) => streams.push(stream),
            }
        }
        let counters = Counters::of_sockets(inodes);
        let (command_sender, commands) = mpsc::channel(limits.commands.max(1));
        let (event_sender, events) = events::queue(limits.events);
        Self {
            core,
            world,
            readers,
            senders,
            streams,
            stream_options: StreamOptions::default(),
            trusted: Trusted::default(),
            own,
            dialing: Dialing::default(),
            taps: Vec::new(),
            handle: DriverHandle::new(command_sender, counters.clone()),
            counters,
            inputs: limits.inputs,
            commands,
            event_sender,
            events,
            waiting: Vec::new(),
        }
    }

    /// Sets deadlines and bounds of connections.
    #[must_use]
    pub fn streams(mut self, options: StreamOptions) -> Self {
        self.trusted = Trusted::new(options.trusted.clone());
        self.stream_options = options;
        self
    }

    /// Shares the list of trusted sources with whoever learns addresses while the driver runs. What
    /// [`streams`](Self::streams) set as trusted is replaced.
    #[must_use]
    pub(crate) fn trusting(mut self, trusted: Trusted) -> Self {
        self.trusted = trusted;
        self
    }

    /// Says where else than on its listeners what is sent comes back to us: in front of a NAT.
    #[must_use]
    pub(crate) fn also_at(
        mut self,
        own: impl IntoIterator<Item = (Transport, SocketAddr)>,
    ) -> Self {
        self.own.extend(own);
        self
    }

    /// Sets what peers must prove before a TLS connection to them is used. Without it none opens.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn tls(mut self, client: crate::TlsClient) -> Self {
        self.dialing.tls = Some(client);
        self
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
    /// What is queued on connections is then written, for a second at most. Dropping the future
    /// stops the core where it stands: sockets close, nothing is said to peers.
    pub async fn run(mut self) -> C {
        // The driver keeps one sender, so that the queue stays open even without listeners.
        let (queue, inputs) = input::inputs(self.inputs);
        let mut readers = JoinSet::new();
        for (number, reader) in self.readers.drain(..) {
            let (queue, trusted) = (queue.clone(), self.trusted.clone());
            readers.spawn(reader.run(number, queue, trusted, self.counters.clone()));
        }
        let connections = Connections::start(
            std::mem::take(&mut self.streams),
            std::mem::take(&mut self.stream_options),
            self.trusted.clone(),
            std::mem::take(&mut self.dialing),
            queue,
            self.counters.clone(),
        );
        let own = OwnAddresses::new(std::mem::take(&mut self.own));
        let running = Running { driver: self, connections, own };
        running.run(inputs).await
    }
}

/// A driver with its connections open.
struct Running<C: Core, W> {
    driver: Driver<C, W>,
    connections: Connections,
    own: OwnAddresses,
}

impl<C: Core, W: World<C>> Running<C, W> {
    async fn run(mut self, mut inputs: mpsc::Receiver<Queued>) -> C {
        let mut alarm = Alarm::new();
        self.drain().await;
        loop {
            let driver = &mut self.driver;
            let due = alarm.set(driver.core.poll_timeout());
            tokio::select! {
                // Commands and replies are few; a flood of datagrams must not keep a timer waiting.
                biased;
                command = driver.commands.recv() => match command {
                    Some(Command::Run(verb)) => verb.run(&mut driver.core, Instant::now()),
                    Some(Command::Until(until)) => driver.waiting.push(until),
                    // `None` cannot be: the driver itself holds a handle.
                    Some(Command::Stop) | None => {
                        // Connections that wait for room in the queue must not wait for ever.
                        drop(inputs);
                        self.connections.stop().await;
                        // The last moment at which the kernel still knows our sockets.
                        let _ = driver.counters.read();
                        return self.driver.core;
                    }
                },
                reply = poll_fn(|context| driver.world.poll_reply(context)) => match reply {
                    Reply::Answer(id, answer) => {
                        driver.core.handle_answer(Instant::now(), id, answer);
                        driver.world.answered(&driver.core);
                    }
                    Reply::Media(event) => driver.core.handle_media(Instant::now(), event),
                },
                () = alarm.rings(), if due => driver.core.handle_timeout(Instant::now()),
                // `None` cannot be: the connections hold a sender as long as this loop runs.
                Some(first) = inputs.recv() => self.take(first, &mut inputs).await,
            }
            self.drain().await;
        }
    }

    /// Hands a row of inputs to the core, draining it after each.
    async fn take(&mut self, first: Queued, inputs: &mut mpsc::Receiver<Queued>) {
        let mut left = INPUT_BATCH;
        let mut next = Some(first);
        while let Some(queued) = next {
            match queued.input {
                Input::Message(arrival) => self.hand_over(arrival),
                Input::Connection(number, news) => self.connection(number, news),
            }
            self.drain().await;
            left -= 1;
            next = if left > 0 { inputs.try_recv().ok() } else { None };
        }
    }

    fn hand_over(&mut self, Arrival { at, received }: Arrival) {
        let driver = &mut self.driver;
        if !driver.taps.is_empty() {
            let wire = Wire::new(at, received.transport, received.local, received.remote);
            driver.taps.iter_mut().for_each(|tap| tap.received(&wire, &received.bytes));
        }
        // The moment of handing over, not of arrival: time never goes back for a core.
        driver.core.handle_input(Instant::now(), received);
    }

    fn connection(&mut self, number: u64, news: News) {
        let now = Instant::now();
        match self.connections.take(number, news) {
            None => {}
            Some(Change::Opened(number, ends, sent)) => {
                for (ticket, bytes) in sent {
                    self.driver.sent(&ends, &bytes);
                    self.driver.core.handle_flow(now, opened(number, &ends, ticket));
                }
            }
            Some(Change::Failed(tickets, reason)) => {
                for ticket in tickets {
                    self.driver.counters.send_error();
                    self.driver.core.handle_flow(now, FlowEvent::Failed { ticket, reason });
                }
            }
            Some(Change::Closed(number, reason)) => {
                let flow = FlowId::Connection(number);
                self.driver.core.handle_flow(now, FlowEvent::Closed { flow, reason });
            }
        }
    }

    /// Takes everything out of the core: after it, each `poll_*` is empty.
    async fn drain(&mut self) {
        // Media first: who gets a description may send in the next moment.
        self.driver.command_media();
        while let Some(transmit) = self.driver.core.poll_transmit() {
            self.send(transmit).await;
            self.driver.command_media();
        }
        let driver = &mut self.driver;
        while let Some((id, question)) = driver.core.poll_question() {
            driver.world.ask(id, question);
        }
        while let Some(event) = driver.core.poll_event() {
            driver.event_sender.push(event);
        }
        let core = &driver.core;
        driver.waiting.retain_mut(|until| !until.check(core));
    }

    async fn send(&mut self, transmit: Transmit) {
        let Transmit { to, bytes, ticket } = transmit;
        let sent = match to {
            // A response goes there only if such a request came.
            To::Target(target) if self.own.contain(target.transport, target.address) => {
                Err(self.refuse_ourselves(target.address).into())
            }
            To::Flow(FlowId::Datagram { peer, .. }) if self.own.contain(Transport::Udp, peer) => {
                Err(self.refuse_ourselves(peer).into())
            }
            To::Flow(FlowId::Connection(number)) => {
                let written = self.connections.write(number, bytes.clone());
                written.map(|ends| self.driver.sent(&ends, &bytes))
            }
            To::Target(target) if target.transport.is_reliable() => {
                let route = self.connections.send_to(target, ticket, bytes.clone());
                route.map(|route| match route {
                    Route::Open(number, ends) => {
                        self.driver.sent(&ends, &bytes);
                        let event = opened(number, &ends, ticket);
                        self.driver.core.handle_flow(Instant::now(), event);
                    }
                    Route::Opening => {}
                })
            }
            To::Flow(FlowId::Datagram { listener, local, peer }) => {
                let ours = Some((listener, local));
                self.driver.send_datagram(ours, peer, bytes).await.map_err(Unsent::from)
            }
            To::Target(target) => {
                let sent = self.driver.send_datagram(None, target.address, bytes).await;
                sent.map_err(Unsent::from)
            }
        };
        if let Err(Unsent { reason, closed }) = sent {
            let now = Instant::now();
            self.driver.counters.send_error();
            self.driver.core.handle_flow(now, FlowEvent::Failed { ticket, reason });
            if let Some(number) = closed {
                let flow = FlowId::Connection(number);
                self.driver.core.handle_flow(now, FlowEvent::Closed { flow, reason });
            }
        }
    }
}

impl<C: Core, W: World<C>> Running<C, W> {
    fn refuse_ourselves(&self, address: SocketAddr) -> TransportError {
        self.driver.counters.to_ourselves();
        tracing::warn!(%address, "a message would have come back to us");
        TransportError::OwnAddress
    }
}

impl<C: Core, W: World<C>> Driver<C, W> {
    fn command_media(&mut self) {
        while let Some(command) = self.core.poll_media() {
            self.world.command(command);
        }
    }

    /// A message is on its way: counts it, and shows it to the taps.
    fn sent(&mut self, ends: &Ends, bytes: &Bytes) {
        self.counters.sent();
        if !self.taps.is_empty() {
            let wire = Wire::new(Instant::now(), ends.transport, ends.local, ends.remote);
            self.taps.iter_mut().for_each(|tap| tap.sent(&wire, bytes));
        }
    }

    /// Sends from this listener and address of ours, or from the first listener of the peer's
    /// address family.
    async fn send_datagram(
        &mut self,
        ours: Option<(u16, IpAddr)>,
        remote: SocketAddr,
        bytes: Bytes,
    ) -> Result<(), TransportError> {
        let mut senders = self.senders.iter();
        let found = match ours {
            Some((number, _)) => senders.find(|(own, _)| *own == number),
            None => senders.find(|(_, one)| one.is_ipv4() == remote.is_ipv4()),
        };
        let missing = ours.map_or(TransportError::Unreachable, |_| TransportError::UnknownFlow);
        let (_, sender) = found.ok_or(missing)?;
        let local = sender.from(ours.map(|(_, local)| local));
        match sender.send(&bytes, local, remote, &self.counters).await? {
            Sent::Taken => {
                let transport = Transport::Udp;
                self.sent(&Ends { transport, local, remote, identity: None }, &bytes);
            }
            Sent::Dropped => self.counters.send_dropped(),
        }
        Ok(())
    }
}

fn opened(number: u64, ends: &Ends, ticket: siptrunk_transaction::Ticket) -> FlowEvent {
    FlowEvent::Opened { ticket, flow: FlowId::Connection(number), local: ends.local }
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

//! The driver's table of connections: which there are, which can be used for whom, and opening more.

use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use bytes::Bytes;
use siptrunk_message::Transport;
use siptrunk_transaction::{Domain, Target, Ticket, TransportError};
use tokio::{
    net::{TcpSocket, TcpStream},
    sync::watch,
    task::JoinSet,
    time::{Instant, timeout},
};

use super::{
    StreamListener, StreamOptions,
    accept::{Common, accept, end, prepare},
    alias::{Alias, Chain},
    connection::{Duties, serve},
    outbox::{Outbox, ToWrite, outbox},
    shares::Shares,
};
use crate::{
    input::{Ends, Input, Inputs, News, Rank},
    statistics::Counters,
    trusted::Trusted,
};

/// How long connections may take to write what is queued when the driver stops.
const FLUSH: Duration = Duration::from_secs(1);

/// All connections of a driver, by number and by whom they lead to.
#[derive(Debug)]
pub(crate) struct Connections {
    common: Common,
    dialer: Dialer,
    links: HashMap<u64, Link>,
    /// Those that we opened. One is used again only for the same transport and address, and for the
    /// domain that its certificate was compared with (RFC 5922): never for another name that
    /// happens to live there.
    opened: HashMap<Target, u64>,
    /// Those that peers offer for requests to themselves, by the address that they are at.
    offered: HashMap<SocketAddr, u64>,
    /// Each connection's task, and each listener's.
    tasks: JoinSet<()>,
    /// Listeners end when this is dropped.
    running: watch::Sender<()>,
}

#[derive(Debug)]
struct Link {
    outbox: Outbox,
    state: State,
    /// What we opened it for.
    target: Option<Target>,
    /// What its peer offered it for.
    alias: Option<Alias>,
    used: Instant,
}

#[derive(Debug)]
enum State {
    /// It is being opened; these wait for it.
    Opening(Vec<(Ticket, Bytes)>),
    Open(Ends),
}

/// What became of a message for a target.
#[derive(Debug)]
pub(crate) enum Route {
    /// It is queued on this open connection.
    Open(u64, Ends),
    /// It waits for a connection that is being opened: [`Change::Opened`] or [`Change::Failed`]
    /// will name its ticket.
    Opening,
}

/// Why a message is not on its way.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) reason: TransportError,
    /// The connection that was given up over it: its peer does not read, and holds what others wait
    /// for.
    pub(crate) closed: Option<u64>,
}

impl From<TransportError> for Unsent {
    fn from(reason: TransportError) -> Self {
        Self { reason, closed: None }
    }
}

/// What the driver must tell its core, after news of a connection.
#[derive(Debug)]
pub(crate) enum Change {
    /// Messages that waited went out.
    Opened(u64, Ends, Vec<(Ticket, Bytes)>),
    /// Messages that waited will not go out.
    Failed(Vec<Ticket>, TransportError),
    /// A connection is over.
    Closed(u64, TransportError),
}

impl Connections {
    /// An empty table, and the listeners at work.
    pub(crate) fn start(
        listeners: Vec<StreamListener>,
        options: StreamOptions,
        trusted: Trusted,
        security: Dialing,
        queue: Inputs,
        counters: Counters,
    ) -> Self {
        let common = Common {
            options: Arc::new(options),
            trusted,
            shares: Shares::default(),
            numbers: Arc::new(AtomicU64::new(1)),
            queue,
            counters,
        };
        let sources = listeners.iter().map(|one| (one.transport(), one.source())).collect();
        let (running, stopping) = watch::channel(());
        let mut tasks = JoinSet::new();
        for listener in listeners {
            tasks.spawn(accept(listener, stopping.clone(), common.clone()));
        }
        let dialer = Dialer { sources, security };
        Self {
            common,
            dialer,
            links: HashMap::new(),
            opened: HashMap::new(),
            offered: HashMap::new(),
            tasks,
            running,
        }
    }

    /// Queues a message on this connection. Over the bound of its queue the connection is given up.
    pub(crate) fn write(&mut self, number: u64, bytes: Bytes) -> Result<Ends, Unsent> {
        let link = self.links.get_mut(&number).ok_or(TransportError::UnknownFlow)?;
        let State::Open(ends) = &link.state else {
            return Err(TransportError::UnknownFlow.into());
        };
        match link.outbox.push(bytes) {
            Ok(()) => {
                link.used = Instant::now();
                Ok(ends.clone())
            }
            Err(reason) => {
                let full = reason == TransportError::QueueFull;
                let closed = full.then(|| self.forget(number)).flatten().map(|_| number);
                Err(Unsent { reason, closed })
            }
        }
    }

    /// Queues a message for this target, on a connection that is there or on a new one.
    pub(crate) fn send_to(
        &mut self,
        target: Target,
        ticket: Ticket,
        bytes: Bytes,
    ) -> Result<Route, Unsent> {
        let pooled = self.opened.get(&target).copied().or_else(|| self.offered(&target));
        let Some(number) = pooled else {
            self.open(target, ticket, bytes)?;
            return Ok(Route::Opening);
        };
        // The two maps are changed together, so what one names the other holds.
        let link = self.links.get_mut(&number).ok_or(TransportError::UnknownFlow)?;
        match &mut link.state {
            State::Opening(waiting) => {
                let octets: usize = waiting.iter().map(|(_, bytes)| bytes.len()).sum();
                if octets + bytes.len() > self.common.options.write_queue {
                    return Err(TransportError::QueueFull.into());
                }
                waiting.push((ticket, bytes));
                Ok(Route::Opening)
            }
            State::Open(_) => self.write(number, bytes).map(|ends| Route::Open(number, ends)),
        }
    }

    fn open(&mut self, target: Target, ticket: Ticket, bytes: Bytes) -> Result<(), TransportError> {
        // What cannot be dialled costs no other connection its place.
        let dial = self.dialer.dial(&target)?;
        self.make_room()?;
        self.reap();
        let number = self.common.number();
        let (outbox, to_write) = outbox(self.common.options.write_queue);
        self.tasks.spawn(run(number, dial, to_write, self.common.clone()));
        let state = State::Opening(vec![(ticket, bytes)]);
        let (own, used) = (Some(target.clone()), Instant::now());
        let link = Link { outbox, state, target: own, alias: None, used };
        self.links.insert(number, link);
        self.opened.insert(target, number);
        Ok(())
    }

    /// Gives up the one of our connections that has rested longest, if there are too many.
    fn make_room(&mut self) -> Result<(), TransportError> {
        if self.opened.len() < self.common.options.opened {
            return Ok(());
        }
        let open = self.opened.values().filter_map(|number| {
            let link = self.links.get(number)?;
            matches!(link.state, State::Open(_)).then_some((link.used, *number))
        });
        let (_, rested) = open.min().ok_or(TransportError::QueueFull)?;
        // Its task ends in good order, and its news tells the core.
        self.retire(rested);
        Ok(())
    }

    /// Lets a connection end after what is queued; it takes nothing new from now on.
    fn retire(&mut self, number: u64) {
        let Some(link) = self.links.get_mut(&number) else { return };
        link.outbox = Outbox::closed();
        if let Some(target) = link.target.take() {
            self.opened.remove(&target);
        }
    }

    /// Forgets a connection; its task ends when it has written what is queued.
    fn forget(&mut self, number: u64) -> Option<Link> {
        let link = self.links.remove(&number)?;
        if let Some(target) = &link.target {
            self.opened.remove(target);
        }
        if let Some(Alias { address, .. }) = &link.alias
            && self.offered.get(address) == Some(&number)
        {
            self.offered.remove(address);
        }
        Some(link)
    }

    /// The connection that a peer offers for this target, if it is whom we would have to reach.
    fn offered(&mut self, target: &Target) -> Option<u64> {
        if target.transport != Transport::Tls {
            return None;
        }
        let number = *self.offered.get(&target.address)?;
        let alias = self.links.get_mut(&number)?.alias.as_mut()?;
        let security = &self.dialer.security;
        let accepts = |chain: &Chain, domain: &Domain| security.accepts(chain, domain);
        alias.serves(target.domain.as_ref()?, accepts).then_some(number)
    }

    /// Takes news of a connection, and says what the core must hear of it.
    pub(crate) fn take(&mut self, number: u64, news: News) -> Option<Change> {
        match news {
            News::Accepted(ends, outbox) => {
                let state = State::Open(ends);
                let used = Instant::now();
                let link = Link { outbox, state, target: None, alias: None, used };
                self.links.insert(number, link);
                None
            }
            News::Offered(address, chain) => {
                // One that closed meanwhile has said so.
                let link = self.links.get_mut(&number)?;
                link.alias = Some(Alias::new(address, chain));
                self.offered.insert(address, number);
                tracing::debug!(%address, "a peer offers its connection for requests");
                None
            }
            News::Opened(ends) => {
                let link = self.links.get_mut(&number)?;
                let opening = std::mem::replace(&mut link.state, State::Open(ends.clone()));
                let State::Opening(waiting) = opening else { return None };
                for (_, bytes) in &waiting {
                    // It was bounded while it waited; a connection that ended meanwhile says so.
                    let _ = link.outbox.push(bytes.clone());
                }
                Some(Change::Opened(number, ends, waiting))
            }
            News::Ended(reason) => match self.forget(number)?.state {
                State::Opening(waiting) => {
                    let tickets = waiting.into_iter().map(|(ticket, _)| ticket).collect();
                    Some(Change::Failed(tickets, reason))
                }
                State::Open(_) => Some(Change::Closed(number, reason)),
            },
        }
    }

    /// Takes finished tasks out of the set.
    fn reap(&mut self) {
        while self.tasks.try_join_next().is_some() {}
    }

    /// Ends all of them, after a moment to write what is queued.
    pub(crate) async fn stop(mut self) {
        // Without an outbox each connection of ours writes what it has and ends.
        self.links.clear();
        drop(self.running);
        let flushed = async { while self.tasks.join_next().await.is_some() {} };
        let _ = timeout(FLUSH, flushed).await;
    }
}

/// How outgoing connections are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dialing {
    /// What peers are held to over TLS; without it no TLS connection can be opened.
    #[cfg(feature = "tls")]
    pub(crate) tls: Option<crate::TlsClient>,
}

impl Dialing {
    /// Whether this proof would do if we connected to that domain.
    fn accepts(&self, chain: &Chain, domain: &Domain) -> bool {
        #[cfg(feature = "tls")]
        return self.tls.as_ref().is_some_and(|client| client.accepts(chain, domain));
        #[cfg(not(feature = "tls"))]
        {
            let _: &Domain = domain;
            match *chain {}
        }
    }
}

#[derive(Debug)]
struct Dialer {
    /// Where connections leave from, listener by listener.
    sources: Vec<(Transport, SocketAddr)>,
    security: Dialing,
}

/// Everything that opening one connection takes.
#[derive(Debug)]
struct Dial {
    transport: Transport,
    address: SocketAddr,
    from: Option<SocketAddr>,
    #[cfg(feature = "tls")]
    secure: Option<(crate::TlsClient, Domain)>,
}

impl Dialer {
    fn dial(&self, target: &Target) -> Result<Dial, TransportError> {
        let Target { transport, address, domain } = target;
        let family = |local: &SocketAddr| local.is_ipv4() == address.is_ipv4();
        let found = self.sources.iter().find(|(kind, from)| kind == transport && family(from));
        let from = found.map(|(_, from)| *from).filter(|from| !from.ip().is_unspecified());
        #[cfg(feature = "tls")]
        let secure = match (transport, &self.security.tls, domain) {
            (Transport::Tls, Some(client), Some(domain)) => Some((client.clone(), domain.clone())),
            // Without knowing whom to expect there is nothing that TLS would prove.
            (Transport::Tls, _, _) => return Err(TransportError::NotSecured),
            _ => None,
        };
        #[cfg(not(feature = "tls"))]
        if *transport == Transport::Tls {
            let _: (&Dialing, &Option<Domain>) = (&self.security, domain);
            return Err(TransportError::NotSecured);
        }
        Ok(Dial {
            transport: *transport,
            address: *address,
            from,
            #[cfg(feature = "tls")]
            secure,
        })
    }
}

/// One connection of ours, from dialling to its end.
async fn run(number: u64, dial: Dial, to_write: ToWrite, common: Common) {
    let reason = match connect(&dial, &common.options).await {
        Ok((stream, ends)) => carry(number, dial, stream, ends, to_write, &common).await,
        Err(reason) => {
            let (remote, transport) = (dial.address, dial.transport.as_str());
            tracing::debug!(%remote, transport, %reason, "a connection does not open");
            reason
        }
    };
    end(number, reason, Rank::Known, &common).await;
}

async fn carry(
    number: u64,
    dial: Dial,
    stream: TcpStream,
    ends: Ends,
    to_write: ToWrite,
    common: &Common,
) -> TransportError {
    #[cfg(feature = "tls")]
    if let Some((client, domain)) = dial.secure {
        let handshake = Box::pin(client.connect(stream, &domain));
        return match timeout(common.options.handshake, handshake).await {
            Ok(Ok((stream, identity))) => {
                open(number, stream, Ends { identity, ..ends }, to_write, common).await
            }
            Ok(Err(error)) => {
                common.counters.handshake_failed();
                tracing::warn!(remote = %dial.address, %domain, %error, "no TLS connection");
                TransportError::NotSecured
            }
            Err(_) => {
                common.counters.handshake_failed();
                TransportError::TimedOut
            }
        };
    }
    #[cfg(not(feature = "tls"))]
    let _ = dial;
    open(number, stream, ends, to_write, common).await
}

/// Tells the driver that a connection of ours is open, and serves it.
async fn open(
    number: u64,
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite,
    ends: Ends,
    to_write: ToWrite,
    common: &Common,
) -> TransportError {
    let duties = Duties::of_opened(&common.options);
    let Some(place) = common.queue.place(duties.rank).await else {
        return TransportError::Closed;
    };
    place.put(Input::Connection(number, News::Opened(ends.clone())));
    serve(stream, number, &ends, &duties, to_write, &common.queue, &common.counters).await
}

async fn connect(
    dial: &Dial,
    options: &StreamOptions,
) -> Result<(TcpStream, Ends), TransportError> {
    let opening = async {
        let socket =
            if dial.address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if let Some(from) = dial.from {
            socket.bind(from)?;
        }
        socket.connect(dial.address).await
    };
    let stream = match timeout(options.connect, opening).await {
        Ok(opened) => opened.map_err(|error| unopened(&error))?,
        Err(_) => return Err(TransportError::TimedOut),
    };
    prepare(&stream, options);
    let local = stream.local_addr().map_err(|error| unopened(&error))?;
    let (transport, remote) = (dial.transport, dial.address);
    Ok((stream, Ends { transport, local, remote, identity: None }))
}

/// What the core is told of a connection that does not open.
fn unopened(error: &io::Error) -> TransportError {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => {
            TransportError::Refused
        }
        io::ErrorKind::TimedOut => TransportError::TimedOut,
        io::ErrorKind::NetworkUnreachable
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkDown
        | io::ErrorKind::AddrNotAvailable => TransportError::Unreachable,
        _ => TransportError::Other,
    }
}

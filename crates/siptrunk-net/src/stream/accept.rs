//! Listening for connections: who gets one, and what it takes until it carries messages.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use siptrunk_message::Transport;
use siptrunk_transaction::TransportError;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

use super::{
    StreamOptions,
    alias::Chain,
    connection::{Duties, serve},
    outbox::outbox,
    shares::{NoShare, Share, Shares},
};
use crate::{
    BindError,
    input::{Ends, Input, Inputs, News, Rank},
    statistics::Counters,
    trusted::Trusted,
    udp::is_ours,
};

/// How many connections the kernel holds until we take them.
const BACKLOG: i32 = 1024;

/// How long a listener rests after the operating system failed it: no descriptors left, mostly.
const ACCEPT_REST: Duration = Duration::from_millis(50);

/// A bound socket that takes TCP connections, ready for a [`Driver`](crate::Driver).
#[derive(Debug)]
pub struct StreamListener {
    listener: TcpListener,
    local: SocketAddr,
    source: Option<IpAddr>,
    security: Security,
}

/// What a connection is wrapped in before it carries messages.
#[derive(Clone, Debug)]
pub(crate) enum Security {
    /// Nothing.
    Plain,
    /// TLS, with our certificate.
    #[cfg(feature = "tls")]
    Tls(crate::TlsServer),
}

impl StreamListener {
    /// Binds for plain TCP; port 0 takes any free one. Needs a tokio runtime.
    pub fn tcp(address: SocketAddr) -> Result<Self, BindError> {
        Self::open(address, Security::Plain)
    }

    /// Binds for TLS, showing `server`'s certificate. Needs a tokio runtime.
    #[cfg(feature = "tls")]
    pub fn tls(address: SocketAddr, server: crate::TlsServer) -> Result<Self, BindError> {
        Self::open(address, Security::Tls(server))
    }

    fn open(address: SocketAddr, security: Security) -> Result<Self, BindError> {
        let bound = |address: SocketAddr| {
            let socket =
                Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
            if address.is_ipv6() {
                socket.set_only_v6(true)?;
            }
            // A restart need not wait for the last run's connections to be forgotten. On Windows the
            // same option would let others take the port from us.
            #[cfg(unix)]
            socket.set_reuse_address(true)?;
            socket.set_nonblocking(true)?;
            socket.bind(&address.into())?;
            socket.listen(BACKLOG)?;
            let listener = TcpListener::from_std(socket.into())?;
            let local = listener.local_addr()?;
            Ok(Self { listener, local, source: None, security })
        };
        bound(address).map_err(|source| BindError::Socket { address, source })
    }

    /// The address and port that the socket is bound to.
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// Says from which of our addresses connections to trunks leave where the socket is bound to an
    /// unspecified one; as [`UdpListener::leaves_from`](crate::UdpListener::leaves_from) has it.
    #[must_use]
    pub fn leaves_from(mut self, address: IpAddr) -> Self {
        let bound = self.local.ip();
        if bound.is_unspecified() && bound.is_ipv4() == address.is_ipv4() && is_ours(address) {
            self.source = Some(address);
        }
        self
    }

    /// Where connections of ours leave from: trunks know us by address.
    pub(crate) fn source(&self) -> SocketAddr {
        SocketAddr::new(self.source.unwrap_or_else(|| self.local.ip()), 0)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn server(&self) -> Option<crate::TlsServer> {
        match &self.security {
            Security::Plain => None,
            Security::Tls(server) => Some(server.clone()),
        }
    }

    /// What comes over its connections.
    pub fn transport(&self) -> Transport {
        match self.security {
            Security::Plain => Transport::Tcp,
            #[cfg(feature = "tls")]
            Security::Tls(_) => Transport::Tls,
        }
    }
}

/// What all connections of a driver share.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) options: Arc<StreamOptions>,
    pub(crate) trusted: Trusted,
    pub(crate) shares: Shares,
    pub(crate) numbers: Arc<AtomicU64>,
    pub(crate) queue: Inputs,
    pub(crate) counters: Counters,
}

impl Common {
    /// A number for a connection; no two are the same.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }
}

/// Accepts until `stopping` says so, then waits for what it accepted to end.
pub(crate) async fn accept(
    listener: StreamListener,
    mut stopping: watch::Receiver<()>,
    common: Common,
) {
    let transport = listener.transport();
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.listener.accept() => accepted,
            // The table is gone, or says that it will be: the same to us.
            _ = stopping.changed() => break,
            // Finished ones are taken out as they finish, so that the set does not grow.
            Some(_) = connections.join_next() => continue,
        };
        let (stream, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                common.counters.receive_error();
                tracing::warn!(local = %listener.local, %error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_REST).await;
                continue;
            }
        };
        let trusted = common.trusted.contains(remote.ip());
        match common.shares.take(remote.ip(), trusted, &common.options) {
            Ok(share) => {
                let (security, common) = (listener.security.clone(), common.clone());
                connections.spawn(carry(stream, remote, transport, security, share, common));
            }
            Err(reason) => {
                // Dropped without a word: a refusal by SIP would cost more than the connection.
                common.counters.connection_refused();
                let reason = match reason {
                    NoShare::Source => "the source has its share",
                    NoShare::Table => "the table of strangers is full",
                };
                tracing::debug!(%remote, reason, "a connection is refused");
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// One accepted connection, from its first octet to its last.
async fn carry(
    stream: TcpStream,
    remote: SocketAddr,
    transport: Transport,
    security: Security,
    share: Share,
    common: Common,
) {
    prepare(&stream, &common.options);
    let Ok(local) = stream.local_addr() else { return };
    let ends = Ends { transport, local, remote, identity: None };
    match security {
        Security::Plain => introduce(stream, ends, None, &share, &common).await,
        #[cfg(feature = "tls")]
        Security::Tls(server) => {
            // In memory of its own, which is free again when it is over.
            let handshake = Box::pin(server.accept(stream));
            match tokio::time::timeout(common.options.handshake, handshake).await {
                Ok(Ok((stream, proof))) => {
                    let (identity, chain) = proof.unzip();
                    introduce(stream, Ends { identity, ..ends }, chain, &share, &common).await;
                }
                Ok(Err(error)) => {
                    common.counters.handshake_failed();
                    tracing::debug!(%remote, %error, "a TLS handshake failed");
                }
                Err(_) => {
                    common.counters.handshake_failed();
                    tracing::debug!(%remote, "a TLS handshake took too long");
                }
            }
        }
    }
}

/// Tells the driver of an accepted connection, and serves it.
async fn introduce(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite,
    ends: Ends,
    proof: Option<Chain>,
    share: &Share,
    common: &Common,
) {
    let number = common.number();
    let (outbox, to_write) = outbox(common.options.write_queue);
    let duties = Duties::of_accepted(&common.options, share.is_trusted(), proof);
    let Some(place) = common.queue.place(duties.rank).await else { return };
    place.put(Input::Connection(number, News::Accepted(ends.clone(), outbox)));
    let reason =
        serve(stream, number, &ends, &duties, to_write, &common.queue, &common.counters).await;
    end(number, reason, duties.rank, common).await;
}

/// Tells the driver that a connection is over. Nobody is left to hear it while the driver stops.
pub(crate) async fn end(number: u64, reason: TransportError, rank: Rank, common: &Common) {
    if let Some(place) = common.queue.place(rank).await {
        place.put(Input::Connection(number, News::Ended(reason)));
    }
}

/// Sets what every connection of ours has. What the system refuses is not worth the connection.
pub(crate) fn prepare(stream: &TcpStream, options: &StreamOptions) {
    // A message is written as a whole; waiting to make larger segments would only delay it.
    let _ = stream.set_nodelay(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = socket2::SockRef::from(stream).set_tcp_user_timeout(Some(options.stall));
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = options;
}

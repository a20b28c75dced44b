//! Media threads: the sockets of all calls' audio, a few threads, one readiness loop each.

mod ports;
mod sockets;
mod thread;

use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};

use mio::{Poll, Waker};
use siptrunk_media::{MediaCommand, MediaEvent, MediaSessionId, SessionConfig};

use self::{
    ports::PortPool,
    thread::{MediaThread, Order, WAKE},
};
use crate::MediaError;

/// How media threads are set up.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MediaOptions {
    /// The address that media sockets bind to.
    pub bind: IpAddr,
    /// The address that peers are told; the bound one by default.
    pub advertise: Option<IpAddr>,
    /// The ports to use. Each side of a call takes an even one and its successor: a range of 10,000
    /// ports carries 2,500 calls.
    pub ports: RangeInclusive<u16>,
    /// How many threads; 0, the default, is one per processor.
    pub threads: usize,
    /// How long a port rests after a call before another gets it, while others are free.
    /// Default 5 s.
    pub quarantine: Duration,
    /// The rules of each session.
    pub session: SessionConfig,
}

impl MediaOptions {
    /// Options with defaults for all but the address and the ports.
    pub fn new(bind: IpAddr, ports: RangeInclusive<u16>) -> Self {
        Self {
            bind,
            advertise: None,
            ports,
            threads: 0,
            quarantine: Duration::from_secs(5),
            session: SessionConfig::default(),
        }
    }
}

/// What media threads report.
#[derive(Debug)]
#[non_exhaustive]
pub enum MediaReport {
    /// The ports of a session are open.
    Opened {
        /// The session.
        session: MediaSessionId,
        /// The RTP address that side A is told; RTCP is the port above.
        a: SocketAddr,
        /// The RTP address that side B is told; RTCP is the port above.
        b: SocketAddr,
    },
    /// The session could not be opened: no ports or no descriptors are left.
    NoPorts {
        /// The session.
        session: MediaSessionId,
    },
    /// Something that the session itself has to say.
    Event(MediaEvent),
}

/// What media threads hold and have counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MediaStatistics {
    /// Sessions that are open.
    pub sessions: u64,
    /// RTP ports that can be given out now; a session takes two.
    pub ports_available: usize,
    /// RTP ports in all.
    pub ports: usize,
    /// Packets sent on.
    pub forwarded: u64,
    /// Packets that a session wanted sent on and the socket did not take.
    pub unsent: u64,
    /// Sessions closed because a step of theirs panicked: each is a defect to report.
    pub panicked: u64,
}

/// The media plane on sockets: opens, commands and closes
/// [`MediaSession`](siptrunk_media::MediaSession)s, each on one of a few threads.
///
/// Reports come from those threads through the function given at the start, which must not block.
/// Dropping this closes everything without further reports.
#[derive(Debug)]
pub struct MediaThreads {
    workers: Vec<Worker>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Worker {
    /// Unbounded, but fed by commands only: a few per call.
    orders: mpsc::Sender<Order>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// What all threads share.
#[derive(Debug)]
struct Shared {
    ports: Mutex<PortPool>,
    bind: IpAddr,
    advertised: IpAddr,
    session: SessionConfig,
    sessions: AtomicU64,
    forwarded: AtomicU64,
    unsent: AtomicU64,
    panicked: AtomicU64,
}

impl MediaThreads {
    /// Starts the threads.
    pub fn start(
        options: MediaOptions,
        report: impl Fn(MediaReport) + Send + Sync + 'static,
    ) -> Result<Self, MediaError> {
        let address = options.bind;
        sockets::probe(address).map_err(|source| MediaError::Address { address, source })?;
        let random = rand::make_rng();
        let pool = PortPool::new(options.ports, options.quarantine, random)?;
        let shared = Arc::new(Shared {
            ports: Mutex::new(pool),
            bind: options.bind,
            advertised: options.advertise.unwrap_or(options.bind),
            session: options.session,
            sessions: AtomicU64::new(0),
            forwarded: AtomicU64::new(0),
            unsent: AtomicU64::new(0),
            panicked: AtomicU64::new(0),
        });
        let report: thread::Report = Arc::new(report);
        let count = match options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            count => count,
        };
        let workers = (0..count)
            .map(|number| Worker::start(number, &shared, &report).map_err(MediaError::Thread))
            .collect::<Result<_, _>>()?;
        Ok(Self { workers, shared })
    }

    /// Opens the ports of a session; [`MediaReport::Opened`] or [`MediaReport::NoPorts`] follows.
    pub fn open(&self, session: MediaSessionId) {
        self.worker(session).order(Order::Open(session));
    }

    /// Obeys a command. After a close, [`MediaEvent::Closed`] follows; commands for sessions that
    /// are not open are ignored.
    pub fn command(&self, command: MediaCommand) {
        self.worker(command.session()).order(Order::Obey(command));
    }

    /// The counters, to be read at any time: also after the threads are gone.
    pub fn monitor(&self) -> MediaMonitor {
        MediaMonitor { shared: Arc::clone(&self.shared) }
    }

    /// All of a session's commands go to one thread, in order.
    fn worker(&self, session: MediaSessionId) -> &Worker {
        let count = self.workers.len() as u64;
        // The remainder is below the number of workers, which is at least one.
        &self.workers[usize::try_from(session.0 % count).unwrap_or(0)]
    }
}

/// Reads the counters of media threads. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MediaMonitor {
    shared: Arc<Shared>,
}

impl MediaMonitor {
    /// The counters so far.
    pub fn statistics(&self) -> MediaStatistics {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let pool = self.shared.ports.lock().unwrap_or_else(PoisonError::into_inner);
        MediaStatistics {
            sessions: read(&self.shared.sessions),
            ports_available: pool.available(),
            ports: pool.size(),
            forwarded: read(&self.shared.forwarded),
            unsent: read(&self.shared.unsent),
            panicked: read(&self.shared.panicked),
        }
    }
}

impl Worker {
    fn start(
        number: usize,
        shared: &Arc<Shared>,
        report: &thread::Report,
    ) -> std::io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKE)?;
        let (orders, inbox) = mpsc::channel();
        let media = MediaThread::new(poll, inbox, Arc::clone(shared), Arc::clone(report));
        let thread = std::thread::Builder::new()
            .name(format!("siptrunk-media-{number}"))
            .spawn(move || media.run())?;
        Ok(Self { orders, waker, thread: Some(thread) })
    }

    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::error!("a media thread has ended: its calls have no audio");
        } else if let Err(error) = self.waker.wake() {
            tracing::error!(%error, "a media thread cannot be woken");
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.order(Order::Stop);
        if let Some(thread) = self.thread.take() {
            // An `Err` is a panic that its own message has reported.
            let _ = thread.join();
        }
    }
}

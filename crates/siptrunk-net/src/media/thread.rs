//! One media thread: packets of its sessions' sockets in, decided by the session, out again.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, VecDeque},
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering, mpsc},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token};
use siptrunk_media::{
    Decision, MediaCommand, MediaEvent, MediaSession, MediaSessionId, SessionStatistics, Side,
};

use super::{MediaReport, Shared, sockets::Sockets};
use crate::udp::LARGEST_DATAGRAM;

/// The token that orders come under.
pub(super) const WAKE: Token = Token(usize::MAX);

/// Readiness events per system call.
const EVENTS: usize = 1024;

/// Packets read from one socket before the others get their turn: a flood at one port costs its own
/// call, not its neighbours.
const BURST: usize = 16;

/// How long the thread rests when the operating system fails it, so that a lasting failure does not
/// become a busy loop.
const REST: Duration = Duration::from_millis(10);

/// Where reports go.
pub(super) type Report = Arc<dyn Fn(MediaReport) + Send + Sync>;

/// What a thread is told to do.
#[derive(Debug)]
pub(super) enum Order {
    Open(MediaSessionId),
    Obey(MediaCommand),
    Stop,
}

pub(super) struct MediaThread {
    poll: Poll,
    orders: mpsc::Receiver<Order>,
    shared: Arc<Shared>,
    report: Report,
    slots: Vec<Option<Slot>>,
    vacant: Vec<usize>,
    by_id: HashMap<MediaSessionId, usize>,
    /// At most one entry per slot counts: the one that equals the slot's alarm.
    timers: BinaryHeap<Reverse<(Instant, usize)>>,
    /// Sockets that had more than a burst to read.
    unfinished: VecDeque<Token>,
    buffer: Box<[u8]>,
}

struct Slot {
    id: MediaSessionId,
    session: MediaSession,
    sockets: Sockets,
    /// When the session is looked at next; it may have nothing to do by then.
    alarm: Option<Instant>,
}

/// What became of the packets of one turn.
#[derive(Default)]
struct Turn {
    forwarded: u64,
    unsent: u64,
    unfinished: bool,
}

impl MediaThread {
    pub(super) fn new(
        poll: Poll,
        orders: mpsc::Receiver<Order>,
        shared: Arc<Shared>,
        report: Report,
    ) -> Self {
        Self {
            poll,
            orders,
            shared,
            report,
            slots: Vec::new(),
            vacant: Vec::new(),
            by_id: HashMap::new(),
            timers: BinaryHeap::new(),
            unfinished: VecDeque::new(),
            buffer: vec![0; LARGEST_DATAGRAM].into(),
        }
    }

    pub(super) fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            if let Err(error) = self.poll.poll(&mut events, self.patience())
                && error.kind() != io::ErrorKind::Interrupted
            {
                tracing::error!(%error, "a media thread cannot wait for packets");
                std::thread::sleep(REST);
            }
            // Orders first: the answer that let a peer send was given after the order to let it.
            if !self.obey_orders() {
                return;
            }
            for _ in 0..self.unfinished.len() {
                if let Some(token) = self.unfinished.pop_front() {
                    self.read(token);
                }
            }
            for event in &events {
                if event.token() != WAKE {
                    self.read(event.token());
                }
            }
            self.handle_timers();
        }
    }

    /// Does what signalling said so far; `false` once it said to stop.
    fn obey_orders(&mut self) -> bool {
        loop {
            match self.orders.try_recv() {
                Ok(Order::Open(id)) => self.open(id),
                Ok(Order::Obey(command)) => self.obey(command),
                Err(mpsc::TryRecvError::Empty) => return true,
                Ok(Order::Stop) | Err(mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    /// How long the poller may sleep.
    fn patience(&self) -> Option<Duration> {
        if !self.unfinished.is_empty() {
            return Some(Duration::ZERO);
        }
        let Reverse((at, _)) = self.timers.peek()?;
        Some(at.saturating_duration_since(Instant::now()))
    }

    fn open(&mut self, id: MediaSessionId) {
        if self.by_id.contains_key(&id) {
            tracing::warn!(session = id.0, "a media session was opened twice");
            return;
        }
        let now = Instant::now();
        let index = self.vacant.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let Some(sockets) = self.sockets(index, now) else {
            self.vacant.push(index);
            (self.report)(MediaReport::NoPorts { session: id });
            return;
        };
        let address = |side| SocketAddr::new(self.shared.advertised, sockets.port(side));
        let (a, b) = (address(Side::A), address(Side::B));
        let session = MediaSession::new(now, id, self.shared.session.clone());
        self.slots[index] = Some(Slot { id, session, sockets, alarm: None });
        self.by_id.insert(id, index);
        self.shared.sessions.fetch_add(1, Ordering::Relaxed);
        (self.report)(MediaReport::Opened { session: id, a, b });
        self.set_alarm(index);
    }

    fn sockets(&self, index: usize, now: Instant) -> Option<Sockets> {
        let mut sockets = Sockets::open(&self.shared.ports, self.shared.bind, now)?;
        for (place, (side, component)) in Sockets::PLACES.into_iter().enumerate() {
            let token = Token(index * Sockets::COUNT + place);
            let socket = sockets.get_mut(side, component);
            if let Err(error) = self.poll.registry().register(socket, token, Interest::READABLE) {
                tracing::error!(%error, "a media socket cannot be watched");
                sockets.release(&self.shared.ports, now);
                return None;
            }
        }
        Some(sockets)
    }

    fn obey(&mut self, command: MediaCommand) {
        let Some(&index) = self.by_id.get(&command.session()) else { return };
        self.step(index, |slot| slot.session.handle_command(Instant::now(), command));
        self.set_alarm(index);
    }

    fn read(&mut self, token: Token) {
        let index = token.0 / Sockets::COUNT;
        let place = token.0 % Sockets::COUNT;
        let mut buffer = std::mem::take(&mut self.buffer);
        let turn = self.step(index, |slot| slot.relay(place, &mut buffer));
        self.buffer = buffer;
        let Some(turn) = turn else { return };
        self.set_alarm_unless_set(index);
        if turn.unfinished {
            self.unfinished.push_back(token);
        }
        if turn.forwarded > 0 {
            self.shared.forwarded.fetch_add(turn.forwarded, Ordering::Relaxed);
        }
        if turn.unsent > 0 {
            self.shared.unsent.fetch_add(turn.unsent, Ordering::Relaxed);
        }
    }

    fn handle_timers(&mut self) {
        let now = Instant::now();
        // Not more than stand there now: a session that is always due cannot hold the thread.
        for _ in 0..self.timers.len() {
            let Some(&Reverse((at, index))) = self.timers.peek() else { return };
            if at > now {
                return;
            }
            self.timers.pop();
            let slot = self.slots.get_mut(index).and_then(Option::as_mut);
            if slot.is_some_and(|slot| slot.alarm.take_if(|alarm| *alarm == at).is_some()) {
                self.step(index, |slot| slot.session.handle_timeout(now));
                self.set_alarm(index);
            }
        }
    }

    /// Lets a session do one thing and passes on what it has to say. A panic in it closes this
    /// session and no other.
    fn step<R>(&mut self, index: usize, work: impl FnOnce(&mut Slot) -> R) -> Option<R> {
        let slot = self.slots.get_mut(index)?.as_mut()?;
        // A slot whose step panicked is thrown away below, so no one sees it half changed.
        let Ok(result) = catch_unwind(AssertUnwindSafe(|| work(slot))) else {
            let session = slot.id;
            tracing::error!(session = session.0, "a media session panicked and is closed");
            self.shared.panicked.fetch_add(1, Ordering::Relaxed);
            self.vacate(index);
            let statistics = Box::new(SessionStatistics::default());
            (self.report)(MediaReport::Event(MediaEvent::Closed { session, statistics }));
            return None;
        };
        if slot.session.is_closed() {
            // The ports first: whoever hears of the end may count on them.
            if let Some(mut session) = self.vacate(index) {
                tell(&self.report, &mut session);
            }
        } else {
            tell(&self.report, &mut slot.session);
        }
        Some(result)
    }

    /// After packets: they only move a deadline later, which is found out when the entry that
    /// stands comes up. But the first packet after a silence begins a new wait.
    fn set_alarm_unless_set(&mut self, index: usize) {
        if let Some(Some(Slot { alarm: None, .. })) = self.slots.get(index) {
            self.set_alarm(index);
        }
    }

    /// Sees that the session's next deadline is in the heap.
    fn set_alarm(&mut self, index: usize) {
        let Some(slot) = self.slots.get_mut(index).and_then(Option::as_mut) else { return };
        if let Some(due) = slot.session.poll_timeout()
            && slot.alarm.is_none_or(|alarm| due < alarm)
        {
            slot.alarm = Some(due);
            self.timers.push(Reverse((due, index)));
        }
    }

    /// Takes a session off the tables and closes its sockets.
    fn vacate(&mut self, index: usize) -> Option<MediaSession> {
        let slot = self.slots.get_mut(index)?.take()?;
        self.by_id.remove(&slot.id);
        self.vacant.push(index);
        slot.sockets.release(&self.shared.ports, Instant::now());
        self.shared.sessions.fetch_sub(1, Ordering::Relaxed);
        Some(slot.session)
    }
}

fn tell(report: &Report, session: &mut MediaSession) {
    while let Some(event) = session.poll_event() {
        report(MediaReport::Event(event));
    }
}

impl Slot {
    /// Reads what waits at one of the sockets, up to a burst, and sends on what the session allows:
    /// one system call in, one out, and no allocation.
    fn relay(&mut self, place: usize, buffer: &mut [u8]) -> Turn {
        let mut turn = Turn::default();
        let (side, component) = Sockets::PLACES[place];
        let now = Instant::now();
        for _ in 0..BURST {
            let (length, source) = match self.sockets.get(side, component).recv_from(buffer) {
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return turn,
                // An ICMP answer to an earlier packet, reported here by some systems.
                Err(_) => continue,
            };
            let packet = &mut buffer[..length];
            let decision = self.session.handle_packet(now, side, component, source, packet);
            if let Decision::Forward { to, component, target } = decision {
                match self.sockets.get(to, component).send_to(packet, target) {
                    Ok(_) => turn.forwarded += 1,
                    Err(_) => turn.unsent += 1,
                }
            }
        }
        turn.unfinished = true;
        turn
    }
}

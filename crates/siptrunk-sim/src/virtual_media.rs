//! The media plane of a bridge without sockets: virtual port pairs and the sessions on them.

use std::{
    collections::{BTreeMap, VecDeque},
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::Instant,
};

use bytes::{Bytes, BytesMut};
use siptrunk_media::{
    Component, Decision, MediaCommand, MediaEvent, MediaSession, MediaSessionId, SessionConfig,
    SessionStatistics, Side,
};

use crate::host::Datagram;

/// Owns [`MediaSession`]s on virtual RTP and RTCP ports of one address, for the
/// [`Host`](crate::Host) of a bridge.
///
/// The host answers the bridge's question for ports with [`allocate`](Self::allocate), passes on
/// commands and datagrams, and reports what [`poll_event`](Self::poll_event) gives.
#[derive(Debug)]
pub struct VirtualMedia {
    address: IpAddr,
    ports: RangeInclusive<u16>,
    config: SessionConfig,
    sessions: BTreeMap<MediaSessionId, Session>,
    taken: BTreeMap<u16, Place>,
    /// Where the search for free ports begins: a port that was just given back is used last, so
    /// that late packets of one call do not reach the next.
    cursor: u16,
    events: VecDeque<MediaEvent>,
    stray: u64,
}

#[derive(Debug)]
struct Session {
    media: MediaSession,
    a: u16,
    b: u16,
}

/// What a port is for.
#[derive(Clone, Copy, Debug)]
struct Place {
    session: MediaSessionId,
    side: Side,
    component: Component,
}

impl VirtualMedia {
    /// Ports of this range on this address. RTP takes the even ones, RTCP the odd one above each.
    pub fn new(address: IpAddr, ports: RangeInclusive<u16>) -> Self {
        Self {
            address,
            cursor: *ports.start(),
            ports,
            config: SessionConfig::default(),
            sessions: BTreeMap::new(),
            taken: BTreeMap::new(),
            events: VecDeque::new(),
            stray: 0,
        }
    }

    /// Sets what every session is made with.
    #[must_use]
    pub fn config(mut self, config: SessionConfig) -> Self {
        self.config = config;
        self
    }

    /// Two port pairs for a session: the RTP addresses of side A and of side B. `None` if the
    /// range is used up, or the session has its ports already.
    pub fn allocate(
        &mut self,
        now: Instant,
        session: MediaSessionId,
    ) -> Option<(SocketAddr, SocketAddr)> {
        if self.sessions.contains_key(&session) {
            return None;
        }
        let (start, end) = (*self.ports.start(), *self.ports.end());
        let mut free = (self.cursor..=end)
            .chain(start..self.cursor)
            .filter(|port| port % 2 == 0 && *port < end && !self.taken.contains_key(port));
        let (a, b) = (free.next()?, free.next()?);
        drop(free);
        self.cursor = if b + 2 < end { b + 2 } else { start };
        for (port, side) in [(a, Side::A), (b, Side::B)] {
            self.taken.insert(port, Place { session, side, component: Component::Rtp });
            self.taken.insert(port + 1, Place { session, side, component: Component::Rtcp });
        }
        let media = MediaSession::new(now, session, self.config.clone());
        self.sessions.insert(session, Session { media, a, b });
        Some((SocketAddr::new(self.address, a), SocketAddr::new(self.address, b)))
    }

    /// Obeys a command. A closed session gives back its ports and reports
    /// [`MediaEvent::Closed`]; a command for a session that is not there does nothing.
    pub fn handle_command(&mut self, now: Instant, command: MediaCommand) {
        match command {
            MediaCommand::Update { session: id, side, leg } => {
                if let Some(session) = self.sessions.get_mut(&id) {
                    session.media.update(now, side, leg);
                }
            }
            MediaCommand::Close { session: id } => {
                let Some(mut session) = self.sessions.remove(&id) else { return };
                for port in [session.a, session.a + 1, session.b, session.b + 1] {
                    self.taken.remove(&port);
                }
                self.events.extend(std::iter::from_fn(|| session.media.poll_event()));
                let statistics = Box::new(session.media.statistics());
                self.events.push_back(MediaEvent::Closed { session: id, statistics });
            }
            // What is not known here cannot be obeyed.
            _ => {}
        }
    }

    /// Whether a datagram to this address is for this media plane, be its port in use or not.
    pub fn owns(&self, address: SocketAddr) -> bool {
        address.ip() == self.address && self.ports.contains(&address.port())
    }

    /// Takes a datagram that came to a port of ours; what is returned goes back on the wire.
    pub fn handle_datagram(&mut self, now: Instant, datagram: &Datagram) -> Option<Datagram> {
        let place = self.taken.get(&datagram.to.port()).copied();
        let Some((place, session)) =
            place.and_then(|place| Some((place, self.sessions.get_mut(&place.session)?)))
        else {
            self.stray += 1;
            return None;
        };
        let mut packet = BytesMut::from(&datagram.bytes[..]);
        let decision = session.media.handle_packet(
            now,
            place.side,
            place.component,
            datagram.from,
            &mut packet,
        );
        let forwarded = match decision {
            Decision::Forward { to, component, target } => {
                let rtp = match to {
                    Side::A => session.a,
                    Side::B => session.b,
                };
                let port = match component {
                    Component::Rtp => rtp,
                    Component::Rtcp => rtp + 1,
                };
                let from = SocketAddr::new(self.address, port);
                Some(Datagram { from, to: target, bytes: Bytes::from(packet) })
            }
            Decision::Drop(_) => None,
        };
        self.events.extend(std::iter::from_fn(|| session.media.poll_event()));
        forwarded
    }

    /// Does what is due in the sessions.
    pub fn handle_timeout(&mut self, now: Instant) {
        for session in self.sessions.values_mut() {
            session.media.handle_timeout(now);
            self.events.extend(std::iter::from_fn(|| session.media.poll_event()));
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.sessions.values().filter_map(|session| session.media.poll_timeout()).min()
    }

    /// The next report for the bridge.
    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// What a session has counted so far.
    pub fn statistics(&self, session: MediaSessionId) -> Option<SessionStatistics> {
        self.sessions.get(&session).map(|session| session.media.statistics())
    }

    /// How many sessions have ports.
    pub fn sessions(&self) -> usize {
        self.sessions.len()
    }

    /// How many datagrams came to ports that nobody had.
    pub fn stray(&self) -> u64 {
        self.stray
    }
}

#[cfg(test)]
mod tests;

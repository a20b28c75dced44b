//! The four sockets of a media session: an RTP and an RTCP port for each side, both pairs or none.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Mutex, PoisonError},
    time::Instant,
};

use mio::net::UdpSocket;
use siptrunk_media::{Component, Side};
use socket2::{Domain, Protocol, Socket, Type};

use super::ports::PortPool;

/// How many ports that other programs hold are stepped over before a call is refused.
const ATTEMPTS: usize = 128;

/// An RTP socket and the RTCP socket one port above it.
#[derive(Debug)]
struct Pair {
    port: u16,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

/// All sockets of one session. They close when this is dropped; the ports go back by
/// [`release`](Self::release).
#[derive(Debug)]
pub(crate) struct Sockets {
    a: Pair,
    b: Pair,
}

impl Sockets {
    /// How many sockets a session has.
    pub(crate) const COUNT: usize = 4;

    /// Opens both pairs; `None` when the pool or the operating system has no more.
    pub(crate) fn open(pool: &Mutex<PortPool>, ip: IpAddr, now: Instant) -> Option<Self> {
        let a = Pair::open(pool, ip, now)?;
        let Some(b) = Pair::open(pool, ip, now) else {
            let port = a.port;
            // Closed first, as below.
            drop(a);
            lock(pool).put_back(port);
            return None;
        };
        Some(Self { a, b })
    }

    /// Closes the sockets and gives the ports back.
    pub(crate) fn release(self, pool: &Mutex<PortPool>, now: Instant) {
        let ports = [self.a.port, self.b.port];
        // Closed first: whoever is given a port must be able to bind it.
        drop(self);
        let mut pool = lock(pool);
        for port in ports {
            pool.release(now, port);
        }
    }

    /// The RTP port of a side.
    pub(crate) fn port(&self, side: Side) -> u16 {
        self.pair(side).port
    }

    pub(crate) fn get(&self, side: Side, component: Component) -> &UdpSocket {
        let pair = self.pair(side);
        match component {
            Component::Rtp => &pair.rtp,
            Component::Rtcp => &pair.rtcp,
        }
    }

    pub(crate) fn get_mut(&mut self, side: Side, component: Component) -> &mut UdpSocket {
        let pair = match side {
            Side::A => &mut self.a,
            Side::B => &mut self.b,
        };
        match component {
            Component::Rtp => &mut pair.rtp,
            Component::Rtcp => &mut pair.rtcp,
        }
    }

    fn pair(&self, side: Side) -> &Pair {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// What the sockets are for; their order here tells a thread's tokens apart.
    pub(crate) const PLACES: [(Side, Component); Self::COUNT] = [
        (Side::A, Component::Rtp),
        (Side::A, Component::Rtcp),
        (Side::B, Component::Rtp),
        (Side::B, Component::Rtcp),
    ];
}

impl Pair {
    fn open(pool: &Mutex<PortPool>, ip: IpAddr, now: Instant) -> Option<Self> {
        let attempts = lock(pool).available().min(ATTEMPTS);
        for _ in 0..attempts {
            let port = lock(pool).take(now)?;
            match Self::bind(ip, port) {
                Ok(pair) => return Some(pair),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    tracing::debug!(%ip, port, "another program has a media port of ours");
                    lock(pool).release(now, port);
                }
                Err(error) => {
                    // No descriptors or no memory: the next port would fare no better.
                    tracing::error!(%ip, port, %error, "a media port cannot be bound");
                    lock(pool).put_back(port);
                    return None;
                }
            }
        }
        None
    }

    fn bind(ip: IpAddr, port: u16) -> io::Result<Self> {
        let rtp = bind(SocketAddr::new(ip, port))?;
        // The pool gives out even ports only, so there is one above.
        let rtcp = bind(SocketAddr::new(ip, port + 1))?;
        Ok(Self { port, rtp, rtcp })
    }
}

/// Whether the address is one that sockets can be bound to.
pub(super) fn probe(ip: IpAddr) -> io::Result<()> {
    bind(SocketAddr::new(ip, 0)).map(drop)
}

/// Binds exclusively: a port that another program holds must fail here, not share its packets.
fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    Ok(UdpSocket::from_std(socket.into()))
}

fn lock(pool: &Mutex<PortPool>) -> std::sync::MutexGuard<'_, PortPool> {
    // The pool is whole between its statements: a panicked holder leaves nothing half done.
    pool.lock().unwrap_or_else(PoisonError::into_inner)
}

//! One UDP socket by quinn-udp: datagrams are read in rows, each with the address of ours that it
//! came to, and leave from the address that is wanted.

use std::{
    io::{self, IoSliceMut},
    net::{IpAddr, SocketAddr},
};

use quinn_udp::{
    BATCH_SIZE, RecvMeta, Transmit, TransportErrorPayload, UdpSockRef, UdpSocketState,
};
use socket2::{Domain, Protocol, Type};
use tokio::{io::Interest, net::UdpSocket};

use super::UdpOptions;
use crate::statistics::Counters;

/// The largest UDP payload there is; nothing is ever cut off.
pub(crate) const LARGEST_DATAGRAM: usize = 65_535;

/// What a datagram may take in a row. That is a little more than the largest, so that the rows'
/// beginnings, where all of them are written, do not share the same lines of the processor's cache.
const PLACE: usize = (64 << 10) + 17 * 64;

/// How many reports of unreachable peers are taken in a row.
const REPORTS: usize = 64;

/// A bound socket, and what quinn-udp knows of the system's sockets.
#[derive(Debug)]
pub(super) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl Socket {
    pub(super) fn open(address: SocketAddr, options: UdpOptions) -> io::Result<Self> {
        let socket = new(address)?;
        // The kernel caps what it grants without an error; an error here is not worth a refusal.
        let _ = socket.set_recv_buffer_size(options.receive_buffer);
        let _ = socket.set_send_buffer_size(options.send_buffer);
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        let state = state(&socket, address)?;
        // Where there are no such reports, nobody is told.
        let _ = state.enable_transport_errors((&socket).into());
        let io = UdpSocket::from_std(socket.into())?;
        let local = io.local_addr()?;
        Ok(Self { io, state, local })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    #[cfg(target_os = "linux")]
    pub(super) fn descriptor(&self) -> std::os::fd::RawFd {
        std::os::fd::AsRawFd::as_raw_fd(&self.io)
    }

    /// Waits for datagrams, and says how many were read into the row.
    pub(super) async fn receive(&self, row: &mut Row) -> io::Result<usize> {
        let read = || {
            let mut places = row.buffer.chunks_exact_mut(PLACE);
            // There are as many as that.
            let mut places: [_; BATCH_SIZE] =
                std::array::from_fn(|_| IoSliceMut::new(places.next().unwrap_or_default()));
            self.state.recv(self.raw(), &mut places[..row.wanted], &mut row.metas)
        };
        let count = self.io.async_io(Interest::READABLE, read).await?;
        row.wanted = next_row(row.wanted, count);
        Ok(count)
    }

    /// Hands a datagram to the system if there is room.
    pub(super) fn try_send(&self, datagram: &Transmit<'_>) -> io::Result<()> {
        self.io.try_io(Interest::WRITABLE, || self.state.try_send(self.raw(), datagram))
    }

    /// Hands a datagram to the system when there is room.
    pub(super) async fn send(&self, datagram: &Transmit<'_>) -> io::Result<()> {
        let send = || self.state.try_send(self.raw(), datagram);
        self.io.async_io(Interest::WRITABLE, send).await
    }

    /// Takes and counts the system's reports of datagrams that did not arrive (ICMP). One that waits
    /// fails whatever is sent or read next, to whomever; `true` if there was any.
    ///
    /// No request fails by it: such a report is as easily forged as a datagram.
    pub(super) fn take_reports(&self, counters: &Counters) -> bool {
        for taken in 0..REPORTS {
            let Ok(Some(report)) = self.state.recv_transport_error(self.raw()) else {
                return taken > 0;
            };
            if matches!(report.payload, TransportErrorPayload::Unreachable) {
                counters.unreachable();
                let by = report.addr.map(|by| by.ip());
                tracing::debug!(local = %self.local, ?by, "a datagram's peer is unreachable");
            }
        }
        true
    }

    fn raw(&self) -> UdpSockRef<'_> {
        (&self.io).into()
    }
}

fn new(address: SocketAddr) -> io::Result<socket2::Socket> {
    let socket =
        socket2::Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        // Else a v6 listener would also take v4 peers, under mapped addresses that no trunk lists.
        socket.set_only_v6(true)?;
    }
    Ok(socket)
}

/// On the socket that it is made with, quinn-udp forbids fragments: right for QUIC, wrong for SIP,
/// whose responses have no other way when they are larger than the path allows. So it is made with
/// a socket that is thrown away, and ours is told itself to say where datagrams came to.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn state(socket: &socket2::Socket, address: SocketAddr) -> io::Result<UdpSocketState> {
    use nix::sys::socket::{setsockopt, sockopt};
    let state = UdpSocketState::new((&new(address)?).into())?;
    // Where there is one address there is nothing to say.
    let asked = address.ip().is_unspecified();
    if address.is_ipv4() {
        setsockopt(socket, sockopt::Ipv4PacketInfo, &asked)?;
    } else {
        setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &asked)?;
    }
    Ok(state)
}

/// Elsewhere what is larger than the path allows is not sent, and its sender is told.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn state(socket: &socket2::Socket, _: SocketAddr) -> io::Result<UdpSocketState> {
    UdpSocketState::new(socket.into())
}

/// Room for what one system call reads. Its pages are the system's until they are written to.
pub(super) struct Row {
    buffer: Vec<u8>,
    /// How many datagrams are asked for next: what is prepared and not used costs time too.
    wanted: usize,
    metas: [RecvMeta; BATCH_SIZE],
}

/// One datagram of a row.
pub(super) struct Datagram<'a> {
    pub(super) peer: SocketAddr,
    /// The address that it was sent to, where the system says it.
    pub(super) local: Option<IpAddr>,
    pub(super) bytes: &'a [u8],
}

impl Row {
    pub(super) fn new() -> Self {
        let metas = std::array::from_fn(|_| RecvMeta::default());
        Self { buffer: vec![0; BATCH_SIZE * PLACE], wanted: 1, metas }
    }

    /// Whether so many are as many as can be.
    pub(super) fn is_full(count: usize) -> bool {
        count == BATCH_SIZE
    }

    /// The first `count`, as they came.
    pub(super) fn datagrams(&self, count: usize) -> impl Iterator<Item = Datagram<'_>> {
        let read = self.buffer.chunks_exact(PLACE).zip(&self.metas).take(count);
        read.flat_map(|(buffer, meta)| {
            let bytes = &buffer[..meta.len];
            // Some systems join those of one length; an empty one is one all the same.
            let pieces = bytes.chunks(meta.stride.max(1));
            let empty = bytes.is_empty().then_some(bytes);
            pieces.chain(empty).map(|bytes| Datagram { peer: meta.addr, local: meta.dst_ip, bytes })
        })
    }
}

/// How many to ask for after so many of those wanted came: more if there may have been more.
fn next_row(wanted: usize, came: usize) -> usize {
    if came == wanted { (wanted * 4).min(BATCH_SIZE) } else { came.max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_grows_with_what_comes_and_shrinks_again() {
        let mut wanted = 1;
        for (came, next) in [(1, 4), (4, 16), (16, 32), (32, 32), (7, 7), (7, 28), (2, 2), (1, 1)] {
            wanted = next_row(wanted, came);
            assert_eq!(wanted, next, "{came}");
        }
    }
}

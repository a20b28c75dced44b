//! Receivers of audio that are not the relay's own: they count gaps and compare with the recording.

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Sockets on the ports that one SIPp announces, read by a thread of their own.
pub(crate) struct Receivers {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Vec<Vec<u8>>>>,
}

impl Receivers {
    /// Binds `calls` ports, four apart as SIPp's `auto_media_port` counts them.
    pub(crate) fn bind(address: Ipv4Addr, first: u16, calls: u16) -> Result<Self, String> {
        let mut sockets = Vec::new();
        for call in 0..calls {
            let port = first + 4 * call;
            let socket = UdpSocket::bind((address, port))
                .and_then(|socket| socket.set_nonblocking(true).map(|()| socket))
                .map_err(|error| format!("{address}:{port}: {error}"))?;
            sockets.push(socket);
        }
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        Ok(Self { stop, thread: thread::spawn(move || receive(&sockets, &told)) })
    }

    /// Stops, and judges every stream.
    pub(crate) fn finish(self, recording: &[Vec<u8>]) -> Result<Heard, String> {
        self.stop.store(true, Ordering::Relaxed);
        let streams = self.thread.join().map_err(|_| "a receiver panicked".to_owned())?;
        let mut heard = Heard { streams: 0, packets: 0, gaps: 0, missing: 0, changed: 0 };
        for packets in &streams {
            heard.judge(packets, recording);
        }
        Ok(heard)
    }
}

/// Collects datagrams socket by socket. A socket's buffer holds seconds of one stream, so that a
/// look every few milliseconds loses nothing.
fn receive(sockets: &[UdpSocket], told: &AtomicBool) -> Vec<Vec<Vec<u8>>> {
    let mut streams = vec![Vec::new(); sockets.len()];
    let mut buffer = [0; 2048];
    loop {
        // Read before the sockets are, so that what had arrived by then is still collected.
        let last = told.load(Ordering::Relaxed);
        for (socket, packets) in sockets.iter().zip(&mut streams) {
            while let Ok(length) = socket.recv(&mut buffer) {
                packets.push(buffer[..length].to_vec());
            }
        }
        if last {
            return streams;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// What arrived at all sockets of one side.
pub(crate) struct Heard {
    /// Sockets that got exactly one stream.
    pub(crate) streams: usize,
    pub(crate) packets: usize,
    /// Packets whose sequence number is not that of the one before, plus one.
    pub(crate) gaps: usize,
    /// Packets of the recording that did not arrive.
    pub(crate) missing: usize,
    /// Packets that are not, octet for octet, the recording's packet of their place.
    pub(crate) changed: usize,
}

impl Heard {
    fn judge(&mut self, packets: &[Vec<u8>], recording: &[Vec<u8>]) {
        let sources = packets.iter().map(|packet| packet.get(8..12));
        let one = |sources: &[Option<&[u8]>]| {
            sources.first().is_some_and(|first| {
                first.is_some() && sources.iter().all(|source| source == first)
            })
        };
        self.streams += usize::from(one(&sources.collect::<Vec<_>>()));
        self.packets += packets.len();
        let sequence = |packet: &[u8]| match *packet {
            [_, _, high, low, ..] => Some(u16::from_be_bytes([high, low])),
            _ => None,
        };
        for pair in packets.windows(2) {
            let follows = sequence(&pair[0]).map(|number| number.wrapping_add(1));
            if follows.is_none() || follows != sequence(&pair[1]) {
                self.gaps += 1;
            }
        }
        self.missing += recording.len().saturating_sub(packets.len());
        self.changed += packets.len().saturating_sub(recording.len());
        self.changed += packets.iter().zip(recording).filter(|(got, sent)| got != sent).count();
    }

    /// An error unless each of `calls` sockets heard the recording whole.
    pub(crate) fn expect_whole(&self, calls: usize, side: &str) -> Result<(), String> {
        let Self { streams, packets, gaps, missing, changed } = self;
        if *streams == calls && *gaps == 0 && *missing == 0 && *changed == 0 {
            return Ok(());
        }
        Err(format!(
            "{side} heard {streams} streams of {calls}, {packets} packets: {gaps} gaps, {missing} \
             missing, {changed} changed"
        ))
    }
}

/// The RTP packets of a recording: a classic pcap file of Ethernet, IPv4 and UDP.
pub(crate) fn recording(file: &Path) -> Result<Vec<Vec<u8>>, String> {
    let wrong = |what: &str| format!("{}: {what}", file.display());
    let bytes = fs::read(file).map_err(|error| wrong(&error.to_string()))?;
    if !bytes.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]) {
        return Err(wrong("not a little-endian pcap file"));
    }
    let mut rest = bytes.get(24..).unwrap_or_default();
    let mut packets = Vec::new();
    while let Some((header, after)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes([header[8], header[9], header[10], header[11]]);
        let frame = usize::try_from(length).ok().and_then(|length| after.split_at_checked(length));
        let (frame, after) = frame.ok_or_else(|| wrong("cut short"))?;
        rest = after;
        // 14 octets of Ethernet, 20 of IPv4 without options, 8 of UDP.
        let plain = frame.get(12..15) == Some(&[0x08, 0x00, 0x45]) && frame.get(23) == Some(&17);
        match frame.get(42..) {
            Some(rtp) if plain => packets.push(rtp.to_vec()),
            _ => return Err(wrong("not UDP over IPv4 over Ethernet")),
        }
    }
    if packets.is_empty() { Err(wrong("no packets")) } else { Ok(packets) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten packets of one source; what is judged is the difference to them.
    fn recorded() -> Vec<Vec<u8>> {
        let packet = |number: u16| {
            let [high, low] = number.to_be_bytes();
            vec![0x80, 8, high, low, 0, 0, 0, 0, 1, 2, 3, 4, high, low]
        };
        (0xfffb..=0xffff).chain(0..5).map(packet).collect()
    }

    fn judged(spoil: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<(), String> {
        let mut packets = recorded();
        spoil(&mut packets);
        let mut heard = Heard { streams: 0, packets: 0, gaps: 0, missing: 0, changed: 0 };
        heard.judge(&packets, &recorded());
        heard.expect_whole(1, "the test")
    }

    #[test]
    fn a_whole_stream_passes_over_the_wrap_of_its_numbers() {
        assert_eq!(judged(|_| ()), Ok(()));
    }

    #[test]
    fn every_way_of_not_being_whole_is_found() {
        assert!(judged(|packets| drop(packets.remove(4))).is_err(), "a gap");
        assert!(judged(|packets| drop(packets.pop())).is_err(), "the last one missing");
        assert!(judged(|packets| drop(packets.remove(0))).is_err(), "the first one missing");
        assert!(judged(|packets| packets.swap(2, 3)).is_err(), "out of order");
        assert!(judged(|packets| packets.insert(3, packets[2].clone())).is_err(), "twice");
        assert!(judged(|packets| packets[7][13] ^= 1).is_err(), "another octet");
        assert!(judged(|packets| packets[7][8] ^= 1).is_err(), "another source");
        assert!(judged(Vec::clear).is_err(), "silence");
    }
}

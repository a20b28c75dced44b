//! A media plane on loopback sockets, and the ends of its calls.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::mpsc,
    time::Duration,
};

use siptrunk_media::{LegMedia, MediaCommand, MediaEvent, MediaSessionId, SessionStatistics, Side};
use siptrunk_net::{MediaOptions, MediaReport, MediaThreads};

/// Longer than anything here takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

/// A media plane on a loopback address of its own, so that tests share no port.
pub(crate) struct Plane {
    pub(crate) threads: MediaThreads,
    pub(crate) reports: mpsc::Receiver<MediaReport>,
    pub(crate) ip: IpAddr,
}

pub(crate) fn own_address() -> IpAddr {
    let [a, b, c]: [u8; 3] = rand::random();
    IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, c.clamp(1, 254)))
}

impl Plane {
    pub(crate) fn with(
        ip: IpAddr,
        ports: RangeInclusive<u16>,
        change: impl FnOnce(&mut MediaOptions),
    ) -> Self {
        let (sender, reports) = mpsc::channel();
        let mut options = MediaOptions::new(ip, ports);
        options.threads = 2;
        change(&mut options);
        let report = move |report| drop(sender.send(report));
        Self { threads: MediaThreads::start(options, report).unwrap(), reports, ip }
    }

    pub(crate) fn report(&self) -> MediaReport {
        self.reports.recv_timeout(PATIENCE).expect("a report in time")
    }

    /// Opens a session; `None` if no ports are left.
    pub(crate) fn open(&self, number: u64) -> Option<(SocketAddr, SocketAddr)> {
        let wanted = MediaSessionId(number);
        self.threads.open(wanted);
        match self.report() {
            MediaReport::Opened { session, a, b } if session == wanted => Some((a, b)),
            MediaReport::NoPorts { session } if session == wanted => None,
            other => panic!("not an answer to {number}: {other:?}"),
        }
    }

    pub(crate) fn update(&self, number: u64, side: Side, leg: LegMedia) {
        self.threads.command(MediaCommand::Update { session: MediaSessionId(number), side, leg });
    }

    /// Closes a session and reads on until it says so; what came before is given back too.
    pub(crate) fn close(&self, number: u64) -> (Vec<MediaEvent>, Box<SessionStatistics>) {
        self.threads.command(MediaCommand::Close { session: MediaSessionId(number) });
        let mut before = Vec::new();
        loop {
            match self.report() {
                MediaReport::Event(MediaEvent::Closed { session, statistics }) => {
                    assert_eq!(session, MediaSessionId(number));
                    return (before, statistics);
                }
                MediaReport::Event(event) => before.push(event),
                other => panic!("{other:?}"),
            }
        }
    }
}

/// One end of a call: an RTP and an RTCP socket.
pub(crate) struct End {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
}

impl End {
    pub(crate) fn new() -> Self {
        let socket = || {
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.set_read_timeout(Some(PATIENCE)).unwrap();
            socket
        };
        Self { rtp: socket(), rtcp: socket() }
    }

    pub(crate) fn leg(&self, payload_map: &[(u8, u8)]) -> LegMedia {
        LegMedia {
            remote: self.rtp.local_addr().ok(),
            remote_rtcp: self.rtcp.local_addr().ok(),
            payload_map: payload_map.to_vec(),
            ..LegMedia::default()
        }
    }
}

/// RFC 3550 5.1: version 2, no padding, extension or sources.
pub(crate) fn rtp(payload_type: u8, sequence: u16, payload: u8) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(sequence.to_be_bytes());
    packet.extend((u32::from(sequence) * 160).to_be_bytes());
    packet.extend(0x1234_5678_u32.to_be_bytes());
    packet.extend([payload; 160]);
    packet
}

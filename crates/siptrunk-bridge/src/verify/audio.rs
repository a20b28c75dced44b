//! The audio of a verification's call: G.711 silence goes out, a digit with it, and what comes is counted.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use bytes::Bytes;
use siptrunk_rtp::telephone_event::{EventCode, EventEncoder};
use siptrunk_rtp::{Packet, PacketBuilder, Sequence, Timestamp};
use siptrunk_transaction::{FlowId, Ticket, Transmit};

/// A packet's time, and its units at 8 kHz.
const PTIME: Duration = Duration::from_millis(20);
const TICKS: u32 = 160;
/// A digit of 100 ms, begun after half a second of silence.
const DIGIT: char = '1';
const DIGIT_AT: u32 = 25 * TICKS;
const DIGIT_TICKS: u32 = 800;
/// Volume of the digit, in dBm0 below zero (RFC 4733 2.3.5).
const VOLUME: u8 = 10;
/// A header and the longest payload that is sent.
const PACKET: usize = 12 + TICKS as usize;

/// Where audio goes, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreed {
    /// Where the far side takes it.
    pub(super) remote: SocketAddr,
    /// The number of the voice codec, G.711 of one law or the other.
    pub(super) voice: u8,
    /// The octet that is silence in that codec.
    pub(super) silence: u8,
    /// The number of telephone-event, if digits can pass.
    pub(super) digits: Option<u8>,
}

/// Audio that goes and comes.
#[derive(Debug)]
pub(super) struct Audio {
    agreed: Agreed,
    listener: u16,
    local: IpAddr,
    ssrc: u32,
    sequence: Sequence,
    at: Timestamp,
    digit: Option<EventEncoder>,
    next: Instant,
    sent: u32,
    received: u32,
    /// Packets that came from elsewhere than described: a relay drops those.
    strays: u32,
    /// When the first packet came.
    first: Option<Instant>,
}

impl Audio {
    pub(super) fn new(
        agreed: Agreed,
        (listener, local): (u16, IpAddr),
        ssrc: u32,
        now: Instant,
    ) -> Self {
        Self {
            agreed,
            listener,
            local,
            ssrc,
            sequence: Sequence(0),
            at: Timestamp(0),
            digit: None,
            next: now,
            sent: 0,
            received: 0,
            strays: 0,
            first: None,
        }
    }

    /// Packets that came, and when the first one did.
    pub(super) fn received(&self) -> (u32, Option<Instant>) {
        (self.received, self.first)
    }

    /// Packets that came from another address than the far side's description names.
    pub(super) fn strays(&self) -> u32 {
        self.strays
    }

    pub(super) fn handle_packet(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        if Packet::parse(bytes).is_err() {
            return;
        }
        if from == self.agreed.remote {
            self.received += 1;
            self.first.get_or_insert(now);
        } else {
            self.strays += 1;
        }
    }

    pub(super) fn poll_timeout(&self) -> Instant {
        self.next
    }

    /// The next packet, if one is due.
    pub(super) fn due(&mut self, now: Instant) -> Option<Transmit> {
        if self.next > now {
            return None;
        }
        self.next += PTIME;
        self.at += TICKS;
        let mut packet = [0; PACKET];
        let written = self.digit_packet(&mut packet).or_else(|| self.silence_packet(&mut packet));
        self.sequence = self.sequence.next();
        self.sent += 1;
        let bytes = Bytes::copy_from_slice(packet.get(..written?)?);
        let (listener, local, peer) = (self.listener, self.local, self.agreed.remote);
        let to = FlowId::Datagram { listener, local, peer }.into();
        Some(Transmit { to, bytes, ticket: Ticket::default() })
    }

    fn silence_packet(&self, into: &mut [u8]) -> Option<usize> {
        let header = PacketBuilder {
            payload_type: self.agreed.voice,
            marker: self.sent == 0,
            sequence: self.sequence,
            timestamp: self.at,
            ssrc: self.ssrc,
        };
        header.write_into(into, &[self.agreed.silence; TICKS as usize]).ok()
    }

    /// A packet of the digit while it lasts: it takes the place of silence.
    fn digit_packet(&mut self, into: &mut [u8]) -> Option<usize> {
        let payload_type = self.agreed.digits?;
        if self.at == Timestamp(DIGIT_AT) {
            let code = EventCode::from_digit(DIGIT)?;
            let mut encoder = EventEncoder::new(code, VOLUME, self.at);
            encoder.release(self.at + DIGIT_TICKS);
            self.digit = Some(encoder);
        }
        let encoder = self.digit.as_mut().filter(|encoder| !encoder.is_finished())?;
        encoder.handle_tick(self.at);
        let report = encoder.poll_packet()?;
        let header = report.header(payload_type, self.sequence, self.ssrc);
        header.write_into(into, &report.payload()).ok()
    }
}

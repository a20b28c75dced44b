//! The audio of one call of an end.

use std::{net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_rtp::Packet;
use siptrunk_sdp::{CodecName, offer_answer::Negotiated};
use siptrunk_transaction::Rng;

use super::outbox::Outbox;
use crate::audio::{AudioPlan, AudioReport, Law, Receiver, Sender};

#[derive(Debug)]
pub(crate) struct CallMedia {
    remote: SocketAddr,
    sender: Sender,
    receiver: Receiver,
}

impl CallMedia {
    /// Is ready to hear what was agreed on; sends nothing before [`begin`](Self::begin).
    ///
    /// # Errors
    ///
    /// Why this cannot carry the signal.
    pub(crate) fn new(
        plan: AudioPlan,
        digits: &str,
        agreed: &Negotiated,
        event_here: Option<u8>,
        rng: &mut Rng,
    ) -> Result<Self, String> {
        let agreed = &agreed.audio;
        let codec = agreed.codecs.first().ok_or("no codec in common")?;
        let law = match codec.name() {
            Some(CodecName::Pcmu) => Law::Mu,
            Some(CodecName::Pcma) => Law::A,
            _ => return Err(format!("{} is not G.711", codec.encoding)),
        };
        let remote = agreed.remote.ok_or("the peer wants no audio")?;
        let comes_as = |sent: u8| {
            let known = agreed.receive_map.iter().find(|(_, known)| *known == sent);
            known.map_or(sent, |(comes, _)| *comes)
        };
        let event = agreed.codecs.iter().find(|codec| codec.is_telephone_event());
        let event = event.map(|codec| codec.payload_type);
        let event_comes = event.map(|event| event_here.unwrap_or_else(|| comes_as(event)));
        let mut sender = Sender::new(plan, law, codec.payload_type, rng);
        if let Some(event) = event {
            sender = sender.pressing(digits, event);
        }
        let receiver = Receiver::new(plan, law, comes_as(codec.payload_type), event_comes);
        Ok(Self { remote, sender, receiver })
    }

    /// Sends, from now on.
    pub(crate) fn begin(&mut self, now: Instant, outbox: &mut Outbox) {
        self.sender.begin(now);
        self.handle_timeout(now, outbox);
    }

    /// How much a packet looks like this call's: 0 if it comes from elsewhere, most if its source
    /// is the one known so far.
    pub(crate) fn affinity(&self, from: SocketAddr, bytes: &[u8]) -> u8 {
        let ssrc = Packet::parse(bytes).ok().map(|packet| packet.ssrc());
        match (from == self.remote, self.receiver.ssrc()) {
            (false, _) => 0,
            (true, None) => 2,
            (true, known) if known == ssrc => 3,
            // Another source at the same address: foreign, if no other call claims it.
            (true, Some(_)) => 1,
        }
    }

    pub(crate) fn handle_packet(&mut self, now: Instant, bytes: &[u8]) {
        self.receiver.handle_packet(now, bytes);
    }

    /// Sends what came for another call on to this one's peer, as it is.
    pub(crate) fn relay(&self, bytes: &Bytes, outbox: &mut Outbox) {
        outbox.rtp(self.remote, bytes.clone());
    }

    /// Goes on as it is, towards where a new description says.
    pub(crate) fn follow(&mut self, next: &Self) {
        self.remote = next.remote;
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant, outbox: &mut Outbox) {
        while let Some(packet) = self.sender.due(now) {
            outbox.rtp(self.remote, packet);
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.sender.poll_timeout()
    }

    /// Sends no more.
    pub(crate) fn stop(&mut self) {
        self.sender.stop();
    }

    /// Whether all was sent and all was heard.
    pub(crate) fn complete(&self) -> bool {
        self.sender.finished() && self.receiver.complete()
    }

    pub(crate) fn report(&self) -> AudioReport {
        self.receiver.report(self.sender.sent())
    }
}

//! Calls that agents make: through the termination URI, over the trunk, to the public network.

use std::{net::SocketAddr, time::Duration, time::Instant};

use siptrunk_sdp::offer_answer::CodecPolicy;

use super::{
    Ending, Fault, Synthflow,
    call::{Call, Role},
    config::opus_first,
};
use crate::{
    audio::AudioPlan,
    scripted::{Dial, Header, Leg, Outcome, Sound},
};

/// A call of an agent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct OutboundCall {
    /// How long after the end's construction, or after `dial`, the INVITE leaves.
    pub start: Duration,
    /// The number to call.
    pub to: String,
    /// The caller id: a number that is attached to the agent.
    pub from: String,
    /// Further header fields of the INVITE, in this order and spelling.
    pub headers: Vec<Header>,
    /// The codecs to offer: Opus, then G.711.
    pub codecs: CodecPolicy,
    /// What to send and to hear.
    pub audio: AudioPlan,
    /// What the agent does once the audio has been judged.
    pub ending: Ending,
    /// The agent gives up after so long a ringing, and sends CANCEL.
    pub ring: Duration,
}

impl OutboundCall {
    /// A call that is hung up once both have said what they have to say.
    pub fn new(to: &str, from: &str) -> Self {
        Self {
            start: Duration::ZERO,
            to: to.to_owned(),
            from: from.to_owned(),
            headers: Vec::new(),
            codecs: opus_first(),
            audio: AudioPlan::agent(),
            ending: Ending::HangUp,
            ring: Duration::from_secs(60),
        }
    }

    /// Sets [`start`](Self::start).
    #[must_use]
    pub fn start(mut self, start: Duration) -> Self {
        self.start = start;
        self
    }

    /// One more header field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(Header::new(name, value));
        self
    }

    /// Sets [`codecs`](Self::codecs).
    #[must_use]
    pub fn codecs(mut self, codecs: CodecPolicy) -> Self {
        self.codecs = codecs;
        self
    }

    /// Sets [`audio`](Self::audio).
    #[must_use]
    pub fn audio(mut self, audio: AudioPlan) -> Self {
        self.audio = audio;
        self
    }

    /// Sets [`ending`](Self::ending).
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets [`ring`](Self::ring).
    #[must_use]
    pub fn ring(mut self, ring: Duration) -> Self {
        self.ring = ring;
        self
    }
}

impl Synthflow {
    /// Makes one more call, and returns its place.
    pub fn dial(&mut self, now: Instant, call: OutboundCall) -> usize {
        self.calls.push(Call::outbound(now, call));
        self.calls.len() - 1
    }

    /// Sends the INVITE of a planned call, or says why none leaves.
    pub(super) fn dial_now(&mut self, now: Instant, index: usize) {
        let Role::Outbound(plan) = &self.calls[index].role else { return };
        let plan = plan.clone();
        let sent = if self.is_attached(now, &plan.from) {
            self.invite(now, index, &plan)
        } else {
            Err(format!("{} is attached to no agent", plan.from))
        };
        let call = &mut self.calls[index];
        match sent {
            Ok(leg) => call.begin(leg),
            Err(why) => {
                call.fail(Outcome::NotSent(why));
                self.ended(now, index);
            }
        }
    }

    /// Sends the INVITE of a call.
    pub(super) fn invite(
        &mut self,
        now: Instant,
        index: usize,
        plan: &OutboundCall,
    ) -> Result<Leg, String> {
        let (uri, peer) = self.way_out(now, &plan.to)?;
        let id = self.line.rng.token(16);
        let mut headers = vec![Header::new("x-ci", &id)];
        headers.extend(plan.headers.iter().cloned());
        let account = self.proof();
        let caller = plan.from.clone();
        let dial = Dial { uri, peer, caller, max_forwards: 70, headers, account };
        let codecs = plan.codecs.clone();
        let sound = Sound { audio: plan.audio, codecs, telephone_event: None, ..self.sound(index) };
        let sound = self.muted(sound);
        Leg::dial(now, &mut self.line, &dial, sound)
    }

    /// The Request-URI for a number, and where it is sent.
    fn way_out(&self, now: Instant, number: &str) -> Result<(String, SocketAddr), String> {
        let config = &self.config;
        if config.has(Fault::OutboundToItself) {
            return Err("the termination URI is Synthflow's own host".into());
        }
        let host = config.termination.or(config.outbound_proxy);
        if let (Some(host), Some(peer)) = (host, config.outbound_proxy.or(host)) {
            return Ok((format!("sip:{number}@{host}"), peer));
        }
        let binding = self.registrar.binding(now).ok_or("there is no termination URI")?;
        let host = binding.uri.split_once('@').map_or(binding.uri.as_str(), |(_, host)| host);
        Ok((format!("sip:{number}@{host}"), binding.peer))
    }
}

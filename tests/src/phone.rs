//! A telephone in a simulated world: our own user agent, answering by a script.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use siptrunk::message::{Body, StatusCode};
use siptrunk::sdp::offer_answer::{self, CodecPolicy, LocalMedia};
use siptrunk::sdp::{Origin, SessionDescription};
use siptrunk::sim::{Datagram, Host, HostContext};
use siptrunk::transaction::{IncomingRequest, QuestionId, Target};
use siptrunk::ua::{Answer, Event, Question, Reply, SessionId, UserAgent};

mod switchboard;
pub use switchboard::{NUMBER, Switchboard, config, config_of, header, trunk, voice};

/// What a phone sends and takes: its media address and its codecs.
#[derive(Debug, Clone)]
pub struct Voice {
    /// Where it takes RTP.
    pub media: SocketAddr,
    /// Its codecs.
    pub codecs: CodecPolicy,
}

impl Voice {
    /// G.711 and telephone-event 101 at this address.
    pub fn new(media: SocketAddr) -> Self {
        Self { media, codecs: CodecPolicy::default() }
    }

    /// The same with another number for telephone-event in its own offers.
    #[must_use]
    pub fn telephone_event(mut self, number: u8) -> Self {
        self.codecs.telephone_event = Some(number);
        self
    }

    /// An offer of its own.
    pub fn offer(&self) -> Body {
        self.describe(1, "sendrecv", self.media)
    }

    /// A description with this version and direction, and media at another address.
    pub fn describe(&self, version: u64, direction: &str, media: SocketAddr) -> Body {
        let local = LocalMedia { address: media.ip(), port: media.port() };
        let offer = offer_answer::offer(&self.codecs, &local, &self.origin(version));
        let text = offer.to_string().replace("a=sendrecv", &format!("a={direction}"));
        Body::sdp(Bytes::from(text))
    }

    /// The answer to an offer.
    ///
    /// # Panics
    /// If the offer is none, or has nothing in common with this phone.
    pub fn answer(&self, offer: &[u8]) -> Body {
        let offer = SessionDescription::parse(offer).expect("the gateway's offer");
        let local = LocalMedia { address: self.media.ip(), port: self.media.port() };
        let negotiated = offer_answer::answer(&offer, &self.codecs, &local, &self.origin(1));
        Body::sdp(negotiated.expect("a codec in common").description.to_bytes())
    }

    /// What a 2xx to this INVITE has to carry: the answer, or an offer if the INVITE has none.
    pub fn respond_to(&self, invite: &IncomingRequest) -> Body {
        match invite.request().body() {
            [] => self.offer(),
            offer => self.answer(offer),
        }
    }

    fn origin(&self, version: u64) -> Origin<'static> {
        Origin::new(u64::from(self.media.port()), version, self.media.ip())
    }
}

/// What a phone does when its user agent reports something.
trait Script {
    fn handle(&mut self, agent: &mut UserAgent, now: Instant, event: &Event);
}

impl<F: FnMut(&mut UserAgent, Instant, &Event)> Script for F {
    fn handle(&mut self, agent: &mut UserAgent, now: Instant, event: &Event) {
        self(agent, now, event);
    }
}

/// The host of a [`UserAgent`] in the world: reads numeric addresses, obeys a script, keeps what it
/// was told and what it heard.
pub struct Phone {
    script: Box<dyn Script>,
    /// What it describes; set before it is put into the world.
    pub voice: Voice,
    /// What its user agent reported, in order.
    pub events: Vec<Event>,
    /// What came to its media address.
    pub heard: Vec<Datagram>,
}

impl Phone {
    /// A phone that does what this script says.
    pub fn new(
        voice: &Voice,
        script: impl FnMut(&mut UserAgent, Instant, &Event) + 'static,
    ) -> Self {
        let script = Box::new(script);
        Self { script, voice: voice.clone(), events: Vec::new(), heard: Vec::new() }
    }

    /// A phone that takes calls: 180, 200, and 200 to whatever is asked in the dialog. A late offer
    /// of the other side is answered in the ACK.
    pub fn friendly(voice: &Voice) -> Self {
        let own = voice.clone();
        Self::new(voice, move |agent, now, event| match event {
            Event::Incoming { session, request } => {
                ring(agent, now, *session);
                pick_up(agent, now, *session, &own, request);
            }
            other => oblige(agent, now, &own, other),
        })
    }

    /// A phone that gives this answer to every call, and rings before it if `rings`.
    ///
    /// # Panics
    /// In the world, if the answer cannot be given.
    pub fn replying(voice: &Voice, rings: bool, reply: Reply) -> Self {
        Self::new(voice, move |agent, now, event| {
            if let Event::Incoming { session, .. } = event {
                if rings {
                    ring(agent, now, *session);
                }
                agent.answer(now, *session, reply.clone()).expect("a call without an answer");
            }
        })
    }

    /// A phone that refuses every call with this status.
    pub fn rejecting(voice: &Voice, status: u16) -> Self {
        Self::replying(voice, false, Reply::new(code(status)))
    }

    /// A phone that rings, and does what it is told by hand.
    pub fn ringing(voice: &Voice) -> Self {
        let own = voice.clone();
        Self::new(voice, move |agent, now, event| match event {
            Event::Incoming { session, .. } => ring(agent, now, *session),
            other => oblige(agent, now, &own, other),
        })
    }

    /// A phone that does nothing by itself: its calls get 100 and no more.
    pub fn passive(voice: &Voice) -> Self {
        Self::new(voice, |_, _, _| {})
    }
}

/// A status by its number.
///
/// # Panics
/// If it is no status.
pub fn code(status: u16) -> StatusCode {
    StatusCode::new(status).expect("a status written by hand")
}

/// Answers 180.
pub fn ring(agent: &mut UserAgent, now: Instant, session: SessionId) {
    // A call may be gone already: nobody is left to hear it ring.
    let _gone = agent.answer(now, session, Reply::new(StatusCode::RINGING));
}

/// Answers 200 with a description.
///
/// # Panics
/// If the call cannot be answered.
pub fn pick_up(
    agent: &mut UserAgent,
    now: Instant,
    session: SessionId,
    voice: &Voice,
    invite: &IncomingRequest,
) {
    let reply = Reply::new(StatusCode::OK).body(voice.respond_to(invite));
    agent.answer(now, session, reply).expect("a call without an answer");
}

/// Says 200 to what is asked in a dialog, and acknowledges a late offer with its answer.
fn oblige(agent: &mut UserAgent, now: Instant, voice: &Voice, event: &Event) {
    let done = match event {
        Event::InDialog { transaction, .. } => {
            agent.respond(now, *transaction, Reply::new(StatusCode::OK))
        }
        Event::Reoffer { transaction, request, .. } => {
            let reply = Reply::new(StatusCode::OK).body(voice.respond_to(request));
            agent.respond(now, *transaction, reply)
        }
        Event::Answered { session, response } if !response.response().body().is_empty() => {
            let answer = voice.answer(response.response().body());
            // Refused where the INVITE had an offer: then the ACK is out already.
            let _sent = agent.acknowledge(now, *session, Some(answer));
            Ok(())
        }
        _ => Ok(()),
    };
    done.expect("a request that waits for its response");
}

impl Host<UserAgent> for Phone {
    fn ask(&mut self, context: &mut HostContext<UserAgent>, id: QuestionId, question: Question) {
        let Question::Resolve(lookup) = question;
        let port = lookup.transport.default_port();
        let targets = lookup.hosts.iter().filter_map(|host| {
            let address = SocketAddr::new(host.host.ip()?, host.port.unwrap_or(port));
            Some(Target { transport: lookup.transport, address, domain: None })
        });
        let targets: Vec<Target> = targets.collect();
        context.answer(
            id,
            if targets.is_empty() { Answer::Unresolved } else { Answer::Targets(targets) },
        );
    }

    fn command(&mut self, _: &mut HostContext<UserAgent>, command: std::convert::Infallible) {
        match command {}
    }

    fn event(
        &mut self,
        context: &mut HostContext<UserAgent>,
        agent: &mut UserAgent,
        event: Event,
    ) -> Option<Event> {
        self.script.handle(agent, context.now(), &event);
        self.events.push(event);
        None
    }

    fn owns(&self, address: SocketAddr) -> bool {
        // All ports from its media port up: a moved stream is heard as well.
        address.ip() == self.voice.media.ip() && address.port() >= self.voice.media.port()
    }

    fn handle_datagram(&mut self, _: &mut HostContext<UserAgent>, datagram: Datagram) {
        self.heard.push(datagram);
    }
}

//! An end of the calls: a user agent on the first listener, audio on the second, and a role that says what
//! is done with them.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use siptrunk::message::Body;
use siptrunk::sdp::SessionDescription;
use siptrunk::transaction::{
    Core, FlowEvent, FlowId, Listener, Live, QuestionId, Received, Seed, Target, Transmit,
};
use siptrunk::ua::{Answer, Config, Event, Limits, Lookup, Question, UserAgent};

use crate::arguments::Arguments;
use crate::streams::Streams;

/// The listener that audio comes to and leaves from; the first is for SIP.
const MEDIA: u16 = 1;

/// What an end does: it calls, or it answers.
pub(crate) trait Role {
    /// Something happened to one of its calls.
    fn handle(&mut self, desk: &mut Desk, now: Instant, event: Event);

    /// Does what is due.
    fn handle_timeout(&mut self, _desk: &mut Desk, _now: Instant) {}

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// An end: a core of its own, on the user agent's.
pub(crate) struct End<R> {
    pub(crate) desk: Desk,
    pub(crate) role: R,
}

impl<R: Role> End<R> {
    fn settle(&mut self, now: Instant) {
        self.role.handle_timeout(&mut self.desk, now);
        while let Some(event) = self.desk.poll_event(now) {
            self.role.handle(&mut self.desk, now, event);
        }
    }
}

impl<R: Role> Core for End<R> {
    type Event = Infallible;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener: MEDIA, .. }) {
            self.desk.streams.handle_packet(&input.bytes);
        } else {
            self.desk.agent.handle_input(now, input);
        }
        self.settle(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.desk.agent.handle_flow(now, event);
        self.settle(now);
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.desk.agent.handle_timeout(now);
        self.desk.streams.handle_timeout(now);
        self.settle(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.desk.agent.poll_transmit().or_else(|| self.desk.streams.poll_transmit())
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let Self { desk, role } = self;
        let times = [desk.agent.poll_timeout(), desk.streams.poll_timeout(), role.poll_timeout()];
        times.into_iter().flatten().min()
    }

    fn live(&self) -> Live {
        self.desk.agent.live()
    }
}

/// A user agent and its audio: what a role has to do with.
pub(crate) struct Desk {
    pub(crate) agent: UserAgent,
    pub(crate) streams: Streams,
    description: Body,
}

impl Desk {
    /// A desk on these listeners that may hold as many calls as this load makes.
    pub(crate) fn new(sip: Listener, media: SocketAddr, arguments: &Arguments, seed: Seed) -> Self {
        let mut config = Config::default();
        config.transaction.listeners = vec![sip];
        config.transaction.max_transactions = 4_000_000;
        let most = usize::try_from(arguments.calls()).unwrap_or(usize::MAX);
        config.limits = Limits { max_sessions: most.max(1), ..Limits::default() };
        Self {
            agent: UserAgent::new(config, seed),
            streams: Streams::new(media.ip(), MEDIA, arguments.media),
            description: description(media),
        }
    }

    /// The description of this end's audio: the same for every call.
    pub(crate) fn description(&self) -> Body {
        self.description.clone()
    }

    /// The next thing that the user agent reports. Its look-ups are answered on the way: all
    /// addresses of a load are numbers.
    fn poll_event(&mut self, now: Instant) -> Option<Event> {
        while let Some((id, Question::Resolve(lookup))) = self.agent.poll_question() {
            self.agent.handle_answer(now, id, Answer::Targets(numeric(&lookup)));
        }
        self.agent.poll_event()
    }
}

fn numeric(lookup: &Lookup) -> Vec<Target> {
    let port = lookup.transport.default_port();
    let hosts = lookup.hosts.iter();
    hosts
        .filter_map(|host| Some(SocketAddr::new(host.host.ip()?, host.port.unwrap_or(port))))
        .map(Target::udp)
        .collect()
}

/// G.711 mu-law and telephone events at this address.
fn description(media: SocketAddr) -> Body {
    let (ip, port) = (media.ip(), media.port());
    Body::sdp(Bytes::from(format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
         a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )))
}

/// Where the other side takes audio.
pub(crate) fn remote_media(body: &[u8]) -> Option<SocketAddr> {
    SessionDescription::parse(body).ok()?.audio()?.rtp()
}

//! What both ends have in common: a user agent on the first listener, audio on the second.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use siptrunk::message::Body;
use siptrunk::sdp::SessionDescription;
use siptrunk::transaction::{Core as _, FlowId, Listener, Live, Received, Seed, Target, Transmit};
use siptrunk::ua::{Answer, Config, Event, Limits, Lookup, Question, UserAgent};

use crate::arguments::Arguments;
use crate::streams::Streams;

/// The listener that audio comes to and leaves from; the first is for SIP.
const MEDIA: u16 = 1;

/// A user agent and its audio: what an end of a call is made of.
pub(crate) struct End {
    pub(crate) agent: UserAgent,
    pub(crate) streams: Streams,
    description: Body,
}

impl End {
    /// An end on these listeners that may hold as many calls as this load makes.
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

    pub(crate) fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener: MEDIA, .. }) {
            self.streams.handle_packet(&input.bytes);
        } else {
            self.agent.handle_input(now, input);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        self.agent.handle_timeout(now);
        self.streams.handle_timeout(now);
    }

    pub(crate) fn poll_transmit(&mut self) -> Option<Transmit> {
        self.agent.poll_transmit().or_else(|| self.streams.poll_transmit())
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        [self.agent.poll_timeout(), self.streams.poll_timeout()].into_iter().flatten().min()
    }

    /// The next thing that the user agent reports. Its look-ups are answered on the way: all
    /// addresses of a load are numbers.
    pub(crate) fn poll_event(&mut self, now: Instant) -> Option<Event> {
        while let Some((id, Question::Resolve(lookup))) = self.agent.poll_question() {
            self.agent.handle_answer(now, id, Answer::Targets(numeric(&lookup)));
        }
        self.agent.poll_event()
    }

    pub(crate) fn live(&self) -> Live {
        self.agent.live()
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

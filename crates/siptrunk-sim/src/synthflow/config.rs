//! What the Synthflow end is told to do.

use std::{net::SocketAddr, time::Duration};

use siptrunk_sdp::offer_answer::CodecPolicy;

use super::Fault;
use crate::{
    audio::AudioPlan,
    scripted::{Header, Over, Timers},
};

/// A Synthflow region's proxy: where it is, which numbers it has, and what its agent does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SynthflowConfig {
    /// Listener 0, SIP.
    pub sip: SocketAddr,
    /// What SIP goes over.
    pub over: Over,
    /// Listener 1, RTP.
    pub rtp: SocketAddr,
    /// The numbers that are attached to an agent. Others get 404.
    pub numbers: Vec<String>,
    /// What it does with a call to one of them.
    pub answering: Answering,
    /// How long it rings before it does so.
    pub ring: Duration,
    /// The codecs to answer with.
    pub codecs: CodecPolicy,
    /// Answers telephone-event under this payload number instead of the offered one, as
    /// RFC 3264 section 6.1 allows.
    pub telephone_event: Option<u8>,
    /// What to send and to hear.
    pub audio: AudioPlan,
    /// What has to be in the INVITE.
    pub expects: Expectation,
    /// What the agent does once the audio has been judged.
    pub ending: Ending,
    /// The audio is judged after so long a talk at the latest; sooner if all of it is there.
    pub talk: Duration,
    /// Sends an OPTIONS within the dialog, and then the BYE under the same CSeq number: a breach of
    /// RFC 3261 section 12.2.1.1.
    pub reuse_cseq: bool,
    /// Retransmission timers.
    pub timers: Timers,
    /// What is wrong at this end.
    pub fault: Option<Fault>,
}

/// What the Synthflow end does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answering {
    /// 100, 180, 200.
    Answer,
    /// 100, 180, and this status.
    Reject(u16),
    /// 100, 180, and nothing more.
    Ring,
    /// Nothing at all.
    Silence,
}

/// What the agent does to end the call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Waits for the other end.
    Wait,
    /// Sends BYE.
    HangUp,
    /// Sends BYE with these header fields, in this order and spelling.
    HandBack(Vec<Header>),
}

impl Ending {
    /// The hand-back of Five9's published convention: on to a skill.
    pub fn skill_transfer(skill: &str) -> Self {
        Self::HandBack(vec![
            Header::new("X-RouteType", "SkillTransfer"),
            Header::new("X-RouteValue", skill),
            Header::new("X-RouteReason", "Customer needs help with an invoice"),
            Header::new("X-ConversationId", "conv-7f3a9c"),
        ])
    }
}

/// What a Synthflow end expects in the INVITE. What is not met stands in the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// X-EI tokens: prefix letter, and value; any value with `None`.
    pub x_ei: Vec<(char, Option<String>)>,
    /// Header fields by their exact spelling, and value; any value with `None`.
    pub headers: Vec<(String, Option<String>)>,
}

impl Expectation {
    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A token with this prefix and value.
    #[must_use]
    pub fn token(mut self, prefix: char, value: &str) -> Self {
        self.x_ei.push((prefix, Some(value.to_owned())));
        self
    }

    /// A token with this prefix, whatever its value.
    #[must_use]
    pub fn any_token(mut self, prefix: char) -> Self {
        self.x_ei.push((prefix, None));
        self
    }

    /// A header field of exactly this name and value.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// A header field of exactly this name, whatever its value.
    #[must_use]
    pub fn any_header(mut self, name: &str) -> Self {
        self.headers.push((name.to_owned(), None));
        self
    }
}

impl SynthflowConfig {
    /// A region without numbers, whose agent answers after 100 ms, sends
    /// [`Signal::AGENT`](crate::Signal::AGENT) for two seconds and hands back to a skill.
    pub fn new(sip: SocketAddr, rtp: SocketAddr) -> Self {
        Self {
            sip,
            over: Over::UDP,
            rtp,
            numbers: Vec::new(),
            answering: Answering::Answer,
            ring: Duration::from_millis(100),
            codecs: CodecPolicy::default(),
            telephone_event: None,
            audio: AudioPlan::agent(),
            expects: Expectation::nothing(),
            ending: Ending::skill_transfer("billing_support"),
            talk: Duration::from_secs(5),
            reuse_cseq: false,
            timers: Timers::default(),
            fault: None,
        }
    }

    /// Sets what SIP goes over.
    #[must_use]
    pub fn over(mut self, over: Over) -> Self {
        self.over = over;
        self
    }

    /// One more number with an agent.
    #[must_use]
    pub fn number(mut self, number: &str) -> Self {
        self.numbers.push(number.to_owned());
        self
    }

    /// Sets [`answering`](Self::answering).
    #[must_use]
    pub fn answering(mut self, answering: Answering) -> Self {
        self.answering = answering;
        self
    }

    /// Sets [`ring`](Self::ring).
    #[must_use]
    pub fn ring(mut self, ring: Duration) -> Self {
        self.ring = ring;
        self
    }

    /// Sets [`codecs`](Self::codecs).
    #[must_use]
    pub fn codecs(mut self, codecs: CodecPolicy) -> Self {
        self.codecs = codecs;
        self
    }

    /// Sets [`telephone_event`](Self::telephone_event).
    #[must_use]
    pub fn telephone_event(mut self, payload_type: u8) -> Self {
        self.telephone_event = Some(payload_type);
        self
    }

    /// Sets [`audio`](Self::audio).
    #[must_use]
    pub fn audio(mut self, audio: AudioPlan) -> Self {
        self.audio = audio;
        self
    }

    /// Sets [`expects`](Self::expects).
    #[must_use]
    pub fn expects(mut self, expects: Expectation) -> Self {
        self.expects = expects;
        self
    }

    /// Sets [`ending`](Self::ending).
    #[must_use]
    pub fn ending(mut self, ending: Ending) -> Self {
        self.ending = ending;
        self
    }

    /// Sets [`talk`](Self::talk).
    #[must_use]
    pub fn talk(mut self, talk: Duration) -> Self {
        self.talk = talk;
        self
    }

    /// Sets [`reuse_cseq`](Self::reuse_cseq).
    #[must_use]
    pub fn reuse_cseq(mut self) -> Self {
        self.reuse_cseq = true;
        self
    }

    /// Has something be wrong at this end.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Sets the retransmission timers.
    #[must_use]
    pub fn timers(mut self, timers: Timers) -> Self {
        self.timers = timers;
        self
    }
}

//! What a Synthflow is: its region, its numbers, its trunk, and what its agent does.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use siptrunk_sdp::{CodecName, offer_answer::CodecPolicy};

use super::{Ending, Expectation, Fault, OutboundCall, Region, Registration};
use crate::{
    audio::AudioPlan,
    scripted::{Account, Over, Timers},
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
    /// The region, if its names count: its host is the realm of challenges and the host of transfers,
    /// and an INVITE to another region's host gets 403.
    pub region: Option<Region>,
    /// The numbers that are attached to an agent.
    pub numbers: Vec<String>,
    /// The numbers that were imported and are attached to nobody. They get 404, as unknown ones do.
    pub unattached: Vec<String>,
    /// How long a newly attached number still gets 404: one to two minutes.
    pub attach_time: Duration,
    /// Who may call.
    pub admission: Admission,
    /// *Username* and *Password* of the trunk: what our challenges ask for, and what challenges of
    /// the other end are answered with.
    pub account: Option<Account>,
    /// REGISTERs of this account are taken: for 60 to 3600 seconds, 300 if none are named.
    pub registrar: Option<Account>,
    /// Registers with the other end: `uac_enabled`.
    pub registers: Option<Registration>,
    /// The termination URI: where calls of agents go. Without it they go to whoever is registered.
    pub termination: Option<SocketAddr>,
    /// The outbound proxy: wins over the termination URI for where to send.
    pub outbound_proxy: Option<SocketAddr>,
    /// The calls that agents make by themselves. More are made with
    /// [`Synthflow::dial`](super::Synthflow::dial).
    pub outbound: Vec<OutboundCall>,
    /// Calls of the plan, both directions together; `None`: no bound.
    pub max_calls: Option<u32>,
    /// What an INVITE over that bound gets. Which code Synthflow sends is not documented.
    pub full_status: u16,
    /// What it does with a call to one of its numbers.
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
    /// Digits that the agent presses once its audio is said, as telephone events.
    pub digits: String,
    /// What has to be in the INVITE.
    pub expects: Expectation,
    /// What the agent does once the audio has been judged.
    pub ending: Ending,
    /// The audio is judged after so long a talk at the latest; sooner if all of it is there.
    pub talk: Duration,
    /// Takes a new offer within a call. Otherwise it gets 488.
    pub takes_reoffers: bool,
    /// What OPTIONS gets; `None`: nothing. Whether Synthflow answers is not documented.
    pub options_status: Option<u16>,
    /// Sends an OPTIONS within the dialog, and then the BYE under the same CSeq number: a breach of
    /// RFC 3261 section 12.2.1.1.
    pub reuse_cseq: bool,
    /// Retransmission timers.
    pub timers: Timers,
    /// What is wrong at this end.
    pub fault: Option<Fault>,
}

/// Who may call a number of Synthflow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Admission {
    /// Everybody.
    #[default]
    Everybody,
    /// These addresses; others get 403.
    Address(Vec<IpAddr>),
    /// Who proves the trunk's account. The challenge has this status: 401 or 407.
    Digest(u16),
    /// The address that registered, while its registration lasts; others get 403.
    Registered,
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

impl SynthflowConfig {
    /// A proxy without numbers, whose agent answers after 100 ms, sends
    /// [`Signal::AGENT`](crate::Signal::AGENT) for two seconds and hands back to a skill.
    pub fn new(sip: SocketAddr, rtp: SocketAddr) -> Self {
        Self {
            sip,
            over: Over::UDP,
            rtp,
            region: None,
            numbers: Vec::new(),
            unattached: Vec::new(),
            attach_time: Duration::from_secs(90),
            admission: Admission::Everybody,
            account: None,
            registrar: None,
            registers: None,
            termination: None,
            outbound_proxy: None,
            outbound: Vec::new(),
            max_calls: None,
            full_status: 486,
            answering: Answering::Answer,
            ring: Duration::from_millis(100),
            codecs: CodecPolicy::default(),
            telephone_event: None,
            audio: AudioPlan::agent(),
            digits: String::new(),
            expects: Expectation::nothing(),
            ending: Ending::skill_transfer("billing_support"),
            talk: Duration::from_secs(5),
            takes_reoffers: false,
            options_status: Some(200),
            reuse_cseq: false,
            timers: Timers::default(),
            fault: None,
        }
    }

    /// Sets [`region`](Self::region).
    #[must_use]
    pub fn region(mut self, region: Region) -> Self {
        self.region = Some(region);
        self
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

    /// One more number that was imported and is attached to nobody.
    #[must_use]
    pub fn unattached(mut self, number: &str) -> Self {
        self.unattached.push(number.to_owned());
        self
    }

    /// Sets [`admission`](Self::admission).
    #[must_use]
    pub fn admission(mut self, admission: Admission) -> Self {
        self.admission = admission;
        self
    }

    /// Sets [`account`](Self::account).
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }

    /// Sets [`registrar`](Self::registrar).
    #[must_use]
    pub fn registrar(mut self, account: Account) -> Self {
        self.registrar = Some(account);
        self
    }

    /// Sets [`registers`](Self::registers).
    #[must_use]
    pub fn registers(mut self, registration: Registration) -> Self {
        self.registers = Some(registration);
        self
    }

    /// Sets [`termination`](Self::termination).
    #[must_use]
    pub fn termination(mut self, address: SocketAddr) -> Self {
        self.termination = Some(address);
        self
    }

    /// Sets [`outbound_proxy`](Self::outbound_proxy).
    #[must_use]
    pub fn outbound_proxy(mut self, address: SocketAddr) -> Self {
        self.outbound_proxy = Some(address);
        self
    }

    /// One more call of an agent.
    #[must_use]
    pub fn outbound(mut self, call: OutboundCall) -> Self {
        self.outbound.push(call);
        self
    }

    /// Sets [`max_calls`](Self::max_calls).
    #[must_use]
    pub fn max_calls(mut self, calls: u32) -> Self {
        self.max_calls = Some(calls);
        self
    }

    /// Sets [`full_status`](Self::full_status).
    #[must_use]
    pub fn full_status(mut self, status: u16) -> Self {
        self.full_status = status;
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

    /// Sets [`digits`](Self::digits).
    #[must_use]
    pub fn digits(mut self, digits: &str) -> Self {
        digits.clone_into(&mut self.digits);
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

    /// Sets [`takes_reoffers`](Self::takes_reoffers).
    #[must_use]
    pub fn takes_reoffers(mut self) -> Self {
        self.takes_reoffers = true;
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

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// What this proxy is called: the region's host and port, or its address.
    pub(super) fn host(&self) -> String {
        self.region.map_or_else(
            || self.sip.to_string(),
            |region| format!("{}:{}", region.host(), region.port(self.over.transport())),
        )
    }

    /// The host of numbers that callers are passed on to.
    pub(super) fn termination_host(&self) -> String {
        self.termination.map_or_else(|| self.host(), |address| address.to_string())
    }

    /// The realm of its challenges.
    pub(super) fn realm(&self) -> &'static str {
        self.region.unwrap_or(Region::Global).host()
    }
}

/// The codecs of an offer of Synthflow's own: Opus, then G.711.
pub(super) fn opus_first() -> CodecPolicy {
    let mut policy = CodecPolicy::default();
    policy.codecs.insert(0, CodecName::Opus);
    policy
}

//! What a Five9 is: its trunk, its people and its rules.

use std::net::{IpAddr, SocketAddr};

use super::{AgentCall, CallPlan, Campaign, Fault, OutboundRule, Party, Skill, Visit};
use crate::{
    audio::AudioPlan,
    scripted::{Account, Over, Timers},
};

/// A Five9: where it is, how its trunk is set, whom it has, and what it does by itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Five9Config {
    /// Listener 0, SIP.
    pub sip: SocketAddr,
    /// What SIP goes over.
    pub over: Over,
    /// Listener 1, RTP.
    pub rtp: SocketAddr,
    /// Where INVITEs go: what Five9 calls the trunk's gateway.
    pub gateway: SocketAddr,
    /// Which of the two kinds the trunk is.
    pub kind: Kind,
    /// How who sends an INVITE proves itself.
    pub authentication: Authentication,
    /// *Number of Simultaneous Calls*, both directions together; `None`: no bound.
    pub max_calls: Option<u32>,
    /// What an INVITE over that bound gets. Which code Five9 sends is not documented.
    pub full_status: u16,
    /// The calls to make by itself. More can be asked for with [`Five9::dial`](super::Five9::dial).
    pub calls: Vec<CallPlan>,
    /// The callers that come by themselves. More come with [`Five9::visit`](super::Five9::visit).
    pub visits: Vec<Visit>,
    /// The calls that agents make by themselves. More are made with
    /// [`Five9::agent_dials`](super::Five9::agent_dials).
    pub agent_calls: Vec<AgentCall>,
    /// The campaigns, each with the script that its number runs.
    pub campaigns: Vec<Campaign>,
    /// The contact centre is open: the schedule that after-hours branches ask.
    pub open: bool,
    /// The numbers in the inventory that are routed over the trunk; `None`: every number.
    pub inventory: Option<Vec<String>>,
    /// The skills, with their live agents.
    pub skills: Vec<Skill>,
    /// The outbound rules. The first that matches counts.
    pub rules: Vec<OutboundRule>,
    /// Who answers on the public network; every other number answers.
    pub parties: Vec<Party>,
    /// The caller ids that are verified for outbound calls; if there is none, every one is.
    pub caller_ids: Vec<String>,
    /// What live agents send and want to hear.
    pub agent_audio: AudioPlan,
    /// What people on the public network send and want to hear.
    pub party_audio: AudioPlan,
    /// Takes a REFER, and calls the number or skill of its Refer-To. Five9 documents none: off.
    pub takes_refer: bool,
    /// Takes a new offer within a call. Otherwise it gets 488.
    pub takes_reoffers: bool,
    /// What OPTIONS gets; `None`: nothing. Whether Five9 answers is not documented.
    pub options_status: Option<u16>,
    /// Retransmission timers.
    pub timers: Timers,
    /// What is wrong at this end.
    pub fault: Option<Fault>,
}

/// The two kinds of Five9 trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// *Add SIP Trunk* by the customer's administrator: numbers with `+`, by address or digest.
    SelfService,
    /// AI Agent Connect: TLS, numbers of any form, and credentials make a call fail.
    Partner,
}

/// How who sends an INVITE to Five9 proves itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// Everybody is let in.
    #[default]
    None,
    /// Type *IP-based*: these addresses are let in, others get 403.
    Address(Vec<IpAddr>),
    /// Type *Digest*: INVITEs are challenged with 401, and challenges of the other end are answered.
    Digest {
        /// *SIP Authentication ID* and *Password*.
        account: Account,
        /// The realm of our challenges.
        realm: String,
    },
}

impl Five9Config {
    /// A self-service trunk over UDP whose end makes no call by itself.
    pub fn new(sip: SocketAddr, rtp: SocketAddr, gateway: SocketAddr) -> Self {
        Self {
            sip,
            over: Over::UDP,
            rtp,
            gateway,
            kind: Kind::SelfService,
            authentication: Authentication::None,
            max_calls: None,
            full_status: 486,
            calls: Vec::new(),
            visits: Vec::new(),
            agent_calls: Vec::new(),
            campaigns: Vec::new(),
            open: true,
            inventory: None,
            skills: Vec::new(),
            rules: Vec::new(),
            parties: Vec::new(),
            caller_ids: Vec::new(),
            agent_audio: AudioPlan::agent(),
            party_audio: AudioPlan::caller(),
            takes_refer: false,
            takes_reoffers: false,
            options_status: Some(200),
            timers: Timers::default(),
            fault: None,
        }
    }

    /// A partner trunk: over TLS, to a gateway whose certificate names this domain.
    pub fn partner(sip: SocketAddr, rtp: SocketAddr, gateway: SocketAddr, domain: &str) -> Self {
        let kind = Kind::Partner;
        Self { kind, over: Over::tls(domain), ..Self::new(sip, rtp, gateway) }
    }

    /// One more call.
    #[must_use]
    pub fn call(mut self, plan: CallPlan) -> Self {
        self.calls.push(plan);
        self
    }

    /// One more caller.
    #[must_use]
    pub fn visit(mut self, visit: Visit) -> Self {
        self.visits.push(visit);
        self
    }

    /// One more call of an agent.
    #[must_use]
    pub fn agent_call(mut self, call: AgentCall) -> Self {
        self.agent_calls.push(call);
        self
    }

    /// One more campaign.
    #[must_use]
    pub fn campaign(mut self, campaign: Campaign) -> Self {
        self.campaigns.push(campaign);
        self
    }

    /// One more skill.
    #[must_use]
    pub fn skill(mut self, skill: Skill) -> Self {
        self.skills.push(skill);
        self
    }

    /// One more outbound rule.
    #[must_use]
    pub fn rule(mut self, rule: OutboundRule) -> Self {
        self.rules.push(rule);
        self
    }

    /// One more number of the public network.
    #[must_use]
    pub fn party(mut self, party: Party) -> Self {
        self.parties.push(party);
        self
    }

    /// Sets [`authentication`](Self::authentication).
    #[must_use]
    pub fn authentication(mut self, authentication: Authentication) -> Self {
        self.authentication = authentication;
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

    /// Has the contact centre be closed.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    /// One more number in the [`inventory`](Self::inventory): from the first on, only those go out.
    #[must_use]
    pub fn inventory(mut self, number: &str) -> Self {
        self.inventory.get_or_insert_default().push(number.to_owned());
        self
    }

    /// One more verified caller id: from the first on, only those go out.
    #[must_use]
    pub fn caller_id(mut self, number: &str) -> Self {
        self.caller_ids.push(number.to_owned());
        self
    }

    /// Sets [`takes_refer`](Self::takes_refer).
    #[must_use]
    pub fn takes_refer(mut self) -> Self {
        self.takes_refer = true;
        self
    }

    /// Sets [`takes_reoffers`](Self::takes_reoffers).
    #[must_use]
    pub fn takes_reoffers(mut self) -> Self {
        self.takes_reoffers = true;
        self
    }

    /// Sets what SIP goes over.
    #[must_use]
    pub fn over(mut self, over: Over) -> Self {
        self.over = over;
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
}

//! The scripts of the IVR: what a campaign does with a caller, module by module.

use crate::scripted::Header;

/// A campaign: a number that callers dial, and the script that it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Campaign {
    /// The campaign's name.
    pub name: String,
    /// The number that callers dial.
    pub dnis: String,
    /// What the script does, in order.
    pub script: Vec<Module>,
    /// The schedule of the script's rule is active, and its voice channel is ticked.
    pub active: bool,
}

impl Campaign {
    /// A campaign with an empty script.
    pub fn new(name: &str, dnis: &str) -> Self {
        Self { name: name.to_owned(), dnis: dnis.to_owned(), script: Vec::new(), active: true }
    }

    /// One more module.
    #[must_use]
    pub fn then(mut self, module: Module) -> Self {
        self.script.push(module);
        self
    }

    /// The script of the published integrations: the call variables onto the INVITE, the transfer to
    /// the AI agent with *Return After 3rd Party Call* ticked, and the way on by what comes back.
    #[must_use]
    pub fn ai_agent(self, number: &str) -> Self {
        let variables = [
            ("X-CallANI", Value::Ani),
            ("X-CallDNIS", Value::Dnis),
            ("X-CallID", Value::CallId),
            ("X-CallSessionID", Value::SessionId),
            ("X-CallCampaign", Value::CampaignName),
            ("X-CallStartTimestamp", Value::StartTimestamp),
            ("X-CallDomainID", Value::DomainId),
        ];
        let put = |campaign: Self, (name, value)| campaign.then(Module::put(name, value));
        let campaign = variables.into_iter().fold(self, put);
        campaign.then(Module::transfer(number).returning()).then(Module::Route)
    }

    /// Has the script's rule be inactive.
    #[must_use]
    pub fn inactive(mut self) -> Self {
        self.active = false;
        self
    }
}

/// A module of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Module {
    /// *Set Variable*: `PUT(ToIVA, name, value)`. All that was put goes onto the next INVITE.
    Put {
        /// The header's name.
        name: String,
        /// Its value.
        value: Value,
    },
    /// *3rd Party Transfer*: an INVITE over the trunk.
    Transfer {
        /// *Third Party Number*.
        number: String,
        /// *Return After 3rd Party Call* is ticked: the script goes on after the other end's BYE.
        returns: bool,
    },
    /// *Case* over `GET(FromIVA, "X-RouteType")`: on to the skill or number of `X-RouteValue`, to
    /// the end, or to a disposition. Without such a header, on to the next module.
    Route,
    /// *Skill Transfer*: to a live agent. Without a free one, on to the next module: that is the
    /// overflow.
    Skill(String),
    /// The branch of a skill rule: these modules for callers who chose this skill.
    ForSkill(String, Vec<Self>),
    /// The after-hours branch: these modules while the contact centre is closed.
    WhenClosed(Vec<Self>),
    /// *Hang Up*.
    HangUp,
}

impl Module {
    /// `PUT(ToIVA, name, value)`.
    pub fn put(name: &str, value: Value) -> Self {
        Self::Put { name: name.to_owned(), value }
    }

    /// A transfer over the trunk that does not return.
    pub fn transfer(number: &str) -> Self {
        Self::Transfer { number: number.to_owned(), returns: false }
    }

    /// Ticks *Return After 3rd Party Call*, where it is a transfer.
    #[must_use]
    pub fn returning(mut self) -> Self {
        if let Self::Transfer { returns, .. } = &mut self {
            *returns = true;
        }
        self
    }
}

/// What a script puts into a header.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// `Call.ANI`: the caller.
    Ani,
    /// `Call.DNIS`: the number that was dialled.
    Dnis,
    /// `Call.call_id`, which is not the SIP Call-ID.
    CallId,
    /// `Call.session_id`.
    SessionId,
    /// `Call.campaign_name`.
    CampaignName,
    /// `Call.start_timestamp`.
    StartTimestamp,
    /// `Call.domain_id`.
    DomainId,
    /// A constant.
    Text(String),
}

/// The call variables of a caller.
#[derive(Clone, Debug)]
pub(super) struct Variables {
    pub(super) ani: String,
    pub(super) dnis: String,
    pub(super) campaign: String,
    /// Counts from 0.
    pub(super) number: usize,
}

impl Variables {
    fn value(&self, value: &Value) -> String {
        match value {
            Value::Ani => self.ani.clone(),
            Value::Dnis => self.dnis.clone(),
            Value::CallId => format!("{}", 1_234_567_890_123_456_u64 + self.number as u64),
            Value::SessionId => format!("9D1E0C5A4B7F4E0F{:04X}", 0x8a35 + self.number),
            Value::CampaignName => self.campaign.clone(),
            Value::StartTimestamp => "20261123093000000".into(),
            Value::DomainId => "131415".into(),
            Value::Text(text) => text.clone(),
        }
    }

    /// Puts a header into the list, in its place if there is one of that name.
    pub(super) fn put(&self, list: &mut Vec<Header>, name: &str, value: &Value) {
        let header = Header::new(name, &self.value(value));
        match list.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = header,
            None => list.push(header),
        }
    }
}

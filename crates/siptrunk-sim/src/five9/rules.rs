//! Who is there beside the trunk: skills with live agents, agents' desktops, outbound rules, and the
//! public network behind them.

use std::time::Duration;

use super::CallPlan;

/// A skill and its live agents.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Skill {
    /// The skill's name: what `X-RouteValue` names, and what can be dialled.
    pub name: String,
    /// The number that leads to it, if one does.
    pub number: Option<String>,
    /// How many agents are free.
    pub agents: u32,
}

impl Skill {
    /// A skill with so many free agents.
    pub fn new(name: &str, agents: u32) -> Self {
        Self { name: name.to_owned(), number: None, agents }
    }

    /// Sets the number that leads to it.
    #[must_use]
    pub fn number(mut self, number: &str) -> Self {
        self.number = Some(number.to_owned());
        self
    }

    pub(super) fn is_dialed(&self, user: &str) -> bool {
        self.name == user || self.number.as_deref() == Some(user)
    }
}

/// An outbound rule: which calls go where. All criteria that are set have to match.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboundRule {
    /// The rule's name.
    pub name: String,
    /// What the dialled number begins with.
    pub prefix: Option<String>,
    /// The skill group of who calls.
    pub skill_group: Option<String>,
    /// The user group of who calls.
    pub user_group: Option<String>,
    /// Where it leads.
    pub to: Destination,
}

/// Where an outbound rule leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Destination {
    /// Over the trunk, to the AI agent.
    Trunk,
    /// To the public network.
    Pstn,
}

impl OutboundRule {
    /// A rule that every call matches, to the public network.
    pub fn pstn(name: &str) -> Self {
        let name = name.to_owned();
        let (prefix, skill_group, user_group) = (None, None, None);
        Self { name, prefix, skill_group, user_group, to: Destination::Pstn }
    }

    /// A rule that every call matches, over the trunk.
    pub fn trunk(name: &str) -> Self {
        Self { to: Destination::Trunk, ..Self::pstn(name) }
    }

    /// Sets what the dialled number begins with.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.to_owned());
        self
    }

    /// Sets the skill group.
    #[must_use]
    pub fn skill_group(mut self, group: &str) -> Self {
        self.skill_group = Some(group.to_owned());
        self
    }

    /// Sets the user group.
    #[must_use]
    pub fn user_group(mut self, group: &str) -> Self {
        self.user_group = Some(group.to_owned());
        self
    }

    /// Who comes over the trunk belongs to no group.
    pub(super) fn matches(&self, number: &str, skill: Option<&str>, user: Option<&str>) -> bool {
        let is = |wanted: &Option<String>, group: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| group == Some(wanted))
        };
        self.prefix.as_deref().is_none_or(|prefix| number.starts_with(prefix))
            && is(&self.skill_group, skill)
            && is(&self.user_group, user)
    }
}

/// A call that an agent's desktop or a campaign makes. An outbound rule has to lead it over the trunk.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentCall {
    /// The agent's user group.
    pub user_group: Option<String>,
    /// The skill group that the call is made for.
    pub skill_group: Option<String>,
    /// Number, caller and everything else.
    pub plan: CallPlan,
}

impl AgentCall {
    /// A call of an agent that belongs to no group.
    pub fn new(plan: CallPlan) -> Self {
        Self { user_group: None, skill_group: None, plan }
    }

    /// Sets the user group.
    #[must_use]
    pub fn user_group(mut self, group: &str) -> Self {
        self.user_group = Some(group.to_owned());
        self
    }

    /// Sets the skill group.
    #[must_use]
    pub fn skill_group(mut self, group: &str) -> Self {
        self.skill_group = Some(group.to_owned());
        self
    }
}

/// A number of the public network, and what happens when it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Party {
    /// The number.
    pub number: String,
    /// What it does.
    pub answering: PartyAnswering,
    /// After how long a ringing.
    pub ring: Duration,
}

/// What a number of the public network does with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PartyAnswering {
    /// Answers.
    Answer,
    /// Rings and rings.
    Ring,
    /// Refuses with this status.
    Reject(u16),
}

impl Party {
    /// A number that answers after 100 ms.
    pub fn new(number: &str) -> Self {
        let answering = PartyAnswering::Answer;
        Self { number: number.to_owned(), answering, ring: Duration::from_millis(100) }
    }

    /// Sets [`answering`](Self::answering).
    #[must_use]
    pub fn answering(mut self, answering: PartyAnswering) -> Self {
        self.answering = answering;
        self
    }

    /// Sets [`ring`](Self::ring).
    #[must_use]
    pub fn ring(mut self, ring: Duration) -> Self {
        self.ring = ring;
        self
    }
}

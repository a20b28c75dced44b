//! The four ways that a call takes between a contact centre, an agent of Synthflow and the public network.

use std::str::FromStr;
use std::time::Duration;

use siptrunk::sim::five9::{
    AgentCall, CallPlan, Campaign, Ending, Five9Config, OutboundRule, Party, Visit,
};
use siptrunk::sim::synthflow::{Ending as AgentEnding, OutboundCall, SynthflowConfig};

use crate::run::{AGENT, CALLER, MAIN};
use crate::setting::Kind;

/// Somebody in the public network.
const PHONE: &str = "+14155550123";
/// How long a caller talks who hangs up by himself: longer than both audio plans.
const TALK: Duration = Duration::from_millis(2_500);

/// One of the four call flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// A caller passes Five9's IVR to the agent, and hangs up.
    Inbound,
    /// Somebody at Five9 calls the agent by an outbound rule.
    OutboundRule,
    /// The agent calls the public network through Five9.
    AgentCallsPstn,
    /// A caller is handed back to Five9's script by a BYE with headers.
    HandBack,
}

const NAMES: [(&str, Flow); 4] = [
    ("inbound", Flow::Inbound),
    ("outbound-rule", Flow::OutboundRule),
    ("agent-calls-pstn", Flow::AgentCallsPstn),
    ("hand-back", Flow::HandBack),
];

impl FromStr for Flow {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        NAMES.iter().find(|(known, _)| *known == name).map(|(_, flow)| *flow).ok_or_else(|| {
            let known = NAMES.map(|(known, _)| known).join(", ");
            format!("no flow is called {name}; there are {known}")
        })
    }
}

impl Flow {
    /// The flows of a trunk. A partner trunk takes calls from scripts alone: no outbound rule leads to it.
    pub(crate) fn of(kind: Kind) -> Vec<Self> {
        let all = NAMES.map(|(_, flow)| flow).into_iter();
        all.filter(|flow| kind == Kind::SelfService || *flow != Self::OutboundRule).collect()
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, flow)| *flow == self).map_or("", |(name, _)| name)
    }

    /// Whether the agent calls, and Five9 is called.
    pub(crate) fn is_outbound(self) -> bool {
        self == Self::AgentCallsPstn
    }

    /// What the line of result says of a good call.
    pub(crate) fn result(self) -> &'static str {
        match self {
            Self::Inbound => "a caller reached the agent through the IVR, and hung up",
            Self::OutboundRule => "an outbound rule led a call to the agent",
            Self::AgentCallsPstn => "the agent reached the public network through Five9",
            Self::HandBack => "the call was carried both ways and handed back to Five9",
        }
    }

    /// What Five9 has to do for it. `number` is what leads to the agent there.
    pub(crate) fn at_five9(self, config: Five9Config, number: &str) -> Five9Config {
        let plan = CallPlan::new(number, CALLER).longest(Duration::from_secs(8));
        let campaign = || Campaign::new("Inbound Support", MAIN).ai_agent(number);
        match self {
            Self::Inbound => {
                let talk = plan.ending(Ending::HangUp(TALK));
                config.campaign(campaign()).visit(Visit::new(CALLER, MAIN).talk(talk))
            }
            Self::HandBack => {
                config.campaign(campaign()).visit(Visit::new(CALLER, MAIN).talk(plan))
            }
            Self::OutboundRule => {
                let call = AgentCall::new(plan.ending(Ending::HangUp(TALK))).skill_group("AI");
                config.rule(OutboundRule::trunk("to the agent").skill_group("AI")).agent_call(call)
            }
            Self::AgentCallsPstn => {
                config.rule(OutboundRule::pstn("domestic").prefix("+1")).party(Party::new(PHONE))
            }
        }
    }

    /// What Synthflow has to do for it.
    pub(crate) fn at_synthflow(self, config: SynthflowConfig) -> SynthflowConfig {
        match self {
            Self::HandBack => config,
            Self::Inbound | Self::OutboundRule => config.ending(AgentEnding::Wait),
            Self::AgentCallsPstn => config.outbound(OutboundCall::new(PHONE, AGENT)),
        }
    }
}

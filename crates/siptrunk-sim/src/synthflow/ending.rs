//! How the agent of the Synthflow end lets go of a call.

use crate::scripted::Header;

/// What the agent does to end the call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Waits for the other end.
    Wait,
    /// Sends BYE.
    HangUp,
    /// *Five9 Handoff*: sends BYE with these header fields, in this order and spelling.
    HandBack(Vec<Header>),
    /// A cold transfer: REFER to this number at the termination URI. Once it has come about, or
    /// failed, BYE.
    ColdTransfer(String),
    /// A warm transfer: INVITE to this person over the trunk, and once answered a REFER on the first
    /// call to a user that begins with [`JOIN`](super::JOIN). Who calls that user is joined to the
    /// person.
    WarmTransfer(String),
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

    /// The same to a number.
    pub fn phone_transfer(number: &str) -> Self {
        Self::HandBack(vec![
            Header::new("X-RouteType", "PhoneTransfer"),
            Header::new("X-RouteValue", number),
        ])
    }
}

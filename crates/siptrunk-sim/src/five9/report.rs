//! What the Five9 end saw.

use std::fmt;

use super::VisitReport;
use crate::{
    audio::AudioReport,
    scripted::{Header, Outcome},
};

/// What came of one call of the Five9 end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallReport {
    /// The SIP Call-ID of the leg; empty before the INVITE left.
    pub call_id: String,
    /// The number that was dialled.
    pub dialed: String,
    /// Who was reached, where the other end called.
    pub reached: Option<Reached>,
    /// First lines of all SIP messages that came for this call, retransmissions included.
    pub received: Vec<String>,
    /// The statuses of the responses to the INVITE, each once, in order.
    pub statuses: Vec<u16>,
    /// The status that the other end's INVITE got; 0 before, and where this end called.
    pub status: u16,
    /// All header fields of the other end's INVITE, in wire order and as they were spelled.
    pub invite_headers: Vec<Header>,
    /// All header fields of the other end's BYE, in wire order and as they were spelled.
    pub bye_headers: Vec<Header>,
    /// The target of a REFER that was taken.
    pub refer_to: Option<String>,
    /// The digits that came, as telephone events or by INFO.
    pub digits: String,
    /// The audio.
    pub audio: AudioReport,
    /// How it ended.
    pub outcome: Outcome,
}

/// Who was reached by a call of the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reached {
    /// A live agent of this skill.
    Agent(String),
    /// The IVR of the campaign with this number.
    Campaign(String),
    /// This number of the public network, by the outbound rule of this name.
    Phone {
        /// The number.
        number: String,
        /// The rule.
        rule: String,
    },
}

impl CallReport {
    /// The hand-back: the `X-` fields of the other end's BYE, in order.
    pub fn hand_back(&self) -> impl Iterator<Item = &Header> {
        self.bye_headers.iter().filter(|header| header.is_extension())
    }

    /// Whether the call was answered, whoever called.
    pub fn answered(&self) -> bool {
        let mut statuses = self.statuses.iter().chain([&self.status]);
        statuses.any(|status| (200..300).contains(status))
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "call to {}: {}", self.dialed, self.outcome)?;
        match &self.reached {
            Some(reached) => writeln!(f, "  reached: {reached:?}, answered with {}", self.status)?,
            None => writeln!(f, "  responses to INVITE: {:?}", self.statuses)?,
        }
        writeln!(f, "  audio: {}", self.audio)?;
        for header in self.hand_back() {
            writeln!(f, "  handed back: {header}")?;
        }
        Ok(())
    }
}

/// What the Five9 end reports while it runs. Calls are counted from 0: those of the configuration
/// first, and then as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The other end calls.
    Incoming {
        /// Which call.
        call: usize,
    },
    /// A provisional response above 100 came.
    Ringing {
        /// Which call.
        call: usize,
    },
    /// The call was answered: by the other end, or by somebody here.
    Answered {
        /// Which call.
        call: usize,
    },
    /// The call is over.
    Ended {
        /// Which call.
        call: usize,
        /// What came of it.
        report: Box<CallReport>,
    },
    /// A caller left the IVR, to wherever it went.
    VisitEnded {
        /// Which visit, counted from 0 as calls are.
        visit: usize,
        /// What the IVR did.
        report: Box<VisitReport>,
    },
}

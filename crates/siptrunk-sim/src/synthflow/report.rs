//! What the Synthflow end saw.

use std::fmt;

use super::expectation;
use crate::{
    audio::AudioReport,
    scripted::{Header, Outcome},
};

/// What came of one call of the Synthflow end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallReport {
    /// The SIP Call-ID of the leg.
    pub call_id: String,
    /// The number that was dialled: the user of the Request-URI.
    pub dialed: String,
    /// First lines of all SIP messages that came for this call, retransmissions included.
    pub received: Vec<String>,
    /// All header fields of the other end's INVITE, in wire order and as they were spelled.
    pub headers: Vec<Header>,
    /// What was expected in the INVITE and was not there, one sentence each.
    pub unmet: Vec<String>,
    /// The status that the other end's INVITE was answered with; 0 before.
    pub status: u16,
    /// The statuses of the responses to an INVITE of this end, each once, in order.
    pub statuses: Vec<u16>,
    /// How a transfer that the agent asked for went: the status of the REFER, and those that NOTIFYs
    /// told.
    pub transfer: Vec<u16>,
    /// The digits that came, as telephone events or by INFO.
    pub digits: String,
    /// The audio.
    pub audio: AudioReport,
    /// How it ended.
    pub outcome: Outcome,
}

impl CallReport {
    /// The value of X-EI, as it came.
    pub fn x_ei(&self) -> Option<&str> {
        expectation::x_ei(&self.headers)
    }

    /// The X-EI tokens in wire order, prefix letter and value, as the published pattern finds them.
    pub fn tokens(&self) -> Vec<(String, String)> {
        self.x_ei().map(expectation::tokens).unwrap_or_default()
    }

    /// The external id: the `E.` token.
    pub fn external_id(&self) -> Option<String> {
        self.token("E")
    }

    /// Synthflow's own call id: the `S.` token.
    pub fn synthflow_call_id(&self) -> Option<String> {
        self.token("S")
    }

    fn token(&self, prefix: &str) -> Option<String> {
        self.tokens().into_iter().find(|(known, _)| known == prefix).map(|(_, value)| value)
    }

    /// The original caller: the `O.` token, else Diversion, else X-Diversion.
    pub fn original_caller(&self) -> Option<String> {
        expectation::original_caller(&self.headers)
    }

    /// The call context: all `X-` fields but X-EI, in order.
    pub fn context(&self) -> impl Iterator<Item = &Header> {
        self.headers
            .iter()
            .filter(|header| header.is_extension() && !header.name.eq_ignore_ascii_case("x-ei"))
    }

    /// The variables that the context makes: those whose names keep the published rule.
    pub fn variables(&self) -> impl Iterator<Item = &Header> {
        self.context().filter(|header| expectation::makes_variable(&header.name))
    }

    /// A variable's value; its name counts with its case.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let known = self.variables().find(|header| header.name == name);
        known.map(|header| header.value.as_str())
    }

    /// Whether the call was answered, whoever called.
    pub fn answered(&self) -> bool {
        let mut statuses = self.statuses.iter().chain([&self.status]);
        statuses.any(|status| (200..300).contains(status))
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.statuses.is_empty() {
            writeln!(
                f,
                "call to {}: answered with {}, {}",
                self.dialed, self.status, self.outcome
            )?;
        } else {
            writeln!(f, "call of the agent to {}: {}", self.dialed, self.outcome)?;
            writeln!(f, "  responses to INVITE: {:?}", self.statuses)?;
        }
        writeln!(f, "  audio: {}", self.audio)?;
        if let Some(x_ei) = self.x_ei() {
            writeln!(f, "  X-EI: {x_ei}")?;
        }
        for header in self.context() {
            writeln!(f, "  context: {header}")?;
        }
        for unmet in &self.unmet {
            writeln!(f, "  missing: {unmet}")?;
        }
        if !self.transfer.is_empty() {
            writeln!(f, "  transfer: {:?}", self.transfer)?;
        }
        Ok(())
    }
}

/// What the Synthflow end reports while it runs. Calls are counted from 0: those of the configuration
/// first, and then as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An INVITE came.
    Incoming {
        /// Which call.
        call: usize,
    },
    /// The talk begins: the ACK of the 2xx came, or the agent's own call was answered.
    Confirmed {
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
    /// The own registration with the other end came about, was refreshed, or failed with this status.
    Registered {
        /// 200, or why not; 0 where nothing came back.
        status: u16,
    },
    /// The other end registered, or its registration is over.
    Bound {
        /// For how many seconds; 0: not any more.
        expires: u32,
    },
}

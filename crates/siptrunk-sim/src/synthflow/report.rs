//! What the Synthflow end saw.

use std::fmt;

use siptrunk_xei::XEi;

use super::Expectation;
use crate::{
    audio::AudioReport,
    scripted::{Header, Outcome},
};

/// What came of one call to the Synthflow end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallReport {
    /// The SIP Call-ID of the leg.
    pub call_id: String,
    /// The number that was dialled: the user of the Request-URI.
    pub dialed: String,
    /// First lines of all SIP messages that came for this call, retransmissions included.
    pub received: Vec<String>,
    /// All header fields of the INVITE, in wire order and as they were spelled.
    pub headers: Vec<Header>,
    /// What was expected in the INVITE and was not there, one sentence each.
    pub unmet: Vec<String>,
    /// The status that the INVITE was answered with; 0 before.
    pub status: u16,
    /// The audio.
    pub audio: AudioReport,
    /// How it ended.
    pub outcome: Outcome,
}

impl CallReport {
    /// The value of X-EI, as it came.
    pub fn x_ei(&self) -> Option<&str> {
        let field = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case("x-ei"));
        field.map(|header| header.value.as_str())
    }

    /// The X-EI tokens in wire order: prefix letter and value.
    pub fn tokens(&self) -> Vec<(String, String)> {
        let Some(Ok(x_ei)) = self.x_ei().map(|value| XEi::parse(value.as_bytes())) else {
            return Vec::new();
        };
        x_ei.tokens()
            .map(|token| {
                let prefix = String::from_utf8_lossy(token.prefix().as_bytes()).into_owned();
                (prefix, String::from_utf8_lossy(token.value()).into_owned())
            })
            .collect()
    }

    /// The call context: all `X-` fields but X-EI, in order.
    pub fn context(&self) -> impl Iterator<Item = &Header> {
        self.headers
            .iter()
            .filter(|header| header.is_extension() && !header.name.eq_ignore_ascii_case("x-ei"))
    }

    /// Holds the INVITE against what was expected.
    pub(super) fn judge(&mut self, expects: &Expectation) {
        let tokens = self.tokens();
        for (prefix, value) in &expects.x_ei {
            let found = tokens.iter().find(|(known, _)| *known == prefix.to_string());
            match (found, value) {
                (None, _) => self.unmet.push(format!("X-EI has no token {prefix}.")),
                (Some((_, found)), Some(value)) if found != value => {
                    self.unmet.push(format!("X-EI token {prefix}. is {found}, not {value}"));
                }
                _ => {}
            }
        }
        for (name, value) in &expects.headers {
            // Synthflow's variables have the header's name, in its case.
            let found = self.headers.iter().find(|header| header.name == *name);
            match (found, value) {
                (None, _) => self.unmet.push(format!("no header is spelled {name}")),
                (Some(found), Some(value)) if found.value != *value => {
                    self.unmet.push(format!("{name} is {}, not {value}", found.value));
                }
                _ => {}
            }
        }
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "call to {}: answered with {}, {}", self.dialed, self.status, self.outcome)?;
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
        Ok(())
    }
}

/// What the Synthflow end reports while it runs. Calls are counted from 0 in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An INVITE came.
    Incoming {
        /// Which call.
        call: usize,
    },
    /// The ACK of the 2xx came: the talk begins.
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
}

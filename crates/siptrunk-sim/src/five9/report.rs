//! What the Five9 end saw.

use std::fmt;

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
    /// First lines of all SIP messages that came for this call, retransmissions included.
    pub received: Vec<String>,
    /// The statuses of the responses to the INVITE, each once, in order.
    pub statuses: Vec<u16>,
    /// All header fields of the other end's BYE, in wire order and as they were spelled.
    pub bye_headers: Vec<Header>,
    /// The audio.
    pub audio: AudioReport,
    /// How it ended.
    pub outcome: Outcome,
}

impl CallReport {
    /// The hand-back: the `X-` fields of the other end's BYE, in order.
    pub fn hand_back(&self) -> impl Iterator<Item = &Header> {
        self.bye_headers.iter().filter(|header| header.is_extension())
    }

    /// Whether the call was answered.
    pub fn answered(&self) -> bool {
        self.statuses.iter().any(|status| (200..300).contains(status))
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "call to {}: {}", self.dialed, self.outcome)?;
        writeln!(f, "  responses to INVITE: {:?}", self.statuses)?;
        writeln!(f, "  audio: {}", self.audio)?;
        for header in self.hand_back() {
            writeln!(f, "  handed back: {header}")?;
        }
        Ok(())
    }
}

/// What the Five9 end reports while it runs. Calls are counted from 0 in the order of planning.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A provisional response above 100 came.
    Ringing {
        /// Which call.
        call: usize,
    },
    /// The call was answered.
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
}

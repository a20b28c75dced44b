//! What one side of a call saw, and what its end has to know of it.

use crate::{
    audio::AudioReport,
    scripted::{Header, Outcome},
};

/// What one side of a call saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub(crate) call_id: String,
    pub(crate) dialed: String,
    /// First lines of all that came, retransmissions included.
    pub(crate) received: Vec<String>,
    /// Statuses of the responses to our INVITE, each once, in order.
    pub(crate) statuses: Vec<u16>,
    /// The final status that the other end's INVITE got; 0 before.
    pub(crate) status: u16,
    /// All header fields of the other end's INVITE.
    pub(crate) invite_headers: Vec<Header>,
    /// All header fields of the other end's BYE.
    pub(crate) bye_headers: Vec<Header>,
    /// Digits that came by INFO.
    pub(crate) info_digits: String,
    pub(crate) audio: AudioReport,
    pub(crate) outcome: Outcome,
}

impl Record {
    pub(crate) fn note(&mut self, line: &str) {
        self.received.push(line.to_owned());
    }

    pub(crate) fn note_response(&mut self, code: u16, method: &str) {
        self.received.push(format!("SIP/2.0 {code} ({method})"));
    }

    pub(super) fn note_status(&mut self, code: u16) {
        if !self.statuses.contains(&code) {
            self.statuses.push(code);
        }
    }

    /// Every digit that came, in RTP and then by INFO.
    pub(crate) fn digits(&self) -> String {
        format!("{}{}", self.audio.digits, self.info_digits)
    }
}

/// What happened on a leg, for its end to act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// Our INVITE got this provisional response.
    Provisional(u16),
    /// Our INVITE was answered, and the ACK is out.
    Answered,
    /// The ACK of our answer came.
    Confirmed,
    /// The other end asks for a transfer to this URI; 202 was sent.
    Refer(String),
    /// Our REFER got this final response.
    Referred(u16),
    /// A NOTIFY says how our transfer goes.
    Notified(u16),
    /// It is over: see the record's outcome.
    Ended,
}

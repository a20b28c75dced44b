//! Words that the reports of both ends use.

use std::{fmt, time::Duration};

use crate::fault::on_one_line;

/// How a call ended for a scripted end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It has not ended.
    #[default]
    InProgress,
    /// The other end sent BYE.
    HungUpByPeer,
    /// This end sent BYE, and it was answered with this status.
    HungUp(u16),
    /// This end sent BYE, and nothing came back in 64 times T1.
    ByeUnanswered,
    /// The caller cancelled.
    Cancelled,
    /// The INVITE was rejected with this status.
    Rejected(u16),
    /// The INVITE got no response at all in 64 times T1.
    NoResponse,
    /// The 2xx got no ACK in 64 times T1.
    NoAck,
    /// The session description of the other end could not be used.
    Unusable(String),
    /// No INVITE left: nothing leads the call over the trunk, for this reason.
    NotSent(String),
}

impl Outcome {
    /// Whether the call is over.
    pub fn is_over(&self) -> bool {
        *self != Self::InProgress
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InProgress => f.write_str("in progress"),
            Self::HungUpByPeer => f.write_str("the other end hung up"),
            Self::HungUp(status) => write!(f, "hung up, BYE answered with {status}"),
            Self::ByeUnanswered => f.write_str("hung up, BYE never answered"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Rejected(status) => write!(f, "rejected with {status}"),
            Self::NoResponse => f.write_str("no response"),
            Self::NoAck => f.write_str("no ACK"),
            Self::Unusable(why) => {
                write!(f, "unusable session description: {}", on_one_line(why))
            }
            Self::NotSent(why) => write!(f, "no INVITE left: {}", on_one_line(why)),
        }
    }
}

/// A header field: the name as it was spelled, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name, in the case it was written in.
    pub name: String,
    /// The value.
    pub value: String,
}

impl Header {
    /// A header field.
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: value.to_owned() }
    }

    /// Whether the name starts with `X-`, in any case.
    pub fn is_extension(&self) -> bool {
        self.name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("x-"))
    }
}

/// On one line, whatever came.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", on_one_line(&self.name), on_one_line(&self.value))
    }
}

/// The retransmission timers of a scripted end (RFC 3261 section 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timers {
    /// First interval, 500 ms. Everything is given up after 64 times as long.
    pub t1: Duration,
    /// Longest interval of all but the INVITE, 4 s.
    pub t2: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4) }
    }
}

impl Timers {
    /// When something that began at T = 0 is given up.
    pub(crate) fn patience(self) -> Duration {
        self.t1 * 64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_shown_on_one_line() {
        let header = Header::new("X-A", "b\r\n c\u{1b}[2J");
        assert_eq!(header.to_string(), "X-A: b?? c?[2J");
    }
}

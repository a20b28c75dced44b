//! What a verification says of one thing that it looked at.

use std::fmt;
use std::time::Duration;

use crate::diagnosis::{Diagnosis, Symptom};

/// What is looked at, in the order in which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// The trunk's hosts lead to addresses (RFC 3263).
    Names,
    /// The trunk answers OPTIONS over its transport (RFC 3261 11). On TLS that proves its name and
    /// that its certificate is valid.
    Options,
    /// The trunk takes our registration.
    Registration,
    /// The trunk registers with us.
    Binding,
    /// Our address stands on the trunk's allow list.
    AllowList,
    /// A call to a number of the trunk is answered.
    Call,
    /// The trunk sent a call.
    Incoming,
    /// The number that it dialled leads somewhere.
    Number,
    /// What the call brought besides: X-EI, `X-` variables.
    Context,
    /// Audio came from the trunk, and it took ours.
    Audio,
    /// Digits can pass as telephone events (RFC 4733).
    Digits,
    /// The call was handed back with headers.
    HandBack,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Names => "names",
            Self::Options => "answers OPTIONS",
            Self::Registration => "registration",
            Self::Binding => "registers with us",
            Self::AllowList => "allow list",
            Self::Call => "call",
            Self::Incoming => "incoming call",
            Self::Number => "dialled number",
            Self::Context => "call context",
            Self::Audio => "audio",
            Self::Digits => "digits",
            Self::HandBack => "hand-back",
        })
    }
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// It works.
    Good,
    /// It does not.
    Failed,
    /// It cannot be told from this side: the other provider has to be asked.
    Unknown,
}

/// One thing that was looked at.
///
/// `Display` is the line that a person reads: a tick, a cross or a question mark, what was seen, how long
/// it took, and below it what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The trunk.
    pub trunk: String,
    /// What was looked at.
    pub check: Check,
    /// What came of it.
    pub verdict: Verdict,
    /// What was seen. Control characters of peers are escaped.
    pub evidence: String,
    /// How long that took.
    pub took: Duration,
    /// The row of the table of troubles that it belongs to, where something is wrong.
    pub symptom: Option<Symptom>,
    /// What is wrong and what to do about it, where something is.
    pub diagnosis: Option<Diagnosis>,
    /// Whom to ask, where it cannot be told from here.
    pub ask: Option<&'static str>,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trunk, check, verdict, evidence, took, symptom: _, diagnosis, ask } = self;
        let mark = match verdict {
            Verdict::Good => '\u{2713}',
            Verdict::Failed => '\u{2717}',
            Verdict::Unknown => '?',
        };
        write!(f, "{mark} {trunk}: {check}: {evidence} ({} ms)", took.as_millis())?;
        if let Some(diagnosis) = diagnosis {
            write!(f, "\n    likely: {}\n    to do: {}", diagnosis.cause, diagnosis.remedy)?;
        }
        if let Some(ask) = ask {
            write!(f, "\n    ask: {ask}")?;
        }
        Ok(())
    }
}

//! What happened, where it shows and what to do about it, in the words of the trunk's provider.

use std::fmt;

use siptrunk_profiles::Profile;

use super::failure::CallFailure;
use super::place::Place;
use super::symptom::FailedLeg;

/// A failure told to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnosis {
    /// The trunk that it is about, where it is about one.
    pub trunk: Option<String>,
    /// On which leg it shows; `None` if it is the gateway's own.
    pub leg: Option<FailedLeg>,
    /// The SIP status that shows it.
    pub sip_code: Option<u16>,
    /// What was seen.
    pub evidence: String,
    /// What is the likely cause.
    pub cause: &'static str,
    /// What to do about it, and in which screen.
    pub remedy: &'static str,
}

impl Diagnosis {
    /// What is to be told of a failure, on a trunk with this profile if it is about one.
    pub fn of(failure: &CallFailure, profile: Option<Profile>) -> Self {
        let inner = match failure {
            CallFailure::TransferFailed { cause, .. } => cause,
            other => other,
        };
        let advice = inner.symptom().row().advice_for(profile.map(Place::of));
        Self {
            trunk: failure.trunk().map(str::to_owned),
            leg: failure.leg(),
            sip_code: failure.sip_code(),
            evidence: failure.evidence(),
            cause: advice.cause,
            remedy: advice.remedy,
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.evidence)?;
        match (self.leg, self.sip_code) {
            (Some(leg), Some(code)) => write!(f, " ({leg}, {code})")?,
            (Some(leg), None) => write!(f, " ({leg})")?,
            (None, Some(code)) => write!(f, " ({code})")?,
            (None, None) => {}
        }
        write!(f, ". Likely: {}. To do: {}", self.cause, self.remedy)
    }
}

//! Whose screens a remedy speaks of.

use std::fmt;

use siptrunk_profiles::Profile;

/// Where something has to be mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Place {
    /// Five9, at a trunk that the domain's administrator made.
    Five9SelfService,
    /// Five9, at a trunk that Five9 built for an AI vendor.
    Five9Partner,
    /// Synthflow.
    Synthflow,
    /// This gateway, or whoever else stands at the far end.
    Anywhere,
}

impl Place {
    /// The place of a trunk with this profile.
    pub const fn of(profile: Profile) -> Self {
        match profile {
            Profile::Five9SelfService => Self::Five9SelfService,
            Profile::Five9Partner => Self::Five9Partner,
            Profile::Synthflow(_) => Self::Synthflow,
            _ => Self::Anywhere,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Five9SelfService => "Five9, self-service",
            Self::Five9Partner => "Five9, partner",
            Self::Synthflow => "Synthflow",
            Self::Anywhere => "anywhere",
        })
    }
}

//! The networks that a provider published, with their day: known here, or of a file that a user keeps.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::{Day, Profile};

/// The networks that a provider published, as of a day. They change without notice (S-08, 2026-11-24), so
/// newer ones may stand in a file: `networks_file`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Networks {
    /// The day they were read.
    pub as_of: Day,
    /// Where signalling comes from.
    pub signalling: Vec<IpNet>,
    /// Where media comes from.
    pub media: Vec<IpNet>,
}

impl Networks {
    /// How old a list may be before an allow list made of it is doubted, in days.
    pub const FRESH_DAYS: u32 = 180;

    /// These networks.
    pub fn new(as_of: Day, signalling: Vec<IpNet>, media: Vec<IpNet>) -> Self {
        Self { as_of, signalling, media }
    }

    /// What is known here of a profile, if its provider published anything.
    pub fn known(profile: Profile) -> Option<Self> {
        let facts = profile.facts();
        let as_of = facts.networks_as_of?.parse().ok()?;
        let networks = |addresses: &[Ipv4Addr]| {
            addresses.iter().map(|address| IpNet::from(IpAddr::V4(*address))).collect()
        };
        Some(Self::new(as_of, networks(facts.signalling), networks(facts.media)))
    }

    /// Whether an allow list made of them would be doubted on that day.
    pub const fn is_old_on(&self, today: Day) -> bool {
        today.days_since(self.as_of) > Self::FRESH_DAYS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Region;

    #[test]
    fn what_is_known_has_a_day_and_is_old_after_half_a_year() {
        let known = Networks::known(Profile::Synthflow(Region::Us)).expect("Synthflow publishes");
        assert_eq!(known.as_of.to_string(), "2026-11-24");
        assert_eq!(known.signalling.len(), 2);
        assert_eq!(known.media.len(), 3);
        let on = |text: &str| known.is_old_on(text.parse().expect("a day"));
        assert!(!on("2026-11-24"));
        assert!(!on("2027-05-23"), "180 days");
        assert!(on("2027-05-24"), "181 days");
        assert_eq!(Networks::known(Profile::Generic), None);
        assert_eq!(Networks::known(Profile::Five9Partner), None, "F-07, 2026-08: told by others");
    }
}

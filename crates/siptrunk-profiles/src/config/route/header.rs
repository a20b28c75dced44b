//! Headers in a route: which ones a call must have, and what becomes of those that go on.

use std::fmt;

/// What a header of the caller's INVITE must be like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueMatch {
    /// It is there, whatever it says.
    Present,
    /// It is not there.
    Absent,
    /// It says this, octet by octet.
    Exact(String),
    /// It begins so.
    Prefix(String),
}

impl ValueMatch {
    /// Whether a header fits, given all values under its name.
    pub fn matches<'a>(&self, mut values: impl Iterator<Item = &'a [u8]>) -> bool {
        match self {
            Self::Present => values.next().is_some(),
            Self::Absent => values.next().is_none(),
            Self::Exact(exact) => values.any(|value| value == exact.as_bytes()),
            Self::Prefix(prefix) => values.any(|value| value.starts_with(prefix.as_bytes())),
        }
    }
}

/// As it stands in an explanation.
impl fmt::Display for ValueMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Absent => f.write_str("absent"),
            Self::Exact(value) => f.write_str(value),
            Self::Prefix(prefix) => write!(f, "{prefix}..."),
        }
    }
}

/// A condition on one header of the caller's INVITE.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct HeaderMatch {
    /// Its name, compared without case.
    pub name: String,
    /// What it must be like.
    pub value: ValueMatch,
}

/// A change of the headers that go on to the other trunk, after the trunk's own rules chose them.
///
/// The fields that a SIP stack writes itself (Via, Contact, CSeq ...) cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HeaderChange {
    /// Every header of this name is left out.
    Remove {
        /// Compared without case.
        name: String,
    },
    /// Every header of this name goes under another.
    Rename {
        /// The name that arrives, compared without case.
        from: String,
        /// The name that is sent, in this case.
        to: String,
    },
    /// One header of this name with this value stands in place of any other.
    Set {
        /// The name that is sent, in this case.
        name: String,
        /// Its value.
        value: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_fits_if_any_of_its_values_does() {
        let exact = ValueMatch::Exact("gold".to_owned());
        let prefix = ValueMatch::Prefix("go".to_owned());
        for (values, present, is_exact, begins) in [
            (&[][..], false, false, false),
            (&["silver"][..], true, false, false),
            (&["silver", "gold"][..], true, true, true),
            (&["golden"][..], true, false, true),
            (&["Gold"][..], true, false, false),
        ] {
            let fits = |wanted: &ValueMatch| wanted.matches(values.iter().map(|v| v.as_bytes()));
            assert_eq!(fits(&ValueMatch::Present), present, "{values:?}");
            assert_eq!(fits(&ValueMatch::Absent), !present, "{values:?}");
            assert_eq!(fits(&exact), is_exact, "{values:?}");
            assert_eq!(fits(&prefix), begins, "{values:?}");
        }
    }
}

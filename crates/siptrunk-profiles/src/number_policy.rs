//! The form that numbers take on a trunk.

use siptrunk_message::Number;

/// The form that numbers take on a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NumberPolicy {
    /// `+`, country code, number.
    ///
    /// F-09, 2026-08; S-15, 2026-08.
    E164,
    /// Whatever was dialled: pseudo numbers and extensions need not be E.164.
    ///
    /// F-10, 2026-08.
    Verbatim,
}

impl NumberPolicy {
    /// Whether a number has this form.
    pub fn accepts(self, number: &str) -> bool {
        match self {
            Self::E164 => Number::parse(number).is_ok(),
            Self::Verbatim => {
                !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_graphic())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164_wants_the_plus_and_pseudo_numbers_do_not() {
        assert!(NumberPolicy::E164.accepts("+12065550100"));
        assert!(!NumberPolicy::E164.accepts("12065550100"));
        assert!(!NumberPolicy::E164.accepts(""));
        assert!(NumberPolicy::Verbatim.accepts("777000000001"));
        assert!(!NumberPolicy::Verbatim.accepts("a b"));
        assert!(!NumberPolicy::Verbatim.accepts(""));
    }
}

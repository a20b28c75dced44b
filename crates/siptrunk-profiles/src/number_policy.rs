//! The form that numbers take on a trunk, and how they go from one form to another.

mod national;
pub use national::NationalPlan;

use std::borrow::Cow;

use siptrunk_message::Number;

/// The form that numbers take on a trunk.
///
/// Between trunks a number stands as `+`, country code, number wherever its form tells that much, and as
/// it came where not: [`NumberPolicy::read`] takes it there, [`NumberPolicy::write`] from there.
///
/// ```
/// use siptrunk_profiles::{NationalPlan, NumberPolicy};
///
/// let uk = NumberPolicy::National(NationalPlan::of(44).expect("a plan that is known"));
/// assert_eq!(uk.read("020 7946 0018"), "+442079460018");
/// assert_eq!(uk.write("+442079460018").as_deref(), Some("02079460018"));
/// assert_eq!(uk.write("+12065550100").as_deref(), Some("0012065550100"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NumberPolicy {
    /// `+`, country code, number.
    ///
    /// F-09, 2026-08; S-15, 2026-08.
    E164,
    /// Country code and number, without the `+`.
    Digits,
    /// As people of one country dial: with their trunk prefix at home, with their international prefix
    /// abroad.
    National(NationalPlan),
    /// Inner numbers of a PBX: up to 8 of the digits, `*` and `#`.
    Extension,
    /// Whatever was dialled: pseudo numbers and extensions need not be E.164.
    ///
    /// F-10, 2026-08.
    Verbatim,
}

/// The longest inner number of a PBX.
const LONGEST_EXTENSION: usize = 8;

impl NumberPolicy {
    /// Whether a number has this form.
    pub fn accepts(self, number: &str) -> bool {
        match self {
            Self::E164 => Number::parse(number).is_ok(),
            Self::Digits => Number::from_digits(number).is_ok(),
            Self::National(plan) => plan.read(number).is_some(),
            Self::Extension => is_extension(number),
            Self::Verbatim => {
                !number.is_empty() && number.bytes().all(|octet| octet.is_ascii_graphic())
            }
        }
    }

    /// A number that came in this form: with `+` and country code if it is one, else as it came.
    pub fn read(self, number: &str) -> Cow<'_, str> {
        let read = match self {
            Self::E164 | Self::Extension | Self::Verbatim => None,
            // A plus that is there anyway says more than the form that was agreed.
            _ if number.starts_with('+') => None,
            Self::Digits => Number::from_digits(number).ok(),
            Self::National(plan) => plan.read(number),
        };
        read.map_or(Cow::Borrowed(number), |number| Cow::Owned(number.as_str().to_owned()))
    }

    /// A number as [`NumberPolicy::read`] gives it, in this form; nothing if it has none in it.
    pub fn write(self, number: &str) -> Option<Cow<'_, str>> {
        match self {
            Self::E164 => {
                let plain = Number::parse(number).ok()?;
                Some(if plain.as_str() == number {
                    Cow::Borrowed(number)
                } else {
                    Cow::Owned(plain.as_str().to_owned())
                })
            }
            Self::Digits => Some(Cow::Owned(Number::parse(number).ok()?.digits().to_owned())),
            Self::National(plan) => Some(Cow::Owned(plan.write(&Number::parse(number).ok()?))),
            Self::Extension => is_extension(number).then_some(Cow::Borrowed(number)),
            Self::Verbatim => self.accepts(number).then_some(Cow::Borrowed(number)),
        }
    }

    /// As configuration files write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::E164 => "e164",
            Self::Digits => "digits",
            Self::National(_) => "national",
            Self::Extension => "extension",
            Self::Verbatim => "verbatim",
        }
    }
}

fn is_extension(number: &str) -> bool {
    (1..=LONGEST_EXTENSION).contains(&number.len())
        && number.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'*' | b'#'))
}

#[cfg(test)]
mod tests;

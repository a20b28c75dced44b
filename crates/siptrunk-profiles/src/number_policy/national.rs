//! How the people of a country dial at home and abroad: a table of our own for the forms of trunks.
//!
//! It holds prefixes and lengths, and no more: whether a number is in use is for the carrier to say.

use siptrunk_message::Number;

/// The dialling rules of a country (ITU-T E.164 and its operational bulletin on dialling procedures): its
/// country code, what goes before a national number at home, and what goes before a country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NationalPlan {
    country: u16,
    trunk: &'static str,
    pub(super) international: &'static str,
    /// The shortest and the longest national number, without prefixes.
    pub(super) digits: (u8, u8),
}

const fn plan(
    country: u16,
    trunk: &'static str,
    international: &'static str,
    shortest: u8,
    longest: u8,
) -> NationalPlan {
    NationalPlan { country, trunk, international, digits: (shortest, longest) }
}

/// Country code, trunk prefix, international prefix, shortest and longest national number. Where a
/// carrier must be chosen between prefix and number (as in Brazil), numbers have no form that is the same
/// for all, and the country is not here.
const PLANS: [NationalPlan; 33] = [
    plan(1, "1", "011", 10, 10),
    plan(27, "0", "00", 9, 9),
    plan(30, "", "00", 10, 10),
    plan(31, "0", "00", 9, 9),
    plan(32, "0", "00", 8, 9),
    plan(33, "0", "00", 9, 9),
    plan(34, "", "00", 9, 9),
    plan(39, "", "00", 6, 11),
    plan(40, "0", "00", 9, 9),
    plan(41, "0", "00", 9, 9),
    plan(43, "0", "00", 4, 13),
    plan(44, "0", "00", 9, 10),
    plan(45, "", "00", 8, 8),
    plan(46, "0", "00", 7, 9),
    plan(47, "", "00", 8, 8),
    plan(48, "", "00", 9, 9),
    plan(49, "0", "00", 5, 13),
    plan(52, "", "00", 10, 10),
    plan(60, "0", "00", 8, 10),
    plan(61, "0", "0011", 9, 9),
    plan(63, "0", "00", 8, 10),
    plan(64, "0", "00", 8, 10),
    plan(65, "", "001", 8, 8),
    plan(81, "0", "010", 9, 10),
    plan(82, "0", "001", 8, 10),
    plan(91, "0", "00", 10, 10),
    plan(351, "", "00", 9, 9),
    plan(352, "", "00", 5, 11),
    plan(353, "0", "00", 7, 9),
    plan(358, "0", "00", 5, 11),
    plan(420, "", "00", 9, 9),
    plan(852, "", "001", 8, 8),
    plan(972, "0", "00", 8, 9),
];

impl NationalPlan {
    /// The rules of the country with this code, if they are known here.
    pub fn of(country: u16) -> Option<Self> {
        PLANS.into_iter().find(|plan| plan.country == country)
    }

    /// The country codes that are known here.
    pub fn countries() -> impl Iterator<Item = u16> {
        PLANS.into_iter().map(|plan| plan.country)
    }

    /// The country code.
    pub const fn country(self) -> u16 {
        self.country
    }

    /// A number as people of the country dial it; spaces and the separators of RFC 3966 may stand in it.
    /// The prefix abroad is looked at first: it begins with what may be a prefix at home.
    pub(super) fn read(self, dialled: &str) -> Option<Number> {
        let dialled: String =
            dialled.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')')).collect();
        if dialled.is_empty() || !dialled.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        if let Some(abroad) = dialled.strip_prefix(self.international) {
            return Number::from_digits(abroad).ok();
        }
        let fits = |digits: &str| {
            u8::try_from(digits.len())
                .is_ok_and(|length| (self.digits.0..=self.digits.1).contains(&length))
        };
        // In North America the prefix at home is the country code and may be left out.
        let national = match dialled.strip_prefix(self.trunk) {
            Some(national) if fits(national) => national,
            _ if fits(&dialled) && (self.trunk.is_empty() || self.country == 1) => &dialled,
            _ => return None,
        };
        Number::from_digits(&format!("{}{national}", self.country)).ok()
    }

    /// A number as people of the country dial it.
    pub(super) fn write(self, number: &Number) -> String {
        let digits = number.digits();
        let national = digits.strip_prefix(&self.country.to_string()).filter(|national| {
            u8::try_from(national.len())
                .is_ok_and(|length| (self.digits.0..=self.digits.1).contains(&length))
        });
        match national {
            Some(national) => format!("{}{national}", self.trunk),
            None => format!("{}{digits}", self.international),
        }
    }
}

//! Quality values (RFC 3261 25.1 `qvalue`): from 0 to 1 with three digits at most.

use std::fmt;

use crate::params::Params;

/// How much something is liked, in thousandths: 0 is not at all, 1000 is most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QValue(u16);

impl QValue {
    /// 1, which is also what the absence of `q` means.
    pub const ONE: Self = Self(1000);

    /// Of thousandths; above 1000 counts as 1000.
    pub const fn from_thousandths(thousandths: u16) -> Self {
        Self(if thousandths > 1000 { 1000 } else { thousandths })
    }

    /// In thousandths, 0 to 1000.
    pub const fn thousandths(self) -> u16 {
        self.0
    }

    /// Reads `0`, `0.7`, `1.000`.
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let one = match whole {
            "0" => false,
            "1" => true,
            _ => return None,
        };
        if fraction.len() > 3 || !fraction.bytes().all(|octet| octet.is_ascii_digit()) {
            return None;
        }
        // Three digits at most, so none of this overflows.
        let thousandths =
            fraction.bytes().chain(std::iter::repeat(b'0')).take(3).fold(0_u16, |sum, digit| {
                sum.saturating_mul(10).saturating_add(u16::from(digit.wrapping_sub(b'0')))
            });
        match (one, thousandths) {
            (false, _) => Some(Self(thousandths)),
            (true, 0) => Some(Self::ONE),
            (true, _) => None,
        }
    }

    /// The `q` parameter, if it is there and well-formed.
    pub(super) fn of(params: &Params<'_>) -> Option<Self> {
        Self::parse(params.get("q")??)
    }
}

impl fmt::Display for QValue {
    /// As short as it goes: `1`, `0.5`, `0.123`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            1000.. => f.write_str("1"),
            part if part % 100 == 0 => write!(f, "0.{}", part / 100),
            part if part % 10 == 0 => write!(f, "0.{:02}", part / 10),
            part => write!(f, "0.{part:03}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_written_as_it_is_read() {
        for thousandths in 0..=1000 {
            let q = QValue::from_thousandths(thousandths);
            assert_eq!(QValue::parse(&q.to_string()), Some(q));
        }
        assert_eq!(QValue::from_thousandths(1001), QValue::ONE);
    }

    #[test]
    fn forms() {
        for (text, thousandths) in [
            ("0", 0),
            ("0.", 0),
            ("0.7", 700),
            ("0.07", 70),
            ("0.007", 7),
            ("1.", 1000),
            ("1.000", 1000),
        ] {
            assert_eq!(QValue::parse(text).map(QValue::thousandths), Some(thousandths), "{text}");
        }
        for (thousandths, text) in
            [(0, "0"), (5, "0.005"), (50, "0.05"), (500, "0.5"), (750, "0.75"), (1000, "1")]
        {
            assert_eq!(QValue::from_thousandths(thousandths).to_string(), text);
        }
        for text in ["", ".5", "1.001", "2", "0.1234", "-0", "0.x", "00", "1.1", "0,5"] {
            assert_eq!(QValue::parse(text), None, "{text}");
        }
    }
}

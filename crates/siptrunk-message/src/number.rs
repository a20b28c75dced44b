//! Telephone numbers in E.164 form, and what callers write them like.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::host::Host;
use crate::uri::{SipUri, TelUri, Uri};

/// An E.164 number: `+` and 1 to 15 digits, the first not 0.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Number(Box<str>);

impl Number {
    /// Reads `+` and digits; the visual separators `-`, `.`, `(`, `)` of RFC 3966 are dropped.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let Some(digits) = text.strip_prefix('+') else {
            return Err(NumberError::NoPlus);
        };
        let mut out = String::with_capacity(text.len().min(16));
        out.push('+');
        for (index, octet) in digits.bytes().enumerate() {
            match octet {
                b'0' if out.len() == 1 => return Err(NumberError::LeadingZero),
                b'0'..=b'9' if out.len() > 15 => return Err(NumberError::TooLong),
                b'0'..=b'9' => out.push(char::from(octet)),
                b'-' | b'.' | b'(' | b')' => {}
                _ => return Err(NumberError::NotADigit { offset: index.saturating_add(1) }),
            }
        }
        if out.len() == 1 {
            return Err(NumberError::NoDigits);
        }
        Ok(Self(out.into()))
    }

    /// Reads digits without a plus: a number whose country code is there and whose `+` was lost. Whether that
    /// is so is the caller's knowledge.
    pub fn from_digits(text: &str) -> Result<Self, NumberError> {
        Self::parse(&format!("+{text}")).map_err(|error| match error {
            NumberError::NotADigit { offset } => {
                NumberError::NotADigit { offset: offset.saturating_sub(1) }
            }
            other => other,
        })
    }

    /// The number in a URI: of a global `tel:` URI, or the user part of a SIP URI that begins with `+`.
    /// Parameters within the user part (RFC 3261 19.1.6) are left out.
    pub fn from_uri(uri: &Uri<'_>) -> Option<Self> {
        let user = uri.user()?;
        let user: Cow<'_, str> = match user.find(';') {
            Some(end) => Cow::Owned(user.get(..end)?.to_owned()),
            None => user,
        };
        Self::parse(&user).ok()
    }

    /// With the plus: `+12065550100`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without the plus: `12065550100`.
    pub fn digits(&self) -> &str {
        self.0.get(1..).unwrap_or_default()
    }

    /// As `tel:+...`.
    pub fn to_tel(&self) -> Uri<'static> {
        Uri::Tel(TelUri::new(self))
    }

    /// As `sip:+...@host;user=phone` (RFC 3261 19.1.6).
    pub fn to_sip(&self, host: &Host<'_>, port: Option<u16>) -> Uri<'static> {
        Uri::Sip(SipUri::new(Some(&self.0), host, port).with_param("user", Some("phone")))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for Number {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&TelUri<'_>> for Number {
    type Error = NumberError;

    /// The number of a global `tel:` URI, whatever its parameters.
    fn try_from(uri: &TelUri<'_>) -> Result<Self, NumberError> {
        Self::parse(uri.number())
    }
}

impl From<&Number> for TelUri<'static> {
    fn from(number: &Number) -> Self {
        TelUri::new(number)
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}

/// Why a text is no E.164 number.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NumberError {
    /// It does not begin with `+`.
    #[error("an E.164 number begins with + and the country code")]
    NoPlus,
    /// No digit follows the `+`.
    #[error("no digit follows the +")]
    NoDigits,
    /// The country code begins with 0.
    #[error("no country code begins with 0")]
    LeadingZero,
    /// More than 15 digits.
    #[error("an E.164 number has 15 digits at most")]
    TooLong,
    /// Something that is neither a digit nor a visual separator.
    #[error("octet {offset} is no digit")]
    NotADigit {
        /// Where, counted from the first octet.
        offset: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e164() {
        assert_eq!(
            Number::parse("+1 206".trim()).unwrap_err(),
            NumberError::NotADigit { offset: 2 }
        );
        assert_eq!(Number::parse("+1-(206).555-0100").unwrap().as_str(), "+12065550100");
        assert_eq!(Number::parse("12065550100"), Err(NumberError::NoPlus));
        assert_eq!(Number::parse("+"), Err(NumberError::NoDigits));
        assert_eq!(Number::parse("+0206"), Err(NumberError::LeadingZero));
        assert_eq!(Number::parse("+123456789012345").unwrap().digits(), "123456789012345");
        assert_eq!(Number::parse("+1234567890123456"), Err(NumberError::TooLong));
    }

    #[test]
    fn digits_alone() {
        assert_eq!(Number::from_digits("1-206-555-0100").unwrap().as_str(), "+12065550100");
        assert_eq!(Number::from_digits(""), Err(NumberError::NoDigits));
        assert_eq!(Number::from_digits("+1"), Err(NumberError::NotADigit { offset: 0 }));
        assert_eq!(Number::from_digits("12x"), Err(NumberError::NotADigit { offset: 2 }));
    }

    #[test]
    fn from_and_to_uris() {
        let number = Number::parse("+12065550100").unwrap();
        assert_eq!(number.to_tel().to_string(), "tel:+12065550100");
        let host = "gw.example".parse().unwrap();
        let sip = number.to_sip(&host, Some(5060));
        assert_eq!(sip.to_string(), "sip:+12065550100@gw.example:5060;user=phone");
        assert_eq!(Number::from_uri(&sip), Some(number.clone()));
        assert_eq!(Number::from_uri(&number.to_tel()), Some(number.clone()));
        let npdi = "sip:+12065550100;npdi@gw.example".parse().unwrap();
        assert_eq!(Number::from_uri(&npdi), Some(number));
        assert_eq!(Number::from_uri(&"sip:alice@gw.example".parse().unwrap()), None);
        for (text, expected) in [
            ("sip:%2B1-206-555-0100@gw.example", Some("+12065550100")),
            ("tel:+1.206.555.0100;ext=7", Some("+12065550100")),
            ("tel:5550100;phone-context=+1206", None),
            ("sip:12065550100@gw.example;user=phone", None),
            ("mailto:+12065550100", None),
        ] {
            let found = Number::from_uri(&text.parse().unwrap());
            assert_eq!(found.as_ref().map(Number::as_str), expected, "{text}");
        }
        let tel: Uri<'_> = "tel:+1-206-555-0100;ext=7".parse().unwrap();
        let number = Number::try_from(tel.as_tel().unwrap()).unwrap();
        assert_eq!(TelUri::from(&number).as_str(), "tel:+12065550100");
    }
}

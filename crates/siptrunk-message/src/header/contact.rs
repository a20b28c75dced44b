//! Contact (RFC 3261 20.10, RFC 5626): where to reach someone, or `*`. One element each.

use std::borrow::Cow;
use std::fmt;

use super::{Header, NameAddr, QValue};
use crate::error::Malformed;
use crate::grammar::{number, skip_lws};
use crate::name::HeaderName;

/// An element of Contact.
///
/// ```
/// use siptrunk_message::{Contact, Limits, Message};
///
/// let text = "REGISTER sip:a SIP/2.0\r\nContact: <sip:bob@192.0.2.4>;expires=60, <sip:bob@192.0.2.5>\r\n\r\n";
/// let message = Message::parse(text.into(), &Limits::default())?;
/// for contact in message.headers().all::<Contact<'_>>() {
///     match contact? {
///         Contact::Star => println!("remove every binding"),
///         Contact::Address(address) => println!("{} for {:?} s", address.uri(), address.expires()),
///     }
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Contact<'a> {
    /// `*`: a REGISTER removes every binding (RFC 3261 10.2.2). It has to stand alone.
    Star,
    /// An address.
    Address(NameAddr<'a>),
}

impl<'a> Contact<'a> {
    /// The address, if it is one.
    pub fn address(&self) -> Option<&NameAddr<'a>> {
        match self {
            Self::Star => None,
            Self::Address(address) => Some(address),
        }
    }

    /// The same, independent of the buffer.
    pub fn into_owned(self) -> Contact<'static> {
        match self {
            Self::Star => Contact::Star,
            Self::Address(address) => Contact::Address(address.into_owned()),
        }
    }
}

impl<'a> Header<'a> for Contact<'a> {
    const LIST: bool = true;

    fn name() -> HeaderName {
        HeaderName::CONTACT
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        if let [b'*', rest @ ..] = input {
            // A display name may begin with a star, which is then followed by more.
            if matches!(skip_lws(rest), [] | [b',', ..]) {
                return Ok((Self::Star, rest));
            }
        }
        let (address, rest) = NameAddr::parse_element(input)?;
        Ok((Self::Address(address), rest))
    }

    fn parameters(&self) -> usize {
        self.address().map_or(0, NameAddr::parameters)
    }
}

impl fmt::Display for Contact<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Star => f.write_str("*"),
            Self::Address(address) => address.fmt(f),
        }
    }
}

/// What the parameters of a Contact say.
impl NameAddr<'_> {
    /// How much this contact is liked (RFC 3261 20.10), if that is written and well-formed.
    pub fn q(&self) -> Option<QValue> {
        QValue::of(self.params())
    }

    /// For how many seconds this contact is good. A value that is none counts as 3600 (RFC 3261 20.10).
    pub fn expires(&self) -> Option<u32> {
        let value = self.param("expires")?;
        Some(match value.map(|value| number(value.as_bytes())) {
            Some(Ok(([], seconds))) => seconds,
            _ => 3600,
        })
    }

    /// The number of the flow that a registration keeps open, 1 to 2^31 - 1 (RFC 5626 11), if it is there and one.
    pub fn reg_id(&self) -> Option<u32> {
        self.params().number("reg-id").filter(|id| (1..1 << 31).contains(id))
    }

    /// The URN of the instance, without its brackets (RFC 5626 4.1), if it is there and has them.
    pub fn instance(&self) -> Option<Cow<'_, str>> {
        match self.param_text("+sip.instance")? {
            Cow::Borrowed(text) => without_brackets(text).map(Cow::Borrowed),
            Cow::Owned(text) => without_brackets(&text).map(|urn| Cow::Owned(urn.to_owned())),
        }
    }

    /// Whether the URI asks that requests come back over this flow: `ob` (RFC 5626 4.3, 5.1).
    pub fn is_outbound(&self) -> bool {
        self.uri().as_sip().is_some_and(|uri| uri.param("ob").is_some())
    }
}

fn without_brackets(text: &str) -> Option<&str> {
    text.strip_prefix('<')?.strip_suffix('>')
}

/// What the parameters of a Contact of ours say.
impl NameAddr<'static> {
    /// Sets how much this contact is liked.
    #[must_use]
    pub fn with_q(self, q: QValue) -> Self {
        self.with_param("q", Some(&q.to_string()))
    }

    /// Sets for how many seconds this contact is good.
    #[must_use]
    pub fn with_expires(self, seconds: u32) -> Self {
        self.with_param("expires", Some(&seconds.to_string()))
    }

    /// Sets the instance and the flow of a registration (RFC 5626 4.2): a URN, and a number of 1 or more.
    #[must_use]
    pub fn with_flow(self, instance: &str, reg_id: u32) -> Self {
        self.with_param("+sip.instance", Some(&format!("<{instance}>")))
            .with_param("reg-id", Some(&reg_id.to_string()))
    }
}

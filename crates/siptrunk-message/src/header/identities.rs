//! The identities of one user in P-Asserted-Identity or P-Preferred-Identity (RFC 3325 9.1, 9.2; RFC 5876 4.5).

use super::NameAddr;
use crate::error::Malformed;
use crate::uri::Uri;

/// At most one `sip:` or `sips:` identity and one `tel:` identity. What is more than that is left aside, as RFC 5876 4.5
/// asks for.
///
/// ```
/// use siptrunk_message::{Limits, Message};
///
/// let text = "OPTIONS sip:a@b SIP/2.0\r\nP-Asserted-Identity: \"Ann\" <sip:ann@c>, <tel:+14085264000>\r\n\r\n";
/// let message = Message::parse(text.into(), &Limits::default())?;
/// let identities = message.headers().asserted_identities()?;
/// assert_eq!(identities.tel().unwrap().uri().user().unwrap(), "+14085264000");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Identities<'a> {
    sip: Option<NameAddr<'a>>,
    tel: Option<NameAddr<'a>>,
}

impl<'a> Identities<'a> {
    /// The first `sip:` or `sips:` identity.
    pub fn sip(&self) -> Option<&NameAddr<'a>> {
        self.sip.as_ref()
    }

    /// The first `tel:` identity.
    pub fn tel(&self) -> Option<&NameAddr<'a>> {
        self.tel.as_ref()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sip.is_none() && self.tel.is_none()
    }

    /// Takes an identity in, unless there is one of its kind or its scheme is none of an identity.
    pub(crate) fn add(&mut self, address: NameAddr<'a>) {
        let kind = match address.uri() {
            Uri::Sip(_) => &mut self.sip,
            Uri::Tel(_) => &mut self.tel,
            Uri::Other(_) => return,
        };
        kind.get_or_insert(address);
    }
}

/// A header of identities.
macro_rules! identity_header {
    ($(#[$about:meta])* $header:ident = $name:ident) => {
        $crate::header::bricks::address_header! {
            $(#[$about])*
            ///
            /// Other schemes than those of an identity are read as well; [`Identities`](crate::Identities), which has the
            /// identities of a whole message, leaves them aside.
            $header(NameAddr) = $name;
            list: true;
        }

        impl<'a> $header<'a> {
            /// An identity of ours: a `sip:`, `sips:` or `tel:` URI.
            pub fn new(address: $crate::header::NameAddr<'a>) -> Result<Self, $crate::error::Malformed> {
                $crate::header::identities::is_identity(&address).map(|()| Self(address))
            }
        }
    };
}
pub(super) use identity_header;

/// What we write has a scheme of an identity.
pub(super) fn is_identity(address: &NameAddr<'_>) -> Result<(), Malformed> {
    match address.uri() {
        Uri::Sip(_) | Uri::Tel(_) => Ok(()),
        Uri::Other(_) => {
            Err(Malformed { offset: 0, reason: "an identity is a sip, sips or tel URI" })
        }
    }
}

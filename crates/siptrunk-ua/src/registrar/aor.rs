//! An address of record in canonical form (RFC 3261 10.3 step 5): what bindings belong to, and what
//! whoever registers has to have proven to be its own.

use std::fmt;

use siptrunk_message::{Host, SipUri, Uri};

/// An address of record: scheme, user, host and port, without parameters and escapes.
///
/// Two spellings of one address are equal; the user's case counts, the host's does not. Nothing is
/// guessed: another scheme, another host or another port is another address of record.
///
/// ```
/// use siptrunk_message::Uri;
/// use siptrunk_ua::Aor;
///
/// let aor = Aor::new("bob", "biloxi.example".parse()?);
/// let spelled: Uri = "sip:%62ob@BILOXI.example;user=phone".parse()?;
/// assert_eq!(Aor::of(&spelled), Some(aor));
/// assert_eq!(Aor::of(&"tel:+12065550100".parse::<Uri>()?), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Aor {
    secure: bool,
    user: String,
    host: Host<'static>,
    port: Option<u16>,
}

impl Aor {
    /// `sip:user@host`.
    pub fn new(user: &str, host: Host<'static>) -> Self {
        Self { secure: false, user: user.to_owned(), host, port: None }
    }

    /// The address of record that a URI names. `None` if it names none: another scheme than SIP or
    /// SIPS, no user, a password, or a user that is no printable text once its escapes are undone.
    pub fn of(uri: &Uri<'_>) -> Option<Self> {
        let sip = uri.as_sip()?;
        let user = sip.user().filter(|user| user.chars().all(is_printable) && !user.is_empty())?;
        sip.password().is_none().then(|| Self {
            secure: sip.is_secure(),
            user: user.into_owned(),
            host: sip.host().into_owned(),
            port: sip.port(),
        })
    }

    /// The user, without escapes.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// The host.
    pub fn host(&self) -> &Host<'static> {
        &self.host
    }
}

impl fmt::Display for Aor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = SipUri::new(Some(&self.user), &self.host, self.port);
        f.write_str(if self.secure { uri.to_secure() } else { uri }.as_str())
    }
}

/// Octets that are no UTF-8 all become U+FFFD, so it would make different users equal.
fn is_printable(character: char) -> bool {
    !character.is_control() && character != char::REPLACEMENT_CHARACTER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Aor> {
        Aor::of(&text.parse::<Uri<'static>>().expect(text))
    }

    #[test]
    fn spellings_of_one_address_and_what_only_looks_like_it() {
        let bob = Aor::new("bob", "biloxi.example".parse().unwrap());
        for same in [
            "sip:bob@biloxi.example",
            "SIP:bob@Biloxi.EXAMPLE",
            "sip:%62o%62@biloxi.example",
            "sip:bob@biloxi.example;transport=tcp;user=phone;x",
            "sip:bob@biloxi.example?subject=x",
        ] {
            assert_eq!(of(same).as_ref(), Some(&bob), "{same}");
        }
        for other in [
            "sip:Bob@biloxi.example",
            "sip:bob%20@biloxi.example",
            "sip:bob@biloxi.example.",
            "sip:bob@biloxi.example:5060",
            "sip:bob@evil.example",
            "sip:bob%40biloxi.example@evil.example",
            "sips:bob@biloxi.example",
            "sip:bob@192.0.2.1",
        ] {
            assert!(of(other).is_some_and(|aor| aor != bob), "{other}");
        }
        for none in [
            "sip:biloxi.example",
            "sip:bob:secret@biloxi.example",
            "sip:bob:@biloxi.example",
            "sip:bo%00b@biloxi.example",
            "sip:%FF@biloxi.example",
            "tel:bob@biloxi.example",
            "tel:+12065550100",
            "mailto:bob@biloxi.example",
        ] {
            if let Ok(uri) = none.parse::<Uri<'static>>() {
                assert_eq!(Aor::of(&uri), None, "{none}");
            }
        }
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in ["sip:bob@biloxi.example", "sips:a%40b@[2001:db8::1]:5071"] {
            let aor = of(text).unwrap();
            assert_eq!(aor.to_string(), text);
            assert_eq!(of(&aor.to_string()), Some(aor));
        }
        let aor = of("sips:a%40b@[2001:db8::1]:5071").unwrap();
        assert_eq!((aor.user(), aor.host().to_string().as_str()), ("a@b", "[2001:db8::1]"));
    }
}

//! Authorization and Proxy-Authorization values (RFC 7616 section 3.4).

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::{Algorithm, Qop};
use crate::challenge::known_algorithm;
use crate::error::DigestError;
use crate::limits::Limits;
use crate::parameters::{self, Name};
use crate::response::Counted;
use crate::write::{self, own};

/// Credentials. Those that were read are written again byte for byte (but for folds); two are
/// equal if they say the same. `Debug` leaves the response out: it proves the password.
///
/// ```
/// use siptrunk_digest::{Credentials, DigestError};
///
/// let text = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"00\"";
/// let read = Credentials::parse(text.as_bytes())?;
/// assert_eq!((read.username(), read.uri(), read.qop()), ("u", "sip:h", None));
/// assert_eq!(read.to_string(), text);
/// assert_eq!(
///     Credentials::parse(b"Digest username=\"u\", realm=\"r\""),
///     Err(DigestError::Missing { name: "nonce" }),
/// );
/// # Ok::<(), DigestError>(())
/// ```
#[derive(Clone)]
pub struct Credentials<'a> {
    fields: Fields<'a>,
    /// As they came, if they did.
    wire: Option<Cow<'a, str>>,
}

/// What credentials say.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    pub(crate) username: Cow<'a, str>,
    pub(crate) realm: Cow<'a, str>,
    pub(crate) nonce: Cow<'a, str>,
    pub(crate) uri: Cow<'a, str>,
    pub(crate) response: Cow<'a, str>,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) opaque: Option<Cow<'a, str>>,
    pub(crate) cnonce: Option<Cow<'a, str>>,
    pub(crate) qop: Option<Qop>,
    pub(crate) nc: Option<u32>,
    pub(crate) userhash: bool,
}

impl<'a> Credentials<'a> {
    /// Reads the value of one Authorization or Proxy-Authorization field, within the usual
    /// [`Limits`].
    ///
    /// # Errors
    /// [`DigestError`]; also if qop is there without nc or cnonce, which it needs
    /// (RFC 7616 section 3.4).
    pub fn parse(value: &'a [u8]) -> Result<Self, DigestError> {
        Self::parse_with(value, &Limits::default())
    }

    /// The same within limits of the caller's.
    ///
    /// # Errors
    /// As [`Credentials::parse`].
    pub fn parse_with(value: &'a [u8], limits: &Limits) -> Result<Self, DigestError> {
        let (mut username, mut extended, mut realm, mut nonce) = (None, None, None, None);
        let (mut uri, mut response, mut algorithm, mut opaque) = (None, None, None, None);
        let (mut cnonce, mut qop, mut nc, mut userhash) = (None, None, None, false);
        let text = parameters::text(value, limits)?;
        parameters::of_digest(text, limits, |name, value| {
            let invalid = || DigestError::Invalid { name: name.as_str() };
            match name {
                Name::Username => username = Some(value.unescaped()),
                Name::UsernameExtended => {
                    extended = Some(from_extended(value.text).ok_or_else(invalid)?);
                }
                Name::Realm => realm = Some(value.unescaped()),
                Name::Nonce => nonce = Some(value.unescaped()),
                Name::Uri => uri = Some(value.unescaped()),
                Name::Response => response = Some(value.unescaped()),
                Name::Algorithm => algorithm = Some(known_algorithm(value.text)?),
                Name::Opaque => opaque = Some(value.unescaped()),
                Name::Cnonce => cnonce = Some(value.unescaped()),
                Name::Qop => qop = Some(Qop::from_token(value.text).ok_or_else(invalid)?),
                Name::Nc => nc = Some(count(value.text).ok_or_else(invalid)?),
                Name::UserHash => userhash = value.is_true(),
                _ => {}
            }
            Ok(())
        })?;
        if username.is_some() && extended.is_some() {
            return Err(DigestError::Repeated { name: "username" });
        }
        if extended.is_some() && userhash {
            return Err(DigestError::Invalid { name: "username*" });
        }
        counted_in_full(qop, nc, cnonce.is_some())?;
        let missing = |name: &'static str| move || DigestError::Missing { name };
        let fields = Fields {
            username: username.or(extended).ok_or_else(missing("username"))?,
            realm: realm.ok_or_else(missing("realm"))?,
            nonce: nonce.ok_or_else(missing("nonce"))?,
            uri: uri.ok_or_else(missing("uri"))?,
            response: response.ok_or_else(missing("response"))?,
            algorithm,
            opaque,
            cnonce,
            qop,
            nc,
            userhash,
        };
        Ok(Self { fields, wire: Some(Cow::Borrowed(text)) })
    }

    /// The user name, or its hash if [`is_hashed`](Self::is_hashed).
    pub fn username(&self) -> &str {
        &self.fields.username
    }

    /// Whether the user name is hashed (RFC 7616 section 3.4.4).
    pub fn is_hashed(&self) -> bool {
        self.fields.userhash
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.fields.realm
    }

    /// The server's nonce.
    pub fn nonce(&self) -> &str {
        &self.fields.nonce
    }

    /// The URI that the response covers.
    pub fn uri(&self) -> &str {
        &self.fields.uri
    }

    /// The response. Empty in credentials that only name the user, before any challenge (RFC
    /// 8760 section 2.7).
    pub fn response(&self) -> &str {
        &self.fields.response
    }

    /// The algorithm; MD5 if none is named.
    pub fn algorithm(&self) -> Algorithm {
        self.fields.algorithm.unwrap_or_default()
    }

    /// What the challenge asked to be given back.
    pub fn opaque(&self) -> Option<&str> {
        self.fields.opaque.as_deref()
    }

    /// The client's nonce.
    pub fn cnonce(&self) -> Option<&str> {
        self.fields.cnonce.as_deref()
    }

    /// The quality of protection; `None` in the form of RFC 2069.
    pub fn qop(&self) -> Option<Qop> {
        self.fields.qop
    }

    /// The request count under this nonce.
    pub fn nc(&self) -> Option<u32> {
        self.fields.nc
    }

    pub(crate) fn into_fields(self) -> Fields<'a> {
        self.fields
    }

    /// Cuts the tie to the message.
    pub fn into_owned(self) -> Credentials<'static> {
        Credentials { fields: self.fields.into_owned(), wire: self.wire.map(own) }
    }
}

impl PartialEq for Credentials<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Eq for Credentials<'_> {}

/// The header value.
impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wire {
            Some(wire) => write::untouched(f, wire),
            None => self.fields.write(f, false),
        }
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fields.fmt(f)
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .field("realm", &self.realm)
            .field("uri", &self.uri)
            .field("algorithm", &self.algorithm)
            .field("qop", &self.qop)
            .field("nc", &self.nc)
            .finish_non_exhaustive()
    }
}

impl Fields<'_> {
    /// What the response covers beside the request.
    pub(crate) fn counted(&self) -> Option<Counted<'_>> {
        let cnonce = self.cnonce.as_deref().unwrap_or_default();
        self.qop.map(|qop| Counted { qop, nc: self.nc.unwrap_or_default(), cnonce })
    }

    pub(crate) fn into_owned(self) -> Fields<'static> {
        Fields {
            username: own(self.username),
            realm: own(self.realm),
            nonce: own(self.nonce),
            uri: own(self.uri),
            response: own(self.response),
            algorithm: self.algorithm,
            opaque: self.opaque.map(own),
            cnonce: self.cnonce.map(own),
            qop: self.qop,
            nc: self.nc,
            userhash: self.userhash,
        }
    }

    /// The header value, with quotes where RFC 7616 section 3.4 wants them. `plain`: none of the
    /// texts needs an escape.
    pub(crate) fn write(&self, f: &mut impl fmt::Write, plain: bool) -> fmt::Result {
        // What is between two texts goes in one piece.
        write::after(f, "Digest username=\"", &self.username, plain)?;
        write::after(f, "\", realm=\"", &self.realm, plain)?;
        write::after(f, "\", nonce=\"", &self.nonce, plain)?;
        write::after(f, "\", uri=\"", &self.uri, plain)?;
        write::after(f, "\", response=\"", &self.response, plain)?;
        if let Some(algorithm) = self.algorithm {
            f.write_str("\", algorithm=")?;
            f.write_str(algorithm.as_str())?;
        } else {
            f.write_str("\"")?;
        }
        if let Some(cnonce) = &self.cnonce {
            write::after(f, ", cnonce=\"", cnonce, plain)?;
            f.write_str("\"")?;
        }
        if let Some(opaque) = &self.opaque {
            write::after(f, ", opaque=\"", opaque, plain)?;
            f.write_str("\"")?;
        }
        if let Some(qop) = self.qop {
            f.write_str(", qop=")?;
            f.write_str(qop.as_str())?;
        }
        if let Some(nc) = self.nc {
            f.write_str(", nc=")?;
            write::nc(f, nc)?;
        }
        if self.userhash {
            f.write_str(", userhash=true")?;
        }
        Ok(())
    }
}

/// With a qop there have to be a count and a cnonce.
fn counted_in_full(qop: Option<Qop>, nc: Option<u32>, has_cnonce: bool) -> Result<(), DigestError> {
    match qop {
        Some(_) if nc.is_none() => Err(DigestError::Missing { name: "nc" }),
        Some(_) if !has_cnonce => Err(DigestError::Missing { name: "cnonce" }),
        _ => Ok(()),
    }
}

/// `8LHEX` (RFC 3261 section 25.1); capitals are taken too.
pub(crate) fn count(text: &str) -> Option<u32> {
    let well_formed = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    well_formed.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

/// `UTF-8''%C3%A4...`: the extended notation of RFC 5987 section 3.2.1.
fn from_extended(value: &str) -> Option<Cow<'static, str>> {
    let mut parts = value.splitn(3, '\'');
    let (charset, _language, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("UTF-8") {
        return None;
    }
    let mut plain = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                let well_formed = digits.iter().all(u8::is_ascii_hexdigit);
                let digits = std::str::from_utf8(&digits).ok().filter(|_| well_formed)?;
                u8::from_str_radix(digits, 16).ok()?
            }
            byte => byte,
        });
    }
    // What could not stand in a quoted string is no part of a user name here either.
    String::from_utf8(plain)
        .ok()
        .filter(|name| !write::has_control(name.as_bytes()))
        .map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = Cow<'static, str>> {
        prop_oneof!["\\PC{0,20}", "[\"\\\\a,=]{0,8}"].prop_map(Cow::Owned)
    }

    fn algorithm() -> impl Strategy<Value = Option<Algorithm>> {
        prop::option::of(prop::sample::select(&Algorithm::ALL[..]))
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            texts in (text(), text(), text(), text(), text()), algorithm in algorithm(),
            opaque in prop::option::of(text()), userhash: bool,
            counted in prop::option::of((text(), any::<bool>(), any::<u32>())),
        ) {
            let (username, realm, nonce, uri, response) = texts;
            let (cnonce, qop, nc) = match counted {
                Some((cnonce, true, nc)) => (Some(cnonce), Some(Qop::AuthInt), Some(nc)),
                Some((cnonce, false, nc)) => (Some(cnonce), Some(Qop::Auth), Some(nc)),
                None => (None, None, None),
            };
            let fields = Fields {
                username, realm, nonce, uri, response, algorithm, opaque, cnonce, qop, nc, userhash,
            };
            let made = Credentials { fields, wire: None };
            let written = made.to_string();
            let read = Credentials::parse(written.as_bytes()).unwrap();
            prop_assert_eq!(&read, &made);
            prop_assert_eq!(read.to_string(), written);
        }
    }
}

//! Authentication-Info and Proxy-Authentication-Info values (RFC 7616 section 3.5).

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::Qop;
use crate::credentials::count;
use crate::error::DigestError;
use crate::limits::Limits;
use crate::parameters::{self, Name};
use crate::write::{self, own, printable};

/// What a server says with a response to an authentic request: the next nonce, and its own proof
/// that it knows the password. One that was read is written again byte for byte (but for folds);
/// two are equal if they say the same. `Debug` leaves the proof out.
///
/// [`Client::take_info`](crate::Client::take_info) checks it,
/// [`Confirmation::info`](crate::Confirmation::info) makes it.
///
/// ```
/// use siptrunk_digest::{AuthenticationInfo, DigestError};
///
/// // RFC 3261 section 20.6
/// let text = "nextnonce=\"47364c23432d2e131a5fb210812c\"";
/// let read = AuthenticationInfo::parse(text.as_bytes())?;
/// assert_eq!(read.next_nonce(), Some("47364c23432d2e131a5fb210812c"));
/// assert_eq!(AuthenticationInfo::of_next_nonce("47364c23432d2e131a5fb210812c")?, read);
/// # Ok::<(), DigestError>(())
/// ```
#[derive(Clone)]
pub struct AuthenticationInfo<'a> {
    fields: Fields<'a>,
    /// As it came, if it did.
    wire: Option<Cow<'a, str>>,
}

/// What it says.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Fields<'a> {
    pub(crate) next_nonce: Option<Cow<'a, str>>,
    pub(crate) qop: Option<Qop>,
    pub(crate) rspauth: Option<Cow<'a, str>>,
    pub(crate) cnonce: Option<Cow<'a, str>>,
    pub(crate) nc: Option<u32>,
}

impl<'a> AuthenticationInfo<'a> {
    /// One with nothing but the next nonce.
    ///
    /// # Errors
    /// [`DigestError::Invalid`] if a control character is in it.
    pub fn of_next_nonce(nonce: impl Into<Cow<'a, str>>) -> Result<Self, DigestError> {
        let next_nonce = Some(printable("nextnonce", nonce)?);
        Ok(Self::from_fields(Fields { next_nonce, ..Fields::default() }))
    }

    pub(crate) fn from_fields(fields: Fields<'a>) -> Self {
        Self { fields, wire: None }
    }

    pub(crate) fn into_fields(self) -> Fields<'a> {
        self.fields
    }

    /// Reads the value of an Authentication-Info or Proxy-Authentication-Info field, within the
    /// usual [`Limits`].
    ///
    /// # Errors
    /// [`DigestError`]. That qop comes with rspauth, cnonce and nc is not asked for here: what
    /// lacks is no proof, but the next nonce is good without one.
    pub fn parse(value: &'a [u8]) -> Result<Self, DigestError> {
        Self::parse_with(value, &Limits::default())
    }

    /// The same within limits of the caller's.
    ///
    /// # Errors
    /// As [`AuthenticationInfo::parse`].
    pub fn parse_with(value: &'a [u8], limits: &Limits) -> Result<Self, DigestError> {
        let mut fields = Fields::default();
        let text = parameters::text(value, limits)?;
        parameters::of_list(text, limits, |name, value| {
            let invalid = || DigestError::Invalid { name: name.as_str() };
            match name {
                Name::NextNonce => fields.next_nonce = Some(value.unescaped()),
                Name::Qop => {
                    fields.qop = Some(Qop::from_token(value.text).ok_or_else(invalid)?);
                }
                Name::RspAuth => fields.rspauth = Some(value.unescaped()),
                Name::Cnonce => fields.cnonce = Some(value.unescaped()),
                Name::Nc => fields.nc = Some(count(value.text).ok_or_else(invalid)?),
                _ => {}
            }
            Ok(())
        })?;
        Ok(Self { fields, wire: Some(Cow::Borrowed(text)) })
    }

    /// The nonce for the next request, if the server wishes another.
    pub fn next_nonce(&self) -> Option<&str> {
        self.fields.next_nonce.as_deref()
    }

    /// What the proof covers; `None` in the form of RFC 2069, or if there is none.
    pub fn qop(&self) -> Option<Qop> {
        self.fields.qop
    }

    /// The response digest: the server's proof that it knows the password.
    pub fn rspauth(&self) -> Option<&str> {
        self.fields.rspauth.as_deref()
    }

    /// The client's nonce of the request.
    pub fn cnonce(&self) -> Option<&str> {
        self.fields.cnonce.as_deref()
    }

    /// The count of the request.
    pub fn nc(&self) -> Option<u32> {
        self.fields.nc
    }

    /// Cuts the tie to the message.
    pub fn into_owned(self) -> AuthenticationInfo<'static> {
        let Fields { next_nonce, qop, rspauth, cnonce, nc } = self.fields;
        let fields = Fields {
            next_nonce: next_nonce.map(own),
            qop,
            rspauth: rspauth.map(own),
            cnonce: cnonce.map(own),
            nc,
        };
        AuthenticationInfo { fields, wire: self.wire.map(own) }
    }
}

impl PartialEq for AuthenticationInfo<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Eq for AuthenticationInfo<'_> {}

impl fmt::Debug for AuthenticationInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthenticationInfo")
            .field("next_nonce", &self.fields.next_nonce)
            .field("qop", &self.fields.qop)
            .field("nc", &self.fields.nc)
            .finish_non_exhaustive()
    }
}

/// The header value; quotes stand where RFC 7616 section 3.5 wants them.
impl fmt::Display for AuthenticationInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wire {
            Some(wire) => write::untouched(f, wire),
            None => self.fields.write(f),
        }
    }
}

impl Fields<'_> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut comma = "";
        if let Some(qop) = self.qop {
            write!(f, "qop={qop}")?;
            comma = ", ";
        }
        let texts =
            [("rspauth", &self.rspauth), ("cnonce", &self.cnonce), ("nextnonce", &self.next_nonce)];
        for (name, value) in texts {
            if let Some(value) = value {
                write!(f, "{comma}{name}=")?;
                write::quoted(f, value)?;
                comma = ", ";
            }
        }
        if let Some(nc) = self.nc {
            write!(f, "{comma}nc=")?;
            write::nc(f, nc)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            next_nonce in prop::option::of("\\PC{0,20}"), rspauth in prop::option::of("\\PC{0,20}"),
            counted in prop::option::of(("\\PC{0,20}", any::<bool>(), any::<u32>())),
        ) {
            let mut fields = Fields {
                next_nonce: next_nonce.map(Cow::Owned),
                rspauth: rspauth.map(Cow::Owned),
                ..Fields::default()
            };
            if let Some((cnonce, body, nc)) = counted {
                fields.cnonce = Some(Cow::Owned(cnonce));
                fields.qop = Some(if body { Qop::AuthInt } else { Qop::Auth });
                fields.nc = Some(nc);
            }
            let made = AuthenticationInfo::from_fields(fields);
            let written = made.to_string();
            let read = AuthenticationInfo::parse(written.as_bytes()).unwrap();
            prop_assert_eq!(&read, &made);
            prop_assert_eq!(read.to_string(), written);
        }
    }
}

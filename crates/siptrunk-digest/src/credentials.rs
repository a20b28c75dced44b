//! Authorization and Proxy-Authorization values (RFC 7616 section 3.4).

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::{Algorithm, Qop};
use crate::challenge::known_algorithm;
use crate::error::DigestError;
use crate::parameters::{self, set, write_nc, write_quoted};

/// Credentials. `Debug` leaves the response out: it proves the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials<'a> {
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
}

impl<'a> Credentials<'a> {
    /// Reads the value of one Authorization or Proxy-Authorization field.
    ///
    /// # Errors
    /// [`DigestError`]; also if qop is there without nc or cnonce, which it needs
    /// (RFC 7616 section 3.4).
    pub fn parse(value: &'a [u8]) -> Result<Self, DigestError> {
        let (mut username, mut realm, mut nonce, mut uri) = (None, None, None, None);
        let (mut response, mut algorithm, mut opaque) = (None, None, None);
        let (mut cnonce, mut qop, mut nc) = (None, None, None);
        parameters::for_each(value, |parameter| {
            let is = |name: &str| parameter.name.eq_ignore_ascii_case(name);
            if is("username") {
                set(&mut username, "username", parameter.unescaped())
            } else if is("realm") {
                set(&mut realm, "realm", parameter.unescaped())
            } else if is("nonce") {
                set(&mut nonce, "nonce", parameter.unescaped())
            } else if is("uri") {
                set(&mut uri, "uri", parameter.unescaped())
            } else if is("response") {
                set(&mut response, "response", parameter.unescaped())
            } else if is("algorithm") {
                set(&mut algorithm, "algorithm", known_algorithm(parameter.value)?)
            } else if is("opaque") {
                set(&mut opaque, "opaque", parameter.unescaped())
            } else if is("cnonce") {
                set(&mut cnonce, "cnonce", parameter.unescaped())
            } else if is("qop") {
                let known = Qop::from_token(parameter.value);
                set(&mut qop, "qop", known.ok_or(DigestError::Invalid { name: "qop" })?)
            } else if is("nc") {
                let count = count(parameter.value).ok_or(DigestError::Invalid { name: "nc" })?;
                set(&mut nc, "nc", count)
            } else {
                Ok(())
            }
        })?;
        if qop.is_some() && nc.is_none() {
            return Err(DigestError::Missing { name: "nc" });
        }
        if qop.is_some() && cnonce.is_none() {
            return Err(DigestError::Missing { name: "cnonce" });
        }
        Ok(Self {
            username: username.ok_or(DigestError::Missing { name: "username" })?,
            realm: realm.ok_or(DigestError::Missing { name: "realm" })?,
            nonce: nonce.ok_or(DigestError::Missing { name: "nonce" })?,
            uri: uri.ok_or(DigestError::Missing { name: "uri" })?,
            response: response.ok_or(DigestError::Missing { name: "response" })?,
            algorithm,
            opaque,
            cnonce,
            qop,
            nc,
        })
    }

    /// The user name.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The server's nonce.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The URI that the response covers.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The response.
    pub fn response(&self) -> &str {
        &self.response
    }

    /// The algorithm; MD5 if none is named.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or_default()
    }

    /// What the challenge asked to be given back.
    pub fn opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// The client's nonce.
    pub fn cnonce(&self) -> Option<&str> {
        self.cnonce.as_deref()
    }

    /// The quality of protection; `None` in the form of RFC 2069.
    pub fn qop(&self) -> Option<Qop> {
        self.qop
    }

    /// The request count under this nonce.
    pub fn nc(&self) -> Option<u32> {
        self.nc
    }

    /// Cuts the tie to the message.
    pub fn into_owned(self) -> Credentials<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Credentials {
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
        }
    }

    /// The header value, for the client: written as RFC 7616 section 3.4 quotes it.
    pub(crate) fn write(&self, f: &mut impl fmt::Write) -> fmt::Result {
        f.write_str("Digest ")?;
        for (name, value) in [
            ("username=", &self.username),
            (", realm=", &self.realm),
            (", nonce=", &self.nonce),
            (", uri=", &self.uri),
            (", response=", &self.response),
        ] {
            f.write_str(name)?;
            write_quoted(f, value)?;
        }
        if let Some(algorithm) = self.algorithm {
            f.write_str(", algorithm=")?;
            f.write_str(algorithm.as_str())?;
        }
        if let Some(cnonce) = &self.cnonce {
            f.write_str(", cnonce=")?;
            write_quoted(f, cnonce)?;
        }
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            write_quoted(f, opaque)?;
        }
        if let Some(qop) = self.qop {
            f.write_str(", qop=")?;
            f.write_str(qop.as_str())?;
        }
        if let Some(nc) = self.nc {
            f.write_str(", nc=")?;
            write_nc(f, nc)?;
        }
        Ok(())
    }
}

/// The header value.
impl fmt::Display for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f)
    }
}

impl fmt::Debug for Credentials<'_> {
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

/// `8LHEX` (RFC 3261 section 25.1); capitals are taken too.
fn count(text: &str) -> Option<u32> {
    let well_formed = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    well_formed.then(|| u32::from_str_radix(text, 16).ok()).flatten()
}

//! WWW-Authenticate and Proxy-Authenticate values (RFC 7616 section 3.3).

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::{Algorithm, Qop};
use crate::error::DigestError;
use crate::parameters::{self, set, write_quoted};

/// A challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge<'a> {
    pub(crate) realm: Cow<'a, str>,
    pub(crate) nonce: Cow<'a, str>,
    pub(crate) opaque: Option<Cow<'a, str>>,
    pub(crate) algorithm: Option<Algorithm>,
    /// `None`: the challenge has no qop; the flags say what we know of those offered.
    pub(crate) qop: Option<Offered>,
    pub(crate) stale: bool,
}

/// The qualities of protection that a challenge offers and we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Offered {
    pub(crate) auth: bool,
    pub(crate) auth_int: bool,
}

impl<'a> Challenge<'a> {
    /// The longest value that is read: 8,192 bytes.
    pub const LIMIT: usize = parameters::LIMIT;

    /// Reads the value of one WWW-Authenticate or Proxy-Authenticate field.
    ///
    /// # Errors
    /// [`DigestError`]; an algorithm with a name we know is no error here, even if responses
    /// cannot be computed with it.
    pub fn parse(value: &'a [u8]) -> Result<Self, DigestError> {
        let (mut realm, mut nonce, mut opaque) = (None, None, None);
        let (mut algorithm, mut qop, mut stale) = (None, None, None);
        parameters::for_each(value, |parameter| {
            let is = |name: &str| parameter.name.eq_ignore_ascii_case(name);
            if is("realm") {
                set(&mut realm, "realm", parameter.unescaped())
            } else if is("nonce") {
                set(&mut nonce, "nonce", parameter.unescaped())
            } else if is("opaque") {
                set(&mut opaque, "opaque", parameter.unescaped())
            } else if is("algorithm") {
                set(&mut algorithm, "algorithm", known_algorithm(parameter.value)?)
            } else if is("qop") {
                set(&mut qop, "qop", offered(parameter.value))
            } else if is("stale") {
                set(&mut stale, "stale", parameter.value.eq_ignore_ascii_case("true"))
            } else {
                Ok(())
            }
        })?;
        Ok(Self {
            realm: realm.ok_or(DigestError::Missing { name: "realm" })?,
            nonce: nonce.ok_or(DigestError::Missing { name: "nonce" })?,
            opaque,
            algorithm,
            qop,
            stale: stale.unwrap_or(false),
        })
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The server's nonce.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// What is to be given back unchanged, if anything.
    pub fn opaque(&self) -> Option<&str> {
        self.opaque.as_deref()
    }

    /// The algorithm; MD5 if none is named.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm.unwrap_or_default()
    }

    /// Whether `stale=true`: the nonce was too old, the password may be right.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Whether there is a qop parameter; without, an RFC 2069 response is wanted.
    pub fn has_qop(&self) -> bool {
        self.qop.is_some()
    }

    /// Whether that quality of protection is offered.
    pub fn offers(&self, qop: Qop) -> bool {
        self.qop.is_some_and(|offered| match qop {
            Qop::Auth => offered.auth,
            Qop::AuthInt => offered.auth_int,
        })
    }

    /// Cuts the tie to the message.
    pub fn into_owned(self) -> Challenge<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Challenge {
            realm: own(self.realm),
            nonce: own(self.nonce),
            opaque: self.opaque.map(own),
            algorithm: self.algorithm,
            qop: self.qop,
            stale: self.stale,
        }
    }
}

/// The header value.
impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        write_quoted(f, &self.realm)?;
        f.write_str(", nonce=")?;
        write_quoted(f, &self.nonce)?;
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            write_quoted(f, opaque)?;
        }
        if let Some(algorithm) = self.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        let qop = match self.qop {
            Some(Offered { auth: true, auth_int: true }) => ", qop=\"auth,auth-int\"",
            Some(Offered { auth: true, .. }) => ", qop=\"auth\"",
            Some(Offered { auth_int: true, .. }) => ", qop=\"auth-int\"",
            Some(Offered { .. }) => ", qop=\"\"", // offered was nothing that we know
            None => "",
        };
        f.write_str(qop)?;
        if self.stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}

pub(crate) fn known_algorithm(token: &str) -> Result<Algorithm, DigestError> {
    Algorithm::from_token(token)
        .ok_or_else(|| DigestError::UnknownAlgorithm { algorithm: token.to_owned() })
}

/// Unknown ones are ignored (RFC 7616 section 3.3).
fn offered(list: &str) -> Offered {
    let mut offered = Offered::default();
    for token in list.split(',') {
        match Qop::from_token(token.trim_ascii()) {
            Some(Qop::Auth) => offered.auth = true,
            Some(Qop::AuthInt) => offered.auth_int = true,
            None => {}
        }
    }
    offered
}

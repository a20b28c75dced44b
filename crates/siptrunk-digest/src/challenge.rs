//! WWW-Authenticate and Proxy-Authenticate values (RFC 7616 section 3.3).

use std::borrow::Cow;
use std::fmt;

use crate::algorithm::{Algorithm, Qop};
use crate::error::DigestError;
use crate::limits::Limits;
use crate::parameters::{self, Name};
use crate::write::{self, own, printable};

/// A challenge. One that was read is written again byte for byte (but for folds); two are equal
/// if they say the same, however it is spelt.
///
/// ```
/// use siptrunk_digest::{Algorithm, Challenge, Qop};
///
/// let text = "Digest realm=\"h.example\",nonce=\"f0\",qop=\"auth\",algorithm=\"SHA-256\"";
/// let read = Challenge::parse(text.as_bytes())?;
/// assert_eq!((read.realm(), read.algorithm()), ("h.example", Algorithm::Sha256));
/// assert_eq!(read.to_string(), text);
///
/// let made = Challenge::new("h.example", "f0")?
///     .with_algorithm(Algorithm::Sha256)
///     .offering(&[Qop::Auth]);
/// assert_eq!(made, read);
/// assert_eq!(
///     made.to_string(),
///     "Digest realm=\"h.example\", nonce=\"f0\", algorithm=SHA-256, qop=\"auth\"",
/// );
/// # Ok::<(), siptrunk_digest::DigestError>(())
/// ```
#[derive(Clone)]
pub struct Challenge<'a> {
    fields: Fields<'a>,
    /// As it came, if it did.
    wire: Option<Cow<'a, str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Fields<'a> {
    realm: Cow<'a, str>,
    domain: Option<Cow<'a, str>>,
    nonce: Cow<'a, str>,
    opaque: Option<Cow<'a, str>>,
    algorithm: Option<Algorithm>,
    /// `None`: the challenge has no qop; the flags say what we know of those offered.
    qop: Option<Offered>,
    stale: bool,
    charset: Option<Cow<'a, str>>,
    userhash: bool,
}

/// The qualities of protection that a challenge offers and we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Offered {
    auth: bool,
    auth_int: bool,
}

impl<'a> Challenge<'a> {
    /// A challenge to be written: MD5 and no qop unless more is said. A server should always
    /// offer a qop (RFC 8760 section 2.6).
    ///
    /// # Errors
    /// [`DigestError::Invalid`] if a control character is among it; so have the other methods
    /// that take text.
    pub fn new(
        realm: impl Into<Cow<'a, str>>,
        nonce: impl Into<Cow<'a, str>>,
    ) -> Result<Self, DigestError> {
        let fields = Fields {
            realm: printable("realm", realm)?,
            domain: None,
            nonce: printable("nonce", nonce)?,
            opaque: None,
            algorithm: None,
            qop: None,
            stale: false,
            charset: None,
            userhash: false,
        };
        Ok(Self { fields, wire: None })
    }

    /// Reads the value of one WWW-Authenticate or Proxy-Authenticate field, within the usual
    /// [`Limits`].
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn parse(value: &'a [u8]) -> Result<Self, DigestError> {
        Self::parse_with(value, &Limits::default())
    }

    /// The same within limits of the caller's.
    ///
    /// # Errors
    /// [`DigestError`].
    pub fn parse_with(value: &'a [u8], limits: &Limits) -> Result<Self, DigestError> {
        let (mut realm, mut domain, mut nonce, mut opaque) = (None, None, None, None);
        let (mut algorithm, mut qop, mut charset) = (None, None, None);
        let (mut stale, mut userhash) = (false, false);
        let text = parameters::text(value, limits)?;
        parameters::of_digest(text, limits, |name, value| {
            match name {
                Name::Realm => realm = Some(value.unescaped()),
                Name::Domain => domain = Some(value.unescaped()),
                Name::Nonce => nonce = Some(value.unescaped()),
                Name::Opaque => opaque = Some(value.unescaped()),
                Name::Algorithm => algorithm = Some(known_algorithm(value.text)?),
                Name::Qop => qop = Some(offered(value.text)),
                Name::Charset => charset = Some(value.unescaped()),
                Name::Stale => stale = value.is_true(),
                Name::UserHash => userhash = value.is_true(),
                _ => {}
            }
            Ok(())
        })?;
        let fields = Fields {
            realm: realm.ok_or(DigestError::Missing { name: "realm" })?,
            domain,
            nonce: nonce.ok_or(DigestError::Missing { name: "nonce" })?,
            opaque,
            algorithm,
            qop,
            stale,
            charset,
            userhash,
        };
        Ok(Self { fields, wire: Some(Cow::Borrowed(text)) })
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.fields.realm
    }

    /// The server's nonce.
    pub fn nonce(&self) -> &str {
        &self.fields.nonce
    }

    /// The URIs whose requests the same credentials are for, as they stand; none means all of
    /// the server's. Without meaning in Proxy-Authenticate.
    pub fn domain(&self) -> impl Iterator<Item = &str> {
        self.fields.domain.as_deref().unwrap_or_default().split_ascii_whitespace()
    }

    /// What is to be given back unchanged, if anything.
    pub fn opaque(&self) -> Option<&str> {
        self.fields.opaque.as_deref()
    }

    /// The algorithm; MD5 if none is named.
    pub fn algorithm(&self) -> Algorithm {
        self.fields.algorithm.unwrap_or_default()
    }

    /// Whether an algorithm is named; only then credentials name it too.
    pub fn names_algorithm(&self) -> bool {
        self.fields.algorithm.is_some()
    }

    /// Whether `stale=true`: the nonce was too old, the password may be right.
    pub fn is_stale(&self) -> bool {
        self.fields.stale
    }

    /// Whether there is a qop parameter; without, an RFC 2069 response is wanted.
    pub fn has_qop(&self) -> bool {
        self.fields.qop.is_some()
    }

    /// Whether that quality of protection is offered.
    pub fn offers(&self, qop: Qop) -> bool {
        self.fields.qop.is_some_and(|offered| match qop {
            Qop::Auth => offered.auth,
            Qop::AuthInt => offered.auth_int,
        })
    }

    /// The encoding that the server expects of user names and passwords, if it says so. Only
    /// `UTF-8` can be meant (RFC 7616 section 4), and it is what this crate uses in any case.
    pub fn charset(&self) -> Option<&str> {
        self.fields.charset.as_deref()
    }

    /// Whether the server wants user names hashed (RFC 7616 section 3.4.4).
    pub fn wants_userhash(&self) -> bool {
        self.fields.userhash
    }

    /// The same with a domain: URIs with a space between each two.
    ///
    /// # Errors
    /// As [`Challenge::new`].
    pub fn with_domain(self, domain: impl Into<Cow<'a, str>>) -> Result<Self, DigestError> {
        let domain = Some(printable("domain", domain)?);
        Ok(self.changed(|fields| fields.domain = domain))
    }

    /// The same with something to be given back.
    ///
    /// # Errors
    /// As [`Challenge::new`].
    pub fn with_opaque(self, opaque: impl Into<Cow<'a, str>>) -> Result<Self, DigestError> {
        let opaque = Some(printable("opaque", opaque)?);
        Ok(self.changed(|fields| fields.opaque = opaque))
    }

    /// The same with an algorithm.
    #[must_use]
    pub fn with_algorithm(self, algorithm: Algorithm) -> Self {
        self.changed(|fields| fields.algorithm = Some(algorithm))
    }

    /// The same with these qualities of protection.
    #[must_use]
    pub fn offering(self, qops: &[Qop]) -> Self {
        let auth = qops.contains(&Qop::Auth);
        let auth_int = qops.contains(&Qop::AuthInt);
        self.changed(|fields| fields.qop = Some(Offered { auth, auth_int }))
    }

    /// The same with `stale=true`, or without.
    #[must_use]
    pub fn with_stale(self, stale: bool) -> Self {
        self.changed(|fields| fields.stale = stale)
    }

    /// The same with `charset=UTF-8`.
    #[must_use]
    pub fn with_charset(self) -> Self {
        self.changed(|fields| fields.charset = Some(Cow::Borrowed("UTF-8")))
    }

    /// The same with `userhash=true`, or without.
    #[must_use]
    pub fn with_userhash(self, userhash: bool) -> Self {
        self.changed(|fields| fields.userhash = userhash)
    }

    fn changed(mut self, change: impl FnOnce(&mut Fields<'a>)) -> Self {
        change(&mut self.fields);
        self.wire = None;
        self
    }

    /// Cuts the tie to the message.
    pub fn into_owned(self) -> Challenge<'static> {
        let Fields { realm, domain, nonce, opaque, algorithm, qop, stale, charset, userhash } =
            self.fields;
        let fields = Fields {
            realm: own(realm),
            domain: domain.map(own),
            nonce: own(nonce),
            opaque: opaque.map(own),
            algorithm,
            qop,
            stale,
            charset: charset.map(own),
            userhash,
        };
        Challenge { fields, wire: self.wire.map(own) }
    }
}

impl PartialEq for Challenge<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields
    }
}

impl Eq for Challenge<'_> {}

impl fmt::Debug for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Challenge").field(&self.fields).finish()
    }
}

/// The header value; quotes stand where RFC 7616 section 3.3 wants them.
impl fmt::Display for Challenge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wire {
            Some(wire) => write::untouched(f, wire),
            None => self.fields.write(f),
        }
    }
}

impl Fields<'_> {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest realm=")?;
        write::quoted(f, &self.realm)?;
        if let Some(domain) = &self.domain {
            f.write_str(", domain=")?;
            write::quoted(f, domain)?;
        }
        f.write_str(", nonce=")?;
        write::quoted(f, &self.nonce)?;
        if let Some(opaque) = &self.opaque {
            f.write_str(", opaque=")?;
            write::quoted(f, opaque)?;
        }
        if let Some(algorithm) = self.algorithm {
            write!(f, ", algorithm={algorithm}")?;
        }
        f.write_str(match self.qop {
            Some(Offered { auth: true, auth_int: true }) => ", qop=\"auth,auth-int\"",
            Some(Offered { auth: true, .. }) => ", qop=\"auth\"",
            Some(Offered { auth_int: true, .. }) => ", qop=\"auth-int\"",
            Some(Offered { .. }) => ", qop=\"\"", // offered was nothing that we know
            None => "",
        })?;
        if self.stale {
            f.write_str(", stale=true")?;
        }
        match self.charset.as_deref() {
            Some("UTF-8") => f.write_str(", charset=UTF-8")?,
            Some(other) => {
                f.write_str(", charset=")?;
                write::quoted(f, other)?;
            }
            None => {}
        }
        if self.userhash {
            f.write_str(", userhash=true")?;
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
    let mut add = |qop: Option<Qop>| match qop {
        Some(Qop::Auth) => offered.auth = true,
        Some(Qop::AuthInt) => offered.auth_int = true,
        None => {}
    };
    match Qop::from_token(list) {
        // Mostly there is one.
        Some(qop) => add(Some(qop)),
        None => list.split(',').for_each(|token| add(Qop::from_token(token.trim_ascii()))),
    }
    offered
}

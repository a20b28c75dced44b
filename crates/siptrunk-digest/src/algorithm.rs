//! Algorithms and qualities of protection, by name (RFC 7616 sections 3.3 and 6.1, RFC 8760).

use std::fmt;

/// The hash algorithms that have a name in Digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Algorithm {
    /// MD5: what holds when a challenge names none.
    #[default]
    Md5,
    /// MD5, session variant.
    Md5Sess,
    /// SHA-256.
    Sha256,
    /// SHA-256, session variant.
    Sha256Sess,
    /// SHA-512/256.
    Sha512Trunc256,
    /// SHA-512/256, session variant.
    Sha512Trunc256Sess,
}

/// The hash function of an algorithm, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Function {
    Md5,
    Sha256,
    Sha512Trunc256,
}

impl Algorithm {
    /// Every algorithm, weakest first.
    pub const ALL: [Self; 6] = [
        Self::Md5,
        Self::Md5Sess,
        Self::Sha256,
        Self::Sha256Sess,
        Self::Sha512Trunc256,
        Self::Sha512Trunc256Sess,
    ];

    /// The name as registered.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
            Self::Sha256 => "SHA-256",
            Self::Sha256Sess => "SHA-256-sess",
            Self::Sha512Trunc256 => "SHA-512-256",
            Self::Sha512Trunc256Sess => "SHA-512-256-sess",
        }
    }

    /// The algorithm of that name, without regard to case.
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(token))
    }

    /// Whether this is a session variant: what is hashed with each request is a key made from
    /// the password and the first nonces of both sides (RFC 7616 section 3.4.2).
    pub fn is_session(self) -> bool {
        matches!(self, Self::Md5Sess | Self::Sha256Sess | Self::Sha512Trunc256Sess)
    }

    /// Whether its hash function is no weaker than that of `minimum`: MD5, then SHA-256, then
    /// SHA-512/256. A session variant is as strong as the plain one.
    ///
    /// ```
    /// use siptrunk_digest::Algorithm;
    ///
    /// assert!(Algorithm::Sha512Trunc256.is_at_least(Algorithm::Sha256));
    /// assert!(!Algorithm::Md5Sess.is_at_least(Algorithm::Sha256));
    /// ```
    pub fn is_at_least(self, minimum: Self) -> bool {
        self.function() >= minimum.function()
    }

    pub(crate) fn function(self) -> Function {
        match self {
            Self::Md5 | Self::Md5Sess => Function::Md5,
            Self::Sha256 | Self::Sha256Sess => Function::Sha256,
            Self::Sha512Trunc256 | Self::Sha512Trunc256Sess => Function::Sha512Trunc256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a response protects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// Method, URI and body.
    AuthInt,
}

impl Qop {
    /// The value as written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auth => "auth",
            Self::AuthInt => "auth-int",
        }
    }

    /// The quality of protection of that name, without regard to case.
    pub fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(token))
    }
}

impl fmt::Display for Qop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

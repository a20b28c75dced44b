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

impl Algorithm {
    const ALL: [Self; 6] = [
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

    /// Whether responses can be computed with it here.
    pub fn is_supported(self) -> bool {
        matches!(self, Self::Md5)
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

    pub(crate) fn from_token(token: &str) -> Option<Self> {
        [Self::Auth, Self::AuthInt].into_iter().find(|qop| qop.as_str().eq_ignore_ascii_case(token))
    }
}

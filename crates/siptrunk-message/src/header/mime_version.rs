//! MIME-Version (RFC 3261 20.24): `1.0`.

use std::fmt;

use super::{Header, run};
use crate::error::Malformed;
use crate::grammar::{fail, number};
use crate::name::HeaderName;

/// The version of MIME that a message follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MimeVersion {
    /// Before the dot.
    pub major: u32,
    /// After the dot.
    pub minor: u32,
}

impl MimeVersion {
    /// The one version there is.
    pub const ONE: Self = Self { major: 1, minor: 0 };
}

impl<'a> Header<'a> for MimeVersion {
    fn name() -> HeaderName {
        HeaderName::MIME_VERSION
    }

    fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), Malformed> {
        run(input, |input| {
            let (rest, major) = number(input)?;
            let [b'.', rest @ ..] = rest else {
                return fail(rest, "expected a dot");
            };
            let (rest, minor) = number(rest)?;
            Ok((rest, Self { major, minor }))
        })
    }
}

impl fmt::Display for MimeVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

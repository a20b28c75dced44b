//! Session-ID (RFC 7989): one identifier of a session from end to end, whatever stands between.

use std::fmt;

use nom::IResult;

use super::bricks::{Head, params_header};
use crate::grammar::{At, ascii, fail, run_of};
use crate::params::Params;

/// Half of a session identifier: the UUID of one end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionUuid(u128);

impl SessionUuid {
    /// What stands for an end that is not known yet, or has no UUID.
    pub const NIL: Self = Self(0);

    /// Of 16 octets, made by who is the end (RFC 7989 4.1 says how).
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(octets))
    }

    /// Reads 32 digits of lower-case hexadecimal.
    pub fn parse(text: &str) -> Option<Self> {
        match uuid(text.as_bytes()) {
            Ok(([], uuid)) => Some(uuid),
            _ => None,
        }
    }

    /// Whether it is the one of no end.
    pub fn is_nil(self) -> bool {
        self == Self::NIL
    }
}

impl fmt::Display for SessionUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl Head for SessionUuid {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

params_header! {
    /// The UUIDs of both ends: the sender's first.
    SessionId { local: SessionUuid } = SESSION_ID;
    list: false, may_be_empty: false, grammar: uuid, check: SessionId::check;
}

impl SessionId<'_> {
    /// Of both ends.
    pub fn new(local: SessionUuid, remote: SessionUuid) -> SessionId<'static> {
        SessionId { local, params: Params::none().with("remote", Some(&remote.to_string())) }
    }

    /// The UUID of who sent the message.
    pub fn local(&self) -> SessionUuid {
        self.local
    }

    /// The UUID of the other end. Elements of RFC 7329 do not write it.
    pub fn remote(&self) -> Option<SessionUuid> {
        SessionUuid::parse(self.param("remote")??)
    }

    /// At most one `remote`, and that a UUID (RFC 7989 5).
    fn check(&self) -> Result<(), At<'_>> {
        let mut remotes = self.params.named("remote");
        let Some(first) = remotes.next() else {
            return Ok(());
        };
        let text = first.unwrap_or_default();
        if SessionUuid::parse(text).is_none() {
            return Err(At { at: text.as_bytes(), reason: NOT_A_UUID });
        }
        match remotes.next() {
            None => Ok(()),
            Some(second) => {
                Err(At { at: second.unwrap_or_default().as_bytes(), reason: "remote stands twice" })
            }
        }
    }
}

const NOT_A_UUID: &str = "expected 32 digits of lower-case hexadecimal";

fn uuid(input: &[u8]) -> IResult<&[u8], SessionUuid, At<'_>> {
    let (rest, digits) = run_of(input, |octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f'));
    match (digits.len(), u128::from_str_radix(ascii(digits), 16)) {
        (32, Ok(value)) => Ok((rest, SessionUuid(value))),
        _ => fail(input, NOT_A_UUID),
    }
}

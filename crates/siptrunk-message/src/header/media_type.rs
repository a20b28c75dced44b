//! `type "/" subtype` as Accept and Content-Type have it (RFC 3261 25.1 `m-type`, `media-range`).

use std::borrow::Cow;
use std::fmt;

use nom::IResult;

use super::bricks::{Head, NoCase};
use crate::grammar::{At, separator, token};

/// A type and subtype, equal without case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct MediaType<'a> {
    pub(super) kind: NoCase<Cow<'a, str>>,
    pub(super) subtype: NoCase<Cow<'a, str>>,
}

/// `type SLASH subtype`. Both may be `*`, which is a token: only Accept means something by it.
pub(super) fn media_type(input: &[u8]) -> IResult<&[u8], MediaType<'_>, At<'_>> {
    let (rest, kind) = token(input)?;
    let (rest, ()) = separator(b'/', "expected /")(rest)?;
    let (rest, subtype) = token(rest)?;
    Ok((rest, MediaType { kind: kind.into(), subtype: subtype.into() }))
}

impl Head for MediaType<'_> {
    type Owned = MediaType<'static>;

    fn into_owned(self) -> Self::Owned {
        MediaType { kind: self.kind.into_owned(), subtype: self.subtype.into_owned() }
    }
}

impl fmt::Display for MediaType<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.subtype)
    }
}

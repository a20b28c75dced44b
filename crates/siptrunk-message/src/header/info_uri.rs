//! `LAQUOT absoluteURI RAQUOT *( SEMI generic-param )`: what Alert-Info, Call-Info and Error-Info are (RFC 3261 25.1).

use std::fmt;
use std::hash::{Hash, Hasher};

use nom::IResult;

use super::bricks::Head;
use crate::grammar::{At, fail};
use crate::uri::Uri;

/// A URI in brackets, without a name. Equal octet by octet.
#[derive(Clone, Debug)]
pub(super) struct InfoUri<'a>(pub(super) Uri<'a>);

impl<'a> InfoUri<'a> {
    pub(super) fn parse(input: &'a [u8]) -> IResult<&'a [u8], Self, At<'a>> {
        let [b'<', inside @ ..] = input else {
            return fail(input, "expected a URI in < >");
        };
        let Some(end) = memchr::memchr(b'>', inside) else {
            return fail(input, "the < has no >");
        };
        let (text, after) = inside.split_at(end);
        let uri = Uri::parse_at(text).map_err(nom::Err::Error)?;
        Ok((after.get(1..).unwrap_or_default(), Self(uri)))
    }
}

impl PartialEq for InfoUri<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for InfoUri<'_> {}

impl Hash for InfoUri<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl Head for InfoUri<'_> {
    type Owned = InfoUri<'static>;

    fn into_owned(self) -> Self::Owned {
        InfoUri(self.0.into_owned())
    }
}

impl fmt::Display for InfoUri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}>", self.0)
    }
}

/// A header that names a URI to be fetched, played or shown.
macro_rules! info_header {
    ($(#[$about:meta])* $header:ident = $name:ident) => {
        $crate::header::bricks::params_header! {
            $(#[$about])*
            $header { uri: $crate::header::info_uri::InfoUri<'a> } = $name;
            list: true, may_be_empty: false, grammar: $crate::header::info_uri::InfoUri::parse;
        }
        $crate::header::bricks::free_params!($header);

        impl<'a> $header<'a> {
            /// Of a URI, without parameters.
            pub fn new(uri: $crate::uri::Uri<'a>) -> Self {
                let uri = $crate::header::info_uri::InfoUri(uri);
                Self { uri, params: $crate::params::Params::none() }
            }

            /// The URI. What it names is fetched only by who trusts the sender.
            pub fn uri(&self) -> &$crate::uri::Uri<'a> {
                &self.uri.0
            }
        }
    };
}
pub(super) use info_header;

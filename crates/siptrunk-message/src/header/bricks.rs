//! What many headers are made of: one word, one number, free text, a head with parameters, an address. Each macro
//! writes one shape of header out, so that a header's own file says only what is its own.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

/// Text that is equal without case, as most of SIP's tokens are (RFC 3261 7.3.1). `T` borrows or owns it.
#[derive(Clone, Copy)]
pub(super) struct NoCase<T>(pub(super) T);

impl<T: AsRef<str>> std::ops::Deref for NoCase<T> {
    type Target = str;

    fn deref(&self) -> &str {
        self.0.as_ref()
    }
}

impl<'a, T: From<&'a str>> From<&'a str> for NoCase<T> {
    fn from(text: &'a str) -> Self {
        Self(T::from(text))
    }
}

impl<T: AsRef<str>> PartialEq for NoCase<T> {
    fn eq(&self, other: &Self) -> bool {
        self.eq_ignore_ascii_case(other)
    }
}

impl<T: AsRef<str>> Eq for NoCase<T> {}

impl<T: AsRef<str>> Hash for NoCase<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for octet in self.bytes() {
            state.write_u8(octet.to_ascii_lowercase());
        }
        state.write_u8(0xff);
    }
}

impl<T: AsRef<str>> fmt::Display for NoCase<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl<T: AsRef<str>> fmt::Debug for NoCase<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

/// What stands before the parameters of a header, and how it is kept beyond the buffer.
pub(super) trait Head {
    /// The same, independent of the buffer.
    type Owned: 'static;

    fn into_owned(self) -> Self::Owned;
}

impl Head for u32 {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl Head for bool {
    type Owned = Self;

    fn into_owned(self) -> Self {
        self
    }
}

impl Head for Cow<'_, str> {
    type Owned = Cow<'static, str>;

    fn into_owned(self) -> Cow<'static, str> {
        Cow::Owned(Cow::into_owned(self))
    }
}

impl Head for NoCase<Cow<'_, str>> {
    type Owned = NoCase<Cow<'static, str>>;

    fn into_owned(self) -> Self::Owned {
        NoCase(Head::into_owned(self.0))
    }
}

/// The text of a [`word_header`], which compares with case or without.
pub(super) trait Word<'a> {
    fn text(self) -> &'a str;
}

impl<'a> Word<'a> for &'a str {
    fn text(self) -> &'a str {
        self
    }
}

impl<'a> Word<'a> for NoCase<&'a str> {
    fn text(self) -> &'a str {
        self.0
    }
}

/// A header, or an element of one, that is a piece of text with a grammar of its own: a tag, a coding, a Call-ID.
macro_rules! word_header {
    (
        $(#[$about:meta])* $header:ident($kept:ty) = $name:ident;
        list: $list:literal, may_be_empty: $empty:literal, grammar: $grammar:expr;
        $(#[$about_text:meta])* $text:ident
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $header<'a>($kept);

        impl<'a> $header<'a> {
            /// A value of ours, which has to follow the grammar.
            pub fn new(text: &'a str) -> Result<Self, $crate::error::Malformed> {
                $crate::header::whole(text.as_bytes(), $grammar)?;
                Ok(Self(text.into()))
            }

            $(#[$about_text])*
            pub fn $text(&self) -> &'a str {
                $crate::header::bricks::Word::text(self.0)
            }
        }

        impl<'a> $crate::header::Header<'a> for $header<'a> {
            const LIST: bool = $list;
            const MAY_BE_EMPTY: bool = $empty;

            fn name() -> $crate::name::HeaderName {
                $crate::name::HeaderName::$name
            }

            fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), $crate::error::Malformed> {
                let (text, rest) = $crate::header::run(input, $grammar)?;
                Ok((Self(text.into()), rest))
            }
        }

        impl std::fmt::Display for $header<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::grammar::write_line(f, self.$text())
            }
        }
    };
}
pub(super) use word_header;

/// A header that is a number of 32 bits.
macro_rules! number_header {
    ($(#[$about:meta])* $header:ident = $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $header(pub u32);

        impl<'a> $crate::header::Header<'a> for $header {
            fn name() -> $crate::name::HeaderName {
                $crate::name::HeaderName::$name
            }

            fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), $crate::error::Malformed> {
                let (value, rest) = $crate::header::run(input, $crate::grammar::number)?;
                Ok((Self(value), rest))
            }
        }

        impl std::fmt::Display for $header {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}
pub(super) use number_header;

/// A header that is text for people (RFC 3261 25.1 `TEXT-UTF8-TRIM`), which may be empty.
macro_rules! text_header {
    ($(#[$about:meta])* $header:ident = $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $header<'a>(std::borrow::Cow<'a, str>);

        impl<'a> $header<'a> {
            /// Text of ours: no control characters. Whitespace around it is dropped, since the wire would not keep it.
            pub fn new(text: &'a str) -> Result<Self, $crate::error::Malformed> {
                $crate::header::whole(text.as_bytes(), $crate::grammar::text)?;
                Ok(Self(text.trim_matches([' ', '\t']).into()))
            }

            /// The text. Where the line was folded there is one space.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The same, independent of the buffer.
            pub fn into_owned(self) -> $header<'static> {
                $header($crate::header::bricks::Head::into_owned(self.0))
            }
        }

        impl<'a> $crate::header::Header<'a> for $header<'a> {
            fn name() -> $crate::name::HeaderName {
                $crate::name::HeaderName::$name
            }

            fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), $crate::error::Malformed> {
                let (text, rest) = $crate::header::run(input, $crate::grammar::text)?;
                Ok((Self(text), rest))
            }
        }

        impl std::fmt::Display for $header<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(super) use text_header;

/// A header, or an element of one, that is something with parameters after it. `check` looks at what the grammar alone
/// does not hold: parameters that have to be there, and their forms.
macro_rules! params_header {
    (
        $(#[$about:meta])* $header:ident { $head:ident: $kept:ty } = $name:ident;
        list: $list:literal, may_be_empty: $empty:literal, grammar: $grammar:expr $(, check: $check:expr)?;
    ) => {
        $(#[$about])*
        ///
        /// Two are equal if their parameters are, too, octet by octet as written.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $header<'a> {
            $head: $kept,
            params: $crate::params::Params<'a>,
        }

        impl<'a> $header<'a> {
            /// All parameters.
            pub fn params(&self) -> &$crate::params::Params<'a> {
                &self.params
            }

            /// A parameter's value as written; `Some(None)` is a parameter without a value.
            pub fn param(&self, name: &str) -> Option<Option<&str>> {
                self.params.get(name)
            }

            /// The same, independent of the buffer.
            pub fn into_owned(self) -> $header<'static> {
                $header {
                    $head: $crate::header::bricks::Head::into_owned(self.$head),
                    params: self.params.into_owned(),
                }
            }
        }

        impl<'a> $crate::header::Header<'a> for $header<'a> {
            const LIST: bool = $list;
            const MAY_BE_EMPTY: bool = $empty;

            fn name() -> $crate::name::HeaderName {
                $crate::name::HeaderName::$name
            }

            fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), $crate::error::Malformed> {
                let (header, rest) = $crate::header::run(input, |input| {
                    let (rest, head) = $grammar(input)?;
                    let (rest, params) = $crate::params::Params::parse(rest)?;
                    Ok((rest, Self { $head: head.into(), params }))
                })?;
                $($crate::header::checked(input, $check(&header))?;)?
                Ok((header, rest))
            }

            fn parameters(&self) -> usize {
                self.params.len()
            }
        }

        impl std::fmt::Display for $header<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}{}", self.$head, self.params)
            }
        }
    };
}
pub(super) use params_header;

/// Adds to a [`params_header`] whose parameters are free the verb that sets one.
macro_rules! free_params {
    ($header:ident) => {
        impl $header<'_> {
            /// Adds a parameter at the end, or sets the first one of that name. A value that is no token is quoted.
            /// Names that are no tokens, and values with CR, LF or NUL, change nothing.
            #[must_use]
            pub fn with_param(mut self, name: &str, value: Option<&str>) -> Self {
                self.params = self.params.with(name, value);
                self
            }
        }
    };
}
pub(super) use free_params;

/// Adds to a [`params_header`] what its `q` parameter says.
macro_rules! q_param {
    ($header:ident) => {
        impl $header<'_> {
            /// How much it is liked, if that is written and well-formed. Absence means 1.
            pub fn q(&self) -> Option<$crate::header::QValue> {
                $crate::header::QValue::of(&self.params)
            }

            /// Sets how much it is liked.
            #[must_use]
            pub fn with_q(self, q: $crate::header::QValue) -> Self {
                self.with_param("q", Some(&q.to_string()))
            }
        }
    };
}
pub(super) use q_param;

/// A header, or an element of one, that is an address.
macro_rules! address_header {
    (
        $(#[$about:meta])* $header:ident($field:vis NameAddr) = $name:ident;
        list: $list:literal $(, check: $check:expr)?;
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $header<'a>($field $crate::header::NameAddr<'a>);

        impl<'a> $header<'a> {
            /// The address with its display name and parameters.
            pub fn address(&self) -> &$crate::header::NameAddr<'a> {
                &self.0
            }

            /// The same, independent of the buffer.
            pub fn into_owned(self) -> $header<'static> {
                $header(self.0.into_owned())
            }
        }

        impl<'a> $crate::header::Header<'a> for $header<'a> {
            const LIST: bool = $list;

            fn name() -> $crate::name::HeaderName {
                $crate::name::HeaderName::$name
            }

            fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), $crate::error::Malformed> {
                let (address, rest) = $crate::header::NameAddr::parse_element(input)?;
                $($crate::header::checked(input, $check(&address))?;)?
                Ok((Self(address), rest))
            }

            fn parameters(&self) -> usize {
                self.0.parameters()
            }
        }

        impl std::fmt::Display for $header<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}
pub(super) use address_header;

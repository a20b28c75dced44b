//! What can be wrong with tokens, context and their encoded form.

use thiserror::Error;

use crate::token::Prefix;

/// Why an X-EI value is not read or not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum XEiError {
    /// The value is longer than the reader's limit.
    #[error("X-EI of {length} bytes is over the limit of {limit}")]
    LimitReached {
        /// Bytes in the value.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A token without a value cannot be written: leave it out.
    #[error("the value of {prefix} is empty; leave the token out instead")]
    Empty {
        /// Which token.
        prefix: Prefix<'static>,
    },
    /// A value has a semicolon, which ends a token and has no escape, or a control character.
    #[error(
        "the value of {prefix} has byte 0x{byte:02x} at {offset}: no `;` and no control characters"
    )]
    InvalidByte {
        /// Which token.
        prefix: Prefix<'static>,
        /// Where in the value.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// A token was given twice.
    #[error("{prefix} is given twice; each token stands once")]
    Repeated {
        /// Which token.
        prefix: Prefix<'static>,
    },
    /// The caller's buffer is too small.
    #[error("{needed} bytes are needed, the buffer has {room}")]
    NoRoom {
        /// Bytes that would be written.
        needed: usize,
        /// Bytes in the buffer.
        room: usize,
    },
}

/// Why a header cannot carry call context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ContextError {
    /// The name does not begin with a capital `X-` and a character after it.
    #[error("a context header's name begins with `X-` (capital) and goes on")]
    Prefix,
    /// The name has a character other than letters, digits, `-` and `_`.
    #[error("byte 0x{byte:02x} at {offset} of the name: only letters, digits, `-` and `_`")]
    Name {
        /// Where in the name.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// The value has a CR, LF or NUL.
    #[error("byte 0x{byte:02x} at {offset} of the value: no CR, LF or NUL")]
    Value {
        /// Where in the value.
        offset: usize,
        /// The byte.
        byte: u8,
    },
    /// There is a variable of that name already.
    #[error("a variable of this name is there already; give each name once")]
    Repeated,
    /// The message would be longer than is safe.
    #[error(
        "a message of {size} bytes, {context} of them call context, is over {limit}: shorten \
         values, leave variables out, or send it over TCP or TLS"
    )]
    TooLong {
        /// Bytes of the whole message.
        size: usize,
        /// Bytes of them that are call context.
        context: usize,
        /// Bytes that are safe.
        limit: usize,
    },
}

/// A word that names no [`OriginalSource`](crate::OriginalSource).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such source of the original caller: `token`, `diversion` or `x-diversion`")]
pub struct UnknownSource;

/// Why a percent-encoded value cannot be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// A `%` without two hexadecimal digits.
    #[error("`%` at {offset} is not followed by two hexadecimal digits")]
    Malformed {
        /// Where the `%` stands.
        offset: usize,
    },
    /// The caller's buffer is too small.
    #[error("{needed} bytes are needed, the buffer has {room}")]
    NoRoom {
        /// Bytes that would be written.
        needed: usize,
        /// Bytes in the buffer.
        room: usize,
    },
}

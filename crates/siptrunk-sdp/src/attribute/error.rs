//! Why the value of an attribute is not what its name promises.

use thiserror::Error;

use crate::grammar::Stop;

/// A malformed attribute. It does not make the description malformed: RFC 8866 section 5.13 wants
/// attributes that are not understood ignored, and whoever asks for one decides.
///
/// The value is never part of it: it may be a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a={name} is malformed at byte {offset} of its value: expected {expected}")]
#[non_exhaustive]
pub struct AttributeError {
    /// The attribute's name.
    pub name: &'static str,
    /// Byte offset in the value.
    pub offset: usize,
    /// What the grammar wants there.
    pub expected: &'static str,
}

impl AttributeError {
    /// An error at a byte of the value.
    pub fn new(name: &'static str, offset: usize, expected: &'static str) -> Self {
        Self { name, offset, expected }
    }

    /// Turns the place where a cursor stopped into an error.
    pub(super) fn at(name: &'static str, expected: &'static str) -> impl Fn(Stop) -> Self {
        move |stop| Self::new(name, stop.0, expected)
    }
}

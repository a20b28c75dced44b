//! Event (RFC 6665 8.2.1): the package of a subscription, and which of several it is.

use std::borrow::Cow;

use nom::IResult;

use super::bricks::{free_params, params_header};
use super::whole;
use crate::error::Malformed;
use crate::grammar::{At, fail, token};
use crate::params::Params;

params_header! {
    /// The event of a SUBSCRIBE or NOTIFY. Packages are compared with case, octet by octet.
    Event { package: Cow<'a, str> } = EVENT;
    list: false, may_be_empty: false, grammar: event_type;
}
free_params!(Event);

impl<'a> Event<'a> {
    /// An event of ours: `refer`, `dialog`, `presence.winfo`.
    pub fn new(package: &'a str) -> Result<Self, Malformed> {
        Ok(Self { package: whole(package.as_bytes(), event_type)?.into(), params: Params::none() })
    }

    /// Sets the `id`.
    #[must_use]
    pub fn with_id(self, id: &str) -> Self {
        self.with_param("id", Some(id))
    }

    /// The package with its templates.
    pub fn package(&self) -> &str {
        &self.package
    }

    /// The `id`, which tells the subscriptions of one dialog apart (RFC 3515 2.4.6). Compared with case.
    pub fn id(&self) -> Option<&str> {
        self.param("id").flatten()
    }

    /// Whether both are of one subscription: same package, same `id` or none on both sides (RFC 6665 8.2.1).
    pub fn matches(&self, other: &Event<'_>) -> bool {
        self.package == other.package && self.id() == other.id()
    }
}

/// `event-package *( "." event-template )`: parts of a token between dots.
pub(super) fn event_type(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (rest, text) = token(input)?;
    let mut part_at = input;
    for part in text.split('.') {
        if part.is_empty() {
            return fail(part_at, "a part of the event type is empty");
        }
        part_at = part_at.get(part.len().saturating_add(1)..).unwrap_or_default();
    }
    Ok((rest, text))
}

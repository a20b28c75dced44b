//! Replaces (RFC 3891 6.1): the dialog that an INVITE takes the place of.

use std::borrow::Cow;

use super::bricks::params_header;
use super::call_id::call_id;
use super::whole;
use crate::error::Malformed;
use crate::grammar::{At, token};
use crate::params::Params;

params_header! {
    /// The dialog that an INVITE takes the place of, as its receiver knows it.
    Replaces { call_id: Cow<'a, str> } = REPLACES;
    list: false, may_be_empty: false, grammar: call_id, check: Replaces::check;
}

impl<'a> Replaces<'a> {
    /// A dialog by its Call-ID and the tags that are local and remote to who receives the header.
    pub fn new(call_id: &'a str, to_tag: &str, from_tag: &str) -> Result<Self, Malformed> {
        let call_id = whole(call_id.as_bytes(), self::call_id)?;
        whole(to_tag.as_bytes(), token)?;
        whole(from_tag.as_bytes(), token)?;
        let params = Params::none().with("to-tag", Some(to_tag)).with("from-tag", Some(from_tag));
        Ok(Self { call_id: call_id.into(), params })
    }

    /// Asks that the dialog be replaced only if it is early.
    #[must_use]
    pub fn early_only(self) -> Self {
        Self { params: self.params.with("early-only", None), ..self }
    }

    /// The Call-ID of the dialog.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The tag that is local to who receives the header. `0` also stands for no tag (RFC 3891 6.1).
    pub fn to_tag(&self) -> &str {
        self.param("to-tag").flatten().unwrap_or_default()
    }

    /// The tag that is remote to who receives the header. `0` also stands for no tag (RFC 3891 6.1).
    pub fn from_tag(&self) -> &str {
        self.param("from-tag").flatten().unwrap_or_default()
    }

    /// Whether the dialog is to be replaced only if it is early.
    pub fn is_early_only(&self) -> bool {
        self.param("early-only").is_some()
    }

    /// Exactly one of each tag (RFC 3891 6.1).
    fn check(&self) -> Result<(), At<'_>> {
        for (name, missing, repeated) in [
            ("to-tag", "to-tag is missing", "to-tag stands twice"),
            ("from-tag", "from-tag is missing", "from-tag stands twice"),
        ] {
            let mut tags = self.params.named(name);
            let Some(Some(_)) = tags.next() else {
                return Err(At { at: b"", reason: missing });
            };
            if let Some(second) = tags.next() {
                return Err(At { at: second.unwrap_or_default().as_bytes(), reason: repeated });
            }
        }
        Ok(())
    }
}

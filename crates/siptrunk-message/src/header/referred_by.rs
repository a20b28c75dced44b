//! Referred-By (RFC 3892): who sent the referee, in the request that the referee then makes.

use std::borrow::Cow;

use super::bricks::address_header;

address_header! {
    /// Who referred.
    ReferredBy(pub NameAddr) = REFERRED_BY;
    list: false;
}

impl ReferredBy<'_> {
    /// The Content-ID of the token that proves it, without quotes and brackets (RFC 3892 3).
    pub fn cid(&self) -> Option<Cow<'_, str>> {
        self.0.param_text("cid")
    }
}

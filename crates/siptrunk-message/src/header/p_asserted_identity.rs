//! P-Asserted-Identity (RFC 3325 9.1): who the user is , one element each.

use super::NameAddr;
use super::bricks::address_header;
use super::identities::is_identity;
use crate::error::Malformed;

address_header! {
    /// One identity that a trusted element vouches for. All of them at once: see
    /// [`Identities`](crate::Identities).
    PAssertedIdentity(NameAddr) = P_ASSERTED_IDENTITY;
    list: true;
}

impl<'a> PAssertedIdentity<'a> {
    /// An identity of ours: a `sip:`, `sips:` or `tel:` URI.
    pub fn new(address: NameAddr<'a>) -> Result<Self, Malformed> {
        is_identity(&address).map(|()| Self(address))
    }
}

//! P-Preferred-Identity (RFC 3325 9.2): who the user is , one element each.

use super::NameAddr;
use super::bricks::address_header;
use super::identities::is_identity;
use crate::error::Malformed;

address_header! {
    /// One identity that a user would like to be known by. All of them at once: see
    /// [`Identities`](crate::Identities).
    PPreferredIdentity(NameAddr) = P_PREFERRED_IDENTITY;
    list: true;
}

impl<'a> PPreferredIdentity<'a> {
    /// An identity of ours: a `sip:`, `sips:` or `tel:` URI.
    pub fn new(address: NameAddr<'a>) -> Result<Self, Malformed> {
        is_identity(&address).map(|()| Self(address))
    }
}

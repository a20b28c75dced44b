//! P-Asserted-Identity (RFC 3325 9.1): who the user is, as elements that trust each other tell it.

use super::identities::identity_header;

identity_header! {
    /// One identity that a trusted element vouches for.
    PAssertedIdentity = P_ASSERTED_IDENTITY
}

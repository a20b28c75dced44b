//! P-Preferred-Identity (RFC 3325 9.2): who a user would like to be to those who are called.

use super::identities::identity_header;

identity_header! {
    /// One identity that a user would like to be known by.
    PPreferredIdentity = P_PREFERRED_IDENTITY
}

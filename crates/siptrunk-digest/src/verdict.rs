//! What credentials are worth.

use std::borrow::Cow;

use crate::confirmation::Confirmation;
use crate::error::DigestError;

/// What credentials are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict<'a> {
    /// The response is right, under a fresh nonce and count.
    #[non_exhaustive]
    Accepted {
        /// Who it is: the account's name, even if the credentials have its hash.
        username: Cow<'a, str>,
        /// The URI that the response covers: compare with the Request-URI (RFC 8760 section
        /// 2.6 item 6).
        uri: Cow<'a, str>,
        /// What our own proof is made of, for servers that send Authentication-Info.
        confirmation: Box<Confirmation<'a>>,
    },
    /// The response is right, but nonce or count are used up: challenge again with
    /// `stale = true`.
    Stale,
    /// Wrong: challenge anew or refuse. The reason is for the log, not for the peer.
    Refused {
        /// Why.
        reason: Refusal,
    },
    /// Not readable as credentials: 400.
    Malformed(DigestError),
}

/// Why credentials are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// They are for another realm.
    OtherRealm,
    /// They name the user and prove nothing, as some clients do before the first challenge
    /// (RFC 8760 section 2.7): challenge.
    NoProof,
    /// An algorithm or quality of protection that was not offered, or that is too weak for the
    /// account.
    Unsupported,
    /// There is no such user.
    UnknownUser,
    /// The response is wrong.
    WrongResponse,
}

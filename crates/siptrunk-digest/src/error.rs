//! What can be wrong with a challenge, with credentials, or with answering.

use thiserror::Error;

/// Why a header value is not a challenge or credentials that we can read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DigestError {
    /// The scheme is not `Digest`; Basic is never used in SIP (RFC 3261 section 22.4).
    #[error("the authentication scheme is not Digest")]
    OtherScheme,
    /// The value does not follow the grammar (RFC 3261 section 25.1).
    #[error("byte {offset}: expected {expected}")]
    Malformed {
        /// Byte offset in the value.
        offset: usize,
        /// What the grammar wants there.
        expected: &'static str,
    },
    /// A required parameter is missing.
    #[error("the parameter {name} is missing")]
    Missing {
        /// Which one.
        name: &'static str,
    },
    /// A parameter stands twice.
    #[error("the parameter {name} is repeated")]
    Repeated {
        /// Which one.
        name: &'static str,
    },
    /// A parameter's value is not one that it can have.
    #[error("the parameter {name} has a value that it cannot have")]
    Invalid {
        /// Which one.
        name: &'static str,
    },
    /// The algorithm is none of RFC 7616 and RFC 8760.
    #[error("the algorithm {algorithm:?} is unknown")]
    UnknownAlgorithm {
        /// Its name.
        algorithm: String,
    },
    /// The value is longer than [`Challenge::LIMIT`](crate::Challenge::LIMIT).
    #[error("{length} bytes; at most {limit} are read")]
    LimitReached {
        /// Bytes in the value.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// Why a client does not answer a challenge.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// There was no challenge.
    #[error("no challenge to answer")]
    NoChallenge,
    /// None of the challenges can be read; this is what is wrong with the first.
    #[error("no challenge can be read: {0}")]
    Malformed(#[source] DigestError),
    /// None of the readable challenges asks for what we have.
    #[error("the challenge asks for {what}, which is not supported")]
    Unsupported {
        /// The algorithm or quality of protection of the first one.
        what: String,
    },
    /// The challenges are for realms that the account is not for.
    #[error("challenged for the realm {realm:?}; the account is for {bound:?}")]
    OtherRealm {
        /// The realm of the first challenge.
        realm: String,
        /// The realm of the account.
        bound: String,
    },
    /// The peer was given credentials and wants others: user name or password are wrong there.
    #[error("the credentials for the realm {realm:?} were refused")]
    Refused {
        /// The realm.
        realm: String,
    },
    /// User name, URI or client nonce have a control character or a quote where none can stand.
    #[error("{field} has a character that cannot stand in credentials")]
    Invalid {
        /// Which one.
        field: &'static str,
    },
}

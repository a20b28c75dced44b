//! What can be wrong with a header value, with answering, or with a server's proof.

use thiserror::Error;

use crate::algorithm::Algorithm;

/// Why a header value cannot be read as what it should be, or cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DigestError {
    /// The scheme is not `Digest`; Basic is never used in SIP (RFC 8760 section 2.6).
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
    /// There is more than [`Limits`](crate::Limits) has room for.
    #[error("{found} {what}; at most {limit} are read")]
    LimitReached {
        /// Of what.
        what: &'static str,
        /// How many there are; for parameters, how many were seen until it was too many.
        found: usize,
        /// How many are allowed.
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
        /// What the first one asks for.
        what: &'static str,
    },
    /// The challenges ask for algorithms that the account is not to be shown with.
    #[error("challenged for {algorithm}; the account wants {minimum} or stronger")]
    WeakAlgorithm {
        /// The algorithm of the first challenge.
        algorithm: Algorithm,
        /// The account's minimum.
        minimum: Algorithm,
    },
    /// The challenges are for realms that the account is not for.
    #[error("challenged for the realm {realm:?}; the account is for {bound:?}")]
    OtherRealm {
        /// The realm of the first challenge.
        realm: String,
        /// The realm of the account.
        bound: String,
    },
    /// Inside a dialog the challenges are for realms that nobody named before it.
    #[error("challenged inside a dialog for the realm {realm:?}, which is new")]
    NewRealm {
        /// The realm of the first challenge.
        realm: String,
    },
    /// The challenge does not come from a peer that the account is for.
    #[error("the challenge comes from a peer that the account is not for")]
    OtherPeer,
    /// Requests of this method are never repeated with credentials (RFC 3261 section 22.1).
    #[error("{method} cannot be challenged")]
    NotRepeatable {
        /// `ACK` or `CANCEL`.
        method: &'static str,
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

/// Why Authentication-Info does not prove that the server knows the password.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The value cannot be read.
    #[error("Authentication-Info cannot be read: {0}")]
    Malformed(#[source] DigestError),
    /// The credentials that were sent are not of this client, or of a realm it has forgotten.
    #[error("these credentials were not made here")]
    Unsolicited,
    /// It speaks of another request: qop, cnonce or nc are not those that were sent.
    #[error("the parameter {name} is not that of the request")]
    OtherRequest {
        /// The first that differs.
        name: &'static str,
    },
    /// The response digest is wrong: whoever answered does not know the password, or the body
    /// was changed.
    #[error("the response digest is wrong")]
    WrongDigest,
}

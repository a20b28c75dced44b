//! Why an offer cannot be taken or an answer cannot be used.

use thiserror::Error;

/// Why an offer cannot be answered or relayed: a 488 with [`OfferError::warning_code`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum OfferError {
    /// Nothing in the offered audio is allowed.
    #[error("no codec in common: offered {}; allowed {}", list(.offered), list(.allowed))]
    NoCommonCodec {
        /// The audio codecs of the offer, as `PCMU/8000`.
        offered: Vec<String>,
        /// The names that the policy allows.
        allowed: Vec<String>,
    },
    /// There is no audio stream, or every one has port 0.
    #[error("no audio stream offered")]
    NoAudio,
    /// Audio is offered over a transport that is unknown, or that the SRTP policy forbids.
    #[error("audio is offered as {protocol}; only {supported} is supported")]
    UnsupportedProtocol {
        /// The protocol of the first audio stream.
        protocol: String,
        /// What the policy allows.
        supported: String,
    },
    /// Secure audio is offered without a key line that can be taken.
    #[error(transparent)]
    Security(#[from] SecurityProblem),
    /// The stream's address cannot be sent to.
    #[error(transparent)]
    Address(#[from] AddressProblem),
}

impl OfferError {
    /// The warn-code that says it in a Warning header (RFC 3261 section 20.43).
    pub fn warning_code(&self) -> u16 {
        match self {
            Self::NoCommonCodec { .. } => 305,
            Self::NoAudio => 304,
            Self::UnsupportedProtocol { .. } => 302,
            Self::Security(_) => 306,
            Self::Address(_) => 301,
        }
    }

    /// How far the stream came that is refused for this.
    pub(super) fn depth(&self) -> u8 {
        match self {
            Self::NoAudio => 0,
            Self::UnsupportedProtocol { .. } => 1,
            Self::NoCommonCodec { .. } => 2,
            Self::Security(_) => 3,
            Self::Address(_) => 4,
        }
    }
}

/// Why an answer does not fit the offer it answers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The number of streams differs (RFC 3264 section 6 wants it equal).
    #[error("the offer has {offered} streams, the answer {answered}")]
    StreamCount {
        /// Streams in our offer.
        offered: usize,
        /// Streams in the answer.
        answered: usize,
    },
    /// Our offer has no audio stream: it was not made here.
    #[error("the offer that this answers has no audio stream")]
    NoAudio,
    /// The audio stream is refused (port 0).
    #[error("the answer refuses the audio stream")]
    Refused,
    /// The audio stream comes back as something else.
    #[error("the answer gives {kind} over {protocol} where audio over {offered} was offered")]
    Changed {
        /// Kind of media in the answer.
        kind: String,
        /// Its protocol.
        protocol: String,
        /// The protocol that was offered.
        offered: String,
    },
    /// The secure stream comes back without keys that fit.
    #[error(transparent)]
    Security(#[from] SecurityProblem),
    /// The offerer's stream is secure, and the party that shall answer it has no source of keys.
    #[error("the offerer's stream is secure: answer it as a party with `secured`")]
    NoKeySource,
    /// No audio codec of the answer was offered.
    #[error("no codec in common: offered {}; answered {}", list(.offered), list(.answered))]
    NoCommonCodec {
        /// The codecs of our offer, as `PCMU/8000`.
        offered: Vec<String>,
        /// The codecs of the answer.
        answered: Vec<String>,
    },
    /// The stream's address cannot be sent to.
    #[error(transparent)]
    Address(#[from] AddressProblem),
    /// The original offer, to be answered now, is not one that [`relay_offer`](super::relay_offer)
    /// took.
    #[error("the original offer cannot be answered: {0}")]
    Offer(#[from] OfferError),
}

/// What is wrong with the keys of a secure stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SecurityProblem {
    /// RTP/SAVP without `a=crypto`: keys by other means than RFC 4568 are not taken.
    #[error("the secure audio stream has no a=crypto line")]
    NoKeys,
    /// No key line is well-formed, of an allowed suite, with one key and harmless parameters.
    #[error("no a=crypto line of the secure audio stream is one that is allowed")]
    NoUsableKeys,
    /// The answer's key line has a tag and suite that were not offered.
    #[error("the answer's a=crypto line is none that was offered")]
    NotOffered,
    /// The answer has our own key: RFC 4568 section 7.1.2 forbids it, as it breaks the cipher.
    #[error("the answer's a=crypto line has the offer's key")]
    SameKey,
}

/// What is wrong with the address of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressProblem {
    /// Neither the stream nor the session has a `c=` line.
    #[error("the audio stream has no c= line")]
    Missing,
    /// A domain name: we send to addresses only.
    #[error("c= names the host {name:?}; an IP address is needed")]
    Name {
        /// The name.
        name: String,
    },
    /// Multicast or broadcast: a call has one peer.
    #[error("c= has the group address {address}; a unicast address is needed")]
    Group {
        /// The address.
        address: String,
    },
    /// Not an Internet address.
    #[error("c={value} is not an Internet address")]
    Foreign {
        /// The value of the line.
        value: String,
    },
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing known".to_owned() } else { names.join(", ") }
}

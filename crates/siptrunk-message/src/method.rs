//! Request methods (RFC 3261 7.1): the known ones are numbers, any other token is kept.

use std::fmt;
use std::str::FromStr;

use crate::grammar::is_token;

/// A request method. Methods compare with case (RFC 3261 7.1).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Method(Inner);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Inner {
    Known(Known),
    Extension(Box<str>),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Known {
    Ack,
    Bye,
    Cancel,
    Info,
    Invite,
    Message,
    Notify,
    Options,
    Prack,
    Publish,
    Refer,
    Register,
    Subscribe,
    Update,
}

impl Method {
    /// RFC 3261 13: acknowledges a final response to INVITE.
    pub const ACK: Self = Self(Inner::Known(Known::Ack));
    /// RFC 3261 15: ends a session.
    pub const BYE: Self = Self(Inner::Known(Known::Bye));
    /// RFC 3261 9: cancels a pending INVITE.
    pub const CANCEL: Self = Self(Inner::Known(Known::Cancel));
    /// RFC 6086: carries information within a session.
    pub const INFO: Self = Self(Inner::Known(Known::Info));
    /// RFC 3261 13: sets up or changes a session.
    pub const INVITE: Self = Self(Inner::Known(Known::Invite));
    /// RFC 3428: an instant message.
    pub const MESSAGE: Self = Self(Inner::Known(Known::Message));
    /// RFC 6665: news about a subscribed state.
    pub const NOTIFY: Self = Self(Inner::Known(Known::Notify));
    /// RFC 3261 11: asks what the peer can do.
    pub const OPTIONS: Self = Self(Inner::Known(Known::Options));
    /// RFC 3262: acknowledges a reliable provisional response.
    pub const PRACK: Self = Self(Inner::Known(Known::Prack));
    /// RFC 3903: publishes state.
    pub const PUBLISH: Self = Self(Inner::Known(Known::Publish));
    /// RFC 3515: asks the peer to reach a third party.
    pub const REFER: Self = Self(Inner::Known(Known::Refer));
    /// RFC 3261 10: binds a contact to an address of record.
    pub const REGISTER: Self = Self(Inner::Known(Known::Register));
    /// RFC 6665: asks for news about a state.
    pub const SUBSCRIBE: Self = Self(Inner::Known(Known::Subscribe));
    /// RFC 3311: changes a session without a new INVITE.
    pub const UPDATE: Self = Self(Inner::Known(Known::Update));

    /// Reads a method token; `None` if it is empty or holds an octet that a token may not.
    pub fn from_bytes(token: &[u8]) -> Option<Self> {
        if let Some(known) = Known::from_bytes(token) {
            return Some(Self(Inner::Known(known)));
        }
        if token.is_empty() || !token.iter().copied().all(is_token) {
            return None;
        }
        std::str::from_utf8(token).ok().map(|token| Self(Inner::Extension(token.into())))
    }

    /// The method as it stands on the wire.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Inner::Known(known) => known.as_str(),
            Inner::Extension(token) => token,
        }
    }

    /// Whether a request of this method makes a dialog (RFC 3261 12.1, 6665 4.1, 3515 2.4.4).
    pub fn makes_dialog(&self) -> bool {
        matches!(self.0, Inner::Known(Known::Invite | Known::Subscribe | Known::Refer))
    }

    /// Whether this crate knows the method by a constant.
    pub fn is_known(&self) -> bool {
        matches!(self.0, Inner::Known(_))
    }
}

impl Known {
    fn from_bytes(token: &[u8]) -> Option<Self> {
        Some(match token {
            b"ACK" => Self::Ack,
            b"BYE" => Self::Bye,
            b"CANCEL" => Self::Cancel,
            b"INFO" => Self::Info,
            b"INVITE" => Self::Invite,
            b"MESSAGE" => Self::Message,
            b"NOTIFY" => Self::Notify,
            b"OPTIONS" => Self::Options,
            b"PRACK" => Self::Prack,
            b"PUBLISH" => Self::Publish,
            b"REFER" => Self::Refer,
            b"REGISTER" => Self::Register,
            b"SUBSCRIBE" => Self::Subscribe,
            b"UPDATE" => Self::Update,
            _ => return None,
        })
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Info => "INFO",
            Self::Invite => "INVITE",
            Self::Message => "MESSAGE",
            Self::Notify => "NOTIFY",
            Self::Options => "OPTIONS",
            Self::Prack => "PRACK",
            Self::Publish => "PUBLISH",
            Self::Refer => "REFER",
            Self::Register => "REGISTER",
            Self::Subscribe => "SUBSCRIBE",
            Self::Update => "UPDATE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = MethodError;

    fn from_str(token: &str) -> Result<Self, MethodError> {
        Self::from_bytes(token.as_bytes()).ok_or(MethodError::NotAToken)
    }
}

/// Why a text is no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MethodError {
    /// Empty, or an octet that RFC 3261 25.1 does not allow in a token.
    #[error("a method is a token: letters, digits and -.!%*_+`'~ only")]
    NotAToken,
}

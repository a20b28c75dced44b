//! How a call goes back to a script: what the headers of the BYE say, as a type.

mod names;
pub use names::HandBackNames;

use siptrunk_message::{HeaderList, HeaderListError, HeaderName, HeaderValue};
use siptrunk_xei::size_on_wire;
use thiserror::Error;

use crate::five9;

/// What the script shall do with the call. F-17, 2026-03.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum HandBackAction {
    /// Send it to an agent of this skill.
    SkillTransfer(String),
    /// Send it to this number.
    PhoneTransfer(String),
    /// End it.
    Hangup,
    /// End it with this disposition.
    DispositionOnly(String),
    /// What another convention says: a type and perhaps a value.
    Custom(String, Option<String>),
}

impl HandBackAction {
    /// The number to send the call to, if the action names one.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::PhoneTransfer(number) => Some(number),
            _ => None,
        }
    }

    /// Whether the caller goes on to somebody, rather than being hung up.
    pub const fn goes_on(&self) -> bool {
        !matches!(self, Self::Hangup | Self::DispositionOnly(_))
    }
}

/// A call that goes back to the side it came from, as the headers of a BYE say it.
///
/// ```
/// use siptrunk_profiles::{HandBack, HandBackAction, HandBackNames};
///
/// let names = HandBackNames::five9();
/// let back = HandBack::new(HandBackAction::SkillTransfer("billing_support".to_owned()))
///     .reason("Customer needs help with an invoice");
/// let headers = back.write(&names, 10)?;
/// let fields = headers.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
/// assert_eq!(HandBack::read(&names, fields), Some(back));
/// # Ok::<(), siptrunk_profiles::HandBackError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandBack {
    /// What the script shall do.
    pub action: HandBackAction,
    /// Why, for people.
    pub reason: Option<String>,
    /// The conversation that this was.
    pub conversation_id: Option<String>,
    /// What else the script reads, in wire order.
    pub extra: HeaderList,
}

impl HandBack {
    /// How many custom headers Five9 takes on a BYE. F-18, 2026-03-20.
    pub const LIMIT: usize = five9::BYE_HEADER_LIMIT;

    /// Nothing but this action.
    pub fn new(action: HandBackAction) -> Self {
        Self { action, reason: None, conversation_id: None, extra: HeaderList::new() }
    }

    /// The same with this reason.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// The same with the id of the conversation.
    #[must_use]
    pub fn conversation_id(mut self, id: impl Into<String>) -> Self {
        self.conversation_id = Some(id.into());
        self
    }

    /// The same with another header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, HandBackError> {
        self.extra.push_str(name, value)?;
        Ok(self)
    }

    /// Reads the fields of a BYE by these names. Nothing if no field says what shall be done. Names
    /// compare without case; of a name that stands there twice the first one counts, and the rest is
    /// `extra`. What is no custom header by these names is passed over, and so is a value that is no text.
    pub fn read<'a>(
        names: &HandBackNames,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Option<Self> {
        let mut read = Fields::default();
        for (name, value) in fields {
            let Ok(name) = std::str::from_utf8(name) else { continue };
            if !names.is_custom(name) {
                continue;
            }
            let known = [
                (&names.route_type, &mut read.route_type),
                (&names.route_value, &mut read.route_value),
                (&names.reason, &mut read.reason),
                (&names.conversation_id, &mut read.conversation_id),
            ];
            let slot = known
                .into_iter()
                .find(|(known, slot)| slot.is_none() && name.eq_ignore_ascii_case(known));
            if let (Some((_, slot)), Ok(value)) = (slot, std::str::from_utf8(value)) {
                *slot = Some(value.to_owned());
            } else {
                let field = HeaderName::new(name).ok().zip(HeaderValue::unfolded(value).ok());
                // One that cannot be written again is not read either.
                let _kept = field.map(|(name, value)| read.extra.push(name, value));
            }
        }
        read.into_hand_back(names)
    }

    /// The headers of the BYE, at most `limit` of them (F-18, 2026-03-20: 10 for Five9).
    ///
    /// # Errors
    /// A value that would break the message, a name that the stack owns or that stands there twice,
    /// more headers than the limit, or more bytes than [`HandBackNames::max_bytes`].
    pub fn write(&self, names: &HandBackNames, limit: usize) -> Result<HeaderList, HandBackError> {
        let (kind, value) = names.words(&self.action);
        let mut list = HeaderList::new();
        list.push_str(&names.route_type, kind)?;
        let known = [
            (&names.route_value, value),
            (&names.reason, self.reason.as_deref()),
            (&names.conversation_id, self.conversation_id.as_deref()),
        ];
        for (name, value) in known {
            if let Some(value) = value {
                list.push_str(name, value)?;
            }
        }
        for (name, value) in self.extra.iter() {
            // Under a name that means something it would be read as that, whether it stands there or not.
            if names.has_meaning(name.as_str()) || list.get(name).is_some() {
                return Err(HandBackError::Repeated { name: name.as_str().to_owned() });
            }
            list.push(name.clone(), value.clone())?;
        }
        if list.len() > limit {
            let over = list.iter().skip(limit).map(|(name, _)| name.as_str().to_owned()).collect();
            return Err(HandBackError::TooMany { count: list.len(), limit, over });
        }
        let bytes = list
            .iter()
            .map(|(name, value)| size_on_wire(name.as_str(), value.as_bytes()))
            .fold(0, usize::saturating_add);
        if bytes > names.max_bytes {
            return Err(HandBackError::TooLong { bytes, limit: names.max_bytes });
        }
        Ok(list)
    }
}

/// What was found while reading.
#[derive(Default)]
struct Fields {
    route_type: Option<String>,
    route_value: Option<String>,
    reason: Option<String>,
    conversation_id: Option<String>,
    extra: HeaderList,
}

impl Fields {
    fn into_hand_back(self, names: &HandBackNames) -> Option<HandBack> {
        let action = names.action(self.route_type?, self.route_value);
        Some(HandBack {
            action,
            reason: self.reason,
            conversation_id: self.conversation_id,
            extra: self.extra,
        })
    }
}

/// Why a hand-back cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum HandBackError {
    /// A header of it cannot stand in a message.
    #[error(transparent)]
    Header(#[from] HeaderListError),
    /// A name stands there twice, of which the script would read one.
    #[error("the header {name} stands there twice; give one of them another name")]
    Repeated {
        /// The name.
        name: String,
    },
    /// More headers than the far side takes.
    #[error("{count} custom headers, and the far side takes {limit}: leave out {}", over.join(", "))]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many are taken.
        limit: usize,
        /// The names of those over the limit.
        over: Vec<String>,
    },
    /// More bytes than go into one datagram with the rest of a BYE.
    #[error(
        "the custom headers take {bytes} bytes, and {limit} is the limit: shorten their values"
    )]
    TooLong {
        /// How many there are.
        bytes: usize,
        /// How many fit.
        limit: usize,
    },
}

#[cfg(test)]
mod tests;

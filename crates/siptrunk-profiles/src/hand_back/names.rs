//! The names and words of a hand-back: a convention between a script and whoever calls it back.

use super::HandBackAction;

/// By which headers and words a hand-back is told. A script may read others, so they are data.
///
/// The default is what is recommended for Five9: F-16 and F-17, 2026-03.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct HandBackNames {
    /// The header that says what shall be done.
    pub route_type: String,
    /// The header that says to whom.
    pub route_value: String,
    /// The header that says why.
    pub reason: String,
    /// The header with the id of the conversation.
    pub conversation_id: String,
    /// The word for [`HandBackAction::SkillTransfer`].
    pub skill_transfer: String,
    /// The word for [`HandBackAction::PhoneTransfer`].
    pub phone_transfer: String,
    /// The word for [`HandBackAction::Hangup`].
    pub hangup: String,
    /// The word for [`HandBackAction::DispositionOnly`].
    pub disposition_only: String,
    /// How many bytes the headers may take together. Default 800: with the rest of a BYE they still go
    /// into one datagram (RFC 3261 section 18.1.1).
    pub max_bytes: usize,
}

impl Default for HandBackNames {
    fn default() -> Self {
        Self::five9()
    }
}

impl HandBackNames {
    /// What is recommended for Five9's scripts. F-16 and F-17, 2026-03.
    pub fn five9() -> Self {
        let [skill_transfer, phone_transfer, hangup, disposition_only] =
            crate::Five9::ROUTE_TYPES.map(str::to_owned);
        let [route_type, route_value, reason, conversation_id, ..] =
            crate::Five9::BYE_HEADERS.map(str::to_owned);
        Self {
            route_type,
            route_value,
            reason,
            conversation_id,
            skill_transfer,
            phone_transfer,
            hangup,
            disposition_only,
            max_bytes: 800,
        }
    }

    /// Whether a field belongs to a hand-back: its name begins with `X-`, or is one of these. F-19,
    /// 2026: vendors write `X-`; a sample of Five9 Studio does not, so any name is accepted.
    pub(super) fn is_custom(&self, name: &str) -> bool {
        name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"))
            || self.has_meaning(name)
    }

    /// Whether a field of this name says what, to whom, why or of which conversation.
    pub(super) fn has_meaning(&self, name: &str) -> bool {
        [&self.route_type, &self.route_value, &self.reason, &self.conversation_id]
            .into_iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    }

    /// The words for an action: its type and its value.
    pub(super) fn words<'a>(&'a self, action: &'a HandBackAction) -> (&'a str, Option<&'a str>) {
        match action {
            HandBackAction::SkillTransfer(skill) => (&self.skill_transfer, Some(skill)),
            HandBackAction::PhoneTransfer(number) => (&self.phone_transfer, Some(number)),
            HandBackAction::Hangup => (&self.hangup, None),
            HandBackAction::DispositionOnly(value) => (&self.disposition_only, Some(value)),
            HandBackAction::Custom(kind, value) => (kind, value.as_deref()),
        }
    }

    /// The action of these words. A known type without the value that it needs, and any other type, is
    /// [`HandBackAction::Custom`]: what it means is for the script to say.
    pub(super) fn action(&self, kind: String, value: Option<String>) -> HandBackAction {
        let is = |word: &str| kind.trim().eq_ignore_ascii_case(word);
        match value.filter(|value| !value.is_empty()) {
            Some(value) if is(&self.skill_transfer) => HandBackAction::SkillTransfer(value),
            Some(value) if is(&self.phone_transfer) => HandBackAction::PhoneTransfer(value),
            Some(value) if is(&self.disposition_only) => HandBackAction::DispositionOnly(value),
            None if is(&self.hangup) => HandBackAction::Hangup,
            value => HandBackAction::Custom(kind, value),
        }
    }
}

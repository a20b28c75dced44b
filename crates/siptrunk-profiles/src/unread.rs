//! Text that a builder was given and could not read: kept until validation, so that every problem
//! of a configuration comes at once and no builder call panics.

use std::fmt;

/// One text that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadText {
    /// The field's key below its table, as `hosts[1]`.
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) reason: String,
    pub(crate) remedy: &'static str,
}

/// The texts that the builder of one table could not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unread(Vec<UnreadText>);

impl Unread {
    pub(crate) fn push(
        &mut self,
        key: impl Into<String>,
        value: impl Into<String>,
        reason: impl fmt::Display,
        remedy: &'static str,
    ) {
        self.0.push(UnreadText {
            key: key.into(),
            value: value.into(),
            reason: reason.to_string(),
            remedy,
        });
    }

    /// The value of `text`, or nothing and a note about it.
    pub(crate) fn read<T>(
        &mut self,
        key: impl Into<String>,
        text: &impl fmt::Display,
        remedy: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = text.to_string();
        match read(&text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.push(key, text, reason, remedy);
                None
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &UnreadText> {
        self.0.iter()
    }

    /// How many elements of this list could not be read.
    pub(crate) fn count(&self, key: &str) -> usize {
        self.0.iter().filter(|unread| unread.key.split('[').next() == Some(key)).count()
    }
}

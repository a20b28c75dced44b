//! The texts of one realm, kept together.

use crate::write::needs_escape;

/// Name, opaque and nonce of a realm in one allocation: in this order, since the nonce is what
/// changes.
#[derive(Clone)]
pub(crate) struct Texts {
    all: String,
    name_ends: usize,
    opaque_ends: Option<usize>,
    /// Whether none of them needs an escape in a quoted string.
    plain: bool,
}

impl Texts {
    pub(crate) fn new(name: &str, opaque: Option<&str>, nonce: &str) -> Self {
        let parts = [name, opaque.unwrap_or_default(), nonce];
        let length = parts.iter().fold(0, |sum, part| part.len().saturating_add(sum));
        let mut all = String::with_capacity(length);
        all.push_str(name);
        let mut texts = Self { all, name_ends: name.len(), opaque_ends: None, plain: false };
        texts.set(opaque, nonce);
        texts
    }

    /// Other texts in the same realm; no allocation if they are no longer than the old ones.
    pub(crate) fn set(&mut self, opaque: Option<&str>, nonce: &str) {
        self.all.truncate(self.name_ends);
        self.opaque_ends = opaque.map(|opaque| {
            self.all.push_str(opaque);
            self.all.len()
        });
        self.all.push_str(nonce);
        self.plain = !needs_escape(self.all.as_bytes());
    }

    /// Another nonce, and all else as it was.
    pub(crate) fn set_nonce(&mut self, nonce: &str) {
        self.all.truncate(self.nonce_begins());
        self.all.push_str(nonce);
        self.plain = !needs_escape(self.all.as_bytes());
    }

    /// The realm's name.
    pub(crate) fn name(&self) -> &str {
        self.all.get(..self.name_ends).unwrap_or_default()
    }

    pub(crate) fn opaque(&self) -> Option<&str> {
        self.opaque_ends.map(|end| self.all.get(self.name_ends..end).unwrap_or_default())
    }

    pub(crate) fn nonce(&self) -> &str {
        self.all.get(self.nonce_begins()..).unwrap_or_default()
    }

    pub(crate) fn are_plain(&self) -> bool {
        self.plain
    }

    fn nonce_begins(&self) -> usize {
        self.opaque_ends.unwrap_or(self.name_ends)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(texts: &Texts) -> (&str, Option<&str>, &str, bool) {
        (texts.name(), texts.opaque(), texts.nonce(), texts.are_plain())
    }

    #[test]
    fn each_text_keeps_its_place() {
        let mut texts = Texts::new("r\u{e9}alm", Some("o"), "nonce");
        assert_eq!(said(&texts), ("r\u{e9}alm", Some("o"), "nonce", true));
        texts.set_nonce("a longer nonce");
        assert_eq!(said(&texts), ("r\u{e9}alm", Some("o"), "a longer nonce", true));
        texts.set(None, "n\"");
        assert_eq!(said(&texts), ("r\u{e9}alm", None, "n\"", false));
        texts.set(Some(""), "");
        assert_eq!(said(&texts), ("r\u{e9}alm", Some(""), "", true));
        texts.set(Some("other"), "n");
        texts.set_nonce("\\");
        assert_eq!(said(&texts), ("r\u{e9}alm", Some("other"), "\\", false));
    }
}

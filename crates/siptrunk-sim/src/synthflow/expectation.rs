//! What a Synthflow end expects of an INVITE, and how it reads one: as its published rules say.

use crate::scripted::{Header, first_uri, user_of};

/// What a Synthflow end expects in the INVITE. What is not met stands in the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expectation {
    /// X-EI tokens: prefix letter, and value; any value with `None`.
    pub x_ei: Vec<(char, Option<String>)>,
    /// Header fields by their exact spelling, and value; any value with `None`.
    pub headers: Vec<(String, Option<String>)>,
}

impl Expectation {
    /// Nothing.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// A token with this prefix and value.
    #[must_use]
    pub fn token(mut self, prefix: char, value: &str) -> Self {
        self.x_ei.push((prefix, Some(value.to_owned())));
        self
    }

    /// A token with this prefix, whatever its value.
    #[must_use]
    pub fn any_token(mut self, prefix: char) -> Self {
        self.x_ei.push((prefix, None));
        self
    }

    /// A header field of exactly this name and value.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), Some(value.to_owned())));
        self
    }

    /// A header field of exactly this name, whatever its value.
    #[must_use]
    pub fn any_header(mut self, name: &str) -> Self {
        self.headers.push((name.to_owned(), None));
        self
    }

    /// What is not met, one sentence each.
    pub(super) fn unmet(&self, headers: &[Header]) -> Vec<String> {
        let mut unmet = Vec::new();
        let tokens = x_ei(headers).map(tokens).unwrap_or_default();
        for (prefix, value) in &self.x_ei {
            let found = tokens.iter().find(|(known, _)| *known == prefix.to_string());
            match (found, value) {
                (None, _) => unmet.push(format!("X-EI has no token {prefix}.")),
                (Some((_, found)), Some(value)) if found != value => {
                    unmet.push(format!("X-EI token {prefix}. is {found}, not {value}"));
                }
                _ => {}
            }
        }
        for (name, value) in &self.headers {
            // Synthflow's variables have the header's name, in its case.
            let found = headers.iter().find(|header| header.name == *name);
            match (found, value) {
                (None, _) => unmet.push(format!("no header is spelled {name}")),
                (Some(found), Some(value)) if found.value != *value => {
                    unmet.push(format!("{name} is {}, not {value}", found.value));
                }
                _ => {}
            }
        }
        unmet
    }
}

/// The value of X-EI, as it came.
pub(super) fn x_ei(headers: &[Header]) -> Option<&str> {
    let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case("x-ei"));
    field.map(|header| header.value.as_str())
}

/// The tokens that the published pattern `(S|E|O).([^\;]+);` finds, read with a literal dot: what has
/// no `;` at its end is none.
pub(super) fn tokens(value: &str) -> Vec<(String, String)> {
    let pieces = value.split_inclusive(';').filter_map(|piece| piece.strip_suffix(';'));
    let token = |piece: &str| {
        let at = piece.find(['S', 'E', 'O'])?;
        let (prefix, rest) = piece.get(at..)?.split_at(1);
        let value = rest.strip_prefix('.').filter(|value| !value.is_empty())?;
        Some((prefix.to_owned(), value.to_owned()))
    };
    pieces.filter_map(token).collect()
}

/// Whether a header makes a variable: `^X-[A-Za-z0-9\-_]+$`. A name that begins with `x-` makes one as
/// well, under that name: names are case-sensitive.
pub(super) fn makes_variable(name: &str) -> bool {
    let rest = name.strip_prefix("X-").or_else(|| name.strip_prefix("x-"));
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(fits))
}

/// The original caller: `O.`, else the topmost Diversion, else X-Diversion.
pub(super) fn original_caller(headers: &[Header]) -> Option<String> {
    let token = x_ei(headers).map(tokens).unwrap_or_default().into_iter();
    let token = token.into_iter().find(|(prefix, _)| prefix == "O").map(|(_, value)| value);
    let diverting = |name: &str| {
        let field = headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        let uri = first_uri(field.value.as_bytes())?;
        Some(if uri.contains(':') { user_of(uri.as_bytes()) } else { uri })
    };
    token.or_else(|| diverting("Diversion")).or_else(|| diverting("X-Diversion"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_what_the_published_pattern_finds() {
        let found = |value: &str| {
            let token = |(prefix, value): (String, String)| format!("{prefix}={value}");
            tokens(value).into_iter().map(token).collect::<Vec<_>>().join(" ")
        };
        // The examples of Synthflow's pages.
        assert_eq!(found("S.abc123;E.crm456;O.+15551234567;"), "S=abc123 E=crm456 O=+15551234567");
        assert_eq!(found("E.crm456;"), "E=crm456");
        // Its troubleshooting: no final `;`, escaped twice.
        assert_eq!(found("E.crm456"), "");
        assert_eq!(found("S.abc;E.crm456"), "S=abc");
        assert_eq!(found("E.crm456%3B"), "");
        assert_eq!(found("E.;X.1;e.2;"), "");
    }

    #[test]
    fn variables_have_the_names_of_the_published_rule() {
        for (name, makes) in [
            ("X-Customer-Name", true),
            ("X-A_1", true),
            ("x-customer-name", true),
            ("X-", false),
            ("X-Call.ANI", false),
            ("Y-Customer", false),
        ] {
            assert_eq!(makes_variable(name), makes, "{name}");
        }
    }

    #[test]
    fn the_original_caller_is_the_token_then_diversion_then_x_diversion() {
        let all = [
            Header::new("X-Diversion", "+3"),
            Header::new("Diversion", "<sip:+2@x>;reason=unconditional"),
            Header::new("X-EI", "O.+1;"),
        ];
        assert_eq!(original_caller(&all).as_deref(), Some("+1"));
        assert_eq!(original_caller(&all[..2]).as_deref(), Some("+2"));
        assert_eq!(original_caller(&all[..1]).as_deref(), Some("+3"));
        assert_eq!(original_caller(&[]), None);
    }
}

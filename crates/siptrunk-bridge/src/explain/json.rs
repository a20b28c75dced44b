//! An explanation as programs read it (RFC 8259).

use std::fmt::Write;
use std::time::SystemTime;

use super::{Attempt, Explanation, Outcome};

impl Explanation {
    /// The explanation as one JSON object; `wall` in seconds since 1970 (UTC).
    pub fn to_json(&self) -> String {
        let wall = self.wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let judged = self.judged.iter().map(|route| {
            let conditions = route.conditions.iter().map(|condition| {
                object([
                    ("subject", text(&condition.subject)),
                    ("wanted", text(&condition.wanted)),
                    ("found", text(&condition.found)),
                    ("holds", condition.holds.to_string()),
                ])
            });
            object([
                ("number", route.number.to_string()),
                ("name", maybe(route.name.as_deref())),
                ("takes", route.takes.to_string()),
                ("conditions", array(conditions)),
            ])
        });
        let outcome = match &self.outcome {
            Outcome::Refused { status, why } => {
                object([("status", status.to_string()), ("why", text(why))])
            }
            Outcome::Dialled { attempts, overflow, failover } => object([
                ("attempts", array(attempts.iter().map(attempt))),
                ("overflow", array(overflow.iter().map(attempt))),
                ("failover", array(failover.iter().map(ToString::to_string))),
            ]),
        };
        object([
            ("from", text(&self.from)),
            ("caller", text(&self.caller)),
            ("dialed", text(&self.dialed)),
            ("skill", maybe(self.skill.as_deref())),
            ("user_group", maybe(self.user_group.as_deref())),
            ("wall", wall.as_secs().to_string()),
            ("routes", self.routes.to_string()),
            ("judged", array(judged)),
            ("outcome", outcome),
        ])
    }
}

fn attempt(attempt: &Attempt) -> String {
    let headers = attempt
        .headers
        .iter()
        .map(|(name, value)| object([("name", text(name)), ("value", text(value))]));
    object([
        ("trunk", text(&attempt.trunk)),
        ("request_uri", text(&attempt.request_uri)),
        ("headers", array(headers)),
        ("left_behind", array(attempt.left_behind.iter().map(|name| text(name)))),
        ("calls", attempt.calls.to_string()),
        ("max_calls", attempt.max_calls.map_or_else(|| "null".to_owned(), |max| max.to_string())),
    ])
}

fn object<const N: usize>(fields: [(&str, String); N]) -> String {
    let fields = fields.map(|(name, value)| format!("{}:{value}", text(name)));
    format!("{{{}}}", fields.join(","))
}

fn array(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(","))
}

fn maybe(value: Option<&str>) -> String {
    value.map_or_else(|| "null".to_owned(), text)
}

/// A string with every character escaped that could end it or move a terminal.
fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            character if character.is_control() => {
                // Control characters lie below U+00A0: four digits hold each.
                let _infallible = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        assert_eq!(
            text("a\"b\\c\r\u{1b}\u{9b}\u{e9}"),
            "\"a\\\"b\\\\c\\u000d\\u001b\\u009b\u{e9}\""
        );
    }
}

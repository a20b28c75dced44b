//! The classes of disagreement; `docs/parser.md` explains each.

use std::fmt;

/// One field of one input on which the two do not say the same.
#[derive(Debug)]
pub(super) struct Disagreement {
    pub(super) case: String,
    /// `message` if only one of the two reads a message at all.
    pub(super) field: &'static str,
    pub(super) ours: String,
    pub(super) theirs: String,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} | {} | ours: {} | theirs: {}", self.case, self.field, self.ours, self.theirs)
    }
}

impl Disagreement {
    /// The rule by which the input was made, or the name of the file.
    fn rule(&self) -> &str {
        match self.case.splitn(3, '/').collect::<Vec<_>>()[..] {
            [_, name, "as it is"] => name,
            [_, _, rule] => rule,
            _ => "",
        }
    }

    /// The other reads a message; to us it is none, and that is why.
    fn we_refuse(&self, kind: &str) -> bool {
        self.field == "message" && self.ours == kind
    }

    /// The other takes a header that to us is malformed.
    fn we_do_not_read(&self) -> bool {
        self.ours == "malformed" && self.theirs != "malformed"
    }
}

pub(super) struct Class {
    pub(super) name: &'static str,
    has: fn(&Disagreement) -> bool,
}

/// The first class that has it.
pub(super) fn class_of(disagreement: &Disagreement) -> Option<&'static str> {
    CLASSES.iter().find(|class| (class.has)(disagreement)).map(|class| class.name)
}

/// In the order in which they are asked; none has what another has.
pub(super) const CLASSES: &[Class] = &[
    Class {
        name: "nul-in-value",
        has: |it| it.rule().starts_with("NUL in the value of ") && it.we_refuse("field"),
    },
    Class {
        name: "another-version",
        has: |it| {
            let rules = ["start line: version 3.0", "start line: version 2.00", "badvers"];
            let refused = it.we_refuse("version") || it.we_refuse("start-line");
            refused && (rules.contains(&it.rule()) || it.rule() == "start line: another protocol")
        },
    },
    Class {
        name: "header-twice",
        has: |it| {
            (it.rule().starts_with("twice ") || it.rule() == "multi01") && it.we_do_not_read()
        },
    },
    Class {
        name: "octets-outside-the-grammar",
        has: |it| {
            let rules = ["BEL in the value of ", "FF in the value of "];
            rules.iter().any(|rule| it.rule().starts_with(rule)) && it.we_do_not_read()
        },
    },
    Class {
        name: "call-id-is-a-word",
        has: |it| {
            let rules = ["Call-ID: ", "comma at the end of ", "semicolon at the end of "];
            let is_rule = rules.iter().any(|rule| it.rule().starts_with(rule));
            is_rule && it.field == "call-id" && it.we_do_not_read()
        },
    },
    Class {
        name: "quoted-tag",
        has: |it| it.rule() == "From: a quoted tag" && it.field == "from-tag",
    },
    Class {
        name: "cseq-of-32-bits",
        has: |it| it.rule() == "CSeq: 32 bits" && it.field == "cseq" && it.theirs == "malformed",
    },
];

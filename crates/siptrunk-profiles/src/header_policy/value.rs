//! What an added header says: words of one's own, or something that the INVITE says of its call.

use std::fmt;
use std::str::FromStr;

use siptrunk_xei::{CallContext, OriginalSource};

use crate::CallFact;

/// The value of a header that a policy adds. As text: `{caller}` and the other facts, `{original}`,
/// `{header:X-Name}`, or anything else for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ContextValue {
    /// These words.
    Text(String),
    /// A fact that the far side told, under whichever of its names.
    Fact(CallFact),
    /// The original caller: of X-EI, Diversion, X-Diversion in the default order.
    Original,
    /// The value of the first `X-` header of this name, without regard to case; one that does not pass
    /// by itself may be named.
    Header(String),
}

impl ContextValue {
    /// The value for this call; nothing if the call's context does not have it.
    pub(super) fn of<'a, 'f: 'a>(&'a self, context: &CallContext<'f>) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text.as_bytes()),
            Self::Fact(fact) => fact.of(context).map(|variable| variable.value()),
            Self::Original => context
                .original_caller(&OriginalSource::DEFAULT_ORDER, context.diversion())
                .map(|original| original.value.as_bytes()),
            Self::Header(name) => {
                context.first_of([name.as_str()]).map(|variable| variable.value())
            }
        }
    }
}

impl FromStr for ContextValue {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(word) = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            return Ok(Self::Text(text.to_owned()));
        };
        if let Some(name) = word.strip_prefix("header:") {
            return Ok(Self::Header(name.to_owned()));
        }
        if word == "original" {
            return Ok(Self::Original);
        }
        let fact = CallFact::ALL.into_iter().find(|fact| fact.as_str() == word);
        fact.map(Self::Fact).ok_or_else(|| {
            let facts = CallFact::ALL.map(|fact| format!("{{{}}}", fact.as_str())).join(", ");
            format!("one of {facts}, {{original}}, {{header:X-Name}} stands in braces")
        })
    }
}

/// As it is read.
impl fmt::Display for ContextValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Fact(fact) => write!(f, "{{{}}}", fact.as_str()),
            Self::Original => f.write_str("{original}"),
            Self::Header(name) => write!(f, "{{header:{name}}}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_read_as_it_is_written() {
        let mut values = vec![
            ContextValue::Text("plain {words}".to_owned()),
            ContextValue::Text(String::new()),
            ContextValue::Original,
            ContextValue::Header("X-Name".to_owned()),
        ];
        values.extend(CallFact::ALL.map(ContextValue::Fact));
        for value in values {
            assert_eq!(value.to_string().parse(), Ok(value));
        }
        assert!("{skill}".parse::<ContextValue>().is_err());
    }
}

//! Call-ID (RFC 3261 20.8): `word [ "@" word ]`, compared with case.

use nom::IResult;
use nom::Parser;
use nom::bytes::complete::take_while1;

use super::bricks::word_header;
use crate::grammar::{At, ascii, fail, is_word};

word_header! {
    /// The Call-ID, compared with case.
    #[derive(PartialOrd, Ord)]
    CallId(&'a str) = CALL_ID;
    list: false, may_be_empty: false, grammar: call_id;
    /// The text.
    as_str
}

pub(super) fn call_id(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (rest, _) = word(input)?;
    let rest = match rest.split_first() {
        Some((b'@', after)) => word(after)?.0,
        _ => rest,
    };
    let (id, _) = input.split_at(input.len().saturating_sub(rest.len()));
    Ok((rest, ascii(id)))
}

fn word(input: &[u8]) -> IResult<&[u8], &[u8], At<'_>> {
    take_while1(is_word).parse(input).or_else(|_: nom::Err<At<'_>>| fail(input, "expected a word"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

    #[test]
    fn words_and_one_at() {
        let (id, rest) =
            CallId::parse(b"f81d4fae-7dec-11d0-a765-00a0c91e6bf6@foo.bar.com").unwrap();
        assert_eq!((id.as_str().len(), rest), (48, &b""[..]));
        assert!(CallId::parse(b"(.!%*_+`'~)-:\\\"/[]?{}<>").is_ok_and(|(_, rest)| rest.is_empty()));
        for text in ["", "@a", "a@", " a", ";"] {
            assert!(CallId::parse(text.as_bytes()).is_err(), "{text:?}");
        }
        // What does not belong to it is left for the caller to refuse.
        for text in ["a b", "a@b@c", "a;b", "a,b"] {
            assert!(
                CallId::parse(text.as_bytes()).is_ok_and(|(_, rest)| !rest.is_empty()),
                "{text:?}"
            );
        }
    }
}

//! What Server and User-Agent are made of (RFC 3261 25.1 `server-val`): `product [ "/" version ]` and comments.

use nom::IResult;

use crate::grammar::{At, ascii, comment, fail, skip_lws, token};

/// A part of Server or User-Agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Product<'a> {
    /// A product and perhaps its version: `Homer/5.2`.
    Named {
        /// The product's name.
        name: &'a str,
        /// Its version, if written.
        version: Option<&'a str>,
    },
    /// A comment with its parentheses. Comments nest.
    Comment(&'a str),
}

/// `server-val *( LWS server-val )`: the text of all.
pub(super) fn products(input: &[u8]) -> IResult<&[u8], &str, At<'_>> {
    let (mut end, _) = product(input)?;
    loop {
        let next = skip_lws(end);
        // What does not begin a product after whitespace is left for the caller to refuse.
        if next.len() == end.len() || next.is_empty() {
            break;
        }
        (end, _) = product(next)?;
    }
    let (text, _) = input.split_at(input.len().saturating_sub(end.len()));
    match std::str::from_utf8(text) {
        Ok(text) => Ok((end, text)),
        Err(_) => fail(input, "a comment is not UTF-8"),
    }
}

/// The parts of a text that [`products`] has read.
pub(super) fn iter(text: &str) -> impl Iterator<Item = Product<'_>> + use<'_> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (after, product) = product(skip_lws(rest)).ok()?;
        rest = after;
        Some(product)
    })
}

fn product(input: &[u8]) -> IResult<&[u8], Product<'_>, At<'_>> {
    if input.first() == Some(&b'(') {
        let (rest, text) = comment(input)?;
        // Not UTF-8 is found by `products`, which has the whole text.
        return Ok((rest, Product::Comment(ascii(text))));
    }
    let Ok((rest, name)) = token(input) else {
        return fail(input, "expected a product or a comment");
    };
    let [b'/', after @ ..] = skip_lws(rest) else {
        return Ok((rest, Product::Named { name, version: None }));
    };
    let (rest, version) = token(skip_lws(after))?;
    Ok((rest, Product::Named { name, version: Some(version) }))
}

/// A header that names software.
macro_rules! product_header {
    ($(#[$about:meta])* $header:ident = $name:ident) => {
        $crate::header::bricks::word_header! {
            $(#[$about])*
            $header(&'a str) = $name;
            list: false, may_be_empty: false, grammar: $crate::header::product::products;
            /// The whole text as written.
            as_str
        }

        impl<'a> $header<'a> {
            /// The products and comments in order.
            pub fn products(&self) -> impl Iterator<Item = $crate::header::Product<'a>> + use<'a> {
                $crate::header::product::iter(self.0)
            }
        }
    };
}
pub(super) use product_header;

//! X-EI and encoded components: tokens, escapes, what is forgiven.

use siptrunk::xei::{XEi, decode_uri_component, encode_uri_component};

use crate::shape::{Shape, shape};

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("X-EI tokens", ["", "X.a;", ""], tokens),
    shape("X-EI tokens of a kind", ["", "E.a;", ""], tokens),
    shape("X-EI forgiven", ["", "E;\r\n ", ""], forgiven),
    shape("X-EI without an end", ["E.", "a", ""], value),
    shape("URI component", ["", "%41", ""], decoded),
    shape("URI component to write", ["", "\t", ""], encoded),
];

fn tokens(octets: &[u8]) -> usize {
    XEi::parse_with(octets, usize::MAX).expect("the shape is X-EI").tokens().count()
}

fn forgiven(octets: &[u8]) -> usize {
    let x_ei = XEi::parse_with(octets, usize::MAX).expect("the shape is X-EI");
    x_ei.forgiven().count()
}

fn value(octets: &[u8]) -> usize {
    let x_ei = XEi::parse_with(octets, usize::MAX).expect("the shape is X-EI");
    x_ei.external_id().or_else(|| x_ei.call_id()).expect("a value").len()
}

fn decoded(octets: &[u8]) -> usize {
    decode_uri_component(octets).expect("the shape is encoded").len()
}

fn encoded(octets: &[u8]) -> usize {
    encode_uri_component(octets).to_string().len()
}

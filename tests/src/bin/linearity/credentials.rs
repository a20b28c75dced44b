//! Challenges, credentials and what follows them: parameters, quoted pairs, lists.

use siptrunk::digest::{AuthenticationInfo, Challenge, Credentials, Limits};

use crate::shape::{Shape, shape};

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("challenge parameters", ["Digest realm=\"a\",nonce=\"b\"", ",a=b", ""], challenge),
    shape("challenge, quoted pairs", ["Digest nonce=\"b\",realm=\"", "\\\"", "\""], realm),
    shape("challenge, qualities", ["Digest realm=\"a\",nonce=\"b\",qop=\"auth", ",a", "\""], challenge),
    shape("challenge, domains", ["Digest realm=\"a\",nonce=\"b\",domain=\"", "a: ", "\""], domains),
    shape("credentials parameters", ["Digest username=a,realm=a,nonce=b,uri=\"c\",response=\"d\"", ",a=\"b\"", ""], credentials),
    shape("credentials, commas", ["Digest username=a,realm=a,nonce=b,uri=\"c\",response=\"d\"", ", ", ""], credentials),
    shape("authentication info", ["nextnonce=\"", "\\a", "\""], info),
];

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.value_bytes = usize::MAX;
    limits.parameters = usize::MAX;
    limits
}

fn parse(octets: &[u8]) -> Challenge<'_> {
    Challenge::parse_with(octets, &limits()).expect("the shape is a challenge")
}

fn challenge(octets: &[u8]) -> usize {
    parse(octets).to_string().len()
}

fn realm(octets: &[u8]) -> usize {
    parse(octets).realm().len()
}

fn domains(octets: &[u8]) -> usize {
    parse(octets).domain().count()
}

fn credentials(octets: &[u8]) -> usize {
    Credentials::parse_with(octets, &limits()).expect("the shape is credentials").to_string().len()
}

fn info(octets: &[u8]) -> usize {
    let info = AuthenticationInfo::parse_with(octets, &limits()).expect("the shape is one");
    info.next_nonce().expect("a nonce").len()
}

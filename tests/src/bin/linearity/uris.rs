//! URIs: parameters, headers, escapes, numbers; read and compared with themselves.

use siptrunk::message::Uri;

use crate::shape::{Shape, shape};

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("URI parameters", ["sip:a@b", ";a=b", ""], params),
    shape("URI headers", ["sip:a@b?a=b", "&a=b", ""], headers),
    shape("URI escapes", ["sip:", "%41", "@b"], user),
    shape("a URI's user", ["sip:", "a", "@b"], user),
    shape("a URI's password", ["sip:a:", "b", "@b"], whole),
    shape("URIs compared, parameters", ["sip:a@b", ";a=b", ""], compared),
    shape("URIs compared, headers", ["sip:a@b?a=b", "&a=b", ""], compared),
    shape("URIs compared, escapes", ["sip:", "%41", "@b"], compared),
    shape("tel numbers", ["tel:+1", "-2", ""], whole),
    shape("tel parameters", ["tel:+1", ";a=b", ""], whole),
    shape("tel numbers compared", ["tel:+1", "-2", ""], compared),
    shape("a URI of another scheme", ["http:", "a/", ""], whole),
];

fn parse(octets: &[u8]) -> Uri<'_> {
    Uri::parse(octets).expect("the shape is a URI")
}

fn params(octets: &[u8]) -> usize {
    parse(octets).as_sip().expect("a SIP URI").params().count()
}

fn headers(octets: &[u8]) -> usize {
    parse(octets).as_sip().expect("a SIP URI").headers().count()
}

fn user(octets: &[u8]) -> usize {
    parse(octets).user().expect("a user").len()
}

fn whole(octets: &[u8]) -> usize {
    parse(octets).as_str().len()
}

/// Where the work is bounded, two URIs with more than that are taken for different ones.
fn compared(octets: &[u8]) -> usize {
    let uri = parse(octets);
    std::hint::black_box(uri.equivalent(&uri));
    octets.len()
}

//! Multipart bodies and fragments: many parts, almost-boundaries, many fields.

use bytes::Bytes;
use siptrunk::message::{ContentType, Header, Limits, Multipart, SipFrag};

use crate::shape::{Shape, shape};

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("parts", ["--b\r\n\r\n", "a\r\n--b\r\n\r\n", "\r\n--b--"], parts),
    shape("parts without anything", ["--b\r\n\r\n", "\r\n--b\r\n\r\n", "\r\n--b--"], parts),
    shape("boundaries that are none", ["--b\r\n\r\n", "\r\n--bb", "\r\n--b--"], octets_of_parts),
    shape("boundaries that do not end", ["--b\r\n\r\n", "\r\n--b x", "\r\n--b--"], octets_of_parts),
    shape("line ends in a part", ["--b\r\n\r\n", "\r\n-", "\r\n--b--"], octets_of_parts),
    shape("fields of a part", ["--b\r\n", "a:b\r\n", "\r\n\r\n--b--"], fields),
    shape("fields of a fragment", ["SIP/2.0 200 OK\r\n", "a:b\r\n", ""], fragment),
];

fn limits() -> Limits {
    Limits { headers: usize::MAX, parts: usize::MAX, part_headers: usize::MAX, ..Limits::default() }
}

fn parse(octets: &[u8]) -> Multipart {
    let (content_type, _) = ContentType::parse(b"multipart/mixed;boundary=b").expect("a type");
    let body = Bytes::copy_from_slice(octets);
    Multipart::parse(&content_type, &body, &limits()).expect("the shape is of parts")
}

fn parts(octets: &[u8]) -> usize {
    parse(octets).parts().len()
}

fn octets_of_parts(octets: &[u8]) -> usize {
    parse(octets).parts().iter().map(|part| part.body().len()).sum()
}

fn fields(octets: &[u8]) -> usize {
    parse(octets).parts().iter().map(|part| part.headers().len()).sum()
}

fn fragment(octets: &[u8]) -> usize {
    SipFrag::parse(octets, &limits()).expect("the shape is a fragment").headers().len()
}

//! Messages: many fields, folds, lists, parameters, quotes, comments, Vias; read as types, shown, and copied.

use bytes::Bytes;
use siptrunk::message::{
    Contact, Limits, Message, Reason, RequestBuilder, RetryAfter, Supported, Via, Warning, explain,
};

use crate::shape::{Shape, shape};

const START: &str = "OPTIONS sip:a SIP/2.0\r\n";

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("fields", [START, "X-Name: value\r\n", "\r\n"], fields),
    shape("fields of one octet", [START, "a:\r\n", "\r\n"], fields),
    shape("fields by their compact names", [START, "v:a\r\n", "\r\n"], fields),
    shape("fields shown", [START, "Subject: value\r\n", "\r\n"], shown),
    shape("fields copied", [START, "Subject: value\r\n", "\r\n"], copied),
    shape("folds", ["OPTIONS sip:a SIP/2.0\r\nSupported: a", ",\r\n a", "\r\n\r\n"], all::<Supported<'_>>),
    shape("folds with nothing between", ["OPTIONS sip:a SIP/2.0\r\nSupported: a", "\r\n \t", ",b\r\n\r\n"], folded),
    shape("commas", ["OPTIONS sip:a SIP/2.0\r\nSupported: a", ",a", "\r\n\r\n"], all::<Supported<'_>>),
    shape("whitespace", ["OPTIONS sip:a SIP/2.0\r\nSupported: a", " ", ",b\r\n\r\n"], folded),
    shape("Via fields", [START, "Via: SIP/2.0/UDP h\r\n", "\r\n"], all::<Via<'_>>),
    shape("Via values", ["OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h", ",SIP/2.0/UDP h", "\r\n\r\n"], all::<Via<'_>>),
    shape("Via parameters", ["OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h", ";a=b", "\r\n\r\n"], via_params),
    shape("Via parameters with quotes", ["OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h", ";a=\"b\\\"\"", "\r\n\r\n"], via_params),
    shape("contacts", ["OPTIONS sip:a SIP/2.0\r\nContact: <sip:a>", ",<sip:a>;q=1", "\r\n\r\n"], contacts),
    shape("quoted pairs of a display name", ["OPTIONS sip:a SIP/2.0\r\nContact: \"", "\\\"", "\" <sip:a>\r\n\r\n"], display_name),
    shape("words of a display name", ["OPTIONS sip:a SIP/2.0\r\nContact: ", "a ", "<sip:a>\r\n\r\n"], display_name),
    shape("a display name without an end", ["OPTIONS sip:a SIP/2.0\r\nContact: ", "\"a\\\",", "\r\n\r\n"], contact_errors),
    shape("parameters of a Contact", ["OPTIONS sip:a SIP/2.0\r\nContact: sip:a", ";a", "\r\n\r\n"], contact_params),
    shape("angle brackets", ["OPTIONS sip:a SIP/2.0\r\nContact: ", "<", "\r\n\r\n"], contact_errors),
    shape("comments that nest", ["OPTIONS sip:a SIP/2.0\r\nRetry-After: 1 ((", "()", "))\r\n\r\n"], comment),
    shape("comments that do not end", ["OPTIONS sip:a SIP/2.0\r\nRetry-After: 1 ", "(", "\r\n\r\n"], comment_error),
    shape("quoted pairs of a comment", ["OPTIONS sip:a SIP/2.0\r\nRetry-After: 1 (", "\\)", ")\r\n\r\n"], comment),
    shape("warnings", ["OPTIONS sip:a SIP/2.0\r\nWarning: 399 a \"b\"", ",399 a \"b\"", "\r\n\r\n"], all::<Warning<'_>>),
    shape("reasons", ["OPTIONS sip:a SIP/2.0\r\nReason: SIP;cause=200", ",SIP;cause=200;text=\"a\"", "\r\n\r\n"], all::<Reason<'_>>),
    shape("a method", ["", "A", " sip:a SIP/2.0\r\n\r\n"], method),
    shape("a reason phrase", ["SIP/2.0 200 ", "a", "\r\n\r\n"], reason),
];

fn parse(octets: &[u8]) -> Message {
    let limits = Limits {
        message: Limits::MAX_MESSAGE,
        headers: usize::MAX,
        line: usize::MAX,
        vias: usize::MAX,
        params: usize::MAX,
        ..Limits::default()
    };
    Message::parse(Bytes::copy_from_slice(octets), &limits).expect("the shape is a message")
}

fn fields(octets: &[u8]) -> usize {
    parse(octets).headers().iter().filter(|field| field.line().len() > 1).count()
}

fn shown(octets: &[u8]) -> usize {
    explain(&parse(octets)).to_string().len()
}

fn copied(octets: &[u8]) -> usize {
    match parse(octets) {
        Message::Request(request) => {
            let copy = RequestBuilder::from_request(&request).build("SIP/2.0/UDP h");
            copy.expect("it can be written").headers().len()
        }
        Message::Response(_) => 0,
    }
}

/// A list header whose elements may borrow from the message.
trait Counted {
    fn count(message: &Message) -> usize;
}

macro_rules! counted {
    ($($type:ident)*) => {$(
        impl Counted for $type<'_> {
            fn count(message: &Message) -> usize {
                message.headers().all::<$type<'_>>().flatten().count()
            }
        }
    )*};
}
counted!(Supported Via Warning Reason Contact);

fn all<H: Counted>(octets: &[u8]) -> usize {
    H::count(&parse(octets))
}

/// Two elements, far apart.
fn folded(octets: &[u8]) -> usize {
    assert_eq!(all::<Supported<'_>>(octets), 2);
    octets.len()
}

fn via_params(octets: &[u8]) -> usize {
    let message = parse(octets);
    let via = message.headers().top_via().expect("a Via").expect("it is there");
    via.params().iter().count()
}

fn contacts(octets: &[u8]) -> usize {
    parse(octets).headers().contacts().flatten().count()
}

fn display_name(octets: &[u8]) -> usize {
    let message = parse(octets);
    let contact = message.headers().contact().expect("a Contact").expect("it is there");
    contact.display_name().expect("it has a name").len()
}

/// One element that cannot be read; the message can.
fn contact_errors(octets: &[u8]) -> usize {
    assert_eq!(parse(octets).headers().contacts().filter(Result::is_err).count(), 1);
    octets.len()
}

fn contact_params(octets: &[u8]) -> usize {
    let message = parse(octets);
    let contact = message.headers().contact().expect("a Contact").expect("it is there");
    contact.params().iter().count()
}

fn comment(octets: &[u8]) -> usize {
    parse(octets).headers().require::<RetryAfter<'_>>().expect("it can be read");
    octets.len()
}

fn comment_error(octets: &[u8]) -> usize {
    assert!(parse(octets).headers().require::<RetryAfter<'_>>().is_err());
    octets.len()
}

fn method(octets: &[u8]) -> usize {
    match parse(octets) {
        Message::Request(request) => request.method().as_str().len(),
        Message::Response(_) => 0,
    }
}

fn reason(octets: &[u8]) -> usize {
    match parse(octets) {
        Message::Request(_) => 0,
        Message::Response(response) => response.reason().len(),
    }
}

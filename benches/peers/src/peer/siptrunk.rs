//! Ours.

use bytes::Bytes;
use siptrunk_message::{
    Body, CSeq, Field, HeaderName, HeaderValue, Index, Limits, Message, Method, NameAddr, Request,
    RequestBuilder, RequestWriter, Via,
};

use super::{Facts, Peer};
use crate::leg_b;

/// siptrunk-message.
#[derive(Debug)]
pub struct Siptrunk;

impl Siptrunk {
    /// [`Peer::parse`] into the index of a message that is no longer needed.
    pub fn parse_into(bytes: &Bytes, index: Index) -> Message {
        Message::parse_with(bytes.clone(), &Limits::default(), index).expect("the INVITE parses")
    }

    /// [`Peer::rewrite`] with the index of a message that is no longer needed.
    pub fn rewrite_into(message: &Message, index: Index) -> Request {
        let request = invite(message);
        let octets = octets_of_leg_b(request);
        let mut out = RequestWriter::with_index(Method::INVITE, leg_b::URI, octets, index)
            .expect("the URI is one");
        for (name, value) in &OWN {
            out.append_bytes(name, value.as_bytes()).expect("the values have no line ends");
        }
        for field in request.headers().iter().filter(is_copied) {
            out.copy(field).expect("the fields have no NUL");
        }
        out.finish(request.body()).expect("the message is small")
    }

    /// The same by way of a [`RequestBuilder`], which keeps the request to write it again for another target or with
    /// credentials. This is how the user agent sends.
    pub fn rewrite_template(message: &Message) -> Request {
        let request = invite(message);
        let template = RequestBuilder::new(Method::INVITE, leg_b::URI)
            .append(&HeaderName::MAX_FORWARDS, leg_b::MAX_FORWARDS)
            .append(&HeaderName::FROM, leg_b::FROM)
            .append(&HeaderName::TO, leg_b::TO)
            .append(&HeaderName::CALL_ID, leg_b::CALL_ID)
            .append(&HeaderName::CSEQ, leg_b::CSEQ)
            .append(&HeaderName::CONTACT, leg_b::CONTACT);
        let content_type = request.headers().raw(&HeaderName::CONTENT_TYPE).expect("a type");
        let content_type = HeaderValue::new(content_type).expect("the value has no line ends");
        let body = Body { content_type, bytes: request.body_bytes() };
        request
            .headers()
            .iter()
            .filter(is_carried)
            .fold(template, RequestBuilder::copy)
            .body(&body)
            .build(leg_b::VIA)
            .expect("nothing in it breaks a line")
    }
}

/// Leg B's own fields.
static OWN: [(HeaderName, &str); 7] = [
    (HeaderName::VIA, leg_b::VIA),
    (HeaderName::MAX_FORWARDS, leg_b::MAX_FORWARDS),
    (HeaderName::FROM, leg_b::FROM),
    (HeaderName::TO, leg_b::TO),
    (HeaderName::CALL_ID, leg_b::CALL_ID),
    (HeaderName::CSEQ, leg_b::CSEQ),
    (HeaderName::CONTACT, leg_b::CONTACT),
];

fn invite(message: &Message) -> &Request {
    let Message::Request(request) = message else { panic!("an INVITE is a request") };
    request
}

/// How long leg B's INVITE will be, so that it is written into one block that neither grows nor shrinks.
fn octets_of_leg_b(leg_a: &Request) -> usize {
    let own: usize = OWN.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    let copied = |field: &Field<'_>| is_copied(field) || field.is(&HeaderName::CONTENT_LENGTH);
    let fields = leg_a.headers().iter().filter(copied);
    let copied: usize = fields.map(|field| field.line().len()).sum();
    let start_line = "INVITE  SIP/2.0\r\n".len() + leg_b::URI.len();
    start_line + own + copied + "\r\n".len() + leg_a.body().len()
}

/// Carried fields, and those that go with the body; the writer itself adds Content-Length.
fn is_copied(field: &Field<'_>) -> bool {
    is_carried(field) || field.is(&HeaderName::CONTENT_TYPE)
}

fn is_carried(field: &Field<'_>) -> bool {
    if field.is_known() {
        field.is(&HeaderName::DIVERSION)
    } else {
        matches!(field.raw_name(), [b'X' | b'x', b'-', ..])
    }
}

/// A request whose octets are the message.
#[derive(Debug)]
pub struct Octets(Request);

impl AsRef<[u8]> for Octets {
    fn as_ref(&self) -> &[u8] {
        self.0.bytes()
    }
}

impl Peer for Siptrunk {
    const NAME: &'static str = "siptrunk-message";
    type Message = Message;
    type Typed<'a> = (Via<'a>, NameAddr<'a>, NameAddr<'a>, &'a str, CSeq, NameAddr<'a>);
    type Written = Octets;

    fn parse(bytes: &Bytes) -> Message {
        Self::parse_into(bytes, Index::new())
    }

    fn typed(message: &Message) -> Self::Typed<'_> {
        let headers = message.headers();
        (
            headers.top_via().expect("Via reads").expect("a Via"),
            headers.from().expect("From reads").expect("a From"),
            headers.to().expect("To reads").expect("a To"),
            headers.call_id().expect("Call-ID reads").expect("a Call-ID"),
            headers.cseq().expect("CSeq reads").expect("a CSeq"),
            headers.contact().expect("Contact reads").expect("a Contact"),
        )
    }

    fn rewrite(message: &Message) -> Octets {
        Octets(Self::rewrite_into(message, Index::new()))
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        Facts {
            branch: via.branch().expect("a branch").to_owned(),
            from_tag: from.tag().expect("a tag").to_owned(),
            to_tag: to.tag().map(str::to_owned),
            call_id: (*call_id).to_owned(),
            sequence: cseq.number,
            contact_user: contact.uri().user().expect("a user").into_owned(),
        }
    }
}

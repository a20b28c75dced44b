//! sipx-sip: slices of the datagram, typed when asked for.

use bytes::Bytes;
use sipx_sip::headers::{Contact, From, To};
use sipx_sip::{
    CSeq, CallId, Header, HeaderName, Limits, Message, Request, Uri, Via, parse_datagram,
};

use super::{Facts, Peer};
use crate::leg_b;

/// sipx-sip 1.0.
#[derive(Debug)]
pub struct Sipx;

impl Peer for Sipx {
    const NAME: &'static str = "sipx-sip";
    type Message = Message;
    type Typed<'a> = (Via, From, To, CallId, CSeq, Contact);
    type Written = Vec<u8>;

    fn parse(bytes: &Bytes) -> Message {
        parse_datagram(bytes.clone(), &Limits::default()).expect("sipx parses the INVITE")
    }

    fn typed(message: &Message) -> Self::Typed<'_> {
        let headers = message.headers();
        (
            headers.typed().expect("a Via").expect("Via reads"),
            headers.typed().expect("a From").expect("From reads"),
            headers.typed().expect("a To").expect("To reads"),
            headers.typed().expect("a Call-ID").expect("Call-ID reads"),
            headers.typed().expect("a CSeq").expect("CSeq reads"),
            headers.typed().expect("a Contact").expect("Contact reads"),
        )
    }

    fn rewrite(message: &Message) -> Vec<u8> {
        let Message::Request(leg_a) = message else { panic!("an INVITE is a request") };
        let uri = Uri::parse(Bytes::from_static(leg_b::URI.as_bytes())).expect("the URI is one");
        let mut request = Request::new(leg_a.method.clone(), uri);
        let own = [
            (HeaderName::Via, leg_b::VIA),
            (HeaderName::MaxForwards, leg_b::MAX_FORWARDS),
            (HeaderName::From, leg_b::FROM),
            (HeaderName::To, leg_b::TO),
            (HeaderName::CallId, leg_b::CALL_ID),
            (HeaderName::CSeq, leg_b::CSEQ),
            (HeaderName::Contact, leg_b::CONTACT),
        ];
        for (name, value) in own {
            let value = Bytes::from_static(value.as_bytes());
            request.headers.push(Header::build(name, value).expect("the values have no line ends"));
        }
        for header in leg_a.headers.iter().filter(|header| is_carried(header)) {
            request.headers.push(header.clone());
        }
        request.set_body(leg_a.body().clone());
        let mut out = Vec::with_capacity(2048);
        request.write_to(&mut out);
        out
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).expect("the value is text");
        Facts {
            branch: text(via.branch().expect("a branch")),
            from_tag: text(from.tag().expect("a tag")),
            to_tag: to.tag().map(text),
            call_id: text(call_id.0.as_ref()),
            sequence: cseq.sequence,
            contact_user: text(contact.uri.user().expect("a user")),
        }
    }
}

fn is_carried(header: &Header) -> bool {
    match header.name() {
        HeaderName::ContentType | HeaderName::ContentLength => true,
        HeaderName::Other(name) => name == "Diversion" || name.starts_with(b"X-"),
        _ => false,
    }
}

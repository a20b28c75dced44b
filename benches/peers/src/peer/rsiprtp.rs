//! rsiprtp: `String`s, typed when asked for. Its own wrapper types give single fields; this is the parser below them.

use bytes::Bytes;
use rsiprtp::sip::parser::typed::{CSeq, Contact, From, To, Via};
use rsiprtp::sip::parser::{Header, Headers, Message, Request};

use super::{Facts, Peer};
use crate::leg_b;

/// rsiprtp 0.4.
#[derive(Debug)]
pub struct Rsiprtp;

impl Peer for Rsiprtp {
    const NAME: &'static str = "rsiprtp";
    type Message = Message;
    type Typed<'a> = (Via, From, To, &'a str, CSeq, Contact);
    type Written = Vec<u8>;

    fn parse(bytes: &Bytes) -> Message {
        Message::parse(bytes).expect("rsiprtp parses the INVITE")
    }

    fn typed(message: &Message) -> Self::Typed<'_> {
        let headers = &request(message).headers;
        let first = |name| headers.get_first(name).expect("the header is there");
        (
            first("Via").typed_via().expect("a Via").expect("Via reads"),
            first("From").typed_from().expect("a From").expect("From reads"),
            first("To").typed_to().expect("a To").expect("To reads"),
            headers.get_first_value("Call-ID").expect("Call-ID reads"),
            first("CSeq").typed_cseq().expect("a CSeq").expect("CSeq reads"),
            first("Contact").typed_contact().expect("a Contact").expect("Contact reads"),
        )
    }

    fn rewrite(message: &Message) -> Vec<u8> {
        let leg_a = request(message);
        let mut headers = Headers::new();
        let own = [
            ("Via", leg_b::VIA),
            ("Max-Forwards", leg_b::MAX_FORWARDS),
            ("From", leg_b::FROM),
            ("To", leg_b::TO),
            ("Call-ID", leg_b::CALL_ID),
            ("CSeq", leg_b::CSEQ),
            ("Contact", leg_b::CONTACT),
        ];
        for (name, value) in own {
            let header = Header::parse_line(&format!("{name}: {value}")).expect("a header");
            headers.push(header).expect("there is room");
        }
        for header in leg_a.headers.iter().filter(|header| is_carried(header)) {
            headers.push(header.clone()).expect("there is room");
        }
        Request {
            method: leg_a.method.clone(),
            uri: leg_b::URI.to_owned(),
            version: leg_a.version.clone(),
            headers,
            body: leg_a.body.clone(),
        }
        .to_bytes()
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        let Contact::Addr(contact) = contact else { panic!("an address") };
        Facts {
            branch: via.branch().expect("a branch").to_owned(),
            from_tag: from.tag().expect("a tag").to_owned(),
            to_tag: to.tag().map(str::to_owned),
            call_id: (*call_id).to_owned(),
            sequence: cseq.seq,
            contact_user: contact.uri.user().expect("a user").to_owned(),
        }
    }
}

fn request(message: &Message) -> &Request {
    let Message::Request(request) = message else { panic!("an INVITE is a request") };
    request
}

fn is_carried(header: &Header) -> bool {
    let name = header.name();
    name.starts_with("X-")
        || ["Diversion", "Content-Type", "Content-Length"].contains(&name.as_ref())
}

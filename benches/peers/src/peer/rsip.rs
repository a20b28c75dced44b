//! rsip: an enum of headers that hold `String`s.

use bytes::Bytes;
use rsip::prelude::{HeadersExt, ToTypedHeader, UntypedHeader};
use rsip::{Header, Headers, Request, SipMessage, headers, param, typed};

use super::{Facts, Peer};
use crate::leg_b;

/// rsip 0.4.
#[derive(Debug)]
pub struct Rsip;

impl Peer for Rsip {
    const NAME: &'static str = "rsip";
    type Message = SipMessage;
    type Typed<'a> =
        (typed::Via, typed::From, typed::To, &'a headers::CallId, typed::CSeq, typed::Contact);
    type Written = Vec<u8>;

    fn parse(bytes: &Bytes) -> SipMessage {
        SipMessage::try_from(&bytes[..]).expect("rsip parses the INVITE")
    }

    fn typed(message: &SipMessage) -> Self::Typed<'_> {
        (
            message.via_header().and_then(ToTypedHeader::typed).expect("Via reads"),
            message.from_header().and_then(ToTypedHeader::typed).expect("From reads"),
            message.to_header().and_then(ToTypedHeader::typed).expect("To reads"),
            message.call_id_header().expect("Call-ID reads"),
            message.cseq_header().and_then(ToTypedHeader::typed).expect("CSeq reads"),
            message.contact_header().and_then(ToTypedHeader::typed).expect("Contact reads"),
        )
    }

    fn rewrite(message: &SipMessage) -> Vec<u8> {
        let SipMessage::Request(request) = message else { panic!("an INVITE is a request") };
        let mut fields = Vec::with_capacity(16);
        fields.extend([
            Header::Via(leg_b::VIA.into()),
            Header::MaxForwards(leg_b::MAX_FORWARDS.into()),
            Header::From(leg_b::FROM.into()),
            Header::To(leg_b::TO.into()),
            Header::CallId(leg_b::CALL_ID.into()),
            Header::CSeq(leg_b::CSEQ.into()),
            Header::Contact(leg_b::CONTACT.into()),
        ]);
        fields.extend(request.headers.iter().filter(|header| is_carried(header)).cloned());
        Request {
            method: request.method,
            uri: leg_b::URI.try_into().expect("the URI is one"),
            version: request.version.clone(),
            headers: Headers::from(fields),
            body: request.body.clone(),
        }
        .into()
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        Facts {
            branch: via.branch().expect("a branch").to_string(),
            from_tag: from.tag().expect("a tag").to_string(),
            to_tag: to.tag().map(param::Tag::to_string),
            call_id: call_id.value().to_owned(),
            sequence: cseq.seq,
            contact_user: contact.uri.auth.as_ref().expect("a user").user.clone(),
        }
    }
}

fn is_carried(header: &Header) -> bool {
    match header {
        Header::ContentType(_) | Header::ContentLength(_) => true,
        Header::Other(name, _) => name.eq_ignore_ascii_case("Diversion") || name.starts_with("X-"),
        _ => false,
    }
}

//! rsipstack: rsip's shape with a parser of its own.

use bytes::Bytes;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Headers, Request, SipMessage, headers, typed};

use super::{Facts, Peer};
use crate::leg_b;

/// rsipstack 0.7.
#[derive(Debug)]
pub struct Rsipstack;

impl Peer for Rsipstack {
    const NAME: &'static str = "rsipstack";
    type Message = SipMessage;
    type Typed<'a> =
        (typed::Via, typed::From, typed::To, &'a headers::CallId, typed::CSeq, typed::Contact);
    type Written = Vec<u8>;

    fn parse(bytes: &Bytes) -> SipMessage {
        SipMessage::try_from(&bytes[..]).expect("rsipstack parses the INVITE")
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
            version: request.version,
            headers: Headers::from(fields),
            body: request.body.clone(),
        }
        .to_bytes()
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        Facts {
            branch: via.branch().expect("a branch").to_string(),
            from_tag: from.tag().expect("a tag").to_string(),
            to_tag: to.tag().map(|tag| tag.to_string()),
            call_id: call_id.value().to_owned(),
            sequence: cseq.seq,
            contact_user: contact.uri.auth.as_ref().expect("a user").user.clone(),
        }
    }
}

fn is_carried(header: &Header) -> bool {
    match header {
        Header::Diversion(_) | Header::ContentType(_) | Header::ContentLength(_) => true,
        Header::Other(name, _) => name.starts_with("X-"),
        _ => false,
    }
}

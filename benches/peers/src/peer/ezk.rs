//! ezk-sip-types: a multimap of shared strings, typed when asked for.

use std::fmt::Write;

use bytes::Bytes;
use bytesstr::BytesStr;
use ezk_sip_types::header::typed::{CSeq, CallID, Contact, FromTo, Via};
use ezk_sip_types::msg::{Line, MessageLine, PullParser, RequestLine};
use ezk_sip_types::parse::Parse;
use ezk_sip_types::print::AppendCtx;
use ezk_sip_types::uri::{SipUri, SipUriUserPart};
use ezk_sip_types::{Headers, Name};

use super::{Facts, Peer};
use crate::leg_b;

/// ezk-sip-types 0.6.
#[derive(Debug)]
pub struct Ezk;

/// The crate has the parts of a message and leaves the whole to its user.
#[derive(Debug)]
pub struct Message {
    line: MessageLine,
    headers: Headers,
    body: Bytes,
}

impl Peer for Ezk {
    const NAME: &'static str = "ezk-sip-types";
    type Message = Message;
    type Typed<'a> = (Via, FromTo, FromTo, CallID, CSeq, Contact);
    type Written = String;

    fn parse(bytes: &Bytes) -> Message {
        let mut parser = PullParser::new(bytes, 0);
        let line = parser.next().expect("a start line").expect("a whole start line");
        let line = std::str::from_utf8(line).expect("the start line is text");
        let (_, line) = MessageLine::parse(bytes)(line).expect("the start line parses");
        let mut headers = Headers::with_capacity(16);
        for line in parser.by_ref() {
            let line = std::str::from_utf8(line.expect("a whole line")).expect("the line is text");
            let (_, line) = Line::parse(bytes, line).expect("the line parses");
            headers.insert(line.name, line.value);
        }
        let body = bytes.slice(parser.head_end()..);
        Message { line, headers, body }
    }

    fn typed(message: &Message) -> Self::Typed<'_> {
        let headers = &message.headers;
        (
            headers.get_named().expect("Via reads"),
            headers.get(Name::FROM).expect("From reads"),
            headers.get(Name::TO).expect("To reads"),
            headers.get_named().expect("Call-ID reads"),
            headers.get_named().expect("CSeq reads"),
            headers.get_named().expect("Contact reads"),
        )
    }

    fn rewrite(message: &Message) -> String {
        let MessageLine::Request(line) = &message.line else { panic!("an INVITE is a request") };
        let uri: SipUri = leg_b::URI.parse().expect("the URI is one");
        let line = MessageLine::Request(RequestLine { method: line.method.clone(), uri });
        let mut headers = Headers::with_capacity(16);
        headers.insert(Name::VIA, leg_b::VIA);
        headers.insert(Name::MAX_FORWARDS, leg_b::MAX_FORWARDS);
        headers.insert(Name::FROM, leg_b::FROM);
        headers.insert(Name::TO, leg_b::TO);
        headers.insert(Name::CALL_ID, leg_b::CALL_ID);
        headers.insert(Name::CSEQ, leg_b::CSEQ);
        headers.insert(Name::CONTACT, leg_b::CONTACT);
        headers.extend(
            message
                .headers
                .iter()
                .filter(|(name, _)| is_carried(name))
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        let mut out = String::with_capacity(2048);
        write!(out, "{}\r\n{headers}\r\n", line.default_print_ctx()).expect("a String takes all");
        out.push_str(std::str::from_utf8(&message.body).expect("the body is text"));
        out
    }

    fn facts((via, from, to, call_id, cseq, contact): &Self::Typed<'_>) -> Facts {
        let SipUriUserPart::User(user) = &contact.uri.uri.user_part else { panic!("a user") };
        Facts {
            branch: via.params.get_val("branch").expect("a branch").to_string(),
            from_tag: from.tag.as_ref().expect("a tag").to_string(),
            to_tag: to.tag.as_ref().map(BytesStr::to_string),
            call_id: call_id.0.to_string(),
            sequence: cseq.cseq,
            contact_user: user.to_string(),
        }
    }
}

fn is_carried(name: &Name) -> bool {
    *name == Name::CONTENT_TYPE
        || *name == Name::CONTENT_LENGTH
        || name.as_print_str().starts_with("X-")
        || name.as_print_str() == "Diversion"
}

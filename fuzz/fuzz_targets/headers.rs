//! One header's value, of each header by turns: what is read is written, and reads as what it was.
#![no_main]

use std::fmt::Display;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use siptrunk_message::{
    Accept, Allow, CSeq, CallId, ContentEncoding, ContentType, Diversion, Expires, Header,
    HeaderName, Limits, MaxForwards, Message, Method, MinExpires, NameAddr, ProxyRequire, Reason,
    RequestBuilder, Require, RetryAfter, Supported, Unsupported, Via, Warning,
};

fuzz_target!(|input: &[u8]| {
    let Some((which, value)) = input.split_first() else {
        return;
    };
    // The name is the same whatever the message.
    let (name, _) =
        read(*which, &message(&HeaderName::SUBJECT, b"").expect("an empty value fits a line"));
    let Some(message) = message(&name, value) else {
        return;
    };
    for text in read(*which, &message).1 {
        let builder = RequestBuilder::new(Method::OPTIONS, "sip:a@b").append(&name, &text);
        let written =
            Message::Request(builder.build("SIP/2.0/UDP h").expect("what is read fits a line"));
        let again = read(*which, &written).1;
        // The builder's own Via stands before a Via of ours.
        let own = usize::from(name == HeaderName::VIA);
        assert_eq!(again.len(), own + 1, "{name}: {text}");
        assert_eq!(again[own], text, "{name}");
    }
});

/// A message with one field of that value, if a line can hold it.
fn message(name: &HeaderName, value: &[u8]) -> Option<Message> {
    let head = format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: ");
    let octets = [head.as_bytes(), value, b"\r\n\r\n"].concat();
    Message::parse(Bytes::from(octets), &Limits::default()).ok()
}

/// The header's name, and its elements that can be read, each as it is written.
fn read(which: u8, message: &Message) -> (HeaderName, Vec<String>) {
    match which % 21 {
        0 => list::<Via<'_>>(message),
        1 => list::<CSeq>(message),
        2 => list::<CallId<'_>>(message),
        3 => list::<MaxForwards>(message),
        4 => list::<ContentType<'_>>(message),
        5 => list::<ContentEncoding<'_>>(message),
        6 => list::<Require<'_>>(message),
        7 => list::<ProxyRequire<'_>>(message),
        8 => list::<Supported<'_>>(message),
        9 => list::<Unsupported<'_>>(message),
        10 => list::<Allow>(message),
        11 => list::<Accept<'_>>(message),
        12 => list::<Expires>(message),
        13 => list::<MinExpires>(message),
        14 => list::<Warning<'_>>(message),
        15 => list::<RetryAfter<'_>>(message),
        16 => list::<Diversion<'_>>(message),
        17 => list::<Reason<'_>>(message),
        18 => addresses(HeaderName::ROUTE, message),
        19 => addresses(HeaderName::CONTACT, message),
        _ => addresses(HeaderName::FROM, message),
    }
}

fn list<'a, H: Header<'a> + Display>(message: &'a Message) -> (HeaderName, Vec<String>) {
    let elements = message.headers().all::<H>().flatten();
    (H::name(), elements.map(|element| element.to_string()).collect())
}

fn addresses(name: HeaderName, message: &Message) -> (HeaderName, Vec<String>) {
    let addresses: Vec<NameAddr<'_>> = message.headers().name_addrs(&name).flatten().collect();
    for address in &addresses {
        let _ = (address.display_name(), address.tag(), address.params().iter().count());
        let owned = address.clone().into_owned();
        assert_eq!(owned.to_string(), address.to_string());
        assert_eq!(owned.with_tag("fuzz").tag(), Some("fuzz"));
    }
    (name, addresses.iter().map(ToString::to_string).collect())
}

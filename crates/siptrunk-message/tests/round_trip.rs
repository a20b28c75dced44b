//! What is written reads as what it was, what is read is written as it stood, and nothing panics.

use bytes::Bytes;
use proptest::prelude::*;
use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    Frame, Header, HeaderName, HeaderValue, Limits, Message, Method, RequestBuilder,
    ResponseBuilder, StatusCode, StreamDecoder, Uri, explain, typed_headers,
};

mod generate;
use generate::{TOKEN, host, uri};

const VIA: &str = "SIP/2.0/UDP h;branch=z9hG4bK1";

/// A header's octets as peers write them: tokens, quotes, separators, folds, and a little of everything.
fn wild_value() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => TOKEN.prop_map(String::into_bytes),
        3 => "[;=,<>@:/?&\" ]{1,3}".prop_map(String::into_bytes),
        2 => Just(b"sip:a@b".to_vec()),
        2 => Just(b"SIP/2.0/UDP h".to_vec()),
        1 => Just(b"\r\n ".to_vec()),
        1 => Just(b"\"q\\\"\"".to_vec()),
        1 => proptest::collection::vec(any::<u8>().prop_filter("no end of line", |octet| !matches!(octet, 0 | b'\r' | b'\n')), 1..4),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn wild_name() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => TOKEN.prop_map(|name| format!("X-{name}")),
        1 => proptest::sample::select(vec!["v", "f", "t", "m", "i", "k", "c", "e", "Authorization"]).prop_map(str::to_owned),
        // Content-Length frames the message: a wild one is refused with it.
        3 => proptest::sample::select(typed_headers())
            .prop_filter("not of the frame", |typed| *typed.name() != HeaderName::CONTENT_LENGTH)
            .prop_map(|typed| typed.name().to_string()),
    ]
}

/// A message as a peer might write it, broken in its values but not in its lines.
fn wild_message() -> impl Strategy<Value = Vec<u8>> {
    let start = prop_oneof![
        (TOKEN, "(sip|sips|tel|x):[!#-;=?-~]{1,20}")
            .prop_map(|(method, uri)| format!("{method} {uri} SIP/2.0\r\n")),
        (100..700_u16, "\\PC{0,10}")
            .prop_map(|(code, reason)| format!("SIP/2.0 {code} {reason}\r\n")),
    ];
    let colon = proptest::sample::select(vec![":", ": ", " : ", "\t:\t", ":  "]);
    let field =
        (wild_name(), colon, wild_value(), "[ \t]{0,2}").prop_map(|(name, colon, value, end)| {
            [name.as_bytes(), colon.as_bytes(), &value, end.as_bytes(), b"\r\n"].concat()
        });
    let body = proptest::collection::vec(any::<u8>(), 0..32);
    (start, proptest::collection::vec(field, 0..12), body).prop_map(|(start, fields, body)| {
        let fields = fields.concat();
        let length = format!("Content-Length: {}\r\n\r\n", body.len());
        [start.as_bytes(), &fields, length.as_bytes(), &body].concat()
    })
}

proptest! {
    #[test]
    fn uris(uri in uri()) {
        let written = uri.to_string();
        let read: Uri<'static> = written.parse().unwrap();
        prop_assert_eq!(read.to_string(), written);
        prop_assert!(read.equivalent(&uri) && uri.equivalent(&read));
        prop_assert_eq!(read.user(), uri.user());
        if let (Some(a), Some(b)) = (read.as_sip(), uri.as_sip()) {
            prop_assert_eq!((a.host(), a.port()), (b.host(), b.port()));
            prop_assert_eq!(a.params().collect::<Vec<_>>(), b.params().collect::<Vec<_>>());
        }
    }

    #[test]
    fn users_come_back_whatever_they_hold(user in "\\PC{1,16}", host in host()) {
        let uri = Uri::sip(Some(&user), &host, None);
        let read: Uri<'static> = uri.to_string().parse().unwrap();
        prop_assert_eq!(read.user().unwrap(), user);
    }

    #[test]
    fn header_values(value in proptest::collection::vec(any::<u8>(), 0..40)) {
        match HeaderValue::new(&value) {
            Ok(kept) => {
                let name = HeaderName::from_static("X-Any");
                let mut writer = siptrunk_message::RequestWriter::new(Method::BYE, "sip:a@b", 100).unwrap();
                writer.append_bytes(&name, kept.as_bytes()).unwrap();
                let bytes = writer.finish(b"").unwrap().bytes().clone();
                let message = Message::parse(bytes, &Limits::default()).unwrap();
                prop_assert_eq!(message.headers().raw(&name).unwrap(), kept.as_bytes());
            }
            Err(_) => prop_assert!(value.iter().any(|octet| matches!(octet, 0 | b'\r' | b'\n'))),
        }
    }

    #[test]
    fn messages_come_out_as_they_went_in(octets in wild_message()) {
        let limits = Limits::default();
        let message = Message::parse(octets.clone().into(), &limits).unwrap();
        prop_assert_eq!(message.bytes(), &octets);
        // The lines are the message: nothing between them, nothing lost.
        let lines: Vec<u8> = message.headers().iter().flat_map(|field| field.line().to_vec()).collect();
        let first = memchr::memmem::find(&octets, b"\r\n").unwrap() + 2;
        let end = octets.len() - message.body().len() - 2;
        prop_assert_eq!(&lines, &octets[first..end]);
        // A copy of a copy is the copy.
        if let Message::Request(request) = &message {
            let copy = RequestBuilder::from_request(request).build(VIA).unwrap();
            let again = RequestBuilder::from_request(&copy).build(VIA).unwrap();
            prop_assert_eq!(copy.bytes(), again.bytes());
            prop_assert_eq!(copy.body(), request.body());
            let others = |headers: &siptrunk_message::Headers| -> Vec<Vec<u8>> {
                let owned = [HeaderName::VIA, HeaderName::CONTENT_LENGTH];
                headers.iter().filter(|field| !owned.iter().any(|name| field.is(name))).map(|field| field.line().to_vec()).collect()
            };
            prop_assert_eq!(others(copy.headers()), others(request.headers()));
            let answer = ResponseBuilder::for_request(request, StatusCode::OK, Some("t"), Some("192.0.2.1:5060".parse().unwrap()));
            let answer = answer.build().unwrap();
            prop_assert!(Message::parse(answer.bytes().clone(), &limits).is_ok());
        }
        // A stream cuts it as a datagram does.
        let mut decoder = StreamDecoder::new(limits);
        decoder.feed(&octets);
        prop_assert_eq!(decoder.next(), Ok(Some(Frame::Message(Bytes::from(octets)))));
    }

    #[test]
    fn nothing_panics(octets in prop_oneof![
        wild_message(),
        proptest::collection::vec(any::<u8>(), 0..200),
        (wild_message(), proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6)).prop_map(|(mut octets, changes)| {
            for (at, octet) in changes {
                let at = at.index(octets.len());
                octets[at] = octet;
            }
            octets
        }),
    ]) {
        let limits = Limits::default();
        let message = match Message::parse(octets.clone().into(), &limits) {
            Ok(message) => Some(message),
            Err(_) => Message::salvage(octets.into(), &limits),
        };
        if let Some(message) = &message {
            let _ = explain(message).to_string();
            let _ = format!("{message:?}");
            match message {
                Message::Request(request) => {
                    let _ = validate_request(request, &UasRules::default());
                    let _ = RequestBuilder::from_request(request).build(VIA);
                    let answer = ResponseBuilder::for_request(request, StatusCode::OK, Some("t"), None).build().unwrap();
                    prop_assert!(Message::parse(answer.bytes().clone(), &limits).is_ok());
                }
                Message::Response(response) => drop(validate_response(response)),
            }
        }
    }
}

/// What is done to a message under way.
#[derive(Clone, Debug)]
enum Edit {
    Without(String),
    Replace(String, String),
    Append(String, String),
    /// Carries the field of that place of the other message.
    Copy(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let name = || {
        proptest::sample::select(vec!["X-a", "x-A", "X-B", "Subject", "s", "Route", "X-Long-Name"])
    };
    prop_oneof![
        name().prop_map(|name| Edit::Without(name.to_owned())),
        (name(), TOKEN).prop_map(|(name, value)| Edit::Replace(name.to_owned(), value)),
        (name(), TOKEN).prop_map(|(name, value)| Edit::Append(name.to_owned(), value)),
        (0..4_usize).prop_map(Edit::Copy),
    ]
}

const CARRIED: &[u8] =
    b"OPTIONS sip:a@b SIP/2.0\r\nX-A : 1\r\nSubject: a\r\n b\r\nroute:\t<sip:1>\r\nX-a: 2 \r\n\r\n";
const OTHER: &[u8] =
    b"OPTIONS sip:c@d SIP/2.0\r\nx-b: 3\r\ns:c\r\nRoute: <sip:2> \r\nX-A:4\r\n\r\n";

proptest! {
    /// Lines in a list, edited one by one, are what the builder writes.
    #[test]
    fn edits_are_those_of_a_list_of_lines(edits in proptest::collection::vec(edit(), 0..12)) {
        let read = |octets: &[u8]| match Message::parse(Bytes::copy_from_slice(octets), &Limits::default()).unwrap() {
            Message::Request(request) => request,
            Message::Response(_) => unreachable!("both are requests"),
        };
        let (carried, other) = (read(CARRIED), read(OTHER));
        let line_of = |field: siptrunk_message::Field<'_>| (field.name(), String::from_utf8(field.line().to_vec()).unwrap());
        let mut model: Vec<(HeaderName, String)> = carried.headers().iter().map(line_of).collect();
        let mut builder = RequestBuilder::from_request(&carried);
        for edit in edits {
            match edit {
                Edit::Without(name) => {
                    let name = HeaderName::new(&name).unwrap();
                    model.retain(|(other, _)| *other != name);
                    builder = builder.without(&name);
                }
                Edit::Replace(name, value) => {
                    let name = HeaderName::new(&name).unwrap();
                    let line = (name.clone(), format!("{name}: {value}\r\n"));
                    let first = model.iter().position(|(other, _)| *other == name).unwrap_or(model.len());
                    let after = model.split_off(first);
                    model.push(line);
                    model.extend(after.into_iter().filter(|(other, _)| *other != name));
                    builder = builder.replace(&name, &value);
                }
                Edit::Append(name, value) => {
                    let name = HeaderName::new(&name).unwrap();
                    model.push((name.clone(), format!("{name}: {value}\r\n")));
                    builder = builder.append(&name, &value);
                }
                Edit::Copy(at) => {
                    let field = other.headers().iter().nth(at).unwrap();
                    model.push(line_of(field));
                    builder = builder.copy(field);
                }
            }
        }
        let built = builder.build(VIA).unwrap();
        let lines: String = model.iter().map(|(_, line)| line.as_str()).collect();
        let expected = format!("OPTIONS sip:a@b SIP/2.0\r\nVia: {VIA}\r\n{lines}Content-Length: 0\r\n\r\n");
        prop_assert_eq!(std::str::from_utf8(built.bytes()).unwrap(), expected);
        // The index made while writing is the one that reading makes.
        let reread = Message::parse(built.bytes().clone(), &Limits::default()).unwrap();
        let fields = |headers: &siptrunk_message::Headers| -> Vec<(HeaderName, Vec<u8>, Vec<u8>)> {
            headers.iter().map(|field| (field.name(), field.value().to_vec(), field.line().to_vec())).collect()
        };
        prop_assert_eq!(fields(built.headers()), fields(reread.headers()));
    }
}

/// The trait that users implement for headers of their own is the one that ours implement.
#[test]
fn a_header_of_ones_own() {
    struct Score(i32);

    impl<'a> Header<'a> for Score {
        const LIST: bool = true;

        fn name() -> HeaderName {
            HeaderName::from_static("X-Score")
        }

        fn parse(input: &'a [u8]) -> Result<(Self, &'a [u8]), siptrunk_message::Malformed> {
            let end = input.iter().position(|octet| *octet == b',').unwrap_or(input.len());
            let text = std::str::from_utf8(&input[..end]).unwrap_or_default();
            match text.trim().parse() {
                Ok(score) => Ok((Self(score), &input[end..])),
                Err(_) => Err(siptrunk_message::Malformed { offset: 0, reason: "not a number" }),
            }
        }
    }

    let octets = "OPTIONS sip:a@b SIP/2.0\r\nx-score: 1, -2\r\nX-SCORE: x\r\nX-Score: 3\r\n\r\n";
    let message = Message::parse(octets.into(), &Limits::default()).unwrap();
    let scores: Vec<_> =
        message.headers().all::<Score>().map(|score| score.map(|score| score.0)).collect();
    assert_eq!(scores[0], Ok(1));
    assert_eq!(scores[1], Ok(-2));
    assert_eq!(
        scores[2].as_ref().unwrap_err().offset(),
        Some(octets.find("x\r\nX-Score").unwrap())
    );
    assert_eq!(scores[3], Ok(3));
}

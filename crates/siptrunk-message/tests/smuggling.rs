//! One octet of every value at six places of a header field, in and out: no field that we took away is seen by a
//! reader behind us, and no value that we write becomes a second field.

use siptrunk_message::{
    BuildError, HeaderList, HeaderListError, HeaderName, HeaderValue, Limits, Message, Method,
    Request, RequestBuilder, RequestWriter, ResponseBuilder, ResponseWriter, StatusCode,
};

const VIA: &str = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1";

/// Readers as they are found behind a gateway: what each takes for the end of a line, and for whitespace.
#[derive(Clone, Copy, Debug)]
enum Reader {
    /// RFC 3261: CRLF, SP and HTAB.
    Strict,
    /// LF alone ends a line.
    LineFeed,
    /// CR or LF alone ends a line.
    AnyEnd,
    /// LF alone ends a line, and every control character is whitespace.
    Controls,
    /// A C string: it ends at NUL.
    CString,
}

const READERS: [Reader; 5] =
    [Reader::Strict, Reader::LineFeed, Reader::AnyEnd, Reader::Controls, Reader::CString];

impl Reader {
    /// Names and values of the header fields of a message, as this reader sees them.
    fn fields(self, message: &[u8]) -> Vec<(String, String)> {
        // Latin-1: each octet is a character, so that nothing is lost.
        let text: String = message.iter().map(|octet| char::from(*octet)).collect();
        let text = match self {
            Self::Strict => text.replace("\r\n", "\u{100}"),
            Self::LineFeed | Self::Controls => text.replace("\r\n", "\n").replace('\n', "\u{100}"),
            Self::AnyEnd | Self::CString => {
                text.replace("\r\n", "\n").replace(['\r', '\n'], "\u{100}")
            }
        };
        let text = match self {
            Self::CString => text.split('\0').next().unwrap().to_owned(),
            _ => text,
        };
        let blank = |character: char| match self {
            Self::Controls => character <= ' ',
            _ => matches!(character, ' ' | '\t'),
        };
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in text.split('\u{100}').skip(1) {
            if line.is_empty() {
                break;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str(line);
                }
            } else if let Some((name, value)) = line.split_once(':') {
                let name = name.trim_matches(blank).to_ascii_lowercase();
                fields.push((name, value.trim_matches(blank).to_owned()));
            }
        }
        fields
    }

    fn sees(self, message: &[u8], name: &str) -> bool {
        self.fields(message).iter().any(|(other, _)| other == name)
    }
}

/// A request with one field made by `line`, between two others.
fn with_line(line: &[u8]) -> Vec<u8> {
    let mut out = format!("OPTIONS sip:a@b SIP/2.0\r\nVia: {VIA}\r\nX-First: 1\r\n").into_bytes();
    out.extend_from_slice(line);
    out.extend_from_slice(b"\r\nX-Last: 2\r\nContent-Length: 0\r\n\r\n");
    out
}

/// The field `name: lol` with an octet at one of six places: before, in and after the name, after the colon, in the value
/// and at its end.
fn places(name: &str, octet: u8) -> [Vec<u8>; 6] {
    let at = |before: &str, after: &str| [before.as_bytes(), &[octet], after.as_bytes()].concat();
    let (front, back) = name.split_at(4);
    [
        at("", &format!("{name}: lol")),
        at(front, &format!("{back}: lol")),
        at(name, ": lol"),
        at(&format!("{name}:"), "lol"),
        at(&format!("{name}: l"), "ol"),
        at(&format!("{name}: lol"), ""),
    ]
}

/// A name that the index has no number for, and one that it has.
const NAMES: [&str; 2] = ["X-Bypass", "P-Asserted-Identity"];

fn parse(octets: &[u8]) -> Option<Request> {
    match Message::parse(octets.to_vec().into(), &Limits::default()) {
        Ok(Message::Request(request)) => Some(request),
        _ => None,
    }
}

#[test]
fn what_is_stripped_is_seen_by_no_reader_behind_us() {
    for name in NAMES {
        let (mut cases, mut taken) = (0, 0);
        let stripped = HeaderName::new(name).unwrap();
        let seen_as = name.to_ascii_lowercase();
        for (octet, line) in
            (0..=255).flat_map(|octet| places(name, octet).map(|line| (octet, line)))
        {
            cases += 1;
            let Some(request) = parse(&with_line(&line)) else {
                continue;
            };
            taken += 1;
            // Nothing around it was swallowed or made up.
            let names: Vec<&[u8]> =
                request.headers().iter().map(|field| field.raw_name()).collect();
            assert!(
                names.contains(&&b"X-First"[..]) && names.contains(&&b"X-Last"[..]),
                "{octet:#04x}"
            );
            let folded = matches!(octet, b' ' | b'\t') && line[0] == octet;
            assert_eq!(names.len(), if folded { 4 } else { 5 }, "{}", line.escape_ascii());
            // An octet that is refused on the way out is a request that does not go out.
            let Ok(out) = RequestBuilder::from_request(&request).without(&stripped).build(VIA)
            else {
                continue;
            };
            for reader in READERS {
                assert!(
                    !reader.sees(out.bytes(), &seen_as),
                    "{reader:?} sees what {} left: {}",
                    line.escape_ascii(),
                    out.bytes().escape_ascii()
                );
            }
        }
        assert_eq!(cases, 1_536);
        assert!(taken > 900, "{taken}: the test has to look at something");
    }
}

/// Every way in which a field is written, each with a message around it of the same fields.
fn written(name: &HeaderName, value: &str) -> Vec<Result<Message, BuildError>> {
    let request = parse(&with_line(b"X: y")).unwrap();
    let plain = RequestBuilder::new(Method::OPTIONS, "sip:a@b").append(&HeaderName::SUBJECT, "s");
    let writer = |write: &dyn Fn(&mut RequestWriter) -> Result<(), BuildError>| {
        let mut writer = RequestWriter::new(Method::OPTIONS, "sip:a@b", 200)?;
        writer.append(&HeaderName::VIA, VIA)?;
        writer.append(&HeaderName::SUBJECT, "s")?;
        write(&mut writer)?;
        writer.finish(b"").map(Message::Request)
    };
    let response = ResponseBuilder::for_request(&request, StatusCode::OK, None, None);
    let response = response.append(&HeaderName::SUBJECT, "s");
    let answer = || {
        let mut writer = ResponseWriter::new(StatusCode::OK, "OK", 200)?;
        writer.append(&HeaderName::VIA, VIA)?;
        writer.append(&HeaderName::SUBJECT, "s")?;
        writer.append(name, value)?;
        writer.finish(b"").map(Message::Response)
    };
    vec![
        plain.clone().append(name, value).build(VIA).map(Message::Request),
        plain.replace(name, value).build(VIA).map(Message::Request),
        writer(&|writer| writer.append(name, value)),
        writer(&|writer| writer.append_bytes(name, value.as_bytes())),
        response.clone().append(name, value).build().map(Message::Response),
        response.replace(name, value).build().map(Message::Response),
        answer(),
    ]
}

#[test]
fn what_is_written_is_one_field_to_every_reader() {
    // Via, Subject, the field, Content-Length.
    let fields = 4;
    for name in NAMES {
        let (mut cases, mut ways) = (0, 0);
        for (octet, line) in
            (0..=255).flat_map(|octet| places(name, octet).map(|line| (octet, line)))
        {
            cases += 1;
            let colon = line.iter().position(|octet| *octet == b':').unwrap();
            let Ok(name) = std::str::from_utf8(&line[..colon]) else {
                continue;
            };
            let value = String::from_utf8_lossy(&line[colon + 1..]).into_owned();
            // As an application writes: typed, and refused where it could break a line.
            let Ok(name) = HeaderName::new(name) else {
                assert!(HeaderList::new().push_str(name, &value).is_err());
                continue;
            };
            let typed = HeaderValue::new(&value);
            assert_eq!(
                HeaderList::new().push(
                    name.clone(),
                    typed.clone().unwrap_or_else(|_| HeaderValue::new("").unwrap())
                ),
                Ok(())
            );
            // As the stack writes: any text, judged when it is written.
            for built in written(&name, &value) {
                assert_eq!(typed.is_err(), built.is_err(), "{}", line.escape_ascii());
                let Ok(out) = built else {
                    assert!(matches!(octet, 0 | b'\r' | b'\n'), "{octet:#04x} needs no refusal");
                    continue;
                };
                ways += 1;
                let reread = Message::parse(out.bytes().clone(), &Limits::default());
                let reread = reread.expect("what we write is a message");
                assert_eq!(reread.headers().len(), fields);
                assert_eq!(reread.headers().raw(&name), out.headers().raw(&name));
                for reader in READERS {
                    let seen = reader.fields(out.bytes()).len();
                    assert_eq!(seen, fields, "{reader:?}: {}", line.escape_ascii());
                }
            }
        }
        assert_eq!(cases, 1_536);
        assert!(ways > 7 * 700, "{ways}: the test has to look at something");
    }
}

/// Headers that only the stack writes, in every form and case that a name has.
#[test]
fn an_application_overrides_no_header_of_the_stack() {
    let owned = [
        "Via",
        "v",
        "Route",
        "Record-Route",
        "From",
        "f",
        "To",
        "t",
        "Call-ID",
        "i",
        "CSeq",
        "Max-Forwards",
        "Contact",
        "m",
        "Content-Disposition",
        "Content-Encoding",
        "e",
        "Content-Language",
        "Content-Length",
        "l",
        "Content-Type",
        "c",
        "MIME-Version",
        "Authorization",
        "Proxy-Authorization",
        "WWW-Authenticate",
        "Proxy-Authenticate",
        "Authentication-Info",
        "RSeq",
        "RAck",
    ];
    for name in owned {
        let mixed: String = name
            .chars()
            .enumerate()
            .map(|(at, letter)| {
                if at % 2 == 0 { letter.to_ascii_lowercase() } else { letter.to_ascii_uppercase() }
            })
            .collect();
        for name in [name.to_owned(), name.to_ascii_uppercase(), name.to_ascii_lowercase(), mixed] {
            let mut list = HeaderList::new();
            assert!(
                matches!(list.push_str(&name, "x"), Err(HeaderListError::StackOwned { .. })),
                "{name}"
            );
            assert!(list.is_empty());
        }
        // A name that only looks like it is no other header's.
        for name in [format!("X-{name}"), format!("{name}-X"), format!("{name}_")] {
            assert_eq!(HeaderList::new().push_str(&name, "x"), Ok(()), "{name}");
        }
        for name in
            [format!(" {name}"), format!("{name} "), format!("{name}:"), format!("{name}\0")]
        {
            assert!(HeaderList::new().push_str(&name, "x").is_err(), "{name:?}");
        }
    }
    let count = HeaderName::from_static;
    assert_eq!(owned.iter().filter(|name| count(name).is_stack_owned()).count(), owned.len());
}

#[test]
fn a_name_that_was_not_checked_is_checked_when_built() {
    for name in ["X A", "X:A", "X\r\nY: 1\r\nZ", "", "X\0"] {
        let name = HeaderName::from_static(name);
        let request = RequestBuilder::new(Method::OPTIONS, "sip:a@b").append(&name, "v");
        assert!(request.build(VIA).is_err(), "{name:?}");
    }
}

#[test]
fn start_lines_take_no_octet_that_ends_them() {
    for uri in ["", "a", "<sip:a>", "sip:a b", "sip:a\r\nX: y", "sip:a\n", "sip:a\0", "sip:\u{e9}"]
    {
        assert!(RequestBuilder::new(Method::OPTIONS, uri).build(VIA).is_err(), "{uri:?}");
    }
    for via in ["a\r\nX: y", "a\n", "a\0"] {
        assert!(RequestBuilder::new(Method::OPTIONS, "sip:a").build(via).is_err(), "{via:?}");
    }
    let request = parse(&with_line(b"X: y")).unwrap();
    for reason in ["a\r\nX: y", "a\n", "a\0"] {
        let response = ResponseBuilder::for_request(&request, StatusCode::OK, None, None);
        assert!(response.reason(reason).build().is_err(), "{reason:?}");
    }
}

/// A NUL that a backslash quotes is read (RFC 4475 intmeth) and answered, and never carried on.
#[test]
fn a_quoted_nul_goes_back_and_not_on() {
    let line =
        b"To: \"NUL:\\\0\" <sip:a@b>\r\nFrom: <sip:a@b>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS";
    let request = parse(&with_line(line)).unwrap();
    assert!(request.headers().iter().any(|field| field.has_nul()));
    assert!(RequestBuilder::from_request(&request).build(VIA).is_err());
    let response = ResponseBuilder::for_request(&request, StatusCode::OK, Some("t"), None);
    let response = response.build().unwrap();
    assert_eq!(response.headers().raw(&HeaderName::TO).unwrap(), b"\"NUL:\\\0\" <sip:a@b>;tag=t");
    // As an address that is written again it has lost the NUL.
    let to = request.headers().to().unwrap().unwrap().into_owned().with_tag("t");
    assert_eq!(to.to_string(), "\"NUL:\\ \" <sip:a@b>;tag=t");
    assert!(
        RequestBuilder::new(Method::BYE, "sip:a@b").append(&HeaderName::TO, to).build(VIA).is_ok()
    );
}

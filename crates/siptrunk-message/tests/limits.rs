//! Every limit, at its value and one past it, on what is parsed and what is read.

use siptrunk_message::{HeaderError, HeaderName, Limits, Message, ParseError, StatusCode, Via};

fn message(fields: &str) -> Vec<u8> {
    format!("OPTIONS sip:a@b SIP/2.0\r\n{fields}\r\n").into_bytes()
}

fn parse(octets: Vec<u8>, limits: &Limits) -> Result<Message, ParseError> {
    Message::parse(octets.into(), limits)
}

#[test]
fn octets_of_a_message() {
    let mut octets = message("Content-Type: x/y\r\n");
    octets.resize(65_536, b'x');
    assert!(parse(octets.clone(), &Limits::default()).is_ok());
    octets.push(b'x');
    let error = parse(octets.clone(), &Limits::default()).unwrap_err();
    assert_eq!(error, ParseError::TooLarge { octets: 65_537, limit: 65_536 });
    assert_eq!(error.status(), StatusCode::MESSAGE_TOO_LARGE);

    // The limit can be raised, but not past what the index can hold.
    let raised = Limits { message: usize::MAX, ..Limits::default() };
    assert!(parse(octets.clone(), &raised).is_ok());
    octets.resize(Limits::MAX_MESSAGE, b'x');
    assert!(parse(octets.clone(), &raised).is_ok());
    octets.push(b'x');
    assert!(matches!(parse(octets, &raised), Err(ParseError::TooLarge { limit: 1_048_576, .. })));
}

#[test]
fn header_fields() {
    assert!(parse(message(&"a: 1\r\n".repeat(128)), &Limits::default()).is_ok());
    let error = parse(message(&"a: 1\r\n".repeat(129)), &Limits::default()).unwrap_err();
    assert_eq!(error, ParseError::TooManyHeaders { offset: 25 + 128 * 6, limit: 128 });
}

#[test]
fn octets_of_a_line() {
    let limits = Limits { line: 64, ..Limits::default() };
    let field = |value: usize| message(&format!("a: {}\r\n", "x".repeat(value)));
    assert!(parse(field(61), &limits).is_ok());
    assert_eq!(
        parse(field(62), &limits).unwrap_err(),
        ParseError::LineTooLong { offset: 25, limit: 64 }
    );
    // Folds belong to their line.
    let folded = message(&format!("a: x{}\r\n", "\r\n x".repeat(16)));
    assert!(matches!(parse(folded, &limits), Err(ParseError::LineTooLong { .. })));
    // A name or a start line without end is no way around it.
    let name = message(&format!("{}: 1\r\n", "a".repeat(64)));
    assert!(matches!(parse(name, &limits), Err(ParseError::LineTooLong { .. })));
    let start = format!("OPTIONS sip:{} SIP/2.0\r\n\r\n", "a".repeat(64));
    assert!(matches!(parse(start.into(), &limits), Err(ParseError::LineTooLong { offset: 0, .. })));
    assert!(matches!(
        parse(vec![b'a'; 65], &limits),
        Err(ParseError::LineTooLong { offset: 0, .. })
    ));
}

#[test]
fn via_values() {
    let via = "SIP/2.0/UDP h;branch=z9hG4bK1";
    let list = |count: usize| message(&format!("v: {}\r\n", vec![via; count].join(",")));
    let parsed = parse(list(70), &Limits::default()).unwrap();
    assert_eq!(parsed.headers().all::<Via<'_>>().flatten().count(), 70);
    assert_eq!(
        parse(list(71), &Limits::default()).unwrap_err(),
        ParseError::TooManyVias { offset: 25, limit: 70 }
    );
    // Over several fields they are counted together.
    let field = format!("Via: {via}, {via}\r\n");
    assert!(parse(message(&field.repeat(35)), &Limits::default()).is_ok());
    assert!(matches!(
        parse(message(&(field.repeat(35) + "v: a\r\n")), &Limits::default()),
        Err(ParseError::TooManyVias { .. })
    ));
    // The shortest values there are.
    let short = |count: usize| message(&format!("v: {}\r\n", vec!["A/B/C h"; count].join(",")));
    assert!(parse(short(70), &Limits::default()).is_ok());
    assert!(matches!(parse(short(71), &Limits::default()), Err(ParseError::TooManyVias { .. })));
}

#[test]
fn parameters() {
    for (name, value) in [
        ("Via", "SIP/2.0/UDP h"),
        ("From", "<sip:a@b>"),
        ("Contact", "<sip:a@b"),
        ("Content-Type", "x/y"),
        ("Reason", "SIP"),
        ("Retry-After", "5"),
        ("Accept", "x/y"),
        ("Diversion", "<sip:a@b>"),
    ] {
        let end = if value.starts_with('<') && !value.ends_with('>') { ">" } else { "" };
        let read = |count: usize| {
            let field = format!("{name}: {value}{}{end}\r\n", ";x=1".repeat(count));
            let message = parse(message(&field), &Limits::default()).unwrap();
            let headers = message.headers();
            match name {
                "Via" => headers.top_via().map(drop),
                "From" => headers.from().map(drop),
                "Contact" => headers.contact().map(drop),
                "Content-Type" => headers.get::<siptrunk_message::ContentType<'_>>().map(drop),
                "Reason" => headers.first::<siptrunk_message::Reason<'_>>().map(drop),
                "Retry-After" => headers.get::<siptrunk_message::RetryAfter<'_>>().map(drop),
                "Accept" => headers.first::<siptrunk_message::Accept<'_>>().map(drop),
                _ => headers.first::<siptrunk_message::Diversion<'_>>().map(drop),
            }
        };
        assert_eq!(read(64), Ok(()), "{name}");
        let error = read(65).unwrap_err();
        assert!(matches!(&error, HeaderError::Malformed { .. }), "{name}: {error}");
        assert_eq!(error.name(), &HeaderName::new(name).unwrap());
    }
}

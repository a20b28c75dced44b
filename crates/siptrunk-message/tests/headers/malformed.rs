//! What is malformed: the value, the octet of the value where it goes wrong, and why.

use siptrunk_message::{
    Accept, AllowEvents, CallId, ContentLanguage, ContentLength, Date, Event, Header, HeaderError,
    HistoryIndex, HistoryInfo, Malformed, NameAddr, Organization, PAssertedIdentity, Privacy,
    QValue, Reason, Replaces, Require, SessionUuid, Subject, Supported, UserAgent,
};

type Row = (&'static str, &'static str, usize, &'static str);

#[rustfmt::skip]
const TABLE: &[Row] = &[
    ("Accept", "application", 11, "expected /"),
    ("Accept", "application/", 12, "expected a token"),
    ("Accept", "a/b;", 4, "expected a token"),
    ("Accept", "a/b c", 4, "octets follow the value"),
    ("Accept", "a/b,", 4, "expected a token"),
    ("Accept-Encoding", ";q=1", 0, "expected a token"),
    ("Accept-Encoding", "gzip q", 5, "octets follow the value"),
    ("Accept-Language", "en-", 3, "a part of a language tag has one to eight letters"),
    ("Accept-Language", "**", 1, "octets follow the value"),
    ("Alert-Info", "http://a", 0, "expected a URI in < >"),
    ("Alert-Info", "<http://a", 0, "the < has no >"),
    ("Alert-Info", "<a>", 1, "a URI begins with a scheme and a colon"),
    ("Allow", "INVITE ACK", 7, "octets follow the value"),
    ("Allow", "INVITE,,ACK", 7, "expected a token"),
    ("Allow-Events", "a..b", 2, "a part of the event type is empty"),
    ("Allow-Events", ".a", 0, "a part of the event type is empty"),
    ("CSeq", "INVITE", 0, "expected a number"),
    ("CSeq", "1INVITE", 1, "expected a space and the method"),
    ("CSeq", "4294967296 INVITE", 0, "the number does not fit 32 bits"),
    ("CSeq", "1 (", 2, "expected a method"),
    ("Call-ID", "a@", 2, "expected a word"),
    ("Call-ID", "a b", 2, "octets follow the value"),
    ("Call-Info", "<http://a>purpose=icon", 10, "octets follow the value"),
    ("Contact", "**", 0, "a URI begins with a scheme and a colon"),
    ("Contact", "*;expires=0", 0, "a URI begins with a scheme and a colon"),
    ("Contact", "<sip:a>;", 8, "expected a token"),
    ("Content-Disposition", "session;handling=", 17, "expected a parameter value"),
    ("Content-Encoding", "gzip, ", 5, "expected a token"),
    ("Content-Language", "fr_ca", 2, "octets follow the value"),
    ("Content-Language", "1a", 0, "a language tag begins with letters"),
    ("Content-Language", "fr-abcdefghi", 3, "a part of a language tag has one to eight letters"),
    ("Content-Type", "text", 4, "expected /"),
    ("Content-Type", "a/b;c=\"", 6, "the quoted string does not end"),
    ("Date", "Fri, 01 Jan 2010 16:00:00 EST", 25, "expected GMT: SIP has no other zone"),
    ("Date", "Saturday, 13 Nov 2010 23:29:00 GMT", 3, "expected a comma and a space"),
    ("Date", "13 Nov 2010 23:29:00 GMT", 0, "expected a day of the week: Mon, Tue..."),
    ("Date", "Sat, 3 Nov 2010 23:29:00 GMT", 5, "expected digits"),
    ("Date", "Sat, 13 Now 2010 23:29:00 GMT", 8, "expected a month: Jan, Feb..."),
    ("Date", "Sat, 13 Nov 10 23:29:00 GMT", 12, "expected digits"),
    ("Date", "Mon, 29 Feb 2100 00:00:00 GMT", 5, "the month has no such day"),
    ("Date", "Sat, 00 Nov 2010 00:00:00 GMT", 5, "the month has no such day"),
    ("Date", "Sat, 13 Nov 2010 24:00:00 GMT", 17, "the day has no such time"),
    ("Date", "Sat, 13 Nov 2010 23:60:00 GMT", 17, "the day has no such time"),
    ("Date", "Sat, 13 Nov 2010 23:59:60 GMT", 17, "the day has no such time"),
    ("Date", "Sat, 13 Nov 2010 23.29.00 GMT", 19, "expected a colon"),
    ("Date", "Sat, 13 Nov 2010 23:29:00 GMT+1", 29, "octets follow the value"),
    ("Diversion", "<sip:a>;reason=\"x", 15, "the quoted string does not end"),
    ("Diversion", "Bob@P2", 0, "a URI begins with a scheme and a colon"),
    ("Error-Info", "<>", 1, "a URI begins with a scheme and a colon"),
    ("Event", "presence.", 9, "a part of the event type is empty"),
    ("Event", "refer id=1", 6, "octets follow the value"),
    ("Expires", "-1", 0, "expected a number"),
    ("Expires", "3600s", 4, "octets follow the value"),
    ("Expires", "4294967296", 0, "the number does not fit 32 bits"),
    ("From", "\"A <sip:a>", 0, "the quoted string does not end"),
    ("From", "<sip:a>, <sip:b>", 7, "octets follow the value"),
    ("From", "sip:a?x=y", 5, "a URI with this octet has to stand in < >"),
    ("History-Info", "<sip:a>", 0, "index is missing"),
    ("History-Info", "<sip:a>;index=1, <sip:b>;rc=1", 17, "index is missing"),
    ("History-Info", "<sip:a>;index=1.", 14, "expected numbers with dots between them"),
    ("History-Info", "<sip:a>;index=1;mp=x", 19, "expected numbers with dots between them"),
    ("In-Reply-To", "a@b c", 4, "octets follow the value"),
    ("In-Reply-To", "a@b,@", 4, "expected a word"),
    ("MIME-Version", "1", 1, "expected a dot"),
    ("MIME-Version", "1.x", 2, "expected a number"),
    ("Max-Breadth", "x", 0, "expected a number"),
    ("Max-Forwards", "256", 0, "Max-Forwards is 255 at most"),
    ("Max-Forwards", "7 0", 2, "octets follow the value"),
    ("Min-Expires", "1.5", 1, "octets follow the value"),
    ("Min-SE", ";a", 0, "expected a number"),
    ("Min-SE", "90;=1", 3, "expected a token"),
    ("Organization", "a\x1bb", 1, "a control character in the text"),
    ("P-Asserted-Identity", "\"A\" tel:+1", 4, "expected < after the display name"),
    ("P-Preferred-Identity", "<tel:+1", 0, "the < has no >"),
    ("Path", "<sip:a;lr", 0, "the < has no >"),
    ("Priority", "very urgent", 5, "octets follow the value"),
    ("Privacy", "id;", 3, "expected a token"),
    ("Privacy", "id, user", 2, "octets follow the value"),
    ("Privacy", ";id", 0, "expected a token"),
    ("Proxy-Require", "a b", 2, "octets follow the value"),
    ("RAck", "1INVITE", 1, "expected a space and the CSeq"),
    ("RAck", "1 INVITE", 2, "expected a number"),
    ("RAck", "1 2", 3, "expected a space and the method"),
    ("RSeq", "one", 0, "expected a number"),
    ("Reason", "Q.850;cause=16;text=\"a", 20, "the quoted string does not end"),
    ("Reason", "Q 850", 2, "octets follow the value"),
    ("Record-Route", "<sip:a;lr><sip:b;lr>", 10, "octets follow the value"),
    ("Refer-Sub", "yes", 0, "expected true or false"),
    ("Refer-Sub", "truest", 0, "expected true or false"),
    ("Refer-To", "<sip:a>,<sip:b>", 7, "octets follow the value"),
    ("Referred-By", "<sip:a>;cid=", 12, "expected a parameter value"),
    ("Replaces", ";to-tag=a;from-tag=b", 0, "expected a word"),
    ("Replaces", "a;from-tag=b", 0, "to-tag is missing"),
    ("Replaces", "a;to-tag;from-tag=b", 0, "to-tag is missing"),
    ("Replaces", "a;to-tag=b", 0, "from-tag is missing"),
    ("Replaces", "a;to-tag=b;from-tag=c;to-tag=d", 29, "to-tag stands twice"),
    ("Replaces", "a;to-tag=b;from-tag=c;FROM-TAG=d", 31, "from-tag stands twice"),
    ("Reply-To", "", 0, "expected an address"),
    ("Require", "100rel timer", 7, "octets follow the value"),
    ("Require", "", 0, "expected a token"),
    ("Retry-After", "5 (a", 2, "the comment does not end"),
    ("Retry-After", "soon", 0, "expected a number"),
    ("Route", "<sip:a;lr>;", 11, "expected a token"),
    ("Server", "a/", 2, "expected a token"),
    ("Server", "a (b", 2, "the comment does not end"),
    ("Service-Route", "<>", 1, "a URI begins with a scheme and a colon"),
    ("Session-Expires", "x", 0, "expected a number"),
    ("Session-Expires", "90;refresher=ua", 13, "the refresher is uac or uas"),
    ("Session-Expires", "90;refresher", 0, "the refresher is uac or uas"),
    ("Session-ID", "ab30317f1a784dc48ff824d0d3715d8", 0, "expected 32 digits of lower-case hexadecimal"),
    ("Session-ID", "ab30317f1a784dc48ff824d0d3715d860", 0, "expected 32 digits of lower-case hexadecimal"),
    ("Session-ID", "AB30317F1A784DC48FF824D0D3715D86", 0, "expected 32 digits of lower-case hexadecimal"),
    ("Session-ID", "ab30317f1a784dc48ff824d0d3715d86;remote=1", 40, "expected 32 digits of lower-case hexadecimal"),
    ("Session-ID", "ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000;remote=00000000000000000000000000000000", 80, "remote stands twice"),
    ("Subject", "a\x7f", 1, "a control character in the text"),
    ("Subscription-State", "active expires=5", 7, "octets follow the value"),
    ("Supported", "100rel,,timer", 7, "expected a token"),
    ("Timestamp", ".5", 0, "expected digits"),
    ("Timestamp", "54 x", 3, "expected the digits of a delay"),
    ("Timestamp", "54 1 2", 5, "octets follow the value"),
    ("Timestamp", "18446744073709551616", 0, "the seconds do not fit 64 bits"),
    ("To", "<sip:a@b:65536>", 9, "a port is 65535 at most"),
    ("Unsupported", "<", 0, "expected a token"),
    ("User-Agent", "a @b", 2, "expected a product or a comment"),
    ("User-Agent", "a(b)", 1, "octets follow the value"),
    ("User-to-User", "", 0, "expected a token"),
    ("User-to-User", "\"00", 0, "the quoted string does not end"),
    ("Via", "SIP/2.0/UDP", 11, "expected a space and the sender"),
    ("Via", "SIP/2.0 h", 8, "expected /"),
    ("Warning", "30 a \"b\"", 0, "a warning code has three digits"),
    ("Warning", "301 \"b\"", 4, "expected the agent that warns"),
    ("Warning", "301 a b", 6, "expected a quoted string"),
];

#[test]
fn every_header_has_its_rows() {
    let refused_by_the_parser = ["Content-Length"];
    crate::covers_all(TABLE.iter().map(|(name, ..)| *name).chain(refused_by_the_parser));
}

#[test]
fn what_is_malformed_says_where_and_why() {
    let mut wrong = Vec::new();
    for (name, value, offset, reason) in TABLE {
        let typed = crate::typed(name);
        let start = crate::head(typed.name()).len();
        let expected =
            HeaderError::Malformed { name: typed.name().clone(), offset: start + offset, reason };
        let faults: Vec<_> = crate::read(name, value).into_iter().filter_map(Result::err).collect();
        if faults != [expected] {
            wrong.push(format!("{name}: {value}: {faults:?} (the value begins at {start})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A message with such a length is refused before anyone can ask for it.
#[test]
fn content_length() {
    for (value, offset, reason) in [
        ("", 0, "expected a number"),
        ("-1", 0, "expected a number"),
        ("4294967296", 0, "the number does not fit 32 bits"),
    ] {
        let read = ContentLength::parse(value.as_bytes());
        assert_eq!(read, Err(Malformed { offset, reason }), "{value}");
    }
}

/// Octets that are no UTF-8, which a text cannot hold in the table.
#[test]
fn text_that_is_no_utf_8() {
    for (name, value, offset, reason) in [
        ("Subject", &b"a\xff"[..], 0, "the text is not UTF-8"),
        ("Server", b"a (\xff)", 0, "a comment is not UTF-8"),
        ("User-to-User", b"\"\xff\"", 0, "the data are not UTF-8"),
        ("Event", b"a;b=\"\xff\"", 1, "the parameters are not UTF-8"),
    ] {
        let typed = crate::typed(name);
        let head = crate::head(typed.name());
        let octets = [head.as_bytes(), value, b"\r\n\r\n"].concat();
        let message =
            siptrunk_message::Message::parse(octets.into(), &siptrunk_message::Limits::default());
        let expected = HeaderError::Malformed {
            name: typed.name().clone(),
            offset: head.len() + offset,
            reason,
        };
        assert_eq!(typed.read(message.unwrap().headers()), [Err(expected)]);
    }
}

/// What we would write follows the grammar, or is not made.
#[test]
fn what_is_malformed_is_not_made() {
    fn offset<T>(made: Result<T, Malformed>) -> Option<usize> {
        made.err().map(|error| error.offset)
    }
    assert_eq!(offset(Require::new("100rel")), None);
    assert_eq!(offset(Require::new("100rel, timer")), Some(6));
    assert_eq!(offset(Supported::new("a\r\nVia: x")), Some(1));
    assert_eq!(offset(Accept::new("application")), Some(11));
    assert_eq!(offset(AllowEvents::new("a..b")), Some(2));
    assert_eq!(offset(CallId::new("a b")), Some(1));
    assert_eq!(offset(ContentLanguage::new("fr-")), Some(3));
    assert_eq!(offset(Event::new("refer;id=1")), Some(5));
    assert_eq!(offset(Privacy::new("id,user")), Some(2));
    assert_eq!(offset(Reason::new("Q 850", 16, None)), Some(1));
    assert_eq!(offset(Replaces::new("a", "b c", "d")), Some(1));
    assert_eq!(offset(Replaces::new("a", "b", "")), Some(0));
    assert_eq!(offset(Subject::new("a\r\nb")), Some(1));
    assert_eq!(offset(Organization::new("a\0")), Some(1));
    assert_eq!(offset(Subject::new(" a\x1b")), Some(2));
    assert_eq!(offset(UserAgent::new("a @")), Some(2));
    // Where the grammar takes folds and quoted pairs, what we write has none that end a line.
    assert_eq!(offset(UserAgent::new("a\r\n b")), Some(1));
    assert_eq!(offset(UserAgent::new("(a\rb)")), Some(2));
    assert_eq!(offset(UserAgent::new("(a\\\0b)")), Some(3));
    assert_eq!(offset(Privacy::new("id\r\n ;user")), Some(2));
    assert_eq!(offset(Accept::new("a\r\n /b")), Some(1));
    let mail: NameAddr<'_> = "<mailto:a@b>".parse().unwrap();
    assert_eq!(offset(PAssertedIdentity::new(mail)), Some(0));
    let entry: NameAddr<'_> = "<sip:a>;rc=x".parse().unwrap();
    assert_eq!(offset(HistoryInfo::new(entry, HistoryIndex::parse("1").unwrap())), Some(0));
    for text in ["", ".", "1.", ".1", "1..2", "a", "1.-1", "1 "] {
        assert_eq!(HistoryIndex::parse(text), None, "{text}");
    }
    assert_eq!(QValue::parse("1.1"), None);
    assert_eq!(SessionUuid::parse("0"), None);
    assert_eq!(Date::from_unix(Date::FIRST.unix() - 1), None);
    assert_eq!(Date::from_unix(Date::LAST.unix() + 1), None);
}

//! The 49 torture messages of RFC 4475, a row each: what the scanner says, which typed reads fail, what a UAS answers.

use siptrunk_message::validate::{UasRules, validate_request, validate_response};
use siptrunk_message::{
    Accept, Allow, CSeq, CallId, ContentLength, ContentType, Expires, Header, HeaderName, Limits,
    MaxForwards, Message, Method, ProxyRequire, Require, RetryAfter, Supported, Via, Warning,
};

/// What RFC 4475 asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    Accept,
    Reject,
    /// It may be refused: the row says what we do and why.
    Optional,
    /// It must not break us; both ways are right.
    NotBreak,
}

/// What a UAS does with it in the end.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Uas {
    /// Acted on, or answered for a reason that lies in the request's wish and not in its form.
    Acts,
    /// Answered with this status.
    Answers(u16),
    /// A response that is dropped.
    Drops,
}

struct Row {
    name: &'static str,
    due: Due,
    /// `ParseError::kind`, or `None` if the scanner takes it.
    scan: Option<&'static str>,
    /// The headers whose typed reads fail, in the order of `typed_faults`.
    typed: &'static [&'static str],
    uas: Uas,
    why: &'static str,
}

const fn row(
    name: &'static str,
    due: Due,
    scan: Option<&'static str>,
    typed: &'static [&'static str],
    uas: Uas,
    why: &'static str,
) -> Row {
    Row { name, due, scan, typed, uas, why }
}

use Due::{Accept as Must, NotBreak, Optional, Reject};
use Uas::{Acts, Answers, Drops};

#[rustfmt::skip]
const TABLE: &[Row] = &[
    row("wsinv",      Must,     None,                   &[], Acts, "folds, odd spaces, escaped quotes: all legal"),
    row("intmeth",    Must,     None,                   &[], Answers(501), "the method is a token that no one serves"),
    row("esc01",      Must,     None,                   &[], Acts, "%XX is part of the URI's text"),
    row("escnull",    Must,     None,                   &[], Acts, "%00 in a user part is data"),
    row("esc02",      Must,     None,                   &[], Answers(501), "% in a method is the octet, not an escape"),
    row("lwsdisp",    Must,     None,                   &[], Acts, "no space before <"),
    row("longreq",    Must,     None,                   &[], Acts, "34 Via values, one value of 1 kB"),
    row("dblreq",     Must,     None,                   &[], Acts, "octets past Content-Length are no second request"),
    row("semiuri",    Must,     None,                   &[], Acts, "; within the user part"),
    row("transports", Must,     None,                   &[], Acts, "any transport token in a Via"),
    row("mpart01",    Must,     None,                   &[], Acts, "NUL and more in a body"),
    row("unreason",   Must,     None,                   &[], Acts, "UTF-8 in a reason phrase"),
    row("noreason",   Must,     None,                   &[], Acts, "an empty reason phrase"),
    row("badinv01",   Reject,   None,                   &["Via", "Contact"], Answers(400), "empty parameters"),
    row("clerr",      Reject,   Some("body-too-short"), &[], Answers(400), "Content-Length beyond the datagram"),
    row("ncl",        Reject,   Some("content-length"), &[], Answers(400), "a negative Content-Length"),
    row("scalar02",   Reject,   None,                   &["CSeq", "Max-Forwards", "Expires"], Answers(400), "CSeq beyond 32 bits"),
    row("scalarlg",   Reject,   None,                   &["CSeq", "Retry-After", "Warning"], Drops, "CSeq beyond 32 bits, in a response"),
    row("quotbal",    Reject,   None,                   &["To"], Answers(400), "a quoted string without end: nothing is guessed"),
    row("ltgtruri",   Optional, Some("start-line"),     &[], Answers(400), "a Request-URI in < >: no peer of a trunk does so, and the next hop would get it"),
    row("lwsruri",    Reject,   Some("start-line"),     &[], Answers(400), "a space within the Request-URI"),
    row("lwsstart",   Optional, Some("start-line"),     &[], Answers(400), "more than one space: what splits differently elsewhere is a way to smuggle"),
    row("trws",       Optional, Some("start-line"),     &[], Answers(400), "octets after the version: as lwsstart"),
    row("escruri",    Optional, None,                   &[], Answers(400), "headers in a Request-URI: none of them may ever become a header of ours"),
    row("baddate",    Optional, None,                   &[], Acts, "accepted: nothing we do depends on Date, and the RFC says that it is not worth a refusal"),
    row("regbadct",   Optional, None,                   &["Contact"], Answers(400), "a URI with ? outside < >: whose its parameters are would be a guess"),
    row("badaspec",   Optional, None,                   &["To"], Answers(400), "spaces within < >: refused as any other URI with spaces"),
    row("baddn",      Optional, Some("no-end"),         &[], Answers(400), "unquoted comma in a display name; the file also lacks its empty line, see below"),
    row("badvers",    Reject,   Some("version"),        &[], Answers(505), "SIP/7.0"),
    row("mismatch01", Reject,   None,                   &[], Answers(400), "CSeq names another method"),
    row("mismatch02", Reject,   None,                   &[], Answers(501), "an unknown method, and CSeq names another: 501 is preferred"),
    row("bigcode",    Reject,   Some("start-line"),     &[], Drops, "a status code beyond three digits"),
    row("badbranch",  NotBreak, None,                   &[], Answers(400), "the magic cookie and nothing else: no transaction can be told from another"),
    row("insuf",      Reject,   None,                   &[], Answers(400), "Call-ID, From and To are missing"),
    row("unkscm",     Must,     None,                   &[], Answers(416), "an unknown scheme is a wish that we cannot meet"),
    row("novelsc",    Must,     None,                   &[], Answers(416), "a known scheme that is no way to call"),
    row("unksm2",     Must,     None,                   &[], Answers(400), "a registrar needs a SIP or SIPS URI in To"),
    row("bext01",     Must,     None,                   &[], Answers(420), "option tags that we do not have"),
    row("invut",      Must,     None,                   &[], Answers(415), "a body that we cannot read"),
    row("regaut01",   Must,     None,                   &[], Acts, "an unknown scheme of Authorization is for whoever asks for credentials"),
    row("multi01",    Reject,   None,                   &["From", "To", "Call-ID", "CSeq", "Max-Forwards"], Answers(400), "single headers that stand twice"),
    row("mcl01",      Reject,   Some("content-length"), &[], Answers(400), "two Content-Length"),
    row("bcast",      Must,     None,                   &[], Drops, "a response with two Via values is not for us"),
    row("zeromf",     Must,     None,                   &[], Acts, "Max-Forwards 0: we are the far end; bridging an INVITE is judged above"),
    row("cparam01",   Must,     None,                   &[], Acts, "an unknown contact parameter"),
    row("cparam02",   Must,     None,                   &[], Acts, "an unknown URI parameter"),
    row("regescrt",   Must,     None,                   &[], Acts, "an escaped Route stays within its Contact URI"),
    row("sdp01",      Must,     None,                   &[], Answers(406), "Accept has nothing that we answer with"),
    row("inv2543",    Must,     None,                   &[], Acts, "no branch, From tag, Content-Length, Max-Forwards, Contact"),
];

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/data/rfc4475/{name}.dat", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The names of the headers that cannot be read as what they are.
fn typed_faults(message: &Message) -> Vec<String> {
    fn check<'a, H: Header<'a>>(message: &'a Message, faults: &mut Vec<String>) {
        if message.headers().all::<H>().any(|element| element.is_err()) {
            faults.push(H::name().to_string());
        }
    }
    fn check_single<'a, H: Header<'a>>(message: &'a Message, faults: &mut Vec<String>) {
        if message.headers().get::<H>().is_err() {
            faults.push(H::name().to_string());
        }
    }
    let headers = message.headers();
    let mut faults = Vec::new();
    check::<Via<'_>>(message, &mut faults);
    for name in [HeaderName::FROM, HeaderName::TO] {
        if headers.address(&name).is_err() {
            faults.push(name.to_string());
        }
    }
    for name in [HeaderName::CONTACT, HeaderName::ROUTE, HeaderName::RECORD_ROUTE] {
        let star = name == HeaderName::CONTACT && headers.contact_is_star();
        if !star && headers.name_addrs(&name).any(|address| address.is_err()) {
            faults.push(name.to_string());
        }
    }
    check_single::<CallId<'_>>(message, &mut faults);
    check_single::<CSeq>(message, &mut faults);
    check_single::<MaxForwards>(message, &mut faults);
    check_single::<ContentLength>(message, &mut faults);
    check_single::<ContentType<'_>>(message, &mut faults);
    check_single::<Expires>(message, &mut faults);
    check_single::<RetryAfter<'_>>(message, &mut faults);
    check::<Warning<'_>>(message, &mut faults);
    check::<Require<'_>>(message, &mut faults);
    check::<ProxyRequire<'_>>(message, &mut faults);
    check::<Supported<'_>>(message, &mut faults);
    check::<Allow>(message, &mut faults);
    check::<Accept<'_>>(message, &mut faults);
    faults
}

/// A UAS that serves every method we know, so that each message is judged by its form.
fn rules() -> UasRules {
    let mut rules = UasRules::default();
    rules.methods.extend([Method::REGISTER, Method::MESSAGE]);
    rules
}

#[test]
fn every_message_has_its_row() {
    let manifest = include_str!("data/rfc4475/manifest.tsv");
    let names: Vec<&str> =
        manifest.lines().skip(1).filter_map(|line| line.split('\t').next()).collect();
    assert_eq!(names, TABLE.iter().map(|row| row.name).collect::<Vec<_>>());
    assert_eq!(names.len(), 49);
    let count = |due| TABLE.iter().filter(|row| row.due == due).count();
    assert_eq!((count(Must), count(Reject), count(Optional), count(NotBreak)), (26, 14, 8, 1));
}

#[test]
fn the_table_holds() {
    let rules = rules();
    for Row { name, scan, typed, uas, why, .. } in TABLE {
        let octets = data(name);
        let is_response = octets.starts_with(b"SIP/2.0 ");
        match Message::parse(octets.clone().into(), &Limits::default()) {
            Err(error) => {
                assert_eq!(Some(error.kind()), *scan, "{name}: {error} ({why})");
                let answer = if is_response { Drops } else { Answers(error.status().code()) };
                assert_eq!(answer, *uas, "{name}: {why}");
                // What cannot be parsed can still be answered.
                assert!(
                    is_response || Message::salvage(octets.into(), &Limits::default()).is_some(),
                    "{name}"
                );
            }
            Ok(message) => {
                assert_eq!(None, *scan, "{name}: {why}");
                assert_eq!(typed_faults(&message), *typed, "{name}: {why}");
                let outcome = match &message {
                    Message::Request(request) => match validate_request(request, &rules) {
                        Ok(()) => Acts,
                        Err(rejection) => Answers(rejection.status.code()),
                    },
                    Message::Response(response) => match validate_response(response) {
                        Ok(()) => Acts,
                        Err(_) => Drops,
                    },
                };
                assert_eq!(outcome, *uas, "{name}: {why}");
            }
        }
    }
}

/// The two figures that the RFC leaves no choice about.
#[test]
fn nothing_valid_is_malformed_and_nothing_invalid_is_acted_on() {
    for Row { name, due, scan, typed, uas, .. } in TABLE {
        match due {
            Must => {
                assert!(scan.is_none() && typed.is_empty(), "{name} is valid");
                // Of those that are answered, the reason is in what they ask for; unksm2 asks a registrar for the
                // registration of no SIP URI, which RFC 4475 3.3.4 answers 400.
                assert!(*uas != Answers(400) || *name == "unksm2", "{name} is valid");
            }
            Reject => assert!(*uas != Acts, "{name} is not valid"),
            Optional | NotBreak => {}
        }
    }
}

/// The file of `baddn` ends without an empty line; with one, the display name is what is refused.
#[test]
fn baddn_with_an_end_is_refused_for_its_display_name() {
    let mut octets = data("baddn");
    octets.extend_from_slice(b"\r\n");
    let message = Message::parse(octets.into(), &Limits::default()).unwrap();
    assert_eq!(typed_faults(&message), ["From", "To"]);
}

fn parsed(name: &str) -> Message {
    Message::parse(data(name).into(), &Limits::default()).unwrap()
}

/// What the RFC says about the meaning of the valid ones, beyond their being taken.
#[test]
fn meanings() {
    let wsinv = parsed("wsinv");
    assert_eq!(wsinv.headers().cseq().unwrap(), Some(CSeq::new(9, Method::INVITE)));
    assert_eq!(wsinv.headers().max_forwards().unwrap(), Some(68));
    assert_eq!(wsinv.headers().all::<Via<'_>>().count(), 3);
    let from = wsinv.headers().from().unwrap().unwrap();
    assert_eq!(from.display_name().unwrap(), "J Rosenberg \\\"");
    assert_eq!(from.tag(), Some("98asjd8"));
    let to = wsinv.headers().to().unwrap().unwrap();
    assert_eq!(to.tag(), Some("1918181833n"));

    let esc02 = parsed("esc02");
    assert_eq!(esc02.headers().contacts().count(), 2);
    assert_eq!(esc02.headers().to().unwrap().unwrap().display_name().unwrap(), "%Z%45");

    let escnull = parsed("escnull");
    assert_eq!(escnull.headers().contacts().count(), 2);
    let to = escnull.headers().to().unwrap().unwrap();
    assert_eq!(to.uri().user().unwrap(), "null-\0-null");

    let longreq = parsed("longreq");
    assert_eq!(longreq.headers().all::<Via<'_>>().count(), 34);

    let dblreq = parsed("dblreq");
    assert_eq!((dblreq.body().len(), dblreq.trailing()), (0, 450));

    let Message::Request(semiuri) = parsed("semiuri") else { panic!("a request") };
    assert_eq!(semiuri.request_uri().unwrap().user().unwrap(), "user;par=u@example.net");

    let Message::Response(unreason) = parsed("unreason") else { panic!("a response") };
    assert!(std::str::from_utf8(unreason.reason()).unwrap().contains("простое"));

    let cparam01 = parsed("cparam01");
    let contact = cparam01.headers().contact().unwrap().unwrap();
    assert!(contact.param("unknownparam").is_some());
    assert_eq!(contact.uri().as_sip().unwrap().param("unknownparam"), None);
    let cparam02 = parsed("cparam02");
    let contact = cparam02.headers().contact().unwrap().unwrap();
    assert!(contact.uri().as_sip().unwrap().param("unknownparam").is_some());

    let regescrt = parsed("regescrt");
    assert!(!regescrt.headers().contains(&HeaderName::ROUTE));
    let contact = regescrt.headers().contact().unwrap().unwrap();
    assert_eq!(contact.uri().as_sip().unwrap().headers().next().unwrap().0, "Route");

    let Message::Request(bext01) = parsed("bext01") else { panic!("a request") };
    let rejection = validate_request(&bext01, &rules()).unwrap_err();
    assert_eq!(rejection.unsupported, ["nothingSupportsThis", "nothingSupportsThisEither"]);
}

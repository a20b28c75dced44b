//! What is not a proper message: never a panic, an answer only where one is due, all counted.

use siptrunk_message::{HeaderName, StatusCode};
use siptrunk_transaction::{Config, Received, To, stateless};

use crate::rig::{Rig, config, header, incoming, them, us};

const METHODS: [&str; 14] = [
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "INFO",
    "UPDATE",
    "PRACK",
    "REFER",
    "NOTIFY",
    "SUBSCRIBE",
    "MESSAGE",
    "PUBLISH",
];

/// The fields without which there is no request, and what becomes of it without them.
const MANDATORY: [&str; 6] = ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"];

fn lines(method: &str) -> Vec<String> {
    let text = incoming(method, "z9hG4bKm", "");
    text.trim_end().lines().map(|line| format!("{line}\r\n")).collect()
}

fn at(lines: &[String], name: &str) -> usize {
    lines.iter().position(|line| line.starts_with(&format!("{name}:"))).unwrap()
}

/// Feeds one message and says what became of it; the counters must account for it.
fn outcome(bytes: &[u8]) -> (Option<u16>, usize) {
    let mut rig = Rig::new();
    rig.receive(bytes);
    let events = rig.events.len();
    let counters = *rig.layer.counters();
    let dropped = counters.malformed_dropped
        + counters.malformed_answered
        + counters.malformed_responses
        + counters.keepalives
        + counters.foreign_responses
        + counters.stray_responses
        + counters.stray_acks
        + counters.stray_cancels;
    assert_eq!(counters.received, 1);
    assert_eq!(dropped + events as u64, 1, "{}", String::from_utf8_lossy(bytes));
    let status = rig.sent.first().map(|(_, transmit)| {
        let line = std::str::from_utf8(&transmit.bytes[8..11]).unwrap();
        line.parse().unwrap()
    });
    (status, events)
}

#[test]
fn every_mandatory_field_deleted_doubled_emptied_spoiled_or_moved_in_every_method() {
    let mut cases = 0;
    for method in METHODS {
        for name in MANDATORY {
            for change in 0..14 {
                let mut lines = lines(method);
                let field = at(&lines, name);
                // What must become of it: a 400, or nothing where it cannot be answered.
                let mut spoilt = true;
                match change {
                    0 => {
                        lines.remove(field);
                        spoilt = name != "Max-Forwards";
                    }
                    1 => {
                        lines.insert(field, lines[field].clone());
                        // Via is a list.
                        spoilt = name != "Via";
                    }
                    2 => lines[field] = format!("{name}:\r\n"),
                    3 => lines[field] = format!("{name}: \t \r\n"),
                    4 => lines[field] = format!("{name}: \u{1}\u{2}\r\n"),
                    5 => lines[field] = format!("{name}: ,\r\n"),
                    6 => lines[field] = format!("{name}: \"\r\n"),
                    7 => lines[field] = format!("{name}: <\r\n"),
                    8 => lines[field] = format!("{name}: 99999999999999999999 {method}\r\n"),
                    9 => lines[field] = format!("{name}: -1\r\n"),
                    10 => lines[field] = format!("{name}: {}\r\n", "é".repeat(3)),
                    11 => {
                        // Order means nothing but to Via and Route.
                        let line = lines.remove(field);
                        lines.push(line);
                        spoilt = false;
                    }
                    12 => {
                        let line = lines.remove(field);
                        lines.insert(1, line);
                        spoilt = false;
                    }
                    _ => lines[field] = format!("{name}: {}\r\n", ";x".repeat(40)),
                }
                // A Call-ID may be nearly anything that is a word.
                let lenient = name == "Call-ID" && matches!(change, 6 | 7 | 9);
                let bytes = lines.concat() + "\r\n";
                let (status, events) = outcome(bytes.as_bytes());
                let case = format!("{method} {name} {change}");
                cases += 1;
                if !spoilt || lenient {
                    assert_ne!(status, Some(400), "{case}");
                } else if method == "ACK" || (name == "Via" && change != 11) {
                    assert_eq!((status, events), (None, 0), "{case}");
                } else {
                    assert_eq!((status, events), (Some(400), 0), "{case}");
                }
            }
        }
    }
    assert!(cases >= 1_000, "{cases}");
}

#[test]
fn a_400_repeats_what_could_be_read_and_has_a_tag_of_ours() {
    let mut rig = Rig::new();
    let broken = incoming("INVITE", "z9hG4bKm", "").replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
    rig.receive(&broken);
    let first = rig.last_sent().bytes.clone();
    assert!(first.starts_with(b"SIP/2.0 400 Bad Request\r\n"));
    assert_eq!(header(&first, &HeaderName::CALL_ID), "z9hG4bKm@127.0.2.1");
    assert_eq!(header(&first, &HeaderName::FROM), "<sip:caller@127.0.2.1>;tag=from1");
    assert_eq!(header(&first, &HeaderName::CSEQ), "1 BYE");
    assert!(header(&first, &HeaderName::TO).starts_with("<sip:service@127.0.1.1>;tag=s-"));
    rig.receive(&broken);
    assert_eq!(rig.last_sent().bytes, first, "the same for each copy (RFC 3261 section 8.2.7)");
    assert!(rig.layer.live().is_empty());
    assert_eq!(rig.layer.counters().malformed_answered, 2);

    // Its ACK has the same wrong CSeq, or a right one; neither means anything to anybody.
    let tag = header(&first, &HeaderName::TO).split("tag=").nth(1).unwrap().to_owned();
    let ack = incoming("ACK", "z9hG4bKm", "")
        .replace("127.0.1.1>\r\n", &format!("127.0.1.1>;tag={tag}\r\n"));
    rig.receive(ack.replace("1 ACK", "1 BYE"));
    rig.receive(&ack);
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().malformed_dropped, 1);
    assert_eq!(rig.layer.counters().stray_acks, 1);
}

#[test]
fn another_version_gets_505_and_a_lie_about_the_length_400() {
    let good = incoming("OPTIONS", "z9hG4bKm", "");
    assert_eq!(outcome(good.replace("SIP/2.0\r\nVia", "SIP/3.0\r\nVia").as_bytes()).0, Some(505));
    for length in ["1", "-1", "4294967296", "0x10", "1 2", "", "99999999999999999999999999"] {
        let bytes = good.replace("Content-Length: 0", &format!("Content-Length: {length}"));
        assert_eq!(outcome(bytes.as_bytes()).0, Some(400), "{length:?}");
    }
}

#[test]
fn nothing_that_is_no_request_is_answered() {
    let response = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.1.1:5060;branch=z9hG4bKx\r\n\r\n";
    for bytes in [
        &b""[..],
        b"\r\n",
        b"\r\n\r\n",
        b"\0",
        b"\x00\x01\x00\x00\x21\x12\xa4\x42",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0",
        b"OPTIONS sip:x SIP/2.0\r\n",
        b"OPTIONS sip:x SIP/2.0\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/3.0/UDP h;branch=z9hG4bK1\r\nCall-ID: x\r\n\r\n",
        b"SIP/2.0 99 Low\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        response.as_bytes(),
        "ÄÖÜ sip:x SIP/2.0\r\n\r\n".as_bytes(),
    ] {
        assert_eq!(outcome(bytes), (None, 0), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn every_prefix_and_every_spoilt_byte_of_a_request_is_accounted_for() {
    let good = incoming("INVITE", "z9hG4bKm", "Content-Type: application/sdp\r\n");
    for end in 0..good.len() {
        outcome(&good.as_bytes()[..end]);
    }
    for at in 0..good.len() {
        for byte in [0, b'\r', b'\n', b' ', b':', b'"', b'<', b',', 0xff] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            let mut rig = Rig::new();
            rig.receive(&bytes);
            rig.finish();
        }
    }
}

#[test]
fn an_answer_is_hardly_larger_than_what_it_answers() {
    // What may come on top: received and rport, the tag, and a Content-Length.
    const MARKS: usize = ";received=255.255.255.255;rport=65535".len()
        + ";tag=s-0123456789abcdef".len()
        + "Content-Length: 0\r\n".len()
        + "\r\n".len();
    let broken = incoming("INVITE", "z9hG4bKm", "").replace("CSeq: 1 INVITE", "CSeq: 1 BYE");
    let minimal = "A a:b SIP/2.0\r\nv:SIP/2.0/UDP h\r\ni:c\r\n\r\n";
    for bytes in [broken.as_str(), minimal] {
        let mut rig = Rig::new();
        rig.receive(bytes);
        let answer = rig.last_sent().bytes.len();
        assert!(answer <= bytes.len() + MARKS + "Bad Request".len() + 16, "{answer}");
    }
}

#[test]
fn it_can_be_told_to_stay_silent() {
    let mut rig = Rig::with(Config { answer_malformed: false, ..config() });
    rig.receive(incoming("INVITE", "z9hG4bKm", "").replace("CSeq: 1 INVITE", "CSeq: 1 BYE"));
    rig.receive("INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nCall-ID: x\r\nCSeq: x\r\n");
    assert!(rig.sent.is_empty());
    assert_eq!(rig.layer.counters().malformed_dropped, 2);
}

#[test]
fn anyone_can_refuse_without_a_layer() {
    let limits = siptrunk_message::Limits::default();
    let refuse = |bytes: String| {
        let received = Received::datagram(0, us(), them(), bytes);
        stateless::refuse(&received, StatusCode::FORBIDDEN, &limits, "tag1")
    };
    let answer = refuse(incoming("INVITE", "z9hG4bKm", "")).unwrap();
    assert!(answer.bytes.starts_with(b"SIP/2.0 403 Forbidden\r\n"));
    assert!(matches!(answer.to, To::Flow(flow) if flow.peer() == Some(them())));
    assert_eq!(header(&answer.bytes, &HeaderName::TO), "<sip:service@127.0.1.1>;tag=tag1");
    assert_eq!(refuse(incoming("ACK", "z9hG4bKm", "")), None);
    assert_eq!(refuse("SIP/2.0 200 OK\r\n\r\n".to_owned()), None);
}

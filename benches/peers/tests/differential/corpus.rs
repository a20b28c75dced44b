//! The inputs: the five bench messages, the 49 of RFC 4475, and mutations of the bench messages by rule. Nothing is
//! drawn: the same inputs each time.

use std::fs;
use std::path::Path;

/// Some octets and how they came about: `bench/invite/fold Via#0`.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) octets: Vec<u8>,
}

/// All of them.
pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, octets) in files(&here.join("../messages"), "sip") {
        cases.push(Case { name: format!("bench/{name}/as it is"), octets: octets.clone() });
        let mutants = mutants(&octets).into_iter();
        cases.extend(
            mutants.map(|(rule, octets)| Case { name: format!("bench/{name}/{rule}"), octets }),
        );
    }
    let torture = here.join("../../crates/siptrunk-message/tests/data/rfc4475");
    for (name, octets) in files(&torture, "dat") {
        cases.push(Case { name: format!("rfc4475/{name}/as it is"), octets });
    }
    cases
}

/// The files with that ending, by name.
fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the folder is part of the repository");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("the file can be read"))
        })
        .collect();
    files.sort();
    files
}

/// A message taken apart: the lines of its head, without their ends, and its body.
struct Parts {
    lines: Vec<Vec<u8>>,
    body: Vec<u8>,
}

impl Parts {
    fn of(octets: &[u8]) -> Self {
        let end = octets.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let text = std::str::from_utf8(&octets[..end]).expect("the bench messages are text");
        let lines = text.split("\r\n").map(|line| line.as_bytes().to_vec()).collect();
        Self { lines, body: octets[end + 4..].to_vec() }
    }

    /// Put together again, each line of the head ended by `end`.
    fn joined(&self, end: &[u8]) -> Vec<u8> {
        let mut octets = Vec::new();
        for line in &self.lines {
            octets.extend_from_slice(line);
            octets.extend_from_slice(end);
        }
        octets.extend_from_slice(end);
        octets.extend_from_slice(&self.body);
        octets
    }

    /// With one line replaced by none, one or several.
    fn with(&self, at: usize, lines: &[Vec<u8>]) -> Vec<u8> {
        let mut all = self.lines.clone();
        all.splice(at..=at, lines.iter().cloned());
        Self { lines: all, body: self.body.clone() }.joined(b"\r\n")
    }

    /// The line whose header has that name, lines counted from the start line.
    fn line(&self, name: &str) -> Option<usize> {
        self.lines.iter().position(|line| line.starts_with(format!("{name}: ").as_bytes()))
    }
}

/// Every rule applied wherever it fits.
fn mutants(octets: &[u8]) -> Vec<(String, Vec<u8>)> {
    let parts = Parts::of(octets);
    let mut out = vec![
        ("line ends: LF".to_owned(), parts.joined(b"\n")),
        ("line ends: CR".to_owned(), parts.joined(b"\r")),
        ("before: CRLF CRLF".to_owned(), [b"\r\n\r\n", octets].concat()),
        ("before: a space".to_owned(), [b" ", octets].concat()),
        ("after: ten octets".to_owned(), [octets, b"0123456789"].concat()),
    ];
    for at in 1..parts.lines.len() {
        headers(&parts, at, &mut out);
    }
    start_line(&parts, &mut out);
    content_length(&parts, &mut out);
    values(&parts, &mut out);
    out
}

/// What can happen to any header line.
fn headers(parts: &Parts, at: usize, out: &mut Vec<(String, Vec<u8>)>) {
    let line = &parts.lines[at];
    let colon = line.iter().position(|&octet| octet == b':').expect("a header line");
    let (name, value) = (&line[..colon], &line[colon + 2..]);
    let label = format!("{}#{at}", String::from_utf8_lossy(name));
    let mut add = |rule: &str, lines: &[Vec<u8>]| {
        out.push((format!("{rule} {label}"), parts.with(at, lines)));
    };
    let build = |name: &[u8], between: &[u8], value: &[u8]| [name, between, value].concat();
    add("drop", &[]);
    add("twice", &[line.clone(), line.clone()]);
    add("lower case", &[build(&name.to_ascii_lowercase(), b": ", value)]);
    add("upper case", &[build(&name.to_ascii_uppercase(), b": ", value)]);
    add("space before colon", &[build(name, b" : ", value)]);
    add("tab after colon", &[build(name, b":\t", value)]);
    add("nothing after colon", &[build(name, b":", value)]);
    add("spaces at the end", &[[line, &b" \t"[..]].concat()]);
    add("no value", &[build(name, b":", b"")]);
    add("no colon", &[build(name, b" ", value)]);
    add("folded before", &[build(name, b":", b""), [b" ", value].concat()]);
    add("folded after", &[line.clone(), b"\t".to_vec()]);
    for (octet, what) in [(0, "NUL"), (b'\r', "CR"), (b'\n', "LF"), (7, "BEL"), (0xff, "FF")] {
        add(&format!("{what} in the value of"), &[build(name, b": ", &[&[octet], value].concat())]);
        add(&format!("{what} in the name of"), &[build(&[name, &[octet]].concat(), b": ", value)]);
    }
    add("comma at the end of", &[[line, &b","[..]].concat()]);
    add("semicolon at the end of", &[[line, &b";"[..]].concat()]);
    add("quote at the end of", &[[line, &b"\""[..]].concat()]);
    add("angle at the end of", &[[line, &b"<"[..]].concat()]);
    add("first half of", &[line[..colon + 2 + value.len() / 2].to_vec()]);
}

/// Start lines that are not as they should be.
fn start_line(parts: &Parts, out: &mut Vec<(String, Vec<u8>)>) {
    let line = String::from_utf8_lossy(&parts.lines[0]).into_owned();
    let rows = [
        ("two spaces", line.replacen(' ', "  ", 1)),
        ("a tab", line.replacen(' ', "\t", 1)),
        ("a space at the end", format!("{line} ")),
        ("lower-case version", line.replace("SIP/2.0", "sip/2.0")),
        ("version 3.0", line.replace("SIP/2.0", "SIP/3.0")),
        ("version 2.00", line.replace("SIP/2.0", "SIP/2.00")),
        ("no version", line.replace("SIP/2.0", "")),
        ("another protocol", line.replace("SIP/2.0", "HTTP/1.1")),
        ("only one word", line.split(' ').next().unwrap_or_default().to_owned()),
        ("a space in the URI", line.replacen("@", " @", 1)),
        ("angle brackets", line.replacen("sip:", "<sip:", 1)),
        ("a scheme of its own", line.replacen("sip:", "nobodyknows:", 1)),
        ("a method of its own", line.replacen("INVITE", "UNHEARD-OF", 1)),
        ("a method in lower case", line.replacen("INVITE", "invite", 1)),
        ("status 99", line.replacen("200", "99", 1).replacen("100", "99", 1)),
        ("status 699", line.replacen("200", "699", 1).replacen("100", "699", 1)),
        ("status 700", line.replacen("200", "700", 1).replacen("100", "700", 1)),
        ("status 2000", line.replacen("200", "2000", 1).replacen("100", "1000", 1)),
    ];
    for (rule, changed) in rows {
        if changed != line {
            out.push((format!("start line: {rule}"), parts.with(0, &[changed.into_bytes()])));
        }
    }
}

/// Lengths that are not the body's, or no lengths.
fn content_length(parts: &Parts, out: &mut Vec<(String, Vec<u8>)>) {
    let Some(at) = parts.line("Content-Length") else { return };
    let length = parts.body.len();
    let rows = [
        ("one more", (length + 1).to_string()),
        ("one less", length.saturating_sub(1).to_string()),
        ("negative", "-1".to_owned()),
        ("with a plus", format!("+{length}")),
        ("with zeros", format!("000{length}")),
        ("hexadecimal", format!("0x{length:x}")),
        ("with a fraction", format!("{length}.0")),
        ("over 32 bits", "4294967296".to_owned()),
        ("over 64 bits", "18446744073709551616".to_owned()),
        ("two in one", format!("{length}, {length}")),
        ("with a word", format!("{length} octets")),
    ];
    for (rule, value) in rows {
        let line = format!("Content-Length: {value}").into_bytes();
        out.push((format!("length: {rule}"), parts.with(at, &[line])));
    }
    let other = [parts.lines[at].clone(), b"Content-Length: 7".to_vec()];
    out.push(("length: two that differ".to_owned(), parts.with(at, &other)));
    let compact = [parts.lines[at].clone(), format!("l: {length}").into_bytes()];
    out.push(("length: long and compact".to_owned(), parts.with(at, &compact)));
}

/// Values of the headers that are compared.
fn values(parts: &Parts, out: &mut Vec<(String, Vec<u8>)>) {
    const ROWS: [(&str, &str, &str); 38] = [
        ("CSeq", "a letter", "CSeq: a INVITE"),
        ("CSeq", "negative", "CSeq: -1 INVITE"),
        ("CSeq", "31 bits", "CSeq: 2147483647 INVITE"),
        ("CSeq", "32 bits", "CSeq: 4294967295 INVITE"),
        ("CSeq", "33 bits", "CSeq: 4294967296 INVITE"),
        ("CSeq", "no method", "CSeq: 1"),
        ("CSeq", "another method", "CSeq: 1 BYE"),
        ("CSeq", "many spaces", "CSeq: 1  \t INVITE"),
        ("CSeq", "zeros", "CSeq: 0001 INVITE"),
        ("CSeq", "a word more", "CSeq: 1 INVITE now"),
        ("Call-ID", "a space", "Call-ID: a b"),
        ("Call-ID", "two at signs", "Call-ID: a@b@c"),
        ("Call-ID", "brackets", "Call-ID: <a>[b]{c}"),
        ("Call-ID", "compact", "i: abc@h"),
        ("From", "no brackets", "From: sip:a@h;tag=1"),
        ("From", "no brackets, parameters", "From: sip:a@h;user=phone;tag=1"),
        ("From", "no tag", "From: <sip:a@h>"),
        ("From", "two tags", "From: <sip:a@h>;tag=1;tag=2"),
        ("From", "an empty tag", "From: <sip:a@h>;tag="),
        ("From", "a tag without value", "From: <sip:a@h>;tag"),
        ("From", "TAG", "From: <sip:a@h>;TAG=1"),
        ("From", "spaces about the tag", "From: <sip:a@h> ; tag = 1"),
        ("From", "a quoted tag", "From: <sip:a@h>;tag=\"1\""),
        ("From", "a tag within quotes", "From: \";tag=no\" <sip:a@h>;tag=1"),
        ("From", "a tag within the URI", "From: <sip:a@h;tag=no>;tag=1"),
        ("From", "escaped quotes", "From: \"a \\\" b\" <sip:a@h>;tag=1"),
        ("From", "words for a name", "From: A. B <sip:a@h>;tag=1"),
        ("From", "a comma", "From: A, B <sip:a@h>;tag=1"),
        ("From", "another scheme", "From: <tel:+1555>;tag=1"),
        ("From", "text behind", "From: <sip:a@h> b;tag=1"),
        ("To", "two values", "To: <sip:a@h>;tag=1, <sip:b@h>;tag=2"),
        ("Via", "no branch", "Via: SIP/2.0/UDP h"),
        ("Via", "two values", "Via: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP g;branch=z9hG4bK2"),
        ("Via", "spaces about slashes", "Via: SIP / 2.0 / UDP h;branch=z9hG4bK1"),
        ("Via", "IPv6", "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1"),
        ("Via", "a port over 65535", "Via: SIP/2.0/UDP h:65536;branch=z9hG4bK1"),
        ("Via", "two branches", "Via: SIP/2.0/UDP h;branch=z9hG4bK1;branch=z9hG4bK2"),
        ("Via", "another protocol", "Via: SIP/3.0/UDP h;branch=z9hG4bK1"),
    ];
    for (name, rule, line) in ROWS {
        if let Some(at) = parts.line(name) {
            out.push((format!("{name}: {rule}"), parts.with(at, &[line.as_bytes().to_vec()])));
        }
    }
}

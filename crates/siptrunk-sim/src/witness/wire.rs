//! The witness's own reading of a message: small, forgiving, and independent of our parser, so
//! that a mistake of ours cannot hide itself.

/// A message as the witness sees it.
pub(super) struct Wire<'a> {
    pub(super) first_line: &'a str,
    pub(super) kind: Kind<'a>,
    /// Long name in lower case, and the value with its folds undone.
    fields: Vec<(String, String)>,
    pub(super) body: &'a [u8],
}

#[derive(Clone, Copy)]
pub(super) enum Kind<'a> {
    Request { method: &'a str, uri: &'a str },
    Response { status: u16 },
}

impl<'a> Wire<'a> {
    /// Reads a datagram; `None` if it cannot be SIP.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(bytes.get(..end)?).ok()?;
        let body = bytes.get(end + 4..)?;
        let mut lines = head.split("\r\n");
        let first_line = lines.next()?;
        let kind = kind(first_line)?;
        let mut fields: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with([' ', '\t']) {
                let (_, value) = fields.last_mut()?;
                value.push(' ');
                value.push_str(line.trim());
            } else {
                let (name, value) = line.split_once(':')?;
                fields.push((long_name(name.trim_end()), value.trim().to_owned()));
            }
        }
        Some(Self { first_line, kind, fields, body })
    }

    pub(super) fn all<'b>(&'b self, name: &'b str) -> impl Iterator<Item = &'b str> {
        self.fields.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn first(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_str())
    }

    /// All Via values, topmost first, commas undone.
    pub(super) fn vias(&self) -> Vec<&str> {
        self.all("via").flat_map(|value| split_list(value)).collect()
    }

    pub(super) fn tag(&self, header: &str) -> Option<&str> {
        parameter(after_address(self.first(header)?), "tag")
    }

    /// Number and method.
    pub(super) fn cseq(&self) -> Option<(u32, &str)> {
        let mut words = self.first("cseq")?.split_ascii_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?))
    }

    /// The body, if it is a session description.
    pub(super) fn sdp(&self) -> Option<&'a str> {
        self.body_of("application/sdp")
    }

    /// The body, if it is a part of a message.
    pub(super) fn fragment(&self) -> Option<&'a str> {
        self.body_of("message/sipfrag")
    }

    fn body_of(&self, wanted: &str) -> Option<&'a str> {
        let kind = self.first("content-type")?;
        let kind = kind.split(';').next().unwrap_or_default().trim();
        let is = kind.eq_ignore_ascii_case(wanted) && !self.body.is_empty();
        if is { std::str::from_utf8(self.body).ok() } else { None }
    }
}

fn kind(line: &str) -> Option<Kind<'_>> {
    if let Some(rest) = line.strip_prefix("SIP/2.0 ") {
        let status: u16 = rest.get(..3)?.parse().ok()?;
        return Some(Kind::Response { status });
    }
    let mut words = line.split(' ');
    let (method, uri, version) = (words.next()?, words.next()?, words.next()?);
    (version == "SIP/2.0" && words.next().is_none()).then_some(Kind::Request { method, uri })
}

/// Compact forms of RFC 3261 section 7.3.3 and its extensions.
fn long_name(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let long = match name.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "l" => "content-length",
        "c" => "content-type",
        "e" => "content-encoding",
        "s" => "subject",
        "o" => "event",
        "r" => "refer-to",
        "k" => "supported",
        _ => return name,
    };
    long.to_owned()
}

/// Splits at commas outside quotes and angle brackets.
pub(super) fn split_list(value: &str) -> Vec<&str> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for (at, byte) in value.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => depth += 1,
            b'>' if !quoted => depth = depth.saturating_sub(1),
            b',' if !quoted && depth == 0 => {
                parts.extend(value.get(start..at).map(str::trim));
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.extend(value.get(start..).map(str::trim));
    parts
}

/// What follows the address of a From or To: its parameters, not those of the URI.
fn after_address(value: &str) -> &str {
    // A display name may hold any bracket; the address is the last one.
    let quoted_end = value.strip_prefix('"').and_then(|rest| {
        let mut escaped = false;
        rest.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            ends
        })
    });
    let rest = quoted_end.and_then(|end| value.get(end + 2..)).unwrap_or(value);
    rest.split_once('>').map_or(rest, |(_, parameters)| parameters)
}

/// A parameter's value: `name=value` between semicolons.
pub(super) fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    value.split(';').skip(1).find_map(|parameter| {
        let (known, value) = parameter.split_once('=')?;
        known.trim().eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// `host:port` of a Via, in lower case.
pub(super) fn sent_by(via: &str) -> String {
    let before = via.split(';').next().unwrap_or_default();
    before.split_ascii_whitespace().last().unwrap_or_default().to_ascii_lowercase()
}

/// A Via without what the receiver adds to it (RFC 3261 18.2.1, RFC 3581), and without spaces.
pub(super) fn via_as_sent(via: &str) -> String {
    let mut kept = String::new();
    for (index, part) in via.split(';').enumerate() {
        let name = part.split('=').next().unwrap_or_default().trim();
        if index > 0
            && (name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("rport"))
        {
            continue;
        }
        if index > 0 {
            kept.push(';');
        }
        kept.extend(part.chars().filter(|c| !c.is_whitespace()));
    }
    kept
}

/// A value with its white space reduced, to compare what may be spaced anew.
pub(super) fn squeezed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_names_folds_and_lists_are_read() {
        let bytes = b"INVITE sip:b@x SIP/2.0\r\nv: SIP/2.0/UDP a:1;branch=z9hG4bK1,\r\n SIP/2.0/UDP b;branch=z9hG4bK2\r\n\
            f: \"a>, \\\"b;tag=no\" <sip:a@x;tag=nor>;tag=yes\r\nt: sip:b@x;tag=plain\r\nCSeq: 7 INVITE\r\nc: application/sdp\r\n\r\nv=0\r\n";
        let wire = Wire::read(bytes).unwrap();
        assert!(matches!(wire.kind, Kind::Request { method: "INVITE", uri: "sip:b@x" }));
        assert_eq!(wire.vias().len(), 2);
        assert_eq!(parameter(wire.vias()[1], "branch"), Some("z9hG4bK2"));
        assert_eq!(sent_by(wire.vias()[0]), "a:1");
        assert_eq!(wire.tag("from"), Some("yes"));
        assert_eq!(wire.tag("to"), Some("plain"));
        assert_eq!(wire.cseq(), Some((7, "INVITE")));
        assert_eq!(wire.sdp(), Some("v=0\r\n"));
    }

    #[test]
    fn what_is_not_sip_is_not_read() {
        for bytes in [&b"\x80\x00"[..], b"INVITE x HTTP/1.1\r\n\r\n", b"SIP/2.0 abc\r\n\r\n", b""] {
            assert!(Wire::read(bytes).is_none());
        }
    }

    #[test]
    fn what_the_receiver_adds_to_a_via_does_not_count() {
        let sent = via_as_sent("SIP/2.0/UDP a:1;rport;branch=z9hG4bK1");
        assert_eq!(sent, via_as_sent("SIP/2.0/UDP  a:1;received=1.2.3.4;rport=9;branch=z9hG4bK1"));
        assert_ne!(sent, via_as_sent("SIP/2.0/UDP a:1;branch=z9hG4bK2"));
    }
}

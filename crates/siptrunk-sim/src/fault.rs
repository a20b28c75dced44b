//! Faults: what goes wrong with a message between a core and the wire, or on a link.

use bytes::{Bytes, BytesMut};
use siptrunk_message::Method;

/// One thing that goes wrong with a datagram.
///
/// A fault works on the bytes alone, so that what it does is independent of the stack under test.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Every SIP request of this method is lost.
    DropRequests(Method),
    /// Every SIP response whose CSeq names this method is lost.
    DropResponses(Method),
    /// Every SIP response with this status is lost.
    DropStatus(u16),
    /// Everything that is not SIP is lost: RTP and RTCP.
    DropMedia,
    /// Header fields whose name starts with this (compared without case) are taken out of every
    /// SIP message, with their folded lines. The body stays as it is.
    StripHeaders(String),
}

/// What a fault did with a datagram.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It goes on, changed or as it was.
    Pass(Bytes),
    /// It is lost.
    Drop,
}

impl Fault {
    /// Does to these bytes what the fault says.
    pub fn apply(&self, bytes: Bytes) -> Passage {
        let dropped = match self {
            Self::DropRequests(method) => request_method(&bytes) == Some(method.as_str()),
            Self::DropResponses(method) => {
                status(&bytes).is_some() && cseq_method(&bytes) == Some(method.as_str())
            }
            Self::DropStatus(code) => status(&bytes) == Some(*code),
            Self::DropMedia => !is_sip(&bytes),
            Self::StripHeaders(prefix) => return Passage::Pass(strip(bytes, prefix)),
        };
        if dropped { Passage::Drop } else { Passage::Pass(bytes) }
    }
}

/// A list of faults, each for ever or for a number of datagrams.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<(Fault, Option<u32>)>);

impl Faults {
    /// No fault.
    pub fn none() -> Self {
        Self::default()
    }

    /// One more fault, for ever.
    #[must_use]
    pub fn with(mut self, fault: Fault) -> Self {
        self.push(fault, None);
        self
    }

    /// One more fault, which works on the first `times` datagrams that it concerns.
    #[must_use]
    pub fn with_first(mut self, times: u32, fault: Fault) -> Self {
        self.push(fault, Some(times));
        self
    }

    /// Adds a fault: for ever with `None`.
    pub fn push(&mut self, fault: Fault, times: Option<u32>) {
        self.0.push((fault, times));
    }

    /// Ends all faults.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Sends a datagram through all faults, in the order in which they were added.
    pub fn apply(&mut self, bytes: Bytes) -> Passage {
        let mut bytes = bytes;
        for (fault, left) in &mut self.0 {
            if *left == Some(0) {
                continue;
            }
            let before = bytes.clone();
            let outcome = fault.apply(bytes);
            let worked = !matches!(&outcome, Passage::Pass(after) if *after == before);
            if let (true, Some(left)) = (worked, left) {
                *left -= 1;
            }
            match outcome {
                Passage::Pass(after) => bytes = after,
                Passage::Drop => return Passage::Drop,
            }
        }
        Passage::Pass(bytes)
    }
}

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self::none().with(fault)
    }
}

/// Whether a datagram is SIP: RTP, RTCP, STUN and DTLS never start with a letter (RFC 7983).
pub(crate) fn is_sip(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(u8::is_ascii_alphabetic)
}

pub(crate) fn first_line(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|&b| b == b'\r' || b == b'\n').unwrap_or(bytes.len());
    bytes.get(..end).and_then(|line| std::str::from_utf8(line).ok()).unwrap_or_default()
}

/// Text of a peer on one line: nothing in it moves a terminal's cursor or forges a line.
pub(crate) fn on_one_line(text: &str) -> String {
    text.replace(char::is_control, "?")
}

fn request_method(bytes: &[u8]) -> Option<&str> {
    if !is_sip(bytes) || bytes.starts_with(b"SIP/") {
        return None;
    }
    first_line(bytes).split(' ').next()
}

fn status(bytes: &[u8]) -> Option<u16> {
    first_line(bytes).strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
}

fn cseq_method(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes.get(..head_length(bytes))?).ok()?;
    let line = text.lines().find(|line| {
        line.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("cseq")) && line.contains(':')
    })?;
    line.split_ascii_whitespace().last()
}

/// Octets up to and with the empty line, or all of them.
fn head_length(bytes: &[u8]) -> usize {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4)
}

fn strip(bytes: Bytes, prefix: &str) -> Bytes {
    if !is_sip(&bytes) {
        return bytes;
    }
    let (head, body) = bytes.split_at(head_length(&bytes));
    let mut kept = BytesMut::with_capacity(bytes.len());
    let (mut stripping, mut first) = (false, true);
    for line in head.split_inclusive(|&b| b == b'\n') {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if !folded {
            stripping = !first
                && line
                    .get(..prefix.len())
                    .is_some_and(|name| name.eq_ignore_ascii_case(prefix.as_bytes()));
        }
        first = false;
        if !stripping {
            kept.extend_from_slice(line);
        }
    }
    if kept.len() == head.len() {
        return bytes;
    }
    kept.extend_from_slice(body);
    kept.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYE: &[u8] = b"BYE sip:a@127.0.0.1 SIP/2.0\r\nX-RouteType: Hangup\r\n more\r\n\
        CSeq: 2 BYE\r\nx-routevalue: 7\r\nX-Keep: x\r\n\r\nX-Route: in the body";

    fn passed(fault: &Fault, bytes: &'static [u8]) -> Option<Bytes> {
        match fault.apply(Bytes::from_static(bytes)) {
            Passage::Pass(bytes) => Some(bytes),
            Passage::Drop => None,
        }
    }

    #[test]
    fn headers_are_stripped_with_their_folds_and_nothing_else() {
        let fault = Fault::StripHeaders("X-Route".into());
        let expected: &[u8] = b"BYE sip:a@127.0.0.1 SIP/2.0\r\nCSeq: 2 BYE\r\nX-Keep: x\r\n\r\n\
            X-Route: in the body";
        assert_eq!(passed(&fault, BYE).unwrap(), expected);
        assert_eq!(
            passed(&fault, b"\x80\x00X-Route: 1\r\n").unwrap(),
            &b"\x80\x00X-Route: 1\r\n"[..]
        );
    }

    #[test]
    fn requests_responses_and_media_are_dropped_by_what_they_are() {
        let ok: &[u8] = b"SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\n\r\n";
        assert_eq!(passed(&Fault::DropRequests(Method::BYE), BYE), None);
        assert!(passed(&Fault::DropRequests(Method::INVITE), BYE).is_some());
        assert!(passed(&Fault::DropRequests(Method::BYE), ok).is_some());
        assert_eq!(passed(&Fault::DropResponses(Method::BYE), ok), None);
        assert!(passed(&Fault::DropResponses(Method::BYE), BYE).is_some());
        assert_eq!(passed(&Fault::DropStatus(200), ok), None);
        assert!(passed(&Fault::DropStatus(487), ok).is_some());
        assert_eq!(passed(&Fault::DropMedia, b"\x80\x00"), None);
        assert!(passed(&Fault::DropMedia, ok).is_some());
    }

    #[test]
    fn a_counted_fault_ends_after_what_it_concerned() {
        let mut faults = Faults::none().with_first(1, Fault::DropRequests(Method::BYE));
        let ok = Bytes::from_static(b"SIP/2.0 200 OK\r\n\r\n");
        assert_eq!(faults.apply(ok.clone()), Passage::Pass(ok));
        assert_eq!(faults.apply(Bytes::from_static(BYE)), Passage::Drop);
        assert_eq!(faults.apply(Bytes::from_static(BYE)), Passage::Pass(Bytes::from_static(BYE)));
    }
}

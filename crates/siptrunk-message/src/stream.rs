//! Messages out of a stream (RFC 3261 18.3, RFC 5626 3.5.1): Content-Length decides, nothing is guessed.

use bytes::Bytes;
use thiserror::Error;

use crate::grammar::{is_token, trim, trim_end};
use crate::limits::Limits;

/// Cuts a stream into messages and keep-alives, without IO.
///
/// Feed octets as they come, then call [`StreamDecoder::next`] until it says `None`. An error is final: after it
/// no one knows where a message begins, so the connection has to close.
///
/// ```
/// use siptrunk_message::{Frame, KeepAlive, Limits, StreamDecoder};
///
/// let mut decoder = StreamDecoder::new(Limits::default());
/// decoder.feed(b"\r\n\r\nSIP/2.0 200 OK\r\nContent-Le");
/// assert_eq!(decoder.next(), Ok(Some(Frame::KeepAlive(KeepAlive::Pong))));
/// assert_eq!(decoder.next(), Ok(Some(Frame::KeepAlive(KeepAlive::Ping))));
/// assert_eq!(decoder.next(), Ok(None));
/// decoder.feed(b"ngth: 0\r\n\r\n");
/// assert!(matches!(decoder.next(), Ok(Some(Frame::Message(_)))));
/// ```
#[derive(Debug)]
pub struct StreamDecoder {
    limits: Limits,
    /// What was fed and not yet taken, from `taken` on.
    buffer: Vec<u8>,
    taken: usize,
    /// How far past `taken` the end of the headers has been looked for.
    searched: usize,
    /// The size of the message at the front, once its headers are complete.
    expected: Option<usize>,
    /// Whether an odd number of CRLF has come since the last message.
    half_ping: bool,
    failed: Option<FramingError>,
}

/// What a stream holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Frame {
    /// A message: octets that [`Message::parse`](crate::Message::parse) takes.
    Message(Bytes),
    /// A CRLF between messages (RFC 5626 4.4.1).
    KeepAlive(KeepAlive),
}

/// What a CRLF between messages may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepAlive {
    /// A first CRLF: the answer to a ping of ours, or half of a ping.
    Pong,
    /// A second CRLF: the peer asks; answer with [`KeepAlive::PONG`].
    Ping,
}

impl KeepAlive {
    /// What asks the peer to show that it is alive.
    pub const PING: &'static [u8] = b"\r\n\r\n";
    /// What answers a ping.
    pub const PONG: &'static [u8] = b"\r\n";
}

impl StreamDecoder {
    /// An empty decoder.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: Vec::new(),
            taken: 0,
            searched: 0,
            expected: None,
            half_ping: false,
            failed: None,
        }
    }

    /// Takes octets from the stream. After an error they are dropped.
    pub fn feed(&mut self, octets: &[u8]) {
        if self.failed.is_some() {
            return;
        }
        if self.taken > 0 {
            self.buffer.drain(..self.taken.min(self.buffer.len()));
            self.taken = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// How many octets are held, at most one message's limit more than one feed.
    pub fn buffered(&self) -> usize {
        self.buffer.len().saturating_sub(self.taken)
    }

    /// Whether a message has begun and not ended: what a deadline for slow senders looks at.
    pub fn is_partial(&self) -> bool {
        self.buffered() > 0
    }

    /// The next frame; `None` until more octets come.
    #[allow(clippy::should_implement_trait)] // an Iterator would end at None; a stream goes on
    pub fn next(&mut self) -> Result<Option<Frame>, FramingError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone());
        }
        match self.advance() {
            Ok(frame) => Ok(frame),
            Err(error) => {
                self.failed = Some(error.clone());
                self.buffer = Vec::new();
                self.taken = 0;
                Err(error)
            }
        }
    }

    fn advance(&mut self) -> Result<Option<Frame>, FramingError> {
        let front = self.buffer.get(self.taken..).unwrap_or_default();
        if self.expected.is_none() {
            match front {
                [] | [b'\r'] => return Ok(None),
                [b'\r', b'\n', ..] => {
                    self.consume(2);
                    self.half_ping = !self.half_ping;
                    let kind = if self.half_ping { KeepAlive::Pong } else { KeepAlive::Ping };
                    return Ok(Some(Frame::KeepAlive(kind)));
                }
                [first, ..] if !is_token(*first) => return Err(FramingError::NotSip),
                _ => {}
            }
            self.expected = self.frame()?;
        }
        let front = self.buffer.get(self.taken..).unwrap_or_default();
        match self.expected.and_then(|expected| front.get(..expected)) {
            None => Ok(None),
            Some(message) => {
                let message = Bytes::copy_from_slice(message);
                self.consume(message.len());
                self.half_ping = false;
                Ok(Some(Frame::Message(message)))
            }
        }
    }

    /// The size of the message at the front, once its headers are complete.
    fn frame(&mut self) -> Result<Option<usize>, FramingError> {
        let front = self.buffer.get(self.taken..).unwrap_or_default();
        let limit = self.limits.message_octets();
        // The end may begin up to three octets before what is new.
        let from = self.searched.saturating_sub(3);
        let Some(found) = memchr::memmem::find(front.get(from..).unwrap_or_default(), b"\r\n\r\n")
        else {
            self.searched = front.len();
            if front.len() > limit {
                return Err(FramingError::TooLarge { limit });
            }
            return Ok(None);
        };
        let head = from.saturating_add(found).saturating_add(4);
        let length = content_length(front.get(..head).unwrap_or_default())?;
        let octets = head.saturating_add(length);
        if octets > limit {
            return Err(FramingError::TooLarge { limit });
        }
        Ok(Some(octets))
    }

    fn consume(&mut self, octets: usize) {
        self.taken = self.taken.saturating_add(octets);
        self.searched = 0;
        self.expected = None;
        if self.taken >= self.buffer.len() {
            self.taken = 0;
            self.buffer.clear();
            // A connection that once carried a large message does not keep room for it.
            if self.buffer.capacity() > KEPT {
                self.buffer = Vec::new();
            }
        }
    }
}

/// How much room an idle connection keeps.
const KEPT: usize = 8 * 1024;

/// Finds the one Content-Length of a head that ends with an empty line. Other faults of the head are for the
/// parser, whose error can be answered; these here cannot, since they decide where the next message begins.
fn content_length(head: &[u8]) -> Result<usize, FramingError> {
    let mut length = None;
    let mut rest = head;
    let mut first = true;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let Some(line) = line.strip_suffix(b"\r") else {
            return Err(FramingError::BareLineEnd);
        };
        if memchr::memchr(b'\r', line).is_some() {
            return Err(FramingError::BareLineEnd);
        }
        let Some(colon) = memchr::memchr(b':', line).filter(|_| !first) else {
            first = false;
            continue;
        };
        let (name, value) = line.split_at(colon);
        let name = trim_end(name);
        if !(name.eq_ignore_ascii_case(b"Content-Length") || name.eq_ignore_ascii_case(b"l")) {
            continue;
        }
        if length.is_some() {
            return Err(FramingError::Repeated);
        }
        // A fold within the value would be the next line: refused, since it would be guessed at elsewhere.
        if matches!(rest.first(), Some(b' ' | b'\t')) {
            return Err(FramingError::Malformed);
        }
        length = Some(decimal(trim(value.get(1..).unwrap_or_default()))?);
    }
    length.ok_or(FramingError::Missing)
}

fn decimal(digits: &[u8]) -> Result<usize, FramingError> {
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(FramingError::Malformed);
    }
    Ok(digits.iter().fold(0_usize, |number, digit| {
        number.saturating_mul(10).saturating_add(usize::from(digit.wrapping_sub(b'0')))
    }))
}

/// Why a stream can no longer be cut into messages. Close the connection.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FramingError {
    /// A message without Content-Length, which a stream needs (RFC 3261 18.3).
    #[error("no Content-Length: on a stream no one knows where this message ends")]
    Missing,
    /// Content-Length is not a number.
    #[error("Content-Length is not a number")]
    Malformed,
    /// Content-Length stands twice, even if both say the same.
    #[error("Content-Length stands more than once")]
    Repeated,
    /// CR or LF that ends no line.
    #[error("CR or LF in the headers that ends no line")]
    BareLineEnd,
    /// What begins is neither a message nor a keep-alive.
    #[error("what begins here is neither a message nor a keep-alive")]
    NotSip,
    /// More octets than [`Limits::message`].
    #[error("a message of more than {limit} octets")]
    TooLarge {
        /// How many it may have.
        limit: usize,
    },
}

#[cfg(test)]
mod tests;

//! The whole grammar of RFC 8866 section 9, as a step of its own after reading.

use crate::bandwidth::Bandwidth;
use crate::error::SdpError;
use crate::grammar::Stop;
use crate::line::{Line, Lines};
use crate::session::SessionDescription;
use crate::timing::{Repeat, Timing, ZoneAdjustment};

/// The lines of a session section in their order; `r=` and `z=` go with `t=`.
const SESSION: &[u8] = b"vosiuepcbtka";

/// The lines of a media section in their order.
const MEDIA: &[u8] = b"micbka";

/// The lines that may stand more than once; in a media section `c=` too, for layered multicast.
const REPEATED: &[u8] = b"epbta";

impl SessionDescription {
    /// Whether the description follows RFC 8866 to the letter: every line of a known type, in its
    /// place, in its grammar, none missing. Reading forgives what no meaning depends on
    /// ([`SessionDescription::parse`]); this says what it forgave.
    ///
    /// `k=`, which RFC 8866 only keeps for old readers, and a `z=` after all `t=`, where RFC 4566
    /// had it, are allowed.
    ///
    /// # Errors
    /// [`SdpError`] with the offset of the first deviation.
    pub fn check_strict(&self) -> Result<(), SdpError> {
        let mut lines = Lines::new(self.as_bytes());
        let mut order = Order::default();
        loop {
            let offset = lines.offset();
            let Some(line) = lines.next() else { break };
            order.step(offset, line.kind)?;
            check_value(offset, line)?;
        }
        if lines.has_bare_ends() {
            let expected = "each line to end in CRLF";
            return Err(SdpError::Malformed { offset: 0, field: "line", expected });
        }
        let end = self.as_bytes().len();
        if !order.has_name {
            return Err(SdpError::Missing { offset: end, field: "s=" });
        }
        if !order.has_time {
            return Err(SdpError::Missing { offset: end, field: "t=" });
        }
        self.check_connections()
    }

    /// Every media section has a connection, its own or the session's (RFC 8866 section 5.7).
    fn check_connections(&self) -> Result<(), SdpError> {
        let is_bare = |media: &crate::Media<'_>| media.connection().is_none();
        match self.media().find(is_bare) {
            Some(media) => Err(SdpError::Missing { offset: media.offset(), field: "c=" }),
            None => Ok(()),
        }
    }
}

/// Where in its section the walk is.
#[derive(Default)]
struct Order {
    in_media: bool,
    /// The place of the last line in its section's order, once there was one.
    place: Option<usize>,
    last: Option<u8>,
    has_name: bool,
    has_time: bool,
}

impl Order {
    fn step(&mut self, offset: usize, kind: u8) -> Result<(), SdpError> {
        let malformed = |expected| SdpError::Malformed { offset, field: "line", expected };
        if kind == b'm' {
            self.in_media = true;
            self.place = None;
            self.last = Some(kind);
            return Ok(());
        }
        self.has_name |= kind == b's';
        self.has_time |= kind == b't';
        if matches!(kind, b'r' | b'z') {
            let follows_time = matches!(self.last, Some(b't' | b'r')) && !self.in_media;
            if !follows_time {
                return Err(malformed("r= and z= after t="));
            }
            self.last = Some(if kind == b'z' { b'z' } else { b'r' });
            return Ok(());
        }
        let letters = if self.in_media { MEDIA } else { SESSION };
        let Some(place) = letters.iter().position(|letter| *letter == kind) else {
            return Err(malformed("a line of a type that RFC 8866 has there"));
        };
        let may_repeat = REPEATED.contains(&kind) || (kind == b'c' && self.in_media);
        if self.place > Some(place) || (self.place == Some(place) && !may_repeat) {
            return Err(malformed("lines in the order of RFC 8866, each as often as it may stand"));
        }
        self.place = Some(place);
        self.last = Some(kind);
        Ok(())
    }
}

/// The grammar of a line's value, where reading did not hold it already.
fn check_value(offset: usize, line: Line<'_>) -> Result<(), SdpError> {
    let (field, expected, checked): (_, _, Result<(), Stop>) = match line.kind {
        b's' => ("s=", "a name, or one space or dash for none", some(line.value)),
        b'i' => ("i=", "some text", some(line.value)),
        b'u' => ("u=", "a URI", some(line.value)),
        b'e' => ("e=", "an e-mail address", some(line.value)),
        b'p' => ("p=", "a phone number", some(line.value)),
        b'b' => ("b=", "type:number", Bandwidth::read(line.value).map(|_| ())),
        b't' => ("t=", "start and stop", Timing::read(line.value).map(|_| ())),
        b'r' => ("r=", "interval, duration and offsets", Repeat::read(line.value).map(|_| ())),
        b'z' => ("z=", "times and offsets", ZoneAdjustment::read(line.value).map(|_| ())),
        b'k' => ("k=", "a method", some(line.value)),
        b'a' => ("a=", "a name", attribute_name(line.value)),
        _ => return Ok(()),
    };
    checked.map_err(|stop| SdpError::Malformed {
        offset: offset.saturating_add(2).saturating_add(stop.0),
        field,
        expected,
    })
}

fn some(value: &[u8]) -> Result<(), Stop> {
    if value.is_empty() { Err(Stop(0)) } else { Ok(()) }
}

fn attribute_name(value: &[u8]) -> Result<(), Stop> {
    let mut cursor = crate::grammar::Cursor::new(value);
    cursor.token()?;
    if cursor.is_at_end() || cursor.byte(b':').is_ok() { Ok(()) } else { Err(cursor.stop()) }
}

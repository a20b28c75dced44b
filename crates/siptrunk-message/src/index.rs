//! The index of a message: 16 octets a header field, offsets into the one buffer.

use crate::name::Known;

/// Where one field stands. `tag` holds the number of a known name in its top octet, then flags, and the length of the
/// name in its low 20 bits: a message has 2^20 octets at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    start: u32,
    value: u32,
    end: u32,
    tag: u32,
}

const NAME_LEN: u32 = (1 << 20) - 1;
const NUL: u32 = 1 << 23;

const _: () = assert!(size_of::<Entry>() == 16, "the index holds 16 octets a field");

impl Entry {
    /// An entry of offsets that are all within a message, whose size is bounded by 2^20.
    #[inline]
    pub(crate) fn new(
        known: Option<Known>,
        start: usize,
        name_len: usize,
        value: usize,
        end: usize,
    ) -> Self {
        let number = known.map_or(Known::NONE, |known| known as u8);
        Self {
            start: narrow(start),
            value: narrow(value),
            end: narrow(end),
            tag: (u32::from(number) << 24) | (narrow(name_len) & NAME_LEN),
        }
    }

    /// The same field where its line has been copied to `start`.
    #[inline]
    pub(crate) fn moved_to(self, start: usize) -> Self {
        // All three are within one line, so each stays as far from the start as it was.
        let moved = narrow(start).wrapping_sub(self.start);
        Self {
            start: self.start.wrapping_add(moved),
            value: self.value.wrapping_add(moved),
            end: self.end.wrapping_add(moved),
            tag: self.tag,
        }
    }

    /// The same field with so many octets more at the end of its value.
    pub(crate) fn lengthened(self, octets: usize) -> Self {
        Self { end: self.end.saturating_add(narrow(octets)), ..self }
    }

    /// The same entry, marked as having a quoted NUL in its value.
    pub(crate) fn with_nul(mut self, nul: bool) -> Self {
        if nul {
            self.tag |= NUL;
        }
        self
    }

    /// Whether the value has a NUL, which is never carried to another message.
    #[inline]
    pub(crate) fn has_nul(self) -> bool {
        self.tag & NUL != 0
    }

    /// Where the line begins, which is where the name begins.
    #[inline]
    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    #[inline]
    pub(crate) fn name_len(self) -> usize {
        (self.tag & NAME_LEN) as usize
    }

    /// Where the value begins, after whitespace.
    #[inline]
    pub(crate) fn value(self) -> usize {
        self.value as usize
    }

    /// Where the value ends, before whitespace.
    #[inline]
    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    #[inline]
    pub(crate) fn known(self) -> Option<Known> {
        Known::from_number(self.number())
    }

    #[inline]
    pub(crate) fn number(self) -> u8 {
        // The shift leaves eight bits.
        (self.tag >> 24) as u8
    }
}

/// A message has 2^20 octets at most: the parser refuses more before it indexes, and a builder that has written more
/// gives no message, so that what is cut off here is never read.
#[inline]
#[allow(clippy::cast_possible_truncation)]
fn narrow(offset: usize) -> u32 {
    offset as u32
}

/// The index of a message that is no longer needed, to be used again by
/// [`Message::parse_with`](crate::Message::parse_with): then parsing allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Index(pub(crate) Vec<Entry>);

impl Index {
    /// An empty index.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Its entries' room, empty; `fields` of it if it has none yet.
    pub(crate) fn emptied(self, fields: usize) -> Vec<Entry> {
        let Self(mut entries) = self;
        entries.clear();
        if entries.capacity() == 0 {
            entries.reserve_exact(fields);
        }
        entries
    }
}

/// A part of a text, as offsets into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    start: u32,
    end: u32,
}

impl Part {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(crate) fn read(self, whole: &str) -> &str {
        whole.get(self.start()..self.end()).unwrap_or_default()
    }

    pub(crate) fn octets(self, whole: &[u8]) -> &[u8] {
        whole.get(self.start()..self.end()).unwrap_or_default()
    }

    pub(crate) fn start(self) -> usize {
        self.start as usize
    }

    pub(crate) fn end(self) -> usize {
        self.end as usize
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

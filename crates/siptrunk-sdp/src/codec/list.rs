//! The codecs of a media section, found without searching for each.

use std::borrow::Cow;

use super::Codec;
use super::assigned::assigned;
use crate::attribute::Attributes;
use crate::attribute::rtpmap::{encoding, leading_number};
use crate::media::PayloadTypes;

/// Where the `a=rtpmap` and `a=fmtp` values of a section are, noted while it was walked. Small,
/// as it moves with each [`Media`](crate::Media).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Maps {
    entries: [Entry; ENTRIES],
    count: u8,
    /// There were more than fit: what is not found here has to be searched for.
    overflow: bool,
}

/// How many values are kept: twice what the trunks we know need.
const ENTRIES: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Entry {
    /// Offset in the section of what follows the number and its space.
    at: u16,
    length: u8,
    /// The payload type; an `a=fmtp` has the highest bit set.
    tag: u8,
}

impl Maps {
    /// Notes an attribute whose value, `rtpmap:` or `fmtp:` cut off, begins at `at`.
    pub(crate) fn add(&mut self, is_map: bool, at: usize, value: &[u8]) {
        let Some((number, rest)) = leading_number(value) else {
            return;
        };
        let at = at.saturating_add(value.len().saturating_sub(rest.len()));
        let place = self.entries.get_mut(usize::from(self.count));
        match (place, u16::try_from(at), u8::try_from(rest.len())) {
            (Some(entry), Ok(at), Ok(length)) if !self.overflow => {
                *entry = Entry { at, length, tag: tag(is_map, number) };
                self.count = self.count.saturating_add(1);
            }
            _ => self.overflow = true,
        }
    }

    /// The first value for a number; the first one counts wherever a number has two.
    fn find<'a>(&self, section: &'a [u8], is_map: bool, number: u8) -> Option<&'a [u8]> {
        let entries = self.entries.get(..usize::from(self.count)).unwrap_or_default();
        let tag = tag(is_map, number);
        let entry = entries.iter().find(|entry| entry.tag == tag)?;
        section.get(usize::from(entry.at)..)?.get(..usize::from(entry.length))
    }
}

fn tag(is_map: bool, number: u8) -> u8 {
    if is_map { number } else { number | 0x80 }
}

/// Iterator over the codecs of a media section.
#[derive(Debug, Clone)]
pub struct Codecs<'a> {
    numbers: PayloadTypes<'a>,
    maps: Maps,
    section: &'a [u8],
}

impl<'a> Codecs<'a> {
    pub(crate) fn new(numbers: PayloadTypes<'a>, maps: &Maps, section: &'a [u8]) -> Self {
        Self { numbers, maps: *maps, section }
    }

    /// The first `a=rtpmap` or `a=fmtp` for a number. There are 128 numbers at most, so even
    /// searching for each stays linear in the section.
    fn find(&self, is_map: bool, number: u8) -> Option<&'a [u8]> {
        let kept = self.maps.find(self.section, is_map, number);
        if kept.is_some() || !self.maps.overflow {
            return kept;
        }
        let name: &[u8] = if is_map { b"rtpmap" } else { b"fmtp" };
        Attributes::new(self.section).filter(|attribute| attribute.name == name).find_map(
            |attribute| {
                let (found, rest) = leading_number(attribute.value?)?;
                (found == number).then_some(rest)
            },
        )
    }

    fn codec(&self, number: u8) -> Option<Codec<'a>> {
        let map = self.find(true, number).and_then(|value| encoding(value).ok());
        let (encoding, clock_rate, channels) = match map {
            Some(map) => (map.name, map.clock_rate, map.channels),
            None => assigned(number)?,
        };
        let fmtp = self
            .find(false, number)
            .and_then(|parameters| std::str::from_utf8(parameters).ok())
            .map(|parameters| Cow::Borrowed(parameters.trim_ascii()));
        let encoding = Cow::Borrowed(encoding);
        Some(Codec { payload_type: number, encoding, clock_rate, channels, fmtp })
    }
}

impl<'a> Iterator for Codecs<'a> {
    type Item = Codec<'a>;

    fn next(&mut self) -> Option<Codec<'a>> {
        loop {
            let number = self.numbers.next()?;
            if let Some(codec) = self.codec(number) {
                return Some(codec);
            }
        }
    }
}

//! Source descriptions (RFC 3550 section 6.5).

use super::Raw;
use crate::RtcpError;

/// A source description packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sdes<'a> {
    count: u8,
    body: &'a [u8],
}

/// What is said of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    ssrc: u32,
    items: &'a [u8],
}

/// One item: a kind and a text, which should be UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item<'a> {
    /// What the text is.
    pub kind: ItemKind,
    /// The text, at most 255 octets.
    pub text: &'a [u8],
}

impl<'a> Item<'a> {
    /// The prefix and the value of a [`PRIV`](ItemKind::PRIV) item (section 6.5.8); `None` for
    /// other kinds, and if the prefix is longer than the item.
    pub fn private(self) -> Option<(&'a [u8], &'a [u8])> {
        match self.text {
            [length, text @ ..] if self.kind == ItemKind::PRIV => {
                text.split_at_checked(usize::from(*length))
            }
            _ => None,
        }
    }
}

/// The kind of an item: a number of IANA's registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemKind(pub u8);

impl ItemKind {
    /// Canonical name of the end point; the only one that must be there.
    pub const CNAME: Self = Self(1);
    /// Name of the user.
    pub const NAME: Self = Self(2);
    /// Electronic mail address.
    pub const EMAIL: Self = Self(3);
    /// Phone number.
    pub const PHONE: Self = Self(4);
    /// Geographic location.
    pub const LOC: Self = Self(5);
    /// Name of the application.
    pub const TOOL: Self = Self(6);
    /// A passing notice.
    pub const NOTE: Self = Self(7);
    /// Private extension.
    pub const PRIV: Self = Self(8);
}

impl<'a> Sdes<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let mut rest = raw.body;
        for _ in 0..raw.count {
            let (_, next) = Chunk::split(rest).ok_or_else(|| raw.truncated("chunk"))?;
            rest = next;
        }
        Ok(Self { count: raw.count, body: raw.body })
    }

    /// The chunks in order, one a source.
    pub fn chunks(&self) -> impl Iterator<Item = Chunk<'a>> + use<'a> {
        let mut rest = self.body;
        (0..self.count).map_while(move |_| {
            let (chunk, next) = Chunk::split(rest)?;
            rest = next;
            Some(chunk)
        })
    }
}

impl<'a> Chunk<'a> {
    /// The chunk at the front and what follows it; `None` if it is cut off.
    fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (ssrc, body) = bytes.split_first_chunk::<4>()?;
        let mut rest = body;
        loop {
            match *rest {
                [0, ..] => break,
                [_, length, ref text @ ..] => rest = text.get(usize::from(length)..)?,
                _ => return None,
            }
        }
        let used = body.len().checked_sub(rest.len())?;
        // The terminating null and those that fill up to the next 32-bit boundary.
        let end = used.wrapping_add(1).next_multiple_of(4);
        let (items, next) = (body.get(..used)?, body.get(end..)?);
        Some((Self { ssrc: u32::from_be_bytes(*ssrc), items }, next))
    }

    /// The source that is described.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The items in order.
    pub fn items(&self) -> impl Iterator<Item = Item<'a>> + use<'a> {
        let mut rest = self.items;
        std::iter::from_fn(move || {
            let [kind, length, body @ ..] = rest else { return None };
            let (text, next) = body.split_at_checked(usize::from(*length))?;
            rest = next;
            Some(Item { kind: ItemKind(*kind), text })
        })
    }

    /// The text of the CNAME item, if there is one.
    pub fn cname(&self) -> Option<&'a [u8]> {
        self.items().find(|item| item.kind == ItemKind::CNAME).map(|item| item.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_item_is_a_prefix_and_a_value() {
        let private = |text| Item { kind: ItemKind::PRIV, text }.private();
        assert_eq!(private(b"\x03acme1"), Some((&b"acm"[..], &b"e1"[..])));
        assert_eq!(private(b"\x00"), Some((&b""[..], &b""[..])));
        assert_eq!((private(b"\x05acme"), private(b"")), (None, None));
        assert_eq!(Item { kind: ItemKind::NOTE, text: b"\x01ab" }.private(), None);
    }
}

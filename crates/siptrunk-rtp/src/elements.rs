//! Elements of a header extension, in one-byte and two-byte form (RFC 8285 section 4).
//!
//! ```text
//! one-byte   |  ID   |  len  |  data, len + 1 octets
//! two-byte   |      ID       |    length     |  data, length octets
//! ```

use crate::{ElementError, ElementWriteError, Extension};

const ONE_BYTE: u16 = 0xbede;
/// The upper twelve of the sixteen bits; the others are the application's.
const TWO_BYTE: u16 = 0x1000;
const APP_BITS: u8 = 0x0f;
/// Reserved in the one-byte form: nothing after it is read.
const STOP: u8 = 15;

/// Which of the two forms the elements of an extension have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ElementForm {
    /// Identifiers 1 to 14, data of 1 to 16 octets (section 4.2).
    OneByte,
    /// Identifiers 1 to 255, data of 0 to 255 octets (section 4.3).
    TwoByte {
        /// Four bits of the application's own; 0 unless something else was agreed.
        app_bits: u8,
    },
}

impl ElementForm {
    fn of(profile: u16) -> Option<Self> {
        let [high, low] = profile.to_be_bytes();
        match profile {
            ONE_BYTE => Some(Self::OneByte),
            _ if u16::from_be_bytes([high, low & !APP_BITS]) == TWO_BYTE => {
                Some(Self::TwoByte { app_bits: low & APP_BITS })
            }
            _ => None,
        }
    }

    /// The 16 bits that an extension of this form begins with; of `app_bits` the low four.
    pub fn profile(self) -> u16 {
        match self {
            Self::OneByte => ONE_BYTE,
            Self::TwoByte { app_bits } => TWO_BYTE | u16::from(app_bits & APP_BITS),
        }
    }
}

/// One element of a header extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// What it is: a number that the session agreed on (`a=extmap`), never 0.
    pub id: u8,
    /// What it says.
    pub data: &'a [u8],
}

/// The elements of a header extension. Once parsed, walking them cannot fail.
///
/// ```
/// use siptrunk_rtp::{Elements, Extension};
///
/// let extension = Extension { profile: 0xbede, data: &[0x10, 0x8a, 0, 0] };
/// let elements = Elements::parse(extension)?;
/// assert_eq!(elements.find(1), Some(&[0x8a][..]));
/// # Ok::<(), siptrunk_rtp::ElementError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elements<'a> {
    form: ElementForm,
    data: &'a [u8],
}

impl<'a> Elements<'a> {
    /// Reads an extension whose profile bits are those of RFC 8285, and all its elements.
    ///
    /// Elements after a reserved identifier (15 in the one-byte form, 0 with a length there) are
    /// not read, as section 4 asks.
    pub fn parse(extension: Extension<'a>) -> Result<Self, ElementError> {
        let Extension { profile, data } = extension;
        let form = ElementForm::of(profile).ok_or(ElementError::Profile { profile })?;
        let mut walk = Walk { form, rest: data };
        loop {
            match walk.step() {
                Step::Element(_) => {}
                Step::End => return Ok(Self { form, data }),
                Step::Truncated { id, needed, available } => {
                    let offset = data.len().wrapping_sub(walk.rest.len());
                    return Err(ElementError::Truncated { offset, id, needed, available });
                }
            }
        }
    }

    /// The form they have.
    pub fn form(&self) -> ElementForm {
        self.form
    }

    /// The elements in order.
    pub fn iter(&self) -> impl Iterator<Item = Element<'a>> + use<'a> {
        let mut walk = Walk { form: self.form, rest: self.data };
        std::iter::from_fn(move || match walk.step() {
            Step::Element(element) => Some(element),
            // Parsing has walked to the end once.
            Step::End | Step::Truncated { .. } => None,
        })
    }

    /// The data of the first element with an identifier.
    pub fn find(&self, id: u8) -> Option<&'a [u8]> {
        self.iter().find(|element| element.id == id).map(|element| element.data)
    }
}

/// A position between two elements.
struct Walk<'a> {
    form: ElementForm,
    rest: &'a [u8],
}

enum Step<'a> {
    Element(Element<'a>),
    End,
    /// The element does not fit; the walk stays at its first octet.
    Truncated {
        id: u8,
        needed: usize,
        available: usize,
    },
}

impl<'a> Walk<'a> {
    fn step(&mut self) -> Step<'a> {
        while let [0, rest @ ..] = self.rest {
            self.rest = rest;
        }
        let (id, length, body) = match (self.form, self.rest) {
            (_, []) => return Step::End,
            (ElementForm::OneByte, [head, body @ ..]) => match (head >> 4, head & 0x0f) {
                (0 | STOP, _) => return Step::End,
                (id, length) => (id, usize::from(length).wrapping_add(1), body),
            },
            (ElementForm::TwoByte { .. }, [id, length, body @ ..]) => {
                (*id, usize::from(*length), body)
            }
            (ElementForm::TwoByte { .. }, [id]) => {
                return Step::Truncated { id: *id, needed: 2, available: 1 };
            }
        };
        let Some((data, rest)) = body.split_at_checked(length) else {
            let available = self.rest.len();
            let header = available.wrapping_sub(body.len());
            return Step::Truncated { id, needed: header.wrapping_add(length), available };
        };
        self.rest = rest;
        Step::Element(Element { id, data })
    }
}

/// Writes elements into a slice and makes an [`Extension`] of them.
///
/// ```
/// use siptrunk_rtp::{ElementForm, ElementWriter, Extras, PacketBuilder};
///
/// let mut room = [0; 16];
/// let mut writer = ElementWriter::new(ElementForm::OneByte, &mut room);
/// writer.push(1, &[0x8a])?.push(3, b"audio")?;
/// let extras = Extras { extension: writer.finish()?, ..Extras::default() };
/// let mut packet = [0; 64];
/// let length = PacketBuilder::default().write_with(&mut packet, &extras, &[])?;
/// assert_eq!(packet[12..length], *b"\xbe\xde\0\x02\x10\x8a\x34audio");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ElementWriter<'a> {
    form: ElementForm,
    out: &'a mut [u8],
    length: usize,
}

impl<'a> ElementWriter<'a> {
    /// A writer to the front of `out`.
    pub fn new(form: ElementForm, out: &'a mut [u8]) -> Self {
        Self { form, out, length: 0 }
    }

    /// Adds an element. One that fails leaves nothing behind.
    pub fn push(&mut self, id: u8, data: &[u8]) -> Result<&mut Self, ElementWriteError> {
        let length = data.len();
        let refused = ElementWriteError::DataLength { id, length };
        let octet = u8::try_from(length).map_err(|_| refused)?;
        let (header, used) = match (self.form, id) {
            (_, 0) | (ElementForm::OneByte, STOP..) => return Err(ElementWriteError::Id { id }),
            (ElementForm::OneByte, _) => {
                let field = octet.checked_sub(1).filter(|field| *field < 16).ok_or(refused)?;
                ([(id << 4) | field, 0], 1)
            }
            (ElementForm::TwoByte { .. }, _) => ([id, octet], 2),
        };
        let needed = self.length.saturating_add(used).saturating_add(length);
        let available = self.out.len();
        let room = self.out.get_mut(self.length..needed);
        let room = room.ok_or(ElementWriteError::BufferTooSmall { needed, available })?;
        for (place, octet) in room.iter_mut().zip(header.iter().take(used).chain(data)) {
            *place = *octet;
        }
        self.length = needed;
        Ok(self)
    }

    /// Fills up to a 32-bit boundary and gives the extension: `None` if it has no element, since
    /// a packet should go without an extension then (section 4.1.1).
    pub fn finish(self) -> Result<Option<Extension<'a>>, ElementWriteError> {
        if self.length == 0 {
            return Ok(None);
        }
        let needed = self.length.next_multiple_of(4);
        let available = self.out.len();
        let too_small = ElementWriteError::BufferTooSmall { needed, available };
        let data = self.out.get_mut(..needed).ok_or(too_small)?;
        data.get_mut(self.length..).ok_or(too_small)?.fill(0);
        Ok(Some(Extension { profile: self.form.profile(), data }))
    }
}

#[cfg(test)]
mod tests;

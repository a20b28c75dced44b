//! Bricks for the values of lines (RFC 8866 section 9): a cursor that never goes back.
//!
//! By hand and not with a parser library: these few words are read for every call, and a parser
//! that is only ever asked for words and numbers costs more than it says.

use crate::address::AddressWords;

/// The parts of an `o=` line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OriginLine<'a> {
    pub(crate) username: &'a [u8],
    pub(crate) session_id: u64,
    pub(crate) version: u64,
    /// Network type, address type and address.
    pub(crate) address: &'a [u8],
    /// Where those begin in the value.
    pub(crate) address_at: usize,
}

/// The parts of an `m=` line. All of them are ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MediaLine<'a> {
    pub(crate) kind: &'a [u8],
    pub(crate) port: u16,
    pub(crate) port_count: u16,
    pub(crate) protocol: &'a [u8],
    pub(crate) formats: &'a [u8],
    /// Where the protocol begins in the value.
    pub(crate) protocol_at: usize,
    /// Where the formats begin.
    pub(crate) formats_at: usize,
}

/// Where a value stops following its grammar, in bytes from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stop(pub(crate) usize);

/// Reads a value front to back. Each read that fails leaves the cursor where it began.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    value: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Self {
        Self { value, at: 0 }
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.value.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.value.len()
    }

    pub(crate) fn stop(&self) -> Stop {
        Stop(self.at)
    }

    /// This byte.
    pub(crate) fn byte(&mut self, byte: u8) -> Result<(), Stop> {
        if self.value.get(self.at) != Some(&byte) {
            return Err(self.stop());
        }
        self.at = self.at.saturating_add(1);
        Ok(())
    }

    /// One byte or more of a class.
    pub(crate) fn some(&mut self, is: impl Fn(u8) -> bool) -> Result<&'a [u8], Stop> {
        let rest = self.rest();
        let length = rest.iter().position(|byte| !is(*byte)).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.stop());
        }
        self.at = self.at.saturating_add(length);
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// Visible bytes up to a space or the end; anything above ASCII is visible.
    pub(crate) fn word(&mut self) -> Result<&'a [u8], Stop> {
        self.some(|byte| byte > b' ' && byte != 0x7f)
    }

    /// A token as text.
    pub(crate) fn token(&mut self) -> Result<&'a str, Stop> {
        Ok(ascii(self.some(is_token)?))
    }

    /// A decimal number that fits its type; leading zeros are harmless.
    pub(crate) fn number<N: TryFrom<u64>>(&mut self) -> Result<N, Stop> {
        let mut sum = 0u64;
        let mut length = 0usize;
        for byte in self.rest() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            let next = sum.checked_mul(10).and_then(|sum| sum.checked_add(u64::from(digit)));
            sum = next.ok_or_else(|| self.stop())?;
            length = length.saturating_add(1);
        }
        if length == 0 {
            return Err(self.stop());
        }
        let number = N::try_from(sum).map_err(|_| self.stop())?;
        self.at = self.at.saturating_add(length);
        Ok(number)
    }

    /// Spaces, one at least.
    pub(crate) fn spaces(&mut self) -> Result<(), Stop> {
        self.some(|byte| byte == b' ').map(|_| ())
    }

    /// Nothing more but spaces, which some write at the end.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        let _ = self.spaces();
        if self.is_at_end() { Ok(()) } else { Err(self.stop()) }
    }
}

/// Whether a byte may stand in a token.
pub(crate) fn is_token(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)).is_some_and(|is| *is)
}

/// `token-char` of RFC 8866 section 9, as a table: every name and format passes here.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    loop {
        #[allow(clippy::indexing_slicing, reason = "evaluated at compile time; u8 fits 256")]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(
                    byte,
                    b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'{'..=b'~'
                );
        }
        match byte.checked_add(1) {
            Some(next) => byte = next,
            None => break table,
        }
    }
};

/// `username SP sess-id SP sess-version SP nettype SP addrtype SP address`.
pub(crate) fn origin(value: &[u8]) -> Result<OriginLine<'_>, Stop> {
    let mut cursor = Cursor::new(value);
    let username = cursor.word()?;
    cursor.byte(b' ')?;
    let session_id = cursor.number()?;
    cursor.byte(b' ')?;
    let version = cursor.number()?;
    cursor.byte(b' ')?;
    let (address_at, address) = (cursor.at, cursor.rest());
    if !AddressWords::are(address) {
        return Err(cursor.stop());
    }
    Ok(OriginLine { username, session_id, version, address, address_at })
}

/// `media SP port ["/" integer] SP proto 1*(SP fmt)`.
pub(crate) fn media(value: &[u8]) -> Result<MediaLine<'_>, Stop> {
    let mut cursor = Cursor::new(value);
    let kind = cursor.some(is_token)?;
    cursor.byte(b' ')?;
    let port = cursor.number()?;
    let port_count = if cursor.byte(b'/').is_ok() { cursor.number()? } else { 1 };
    cursor.byte(b' ')?;
    let protocol_at = cursor.at;
    let protocol = cursor.some(|byte| is_token(byte) || byte == b'/')?;
    cursor.byte(b' ')?;
    let formats_at = cursor.at;
    let formats = cursor.rest();
    let mut is_empty = true;
    for byte in formats {
        match is_token(*byte) {
            true => is_empty = false,
            false if *byte == b' ' => {}
            false => return Err(cursor.stop()),
        }
    }
    if is_empty {
        return Err(cursor.stop());
    }
    Ok(MediaLine { kind, port, port_count, protocol, formats, protocol_at, formats_at })
}

/// A decimal number below 256, and nothing beside it.
pub(crate) fn number(digits: &[u8]) -> Option<u8> {
    if digits.is_empty() || digits.len() > 3 {
        return None;
    }
    digits.iter().try_fold(0u8, |sum, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

/// Bytes that a grammar let through as ASCII, as text.
pub(crate) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

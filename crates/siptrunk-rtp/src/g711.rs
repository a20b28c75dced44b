//! G.711 mu-law and A-law, both ways (ITU-T G.711; payload types 0 and 8 of RFC 3551).
//!
//! Linear samples are 16 bits. Mu-law codes 14 of them and A-law 13; the low bits are cut off
//! towards the sign, so that a sample and its one's complement get codes that differ in the sign
//! bit only. Decoding gives the output values of the standard, scaled to 16 bits.

/// The mu-law octet of a silent line: zero, positive sign.
pub const ULAW_SILENCE: u8 = 0xff;
/// The A-law octet of a silent line: the smallest positive value.
pub const ALAW_SILENCE: u8 = 0xd5;

const SIGN: u8 = 0x80;
/// A-law octets travel with every other bit inverted.
const ALAW_TOGGLE: u8 = 0x55;
/// Makes the ends of mu-law's segments powers of two.
const ULAW_BIAS: u16 = 33;
/// The largest biased mu-law magnitude.
const ULAW_CLIP: u16 = 0x1fff;

static ULAW_VALUES: [i16; 256] = ulaw_table();
static ALAW_VALUES: [i16; 256] = alaw_table();

/// Codes one sample as mu-law.
#[inline]
pub const fn ulaw_encode(sample: i16) -> u8 {
    let (magnitude, sign) = split(sample);
    // At most 8191 + 33, no overflow.
    let biased = (magnitude >> 2).saturating_add(ULAW_BIAS);
    let biased = if biased > ULAW_CLIP { ULAW_CLIP } else { biased };
    // 5 for segment 0: `biased` lies in 33..=0x1fff.
    let top = biased.ilog2();
    let segment = top.saturating_sub(5);
    let interval = (biased >> top.saturating_sub(4)) & 0x0f;
    let code = low(segment << 4) | low_u16(interval);
    !code & 0x7f | sign
}

/// Decodes one mu-law octet.
#[inline]
pub fn ulaw_decode(octet: u8) -> i16 {
    look_up(&ULAW_VALUES, octet)
}

/// Codes one sample as A-law.
#[inline]
pub const fn alaw_encode(sample: i16) -> u8 {
    let (magnitude, sign) = split(sample);
    let value = magnitude >> 4;
    let code = if value < 32 {
        low_u16(value)
    } else {
        let top = value.ilog2();
        let segment = top.saturating_sub(3);
        let interval = (value >> top.saturating_sub(4)) & 0x0f;
        low(segment << 4) | low_u16(interval)
    };
    (code | sign) ^ ALAW_TOGGLE
}

/// Decodes one A-law octet.
#[inline]
pub fn alaw_decode(octet: u8) -> i16 {
    look_up(&ALAW_VALUES, octet)
}

/// Codes as many samples as fit both slices; returns how many.
pub fn ulaw_encode_slice(samples: &[i16], octets: &mut [u8]) -> usize {
    convert(samples, octets, ulaw_encode)
}

/// Decodes as many octets as fit both slices; returns how many.
pub fn ulaw_decode_slice(octets: &[u8], samples: &mut [i16]) -> usize {
    convert(octets, samples, ulaw_decode)
}

/// Codes as many samples as fit both slices; returns how many.
pub fn alaw_encode_slice(samples: &[i16], octets: &mut [u8]) -> usize {
    convert(samples, octets, alaw_encode)
}

/// Decodes as many octets as fit both slices; returns how many.
pub fn alaw_decode_slice(octets: &[u8], samples: &mut [i16]) -> usize {
    convert(octets, samples, alaw_decode)
}

#[inline]
fn convert<T: Copy, U>(from: &[T], to: &mut [U], one: impl Fn(T) -> U) -> usize {
    let mut count: usize = 0;
    for (out, value) in to.iter_mut().zip(from) {
        *out = one(*value);
        count = count.wrapping_add(1);
    }
    count
}

/// The magnitude (one's complement of negative samples) and the sign bit of the code.
const fn split(sample: i16) -> (u16, u8) {
    if sample < 0 { ((!sample).cast_unsigned(), 0) } else { (sample.cast_unsigned(), SIGN) }
}

#[allow(clippy::cast_possible_truncation)] // Called with values below 128.
const fn low(value: u32) -> u8 {
    value as u8
}

#[allow(clippy::cast_possible_truncation)] // Called with values below 128.
const fn low_u16(value: u16) -> u8 {
    value as u8
}

#[inline]
fn look_up(values: &[i16; 256], octet: u8) -> i16 {
    // 256 entries: an octet is always within, and the compiler knows.
    values.get(usize::from(octet)).copied().unwrap_or(0)
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Compile time only.
#[allow(clippy::cast_possible_truncation)] // `index` counts octets.
const fn ulaw_table() -> [i16; 256] {
    let mut values = [0; 256];
    let mut index = 0;
    while index < values.len() {
        let code = !(index as u8);
        let (segment, interval) = ((code >> 4) & 7, (code & 0x0f) as i16);
        let magnitude = (((2 * interval + 33) << segment) - 33) << 2;
        values[index] = if code & SIGN == 0 { magnitude } else { -magnitude };
        index += 1;
    }
    values
}

#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // Compile time only.
#[allow(clippy::cast_possible_truncation)] // `index` counts octets.
const fn alaw_table() -> [i16; 256] {
    let mut values = [0; 256];
    let mut index = 0;
    while index < values.len() {
        let code = (index as u8) ^ ALAW_TOGGLE;
        let (segment, interval) = ((code >> 4) & 7, (code & 0x0f) as i16);
        let magnitude = match segment {
            0 => (2 * interval + 1) << 3,
            _ => (2 * interval + 33) << (segment + 2),
        };
        values[index] = if code & SIGN == 0 { -magnitude } else { magnitude };
        index += 1;
    }
    values
}

#[cfg(test)]
mod tests;

//! `a=crypto:` a suite and its keys (RFC 4568): what is in it is a secret.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::{AttributeError, CryptoSuite, TypedAttribute};
use crate::grammar::{Cursor, Stop, ascii};

/// A key line. `Debug` shows neither keys nor session parameters, which may hold keys too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    tag: u32,
    suite: &'a str,
    keys: &'a str,
    parameters: &'a str,
}

/// One key of a line as it stands: `inline:` with its lifetime and identifier.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InlineKey<'a> {
    key_and_salt: &'a str,
    lifetime: Option<u64>,
    mki: Option<Mki>,
}

/// A master key identifier: it stands in each packet (RFC 3711 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Mki {
    /// The identifier. RFC 4568 sets no bound; above 64 bits it is not read.
    pub value: u64,
    /// Its length in the packets, 1 to 128 bytes.
    pub length: u8,
}

/// A master key with its salt, out of its line. Wiped when dropped; `Debug` shows only the suite.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey {
    suite: CryptoSuite,
    bytes: Zeroizing<[u8; LONGEST]>,
    lifetime: Option<u64>,
    mki: Option<Mki>,
}

/// The longest key with its salt: AES-256 in counter mode.
const LONGEST: usize = 46;

/// Their base64, padded.
const LONGEST_TEXT: usize = 64;

/// The most packets that a key may protect (RFC 3711 section 9.2).
const LONGEST_LIFE: u64 = 1 << 48;

/// RFC 4568 section 6.1 discards padding, and some leave it out.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl<'a> Crypto<'a> {
    /// The tag by which an answer names the line, below 1,000,000,000.
    pub fn tag(&self) -> u32 {
        self.tag
    }

    /// The suite, if it is one that we know.
    pub fn suite(&self) -> Option<CryptoSuite> {
        CryptoSuite::from_name(self.suite)
    }

    /// The suite's name as it stands.
    pub fn suite_name(&self) -> &'a str {
        self.suite
    }

    /// The keys in order; more than one are told apart by their [`Mki`].
    pub fn keys(&self) -> impl Iterator<Item = Result<InlineKey<'a>, AttributeError>> + use<'a> {
        self.keys.split(';').map(InlineKey::parse)
    }

    /// The session parameters as they stand, such as `KDR=0` or `UNENCRYPTED_SRTCP`.
    pub fn parameters(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.parameters.split([' ', '\t']).filter(|parameter| !parameter.is_empty())
    }

    /// The key that the line's writer sends with, if the line has one key alone and a suite that
    /// we know, and asks for nothing that SRTP as negotiated here does not do: every session
    /// parameter but `WSH`, which is a hint, and those marked `-` as ignorable (RFC 4568 section
    /// 6.3.7). `UNENCRYPTED_SRTP` and its like are thereby never agreed on.
    pub fn usable_key(&self) -> Option<SrtpKey> {
        let is_harmless = |p: &str| p.starts_with('-') || p.starts_with("WSH=");
        if !self.parameters().all(is_harmless) {
            return None;
        }
        let mut keys = self.keys();
        let key = keys.next()?.ok()?;
        if keys.next().is_some() {
            return None;
        }
        key.decode(self.suite()?)
    }
}

impl<'a> TypedAttribute<'a> for Crypto<'a> {
    const NAME: &'static str = "crypto";

    fn parse(value: Option<&'a [u8]>) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at(Self::NAME, "tag, suite and keys");
        let mut cursor = Cursor::new(value.unwrap_or_default());
        let is_blank = |byte: u8| matches!(byte, b' ' | b'\t');
        let tag = cursor.number().map_err(&malformed)?;
        if tag > 999_999_999 {
            return Err(malformed(Stop(0)));
        }
        cursor.some(is_blank).map_err(&malformed)?;
        let suite = cursor.some(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let suite = ascii(suite.map_err(&malformed)?);
        cursor.some(is_blank).map_err(&malformed)?;
        let keys = ascii(cursor.some(|byte| byte.is_ascii_graphic()).map_err(&malformed)?);
        if !cursor.is_at_end() {
            cursor.some(is_blank).map_err(&malformed)?;
        }
        let is_text = |byte: &u8| byte.is_ascii_graphic() || is_blank(*byte);
        if !cursor.rest().iter().all(is_text) {
            return Err(malformed(cursor.stop()));
        }
        Ok(Self { tag, suite, keys, parameters: ascii(cursor.rest()) })
    }

    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{} {} {}", self.tag, self.suite, self.keys)?;
        self.parameters().try_for_each(|parameter| write!(out, " {parameter}"))
    }
}

/// Tag and suite alone.
impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crypto")
            .field("tag", &self.tag)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

impl<'a> InlineKey<'a> {
    fn parse(text: &'a str) -> Result<Self, AttributeError> {
        let malformed = AttributeError::at("crypto", "inline:key|lifetime|identifier:length");
        let Some(info) = text.strip_prefix("inline:") else { return Err(malformed(Stop(0))) };
        let (key_and_salt, rest) = info.split_once('|').map_or((info, None), |(k, r)| (k, Some(r)));
        if key_and_salt.is_empty() {
            return Err(malformed(Stop("inline:".len())));
        }
        let mut key = Self { key_and_salt, lifetime: None, mki: None };
        let mut place = text.len().saturating_sub(rest.unwrap_or_default().len());
        // Lifetime, then identifier; either may be left out.
        for part in rest.into_iter().flat_map(|rest| rest.split('|')) {
            let mut cursor = Cursor::new(part.as_bytes());
            let stopped = |stop: Stop| malformed(Stop(place.saturating_add(stop.0)));
            if key.mki.is_some() {
                return Err(stopped(Stop(0)));
            }
            if part.contains(':') {
                let value = cursor.number().map_err(stopped)?;
                cursor.byte(b':').map_err(stopped)?;
                let length = cursor.number().map_err(stopped)?;
                if length == 0 || length > 128 {
                    return Err(stopped(Stop(0)));
                }
                key.mki = Some(Mki { value, length });
            } else if key.lifetime.is_none() {
                key.lifetime = Some(lifetime(&mut cursor).map_err(stopped)?);
            } else {
                return Err(stopped(Stop(0)));
            }
            if !cursor.is_at_end() {
                return Err(stopped(cursor.stop()));
            }
            place = place.saturating_add(part.len()).saturating_add(1);
        }
        Ok(key)
    }

    /// How many packets the key may protect, if that is said.
    pub fn lifetime(&self) -> Option<u64> {
        self.lifetime
    }

    /// The identifier in the packets, if there is one.
    pub fn mki(&self) -> Option<Mki> {
        self.mki
    }

    /// The key itself; `None` if it is no base64 of the suite's length.
    pub fn decode(&self, suite: CryptoSuite) -> Option<SrtpKey> {
        let mut key = SrtpKey::empty(suite);
        key.lifetime = self.lifetime;
        key.mki = self.mki;
        // The engine asks for as much room as padded text of that length could need.
        let mut room = Zeroizing::new([0u8; LONGEST_TEXT]);
        if self.key_and_salt.len() > LONGEST_TEXT {
            return None;
        }
        let length = BASE64.decode_slice(self.key_and_salt, room.as_mut_slice()).ok()?;
        if length != suite.length() {
            return None;
        }
        let bytes = key.bytes.get_mut(..length)?;
        bytes.copy_from_slice(room.get(..length)?);
        Some(key)
    }
}

/// Lifetime and identifier alone.
impl fmt::Debug for InlineKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineKey")
            .field("lifetime", &self.lifetime)
            .field("mki", &self.mki)
            .finish_non_exhaustive()
    }
}

/// `["2^"] 1*DIGIT`, at most 2^48.
fn lifetime(cursor: &mut Cursor<'_>) -> Result<u64, Stop> {
    let start = cursor.stop();
    let number: u64 = cursor.number()?;
    let packets = if number == 2 && cursor.byte(b'^').is_ok() {
        let power: u32 = cursor.number()?;
        1u64.checked_shl(power).ok_or(start)?
    } else {
        number
    };
    if packets == 0 || packets > LONGEST_LIFE { Err(start) } else { Ok(packets) }
}

impl SrtpKey {
    fn empty(suite: CryptoSuite) -> Self {
        Self { suite, bytes: Zeroizing::new([0; LONGEST]), lifetime: None, mki: None }
    }

    /// A key of our own: `fill` is given the room for key and salt, and fills it with bytes that
    /// nobody can guess.
    pub fn generate(suite: CryptoSuite, fill: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut key = Self::empty(suite);
        fill(key.bytes.get_mut(..suite.length()).unwrap_or_default());
        key
    }

    /// The suite that it is for.
    pub fn suite(&self) -> CryptoSuite {
        self.suite
    }

    /// The master key.
    pub fn key(&self) -> &[u8] {
        self.bytes.get(..self.suite.key_length()).unwrap_or_default()
    }

    /// The master salt.
    pub fn salt(&self) -> &[u8] {
        self.bytes.get(self.suite.key_length()..self.suite.length()).unwrap_or_default()
    }

    /// How many packets the key may protect, if that is said.
    pub fn lifetime(&self) -> Option<u64> {
        self.lifetime
    }

    /// The identifier in the packets, if there is one.
    pub fn mki(&self) -> Option<Mki> {
        self.mki
    }

    /// The key parameter of a key line, `inline:` and base64, without lifetime and identifier. It
    /// is wiped when dropped.
    pub(crate) fn to_inline(&self) -> Zeroizing<String> {
        const METHOD: &str = "inline:";
        let mut text = Zeroizing::new([0u8; LONGEST_TEXT]);
        let bytes = self.bytes.get(..self.suite.length()).unwrap_or_default();
        let length = BASE64.encode_slice(bytes, text.as_mut_slice()).unwrap_or(0);
        // All the room at once: a string that grows leaves its old bytes behind.
        let room = METHOD.len().saturating_add(LONGEST_TEXT);
        let mut inline = Zeroizing::new(String::with_capacity(room));
        inline.push_str(METHOD);
        inline.push_str(ascii(text.get(..length).unwrap_or_default()));
        inline
    }
}

/// The suite alone.
impl fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SrtpKey").field("suite", &self.suite).finish_non_exhaustive()
    }
}

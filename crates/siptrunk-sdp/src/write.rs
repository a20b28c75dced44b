//! Descriptions of our own, written once, front to back.

use std::fmt;
use std::io::Write as _;
use std::net::IpAddr;

use bytes::Bytes;

use crate::attribute::SrtpKey;
use crate::codec::Codec;
use crate::direction::Direction;
use crate::limits::Limits;
use crate::media::Media;
use crate::offer_answer::{LocalMedia, Transport};
use crate::origin::Origin;
use crate::parse::scan;
use crate::session::SessionDescription;

/// What an audio stream of ours says.
#[derive(Clone, Copy)]
pub(crate) struct AudioLines<'a> {
    pub(crate) transport: Transport,
    pub(crate) local: &'a LocalMedia,
    pub(crate) codecs: &'a [Codec<'a>],
    /// Key lines with their tags.
    pub(crate) keys: &'a [(u32, &'a SrtpKey)],
    pub(crate) ptime: Option<u16>,
    pub(crate) maxptime: Option<u16>,
    pub(crate) rtcp_mux: bool,
    pub(crate) direction: Direction,
}

/// Writes the lines in RFC 8866's order. What goes in is
/// free of line ends by its types: values of parsed lines, numbers, checked names.
pub(crate) struct Writer {
    out: Vec<u8>,
    /// The address of the session section.
    address: Option<IpAddr>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { out: Vec::with_capacity(384), address: None }
    }

    /// `v=`, `o=`, `s=`, `c=` and `t=`, with the address in `c=` as in `o=` or another.
    pub(crate) fn session(&mut self, origin: &Origin<'_>, address: IpAddr) {
        self.address = Some(address);
        self.line(format_args!("v=0"));
        self.origin(origin);
        self.line(format_args!("s=-"));
        self.line(format_args!("c={}", crate::Address::Ip(address)));
        self.line(format_args!("t=0 0"));
    }

    pub(crate) fn origin(&mut self, origin: &Origin<'_>) {
        self.line(format_args!("o={origin}"));
    }

    /// An `o=` line by its words, the first with the `o=`.
    pub(crate) fn origin_line(&mut self, words: &[&[u8]]) {
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(word);
        }
        self.end();
    }

    /// An offered or accepted audio stream.
    pub(crate) fn audio(&mut self, lines: &AudioLines<'_>) {
        let (port, protocol) = (lines.local.port, lines.transport.as_str());
        self.put(format_args!("m=audio {port} {protocol}"));
        for codec in lines.codecs {
            self.put(format_args!(" {}", codec.payload_type));
        }
        self.end();
        if self.address != Some(lines.local.address) {
            self.line(format_args!("c={}", crate::Address::Ip(lines.local.address)));
        }
        for codec in lines.codecs {
            self.line(format_args!("a=rtpmap:{} {codec}", codec.payload_type));
            if let Some(fmtp) = &codec.fmtp {
                self.line(format_args!("a=fmtp:{} {fmtp}", codec.payload_type));
            }
        }
        for (tag, key) in lines.keys {
            let (suite, inline) = (key.suite(), key.to_inline());
            self.line(format_args!("a=crypto:{tag} {suite} {}", inline.as_str()));
        }
        if let Some(ptime) = lines.ptime {
            self.line(format_args!("a=ptime:{ptime}"));
        }
        if let Some(maxptime) = lines.maxptime {
            self.line(format_args!("a=maxptime:{maxptime}"));
        }
        if lines.rtcp_mux {
            self.line(format_args!("a=rtcp-mux"));
        }
        self.line(format_args!("a={}", lines.direction.as_str()));
    }

    /// A refused or removed stream: port 0, the formats as they were (RFC 3264 section 6).
    pub(crate) fn refused(&mut self, media: &Media<'_>) {
        let (kind, protocol) = (media.kind(), media.protocol());
        self.put(format_args!("m={kind} 0 {protocol}"));
        for format in media.formats() {
            self.put(format_args!(" {format}"));
        }
        self.end();
    }

    /// Whole lines as they stand in another description; what ends the last one there, nothing
    /// or blank lines, becomes one line end.
    pub(crate) fn copy(&mut self, lines: &[u8]) {
        let mut lines = lines;
        while let [head @ .., b'\r' | b'\n'] = lines {
            lines = head;
        }
        if !lines.is_empty() {
            self.out.extend_from_slice(lines);
            self.end();
        }
    }

    /// Reads what was written, for its index. What the lines are made of was read or checked
    /// before, so this finds nothing to refuse.
    pub(crate) fn finish(self) -> SessionDescription {
        let index = scan(&self.out, &Limits::none()).unwrap_or_default();
        SessionDescription { text: Bytes::from(self.out), index }
    }

    fn line(&mut self, text: fmt::Arguments<'_>) {
        self.put(text);
        self.end();
    }

    fn put(&mut self, text: fmt::Arguments<'_>) {
        // Writing into a Vec cannot fail.
        let _ = self.out.write_fmt(text);
    }

    fn end(&mut self) {
        self.out.extend_from_slice(b"\r\n");
    }
}

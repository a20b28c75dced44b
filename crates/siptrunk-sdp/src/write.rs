//! Descriptions of our own, written once, front to back.

use std::fmt;
use std::io::Write as _;

use bytes::Bytes;

use crate::codec::Codec;
use crate::direction::Direction;
use crate::line::Lines;
use crate::media::Media;
use crate::origin::Origin;
use crate::parse::offset_u32;
use crate::session::{Index, SessionDescription};

/// Writes the lines in RFC 8866's order and keeps the index while doing so. What goes in is
/// free of line ends by its types: values of parsed lines, numbers, checked names.
pub(crate) struct Writer {
    out: Vec<u8>,
    index: Index,
    media: bool,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self { out: Vec::with_capacity(384), index: Index::default(), media: false }
    }

    /// `v=`, `o=`, `s=`, `c=` and `t=`, with the address in `c=` as in `o=` or another.
    pub(crate) fn session(&mut self, origin: &Origin<'_>, address: std::net::IpAddr) {
        self.line(format_args!("v=0"));
        self.origin(origin);
        self.line(format_args!("s=-"));
        self.line(format_args!("c={}", crate::Address::Ip(address)));
        self.line(format_args!("t=0 0"));
    }

    pub(crate) fn origin(&mut self, origin: &Origin<'_>) {
        self.index.origin = offset_u32(self.out.len());
        self.line(format_args!("o={origin}"));
    }

    /// An `o=` line by its words, the first with the `o=`.
    pub(crate) fn origin_line(&mut self, words: &[&[u8]]) {
        self.index.origin = offset_u32(self.out.len());
        for (index, word) in words.iter().enumerate() {
            if index > 0 {
                self.out.push(b' ');
            }
            self.out.extend_from_slice(word);
        }
        self.end();
    }

    /// An accepted RTP stream.
    pub(crate) fn audio(
        &mut self,
        port: u16,
        codecs: &[Codec<'_>],
        ptime: Option<u16>,
        maxptime: Option<u16>,
        direction: Direction,
    ) {
        self.media_starts();
        self.put(format_args!("m=audio {port} RTP/AVP"));
        for codec in codecs {
            self.put(format_args!(" {}", codec.payload_type));
        }
        self.end();
        for codec in codecs {
            self.line(format_args!("a=rtpmap:{} {codec}", codec.payload_type));
            if let Some(fmtp) = &codec.fmtp {
                self.line(format_args!("a=fmtp:{} {fmtp}", codec.payload_type));
            }
        }
        if let Some(ptime) = ptime {
            self.line(format_args!("a=ptime:{ptime}"));
        }
        if let Some(maxptime) = maxptime {
            self.line(format_args!("a=maxptime:{maxptime}"));
        }
        self.line(format_args!("a={}", direction.as_str()));
    }

    /// A refused or removed stream: port 0, the formats as they were (RFC 3264 section 6).
    pub(crate) fn refused(&mut self, media: &Media<'_>) {
        self.media_starts();
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

    /// A media section as it stands in another description.
    pub(crate) fn copy_media(&mut self, section: &[u8]) {
        self.media_starts();
        self.copy(section);
    }

    pub(crate) fn finish(mut self) -> SessionDescription {
        self.media_starts();
        let mut lines = Lines::new(self.out.get(..self.index.media as usize).unwrap_or_default());
        loop {
            let at = lines.offset();
            match lines.next() {
                Some(line) if line.kind == b'c' => {
                    self.index.connection = Some(offset_u32(at));
                    break;
                }
                Some(_) => {}
                None => break,
            }
        }
        SessionDescription { text: Bytes::from(self.out), index: self.index }
    }

    fn media_starts(&mut self) {
        if !self.media {
            self.media = true;
            self.index.media = offset_u32(self.out.len());
        }
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

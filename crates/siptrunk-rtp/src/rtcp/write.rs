//! Compound packets written into a slice, with the rules of RFC 3550 section 6.1.

use super::{APP, BYE, HEADER, Item, ItemKind, MAX_COUNT, RECEIVER_REPORT, RawPacket, ReportBlock};
use super::{SDES, SENDER_REPORT, SenderInfo};
use crate::RtcpWriteError;
use crate::packet::VERSION;

/// Writes packet after packet and refuses what is no compound packet: the first is SR or RR, and
/// one is an SDES with CNAME. A packet that fails leaves nothing behind.
///
/// Where there are more sources than one packet holds, write a further receiver report, or a
/// further SDES, for the rest.
#[derive(Debug)]
pub struct CompoundWriter<'a> {
    out: &'a mut [u8],
    length: usize,
    reduced_size: bool,
    has_cname: bool,
    padded: bool,
}

impl<'a> CompoundWriter<'a> {
    /// A writer to the front of `out`.
    pub fn new(out: &'a mut [u8]) -> Self {
        Self { out, length: 0, reduced_size: false, has_cname: false, padded: false }
    }

    /// A writer of a datagram that need not be a compound packet: only for peers that agreed on
    /// it (RFC 5506, `a=rtcp-rsize`).
    pub fn reduced_size(out: &'a mut [u8]) -> Self {
        Self { reduced_size: true, ..Self::new(out) }
    }

    /// Writes an SR of `ssrc` (section 6.4.1), with at most 31 blocks; more go into further
    /// receiver reports.
    pub fn sender_report(
        &mut self,
        ssrc: u32,
        info: &SenderInfo,
        blocks: &[ReportBlock],
    ) -> Result<&mut Self, RtcpWriteError> {
        let count = count("report blocks", blocks.len())?;
        let length = blocks.len().saturating_mul(ReportBlock::LENGTH).saturating_add(24);
        self.packet(SENDER_REPORT, count, length, |body| {
            let ntp = info.ntp.0.to_be_bytes();
            body.put(&ssrc.to_be_bytes());
            body.put(&ntp);
            for word in [info.rtp_timestamp.0, info.packets, info.octets] {
                body.put(&word.to_be_bytes());
            }
            body.put_blocks(blocks);
        })
    }

    /// Writes an RR of `ssrc` (section 6.4.2), with at most 31 blocks.
    pub fn receiver_report(
        &mut self,
        ssrc: u32,
        blocks: &[ReportBlock],
    ) -> Result<&mut Self, RtcpWriteError> {
        let count = count("report blocks", blocks.len())?;
        let length = blocks.len().saturating_mul(ReportBlock::LENGTH).saturating_add(4);
        self.packet(RECEIVER_REPORT, count, length, |body| {
            body.put(&ssrc.to_be_bytes());
            body.put_blocks(blocks);
        })
    }

    /// Writes an SDES with one chunk that holds the CNAME of `ssrc`.
    pub fn cname(&mut self, ssrc: u32, cname: &str) -> Result<&mut Self, RtcpWriteError> {
        self.sdes(ssrc, &[Item { kind: ItemKind::CNAME, text: cname.as_bytes() }])
    }

    /// Writes an SDES with one chunk of `items` about `ssrc` (section 6.5).
    pub fn sdes(&mut self, ssrc: u32, items: &[Item<'_>]) -> Result<&mut Self, RtcpWriteError> {
        self.report_first()?;
        let mut used: usize = 4;
        for item in items {
            text_length("SDES item", item.text)?;
            used = used.saturating_add(item.text.len()).saturating_add(2);
        }
        // At least one null ends the list.
        let length = used.saturating_add(1).next_multiple_of(4);
        self.packet(SDES, 1, length, |body| {
            body.put(&ssrc.to_be_bytes());
            for item in items {
                body.put(&[item.kind.0]);
                body.put_text(item.text);
            }
        })?;
        self.has_cname |= items.iter().any(|item| item.kind == ItemKind::CNAME);
        Ok(self)
    }

    /// Writes a BYE of at most 31 sources (section 6.6).
    pub fn bye(
        &mut self,
        sources: &[u32],
        reason: Option<&str>,
    ) -> Result<&mut Self, RtcpWriteError> {
        self.report_first()?;
        let count = count("sources", sources.len())?;
        let reason = reason.map(str::as_bytes);
        let text = match reason {
            Some(text) => text_length("reason", text)?.saturating_add(1),
            None => 0,
        };
        let length = sources.len().saturating_mul(4).saturating_add(text.next_multiple_of(4));
        self.packet(BYE, count, length, |body| {
            for source in sources {
                body.put(&source.to_be_bytes());
            }
            if let Some(text) = reason {
                body.put_text(text);
            }
        })
    }

    /// Writes an APP packet (section 6.7); of `subtype` the low five bits, `data` in whole 32-bit
    /// words.
    pub fn app(
        &mut self,
        subtype: u8,
        ssrc: u32,
        name: [u8; 4],
        data: &[u8],
    ) -> Result<&mut Self, RtcpWriteError> {
        self.report_first()?;
        let length = data.len().saturating_add(8);
        if !data.len().is_multiple_of(4) || words(length).is_none() {
            return Err(RtcpWriteError::DataLength { length: data.len() });
        }
        self.packet(APP, subtype & 0x1f, length, |body| {
            body.put(&ssrc.to_be_bytes());
            body.put(&name);
            body.put(data);
        })
    }

    /// Writes a packet that was received, octet by octet: one of a type that this crate does not
    /// write, such as feedback, or one that is sent on unchanged. After a packet with padding no
    /// other can follow (section 6.4.1).
    ///
    /// ```
    /// use siptrunk_rtp::rtcp::{Compound, CompoundWriter, Packet};
    ///
    /// # let mut received = [0; 64];
    /// # let mut writer = CompoundWriter::new(&mut received);
    /// # writer.receiver_report(1, &[])?.cname(1, "a@b")?.bye(&[1], None)?;
    /// # let length = writer.finish()?;
    /// # let received = &received[..length];
    /// let mut buffer = [0; 1500];
    /// let mut writer = CompoundWriter::new(&mut buffer);
    /// for raw in Compound::parse(received)?.raw_packets() {
    ///     if !matches!(raw.packet(), Packet::Bye(_)) {
    ///         writer.copy(raw)?;
    ///     }
    /// }
    /// let length = writer.finish()?;
    /// # assert_eq!(buffer[..length], received[..24]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn copy(&mut self, raw: RawPacket<'_>) -> Result<&mut Self, RtcpWriteError> {
        if !raw.is_report() {
            self.report_first()?;
        }
        let end = self.length.saturating_add(raw.octets.len());
        self.room(end)?.copy_from_slice(raw.octets);
        self.length = end;
        self.padded = raw.is_padded();
        self.has_cname |= raw.has_cname();
        Ok(self)
    }

    /// The length of the datagram, if it is a whole one.
    pub fn finish(self) -> Result<usize, RtcpWriteError> {
        if self.reduced_size {
            return Ok(self.length);
        }
        self.report_first()?;
        if self.has_cname { Ok(self.length) } else { Err(RtcpWriteError::MissingCname) }
    }

    fn report_first(&self) -> Result<(), RtcpWriteError> {
        let missing = self.length == 0 && !self.reduced_size;
        if missing { Err(RtcpWriteError::ReportFirst) } else { Ok(()) }
    }

    /// The octets from the last packet's end to `end`.
    fn room(&mut self, end: usize) -> Result<&mut [u8], RtcpWriteError> {
        if self.padded {
            return Err(RtcpWriteError::AfterPadding);
        }
        let available = self.out.len();
        let too_small = RtcpWriteError::BufferTooSmall { needed: end, available };
        self.out.get_mut(self.length..end).ok_or(too_small)
    }

    /// Writes a packet with `length` octets of body, a multiple of four, zero where `fill` puts
    /// nothing.
    fn packet(
        &mut self,
        packet_type: u8,
        count: u8,
        length: usize,
        fill: impl FnOnce(&mut Body<'_>),
    ) -> Result<&mut Self, RtcpWriteError> {
        let [l0, l1] = words(length).ok_or(RtcpWriteError::DataLength { length })?.to_be_bytes();
        let end = self.length.saturating_add(HEADER).saturating_add(length);
        let mut packet = Body { rest: self.room(end)? };
        packet.put(&[(VERSION << 6) | count, packet_type, l0, l1]);
        packet.rest.fill(0);
        fill(&mut packet);
        self.length = end;
        Ok(self)
    }
}

/// The room of a body that is not written yet. What does not fit is cut off: lengths are counted
/// before.
struct Body<'a> {
    rest: &'a mut [u8],
}

impl Body<'_> {
    fn put(&mut self, octets: &[u8]) {
        let rest = std::mem::take(&mut self.rest);
        if let Some((room, rest)) = rest.split_at_mut_checked(octets.len()) {
            room.copy_from_slice(octets);
            self.rest = rest;
        }
    }

    /// A text of at most 255 octets after its length.
    fn put_text(&mut self, text: &[u8]) {
        self.put(&[u8::try_from(text.len()).unwrap_or(u8::MAX)]);
        self.put(text);
    }

    fn put_blocks(&mut self, blocks: &[ReportBlock]) {
        for word in blocks.iter().flat_map(ReportBlock::words) {
            self.put(&word.to_be_bytes());
        }
    }
}

fn count(field: &'static str, count: usize) -> Result<u8, RtcpWriteError> {
    u8::try_from(count)
        .ok()
        .filter(|_| count <= MAX_COUNT)
        .ok_or(RtcpWriteError::TooMany { field, count })
}

fn text_length(field: &'static str, text: &[u8]) -> Result<usize, RtcpWriteError> {
    let length = text.len();
    if length > usize::from(u8::MAX) {
        return Err(RtcpWriteError::TextLength { field, length });
    }
    Ok(length)
}

/// The length field of a packet with `body` octets after the common header: words less one.
fn words(body: usize) -> Option<u16> {
    u16::try_from(body / 4).ok()
}

#[cfg(test)]
mod tests;

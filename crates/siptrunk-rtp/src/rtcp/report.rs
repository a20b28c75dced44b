//! Sender and receiver reports (RFC 3550 sections 6.4.1 and 6.4.2).

use std::time::Duration;

use super::Raw;
use crate::{RtcpError, Timestamp};

/// A point in wall time: seconds since 1900 in the upper 32 bits, their fraction in the lower
/// (RFC 3550 section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NtpTime(pub u64);

/// Seconds from 1900 to 1970.
const UNIX_EPOCH: u64 = 2_208_988_800;

impl NtpTime {
    /// From the time since 1970. The seconds wrap in 2036, as the field does.
    pub fn from_unix(since_epoch: Duration) -> Self {
        let seconds = since_epoch.as_secs().wrapping_add(UNIX_EPOCH);
        // Below 2^30 times 2^32.
        let fraction = (u64::from(since_epoch.subsec_nanos()) << 32) / 1_000_000_000;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits: what a report block repeats as "last SR".
    pub fn middle(self) -> u32 {
        #[allow(clippy::cast_possible_truncation)] // The point of it.
        let middle = (self.0 >> 16) as u32;
        middle
    }
}

/// What a sender reports of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct SenderInfo {
    /// Wall time of the report.
    pub ntp: NtpTime,
    /// The same instant in RTP timestamp units.
    pub rtp_timestamp: Timestamp,
    /// RTP packets sent so far.
    pub packets: u32,
    /// Payload octets sent so far.
    pub octets: u32,
}

/// What a receiver reports of one source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ReportBlock {
    /// The source that is reported on.
    pub ssrc: u32,
    /// Loss since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the start, 24 bits signed; writing clamps to
    /// [`MIN_LOST`](Self::MIN_LOST) and [`MAX_LOST`](Self::MAX_LOST).
    pub cumulative_lost: i32,
    /// Highest sequence number, the count of cycles above it.
    pub highest_sequence: u32,
    /// Interarrival jitter in timestamp units.
    pub jitter: u32,
    /// [`NtpTime::middle`] of the last sender report from the source, 0 if none came.
    pub last_sender_report: u32,
    /// Time since that report in 1/65536 s, 0 if none came.
    pub delay_since_last_sender_report: u32,
}

impl ReportBlock {
    /// Octets of a block.
    pub const LENGTH: usize = 24;
    /// Largest loss that fits.
    pub const MAX_LOST: i32 = 0x7f_ffff;
    /// Smallest loss that fits.
    pub const MIN_LOST: i32 = -0x80_0000;

    fn from_octets(octets: &[u8; Self::LENGTH]) -> Self {
        let ssrc = word(octets, 0);
        let loss = word(octets, 1).to_be_bytes();
        let sign = if loss[1] & 0x80 == 0 { 0 } else { 0xff };
        Self {
            ssrc,
            fraction_lost: loss[0],
            cumulative_lost: i32::from_be_bytes([sign, loss[1], loss[2], loss[3]]),
            highest_sequence: word(octets, 2),
            jitter: word(octets, 3),
            last_sender_report: word(octets, 4),
            delay_since_last_sender_report: word(octets, 5),
        }
    }

    pub(crate) fn words(&self) -> [u32; 6] {
        let lost = self.cumulative_lost.clamp(Self::MIN_LOST, Self::MAX_LOST).cast_unsigned();
        [
            self.ssrc,
            (u32::from(self.fraction_lost) << 24) | (lost & 0x00ff_ffff),
            self.highest_sequence,
            self.jitter,
            self.last_sender_report,
            self.delay_since_last_sender_report,
        ]
    }

    /// The round trip time that the block shows to the sender it reports on, if it came at
    /// `arrival` (section 6.4.1, figure 2): `None` without a last SR, or if clocks make it
    /// negative.
    pub fn round_trip(&self, arrival: NtpTime) -> Option<Duration> {
        if self.last_sender_report == 0 {
            return None;
        }
        let elapsed = arrival.middle().wrapping_sub(self.last_sender_report);
        let units = elapsed.wrapping_sub(self.delay_since_last_sender_report);
        // Half of the circle: 9 hours are a negative time, not a round trip.
        if units.cast_signed() < 0 {
            return None;
        }
        let nanoseconds = u64::from(units).wrapping_mul(1_000_000_000) >> 16;
        Some(Duration::from_nanos(nanoseconds))
    }
}

/// A sender report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SenderReport<'a> {
    ssrc: u32,
    info: SenderInfo,
    blocks: &'a [[u8; ReportBlock::LENGTH]],
    extension: &'a [u8],
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let Some((head, rest)) = raw.body.split_first_chunk::<24>() else {
            return Err(raw.truncated("sender information"));
        };
        let (blocks, extension) = blocks(raw, rest)?;
        let ntp = (u64::from(word(head, 1)) << 32) | u64::from(word(head, 2));
        let info = SenderInfo {
            ntp: NtpTime(ntp),
            rtp_timestamp: Timestamp(word(head, 3)),
            packets: word(head, 4),
            octets: word(head, 5),
        };
        Ok(Self { ssrc: word(head, 0), info, blocks, extension })
    }

    /// Who sends the report.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What the sender says of its stream.
    pub fn info(&self) -> SenderInfo {
        self.info
    }

    /// What it says of the streams it receives.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::from_octets)
    }

    /// The profile's extension at the end, uninterpreted.
    pub fn extension(&self) -> &'a [u8] {
        self.extension
    }
}

/// A receiver report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceiverReport<'a> {
    ssrc: u32,
    blocks: &'a [[u8; ReportBlock::LENGTH]],
    extension: &'a [u8],
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(raw: Raw<'a>) -> Result<Self, RtcpError> {
        let Some((ssrc, rest)) = raw.body.split_first_chunk::<4>() else {
            return Err(raw.truncated("SSRC"));
        };
        let (blocks, extension) = blocks(raw, rest)?;
        Ok(Self { ssrc: u32::from_be_bytes(*ssrc), blocks, extension })
    }

    /// Who sends the report.
    pub fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// What it says of the streams it receives.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = ReportBlock> + use<'a> {
        self.blocks.iter().map(ReportBlock::from_octets)
    }

    /// The profile's extension at the end, uninterpreted.
    pub fn extension(&self) -> &'a [u8] {
        self.extension
    }
}

/// The report blocks that the header counts, and what is left behind them.
fn blocks<'a>(
    raw: Raw<'a>,
    rest: &'a [u8],
) -> Result<(&'a [[u8; ReportBlock::LENGTH]], &'a [u8]), RtcpError> {
    let length = usize::from(raw.count).wrapping_mul(ReportBlock::LENGTH);
    let (blocks, extension) =
        rest.split_at_checked(length).ok_or_else(|| raw.truncated("report blocks"))?;
    Ok((blocks.as_chunks().0, extension))
}

/// The 32-bit word at `index`, counted in words, of 24 octets.
fn word(octets: &[u8; 24], index: usize) -> u32 {
    octets.as_chunks::<4>().0.get(index).map_or(0, |word| u32::from_be_bytes(*word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unix_epoch_is_2208988800_and_a_half_second_is_the_top_bit() {
        let time = NtpTime::from_unix(Duration::from_millis(500));
        assert_eq!(time, NtpTime((2_208_988_800 << 32) | 0x8000_0000));
        assert_eq!(time.middle(), 0x7e80_8000);
    }

    /// The example of RFC 3550 section 6.4.1, figure 2.
    #[test]
    fn round_trip_of_figure_2_is_6125_milliseconds() {
        let block = ReportBlock {
            last_sender_report: 0xb705_2000,
            delay_since_last_sender_report: 0x0005_4000,
            ..ReportBlock::default()
        };
        let arrival = NtpTime(0xb710_8000 << 16);
        assert_eq!(block.round_trip(arrival), Some(Duration::from_millis(6125)));
        let early = NtpTime(0xb705_2000 << 16);
        assert_eq!(block.round_trip(early), None);
        let none = ReportBlock { last_sender_report: 0, ..block };
        assert_eq!(none.round_trip(arrival), None);
    }

    #[test]
    fn loss_is_a_signed_number_of_24_bits_and_clamps() {
        for (lost, written) in
            [(-1, 0x00ff_ffff), (i32::MIN, 0x0080_0000), (i32::MAX, 0x007f_ffff), (5, 5)]
        {
            let block = ReportBlock { cumulative_lost: lost, ..ReportBlock::default() };
            assert_eq!(block.words()[1], written);
        }
        let mut octets = [0; 24];
        octets[4..8].copy_from_slice(&[3, 0xff, 0xff, 0xfe]);
        let block = ReportBlock::from_octets(&octets);
        assert_eq!((block.fraction_lost, block.cumulative_lost), (3, -2));
    }
}

//! RTCP: compound packets read in place and written into a slice, and the time when they are due
//! (RFC 3550 section 6).
//!
//! ```
//! use siptrunk_rtp::rtcp::{Compound, CompoundWriter, Packet};
//!
//! let mut buffer = [0; 256];
//! let mut writer = CompoundWriter::new(&mut buffer);
//! writer.receiver_report(0x1234, &[])?;
//! writer.cname(0x1234, "gateway@192.0.2.1")?;
//! let length = writer.finish()?;
//!
//! let compound = Compound::parse(&buffer[..length])?;
//! let mut packets = compound.packets();
//! assert!(matches!(packets.next(), Some(Packet::ReceiverReport(report)) if report.ssrc() == 0x1234));
//! assert!(matches!(packets.next(), Some(Packet::Sdes(_))));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod compound;
pub use compound::{Compound, Packet, RawPacket, Unknown};

mod report;
pub use report::{NtpTime, ReceiverReport, ReportBlock, SenderInfo, SenderReport};

mod sdes;
pub use sdes::{Chunk, Item, ItemKind, Sdes};

mod bye;
pub use bye::Bye;

mod app;
pub use app::App;

mod feedback;
pub use feedback::{ExtendedReport, Feedback, FeedbackKind};

mod write;
pub use write::CompoundWriter;

mod interval;
pub use interval::ReportConfig;

mod members;

mod schedule;
pub use schedule::{Due, ReportSchedule};

pub(crate) const HEADER: usize = 4;
/// Most a five-bit count can say.
pub(crate) const MAX_COUNT: usize = 31;

pub(crate) const SENDER_REPORT: u8 = 200;
pub(crate) const RECEIVER_REPORT: u8 = 201;
pub(crate) const SDES: u8 = 202;
pub(crate) const BYE: u8 = 203;
pub(crate) const APP: u8 = 204;
pub(crate) const TRANSPORT_FEEDBACK: u8 = 205;
pub(crate) const PAYLOAD_FEEDBACK: u8 = 206;
pub(crate) const EXTENDED_REPORT: u8 = 207;

/// What the parsers of packet bodies are given: everything of one packet but its padding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Raw<'a> {
    /// Where the packet starts in the datagram.
    pub(crate) offset: usize,
    /// The five bits after version and padding.
    pub(crate) count: u8,
    pub(crate) packet_type: u8,
    /// What follows the four octets of common header.
    pub(crate) body: &'a [u8],
}

impl Raw<'_> {
    pub(crate) fn truncated(&self, field: &'static str) -> crate::RtcpError {
        crate::RtcpError::Truncated { offset: self.offset, packet_type: self.packet_type, field }
    }
}

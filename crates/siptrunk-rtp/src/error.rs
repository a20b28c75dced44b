//! What can be wrong with packets: one enum for each of reading and writing, RTP and RTCP.

use thiserror::Error;

/// Why octets are not an RTP packet (RFC 3550 section 5.1, checks of appendix A.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RtpError {
    /// Fewer octets than the fixed header.
    #[error("packet of {length} octets is shorter than the 12 octet RTP header; drop it")]
    Short {
        /// Octets given.
        length: usize,
    },
    /// The version field is not 2.
    #[error("RTP version {found} at octet 0 is not 2; the packet may be of another protocol")]
    Version {
        /// The version found.
        found: u8,
    },
    /// The CSRC count promises more than the packet holds.
    #[error("{count} CSRCs end at octet {needed}, the packet at {length}; drop it")]
    CsrcOverrun {
        /// The CSRC count of the header.
        count: u8,
        /// Octets that header and CSRC list need.
        needed: usize,
        /// Octets given.
        length: usize,
    },
    /// The header extension's length promises more than the packet holds.
    #[error("header extension at octet {offset} needs {needed} octets, {available} are left")]
    ExtensionOverrun {
        /// Where the extension starts.
        offset: usize,
        /// Octets that the extension needs, its own 4 octet header included.
        needed: usize,
        /// Octets left in the packet from there.
        available: usize,
    },
    /// The padding count is zero or reaches into the header.
    #[error("padding count {count} at octet {offset} does not fit the {available} octets there")]
    Padding {
        /// Where the count stands: the last octet.
        offset: usize,
        /// The count found.
        count: u8,
        /// Octets after the header, which the padding may take.
        available: usize,
    },
}

/// Why an RTP packet could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The output slice is too small.
    #[error("{needed} octets do not fit a buffer of {available}; give a larger one")]
    BufferTooSmall {
        /// Octets needed.
        needed: usize,
        /// Octets given.
        available: usize,
    },
    /// A payload type is a number of seven bits.
    #[error("payload type {value} is over 127")]
    PayloadType {
        /// The number given.
        value: u8,
    },
    /// The header has room for 15 CSRCs.
    #[error("{count} CSRCs are more than the 15 that a header holds")]
    CsrcCount {
        /// CSRCs given.
        count: usize,
    },
    /// Extension data are whole 32-bit words, at most 65,535 of them.
    #[error("header extension of {length} octets is not 0 to 65535 whole 32-bit words")]
    ExtensionLength {
        /// Octets given.
        length: usize,
    },
}

/// Why a header extension is not one of elements (RFC 8285).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ElementError {
    /// The first 16 bits are those of another kind of extension.
    #[error(
        "header extension {profile:#06x} is not of RFC 8285 (0xbede or 0x100_); leave it alone"
    )]
    Profile {
        /// The 16 bits found.
        profile: u16,
    },
    /// An element's length promises more than the extension holds.
    #[error("element {id} at octet {offset} needs {needed} octets, {available} are left")]
    Truncated {
        /// Where the element starts in the extension's data.
        offset: usize,
        /// Its identifier.
        id: u8,
        /// Octets that it needs, its own header included.
        needed: usize,
        /// Octets left there.
        available: usize,
    },
}

/// Why an element of a header extension could not be written (RFC 8285).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ElementWriteError {
    /// The output slice is too small.
    #[error("{needed} octets do not fit a buffer of {available}; give a larger one")]
    BufferTooSmall {
        /// Octets needed, what is already written included.
        needed: usize,
        /// Octets given.
        available: usize,
    },
    /// The form has no such identifier.
    #[error("{id} is no identifier: one-byte elements have 1 to 14, two-byte elements 1 to 255")]
    Id {
        /// The identifier given.
        id: u8,
    },
    /// The form has no such length.
    #[error(
        "{length} octets of data for element {id}: one-byte elements hold 1 to 16, two-byte \
             elements 0 to 255"
    )]
    DataLength {
        /// The element's identifier.
        id: u8,
        /// Octets given.
        length: usize,
    },
}

/// Why octets are not an RTCP packet (RFC 3550 section 6.1, checks of appendix A.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RtcpError {
    /// Fewer octets than the common header, or none at all.
    #[error("{available} octets at octet {offset} are no RTCP header of 4; drop the packet")]
    Short {
        /// Where the header should start.
        offset: usize,
        /// Octets left there.
        available: usize,
    },
    /// The version field is not 2.
    #[error("RTCP version {found} at octet {offset} is not 2")]
    Version {
        /// Where the packet starts.
        offset: usize,
        /// The version found.
        found: u8,
    },
    /// A compound packet starts with SR or RR (RFC 3550 section 6.1).
    #[error(
        "the first packet has type {packet_type}, not SR (200) or RR (201); if the peer \
             negotiated reduced size (RFC 5506), parse it as such"
    )]
    ReportFirst {
        /// The type found.
        packet_type: u8,
    },
    /// Padding on another packet than the last.
    #[error("padding bit at octet {offset}, but only the last packet may be padded")]
    PaddingNotLast {
        /// Where the packet starts.
        offset: usize,
    },
    /// The padding count is zero, no multiple of four or too long.
    #[error("padding count {count} of the packet at octet {offset} does not fit it")]
    Padding {
        /// Where the packet starts.
        offset: usize,
        /// The count found.
        count: u8,
    },
    /// A length field promises more than there is.
    #[error("packet at octet {offset} says {needed} octets, {available} are left")]
    Length {
        /// Where the packet starts.
        offset: usize,
        /// Octets that its length field says.
        needed: usize,
        /// Octets left there.
        available: usize,
    },
    /// The body is too short for what its header counts.
    #[error("body of the type {packet_type} packet at octet {offset} ends within its {field}")]
    Truncated {
        /// Where the packet starts.
        offset: usize,
        /// Its RTCP packet type.
        packet_type: u8,
        /// What is cut off.
        field: &'static str,
    },
}

/// Why an RTCP packet could not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RtcpWriteError {
    /// The output slice is too small.
    #[error("{needed} octets do not fit a buffer of {available}; give a larger one")]
    BufferTooSmall {
        /// Octets needed, what is already written included.
        needed: usize,
        /// Octets given.
        available: usize,
    },
    /// A compound packet starts with SR or RR (RFC 3550 section 6.1).
    #[error("a compound packet starts with SR or RR; write an empty receiver report first")]
    ReportFirst,
    /// A compound packet has an SDES packet with a CNAME (RFC 3550 section 6.1).
    #[error("a compound packet needs an SDES packet with CNAME; write one before finishing")]
    MissingCname,
    /// Only the last packet may be padded (RFC 3550 section 6.4.1).
    #[error("a packet with padding was copied; it must be the last of the datagram")]
    AfterPadding,
    /// A five-bit count holds 31 at most.
    #[error("{count} {field} are more than the 31 of one packet; write a second packet")]
    TooMany {
        /// What is counted.
        field: &'static str,
        /// How many were given.
        count: usize,
    },
    /// A text holds 255 octets at most.
    #[error("{field} of {length} octets is longer than 255")]
    TextLength {
        /// Which text.
        field: &'static str,
        /// Its octets.
        length: usize,
    },
    /// Application data are whole 32-bit words, and a packet has 65,536 words at most.
    #[error("{length} octets of application data are not a fitting number of 32-bit words")]
    DataLength {
        /// Octets given.
        length: usize,
    },
}

/// Why a payload is not a telephone event or tone (RFC 4733 sections 2.3 and 4.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EventError {
    /// An event report, and the header of a tone, has four octets.
    #[error("payload of {length} octets is shorter than the 4 octets of a telephone event")]
    Short {
        /// Octets given.
        length: usize,
    },
    /// A tone is four octets and two for each frequency.
    #[error("payload of {length} octets ends within a tone's frequency of 2")]
    HalfFrequency {
        /// Octets given.
        length: usize,
    },
}

/// Why a text is not a list of events (RFC 4733 section 2.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("element {place} of the list of events is neither a code of 0 to 255 nor a range of them")]
pub struct EventSetError {
    /// Which element, counted from 0.
    pub place: usize,
}

/// Why a payload is not comfort noise, or could not be written (RFC 3389 section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NoiseError {
    /// A payload has a level at least.
    #[error("comfort noise without an octet of level; drop it")]
    Empty,
    /// Index 255 is reserved.
    #[error("coefficient {place} of the noise has the reserved index 255")]
    ReservedCoefficient {
        /// Which coefficient, counted from 0.
        place: usize,
    },
    /// A level has seven bits.
    #[error("noise level {level} is over 127")]
    Level {
        /// The level given.
        level: u8,
    },
    /// The output slice is too small.
    #[error("{needed} octets do not fit a buffer of {available}; give a larger one")]
    BufferTooSmall {
        /// Octets needed.
        needed: usize,
        /// Octets given.
        available: usize,
    },
}

//! What came of the audio.

use std::fmt;

/// The audio of one call, as one end sent and heard it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AudioReport {
    /// RTP packets sent.
    pub packets_sent: u32,
    /// RTP packets expected from the other end.
    pub packets_expected: u32,
    /// Different RTP packets received.
    pub packets_received: u32,
    /// Samples received.
    pub samples_received: u64,
    /// Samples received that are what the other end sent at that place.
    pub samples_matching: u64,
    /// Sequence numbers missing between the first and the last packet.
    pub gaps: u32,
    /// Packets that came again.
    pub duplicates: u32,
    /// Packets that came after a later one.
    pub reordered: u32,
    /// Packets that did not belong here: not RTP, another payload type, another source.
    pub foreign: u32,
    /// The digits that came as telephone events (RFC 4733), in order.
    pub digits: String,
}

impl AudioReport {
    /// Whether all that was expected arrived: once, in order, and sample by sample.
    pub fn exact(&self) -> bool {
        self.packets_received == self.packets_expected
            && self.samples_matching == self.samples_received
            && (self.gaps, self.duplicates, self.reordered, self.foreign) == (0, 0, 0, 0)
    }

    /// Packets that were expected and never came.
    pub fn missing(&self) -> u32 {
        self.packets_expected.saturating_sub(self.packets_received)
    }
}

impl fmt::Display for AudioReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sent {}, received {} of {} packets, {} of {} samples match, {} gaps, {} duplicates, \
             {} reordered, {} foreign",
            self.packets_sent,
            self.packets_received,
            self.packets_expected,
            self.samples_matching,
            self.samples_received,
            self.gaps,
            self.duplicates,
            self.reordered,
            self.foreign
        )
    }
}

//! What a media session tells signalling.

use crate::{MediaSessionId, SessionStatistics, Side};

/// An event of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaEvent {
    /// The first audio packet of a side came: from its address, with a payload number that it may
    /// send. Once a side.
    FirstPacket {
        /// The session.
        session: MediaSessionId,
        /// The side that sends.
        side: Side,
    },
    /// A side that should send has not sent for the time configured. Audio is due once both
    /// sides' addresses are known and both directions allow it, so a side that never sends is
    /// reported too.
    Silence {
        /// The session.
        session: MediaSessionId,
        /// The side that is silent.
        side: Side,
    },
    /// Audio came after [`Silence`](Self::Silence). A hold ends a silence without this event.
    Resumed {
        /// The session.
        session: MediaSessionId,
        /// The side that sends again.
        side: Side,
    },
    /// The session has ended. Once, and the last.
    Closed {
        /// The session.
        session: MediaSessionId,
        /// What went through it.
        statistics: Box<SessionStatistics>,
    },
}

impl MediaEvent {
    /// The session that speaks.
    pub fn session(&self) -> MediaSessionId {
        match self {
            Self::FirstPacket { session, .. }
            | Self::Silence { session, .. }
            | Self::Resumed { session, .. }
            | Self::Closed { session, .. } => *session,
        }
    }
}

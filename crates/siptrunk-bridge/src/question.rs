//! What the bridge must ask of the world, and the answers it understands.

use std::net::SocketAddr;

use siptrunk_media::MediaSessionId;
use siptrunk_message::Request;
use siptrunk_profiles::Route;
use siptrunk_transaction::Target;
use siptrunk_ua::Lookup;

use crate::explain::Explanation;

/// A question of the bridge; see [`siptrunk_transaction::Core::poll_question`].
///
/// Each has a deadline of the bridge's own: a late, repeated or missing answer does no harm.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Question {
    /// Where these hosts can be reached. Answer: [`Answer::Targets`] or [`Answer::Unresolved`].
    Resolve(Lookup),
    /// Open the media ports of a call: an RTP and RTCP pair for each of its two sides, both or none.
    /// Answer: [`Answer::Media`] or [`Answer::NoPorts`]. From a granted answer on, the world runs a
    /// [`siptrunk_media::MediaSession`] under this id until the command to close it.
    OpenMedia {
        /// The id under which commands and events will speak of these ports.
        session: MediaSessionId,
    },
    /// Where this call goes; asked only if [`crate::Settings::decide`] says so. Answer:
    /// [`Answer::Route`].
    Decide {
        /// The INVITE.
        invite: Box<Request>,
        /// What the routes of the configuration say, and why.
        explanation: Box<Explanation>,
    },
}

/// An answer to a [`Question`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Answer {
    /// The addresses to try, in order.
    Targets(Vec<Target>),
    /// No address was found.
    Unresolved,
    /// The ports are open.
    Media {
        /// The RTP address to write into descriptions sent to the calling side; RTCP is the port above.
        a: SocketAddr,
        /// The RTP address to write into descriptions sent to the called side.
        b: SocketAddr,
    },
    /// The port range is used up.
    NoPorts,
    /// What becomes of the call, whatever conditions the route has; none for what the routes of the
    /// configuration say. A route that leads to no trunk of ours is 404.
    Route(Option<Box<Route>>),
}

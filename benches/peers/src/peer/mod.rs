//! What each peer has to do, and that it does.

use bytes::Bytes;

mod ezk;
mod rsip;
mod rsiprtp;
mod rsipstack;
mod siptrunk;
mod sipx;
pub use ezk::Ezk;
pub use rsip::Rsip;
pub use rsiprtp::Rsiprtp;
pub use rsipstack::Rsipstack;
pub use siptrunk::Siptrunk;
pub use sipx::Sipx;

/// A crate that reads and writes SIP messages.
pub trait Peer {
    /// The crate.
    const NAME: &'static str;
    /// What it calls a parsed message.
    type Message;
    /// Its types of Via, From, To, Call-ID, CSeq and Contact.
    type Typed<'a>;
    /// What a written message comes as.
    type Written: AsRef<[u8]>;

    /// Reads a datagram.
    fn parse(bytes: &Bytes) -> Self::Message;
    /// Reads the six headers of a parsed message.
    fn typed(message: &Self::Message) -> Self::Typed<'_>;
    /// Writes leg B's INVITE: see [`leg_b`].
    fn rewrite(message: &Self::Message) -> Self::Written;
    /// Some of what was read, for comparison. Never timed.
    fn facts(typed: &Self::Typed<'_>) -> Facts;
}

/// What the typed reads of all peers have to agree on.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    /// The branch of the topmost Via.
    pub branch: String,
    /// The tag of From.
    pub from_tag: String,
    /// The tag of To.
    pub to_tag: Option<String>,
    /// Call-ID.
    pub call_id: String,
    /// The number of CSeq.
    pub sequence: u32,
    /// The user of the first Contact's URI.
    pub contact_user: String,
}

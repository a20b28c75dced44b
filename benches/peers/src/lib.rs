//! The same work done by us and by other SIP crates: what `benches/` times and counts.
//!
//! Three pieces of work on one INVITE of 1204 octets, which comes as a shared `Bytes` as from a socket:
//!
//! - **parse**: to whatever the crate calls a parsed message;
//! - **parse, typed**: and read Via, From, To, Call-ID, CSeq and Contact of it;
//! - **rewrite**: from the parsed message write the INVITE of a B2BUA's other leg, with a Request-URI, Via,
//!   Max-Forwards, From, To, Call-ID, CSeq and Contact of its own ([`leg_b`]), the Diversion, X-EI, other X- headers,
//!   Content-Type and body of the first, and without its Record-Route.
//!
//! [`check`] holds that all of them do it: they read the same values, and write the same fields.
//!
//! And the other codecs, each a function that holds that all crates agree, and hands each crate's work to a
//! [`Visitor`]: [`sdp`], [`digest`], [`rtp`], [`srtp`], [`xei`].
//!
//! And transactions, answered over [`loopback`].

#![deny(missing_docs)]

mod check;
pub use check::check;
mod digest;
pub use digest::digest;
pub mod leg_b;
pub mod loopback;
mod peer;
pub use peer::{Ezk, Facts, Peer, Rsip, Rsiprtp, Rsipstack, Siptrunk, Sipx};
mod rtp;
pub use rtp::rtp;
mod sdp;
pub use sdp::sdp;
mod srtp;
pub use srtp::srtp;
mod visitor;
pub use visitor::Visitor;
mod xei;
pub use xei::xei;

use bytes::Bytes;

/// The INVITE, as every peer is given it.
///
/// Shared: whoever cuts slices from it or clones it counts a reference, and does not allocate for that.
pub fn invite() -> Bytes {
    let bytes = Bytes::copy_from_slice(siptrunk_benches::INVITE);
    // The first clone of a `Bytes` allocates its counter.
    drop(bytes.clone());
    bytes
}

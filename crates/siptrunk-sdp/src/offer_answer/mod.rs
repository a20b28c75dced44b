//! Offer and answer for audio (RFC 3264), as an end and as a B2BUA in the middle.
//!
//! An end uses [`offer`], [`answer`] and [`accept`]. A B2BUA rewrites the offer it received for
//! the other side ([`relay_offer`]) and the answer it gets back for the first side
//! ([`relay_answer`]): our address, that side's codecs and payload numbers, and the number maps
//! for the packets. Streams beyond the audio that is taken are refused with port 0 and never fail
//! the call.
//!
//! These functions play a [`Party`] with one stream of plain RTP; made by hand, a party has by
//! choice several streams, SRTP (RFC 4568), `rtcp-mux` (RFC 5761), its own order of codecs, and a
//! direction.
//!
//! In a re-offer, pass what was last sent on that leg to [`SessionDescription::following`]: it
//! keeps the number of streams and sets the version (RFC 3264 section 8).
//!
//! [`SessionDescription::following`]: crate::SessionDescription::following

mod accept;
pub use accept::accept;

mod answer;
pub use answer::answer;

mod codecs;

mod endpoint;

mod error;
pub use error::{AddressProblem, AnswerError, OfferError, SecurityProblem};

mod following;

mod negotiated;
pub use negotiated::Negotiated;

mod offer;
pub use offer::offer;

mod party;
pub use party::Party;

mod policy;
pub(crate) use policy::Transport;
pub use policy::{CodecOrder, CodecPolicy, LocalMedia, SrtpMode, SrtpPolicy};

mod relay;
pub use relay::{relay_answer, relay_offer};

mod relayed;
pub use relayed::{RelayedAnswer, RelayedAnswerStream, RelayedOffer, RelayedStream};

mod security;

mod select;

mod stream;
pub use stream::{SrtpKeys, Stream};

mod succession;
pub use succession::Succession;

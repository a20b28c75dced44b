//! Offer and answer for one audio stream (RFC 3264), as an end and as a B2BUA in the middle.
//!
//! An end uses [`offer`], [`answer`] and [`accept`]. A B2BUA rewrites the offer it received for
//! the other side ([`relay_offer`]) and the answer it gets back for the first side
//! ([`relay_answer`]): our address, that side's codecs and payload numbers, and the number maps
//! for the packets. Streams beyond the one audio stream are refused with port 0 and never fail
//! the call.
//!
//! In a re-offer, pass what was last sent on that leg to [`SessionDescription::following`]: it
//! keeps the number of streams and sets the version (RFC 3264 section 8).
//!
//! [`SessionDescription::following`]: crate::SessionDescription::following

mod answer;
pub use answer::{Negotiated, accept, answer};

mod audio;

mod error;
pub use error::{AddressProblem, AnswerError, OfferError};

mod following;

mod offer;
pub use offer::offer;

mod policy;
pub use policy::{CodecPolicy, LocalMedia};

mod relay;
pub use relay::{RelayedAnswer, RelayedOffer, relay_answer, relay_offer};

#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::arithmetic_side_effects
    )
)]

mod address;
pub use address::{Address, Connection};

pub mod attribute;
pub use attribute::{Attribute, Attributes, CryptoSuite, SrtpKey};

mod bandwidth;
pub use bandwidth::Bandwidth;

mod codec;
pub use codec::{Codec, CodecName, Codecs, UnknownCodecName};

mod direction;
pub use direction::Direction;

mod error;
pub use error::{Limit, SdpError};

mod grammar;

mod limits;
pub use limits::Limits;

mod line;
pub use line::{Line, Lines};

mod media;
pub use media::{Media, MediaSections, PayloadTypes};

pub mod offer_answer;

mod origin;
pub use origin::Origin;

mod parse;

mod section;

mod session;
pub use session::SessionDescription;

mod strict;

mod timing;
pub use timing::{Repeat, Timing, ZoneAdjustment};

mod write;

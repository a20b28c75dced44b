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

mod sequence;
pub use sequence::{Sequence, Timestamp};

mod packet;
pub use packet::{Extension, Packet};

mod elements;
pub use elements::{Element, ElementForm, ElementWriter, Elements};

mod edit;
pub use edit::{PacketMut, set_payload_type};

mod builder;
pub use builder::{Extras, PacketBuilder};

mod demux;
pub use demux::{Demux, classify, collides_with_rtcp, is_rtcp};

mod statistics;
pub use statistics::{Arrival, ReceiveStatistics, SequenceLimits, Totals};

mod sources;
pub use sources::{Source, Sources};

mod error;
pub use error::{
    ElementError, ElementWriteError, EventError, EventSetError, NoiseError, RtcpError,
    RtcpWriteError, RtpError, WriteError,
};

pub mod comfort_noise;
pub mod g711;
pub mod rtcp;
#[cfg(feature = "srtp")]
pub mod srtp;
pub mod telephone_event;

#![doc = include_str!("../README.md")]
#![deny(missing_docs, unsafe_code)]

/// SIP messages, headers, URIs, stream framing.
pub use siptrunk_message as message;

/// Session descriptions, offer and answer.
pub use siptrunk_sdp as sdp;

/// Digest authentication, both sides.
pub use siptrunk_digest as digest;

/// X-EI tokens and call context.
pub use siptrunk_xei as xei;

/// RTP, RTCP, G.711, receive statistics.
pub use siptrunk_rtp as rtp;

/// Media sessions without sockets.
pub use siptrunk_media as media;

/// Client and server transactions, the `Core` trait.
pub use siptrunk_transaction as transaction;

/// Dialogs, INVITE sessions, registration.
pub use siptrunk_ua as ua;

/// Five9, Synthflow and generic trunks as data; configuration.
pub use siptrunk_profiles as profiles;

/// Legs and calls.
pub use siptrunk_bridge as bridge;

/// Sockets, clock, media threads.
pub use siptrunk_net as net;

/// Virtual time and links, a wire witness, scripted provider ends.
#[cfg(feature = "sim")]
pub use siptrunk_sim as sim;

pub use siptrunk_bridge::{CallHandle, CallRecord, Event};
pub use siptrunk_net::Gateway;
pub use siptrunk_profiles::{
    Five9, Generic, HandBackBy, Listen, MediaPorts, Region, Route, Synthflow, Trunk,
};

/// What a program that runs a gateway imports: `use siptrunk::prelude::*;`.
pub mod prelude {
    pub use crate::{
        CallHandle, CallRecord, Event, Five9, Gateway, Generic, HandBackBy, Listen, MediaPorts,
        Region, Route, Synthflow, Trunk,
    };
}

//! The values of leg B's INVITE that are not leg A's.

/// The Request-URI.
pub const URI: &str = "sip:+14155550123@203.0.113.99:5060";
/// The only Via.
pub const VIA: &str = "SIP/2.0/UDP 203.0.113.7:5060;branch=z9hG4bK7c1d0a9e44f2;rport";
/// One less than leg A's.
pub const MAX_FORWARDS: &str = "67";
/// Our tag.
pub const FROM: &str = "\"Acme Support\" <sip:+18005550199@203.0.113.7>;tag=9c2f11ab";
/// No tag yet.
pub const TO: &str = "<sip:+14155550123@203.0.113.99>";
/// Ours.
pub const CALL_ID: &str = "5d1f0e7a4b3c2918@203.0.113.7";
/// A dialog of its own counts from one.
pub const CSEQ: &str = "1 INVITE";
/// Ours.
pub const CONTACT: &str = "<sip:+18005550199@203.0.113.7:5060>";

//! What the benches measure with: the five messages of `messages/`, and the HTTP twin of the INVITE.

/// A message by its name.
pub struct Sample {
    /// The file's name without its ending.
    pub name: &'static str,
    /// Its octets.
    pub octets: &'static [u8],
}

/// An INVITE from a trunk: 16 header fields, an SDP offer.
pub const INVITE: &[u8] = include_bytes!("../messages/invite.sip");

/// As many octets and lines as [`INVITE`], in HTTP, for httparse.
pub const HTTP_TWIN: &[u8] = include_bytes!("../messages/invite_like.http");

/// The five messages.
pub const SAMPLES: [Sample; 5] = [
    Sample { name: "options", octets: include_bytes!("../messages/options.sip") },
    Sample { name: "invite", octets: INVITE },
    Sample { name: "ok200", octets: include_bytes!("../messages/ok200.sip") },
    Sample { name: "register", octets: include_bytes!("../messages/register.sip") },
    Sample { name: "trying", octets: include_bytes!("../messages/trying.sip") },
];

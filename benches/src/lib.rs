//! What the benches measure with: the five messages of `messages/`, the HTTP twin of the INVITE, and the least that could be
//! done for each piece of work ([`limits`]). `benches/peers/` uses the same.

pub mod limits;

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

/// The value of the INVITE's X-EI: all three tokens, 73 octets.
pub const X_EI: &[u8] =
    b"S.ebe4bd96-dcb1-4abd-9aa5-686877dab061;E.1234567890123456;O.+18005550100;";

/// The INVITE's session description, 307 octets.
///
/// # Panics
/// Never: the INVITE is text and has a body.
pub fn session_description() -> &'static str {
    let invite = std::str::from_utf8(INVITE).expect("the INVITE is text");
    invite.split_once("\r\n\r\n").expect("the INVITE has a body").1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_those_of_the_invite() {
        let line = [b"X-EI: ", X_EI, b"\r\n"].concat();
        assert!(INVITE.windows(line.len()).any(|window| window == line));
        assert_eq!((X_EI.len(), session_description().len()), (73, 307));
    }
}

//! That all peers do the same work.

use bytes::Bytes;

use crate::leg_b;
use crate::peer::{Ezk, Facts, Peer, Rsip, Rsiprtp, Rsipstack, Siptrunk, Sipx};

/// Panics unless every peer reads the same values and writes the same fields. Run before anything is timed.
pub fn check(invite: &Bytes) {
    peer::<Siptrunk>(invite);
    peer::<Rsip>(invite);
    peer::<Rsipstack>(invite);
    peer::<Rsiprtp>(invite);
    peer::<Ezk>(invite);
    peer::<Sipx>(invite);

    let template = Siptrunk::rewrite_template(&Siptrunk::parse(invite));
    assert_eq!(Written::read(template.bytes()), Written::expected(invite), "by way of a template");
}

fn peer<P: Peer>(invite: &Bytes) {
    let name = P::NAME;
    let message = P::parse(invite);
    let sent = Facts {
        branch: "z9hG4bK-524287-1---4f0c0a7b9d3e12aa".to_owned(),
        from_tag: "as58f4201b".to_owned(),
        to_tag: None,
        call_id: "3c26700857a0d5c61f2ad4b3e1a8-c9f4@198.51.100.10".to_owned(),
        sequence: 102,
        contact_user: "+18005550199".to_owned(),
    };
    assert_eq!(P::facts(&P::typed(&message)), sent, "{name} reads leg A's INVITE");

    let written = P::rewrite(&message);
    let said = Written::read(written.as_ref());
    assert_eq!(said, Written::expected(invite), "{name} writes leg B's INVITE");

    let message = P::parse(&Bytes::copy_from_slice(written.as_ref()));
    let sent = Facts {
        branch: "z9hG4bK7c1d0a9e44f2".to_owned(),
        from_tag: "9c2f11ab".to_owned(),
        to_tag: None,
        call_id: leg_b::CALL_ID.to_owned(),
        sequence: 1,
        contact_user: "+18005550199".to_owned(),
    };
    assert_eq!(P::facts(&P::typed(&message)), sent, "{name} reads what it wrote");
}

/// A message as text, read without any of the crates: names in lower case, fields sorted, since crates differ in the order in which they write.
#[derive(Debug, PartialEq, Eq)]
struct Written {
    start_line: String,
    fields: Vec<(String, String)>,
    body: String,
}

impl Written {
    /// Reads lines at CRLF and fields at the first colon; no folds.
    fn read(octets: &[u8]) -> Self {
        let text = std::str::from_utf8(octets).expect("the message is text");
        let (head, body) = text.split_once("\r\n\r\n").expect("an empty line ends the head");
        let mut lines = head.split("\r\n");
        let start_line = lines.next().expect("a start line").to_owned();
        let mut fields: Vec<_> = lines
            .map(|line| line.split_once(':').expect("a header line has a colon"))
            .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
            .collect();
        fields.sort();
        Self { start_line, fields, body: body.to_owned() }
    }

    /// What a rewrite of `leg_a` has to say.
    fn expected(leg_a: &[u8]) -> Self {
        let mut expected = Self::read(leg_a);
        expected.start_line = format!("INVITE {} SIP/2.0", leg_b::URI);
        expected.fields.retain(|(name, _)| {
            name.starts_with("x-")
                || matches!(name.as_str(), "diversion" | "content-type" | "content-length")
        });
        let own = [
            ("via", leg_b::VIA),
            ("max-forwards", leg_b::MAX_FORWARDS),
            ("from", leg_b::FROM),
            ("to", leg_b::TO),
            ("call-id", leg_b::CALL_ID),
            ("cseq", leg_b::CSEQ),
            ("contact", leg_b::CONTACT),
        ];
        expected.fields.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        expected.fields.sort();
        expected
    }
}

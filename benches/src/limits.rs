//! The least that could be done: what a piece of work cannot take less than, and does not take more than a few times.

use md5::{Digest, Md5};

/// Every name and value octet of the HTTP twin, as httparse does it.
///
/// # Panics
/// If that is not an HTTP request.
pub fn http_twin(octets: &[u8]) -> usize {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    match request.parse(octets) {
        Ok(httparse::Status::Complete(length)) => length,
        other => panic!("the twin does not parse: {other:?}"),
    }
}

/// Where an octet stands, found by memchr one after the other; their sum, so that none can be left out.
pub fn find_all(octet: u8, octets: &[u8]) -> usize {
    memchr::memchr_iter(octet, octets).fold(0, |sum, at| sum ^ std::hint::black_box(at))
}

/// A challenge, and who answers it.
pub mod challenge {
    /// The value of WWW-Authenticate.
    pub const VALUE: &str = "Digest realm=\"sip.example.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", qop=\"auth\", algorithm=MD5, \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    pub(crate) const REALM: &str = "sip.example.com";
    pub(crate) const NONCE: &str = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
    /// The user.
    pub const USERNAME: &str = "agent-0042";
    /// No one's password.
    pub const PASSWORD: &str = "correct horse battery staple";
    /// The method of the request that was challenged.
    pub const METHOD: &str = "REGISTER";
    /// Its Request-URI.
    pub const URI: &str = "sip:sip.example.com:5060";
    /// What the client adds.
    pub const CNONCE: &str = "0a4f113b0a4f113b";
}

/// The three MD5 hashes of RFC 7616 section 3.4.1 over [`challenge`], and nothing else: the response in hexadecimal.
pub fn digest_response() -> [u8; 32] {
    use challenge::{CNONCE, METHOD, NONCE, PASSWORD, REALM, URI, USERNAME};
    let [username, password, uri] = std::hint::black_box([USERNAME, PASSWORD, URI]);
    let key = hash(&[username.as_bytes(), REALM.as_bytes(), password.as_bytes()]);
    let request = hash(&[METHOD.as_bytes(), uri.as_bytes()]);
    hash(&[&key, NONCE.as_bytes(), b"00000001", CNONCE.as_bytes(), b"auth", &request])
}

/// The hash of the parts with colons between them.
fn hash(parts: &[&[u8]]) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut md5 = Md5::new();
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            md5.update(b":");
        }
        md5.update(part);
    }
    let mut out = [0; 32];
    for (pair, octet) in out.as_chunks_mut::<2>().0.iter_mut().zip(md5.finalize()) {
        *pair = [DIGITS[usize::from(octet >> 4)], DIGITS[usize::from(octet & 15)]];
    }
    out
}

/// Octets of an RTP packet with 20 ms of G.711.
pub const RTP_LENGTH: usize = 172;

/// The fields of an RTP packet, and how long its payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtp {
    /// Payload type.
    pub payload_type: u8,
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp.
    pub timestamp: u32,
    /// Source.
    pub ssrc: u32,
    /// Octets of payload.
    pub payload: usize,
}

/// The packet of the benches.
pub const RTP: Rtp =
    Rtp { payload_type: 0, sequence: 4_711, timestamp: 160_000, ssrc: 0x5eed, payload: 160 };

/// The least that a reader of RTP does: it looks at the first octet, and takes the fields from their places.
pub fn rtp_read(packet: &[u8]) -> Option<Rtp> {
    let (header, payload) = packet.split_first_chunk::<12>()?;
    let [flags, kind, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3] = *header;
    // No padding, extension and CSRC in it.
    (flags == 0x80).then_some(Rtp {
        payload_type: kind & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([c0, c1, c2, c3]),
        payload: payload.len(),
    })
}

/// The least that a writer does: [`RTP`] with that sequence number.
///
/// # Panics
/// If the payload has not 160 octets.
pub fn rtp_write(out: &mut [u8; RTP_LENGTH], sequence: u16, payload: &[u8]) {
    let [s0, s1] = sequence.to_be_bytes();
    let [t0, t1, t2, t3] = RTP.timestamp.to_be_bytes();
    let [c0, c1, c2, c3] = RTP.ssrc.to_be_bytes();
    let (header, rest) = out.split_at_mut(12);
    header.copy_from_slice(&[0x80, RTP.payload_type, s0, s1, t0, t1, t2, t3, c0, c1, c2, c3]);
    rest.copy_from_slice(payload);
}

/// The packet with a sequence number.
pub fn rtp_packet(sequence: u16) -> [u8; RTP_LENGTH] {
    let mut packet = [0; RTP_LENGTH];
    rtp_write(&mut packet, sequence, &[0xd5; 160]);
    packet
}

//! Session descriptions: lines, attributes, streams, payload numbers, maps; read, and answered.

use siptrunk::sdp::offer_answer::{CodecPolicy, LocalMedia, answer};
use siptrunk::sdp::{CodecName, Limits, Origin, SessionDescription};

use crate::shape::{Shape, shape};

const SESSION: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n";
const AUDIO: &str =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0";

#[rustfmt::skip] // a table
pub(crate) const SHAPES: &[Shape] = &[
    shape("attributes of a session", [SESSION, "a=b\r\n", ""], session_attributes),
    shape("attributes of a stream", [AUDIO, "\r\na=b:c", "\r\n"], media_attributes),
    shape("unknown lines", [SESSION, "x=b\r\n", ""], lines),
    shape("streams", [SESSION, "m=audio 9 RTP/AVP 0\r\n", ""], streams),
    shape("streams answered", [SESSION, "m=audio 9 RTP/AVP 0\r\n", ""], answered),
    shape("payload numbers", [AUDIO, " 96", "\r\n"], formats),
    shape("maps of one number", [AUDIO, "\r\na=rtpmap:96 a/8000", "\r\n"], codecs),
    shape("format parameters", [AUDIO, "\r\na=fmtp:0 a=b;c", "\r\n"], codecs),
    shape("one format parameter", ["v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 96\r\na=rtpmap:96 a/8000\r\na=fmtp:96 ", "a=b;", "\r\n"], codecs),
    shape("maps answered", [AUDIO, "\r\na=rtpmap:0 PCMU/8000", "\r\n"], answered),
];

fn parse(octets: &[u8]) -> SessionDescription {
    let mut limits = Limits::default();
    limits.total = Limits::HARD_TOTAL;
    limits.line = usize::MAX;
    limits.media = usize::MAX;
    limits.attributes = usize::MAX;
    SessionDescription::parse_with(octets, &limits).expect("the shape is a description")
}

fn session_attributes(octets: &[u8]) -> usize {
    parse(octets).attributes().count()
}

fn media_attributes(octets: &[u8]) -> usize {
    parse(octets).media().map(|media| media.attributes().count()).sum()
}

fn lines(octets: &[u8]) -> usize {
    parse(octets).unknown_lines().count()
}

fn streams(octets: &[u8]) -> usize {
    parse(octets).media().filter(|media| media.rtp().is_some()).count()
}

fn formats(octets: &[u8]) -> usize {
    let description = parse(octets);
    let audio = description.audio().expect("audio");
    assert_eq!(audio.payload_types().count(), 2);
    audio.formats().count()
}

fn codecs(octets: &[u8]) -> usize {
    let description = parse(octets);
    assert_eq!(description.audio().expect("audio").codecs().count(), 1);
    octets.len()
}

fn answered(octets: &[u8]) -> usize {
    let local = LocalMedia { address: [192, 0, 2, 2].into(), port: 20_000 };
    let policy = CodecPolicy { codecs: vec![CodecName::Pcmu], telephone_event: None, ptime: None };
    let agreed = answer(&parse(octets), &policy, &local, &Origin::new(1, 1, local.address));
    assert!(agreed.is_ok());
    octets.len()
}

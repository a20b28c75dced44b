//! The description of the INVITE, parsed, and read as far as a call needs it.

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};

use bytesstr::BytesStr;
use ezk_sdp_types as ezk;
use rsiprtp::sdp as rsiprtp;
use siptrunk_benches::{limits, session_description};
use siptrunk_sdp::SessionDescription;
use sipx_sdp::Direction;
use sipx_sdp::rtpmap::Rtpmap;
use webrtc_sdp::attribute_type::{SdpAttribute, SdpAttributeType};

use crate::Visitor;

/// What every crate has to read, by its own types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stream {
    address: IpAddr,
    port: u16,
    /// Payload type and clock rate, in the order of the `a=rtpmap` lines.
    codecs: [(u8, u32); 4],
    telephone_event: Option<u8>,
    ptime: u64,
    sends_and_receives: bool,
}

const EXPECTED: Stream = Stream {
    address: IpAddr::V4(Ipv4Addr::new(198, 51, 100, 20)),
    port: 30_124,
    codecs: [(0, 8_000), (8, 8_000), (18, 8_000), (101, 8_000)],
    telephone_event: Some(101),
    ptime: 20,
    sends_and_receives: true,
};

/// Gathers codecs without allocating, so that this costs all crates the same and little.
#[derive(Default)]
struct Codecs {
    found: [(u8, u32); 4],
    count: usize,
    telephone_event: Option<u8>,
}

impl Codecs {
    fn add(&mut self, payload_type: u8, encoding: &str, clock_rate: u32) {
        self.found[self.count] = (payload_type, clock_rate);
        self.count += 1;
        if encoding == "telephone-event" {
            self.telephone_event = Some(payload_type);
        }
    }
}

/// One visit for each crate, after all have read the same.
pub fn sdp(visitor: &mut impl Visitor) {
    let text = session_description();
    let shared = BytesStr::from_static(text);
    let ours = || siptrunk(black_box(text));
    let ezk = || ezk_sdp(black_box(&shared));
    let peers: [(&str, fn(&str) -> Stream); 4] = [
        ("sipx-sdp", sipx),
        ("sdp-types", sdp_types),
        ("webrtc-sdp", webrtc_sdp),
        ("rsiprtp", rsiprtp_sdp),
    ];
    assert_eq!(ours(), EXPECTED, "siptrunk-sdp");
    assert_eq!(ezk(), EXPECTED, "ezk-sdp-types");
    for (name, peer) in peers {
        assert_eq!(peer(text), EXPECTED, "{name}");
    }

    visitor.visit("sdp", "memchr", || limits::find_all(b'\n', black_box(text.as_bytes())));
    visitor.visit("sdp", "siptrunk-sdp", ours);
    visitor.visit("sdp", "ezk-sdp-types", ezk);
    for (name, peer) in peers {
        visitor.visit("sdp", name, || peer(black_box(text)));
    }
}

fn siptrunk(text: &str) -> Stream {
    let session = SessionDescription::parse(text.as_bytes()).expect("we parse it");
    let audio = session.audio().expect("an audio stream");
    let mut codecs = Codecs::default();
    for codec in audio.codecs() {
        codecs.add(codec.payload_type, &codec.encoding, codec.clock_rate);
    }
    Stream {
        address: audio.connection().and_then(|connection| connection.ip()).expect("an address"),
        port: audio.port(),
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: audio.ptime().expect("a ptime").into(),
        sends_and_receives: audio.direction() == siptrunk_sdp::Direction::SendRecv,
    }
}

fn sipx(text: &str) -> Stream {
    let session = sipx_sdp::parse(text).expect("sipx parses it");
    let audio = session.media.iter().find(|media| media.media == "audio").expect("audio");
    let mut codecs = Codecs::default();
    for format in &audio.formats {
        let map = Rtpmap::parse(audio.rtpmap(format).expect("an rtpmap")).expect("it reads");
        codecs.add(format.parse().expect("a number"), map.encoding(), map.clock_rate());
    }
    let ptime = audio.attribute("ptime").and_then(|ptime| ptime.value.as_deref());
    Stream {
        address: session.address_for(audio).expect("an address"),
        port: audio.port,
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: ptime.and_then(|ptime| ptime.parse().ok()).expect("a ptime"),
        sends_and_receives: audio.direction() == Direction::SendRecv,
    }
}

fn ezk_sdp(text: &BytesStr) -> Stream {
    let session = ezk::SessionDescription::parse(text).expect("ezk parses it");
    let audio = session.media_descriptions.iter();
    let audio = audio.into_iter().find(|media| media.media.media_type == ezk::MediaType::Audio);
    let audio = audio.expect("an audio stream");
    let connection = audio.connection.as_ref().or(session.connection.as_ref());
    let ezk::TaggedAddress::IP4(address) = connection.expect("a connection").address else {
        panic!("IPv4")
    };
    let mut codecs = Codecs::default();
    for map in &audio.rtpmap {
        codecs.add(map.payload, &map.encoding, map.clock_rate);
    }
    let ptime = audio.attributes.iter().find(|attribute| attribute.name == "ptime");
    let ptime = ptime.and_then(|attribute| attribute.value.as_ref());
    Stream {
        address: address.into(),
        port: audio.media.port,
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: ptime.and_then(|ptime| ptime.parse().ok()).expect("a ptime"),
        sends_and_receives: audio.direction == ezk::Direction::SendRecv,
    }
}

fn sdp_types(text: &str) -> Stream {
    let session = sdp_types::Session::parse(text.as_bytes()).expect("sdp-types parses it");
    let audio = session.medias.iter().find(|media| media.media == "audio").expect("audio");
    let connection = audio.connections.first().or(session.connection.as_ref());
    let address = connection.expect("a connection").try_address();
    let mut codecs = Codecs::default();
    let (mut ptime, mut sends_and_receives) = (None, false);
    for attribute in &audio.attributes {
        match (attribute.attribute.as_str(), &attribute.value) {
            ("rtpmap", Some(value)) => {
                let map: sdp_types::attributes::RtpMap = value.parse().expect("an rtpmap");
                codecs.add(map.payload_type, &map.encoding_name, map.clock_rate);
            }
            ("ptime", Some(value)) => ptime = value.parse().ok(),
            ("sendrecv", None) => sends_and_receives = true,
            _ => {}
        }
    }
    Stream {
        address: address.expect("an address").ip,
        port: audio.port,
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: ptime.expect("a ptime"),
        sends_and_receives,
    }
}

fn webrtc_sdp(text: &str) -> Stream {
    let session = webrtc_sdp::parse_sdp(text, false).expect("webrtc-sdp parses it");
    let audio = session.media.first().expect("a stream");
    let connection = audio.get_connection().as_ref().or(session.get_connection().as_ref());
    let address = match connection.expect("a connection").address {
        webrtc_sdp::address::ExplicitlyTypedAddress::Ip(address) => address,
        webrtc_sdp::address::ExplicitlyTypedAddress::Fqdn { .. } => panic!("an address"),
    };
    let mut codecs = Codecs::default();
    for attribute in audio.get_attributes_of_type(SdpAttributeType::Rtpmap) {
        let SdpAttribute::Rtpmap(map) = attribute else { panic!("an rtpmap") };
        codecs.add(map.payload_type, &map.codec_name, map.frequency);
    }
    let Some(SdpAttribute::Ptime(ptime)) = audio.get_attribute(SdpAttributeType::Ptime) else {
        panic!("a ptime")
    };
    Stream {
        address,
        port: audio.get_port().try_into().expect("a port"),
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: *ptime,
        sends_and_receives: audio.get_attribute(SdpAttributeType::Sendrecv).is_some(),
    }
}

fn rsiprtp_sdp(text: &str) -> Stream {
    let session = rsiprtp::SessionDescription::parse(text).expect("rsiprtp parses it");
    let audio = session.audio_media().expect("an audio stream");
    let connection = audio.connection.as_ref().or(session.connection.as_ref());
    let mut codecs = Codecs::default();
    for map in audio.rtpmaps() {
        codecs.add(map.payload_type, &map.encoding, map.clock_rate);
    }
    let ptime = audio.attributes.iter().find(|attribute| attribute.name == "ptime");
    let ptime = ptime.and_then(|attribute| attribute.value.as_deref());
    Stream {
        address: connection.and_then(|connection| connection.ip_addr()).expect("an address"),
        port: audio.port,
        codecs: codecs.found,
        telephone_event: codecs.telephone_event,
        ptime: ptime.and_then(|ptime| ptime.parse().ok()).expect("a ptime"),
        sends_and_receives: audio.direction() == rsiprtp::Direction::SendRecv,
    }
}

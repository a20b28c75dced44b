//! An RTP packet of 172 octets, read and written.

use std::hint::black_box;

use bytes::Bytes;
use rsiprtp::rtp::RtpPacket;
use rtp_rs::{RtpPacketBuilder, RtpReader};
use siptrunk_benches::limits::{RTP, RTP_LENGTH, Rtp, rtp_packet, rtp_read, rtp_write};
use siptrunk_rtp::{Packet, PacketBuilder, Sequence, Timestamp};
use webrtc_util::marshal::{Marshal, Unmarshal};

use crate::Visitor;

/// Visits for reading and for writing, after all crates have read and written the same.
pub fn rtp(visitor: &mut impl Visitor) {
    let packet = rtp_packet(RTP.sequence);
    let shared = Bytes::copy_from_slice(&packet);
    // The first clone of a `Bytes` allocates its counter.
    drop(shared.clone());
    let slices: [(&str, fn(&[u8]) -> Rtp); 5] = [
        // Called like the others: what is inlined where it is timed is not compared with what is not.
        ("minimum", minimum),
        ("siptrunk-rtp", siptrunk),
        ("rtp-types", rtp_types),
        ("rtp-rs", rtp_rs),
        ("rsiprtp", rsiprtp_rtp),
    ];
    let bytes: [(&str, fn(&Bytes) -> Rtp); 2] = [("webrtc-rtp", webrtc), ("sipx-rtp", sipx)];
    for (name, read) in slices {
        assert_eq!(read(&packet), RTP, "{name}");
        visitor.visit("rtp_parse", name, || read(black_box(&packet)));
    }
    for (name, read) in bytes {
        assert_eq!(read(&shared), RTP, "{name}");
        visitor.visit("rtp_parse", name, || read(black_box(&shared)));
    }
    write(visitor, &packet);
}

fn write(visitor: &mut impl Visitor, expected: &[u8; RTP_LENGTH]) {
    let payload = [0xd5; 160];
    let shared = Bytes::copy_from_slice(&payload);
    drop(shared.clone());
    let mut out = [0; RTP_LENGTH];
    visitor.visit("rtp_build", "minimum", || {
        rtp_write(black_box(&mut out), black_box(RTP.sequence), black_box(&payload));
    });
    type Write = fn(&mut [u8; RTP_LENGTH], u16, &[u8]);
    let slices: [(&str, Write); 3] = [
        ("siptrunk-rtp", siptrunk_write),
        ("rtp-types", rtp_types_write),
        ("rtp-rs", rtp_rs_write),
    ];
    for (name, write) in slices {
        out.fill(0);
        write(&mut out, RTP.sequence, &payload);
        assert_eq!(&out, expected, "{name}");
        visitor.visit("rtp_build", name, || {
            write(black_box(&mut out), black_box(RTP.sequence), black_box(&payload));
        });
    }
    let bytes: [(&str, fn(u16, &Bytes) -> Bytes); 3] =
        [("webrtc-rtp", webrtc_write), ("sipx-rtp", sipx_write), ("rsiprtp", rsiprtp_write)];
    for (name, write) in bytes {
        assert_eq!(write(RTP.sequence, &shared)[..], expected[..], "{name}");
        visitor.visit("rtp_build", name, || write(black_box(RTP.sequence), black_box(&shared)));
    }
}

fn minimum(packet: &[u8]) -> Rtp {
    rtp_read(packet).expect("the packet of the benches is plain")
}

fn siptrunk(packet: &[u8]) -> Rtp {
    let packet = Packet::parse(packet).expect("we parse it");
    Rtp {
        payload_type: packet.payload_type(),
        sequence: packet.sequence().0,
        timestamp: packet.timestamp().0,
        ssrc: packet.ssrc(),
        payload: packet.payload().len(),
    }
}

fn siptrunk_write(out: &mut [u8; RTP_LENGTH], sequence: u16, payload: &[u8]) {
    let header = PacketBuilder {
        payload_type: RTP.payload_type,
        marker: false,
        sequence: Sequence(sequence),
        timestamp: Timestamp(RTP.timestamp),
        ssrc: RTP.ssrc,
    };
    header.write_into(out, payload).expect("it fits");
}

fn rtp_types(packet: &[u8]) -> Rtp {
    let packet = rtp_types::RtpPacket::parse(packet).expect("rtp-types parses it");
    Rtp {
        payload_type: packet.payload_type(),
        sequence: packet.sequence_number(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
        payload: packet.payload().len(),
    }
}

fn rtp_types_write(out: &mut [u8; RTP_LENGTH], sequence: u16, payload: &[u8]) {
    rtp_types::RtpPacketBuilder::<&[u8], &[u8]>::new()
        .payload_type(RTP.payload_type)
        .sequence_number(sequence)
        .timestamp(RTP.timestamp)
        .ssrc(RTP.ssrc)
        .payload(payload)
        .write_into(out)
        .expect("it fits");
}

fn rtp_rs(packet: &[u8]) -> Rtp {
    let packet = RtpReader::new(packet).expect("rtp-rs parses it");
    Rtp {
        payload_type: packet.payload_type(),
        sequence: packet.sequence_number().into(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
        payload: packet.payload().len(),
    }
}

fn rtp_rs_write(out: &mut [u8; RTP_LENGTH], sequence: u16, payload: &[u8]) {
    RtpPacketBuilder::new()
        .payload_type(RTP.payload_type)
        .sequence(sequence.into())
        .timestamp(RTP.timestamp)
        .ssrc(RTP.ssrc)
        .payload(payload)
        .build_into(out)
        .expect("it fits");
}

fn webrtc(packet: &Bytes) -> Rtp {
    let packet = rtp::packet::Packet::unmarshal(&mut packet.clone()).expect("webrtc parses it");
    Rtp {
        payload_type: packet.header.payload_type,
        sequence: packet.header.sequence_number,
        timestamp: packet.header.timestamp,
        ssrc: packet.header.ssrc,
        payload: packet.payload.len(),
    }
}

fn webrtc_write(sequence: u16, payload: &Bytes) -> Bytes {
    let header = rtp::header::Header {
        version: 2,
        payload_type: RTP.payload_type,
        sequence_number: sequence,
        timestamp: RTP.timestamp,
        ssrc: RTP.ssrc,
        ..Default::default()
    };
    rtp::packet::Packet { header, payload: payload.clone() }.marshal().expect("webrtc writes it")
}

fn sipx(packet: &Bytes) -> Rtp {
    let packet = sipx_rtp::Packet::decode(packet).expect("sipx parses it");
    Rtp {
        payload_type: packet.payload_type,
        sequence: packet.sequence,
        timestamp: packet.timestamp,
        ssrc: packet.ssrc,
        payload: packet.payload.len(),
    }
}

fn sipx_write(sequence: u16, payload: &Bytes) -> Bytes {
    let Rtp { payload_type, timestamp, ssrc, .. } = RTP;
    sipx_rtp::Packet::new(payload_type, sequence, timestamp, ssrc, payload.clone()).encode()
}

fn rsiprtp_rtp(packet: &[u8]) -> Rtp {
    let packet = RtpPacket::parse(packet).expect("rsiprtp parses it");
    Rtp {
        payload_type: packet.payload_type,
        sequence: packet.sequence_number,
        timestamp: packet.timestamp,
        ssrc: packet.ssrc,
        payload: packet.payload.len(),
    }
}

fn rsiprtp_write(sequence: u16, payload: &Bytes) -> Bytes {
    let Rtp { payload_type, timestamp, ssrc, .. } = RTP;
    RtpPacket::new(payload_type, sequence, timestamp, ssrc).with_payload(payload.clone()).build()
}

//! Packets: compound RTCP of the smallest packets, telephone events.

use siptrunk::rtp::rtcp::{Compound, Packet};
use siptrunk::rtp::telephone_event::events;

use crate::shape::Shape;

pub(crate) const SHAPES: &[Shape] = &[
    Shape {
        name: "RTCP receiver reports",
        head: &[],
        unit: &[0x80, 201, 0, 1, 0, 0, 0, 1],
        tail: &[],
        read: packets,
    },
    Shape {
        name: "RTCP packets of four octets",
        head: &[0x80, 201, 0, 1, 0, 0, 0, 1],
        unit: &[0x80, 203, 0, 0],
        tail: &[],
        read: packets,
    },
    Shape {
        name: "RTCP chunks",
        head: &[],
        unit: &[0x82, 202, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0],
        tail: &[],
        read: items,
    },
    Shape { name: "telephone events", head: &[], unit: &[1, 0x8a, 0, 1], tail: &[], read: digits },
];

fn packets(octets: &[u8]) -> usize {
    Compound::parse_reduced_size(octets).expect("the shape is compound").packets().count()
}

fn items(octets: &[u8]) -> usize {
    let compound = Compound::parse_reduced_size(octets).expect("the shape is compound");
    compound
        .packets()
        .map(|packet| match packet {
            Packet::Sdes(sdes) => {
                sdes.chunks().map(|chunk| 1 + chunk.items().count()).sum::<usize>()
            }
            _ => 0,
        })
        .sum()
}

fn digits(octets: &[u8]) -> usize {
    events(octets).filter(|event| event.code.digit().is_some()).count()
}

//! Anything as an RTP packet: parsed, walked, edited, and written again to the same octets.
#![no_main]

use siptrunk_rtp::telephone_event::{Event, events};
use siptrunk_rtp::{Extras, Packet, PacketBuilder, PacketMut, classify, is_rtcp, set_payload_type};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = (classify(data), is_rtcp(data), Event::parse(data), events(data).count());
    let Ok(packet) = Packet::parse(data) else {
        assert!(PacketMut::parse(&mut data.to_vec()).is_err());
        return;
    };
    let header = PacketBuilder {
        payload_type: packet.payload_type(),
        marker: packet.marker(),
        sequence: packet.sequence(),
        timestamp: packet.timestamp(),
        ssrc: packet.ssrc(),
    };
    let csrc: Vec<u32> = packet.csrc().collect();
    let extras = Extras { csrc: &csrc, extension: packet.extension(), padding: packet.padding() };
    let mut again = vec![0; data.len()];
    assert_eq!(header.write_with(&mut again, &extras, packet.payload()), Ok(data.len()));
    assert_eq!(Packet::parse(&again).map(|again| again.payload()), Ok(packet.payload()));
    // Padding octets may hold anything; all else is the same.
    let kept = data.len() - usize::from(packet.padding());
    assert_eq!(again[..kept], data[..kept]);

    set_payload_type(&mut again, header.payload_type ^ 1);
    assert_eq!(Packet::parse(&again).map(|again| again.marker()), Ok(packet.marker()));
});

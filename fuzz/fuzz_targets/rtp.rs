//! Anything as an RTP packet: parsed, walked, edited, and written again to the same octets.
#![no_main]

use siptrunk_rtp::comfort_noise::ComfortNoise;
use siptrunk_rtp::{
    Element, ElementWriter, Elements, Extension, Extras, Packet, PacketBuilder, PacketMut,
    classify, is_rtcp, set_payload_type,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let _ = (classify(data), is_rtcp(data));
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

    packet.extension().into_iter().for_each(elements);
    if let Ok(noise) = ComfortNoise::parse(packet.payload()) {
        assert!(noise.coefficients().all(|one| one.abs() < 1.0));
        assert_eq!(noise.write_into(&mut again), Ok(packet.payload().len()));
    }
});

/// Elements are written as they were read, but for padding between them.
fn elements(extension: Extension<'_>) {
    let Ok(read) = Elements::parse(extension) else { return };
    let mut room = vec![0; extension.data.len()];
    let mut writer = ElementWriter::new(read.form(), &mut room);
    for Element { id, data } in read.iter() {
        assert!(read.find(id).is_some());
        writer.push(id, data).expect("what was read can be written");
    }
    let written = writer.finish().expect("it had room before");
    assert_eq!(written.is_some(), read.iter().next().is_some());
    if let Some(written) = written {
        assert_eq!(written.profile, extension.profile);
        let again = Elements::parse(written).expect("what was written can be read");
        assert!(again.iter().eq(read.iter()));
    }
}

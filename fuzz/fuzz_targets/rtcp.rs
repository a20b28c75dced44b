//! Anything as RTCP: if it parses, every view of it can be walked to the end.
#![no_main]

use siptrunk_rtp::rtcp::{Compound, NtpTime, Packet};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if Compound::parse(data).is_ok() {
        assert!(Compound::parse_reduced_size(data).is_ok());
    }
    let Ok(compound) = Compound::parse_reduced_size(data) else { return };
    let mut packets = 0;
    for packet in compound.packets() {
        packets += 1;
        match packet {
            Packet::SenderReport(report) => {
                assert!(report.blocks().len() <= 31);
                for block in report.blocks() {
                    let _ = block.round_trip(NtpTime(0));
                }
            }
            Packet::ReceiverReport(report) => assert!(report.blocks().len() <= 31),
            Packet::Sdes(sdes) => {
                for chunk in sdes.chunks() {
                    assert!(chunk.items().all(|item| item.text.len() <= 255));
                    let _ = chunk.cname();
                }
            }
            Packet::Bye(bye) => assert!(bye.sources().len() <= 31),
            Packet::App(app) => assert!(app.data().len().is_multiple_of(4)),
            Packet::Unknown(unknown) => assert!(unknown.body().len() <= data.len()),
            _ => {}
        }
    }
    assert!((1..=data.len() / 4).contains(&packets));
});

//! Packets: RTP with and without its extras, compound RTCP of every kind, telephone events.

use std::io;

use siptrunk_rtp::rtcp::{CompoundWriter, NtpTime, ReportBlock, SenderInfo};
use siptrunk_rtp::{Extras, PacketBuilder, Sequence, Timestamp};

use crate::folder::put;

pub fn seed() -> io::Result<()> {
    let header = PacketBuilder {
        payload_type: 101,
        marker: true,
        sequence: Sequence(65_535),
        timestamp: Timestamp(u32::MAX),
        ssrc: 0x1234_5678,
    };
    let event = [5, 0x8a, 3, 0x20];
    for padding in [0, 4] {
        for csrc in [&[][..], &[1, 2, 3]] {
            let mut packet = [0; 64];
            let extras = Extras { csrc, padding, extension: None };
            let length = header.write_with(&mut packet, &extras, &event).expect("it fits");
            put("rtp", &packet[..length])?;
            for suite in 0..8 {
                put("srtp_unprotect", &[&[suite, 9], &packet[..length]].concat())?;
            }
        }
    }
    put("rtp", &[0x90, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x10, 7, 0, 0, 0xff])?;
    put("telephone_event", &event)?;
    put("telephone_event", &[event, [11, 10, 0, 160]].concat())?;

    let info = SenderInfo {
        ntp: NtpTime(0x1234_5678_9abc_def0),
        rtp_timestamp: Timestamp(160),
        packets: 50,
        octets: 8_000,
    };
    let block = ReportBlock {
        ssrc: 7,
        fraction_lost: 3,
        cumulative_lost: -1,
        highest_sequence: 65_540,
        jitter: 12,
        last_sender_report: 0x5678_9abc,
        delay_since_last_sender_report: 65_536,
    };
    for sender in [true, false] {
        let mut buffer = [0; 256];
        let mut writer = CompoundWriter::new(&mut buffer);
        if sender {
            writer.sender_report(7, &info, &[block; 2]).expect("it fits");
        } else {
            writer.receiver_report(7, &[block]).expect("it fits");
        }
        writer.cname(7, "gateway@192.0.2.1").expect("it fits");
        writer.app(3, 7, *b"name", &[1, 2, 3, 4]).expect("it fits");
        writer.bye(&[7, 8], Some("bye")).expect("it fits");
        let length = writer.finish().expect("it is whole");
        put("rtcp", &buffer[..length])?;
        for suite in 0..8 {
            put("srtp_unprotect", &[&[suite | 0xc0, 9], &buffer[..length]].concat())?;
        }
    }
    Ok(())
}

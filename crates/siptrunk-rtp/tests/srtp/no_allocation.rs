//! Once a stream has begun, no packet takes memory from the heap, accepted or not.

use allocation_counter::measure;
use siptrunk_rtp::srtp::Profile;

use super::support::{SSRC, ends, key, rtcp, rtp};

#[test]
fn packets_allocate_nothing() {
    for profile in Profile::ALL {
        let (mut sender, mut receiver) = ends(&key(profile).with_mki(&[1; 4]).unwrap());
        let (mut packet, mut report) = (rtp(SSRC, 0), rtcp(SSRC));
        let (length, report_length) = (packet.len(), report.len());
        packet.resize(length + sender.rtp_overhead(), 0);
        report.resize(report_length + sender.rtcp_overhead(), 0);
        let mut round = |sequence: u16| {
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            sender.protect_rtp(&mut packet, length).unwrap();
            let last = packet.len() - 1;
            packet[last] ^= 1;
            assert!(receiver.unprotect_rtp(&mut packet).is_err());
            packet[last] ^= 1;
            assert_eq!(receiver.unprotect_rtp(&mut packet), Ok(length));
            assert!(receiver.unprotect_rtp(&mut packet).is_err());
            sender.protect_rtcp(&mut report, report_length).unwrap();
            assert_eq!(receiver.unprotect_rtcp(&mut report), Ok(report_length));
        };
        let begun = measure(|| round(0));
        assert!(begun.count_total > 0, "the count counts: a new stream has windows");
        let allocated = measure(|| (1..1000).for_each(&mut round));
        assert_eq!(allocated.count_total, 0, "{profile}");
    }
}

//! Packets of telephone events: reports come back as they were, each event is told once, and loss doubles none.
#![no_main]

use std::time::{Duration, Instant};

use siptrunk_rtp::telephone_event::{
    DecodedEvent, Event, EventCode, EventDecoder, EventEncoder, LENGTH, Tone, events,
};
use siptrunk_rtp::{Packet, PacketBuilder, Sequence, Timestamp};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    reports(data);
    if let Ok(tone) = Tone::parse(data) {
        assert_eq!(tone.frequencies().len(), (data.len() - LENGTH) / 2);
    }
    arbitrary(data);
    lossy(data);
});

/// Each report is written as it was read, but for its reserved bit.
fn reports(payload: &[u8]) {
    assert_eq!(events(payload).len(), payload.len() / LENGTH);
    assert_eq!(Event::parse(payload).ok(), events(payload).next());
    for (event, octets) in events(payload).zip(payload.chunks(LENGTH)) {
        assert_eq!(event.to_octets(), [octets[0], octets[1] & !0x40, octets[2], octets[3]]);
        if let Some(digit) = event.code.digit() {
            assert_eq!(EventCode::from_digit(digit), Some(event.code));
        }
    }
}

/// Any packets at any times: what was told to begin is told to end, and nothing lasts for ever.
fn arbitrary(data: &[u8]) {
    let mut now = Instant::now();
    let mut decoder = EventDecoder::new(8_000);
    let (mut started, mut ended) = (0, 0);
    let mut count = |decoder: &mut EventDecoder| {
        while let Some(event) = decoder.poll_event() {
            match event {
                DecodedEvent::Started { .. } => started += 1,
                DecodedEvent::Ended { .. } => ended += 1,
                _ => {}
            }
            // One event lasts at a time, and one that comes late begins and ends meanwhile.
            assert!(ended <= started && started <= ended + 2);
        }
    };
    for (sequence, step) in (0..).zip(data.chunks(9)) {
        let [wait, head, high, low, payload @ ..] = step else { break };
        let header = PacketBuilder {
            payload_type: 101,
            marker: head & 1 != 0,
            sequence: Sequence(sequence),
            timestamp: Timestamp(u32::from_be_bytes([0xff, 0xff, *high, *low]).wrapping_mul(3)),
            ssrc: u32::from(head & 2),
        };
        now += Duration::from_millis(u64::from(*wait));
        feed(&mut decoder, now, header, payload);
        count(&mut decoder);
    }
    decoder.handle_timeout(now + Duration::from_secs(1));
    count(&mut decoder);
    assert_eq!((started, decoder.poll_timeout()), (ended, None));
}

/// One event, some of its packets lost: it is told once if anything of it arrives.
fn lossy(data: &[u8]) {
    let [code, high, low, start, lost @ ..] = data else { return };
    let Some(lost) = lost.first_chunk::<8>() else { return };
    let lost = u64::from_le_bytes(*lost);
    let start = Timestamp(u32::from(*start).wrapping_sub(128));
    let code = EventCode(code & 0x0f);
    let duration = u32::from(u16::from_be_bytes([*high & 0x0f, *low]));
    let mut encoder = EventEncoder::new(code, 10, start);
    encoder.release(Timestamp(start.0.wrapping_add(duration)));
    let (begin, mut decoder) = (Instant::now(), EventDecoder::new(8_000));
    let (mut arrived, mut sent) = (false, 0_u16);
    for tick in 1_u32.. {
        if encoder.is_finished() {
            break;
        }
        encoder.handle_tick(Timestamp(start.0.wrapping_add(tick * 160)));
        while let Some(packet) = encoder.poll_packet() {
            assert_eq!(packet.marker(), sent == 0);
            let header = packet.header(101, Sequence(sent), 7);
            // All at one time: between two that arrive no event lapses.
            if lost >> (sent % 64) & 1 == 0 {
                feed(&mut decoder, begin, header, &packet.payload());
                arrived = true;
            }
            sent += 1;
        }
    }
    decoder.handle_timeout(begin + Duration::from_secs(1));
    let told: Vec<DecodedEvent> = std::iter::from_fn(|| decoder.poll_event()).collect();
    match &told[..] {
        [] => assert!(!arrived, "a digit is lost of which a packet arrived"),
        [
            DecodedEvent::Started { code: first, .. },
            DecodedEvent::Ended { code: last, duration: lasted, .. },
        ] => {
            assert_eq!((*first, *last), (code, code));
            assert!(*lasted <= duration.max(1));
        }
        other => panic!("told otherwise than once: {other:?}"),
    }
}

fn feed(decoder: &mut EventDecoder, now: Instant, header: PacketBuilder, payload: &[u8]) {
    let mut buffer = [0; 64];
    let length = header.write_into(&mut buffer, payload).expect("it fits");
    decoder.handle_packet(now, &Packet::parse(&buffer[..length]).expect("it was written"));
}

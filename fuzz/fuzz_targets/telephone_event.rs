//! Any payload as telephone events: each report is written as it was read, but for its reserved bit.
#![no_main]

use siptrunk_rtp::telephone_event::{Event, LENGTH, events};

libfuzzer_sys::fuzz_target!(|payload: &[u8]| {
    assert_eq!(events(payload).len(), payload.len() / LENGTH);
    assert_eq!(Event::parse(payload).ok(), events(payload).next());
    for (event, octets) in events(payload).zip(payload.chunks(LENGTH)) {
        let expected = [octets[0], octets[1] & !0x40, octets[2], octets[3]];
        assert_eq!(event.to_octets(), expected);
        if let Some(digit) = event.digit() {
            assert_eq!(Event::code_of(digit), Some(event.code));
        }
    }
});

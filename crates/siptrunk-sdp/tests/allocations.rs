//! Heap allocations of reading, counted.

use allocation_counter::measure;
use siptrunk_sdp::{Limits, SessionDescription};

fn read_all(sdp: &SessionDescription) {
    assert_eq!(sdp.origin().username(), "Five9");
    let audio = sdp.audio().unwrap();
    assert_eq!(audio.codecs().filter(|codec| codec.clock_rate == 8_000).count(), 4);
    assert!(audio.rtp().is_some() && audio.rtcp().is_some());
    assert_eq!((audio.ptime(), audio.direction().sends()), (Some(20), true));
}

#[test]
fn typed_reading_allocates_once_or_never() {
    let text = include_bytes!("data/five9.sdp");
    assert_eq!(text.len(), 307);
    assert_eq!(measure(|| read_all(&SessionDescription::parse(text).unwrap())).count_total, 1);
    let shared = bytes::Bytes::copy_from_slice(text);
    let from_shared = || {
        read_all(&SessionDescription::from_bytes(shared.clone(), &Limits::default()).unwrap());
    };
    from_shared(); // The first clone of a `Bytes` makes its shared header.
    assert_eq!(measure(from_shared).count_total, 0);
}

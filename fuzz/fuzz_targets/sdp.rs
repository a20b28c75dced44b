//! Any bytes as a session description: no panic, every typed read, the same bytes back.
#![no_main]

use siptrunk_sdp::{Limits, SessionDescription};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(description) = SessionDescription::parse(data) else { return };
    assert_eq!(description.as_bytes(), data);
    let shared = SessionDescription::from_bytes(description.to_bytes(), &Limits::default());
    assert_eq!(shared.as_ref(), Ok(&description));

    let mut seen = description.origin().to_string();
    seen += &format!("{:?} {:?}", description.connection(), description.direction());
    seen += &format!("{description} {description:?}");
    for attribute in description.attributes() {
        seen += &format!("{attribute:?} {:?}", attribute.to_str());
    }
    assert!(description.media().count() <= Limits::default().media);
    for media in description.media() {
        seen += &format!("{:?} {:?} {:?}", media.rtp(), media.rtcp(), media.connection());
        seen += &format!("{} {:?} {:?}", media.kind(), media.ptime(), media.direction());
        for codec in media.codecs() {
            assert!(codec.payload_type < 128 && codec.clock_rate > 0);
            seen += &format!("{codec} {:?}", codec.name());
        }
    }
    let next = description.following(&description);
    // A version may be a digit longer than the last one: an o= line at the limit then passes it.
    let mut limits = Limits::default();
    limits.line += 20;
    assert_eq!(SessionDescription::parse_with(next.as_bytes(), &limits).as_ref(), Ok(&next));
    assert_eq!(next.media().count(), description.media().count());
    std::hint::black_box(seen);
});

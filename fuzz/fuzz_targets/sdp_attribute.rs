//! Values of typed attributes: what is read is written, and reads as what it was; keys are never shown.
#![no_main]

use siptrunk_sdp::attribute::{
    Crypto, Fmtp, Group, MaxPtime, Mid, Ptime, Rtcp, RtcpMux, RtpMap, Ssrc, TelephoneEvents,
    TypedAttribute,
};

/// A macro, since what is read again borrows from a shorter-lived text.
macro_rules! round_trip {
    ($type:ty, $value:expr) => {
        if let Ok(read) = <$type>::parse(Some($value)) {
            let text = written(&read);
            assert!(!text.contains(['\r', '\n', '\0']), "{text:?}");
            let again = <$type>::parse((!text.is_empty()).then_some(text.as_bytes()));
            assert_eq!(again.map(|again| written(&again)).as_ref(), Ok(&text));
        }
    };
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [which, value @ ..] = data else { return };
    if value.iter().any(|octet| matches!(octet, b'\r' | b'\n' | 0)) {
        return; // no line holds it
    }
    match which % 11 {
        0 => round_trip!(Crypto<'_>, value),
        1 => round_trip!(Fmtp<'_>, value),
        2 => round_trip!(Group<'_>, value),
        3 => round_trip!(MaxPtime, value),
        4 => round_trip!(Mid<'_>, value),
        5 => round_trip!(Ptime, value),
        6 => round_trip!(Rtcp<'_>, value),
        7 => round_trip!(RtcpMux, value),
        8 => round_trip!(RtpMap<'_>, value),
        9 => round_trip!(Ssrc<'_>, value),
        _ => events(value),
    }
    if let Ok(crypto) = Crypto::parse(Some(value)) {
        for key in crypto.keys().flatten() {
            let _ = (key.lifetime(), key.mki());
            if let Some(key) = crypto.suite().and_then(|suite| key.decode(suite)) {
                assert_eq!(key.key().len() + key.salt().len(), key.suite().length());
            }
        }
        assert!(crypto.usable_key().is_none() || crypto.suite().is_some());
    }
});

fn written<'a>(attribute: &impl TypedAttribute<'a>) -> String {
    let mut out = String::new();
    attribute.write(&mut out).expect("a String takes all");
    out
}

fn events(value: &[u8]) {
    let Ok(text) = std::str::from_utf8(value) else { return };
    let Ok(read) = TelephoneEvents::parse(text) else { return };
    assert_eq!(TelephoneEvents::parse(&read.to_string()).ok(), (!read.is_empty()).then_some(read));
    assert_eq!(read.and(read), read);
}

//! Anything as a digit in INFO, in both its forms: what is read is written, and never shown.
#![no_main]

use siptrunk_message::DtmfRelay;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(digit) = DtmfRelay::parse(data) {
        let again = DtmfRelay::parse(&digit.to_body().bytes).expect("our own");
        assert_eq!(again.signal(), digit.signal());
        assert_eq!(again.duration(), digit.duration().or(Some(160)));
        assert_eq!(DtmfRelay::new(digit.signal(), digit.duration()), Ok(digit));
    }
    if let Ok(digit) = DtmfRelay::parse_plain(data) {
        let again = DtmfRelay::parse_plain(&digit.to_plain_body().bytes).expect("our own");
        assert_eq!((again.signal(), again.duration()), (digit.signal(), None));
    }
});

//! Values of headers with numbers and dates: CSeq, Expires, Retry-After...
#![no_main]

use siptrunk_fuzz_common::headers::{NUMBERS, round_trip};

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(NUMBERS, input));

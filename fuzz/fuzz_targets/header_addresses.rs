//! Values of headers with addresses and hops: Via, From, Contact, Route...
#![no_main]

use siptrunk_fuzz_common::headers::{ADDRESSES, round_trip};

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(ADDRESSES, input));

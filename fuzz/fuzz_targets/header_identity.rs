//! Values of headers that say who someone is and was: P-Asserted-Identity, Diversion, Privacy...
#![no_main]

use siptrunk_fuzz_common::headers::round_trip;
use siptrunk_message::HeaderFamily;

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(HeaderFamily::Identity, input));

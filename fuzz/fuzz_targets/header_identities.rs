//! Values of headers that say who calls: P-Asserted-Identity, Diversion, Privacy...
#![no_main]

use siptrunk_fuzz_common::headers::{IDENTITIES, round_trip};

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(IDENTITIES, input));

//! Values of headers with tokens and lists of them: Accept, Require, Content-Type...
#![no_main]

use siptrunk_fuzz_common::headers::{TOKENS, round_trip};

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(TOKENS, input));

//! Values of headers of words, lists of words and text: Accept, Require, Content-Type, Subject...
#![no_main]

use siptrunk_fuzz_common::headers::round_trip;
use siptrunk_message::HeaderFamily;

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(HeaderFamily::Word, input));

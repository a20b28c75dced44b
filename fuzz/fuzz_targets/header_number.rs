//! Values of headers with numbers and moments: CSeq, Expires, Date, Session-Expires...
#![no_main]

use siptrunk_fuzz_common::headers::round_trip;
use siptrunk_message::HeaderFamily;

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(HeaderFamily::Number, input));

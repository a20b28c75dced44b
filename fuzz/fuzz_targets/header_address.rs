//! Values of headers that say where messages go and who they are from: Via, From, Contact, Route...
#![no_main]

use siptrunk_fuzz_common::headers::round_trip;
use siptrunk_message::HeaderFamily;

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(HeaderFamily::Address, input));

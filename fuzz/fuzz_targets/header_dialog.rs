//! Values of headers about events, dialogs and sessions: Event, Replaces, Reason...
#![no_main]

use siptrunk_fuzz_common::headers::round_trip;
use siptrunk_message::HeaderFamily;

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(HeaderFamily::Dialog, input));

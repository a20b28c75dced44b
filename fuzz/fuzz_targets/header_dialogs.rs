//! Values of headers about events, dialogs and transfers: Event, Replaces, Refer-To...
#![no_main]

use siptrunk_fuzz_common::headers::{DIALOGS, round_trip};

libfuzzer_sys::fuzz_target!(|input: &[u8]| round_trip(DIALOGS, input));

//! Reading and writing allocate nothing.

use std::hint::black_box;

use allocation_counter::measure;
use siptrunk_xei::{XEi, encode_uri_component, original_caller};

#[test]
fn reading_and_writing_allocate_nothing() {
    let allocated = measure(|| {
        let read = XEi::parse(b"S.abc; e.crm456;X.?;O.+15551234567").unwrap();
        assert_eq!((read.call_id(), read.external_id()), (Some("abc"), Some("crm456")));
        assert_eq!(black_box(read.forgiven().count()), 4);
        let caller = original_caller(Some(&read), Some("<sip:+1@h>"), None).unwrap();
        let mut buffer = [0; 64];
        let written = XEi::builder().external_id("1").unwrap().original(caller.value).unwrap();
        let length = written.write_into(&mut buffer).unwrap();
        let mut encoded = [0; 96];
        black_box(encode_uri_component(&buffer[..length]).write_into(&mut encoded).unwrap());
    });
    assert_eq!(allocated.count_total, 0);
}

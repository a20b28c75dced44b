//! The value of the INVITE's X-EI read and written. No other crate does that: ours beside the least that could be done.

use std::hint::black_box;

use siptrunk_benches::{X_EI, limits};
use siptrunk_xei::XEi;

use crate::Visitor;

fn read(value: &[u8]) -> Option<[&str; 3]> {
    let x_ei = XEi::parse(value).ok()?;
    Some([x_ei.call_id()?, x_ei.external_id()?, x_ei.original()?])
}

/// Visits for reading and for writing.
pub fn xei(visitor: &mut impl Visitor) {
    visitor.visit("xei_parse", "memchr", || limits::find_all(b';', black_box(X_EI)));
    visitor.visit("xei_parse", "siptrunk-xei", || read(black_box(X_EI)));

    let mut buffer = [0; 256];
    visitor.visit("xei_write", "memcpy", || {
        let value = black_box(X_EI);
        black_box(&mut buffer)[..value.len()].copy_from_slice(value);
    });
    let [call_id, external_id, original] = read(X_EI).expect("it has all three");
    let gathered = XEi::builder()
        .call_id(call_id)
        .and_then(|builder| builder.external_id(external_id))
        .and_then(|builder| builder.original(original))
        .expect("the values have no semicolon");
    assert_eq!(gathered.write_into(&mut buffer), Ok(X_EI.len()));
    assert_eq!(&buffer[..X_EI.len()], X_EI);
    visitor.visit("xei_write", "siptrunk-xei", || {
        black_box(&gathered).write_into(black_box(&mut buffer)).is_ok()
    });
}

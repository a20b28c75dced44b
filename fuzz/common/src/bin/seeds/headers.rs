//! Values of headers: those of the messages, and those that a header's own tests read.

use std::io;

use siptrunk_fuzz_common::headers::family;
use siptrunk_message::HeaderFamily;

use crate::folder::{path, put};
use crate::literals::all;
use crate::messages::parsed;

const FAMILIES: [(&str, HeaderFamily); 5] = [
    ("header_address", HeaderFamily::Address),
    ("header_word", HeaderFamily::Word),
    ("header_number", HeaderFamily::Number),
    ("header_dialog", HeaderFamily::Dialog),
    ("header_identity", HeaderFamily::Identity),
];

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    let messages: Vec<_> = parsed(messages).collect();
    let name_addr = own("name_addr")?;
    for (target, of) in FAMILIES {
        for (number, row) in family(of).enumerate() {
            let number = u8::try_from(number).expect("a family is small");
            let mut values = own(&row.name().as_str().to_ascii_lowercase().replace('-', "_"))?;
            if values.is_empty() {
                values.clone_from(&name_addr);
            }
            for message in &messages {
                values.extend(message.headers().raw_all(row.name()).map(<[u8]>::to_vec));
            }
            for value in values {
                put(target, &[&[number], &value[..]].concat())?;
            }
        }
    }
    Ok(())
}

/// The literals of a header's file; none if it has no file of its own.
fn own(file: &str) -> io::Result<Vec<Vec<u8>>> {
    let source = format!("siptrunk-message/src/header/{file}.rs");
    if path(&source).exists() { all(&source, ".rs") } else { Ok(Vec::new()) }
}

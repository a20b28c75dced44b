//! Values of headers: those of the messages, and those that a header's own tests read.

use std::fs;
use std::io;

use siptrunk_fuzz_common::headers::{ADDRESSES, DIALOGS, IDENTITIES, NUMBERS, Row, TOKENS};

use crate::folder::{path, put};
use crate::literals::literals;
use crate::messages::parsed;

const FAMILIES: &[(&str, &[Row])] = &[
    ("header_addresses", ADDRESSES),
    ("header_tokens", TOKENS),
    ("header_numbers", NUMBERS),
    ("header_dialogs", DIALOGS),
    ("header_identities", IDENTITIES),
];

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    let messages: Vec<_> = parsed(messages).collect();
    let name_addr = own("name_addr")?;
    for (target, family) in FAMILIES {
        for (number, row) in family.iter().enumerate() {
            let number = u8::try_from(number).expect("a family is small");
            let name = (row.name)();
            let mut values = own(&name.as_str().to_ascii_lowercase().replace('-', "_"))?;
            if values.is_empty() {
                values.clone_from(&name_addr);
            }
            for message in &messages {
                values.extend(message.headers().raw_all(&name).map(<[u8]>::to_vec));
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
    let source = path(&format!("siptrunk-message/src/header/{file}.rs"));
    Ok(if source.exists() { literals(&fs::read_to_string(source)?) } else { Vec::new() })
}

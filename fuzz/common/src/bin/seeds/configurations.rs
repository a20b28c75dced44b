//! Configuration files, and headers for the policies that choose among them.

use std::fs;
use std::io;

use crate::folder::{files, put};
use crate::messages::parsed;

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    for folder in ["../examples/config", "siptrunk-profiles/tests/data"] {
        for file in files(folder, ".toml")? {
            put("route_config", &fs::read(file)?)?;
        }
    }
    for message in parsed(messages) {
        let fields = message.headers().iter();
        let lines: Vec<Vec<u8>> =
            fields.map(|field| [field.raw_name(), b":", field.value()].concat()).collect();
        for choice in [0xf0, 0xf1, 0x23] {
            let input = [&[choice], &lines.join(&b'\n')[..], b"\nX-Old>X-New\n"].concat();
            put("header_map", &input)?;
        }
    }
    Ok(())
}

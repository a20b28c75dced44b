//! The string literals of a source file: what a test reads is a seed.

use std::fs;
use std::io;

use crate::folder::files;

/// The literals of a file, or of those below a folder that end like that.
pub fn all(place: &str, ending: &str) -> io::Result<Vec<Vec<u8>>> {
    let mut found = Vec::new();
    for file in files(place, ending)? {
        found.extend(literals(&fs::read_to_string(file)?));
    }
    Ok(found)
}

/// Every literal between double quotes, with its escapes resolved; also those of JSON.
pub fn literals(source: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut octets = source.bytes().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            // The rest of a comment may have a lonely quote.
            b'/' if octets.peek() == Some(&b'/') => {
                octets.by_ref().find(|octet| *octet == b'\n');
            }
            b'"' => found.push(literal(&mut octets)),
            b'\'' if octets.peek() == Some(&b'"') => drop(octets.next()),
            _ => {}
        }
    }
    found
}

fn literal(octets: &mut std::iter::Peekable<std::str::Bytes<'_>>) -> Vec<u8> {
    let mut text = Vec::new();
    while let Some(octet) = octets.next() {
        match octet {
            b'"' => break,
            b'\\' => match octets.next() {
                Some(b'r') => text.push(b'\r'),
                Some(b'n') => text.push(b'\n'),
                Some(b't') => text.push(b'\t'),
                Some(b'0') => text.push(0),
                // A literal goes on behind the whitespace of the next line.
                Some(b'\n') => while octets.next_if(u8::is_ascii_whitespace).is_some() {},
                Some(other) => text.push(other),
                None => break,
            },
            _ => text.push(octet),
        }
    }
    text
}

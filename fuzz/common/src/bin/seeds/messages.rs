//! Whole messages: RFC 4475, and those of the benches.

use std::fs;
use std::io;

use bytes::Bytes;
use siptrunk_message::{Limits, Message};

use crate::folder::{files, put};

pub fn read() -> io::Result<Vec<Vec<u8>>> {
    let mut found = files("siptrunk-message/tests/data", ".dat")?;
    found.extend(files("siptrunk-message/tests/data", ".sip")?);
    assert!(found.len() > 50, "the vectors are where they were");
    found.iter().map(fs::read).collect()
}

/// What of them can be read at all.
pub fn parsed(messages: &[Vec<u8>]) -> impl Iterator<Item = Message> {
    messages.iter().filter_map(|octets| {
        let bytes = Bytes::copy_from_slice(octets);
        Message::salvage(bytes, &Limits::default())
    })
}

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    for octets in messages {
        put("message", octets)?;
        // The stream's first octets say how it is cut.
        for target in ["stream", "tcp_stream"] {
            put(target, &[&[64, 1, 7, 255], &octets[..]].concat())?;
        }
        // Any octets are answers.
        put("dns_answer", octets)?;
    }
    let glued: Vec<&[u8]> = messages.iter().take(8).map(Vec::as_slice).collect();
    let glued = glued.join(&b"\r\n\r\n"[..]);
    put("tcp_stream", &[&[200, 3, 99, 0][..], &glued].concat())?;
    put("stream", &[&[200, 3, 99, 1][..], &glued].concat())
}

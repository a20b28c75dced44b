//! Session descriptions: bodies of messages, files, and the cells of the tables of offers and answers.

use std::fs;
use std::io;

use crate::folder::{files, put};
use crate::messages::parsed;

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    let mut found: Vec<Vec<u8>> = parsed(messages)
        .map(|message| message.body().to_vec())
        .filter(|body| body.starts_with(b"v="))
        .collect();
    for file in files("siptrunk-sdp/tests/data", ".sdp")? {
        found.push(fs::read(file)?);
    }
    for file in files("siptrunk-sdp/tests", ".txt")? {
        let table = fs::read_to_string(file)?;
        for row in table.lines().filter(|line| !line.starts_with('#')) {
            let row: Vec<Vec<u8>> = row.split('|').filter_map(description).collect();
            for pair in row.windows(2) {
                for choices in [0, 2, 3, 0x66] {
                    put("offer_answer", &[&[0xff, choices], &pair.join(&0)[..]].concat())?;
                }
            }
            found.extend(row);
        }
    }
    assert!(found.len() > 20, "the tables are where they were");
    for text in found {
        put("offer_answer", &[&[0x43, 0], &text[..], &[0], &text[..]].concat())?;
        put("sdp", &text)?;
        attributes(&text)?;
    }
    Ok(())
}

/// The values of its attributes, each for every type that there is.
fn attributes(text: &[u8]) -> io::Result<()> {
    for line in text.split(|octet| *octet == b'\n') {
        let value = line.strip_prefix(b"a=").map(|line| line.splitn(2, |octet| *octet == b':'));
        if let Some(value) = value.and_then(|mut parts| parts.nth(1)) {
            for which in 0..11 {
                put("sdp_attribute", &[&[which], value.trim_ascii_end()].concat())?;
            }
        }
    }
    Ok(())
}

/// The streams of a cell as a description: `audio 30000 RTP/AVP 0; a=sendrecv / video 0 RTP/AVP 31`.
fn description(cell: &str) -> Option<Vec<u8>> {
    let streams = cell.trim();
    if !streams.contains(" RTP/") {
        return None;
    }
    let mut text =
        String::from("v=0\r\no=- 5 9 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n");
    for stream in streams.split(" / ") {
        text += "m=";
        // "; " parts lines only before a line's letter: the values of fmtp have it too.
        text += &["a=", "b=", "c=", "i=", "k="].iter().fold(stream.to_owned(), |stream, line| {
            stream.replace(&format!("; {line}"), &format!("\r\n{line}"))
        });
        text += "\r\n";
    }
    Some(text.into_bytes())
}

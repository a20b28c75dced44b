//! Bodies other than descriptions: parts, fragments of messages, digits; from the tests, and from the messages.

use std::io;

use siptrunk_message::HeaderName;

use crate::folder::put;
use crate::literals::all;
use crate::messages::parsed;

pub fn seed(messages: &[Vec<u8>]) -> io::Result<()> {
    for message in parsed(messages) {
        if let Some(content_type) = message.headers().raw(&HeaderName::CONTENT_TYPE) {
            if content_type.starts_with(b"multipart/") {
                put("multipart", &[content_type, b"\n", message.body()].concat())?;
            }
        }
    }
    for octets in messages {
        put("sipfrag", octets)?;
    }
    let mut texts = all("siptrunk-message/tests/bodies.rs", ".rs")?;
    texts.extend(all("siptrunk-message/src/body", ".rs")?);
    for text in texts {
        // A body of parts begins with its boundary.
        if let Some(after) = text.strip_prefix(b"--") {
            let boundary = after.split(|octet| *octet == b'\r').next().unwrap_or_default();
            put("multipart", &[b"multipart/mixed;boundary=", boundary, b"\n", &text].concat())?;
        }
        put("sipfrag", &text)?;
        put("dtmf_relay", &text)?;
    }
    Ok(())
}

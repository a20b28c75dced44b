//! URIs, challenges, credentials and X-EI: the literals of the tests that begin like one.

use std::fs;
use std::io;

use crate::folder::{path, put};
use crate::literals::all;

pub fn seed() -> io::Result<()> {
    let mut uris = all("siptrunk-message/tests", ".rs")?;
    uris.extend(all("siptrunk-message/tests", ".json")?);
    uris.extend(all("siptrunk-message/src/uri", ".rs")?);
    uris.retain(|text| [&b"sip:"[..], b"sips:", b"tel:"].iter().any(|it| text.starts_with(it)));
    for pair in uris.windows(2) {
        put("uri", &pair.join(&b'\n'))?;
    }
    let mut digests = all("siptrunk-digest/tests", ".rs")?;
    digests.extend(all("siptrunk-digest/src", ".rs")?);
    for text in &digests {
        if ["nextnonce=", "rspauth="].iter().any(|name| text.starts_with(name.as_bytes())) {
            put("digest_info", text)?;
        }
    }
    digests.retain(|text| text.starts_with(b"Digest "));
    digests.extend(credentials()?);
    for text in digests {
        put("digest_challenge", &text)?;
        put("digest_credentials", &text)?;
        put("digest_info", &text["Digest ".len()..])?;
    }
    for text in all("siptrunk-xei/tests", ".rs")? {
        put("xei", &text)?;
    }
    Ok(())
}

/// The rows of the table of responses, as credentials.
fn credentials() -> io::Result<Vec<Vec<u8>>> {
    let table = fs::read_to_string(path("siptrunk-digest/tests/data/responses.txt"))?;
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let rows = rows.map(|line| line.split('|').map(str::trim).collect::<Vec<_>>());
    let texts = rows.filter_map(|cells| match cells[..] {
        [_, algorithm, user, realm, _, nonce, uri, _, qop, nc, cnonce, _, response, ..] => {
            let counted = match qop {
                "-" => String::new(),
                qop => format!(", qop={qop}, nc={nc}, cnonce=\"{cnonce}\""),
            };
            Some(format!(
                "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", \
                 algorithm={algorithm}, response=\"{response}\"{counted}"
            ))
        }
        _ => None,
    });
    Ok(texts.map(String::into_bytes).collect())
}

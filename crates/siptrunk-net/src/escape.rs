//! Peer text on its way into a log line or an error: nothing in it can forge a line or a colour.

use std::fmt::{self, Write as _};

/// How much of a peer's text is shown.
const SHOWN: usize = 128;

/// Shows bytes of a peer with everything but printable ASCII escaped, and cut off when long.
pub(crate) struct Escaped<'a>(pub(crate) &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..SHOWN).unwrap_or(self.0);
        for &byte in shown {
            match byte {
                b'\\' => f.write_str("\\\\")?,
                b' '..=b'~' => f.write_char(char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        if shown.len() < self.0.len() { f.write_str("...") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_raw_gets_through() {
        let all: Vec<u8> = (0..=255).collect();
        for chunk in all.chunks(64) {
            let shown = Escaped(chunk).to_string();
            assert!(shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{shown}");
        }
        assert_eq!(Escaped(b"a\r\nb\x1b[31m\\").to_string(), "a\\x0d\\x0ab\\x1b[31m\\\\");
    }

    #[test]
    fn long_text_is_cut() {
        assert_eq!(Escaped(&[b'a'; 1000]).to_string().len(), SHOWN + 3);
    }
}

//! Accept (RFC 3261 20.1): media ranges, one element each.

use super::bricks::{free_params, params_header, q_param};
use super::media_type::{MediaType, media_type};
use super::whole;
use crate::error::Malformed;
use crate::params::Params;

params_header! {
    /// One media range of Accept.
    Accept { range: MediaType<'a> } = ACCEPT;
    list: true, may_be_empty: true, grammar: media_type;
}
free_params!(Accept);
q_param!(Accept);

impl<'a> Accept<'a> {
    /// A range of ours: `application/sdp`, `text/*`, `*/*`.
    pub fn new(range: &'a str) -> Result<Self, Malformed> {
        Ok(Self { range: whole(range.as_bytes(), media_type)?, params: Params::none() })
    }

    /// The type, or `*`.
    pub fn kind(&self) -> &str {
        &self.range.kind
    }

    /// The subtype, or `*`.
    pub fn subtype(&self) -> &str {
        &self.range.subtype
    }

    /// Whether the range takes in a type and subtype (`application`, `sdp`).
    pub fn matches(&self, kind: &str, subtype: &str) -> bool {
        let takes = |range: &str, word: &str| range == "*" || range.eq_ignore_ascii_case(word);
        takes(self.kind(), kind) && takes(self.subtype(), subtype)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

    #[test]
    fn ranges_take_in_what_they_say() {
        for (range, sdp, text) in [
            ("application/sdp;level=1", true, false),
            ("application/*", true, false),
            ("*/*;q=0.5", true, true),
            ("TEXT/plain", false, true),
        ] {
            let (accept, rest) = Accept::parse(range.as_bytes()).unwrap();
            assert!(rest.is_empty());
            assert_eq!(accept.matches("application", "sdp"), sdp, "{range}");
            assert_eq!(accept.matches("text", "plain"), text, "{range}");
        }
    }
}

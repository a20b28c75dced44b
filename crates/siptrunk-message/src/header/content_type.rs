//! Content-Type (RFC 3261 20.15): what the body is.

use super::bricks::{free_params, params_header};
use super::media_type::{MediaType, media_type};
use super::whole;
use crate::error::Malformed;
use crate::params::Params;

params_header! {
    /// The type of a body.
    ContentType { media: MediaType<'a> } = CONTENT_TYPE;
    list: false, may_be_empty: false, grammar: media_type;
}
free_params!(ContentType);

impl<'a> ContentType<'a> {
    /// A type of ours: `application/sdp`.
    pub fn new(media: &'a str) -> Result<Self, Malformed> {
        Ok(Self { media: whole(media.as_bytes(), media_type)?, params: Params::none() })
    }

    /// The type: `application`.
    pub fn kind(&self) -> &str {
        &self.media.kind
    }

    /// The subtype: `sdp`.
    pub fn subtype(&self) -> &str {
        &self.media.subtype
    }

    /// Whether it is this type and subtype, without case and whatever the parameters.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind().eq_ignore_ascii_case(kind) && self.subtype().eq_ignore_ascii_case(subtype)
    }

    /// Whether the body is a session description.
    pub fn is_sdp(&self) -> bool {
        self.is("application", "sdp")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;

    #[test]
    fn types_compare_without_case_and_parameters() {
        let (kind, rest) = ContentType::parse(b"Application / SDP ; charset=\"utf-8\"").unwrap();
        assert!(kind.is_sdp() && rest.is_empty());
        assert_eq!(kind.params().get("CHARSET"), Some(Some("\"utf-8\"")));
        for text in ["", "application", "application/", "/sdp", "application/sdp;"] {
            assert!(ContentType::parse(text.as_bytes()).is_err(), "{text:?}");
        }
    }
}

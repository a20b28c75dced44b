//! Error-Info (RFC 3261 20.18): where more is said about an error, one element each.

use super::bricks::{free_params, params_header};
use super::info_uri::InfoUri;
use crate::params::Params;
use crate::uri::Uri;

params_header! {
    /// More about an error: a recording to play, a page to show.
    ErrorInfo { uri: InfoUri<'a> } = ERROR_INFO;
    list: true, may_be_empty: false, grammar: InfoUri::parse;
}
free_params!(ErrorInfo);

impl<'a> ErrorInfo<'a> {
    /// Of a URI, without parameters.
    pub fn new(uri: Uri<'a>) -> Self {
        Self { uri: InfoUri(uri), params: Params::none() }
    }

    /// The URI. What it names is fetched only by who trusts the sender.
    pub fn uri(&self) -> &Uri<'a> {
        &self.uri.0
    }
}

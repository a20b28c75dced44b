//! Alert-Info (RFC 3261 20.4): what to ring with, one element each.

use super::bricks::{free_params, params_header};
use super::info_uri::InfoUri;
use crate::params::Params;
use crate::uri::Uri;

params_header! {
    /// Another way to ring, or to be rung back.
    AlertInfo { uri: InfoUri<'a> } = ALERT_INFO;
    list: true, may_be_empty: false, grammar: InfoUri::parse;
}
free_params!(AlertInfo);

impl<'a> AlertInfo<'a> {
    /// Of a URI, without parameters.
    pub fn new(uri: Uri<'a>) -> Self {
        Self { uri: InfoUri(uri), params: Params::none() }
    }

    /// The URI. What it names is fetched only by who trusts the sender.
    pub fn uri(&self) -> &Uri<'a> {
        &self.uri.0
    }
}

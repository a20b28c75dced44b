//! Call-Info (RFC 3261 20.9): more about caller or callee, one element each.

use super::bricks::{free_params, params_header};
use super::info_uri::InfoUri;
use crate::params::Params;
use crate::uri::Uri;

params_header! {
    /// More about the caller or the callee.
    CallInfo { uri: InfoUri<'a> } = CALL_INFO;
    list: true, may_be_empty: false, grammar: InfoUri::parse;
}
free_params!(CallInfo);

impl<'a> CallInfo<'a> {
    /// Of a URI, without parameters.
    pub fn new(uri: Uri<'a>) -> Self {
        Self { uri: InfoUri(uri), params: Params::none() }
    }

    /// The URI. What it names is fetched only by who trusts the sender.
    pub fn uri(&self) -> &Uri<'a> {
        &self.uri.0
    }

    /// Sets what it is for.
    #[must_use]
    pub fn with_purpose(self, purpose: &str) -> Self {
        self.with_param("purpose", Some(purpose))
    }

    /// What it is for: `icon`, `info`, `card`...
    pub fn purpose(&self) -> Option<&str> {
        self.param("purpose").flatten()
    }
}

//! Subscription-State (RFC 6665 8.2.3): where a subscription stands.

use std::borrow::Cow;

use super::bricks::{NoCase, free_params, params_header};
use super::whole;
use crate::error::Malformed;
use crate::grammar::token;
use crate::params::Params;

params_header! {
    /// Where a subscription stands.
    SubscriptionState { state: NoCase<Cow<'a, str>> } = SUBSCRIPTION_STATE;
    list: false, may_be_empty: false, grammar: token;
}
free_params!(SubscriptionState);

impl<'a> SubscriptionState<'a> {
    /// A state of ours: `active`, `pending`, `terminated`.
    pub fn new(state: &'a str) -> Result<Self, Malformed> {
        Ok(Self { state: whole(state.as_bytes(), token)?.into(), params: Params::none() })
    }

    /// Sets for how many seconds more the subscription lasts.
    #[must_use]
    pub fn with_expires(self, seconds: u32) -> Self {
        self.with_param("expires", Some(&seconds.to_string()))
    }

    /// Sets why it ended, or is about to.
    #[must_use]
    pub fn with_reason(self, reason: &str) -> Self {
        self.with_param("reason", Some(reason))
    }

    /// Sets after how many seconds to subscribe again.
    #[must_use]
    pub fn with_retry_after(self, seconds: u32) -> Self {
        self.with_param("retry-after", Some(&seconds.to_string()))
    }

    /// The state as written.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Whether it is `active`.
    pub fn is_active(&self) -> bool {
        self.state.eq_ignore_ascii_case("active")
    }

    /// Whether it is `pending`.
    pub fn is_pending(&self) -> bool {
        self.state.eq_ignore_ascii_case("pending")
    }

    /// Whether it is `terminated`.
    pub fn is_terminated(&self) -> bool {
        self.state.eq_ignore_ascii_case("terminated")
    }

    /// Why it ended: `deactivated`, `probation`, `rejected`, `timeout`, `giveup`, `noresource`, `invariant`...
    pub fn reason(&self) -> Option<&str> {
        self.param("reason").flatten()
    }

    /// For how many seconds more it lasts, if that is there and a number.
    pub fn expires(&self) -> Option<u32> {
        self.params.number("expires")
    }

    /// After how many seconds to subscribe again, if that is there and a number.
    pub fn retry_after(&self) -> Option<u32> {
        self.params.number("retry-after")
    }
}

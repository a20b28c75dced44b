//! Session-Expires (RFC 4028 4): how long a session lasts without a refresh, and who refreshes.

use super::bricks::params_header;
use crate::grammar::{At, number};
use crate::params::Params;

params_header! {
    /// The session interval, and who refreshes.
    ///
    /// ```
    /// use siptrunk_message::{Refresher, SessionExpires};
    ///
    /// let expires = SessionExpires::new(1800).with_refresher(Refresher::Uac);
    /// assert_eq!(expires.to_string(), "1800;refresher=uac");
    /// ```
    SessionExpires { seconds: u32 } = SESSION_EXPIRES;
    list: false, may_be_empty: false, grammar: number, check: SessionExpires::check;
}

/// Who refreshes a session (RFC 4028 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refresher {
    /// The UAC of the request that this header was in, or is a response to.
    Uac,
    /// The UAS of that request.
    Uas,
}

impl Refresher {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Uac => "uac",
            Self::Uas => "uas",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Uac, Self::Uas].into_iter().find(|side| side.as_str().eq_ignore_ascii_case(word))
    }
}

impl SessionExpires<'_> {
    /// Of seconds; a refresher is not named.
    pub const fn new(seconds: u32) -> SessionExpires<'static> {
        SessionExpires { seconds, params: Params::none() }
    }

    /// Names who refreshes.
    #[must_use]
    pub fn with_refresher(self, refresher: Refresher) -> Self {
        Self { params: self.params.with("refresher", Some(refresher.as_str())), ..self }
    }

    /// The interval in seconds.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    /// Who refreshes, if that is said.
    pub fn refresher(&self) -> Option<Refresher> {
        self.param("refresher").flatten().and_then(Refresher::parse)
    }

    /// A refresher that is neither would leave both ends or none to refresh.
    fn check(&self) -> Result<(), At<'_>> {
        match self.param("refresher") {
            None => Ok(()),
            Some(word) => match word.and_then(Refresher::parse) {
                Some(_) => Ok(()),
                None => Err(At {
                    at: word.unwrap_or_default().as_bytes(),
                    reason: "the refresher is uac or uas",
                }),
            },
        }
    }
}

//! REFER inside dialogs: asking a peer to call somebody else, and being asked.

use std::time::Instant;

use siptrunk_message::{HeaderList, StatusCode, Uri};

use super::UserAgent;
use crate::{RequestId, SessionId, UaError};

impl UserAgent {
    /// Asks the peer to call somebody else (RFC 3515), one REFER at a time. [`Event::Response`] says
    /// whether it will, and then [`Event::Referral`] what comes of it; the call with it goes on until
    /// one side hangs up. Referred-By names us unless `headers` has one (RFC 3892).
    ///
    /// [`Event::Response`]: crate::Event::Response
    /// [`Event::Referral`]: crate::Event::Referral
    pub fn refer(
        &mut self,
        now: Instant,
        id: SessionId,
        to: &Uri<'_>,
        headers: &HeaderList,
    ) -> Result<RequestId, UaError> {
        let request = RequestId(self.next_count());
        self.verb(now, id, |session, cx| session.refer(now, cx, request, to, headers))?;
        Ok(request)
    }

    /// Tells the peer how far the call is that it referred us to by [`Event::Refer`]: NOTIFY with this
    /// status. The first NOTIFY (100) went out with the 202. A final status ends it; without one in
    /// [`Config::refer_timeout`] the peer is told 503.
    ///
    /// [`UaError::UnknownRequest`]: no REFER is being followed, its end was told, or the peer does not
    /// want to hear.
    ///
    /// [`Event::Refer`]: crate::Event::Refer
    /// [`Config::refer_timeout`]: crate::Config::refer_timeout
    pub fn notify_refer(
        &mut self,
        now: Instant,
        id: SessionId,
        status: StatusCode,
    ) -> Result<(), UaError> {
        self.verb(now, id, |session, cx| session.notify_refer(now, cx, status))
    }
}

//! The CANCEL of an INVITE of ours: RFC 3261 section 9.1.

use siptrunk_message::{BuildError, HeaderList, HeaderName, Method, Request};

use crate::ack::{top_via, within_transaction};

/// Request-URI, Via, Route, From, To, Call-ID and Max-Forwards of the INVITE, its CSeq number with
/// the method CANCEL, and what the user adds (Reason). Never Require or Proxy-Require.
pub(crate) fn of_invite(invite: &Request, headers: &HeaderList) -> Result<Request, BuildError> {
    let mut cancel = within_transaction(invite, &Method::CANCEL);
    for field in invite.headers().iter().filter(|field| field.is(&HeaderName::TO)) {
        cancel = cancel.copy(field);
    }
    cancel.headers(headers).build(&top_via(invite))
}

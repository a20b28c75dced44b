//! OPTIONS outside dialogs (RFC 3261 section 11): is the peer there, and what can it do.

use siptrunk_message::{HeaderName, Method, NameAddr, RequestBuilder, Uri};

use crate::context::Context;

/// An OPTIONS to this URI, without CSeq and Contact.
pub(crate) fn options(
    cx: &mut Context,
    uri: &Uri<'static>,
    from: NameAddr<'static>,
) -> RequestBuilder {
    let from = from.without_tag().with_tag(&cx.new_tag());
    let call_id = cx.new_call_id();
    let request = RequestBuilder::new(Method::OPTIONS, uri)
        .append(&HeaderName::MAX_FORWARDS, 70)
        .append(&HeaderName::FROM, from)
        .append(&HeaderName::TO, NameAddr::new(uri.clone()))
        .append(&HeaderName::CALL_ID, call_id)
        .append(&HeaderName::ACCEPT, "application/sdp");
    cx.introduce(request)
}

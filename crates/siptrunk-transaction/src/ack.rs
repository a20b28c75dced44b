//! The ACK of a final response that is not 2xx: RFC 3261 section 17.1.1.3.

use siptrunk_message::{BuildError, CSeq, HeaderName, Method, Request, RequestBuilder, Response};

/// Request-URI, Via, Route, From, Call-ID and Max-Forwards of the INVITE; To of the response; the
/// INVITE's CSeq number with the method ACK.
pub(crate) fn of_failure(invite: &Request, response: &Response) -> Result<Request, BuildError> {
    let mut ack = within_transaction(invite, &Method::ACK);
    for field in response.headers().iter().filter(|field| field.is(&HeaderName::TO)) {
        ack = ack.copy(field);
    }
    ack.build(&top_via(invite))
}

/// What ACK and CANCEL repeat of the INVITE whose transaction they belong to, without To.
pub(crate) fn within_transaction(invite: &Request, method: &Method) -> RequestBuilder {
    let uri = String::from_utf8_lossy(invite.uri());
    let mut builder = RequestBuilder::new(method.clone(), uri);
    for field in invite.headers().iter() {
        let name = field.name();
        if [HeaderName::MAX_FORWARDS, HeaderName::ROUTE, HeaderName::FROM, HeaderName::CALL_ID]
            .contains(&name)
        {
            builder = builder.copy(field);
        } else if name == HeaderName::CSEQ
            && let Ok(Some(cseq)) = invite.headers().cseq()
        {
            let cseq = CSeq::new(cseq.number, method.clone());
            builder = builder.append(&HeaderName::CSEQ, cseq);
        }
    }
    builder
}

/// The top Via as it stands in a request of ours, which has just that one.
pub(crate) fn top_via(request: &Request) -> String {
    let value = request.headers().raw(&HeaderName::VIA).unwrap_or_default();
    String::from_utf8_lossy(value).into_owned()
}

//! Answers without state (RFC 3261 section 8.2.7): to what is too broken for a transaction, and to
//! what is not worth one.

use siptrunk_message::{
    HeaderName, Limits, Message, Method, Request, ResponseBuilder, StatusCode, Via,
};

use crate::{FlowId, Received, To, Transmit, route};

/// Answers the request in `received` with `status`, as far as it can be read at all.
///
/// Meant for what has no [`Essentials`](crate::Essentials): fields that are missing or broken stay
/// so in the response. Nothing is answered that is a response or an ACK, whose top Via does not
/// read, that has neither Call-ID nor CSeq, or that comes from port 0; and nothing but an INVITE is
/// answered provisionally or by 408 (RFC 4320). A datagram may name a sender who never sent it, so
/// nothing is answered that would be larger than what came or go to another port. `tag` becomes the
/// To tag: the same for each copy of the request.
pub fn refuse(
    received: &Received,
    status: StatusCode,
    limits: &Limits,
    tag: &str,
) -> Option<Transmit> {
    let request = salvage(received, limits)?;
    if !is_answerable(received, &request) {
        return None;
    }
    respond(received, &request, &builder(received, &request, status, tag))
        .filter(|answer| is_harmless(received, answer))
}

/// Whether nobody is harmed by this answer if the sender of what came is forged: it is not larger,
/// and goes only where the forger could have sent his own packet.
///
/// RFC 3261 section 18.2.2 has an answer go to the port of sent-by where the Via does not ask for
/// `rport`. The known are answered so; a stranger is only if that is the port he sends from. Over a
/// connection nobody sends in the name of others.
pub(crate) fn is_harmless(received: &Received, answer: &Transmit) -> bool {
    match &answer.to {
        To::Flow(FlowId::Datagram { peer, .. }) => {
            answer.bytes.len() <= received.bytes.len() && *peer == received.remote
        }
        To::Flow(FlowId::Connection(_)) | To::Target(_) => true,
    }
}

/// What can be read of a broken request.
pub(crate) fn salvage(received: &Received, limits: &Limits) -> Option<Request> {
    match Message::salvage(received.bytes.clone(), limits)? {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    }
}

/// Whether a response to this request can be written, and may be.
pub(crate) fn is_answerable(received: &Received, request: &Request) -> bool {
    let headers = request.headers();
    let named = headers.contains(&HeaderName::CALL_ID) || headers.contains(&HeaderName::CSEQ);
    let via = headers.first::<Via<'_>>();
    *request.method() != Method::ACK
        && matches!(via, Ok(Some(via)) if via.is_sip())
        && named
        && received.remote.port() != 0
}

/// A response to a request that came in so.
pub(crate) fn builder(
    received: &Received,
    request: &Request,
    status: StatusCode,
    tag: &str,
) -> ResponseBuilder {
    ResponseBuilder::for_request(request, status, Some(tag), Some(received.remote))
}

/// Sends a response once, where RFC 3261 section 18.2.2 and RFC 3581 have it go. What RFC 4320 does
/// not want at once for a request other than INVITE is not sent.
pub(crate) fn respond(
    received: &Received,
    request: &Request,
    response: &ResponseBuilder,
) -> Option<Transmit> {
    let status = response.status();
    if *request.method() != Method::INVITE
        && (status.is_provisional() || status == StatusCode::REQUEST_TIMEOUT)
    {
        return None;
    }
    let via = request.headers().first::<Via<'_>>().ok()??;
    let flow = route::of_response(received, via.rport().is_some(), via.port());
    let response = response.build().ok()?;
    Some(Transmit::new(flow, response.bytes().clone()))
}

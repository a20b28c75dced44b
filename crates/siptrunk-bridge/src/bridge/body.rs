//! The session description in a body: the body itself, or a part of a multipart one (RFC 5621). What
//! else is in there is not carried: the two legs have descriptions of our own.

use bytes::Bytes;
use siptrunk_message::{BodyError, ContentType, Limits, Request, Response};
use siptrunk_sdp::SessionDescription;

/// The media types of INVITE bodies that are read.
pub(super) const ACCEPTED: [&str; 2] = ["application/sdp", "multipart/mixed"];

/// The description in a request: `None` if there is none, an error if it makes no sense. A body of
/// another kind has come this far only if it may be left aside (RFC 3261 20.11).
pub(super) fn of_request(
    request: &Request,
    limits: &Limits,
) -> Option<Result<SessionDescription, String>> {
    read(request.find_body("application", "sdp", limits)).transpose()
}

/// The description in a response: as in a request, but a body without one makes no sense.
pub(super) fn of_response(
    response: &Response,
    limits: &Limits,
) -> Option<Result<SessionDescription, String>> {
    let found = read(response.find_body("application", "sdp", limits)).transpose();
    found.or_else(|| {
        let odd = !response.body().is_empty();
        odd.then(|| Err(String::from("the body is not application/sdp")))
    })
}

fn read(found: Result<Option<Bytes>, BodyError>) -> Result<Option<SessionDescription>, String> {
    let Some(body) = found.map_err(|error| error.to_string())?.filter(|body| !body.is_empty())
    else {
        return Ok(None);
    };
    SessionDescription::parse(&body).map(Some).map_err(|error| error.to_string())
}

/// The media types of what is in a body beside its description, in order.
pub(super) fn left_aside(request: &Request, limits: &Limits) -> Vec<String> {
    let name = |kind: &ContentType<'_>| format!("{}/{}", kind.kind(), kind.subtype());
    let multipart = request.multipart(limits).ok().flatten();
    let Some(multipart) = multipart else {
        let kind = request.headers().get::<ContentType<'_>>().ok().flatten();
        let kind = kind.filter(|kind| !request.body().is_empty() && !kind.is_sdp());
        return kind.iter().map(name).collect();
    };
    let mut described = false;
    let beside = multipart.parts().iter().filter_map(|part| {
        let kind = part.content_type().ok().flatten();
        let is_first = kind.as_ref().is_some_and(ContentType::is_sdp) && !described;
        described |= is_first;
        // A part that does not say what it is is text (RFC 2046 5.1).
        (!is_first).then(|| kind.as_ref().map_or_else(|| String::from("text/plain"), name))
    });
    beside.collect()
}

//! Reading and writing messages for the ends.

use std::net::SocketAddr;

use bytes::Bytes;
use siptrunk_message::{Body, HeaderName, Headers, Request, ResponseBuilder, StatusCode};

use super::outcome::Header;

/// What the ends look at in every message.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) call_id: String,
    pub(crate) from_tag: String,
    pub(crate) to_tag: Option<String>,
    pub(crate) cseq: u32,
    pub(crate) method: String,
    pub(crate) branch: String,
}

impl Parts {
    /// `None` if one of them is not there: the ends drop such a message.
    pub(crate) fn of(headers: &Headers) -> Option<Self> {
        let cseq = headers.cseq().ok()??;
        Some(Self {
            call_id: headers.call_id().ok()??.to_owned(),
            from_tag: headers.from().ok()??.tag()?.to_owned(),
            to_tag: headers.to().ok()??.tag().map(str::to_owned),
            cseq: cseq.number,
            method: cseq.method.as_str().to_owned(),
            branch: headers.top_via().ok()??.branch()?.to_owned(),
        })
    }
}

/// The key of a request of ours, by its branch.
pub(crate) fn request_key(method: &str, branch: &str) -> String {
    format!("{method} {branch}")
}

/// All header fields in wire order, as they were spelled.
pub(crate) fn headers_of(headers: &Headers) -> Vec<Header> {
    headers
        .iter()
        .map(|field| Header {
            name: String::from_utf8_lossy(field.raw_name()).into_owned(),
            value: String::from_utf8_lossy(field.value()).into_owned(),
        })
        .collect()
}

/// User part of a SIP URI or number of a tel URI, as text.
pub(crate) fn user_of(uri: &[u8]) -> String {
    let text = String::from_utf8_lossy(uri);
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    let user = rest.split_once('@').map_or(rest, |(user, _)| user);
    user.split([';', '?', '>']).next().unwrap_or_default().to_owned()
}

/// The status of a number that a script named; 500 for one that is none.
fn status(code: u16) -> StatusCode {
    StatusCode::new(code).unwrap_or(StatusCode::SERVER_INTERNAL_ERROR)
}

/// The URI of the first address in a value, if a request can be sent to it.
pub(crate) fn first_uri(value: &[u8]) -> Option<String> {
    let value = String::from_utf8_lossy(value);
    let inside = value.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    let uri = inside.map_or_else(|| value.split([';', ',']).next(), |(uri, _)| Some(uri))?.trim();
    uri.bytes().all(|byte| byte.is_ascii_graphic()).then(|| uri.to_owned())
}

/// What a request is answered with.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) code: u16,
    reason: Option<&'static str>,
    headers: Vec<(HeaderName, String)>,
    body: Option<Body>,
}

impl Reply {
    pub(crate) fn new(code: u16) -> Self {
        Self { code, reason: None, headers: Vec::new(), body: None }
    }

    pub(crate) fn reason(mut self, reason: &'static str) -> Self {
        self.reason = Some(reason);
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }
}

/// A response. It goes back to where the request came from, as `rport` asks.
pub(crate) fn answer_bytes(
    request: &Request,
    reply: &Reply,
    tag: &str,
    peer: SocketAddr,
    finish: impl FnOnce(ResponseBuilder) -> ResponseBuilder,
) -> Option<Bytes> {
    let tag = (reply.code != 100).then_some(tag);
    let mut builder = ResponseBuilder::for_request(request, status(reply.code), tag, Some(peer));
    if let Some(reason) = reply.reason {
        builder = builder.reason(reason);
    }
    for (name, value) in &reply.headers {
        builder = builder.append(name, value);
    }
    if let Some(body) = &reply.body {
        builder = builder.body(body);
    }
    finish(builder).build().ok().map(|response| response.bytes().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_from_sip_and_tel_uris() {
        assert_eq!(user_of(b"sip:+12065551234@127.0.0.1:5060;user=phone"), "+12065551234");
        assert_eq!(user_of(b"tel:+12065551234;phone-context=x"), "+12065551234");
        assert_eq!(user_of(b"sip:+1206;ext=2@host"), "+1206");
        assert_eq!(user_of(b"nonsense"), "");
    }
}

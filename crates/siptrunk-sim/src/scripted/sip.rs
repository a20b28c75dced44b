//! Reading and writing messages for the ends.

use std::net::SocketAddr;

use bytes::Bytes;
use siptrunk_message::{Headers, Request, ResponseBuilder, StatusCode};

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

/// A plain response. It goes back to where the request came from, as `rport` asks.
pub(crate) fn answer_bytes(
    request: &Request,
    code: u16,
    tag: &str,
    peer: SocketAddr,
    finish: impl FnOnce(ResponseBuilder) -> ResponseBuilder,
) -> Option<Bytes> {
    let tag = (code != 100).then_some(tag);
    let builder = ResponseBuilder::for_request(request, status(code), tag, Some(peer));
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

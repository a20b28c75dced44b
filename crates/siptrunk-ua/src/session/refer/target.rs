//! Where a REFER sends its receiver: read with suspicion, since it makes us dial.

use siptrunk_message::{
    HeaderName, Method, NameAddr, ReferSub, ReferTo, ReferredBy, Replaces, StatusCode, Uri,
};
use siptrunk_transaction::IncomingRequest;

/// What a REFER of the peer asks for. Whether it may have it is the application's to decide.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ReferTarget {
    /// Whom to call: a SIP, SIPS or `tel` URI, without what it wanted put into the INVITE (the headers
    /// part) and without its `method`.
    pub uri: Uri<'static>,
    /// The dialog that the call is to take the place of (RFC 3891).
    pub replaces: Option<Replaces<'static>>,
    /// Who refers, as the peer says (RFC 3892); nothing proves it.
    pub referred_by: Option<NameAddr<'static>>,
    /// Whether the peer wants to hear what becomes of it (RFC 4488).
    pub subscribes: bool,
}

impl ReferTarget {
    /// Reads a REFER, or says how it is refused (RFC 3515 2.4.2).
    pub(crate) fn read(request: &IncomingRequest) -> Result<Self, StatusCode> {
        let bad = |_| StatusCode::BAD_REQUEST;
        let headers = request.request().headers();
        let one = headers.raw_all(&HeaderName::REFER_TO).count() == 1;
        let refer_to = headers.get::<ReferTo<'_>>().map_err(bad)?.filter(|_| one);
        let refer_to = refer_to.ok_or(StatusCode::BAD_REQUEST)?;
        if refer_to.method() != Some(Method::INVITE) {
            return Err(StatusCode::DECLINE);
        }
        let uri = match refer_to.0.uri() {
            Uri::Sip(uri) => Uri::Sip(uri.without_headers().without_param("method")),
            Uri::Tel(uri) => Uri::Tel(uri.clone().into_owned()),
            Uri::Other(_) => return Err(StatusCode::UNSUPPORTED_URI_SCHEME),
        };
        let referred_by = headers.get::<ReferredBy<'_>>().map_err(bad)?;
        Ok(Self {
            uri,
            replaces: refer_to.replaces().transpose().map_err(|_| StatusCode::BAD_REQUEST)?,
            referred_by: referred_by.map(|by| by.0.into_owned()),
            subscribes: headers
                .get::<ReferSub<'_>>()
                .map_err(bad)?
                .is_none_or(|refer_sub| refer_sub.subscribes()),
        })
    }
}

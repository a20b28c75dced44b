//! What a UAS checks before it acts on a request (RFC 3261 8.2), and a UAC before it believes a response (8.1.3).
//!
//! Parsed and valid are two things: the parser says that a message is one, this says that it can be acted on. The
//! rules are those of a back-to-back user agent: it is the far end of each request and forwards none.

use crate::body::Multipart;
use crate::error::HeaderError;
use crate::header::{
    Accept, CSeq, ContentEncoding, ContentType, MaxForwards, NameAddr, ProxyRequire, Require, Via,
};
use crate::limits::Limits;
use crate::message::{Request, Response};
use crate::method::Method;
use crate::name::HeaderName;
use crate::status::StatusCode;
use crate::uri::{SipUri, Uri};

/// What this UAS takes. The default is a trunk's: INVITE and what belongs to it, SDP, `sip` and `tel`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UasRules {
    /// Methods that are served; others are answered 405 if known and 501 if not (RFC 3261 8.2.1).
    pub methods: Vec<Method>,
    /// Option tags that a peer may require (8.2.2.3).
    pub extensions: Vec<String>,
    /// Media types that a body may have, as `type/subtype` (8.2.3). Where `multipart/mixed` or another `multipart/...`
    /// is among them, each part that is not optional has to be of a type that is, too (RFC 5621 8).
    pub content_types: Vec<String>,
    /// Media types that a body of ours has, for Accept.
    pub produces: Vec<String>,
    /// Bounds on the parts of a multipart body.
    pub limits: Limits,
    /// URI schemes that a Request-URI may have (8.2.2.1).
    pub schemes: Vec<String>,
    /// Octets that a Request-URI may have. Default 2,048.
    pub max_uri: usize,
    /// Whether a request with Max-Forwards 0 is refused; off, since we are its far end (RFC 7332 judges bridged
    /// INVITEs only).
    pub refuse_last_hop: bool,
}

impl Default for UasRules {
    fn default() -> Self {
        let strings = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self {
            methods: vec![
                Method::INVITE,
                Method::ACK,
                Method::BYE,
                Method::CANCEL,
                Method::OPTIONS,
                Method::INFO,
                Method::UPDATE,
                Method::PRACK,
                Method::REFER,
                Method::NOTIFY,
            ],
            extensions: Vec::new(),
            content_types: strings(&["application/sdp"]),
            produces: strings(&["application/sdp"]),
            limits: Limits::default(),
            schemes: strings(&["sip", "tel"]),
            max_uri: 2_048,
            refuse_last_hop: false,
        }
    }
}

/// Why a request is not acted on, and how that is answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status}: {why}")]
#[non_exhaustive]
pub struct Rejection {
    /// The status to answer. An ACK is never answered.
    pub status: StatusCode,
    /// Its reason phrase.
    pub reason: &'static str,
    /// What is wrong, for a log.
    pub why: String,
    /// Headers that the answer has to carry: Unsupported, Allow, Accept, Accept-Encoding, Warning.
    pub headers: Vec<(HeaderName, String)>,
    /// With 420, the option tags of Unsupported (8.2.2.3).
    pub unsupported: Vec<String>,
}

impl Rejection {
    fn new(status: StatusCode, why: impl Into<String>) -> Self {
        Self {
            status,
            reason: status.reason(),
            why: why.into(),
            headers: Vec::new(),
            unsupported: Vec::new(),
        }
    }

    fn bad(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    fn with(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

impl From<HeaderError> for Rejection {
    fn from(error: HeaderError) -> Self {
        Self::bad(error.to_string())
    }
}

/// What every element reads: if it cannot be read, 400 (RFC 3261 8.1.1, 8.2).
fn mandatory(request: &Request) -> Result<(), Rejection> {
    let headers = request.headers();
    for via in headers.all::<Via<'_>>() {
        via?;
    }
    let top = headers.require_first::<Via<'_>>()?;
    if !top.is_sip() {
        return Err(Rejection::bad("the top Via is not of SIP/2.0"));
    }
    if top.branch().is_some_and(|branch| branch.eq_ignore_ascii_case("z9hG4bK")) {
        return Err(Rejection::bad("the branch is the magic cookie and nothing else"));
    }
    for name in [HeaderName::FROM, HeaderName::TO] {
        if headers.address(&name)?.is_none() {
            return Err(HeaderError::Missing { name }.into());
        }
    }
    headers.require::<crate::header::CallId<'_>>()?;
    let cseq = headers.require::<CSeq>()?;
    if cseq.method != *request.method() {
        return Err(Rejection::bad("the method of CSeq is not that of the request"));
    }
    headers.get::<MaxForwards>()?;
    Ok(())
}

/// Judges a request as the UAS of a back-to-back user agent does, in the order of RFC 3261 8.2.
///
/// What it refuses: 400 (a mandatory header is missing, malformed or repeated; a malformed Request-URI or one with
/// headers; a Contact that cannot be read), 405 and 501 (method), 406 (Accept without what we produce), 414, 415,
/// 416, 420, 483. A version other than SIP/2.0 (505) and an oversized message (513) are refused by the parser:
/// see [`ParseError::status`](crate::ParseError::status).
pub fn validate_request(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    method_known(request, rules)?;
    mandatory(request)?;
    method_allowed(request, rules)?;
    request_uri(request, rules)?;
    if rules.refuse_last_hop && request.headers().max_forwards()? == Some(0) {
        return Err(Rejection::new(StatusCode::TOO_MANY_HOPS, "Max-Forwards is 0"));
    }
    addresses(request)?;
    extensions(request, rules)?;
    body(request, rules)?;
    accept(request, rules)
}

/// A method that no one knows is 501, whatever else is wrong with the request (RFC 4475 3.1.2.18).
fn method_known(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    let method = request.method();
    if method.is_known() || rules.methods.contains(method) {
        return Ok(());
    }
    Err(Rejection::new(StatusCode::NOT_IMPLEMENTED, format!("the method {method} is not known"))
        .with(HeaderName::ALLOW, allow(rules)))
}

fn method_allowed(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    let method = request.method();
    if rules.methods.contains(method) {
        return Ok(());
    }
    Err(Rejection::new(
        StatusCode::METHOD_NOT_ALLOWED,
        format!("the method {method} is not served"),
    )
    .with(HeaderName::ALLOW, allow(rules)))
}

fn allow(rules: &UasRules) -> String {
    let methods: Vec<&str> = rules.methods.iter().map(Method::as_str).collect();
    methods.join(", ")
}

fn request_uri(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    if request.uri().len() > rules.max_uri {
        return Err(Rejection::new(
            StatusCode::REQUEST_URI_TOO_LONG,
            "the Request-URI is too long",
        ));
    }
    let uri = request.request_uri().map_err(|error| Rejection::bad(error.to_string()))?;
    if !rules.schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(uri.scheme())) {
        let why = format!("the scheme {} of the Request-URI", uri.scheme());
        return Err(Rejection::new(StatusCode::UNSUPPORTED_URI_SCHEME, why));
    }
    if uri.as_sip().is_some_and(SipUri::has_headers) {
        return Err(Rejection::bad("a Request-URI has no headers part"));
    }
    Ok(())
}

/// Contacts and routes that we would use: better refused now than met in the middle of a call.
fn addresses(request: &Request) -> Result<(), Rejection> {
    let headers = request.headers();
    if headers.contact_is_star() {
        if *request.method() == Method::REGISTER {
            return Ok(());
        }
        return Err(Rejection::bad("a Contact of * belongs to REGISTER"));
    }
    let mut contacts = 0_usize;
    for contact in headers.contacts() {
        contact?;
        contacts = contacts.saturating_add(1);
    }
    for name in [HeaderName::RECORD_ROUTE, HeaderName::ROUTE] {
        for route in headers.name_addrs(&name) {
            route?;
        }
    }
    if *request.method() == Method::INVITE {
        // RFC 2543 let an INVITE go without; its elements are known by their branch (RFC 4475 inv2543).
        let may_lack = !headers.require_first::<Via<'_>>()?.has_magic_branch();
        if contacts > 1 || (contacts == 0 && !may_lack) {
            return Err(Rejection::bad("an INVITE has one Contact (RFC 3261 8.1.1.8)"));
        }
    }
    if *request.method() == Method::REGISTER {
        let to = headers.address(&HeaderName::TO)?;
        if !to.as_ref().map(NameAddr::uri).is_some_and(|uri| matches!(uri, Uri::Sip(_))) {
            return Err(Rejection::bad(
                "the To of a REGISTER is a SIP or SIPS URI (RFC 3261 10.3)",
            ));
        }
    }
    Ok(())
}

fn extensions(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    let method = request.method();
    let mut unsupported: Vec<String> = Vec::new();
    let known = |tag: &str| rules.extensions.iter().any(|known| known.eq_ignore_ascii_case(tag));
    for tag in request.headers().all::<Require<'_>>() {
        let tag = tag?.tag();
        if !known(tag) {
            unsupported.push(tag.to_owned());
        }
    }
    // Proxy-Require is for proxies, but has to be readable.
    for tag in request.headers().all::<ProxyRequire<'_>>() {
        tag?;
    }
    // 8.2.2.3: Require means nothing in ACK and CANCEL.
    if unsupported.is_empty() || matches!(*method, Method::ACK | Method::CANCEL) {
        return Ok(());
    }
    let list = unsupported.join(", ");
    let mut rejection =
        Rejection::new(StatusCode::BAD_EXTENSION, format!("required and not supported: {list}"))
            .with(HeaderName::UNSUPPORTED, list);
    rejection.unsupported = unsupported;
    Err(rejection)
}

fn body(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    let headers = request.headers();
    let kind = headers.get::<ContentType<'_>>()?;
    for coding in headers.all::<ContentEncoding<'_>>() {
        let coding = coding?;
        if !coding.coding().eq_ignore_ascii_case("identity") && !request.body().is_empty() {
            let why = format!("the body is coded as {}", coding.coding());
            return Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
                .with(HeaderName::ACCEPT_ENCODING, "identity".to_owned()));
        }
    }
    if request.body().is_empty() {
        return Ok(());
    }
    let Some(kind) = kind else {
        return Err(Rejection::bad("a body without Content-Type"));
    };
    // What a body is matters where we read it: a bridged INVITE. INFO and others carry what their users agree on.
    if *request.method() != Method::INVITE {
        return Ok(());
    }
    let unknown = if takes(rules, &kind) {
        unknown_part(request, rules)?
    } else if request.body_is_optional()? {
        None
    } else {
        Some(media_type(&kind))
    };
    let Some(unknown) = unknown else {
        return Ok(());
    };
    let why = format!("a body of {unknown}");
    Err(Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, why)
        .with(HeaderName::ACCEPT, rules.content_types.join(", ")))
}

fn takes(rules: &UasRules, kind: &ContentType<'_>) -> bool {
    rules
        .content_types
        .iter()
        .any(|taken| taken.split_once('/').is_some_and(|(class, subtype)| kind.is(class, subtype)))
}

fn media_type(kind: &ContentType<'_>) -> String {
    format!("{}/{}", kind.kind(), kind.subtype())
}

/// The type of the first part that we would have to know and do not.
fn unknown_part(request: &Request, rules: &UasRules) -> Result<Option<String>, Rejection> {
    let multipart =
        request.multipart(&rules.limits).map_err(|error| Rejection::bad(error.to_string()))?;
    for part in multipart.iter().flat_map(Multipart::parts) {
        let kind = part.content_type()?;
        let taken = kind.as_ref().is_some_and(|kind| takes(rules, kind));
        if !taken && !part.is_optional()? {
            return Ok(Some(kind.as_ref().map_or_else(|| "text/plain".to_owned(), media_type)));
        }
    }
    Ok(None)
}

/// An INVITE whose Accept has nothing that we could answer with is 406 (RFC 4475 3.3.15).
fn accept(request: &Request, rules: &UasRules) -> Result<(), Rejection> {
    if !matches!(*request.method(), Method::INVITE)
        || !request.headers().contains(&HeaderName::ACCEPT)
    {
        return Ok(());
    }
    let mut acceptable = false;
    for range in request.headers().all::<Accept<'_>>() {
        let range = range?;
        acceptable |= rules.produces.iter().any(|kind| {
            kind.split_once('/').is_some_and(|(class, subtype)| range.matches(class, subtype))
        });
    }
    if acceptable {
        return Ok(());
    }
    Err(Rejection::new(StatusCode::NOT_ACCEPTABLE, "Accept takes nothing that we answer with"))
}

/// Judges a response as the UAC does (RFC 3261 8.1.3, 17.1.3). What is refused here is dropped, never answered.
pub fn validate_response(response: &Response) -> Result<(), HeaderError> {
    let headers = response.headers();
    let mut vias = headers.all::<Via<'_>>();
    let Some(top) = vias.next() else {
        return Err(HeaderError::Missing { name: HeaderName::VIA });
    };
    top?;
    // 8.1.3.3: more than one Via means that the response was meant for someone else.
    if let Some(second) = vias.next() {
        second?;
        return Err(HeaderError::Repeated {
            name: HeaderName::VIA,
            offset: headers.second_offset(&HeaderName::VIA),
        });
    }
    for name in [HeaderName::FROM, HeaderName::TO] {
        if headers.address(&name)?.is_none() {
            return Err(HeaderError::Missing { name });
        }
    }
    headers.require::<crate::header::CallId<'_>>()?;
    headers.require::<CSeq>()?;
    Ok(())
}

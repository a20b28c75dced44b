//! A dialog: the state that two user agents share (RFC 3261 section 12).

use siptrunk_message::{HeaderError, HeaderName, Method, NameAddr, RequestBuilder, Uri};
use siptrunk_transaction::{IncomingRequest, IncomingResponse};

use crate::route_set::RouteSet;

/// A dialog as RFC 3261 section 12 lists its state.
#[derive(Clone, Debug)]
pub struct Dialog {
    call_id: String,
    local_tag: String,
    remote_tag: Option<String>,
    /// Text of our From header.
    local: String,
    /// Text of our To header.
    remote: String,
    local_sequence: u32,
    remote_sequence: Option<u32>,
    remote_target: Uri<'static>,
    route_set: RouteSet,
    /// User part of our Contact.
    contact_user: String,
    /// Whether our Contact has to be a SIPS URI (12.1.1).
    secure: bool,
}

/// What the caller's side knows before the peer says anything.
#[derive(Debug)]
pub(crate) struct Beginning {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) sequence: u32,
    pub(crate) request_uri: Uri<'static>,
    pub(crate) contact_user: String,
}

impl Dialog {
    /// The caller's half, while its INVITE has no response that makes a dialog.
    pub(crate) fn begin(beginning: Beginning) -> Self {
        Self {
            call_id: beginning.call_id,
            local_tag: beginning.local_tag,
            remote_tag: None,
            local: beginning.from,
            remote: beginning.to,
            local_sequence: beginning.sequence,
            remote_sequence: None,
            secure: is_secure(&beginning.request_uri),
            remote_target: beginning.request_uri,
            route_set: RouteSet::default(),
            contact_user: beginning.contact_user,
        }
    }

    /// The dialog that a 2xx makes of the caller's half (12.1.2).
    pub(crate) fn confirmed_by(&self, response: &IncomingResponse) -> Result<Self, HeaderError> {
        let headers = response.response().headers();
        let contact =
            headers.contact()?.ok_or(HeaderError::Missing { name: HeaderName::CONTACT })?;
        let remote = headers.to()?.ok_or(HeaderError::Missing { name: HeaderName::TO })?;
        Ok(Self {
            remote_tag: remote.tag().map(ToOwned::to_owned),
            remote: remote.to_string(),
            remote_target: contact.into_owned().uri().clone(),
            route_set: RouteSet::of_response(headers)?,
            ..self.clone()
        })
    }

    /// The caller's half as a 2xx repeats it, once nothing else knows of its INVITE. `None` if From or
    /// To cannot be read.
    pub(crate) fn forgotten(response: &IncomingResponse) -> Option<Self> {
        let headers = response.response().headers();
        let (from, to) = (headers.from().ok()??, headers.to().ok()??);
        let essentials = response.essentials();
        Some(Self::begin(Beginning {
            call_id: essentials.call_id().to_owned(),
            local_tag: essentials.from_tag()?.to_owned(),
            from: from.to_string(),
            to: to.to_string(),
            sequence: essentials.cseq().number,
            request_uri: to.into_owned().uri().clone(),
            contact_user: String::new(),
        }))
    }

    /// A stand-in for a 2xx that no dialog can be made of: just enough to acknowledge it and to
    /// hang up.
    pub(crate) fn salvaged_from(&self, response: &IncomingResponse) -> Self {
        let mut dialog = self.clone();
        dialog.remote_tag = response.essentials().to_tag().map(ToOwned::to_owned);
        if let Ok(Some(remote)) = response.response().headers().to() {
            dialog.remote = remote.to_string();
        }
        dialog
    }

    /// The dialog at the called side (12.1.1).
    pub(crate) fn of_request(
        request: &IncomingRequest,
        local_tag: String,
    ) -> Result<Self, HeaderError> {
        let message = request.request();
        let headers = message.headers();
        let contact = headers
            .contact()?
            .ok_or(HeaderError::Missing { name: HeaderName::CONTACT })?
            .into_owned();
        let from = headers.from()?.ok_or(HeaderError::Missing { name: HeaderName::FROM })?;
        let to = headers.to()?.ok_or(HeaderError::Missing { name: HeaderName::TO })?;
        let route_set = RouteSet::of_request(headers)?;
        let uri = message.request_uri().ok();
        let contact_user = uri.as_ref().and_then(Uri::user).unwrap_or_default().into_owned();
        let next = route_set.iter().next().unwrap_or(&contact).uri();
        Ok(Self {
            call_id: request.essentials().call_id().to_owned(),
            remote_tag: request.essentials().from_tag().map(ToOwned::to_owned),
            local: to.into_owned().with_tag(&local_tag).to_string(),
            remote: from.to_string(),
            local_tag,
            local_sequence: 0,
            remote_sequence: Some(request.essentials().cseq().number),
            remote_target: contact.uri().clone(),
            secure: uri.as_ref().is_some_and(is_secure) || is_secure(next),
            route_set,
            contact_user,
        })
    }

    /// The Call-ID.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        &self.local_tag
    }

    /// The peer's tag; `None` with a peer of RFC 2543, which had none.
    pub fn remote_tag(&self) -> Option<&str> {
        self.remote_tag.as_deref()
    }

    /// Where requests of ours go in the end: the peer's Contact.
    pub fn remote_target(&self) -> &Uri<'static> {
        &self.remote_target
    }

    /// The proxies that requests of ours visit.
    pub fn route_set(&self) -> &RouteSet {
        &self.route_set
    }

    /// The CSeq number of our last request.
    pub fn local_sequence(&self) -> u32 {
        self.local_sequence
    }

    /// The highest CSeq number that the peer has used.
    pub fn remote_sequence(&self) -> Option<u32> {
        self.remote_sequence
    }

    /// Our From, as text.
    pub(crate) fn local(&self) -> &str {
        &self.local
    }

    pub(crate) fn contact_user(&self) -> &str {
        &self.contact_user
    }

    pub(crate) fn set_contact_user(&mut self, user: String) {
        self.contact_user = user;
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether Call-ID and tags of this request name this dialog (12.2.2).
    pub(crate) fn matches(&self, request: &IncomingRequest) -> bool {
        let essentials = request.essentials();
        essentials.call_id() == self.call_id
            && essentials.to_tag() == Some(&self.local_tag)
            && essentials.from_tag() == self.remote_tag()
    }

    /// Takes the CSeq of the peer's request; `false` if it did not rise (12.2.2).
    pub(crate) fn advance_remote(&mut self, number: u32) -> bool {
        if self.remote_sequence.is_some_and(|last| number <= last) {
            return false;
        }
        self.remote_sequence = Some(number);
        true
    }

    /// Takes the Contact of a target refresh; `true` if the next hop is another one now.
    pub(crate) fn refresh_target(&mut self, contact: Uri<'static>) -> bool {
        let moved = contact != self.remote_target;
        self.remote_target = contact;
        moved && self.route_set.is_empty()
    }

    /// The URI that the next hop is found by (8.1.2).
    pub(crate) fn next_hop(&self) -> &Uri<'static> {
        self.route_set.iter().next().map_or(&self.remote_target, NameAddr::uri)
    }

    /// A new request inside this dialog, with the next CSeq number.
    pub(crate) fn request(&mut self, method: Method) -> RequestBuilder {
        let sequence = self.next_sequence();
        self.numbered(method, sequence)
    }

    /// The next CSeq number of ours.
    pub(crate) fn next_sequence(&mut self) -> u32 {
        // 2^31 requests do not fit into the life of a dialog (8.1.1.5).
        self.local_sequence += 1;
        self.local_sequence
    }

    /// A request with a given CSeq number: an ACK has that of its INVITE (13.2.2.4).
    pub(crate) fn numbered(&self, method: Method, sequence: u32) -> RequestBuilder {
        let plan = self.route_set.plan(&self.remote_target);
        let cseq = format!("{sequence} {}", method.as_str());
        let builder = RequestBuilder::new(method, plan.request_uri);
        let routed = plan
            .routes
            .iter()
            .fold(builder, |builder, route| builder.append(&HeaderName::ROUTE, route));
        routed
            .append(&HeaderName::MAX_FORWARDS, 70)
            .append(&HeaderName::FROM, &self.local)
            .append(&HeaderName::TO, &self.remote)
            .append(&HeaderName::CALL_ID, &self.call_id)
            .append(&HeaderName::CSEQ, cseq)
    }
}

fn is_secure(uri: &Uri<'_>) -> bool {
    uri.as_sip().is_some_and(siptrunk_message::SipUri::is_secure)
}

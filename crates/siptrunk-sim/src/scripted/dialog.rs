//! One side of a dialog, with as little as a script needs (RFC 3261 section 12).

use std::net::{IpAddr, SocketAddr};

use siptrunk_message::{HeaderName, Headers, Method, RequestBuilder};

use super::sip::{Parts, first_uri};

#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
    pub(crate) remote_tag: String,
    /// From of our requests, with our tag.
    local: String,
    /// To of our requests, with the peer's tag.
    remote: String,
    target: String,
    route: Vec<String>,
    /// Where requests go.
    pub(crate) next_hop: SocketAddr,
    pub(crate) cseq: u32,
}

impl Dialog {
    /// The caller's side, from a response with a To tag.
    pub(crate) fn of_caller(
        parts: &Parts,
        response: &Headers,
        target: &str,
        peer: SocketAddr,
    ) -> Option<Self> {
        let mut route = routes(response);
        route.reverse();
        Some(Self {
            call_id: parts.call_id.clone(),
            local_tag: parts.from_tag.clone(),
            remote_tag: parts.to_tag.clone()?,
            local: text(response.raw(&HeaderName::FROM)?),
            remote: text(response.raw(&HeaderName::TO)?),
            cseq: parts.cseq,
            ..Self::towards(contact(response).unwrap_or_else(|| target.to_owned()), route, peer)
        })
    }

    /// The called side, from the INVITE and the tag that we give it.
    pub(crate) fn of_called(
        parts: &Parts,
        invite: &Headers,
        tag: &str,
        peer: SocketAddr,
    ) -> Option<Self> {
        Some(Self {
            call_id: parts.call_id.clone(),
            local_tag: tag.to_owned(),
            remote_tag: parts.from_tag.clone(),
            local: format!("{};tag={tag}", text(invite.raw(&HeaderName::TO)?)),
            remote: text(invite.raw(&HeaderName::FROM)?),
            // The first request of this side takes the next one.
            cseq: 0,
            ..Self::towards(contact(invite)?, routes(invite), peer)
        })
    }

    fn towards(target: String, route: Vec<String>, peer: SocketAddr) -> Self {
        let next_hop = route.first().map_or(target.as_str(), String::as_str);
        let next_hop = address_of(next_hop).unwrap_or(peer);
        Self {
            call_id: String::new(),
            local_tag: String::new(),
            remote_tag: String::new(),
            local: String::new(),
            remote: String::new(),
            target,
            route,
            next_hop,
            cseq: 0,
        }
    }

    /// Whether a request of the peer belongs to this dialog.
    pub(crate) fn takes(&self, parts: &Parts) -> bool {
        parts.call_id == self.call_id
            && parts.from_tag == self.remote_tag
            && parts.to_tag.as_deref() == Some(self.local_tag.as_str())
    }

    /// A request with the next CSeq number.
    pub(crate) fn request(&mut self, method: &Method) -> RequestBuilder {
        self.cseq += 1;
        self.request_with(method, self.cseq)
    }

    /// A request with this CSeq number: an ACK has that of its INVITE.
    pub(crate) fn request_with(&self, method: &Method, cseq: u32) -> RequestBuilder {
        let mut builder = RequestBuilder::new(method.clone(), &self.target);
        for route in &self.route {
            builder = builder.append(&HeaderName::ROUTE, route);
        }
        builder
            .append(&HeaderName::MAX_FORWARDS, 70)
            .append(&HeaderName::FROM, &self.local)
            .append(&HeaderName::TO, &self.remote)
            .append(&HeaderName::CALL_ID, &self.call_id)
            .append(&HeaderName::CSEQ, format!("{cseq} {}", method.as_str()))
    }
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn routes(headers: &Headers) -> Vec<String> {
    headers
        .raw_all(&HeaderName::RECORD_ROUTE)
        .flat_map(|value| {
            text(value).split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

/// The URI of the first Contact, if a request can be sent to it.
fn contact(headers: &Headers) -> Option<String> {
    first_uri(headers.raw(&HeaderName::CONTACT)?)
}

/// The address in a URI, if its host is one.
fn address_of(uri: &str) -> Option<SocketAddr> {
    let uri = uri.trim_start_matches('<');
    let rest = uri.split_once(':')?.1;
    let host = rest.split_once('@').map_or(rest, |(_, host)| host);
    let host = host.split([';', '?', '>']).next()?;
    host.parse().ok().or_else(|| {
        let ip: IpAddr = host.trim_matches(['[', ']']).parse().ok()?;
        Some(SocketAddr::new(ip, 5060))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_from_routes_and_targets() {
        let address = |uri| address_of(uri).map(|address| address.to_string());
        assert_eq!(address("<sip:127.0.1.1:5070;lr>").as_deref(), Some("127.0.1.1:5070"));
        assert_eq!(address("sip:agent@127.0.1.1;transport=udp").as_deref(), Some("127.0.1.1:5060"));
        assert_eq!(address("sip:[::1]:5070").as_deref(), Some("[::1]:5070"));
        assert_eq!(address("sip:agent@sip.example.com"), None);
    }
}

//! The route set of a dialog, and what it makes of a request (RFC 3261 12.1 and 12.2.1.1).

use siptrunk_message::{HeaderError, HeaderName, Headers, NameAddr, Uri};

/// The proxies that asked to stay in the path, in the order in which requests of ours visit them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteSet(Vec<NameAddr<'static>>);

/// What a request says about where it goes.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    /// The Request-URI.
    pub(crate) request_uri: Uri<'static>,
    /// The Route fields, in order.
    pub(crate) routes: Vec<String>,
}

impl RouteSet {
    /// For the called side: Record-Route of the request, in order (12.1.1).
    pub(crate) fn of_request(headers: &Headers) -> Result<Self, HeaderError> {
        headers
            .name_addrs(&HeaderName::RECORD_ROUTE)
            .map(|route| route.map(NameAddr::into_owned))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// For the calling side: Record-Route of the response, in reverse (12.1.2).
    pub(crate) fn of_response(headers: &Headers) -> Result<Self, HeaderError> {
        let mut set = Self::of_request(headers)?;
        set.0.reverse();
        Ok(set)
    }

    /// The routes, first hop first.
    pub fn iter(&self) -> impl Iterator<Item = &NameAddr<'static>> {
        self.0.iter()
    }

    /// Whether requests go straight to the remote target.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Request-URI and Route fields of a request to `target` (12.2.1.1).
    pub(crate) fn plan(&self, target: &Uri<'static>) -> Plan {
        let Some(first) = self.0.first() else {
            return Plan { request_uri: fit(target), routes: Vec::new() };
        };
        if is_loose(first.uri()) {
            return Plan {
                request_uri: fit(target),
                routes: self.0.iter().map(ToString::to_string).collect(),
            };
        }
        // A strict router wants itself in the Request-URI; the target goes last in its place.
        let mut routes: Vec<String> = self.0.iter().skip(1).map(ToString::to_string).collect();
        routes.push(format!("<{target}>"));
        Plan { request_uri: fit(first.uri()), routes }
    }
}

/// The URI without what a Request-URI must not have: headers and the parameter `method` (19.1.1).
fn fit(uri: &Uri<'static>) -> Uri<'static> {
    match uri {
        Uri::Sip(sip) if sip.has_headers() || sip.param("method").is_some() => {
            Uri::Sip(sip.without_param("method").without_headers())
        }
        other => other.clone(),
    }
}

/// Whether the router of this URI works as RFC 3261 has it (`;lr`), not as RFC 2543 had it.
fn is_loose(uri: &Uri<'_>) -> bool {
    uri.as_sip().is_some_and(|sip| sip.param("lr").is_some())
}

#[cfg(test)]
mod tests {
    use siptrunk_message::{Limits, Message};

    use super::*;

    fn uri(text: &str) -> Uri<'static> {
        text.parse().unwrap()
    }

    /// The route set of a response with these Record-Route lines.
    fn of_response(record_routes: &[&str]) -> RouteSet {
        let routes: Vec<_> =
            record_routes.iter().map(|value| format!("Record-Route: {value}\r\n")).collect();
        let routes = routes.concat();
        let text = format!("SIP/2.0 200 OK\r\n{routes}Content-Length: 0\r\n\r\n");
        let message = Message::parse(text.into(), &Limits::default()).unwrap();
        RouteSet::of_response(message.headers()).unwrap()
    }

    #[test]
    fn without_routes_the_target_is_everything() {
        let set = of_response(&[]);
        assert!(set.is_empty());
        let plan = set.plan(&uri("sip:callee@u2.domain.com"));
        assert_eq!(plan, Plan { request_uri: uri("sip:callee@u2.domain.com"), routes: Vec::new() });
    }

    // RFC 3261 16.12.1.1: p1 and p2 are loose routers; the BYE of the callee in that example.
    #[test]
    fn loose_routers_stand_in_route_fields() {
        let set = of_response(&["<sip:p1.example.com;lr>", "<sip:p2.domain.com;lr>"]);
        let plan = set.plan(&uri("sip:callee@u2.domain.com"));
        assert_eq!(plan.request_uri.to_string(), "sip:callee@u2.domain.com");
        assert_eq!(plan.routes, ["<sip:p2.domain.com;lr>", "<sip:p1.example.com;lr>"]);
    }

    // RFC 3261 12.2.1.1: the example with a strict first router.
    #[test]
    fn a_strict_first_router_takes_the_request_uri() {
        let set = of_response(&["<sip:proxy3>, <sip:proxy2>", "<sip:proxy1;x=y>"]);
        let plan = set.plan(&uri("sip:user@remoteua"));
        assert_eq!(plan.request_uri.to_string(), "sip:proxy1;x=y");
        assert_eq!(plan.routes, ["<sip:proxy2>", "<sip:proxy3>", "<sip:user@remoteua>"]);
    }

    // RFC 3261 12.2.1.1 and 19.1.1.
    #[test]
    fn a_request_uri_has_no_headers_and_no_method() {
        let target = uri("sip:a@b;method=INVITE;x=1?Subject=hi");
        assert_eq!(of_response(&[]).plan(&target).request_uri.to_string(), "sip:a@b;x=1");
        let strict = of_response(&["<sip:p;method=INVITE?a=b>"]).plan(&uri("sip:a@b"));
        assert_eq!(strict.request_uri.to_string(), "sip:p");
    }

    #[test]
    fn parameters_of_routes_come_back_as_they_were() {
        let set = of_response(&["<sip:p1;lr;cookie=%41b>;x=1, \"P, two\" <sip:p2;lr=on>"]);
        let plan = set.plan(&uri("sip:a@b"));
        assert_eq!(plan.routes, ["\"P, two\" <sip:p2;lr=on>", "<sip:p1;lr;cookie=%41b>;x=1"]);
    }
}

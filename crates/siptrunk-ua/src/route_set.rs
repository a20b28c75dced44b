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
            return Plan { request_uri: target.clone(), routes: Vec::new() };
        };
        if is_loose(first.uri()) {
            return Plan {
                request_uri: target.clone(),
                routes: self.0.iter().map(ToString::to_string).collect(),
            };
        }
        // A strict router wants itself in the Request-URI; the target goes last in its place.
        let mut routes: Vec<String> = self.0.iter().skip(1).map(ToString::to_string).collect();
        routes.push(format!("<{target}>"));
        Plan { request_uri: first.uri().clone(), routes }
    }
}

/// Whether the router of this URI works as RFC 3261 has it (`;lr`), not as RFC 2543 had it.
fn is_loose(uri: &Uri<'_>) -> bool {
    uri.as_sip().is_some_and(|sip| sip.param("lr").is_some())
}

//! What the application says when it dials, answers or registers.

use std::time::Duration;

use siptrunk_digest::Account;
use siptrunk_message::{
    Body, HeaderList, HeaderName, HeaderValue, Host, HostPort, NameAddr, StatusCode, Transport, Uri,
};
use siptrunk_transaction::{Domain, FlowId, Target};

/// Where a request outside a dialog goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// Over this flow and no other.
    Flow(FlowId),
    /// Over this flow, and if it fails to these targets, in this order.
    FlowFirst {
        /// The flow to try first.
        flow: FlowId,
        /// What is left if it fails; none of them should lead to where the flow does.
        targets: Vec<Target>,
    },
    /// To these targets, in this order, until one takes it.
    Targets(Vec<Target>),
    /// To what these hosts resolve to; asked as [`Question::Resolve`](crate::Question::Resolve).
    Lookup(Lookup),
}

/// Hosts to be resolved (RFC 3263 section 4), in the order in which they are to be tried.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Names or addresses. Without a port, SRV records or the transport's default decide.
    pub hosts: Vec<HostPort>,
    /// The transport to use.
    pub transport: Transport,
    /// What the peer's certificate must name (RFC 5922) where that is not the host itself.
    pub domain: Option<Domain>,
}

impl Lookup {
    /// These hosts, each to be named by its own certificate.
    pub fn new(hosts: Vec<HostPort>, transport: Transport) -> Self {
        Self { hosts, transport, domain: None }
    }

    /// The domain that a target found for `host` is to prove (RFC 5922 7.3); none without TLS.
    pub fn domain_of(&self, host: &Host<'_>) -> Option<Domain> {
        let own = || self.domain.clone().unwrap_or_else(|| Domain::new(&host.to_string()));
        (self.transport == Transport::Tls).then(own)
    }
}

/// An INVITE to be sent: [`UserAgent::invite`](crate::UserAgent::invite).
#[derive(Clone, Debug)]
pub struct Invite {
    /// Where it goes.
    pub destination: Destination,
    /// The Request-URI.
    pub request_uri: Uri<'static>,
    /// The To header; a tag in it is left out.
    pub to: NameAddr<'static>,
    /// The From header; the user agent gives it its tag.
    pub from: NameAddr<'static>,
    /// The user part of our Contact; by default the user of `from`.
    pub contact_user: Option<String>,
    /// Header fields of the application.
    pub headers: HeaderList,
    /// Identity headers, written as given: P-Asserted-Identity, Diversion and the like.
    pub identity: Vec<(HeaderName, HeaderValue)>,
    /// The offer; without one the peer offers in its 2xx, and
    /// [`acknowledge`](crate::UserAgent::acknowledge) must bring the answer.
    pub body: Option<Body>,
    /// What challenges of this session's peer are answered with.
    pub account: Option<Account>,
    /// Hops left: 70, or what was received less one (RFC 7332).
    pub max_forwards: u8,
    /// Whether a request that is too large for a datagram may go over TCP, to the same address and port.
    /// Over UDP only; off by default. Counts for the whole session.
    pub takes_tcp: bool,
    /// How long a target may stay without any response before the next one is tried; `None`:
    /// as long as timer B. The last target always has until timer B.
    pub first_response: Option<Duration>,
}

impl Invite {
    /// An INVITE without body, headers and account.
    pub fn new(
        destination: Destination,
        request_uri: Uri<'static>,
        to: NameAddr<'static>,
        from: NameAddr<'static>,
    ) -> Self {
        Self {
            destination,
            request_uri,
            to,
            from,
            contact_user: None,
            headers: HeaderList::new(),
            identity: Vec::new(),
            body: None,
            account: None,
            max_forwards: 70,
            takes_tcp: false,
            first_response: None,
        }
    }

    /// The same with this offer.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }
}

/// A response to be sent: [`UserAgent::answer`](crate::UserAgent::answer) and
/// [`UserAgent::respond`](crate::UserAgent::respond).
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase; by default the status code's.
    pub reason: Option<String>,
    /// Header fields of the application.
    pub headers: HeaderList,
    /// Fields that an application may not set in `headers` but a response may need:
    /// WWW-Authenticate, Unsupported, Warning, Retry-After, Reason, and so on.
    pub extra: Vec<(HeaderName, HeaderValue)>,
    /// The body.
    pub body: Option<Body>,
    /// The user part of our Contact; by default the user of the Request-URI.
    pub contact_user: Option<String>,
}

impl Reply {
    /// A response with nothing but its status.
    pub fn new(status: StatusCode) -> Self {
        Self {
            status,
            reason: None,
            headers: HeaderList::new(),
            extra: Vec::new(),
            body: None,
            contact_user: None,
        }
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, body: Body) -> Self {
        self.body = Some(body);
        self
    }

    /// The same with one more field of [`extra`](Self::extra).
    #[must_use]
    pub fn extra(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.extra.push((name, value));
        self
    }
}

/// A registration to be kept alive: [`UserAgent::register`](crate::UserAgent::register).
#[derive(Clone, Debug)]
pub struct Registration {
    /// Where REGISTER goes.
    pub destination: Destination,
    /// The Request-URI: the registrar's domain, without a user (RFC 3261 section 10.2).
    pub registrar: Uri<'static>,
    /// The address of record, for To and From.
    pub aor: NameAddr<'static>,
    /// The user part of the Contact; by default the user of `aor`.
    pub contact_user: Option<String>,
    /// What the registrar's challenges are answered with.
    pub account: Option<Account>,
    /// How long a registration is asked for. The registrar may grant less, and may ask for more
    /// (423).
    pub expires: Duration,
}

//! Where a request goes: targets in order, dead ones skipped, the next one after a failure (RFC
//! 3263 4.3), and the address of a URI.

use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use siptrunk_message::{HostPort, Transport, Uri};
use siptrunk_transaction::{
    Domain, FlowId, IncomingResponse, KeyedHash, PeerIdentity, QuestionId, Seed, Target, To,
};

use crate::{Answer, Destination, Lookup, context::Context, owner::Owner};

/// The search for the targets of one request outside a dialog.
#[derive(Debug)]
pub(crate) enum Search {
    /// The world has been asked.
    Asking { question: QuestionId, deadline: Instant },
    /// What is left to try.
    Found(Candidates),
}

impl Search {
    /// Begins it; a lookup is asked of the world.
    pub(crate) fn begin(
        now: Instant,
        cx: &mut Context,
        owner: Owner,
        destination: Destination,
    ) -> Self {
        match destination {
            Destination::Flow(flow) => Self::Found(Candidates::of(VecDeque::from([flow.into()]))),
            Destination::FlowFirst { flow, targets } => {
                let mut chosen = Candidates::choose(now, cx, targets);
                chosen.put_first(flow.into());
                Self::Found(chosen)
            }
            Destination::Targets(targets) => Self::Found(Candidates::choose(now, cx, targets)),
            Destination::Lookup(lookup) => {
                let question = cx.ask(owner, lookup);
                Self::Asking { question, deadline: now + cx.config.resolve_timeout }
            }
        }
    }

    /// Takes the answer; `true` if it was waited for.
    pub(crate) fn answered(
        &mut self,
        now: Instant,
        cx: &Context,
        id: QuestionId,
        answer: Answer,
    ) -> bool {
        match self {
            Self::Asking { question, .. } if *question == id => {
                let targets = match answer {
                    Answer::Targets(targets) => targets,
                    Answer::Unresolved => Vec::new(),
                };
                *self = Self::Found(Candidates::choose(now, cx, targets));
                true
            }
            _ => false,
        }
    }

    /// When the world has taken too long.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self {
            Self::Asking { deadline, .. } => Some(*deadline),
            Self::Found(_) => None,
        }
    }

    /// The next target, once they are known.
    pub(crate) fn next(&mut self) -> Option<To> {
        match self {
            Self::Asking { .. } => None,
            Self::Found(candidates) => candidates.left.pop_front(),
        }
    }

    /// Whether another target is left to try.
    pub(crate) fn has_next(&self) -> bool {
        matches!(self, Self::Found(candidates) if !candidates.left.is_empty())
    }

    /// Whom the targets have to prove to be.
    pub(crate) fn domains(&self) -> Domains {
        match self {
            Self::Asking { .. } => Domains::default(),
            Self::Found(candidates) => candidates.domains.clone(),
        }
    }

    /// Who may challenge us in this matter: every target there was (T10).
    pub(crate) fn peers(&self) -> Peers {
        match self {
            Self::Asking { .. } => Peers::default(),
            Self::Found(candidates) => candidates.peers.clone(),
        }
    }
}

/// Targets still to be tried.
#[derive(Debug)]
pub(crate) struct Candidates {
    left: VecDeque<To>,
    peers: Peers,
    domains: Domains,
}

impl Candidates {
    fn of(left: VecDeque<To>) -> Self {
        let mut peers = Peers::default();
        let mut domains = Domains::default();
        for to in &left {
            peers.add(to);
            domains.add(to);
        }
        Self { left, peers, domains }
    }

    /// Tries this one before the others.
    fn put_first(&mut self, to: To) {
        self.peers.add(&to);
        self.left.push_front(to);
    }

    /// The targets in order, without the dead ones unless all are dead.
    fn choose(now: Instant, cx: &Context, mut targets: Vec<Target>) -> Self {
        targets.truncate(cx.config.limits.max_targets);
        let mut chosen = Self::of(targets.iter().cloned().map(To::Target).collect());
        if targets.iter().any(|target| !cx.dead.contains(now, target)) {
            chosen.left.retain(|to| match to {
                To::Target(target) => !cx.dead.contains(now, target),
                To::Flow(_) => true,
            });
        }
        chosen
    }
}

/// Whom the peers of one matter have to prove to be, by their addresses (RFC 5922): what their
/// targets said, or what they proved before. A Contact that is nothing but an address cannot say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Domains(Vec<(IpAddr, Domain)>);

impl Domains {
    fn add(&mut self, to: &To) {
        if let To::Target(Target { address, domain: Some(domain), .. }) = to {
            self.0.push((address.ip(), domain.clone()));
        }
    }

    /// Takes what a peer proved, where no target had said what it had to. Any one of its names will
    /// do: the certificate that has them all is its own.
    #[must_use]
    pub(crate) fn or_proven(mut self, at: SocketAddr, identity: Option<&PeerIdentity>) -> Self {
        let names = identity.into_iter().flat_map(PeerIdentity::names);
        if self.of(at.ip()).is_none()
            && let Some(name) = names.into_iter().find(|name| !name.starts_with("*."))
        {
            self.0.push((at.ip(), Domain::new(name)));
        }
        self
    }

    /// Whom the peer at this address has to prove to be, if that is known.
    pub(crate) fn of(&self, address: IpAddr) -> Option<&Domain> {
        self.0.iter().find_map(|(at, domain)| (*at == address).then_some(domain))
    }
}

/// The addresses and flows that credentials may be shown to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Peers {
    addresses: Vec<IpAddr>,
    flows: Vec<FlowId>,
}

impl Peers {
    /// The peer behind one flow.
    pub(crate) fn behind(flow: FlowId, remote: SocketAddr) -> Self {
        Self { addresses: vec![remote.ip()], flows: vec![flow] }
    }

    fn add(&mut self, to: &To) {
        match to {
            To::Target(target) => self.addresses.push(target.address.ip()),
            To::Flow(flow) => match flow.peer() {
                Some(peer) => self.addresses.push(peer.ip()),
                None => self.flows.push(*flow),
            },
        }
    }

    /// Whether this response comes from one of them.
    pub(crate) fn sent(&self, response: &IncomingResponse) -> bool {
        self.addresses.contains(&response.remote().ip()) || self.flows.contains(&response.flow())
    }
}

/// Targets that failed a short while ago, for all requests together.
#[derive(Debug)]
pub(crate) struct DeadTargets {
    until: HashMap<(Transport, SocketAddr), Instant, KeyedHash>,
    limit: usize,
}

impl DeadTargets {
    pub(crate) fn new(seed: &Seed, limit: usize) -> Self {
        Self { until: HashMap::with_hasher(seed.hasher()), limit }
    }

    /// Remembers that nothing came from here.
    pub(crate) fn mark(&mut self, now: Instant, to: &To, period: Duration) {
        let To::Target(target) = to else { return };
        let key = (target.transport, target.address);
        if self.until.len() >= self.limit {
            self.until.retain(|_, until| *until > now);
        }
        if self.until.len() < self.limit || self.until.contains_key(&key) {
            self.until.insert(key, now + period);
        }
    }

    /// Forgets it: something came.
    pub(crate) fn revive(&mut self, to: &To) {
        if let To::Target(target) = to {
            self.until.remove(&(target.transport, target.address));
        }
    }

    pub(crate) fn contains(&self, now: Instant, target: &Target) -> bool {
        self.until.get(&(target.transport, target.address)).is_some_and(|until| *until > now)
    }
}

/// What a URI says about the next hop (RFC 3263 section 4).
#[derive(Debug, PartialEq)]
pub(crate) enum Located {
    /// An address: nothing to ask.
    Target(Target),
    /// A name.
    Name(Lookup),
    /// Not a SIP URI, or a transport that does not exist here.
    Nowhere,
}

/// Finds the next hop of a URI.
pub(crate) fn locate(uri: &Uri<'_>) -> Located {
    let Some(sip) = uri.as_sip() else { return Located::Nowhere };
    let default = if sip.is_secure() { Transport::Tls } else { Transport::Udp };
    let transport = match sip.param("transport").flatten().map(Transport::from_token) {
        // SIPS is never less than TLS, whatever its parameter says (RFC 3261 26.2.2).
        _ if sip.is_secure() => Transport::Tls,
        None => default,
        Some(Some(transport)) => transport,
        Some(None) => return Located::Nowhere,
    };
    let host = sip.host().into_owned();
    match host.ip() {
        Some(ip) => {
            let port = sip.port().unwrap_or_else(|| transport.default_port());
            let domain = (transport == Transport::Tls).then(|| Domain::new(&host.to_string()));
            Located::Target(Target { transport, address: SocketAddr::new(ip, port), domain })
        }
        None => Located::Name(Lookup::new(vec![HostPort { host, port: sip.port() }], transport)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Located {
        locate(&text.parse::<Uri<'static>>().unwrap())
    }

    fn target(transport: Transport, address: &str, domain: Option<&str>) -> Located {
        let address = address.parse().unwrap();
        Located::Target(Target { transport, address, domain: domain.map(Domain::new) })
    }

    // RFC 3263 4.1 and 4.2.
    #[test]
    fn addresses_need_no_question() {
        use Transport::{Tcp, Tls, Udp};
        assert_eq!(at("sip:a@192.0.2.1"), target(Udp, "192.0.2.1:5060", None));
        assert_eq!(at("sip:a@192.0.2.1:7000"), target(Udp, "192.0.2.1:7000", None));
        assert_eq!(at("sip:a@192.0.2.1;transport=TCP"), target(Tcp, "192.0.2.1:5060", None));
        let tls = target(Tls, "192.0.2.1:5061", Some("192.0.2.1"));
        assert_eq!(at("sip:a@192.0.2.1;transport=tls"), tls);
        assert_eq!(at("sips:a@192.0.2.1"), tls);
        assert_eq!(at("sips:a@192.0.2.1;transport=udp"), tls);
        assert_eq!(at("sip:[2001:db8::1]"), target(Udp, "[2001:db8::1]:5060", None));
    }

    #[test]
    fn names_are_asked_for_with_their_port_and_transport() {
        let Located::Name(lookup) = at("sip:a@pbx.example:5070;transport=tcp") else { panic!() };
        assert_eq!(lookup.transport, Transport::Tcp);
        assert_eq!(lookup.hosts, ["pbx.example:5070".parse().unwrap()]);
    }

    #[test]
    fn what_is_no_place_is_nowhere() {
        assert_eq!(at("tel:+12065550100"), Located::Nowhere);
        assert_eq!(at("mailto:a@b.example"), Located::Nowhere);
        assert_eq!(at("sip:a@192.0.2.1;transport=sctp"), Located::Nowhere);
    }

    #[test]
    fn dead_targets_have_a_limit_and_come_back() {
        let now = Instant::now();
        let mut dead = DeadTargets::new(&Seed([0; 32]), 2);
        let target = |port| Target::udp(SocketAddr::from(([192, 0, 2, 1], port)));
        for port in 1..=3 {
            dead.mark(now, &To::Target(target(port)), Duration::from_secs(30));
        }
        assert!(dead.contains(now, &target(1)) && dead.contains(now, &target(2)));
        assert!(!dead.contains(now, &target(3)), "no room");
        let soon = now + Duration::from_secs(20);
        dead.mark(soon, &To::Target(target(1)), Duration::from_secs(30));
        let later = now + Duration::from_secs(30);
        assert!(dead.contains(later, &target(1)), "one that is known needs no room");
        let later = later + Duration::from_secs(20);
        assert!(!dead.contains(later, &target(1)));
        dead.mark(later, &To::Target(target(3)), Duration::from_secs(30));
        assert!(dead.contains(later, &target(3)), "what recovered makes room");
        dead.revive(&To::Target(target(3)));
        assert!(!dead.contains(later, &target(3)));
    }
}

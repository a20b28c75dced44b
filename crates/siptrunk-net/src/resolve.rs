//! Names to addresses, by the system's resolver: for now; SRV and NAPTR (RFC 3263) come with DNS.

use std::{
    collections::VecDeque,
    net::SocketAddr,
    task::{Context, Poll},
    time::Duration,
};

use siptrunk_message::{HostPort, Transport};
use siptrunk_transaction::{Domain, Target};
use siptrunk_ua::Lookup;
use tokio::{net::lookup_host, task::JoinSet, time::Instant};

use crate::escape::Escaped;

/// How long one lookup may take, all its hosts together.
const DEADLINE: Duration = Duration::from_secs(3);

/// How many lookups may be under way; a peer that makes us look up names cannot make more.
const LOOKUPS: usize = 256;

/// How many addresses one lookup gives at most.
const ADDRESSES: usize = 32;

/// Which address families our sockets can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Families {
    pub(crate) v4: bool,
    pub(crate) v6: bool,
}

impl Families {
    pub(crate) fn of(addresses: &[SocketAddr]) -> Self {
        Self {
            v4: addresses.iter().any(SocketAddr::is_ipv4),
            v6: addresses.iter().any(SocketAddr::is_ipv6),
        }
    }

    fn reach(self, address: SocketAddr) -> bool {
        if address.is_ipv4() { self.v4 } else { self.v6 }
    }
}

/// Looks up what it is asked, each lookup on a task of its own, and gives back `K` with the result.
#[derive(Debug)]
pub(crate) struct Resolver<K> {
    families: Families,
    deadline: Duration,
    ready: VecDeque<(K, Vec<Target>)>,
    under_way: JoinSet<(K, Vec<Target>)>,
}

impl<K: Send + 'static> Resolver<K> {
    pub(crate) fn new(families: Families) -> Self {
        let (ready, under_way) = (VecDeque::new(), JoinSet::new());
        Self { families, deadline: DEADLINE, ready, under_way }
    }

    /// Begins a lookup. Addresses need no lookup and are ready at once.
    pub(crate) fn resolve(&mut self, key: K, lookup: &Lookup) {
        let transport = lookup.transport;
        let places: Vec<Place> =
            lookup.hosts.iter().map(|host| Place::new(host, transport)).collect();
        let families = self.families;
        if places.iter().all(|place| matches!(place, Place::Address(_))) {
            let found = places.into_iter().map(|place| match place {
                Place::Address(address) => vec![address],
                Place::Name(..) => Vec::new(),
            });
            self.ready.push_back((key, targets(found.enumerate(), &[], transport, families)));
        } else if self.under_way.len() >= LOOKUPS {
            tracing::warn!(limit = LOOKUPS, "too many lookups under way: one is given up");
            self.ready.push_back((key, Vec::new()));
        } else {
            let until = Instant::now() + self.deadline;
            self.under_way.spawn(async move {
                let names: Vec<_> = places.iter().map(Place::domain).collect();
                let found = look_up_all(places, until).await;
                (key, targets(found.into_iter().enumerate(), &names, transport, families))
            });
        }
    }

    /// The next result; empty when nothing was found. Pending also while nothing is under way.
    pub(crate) fn poll_resolved(&mut self, context: &mut Context<'_>) -> Poll<(K, Vec<Target>)> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(ready);
        }
        loop {
            match self.under_way.poll_join_next(context) {
                Poll::Ready(Some(Ok(resolved))) => return Poll::Ready(resolved),
                // A lookup that panicked leaves its question unanswered: its asker has a deadline.
                Poll::Ready(Some(Err(error))) => tracing::error!(%error, "a lookup failed"),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Where one host of a lookup is to be found.
#[derive(Clone, Debug)]
enum Place {
    Address(SocketAddr),
    Name(String, u16),
}

impl Place {
    fn new(at: &HostPort, transport: Transport) -> Self {
        let port = at.port.unwrap_or_else(|| transport.default_port());
        match at.host.ip() {
            Some(ip) => Self::Address(SocketAddr::new(ip, port)),
            None => Self::Name(at.host.to_string(), port),
        }
    }

    fn domain(&self) -> Option<Domain> {
        match self {
            Self::Address(_) => None,
            Self::Name(name, _) => Some(Domain::new(name)),
        }
    }
}

/// Looks all places up at the same time; what is not there by the deadline is left out.
async fn look_up_all(places: Vec<Place>, until: Instant) -> Vec<Vec<SocketAddr>> {
    let mut found = vec![Vec::new(); places.len()];
    let mut lookups = JoinSet::new();
    for (at, place) in places.into_iter().enumerate() {
        match place {
            Place::Address(address) => found[at].push(address),
            Place::Name(name, port) => {
                lookups.spawn(async move { (at, look_up(name, port).await) });
            }
        }
    }
    while let Ok(Some(answer)) = tokio::time::timeout_at(until, lookups.join_next()).await {
        if let Ok((at, addresses)) = answer {
            found[at] = addresses;
        }
    }
    if !lookups.is_empty() {
        tracing::warn!(unanswered = lookups.len(), "names were not resolved in time");
    }
    found
}

async fn look_up(name: String, port: u16) -> Vec<SocketAddr> {
    match lookup_host((name.as_str(), port)).await {
        Ok(addresses) => addresses.take(ADDRESSES).collect(),
        Err(error) => {
            tracing::warn!(name = %Escaped(name.as_bytes()), %error, "a name does not resolve");
            Vec::new()
        }
    }
}

/// Targets in the order of the hosts, each address once, without those that no socket reaches.
fn targets(
    found: impl Iterator<Item = (usize, Vec<SocketAddr>)>,
    names: &[Option<Domain>],
    transport: Transport,
    families: Families,
) -> Vec<Target> {
    let mut targets: Vec<Target> = Vec::new();
    for (at, addresses) in found {
        let name = names.get(at).and_then(Option::as_ref);
        for address in addresses.into_iter().filter(|address| families.reach(*address)) {
            if targets.len() < ADDRESSES && targets.iter().all(|one| one.address != address) {
                let domain = name.filter(|_| transport == Transport::Tls).cloned();
                targets.push(Target { transport, address, domain });
            }
        }
    }
    targets
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const BOTH: Families = Families { v4: true, v6: true };

    fn lookup(hosts: &[&str]) -> Lookup {
        let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        Lookup { hosts, transport: Transport::Udp }
    }

    fn addresses(targets: &[Target]) -> Vec<String> {
        targets.iter().map(|target| target.address.to_string()).collect()
    }

    #[tokio::test]
    async fn addresses_are_answered_at_once_in_order_with_default_ports() {
        let mut resolver = Resolver::new(BOTH);
        resolver
            .resolve(7, &lookup(&["192.0.2.2:5080", "[2001:db8::1]", "192.0.2.1", "192.0.2.1"]));
        assert!(resolver.under_way.is_empty());
        let (key, targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(key, 7);
        assert_eq!(addresses(&targets), ["192.0.2.2:5080", "[2001:db8::1]:5060", "192.0.2.1:5060"]);
        assert!(targets.iter().all(|one| one.domain.is_none() && one.transport == Transport::Udp));
    }

    #[tokio::test]
    async fn families_without_a_socket_are_left_out() {
        let mut resolver = Resolver::new(Families { v4: true, v6: false });
        resolver.resolve((), &lookup(&["[2001:db8::1]", "192.0.2.1"]));
        let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(addresses(&targets), ["192.0.2.1:5060"]);
    }

    #[tokio::test]
    async fn names_go_through_the_system_s_resolver_and_keep_their_place() {
        let mut resolver = Resolver::new(Families { v4: true, v6: false });
        resolver.resolve((), &lookup(&["192.0.2.1:1", "localhost:2", "192.0.2.2:3"]));
        let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(addresses(&targets), ["192.0.2.1:1", "127.0.0.1:2", "192.0.2.2:3"]);
    }

    #[tokio::test]
    async fn a_name_that_is_not_there_by_the_deadline_costs_only_itself() {
        let mut resolver = Resolver::new(BOTH);
        resolver.deadline = Duration::ZERO;
        resolver.resolve((), &lookup(&["does-not-matter.invalid", "192.0.2.9:9"]));
        let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(addresses(&targets), ["192.0.2.9:9"]);
    }

    #[tokio::test]
    async fn too_many_lookups_at_once_are_given_up() {
        let mut resolver = Resolver::new(BOTH);
        resolver.deadline = Duration::ZERO;
        for key in 0..=LOOKUPS {
            resolver.resolve(key, &lookup(&["does-not-matter.invalid"]));
        }
        assert_eq!(resolver.under_way.len(), LOOKUPS);
        let (key, targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!((key, targets), (LOOKUPS, Vec::new()));
    }

    #[test]
    fn only_secured_targets_carry_the_name() {
        let names = [Some(Domain::new("gw.example.com"))];
        let found = || [(0, vec!["192.0.2.1:5061".parse().unwrap()])].into_iter();
        let tls = targets(found(), &names, Transport::Tls, BOTH);
        assert_eq!(tls[0].domain, names[0]);
        assert_eq!(targets(found(), &names, Transport::Udp, BOTH)[0].domain, None);
    }
}

//! Names to addresses, by the system's resolver: for now; SRV and NAPTR (RFC 3263) come with DNS.

use std::{
    collections::{HashMap, VecDeque},
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

/// How many names are remembered.
const REMEMBERED: usize = 1024;

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
///
/// A name that resolved once is remembered: while the resolver fails, calls go on as before.
#[derive(Debug)]
pub(crate) struct Resolver<K> {
    families: Families,
    deadline: Duration,
    ready: VecDeque<(K, Vec<Target>)>,
    under_way: JoinSet<Found<K>>,
    /// The last good answers. Bounded: configured trunks are looked up first and stay; names that
    /// peers bring in later are not remembered once it is full.
    last_good: HashMap<(String, u16), Vec<SocketAddr>>,
}

/// What a lookup found, place by place; nothing for what failed.
#[derive(Debug)]
struct Found<K> {
    key: K,
    transport: Transport,
    places: Vec<(Place, Vec<SocketAddr>)>,
}

impl<K: Send + 'static> Resolver<K> {
    pub(crate) fn new(families: Families) -> Self {
        Self {
            families,
            deadline: DEADLINE,
            ready: VecDeque::new(),
            under_way: JoinSet::new(),
            last_good: HashMap::new(),
        }
    }

    /// Begins a lookup. Addresses need no lookup and are ready at once.
    pub(crate) fn resolve(&mut self, key: K, lookup: &Lookup) {
        let transport = lookup.transport;
        let places: Vec<Place> = lookup.hosts.iter().map(|host| Place::new(host, lookup)).collect();
        let names = places.iter().any(|place| matches!(place.at, At::Name(..)));
        if names && self.under_way.len() < LOOKUPS {
            let until = Instant::now() + self.deadline;
            self.under_way.spawn(async move {
                Found { key, transport, places: look_up_all(places, until).await }
            });
            return;
        }
        if names {
            tracing::warn!(limit = LOOKUPS, "too many lookups under way: one is given up");
        }
        let places = places.into_iter().map(|place| (place, Vec::new())).collect();
        let targets = self.targets(transport, places);
        self.ready.push_back((key, targets));
    }

    /// The next result; empty when nothing was found. Pending also while nothing is under way.
    pub(crate) fn poll_resolved(&mut self, context: &mut Context<'_>) -> Poll<(K, Vec<Target>)> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(ready);
        }
        loop {
            match self.under_way.poll_join_next(context) {
                Poll::Ready(Some(Ok(found))) => {
                    return Poll::Ready((found.key, self.targets(found.transport, found.places)));
                }
                // A lookup that panicked leaves its question unanswered: its asker has a deadline.
                Poll::Ready(Some(Err(error))) => tracing::error!(%error, "a lookup failed"),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Targets in the order of the places, each address once, without those that no socket reaches.
    fn targets(
        &mut self,
        transport: Transport,
        places: Vec<(Place, Vec<SocketAddr>)>,
    ) -> Vec<Target> {
        let mut targets: Vec<Target> = Vec::new();
        for (place, found) in places {
            let addresses = match place.at {
                At::Address(address) => vec![address],
                At::Name(name, port) => self.remember(name, port, found),
            };
            for address in addresses.into_iter().filter(|address| self.families.reach(*address)) {
                if targets.len() < ADDRESSES && targets.iter().all(|one| one.address != address) {
                    targets.push(Target { transport, address, domain: place.domain.clone() });
                }
            }
        }
        targets
    }

    /// Keeps what was found for a name; if that is nothing, gives what was found before.
    fn remember(&mut self, name: String, port: u16, found: Vec<SocketAddr>) -> Vec<SocketAddr> {
        let key = (name, port);
        if found.is_empty() {
            return self.last_good.get(&key).cloned().unwrap_or_default();
        }
        if self.last_good.len() < REMEMBERED || self.last_good.contains_key(&key) {
            self.last_good.insert(key, found.clone());
        }
        found
    }
}

/// One host of a lookup: where it is to be found, and what it must prove.
#[derive(Clone, Debug)]
struct Place {
    at: At,
    domain: Option<Domain>,
}

#[derive(Clone, Debug)]
enum At {
    Address(SocketAddr),
    Name(String, u16),
}

impl Place {
    fn new(host: &HostPort, lookup: &Lookup) -> Self {
        let port = host.port.unwrap_or_else(|| lookup.transport.default_port());
        let at = match host.host.ip() {
            Some(ip) => At::Address(SocketAddr::new(ip, port)),
            None => At::Name(host.host.to_string(), port),
        };
        Self { at, domain: lookup.domain_of(&host.host) }
    }
}

/// Looks all names up at the same time; what is not there by the deadline stays empty.
async fn look_up_all(places: Vec<Place>, until: Instant) -> Vec<(Place, Vec<SocketAddr>)> {
    let mut lookups = JoinSet::new();
    for (at, place) in places.iter().enumerate() {
        if let At::Name(name, port) = place.at.clone() {
            lookups.spawn(async move { (at, look_up(name, port).await) });
        }
    }
    let mut places: Vec<_> = places.into_iter().map(|place| (place, Vec::new())).collect();
    while let Ok(Some(answer)) = tokio::time::timeout_at(until, lookups.join_next()).await {
        if let Ok((at, addresses)) = answer {
            places[at].1 = addresses;
        }
    }
    if !lookups.is_empty() {
        tracing::warn!(unanswered = lookups.len(), "names were not resolved in time");
    }
    places
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

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const BOTH: Families = Families { v4: true, v6: true };

    fn lookup(hosts: &[&str]) -> Lookup {
        let hosts = hosts.iter().map(|host| host.parse().unwrap()).collect();
        Lookup::new(hosts, Transport::Udp)
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

    #[tokio::test]
    async fn only_secured_targets_carry_the_name() {
        for transport in [Transport::Udp, Transport::Tls] {
            let mut resolver = Resolver::new(Families { v4: true, v6: false });
            resolver.resolve((), &Lookup { transport, ..lookup(&["localhost", "192.0.2.1"]) });
            let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
            let domains: Vec<_> = targets.into_iter().map(|target| target.domain).collect();
            let named = |name| (transport == Transport::Tls).then(|| Domain::new(name));
            assert_eq!(domains, [named("localhost"), named("192.0.2.1")]);
        }
    }

    #[tokio::test]
    async fn while_the_resolver_fails_the_last_answer_stands() {
        let mut resolver = Resolver::new(BOTH);
        let known: SocketAddr = "192.0.2.7:5060".parse().unwrap();
        resolver.remember("known.invalid".to_owned(), 5060, vec![known]);
        resolver.deadline = Duration::ZERO;
        resolver.resolve((), &lookup(&["known.invalid", "known.invalid:5080"]));
        let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(addresses(&targets), ["192.0.2.7:5060"]);
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_first_names_stay() {
        let mut resolver = Resolver::<()>::new(BOTH);
        let address = |host: u8| SocketAddr::from(([192, 0, 2, host], 5060));
        for number in 0..=REMEMBERED {
            resolver.remember(format!("n{number}"), 5060, vec![address(1)]);
        }
        assert_eq!(resolver.last_good.len(), REMEMBERED);
        resolver.remember("n0".to_owned(), 5060, vec![address(2)]);
        assert_eq!(resolver.remember("n0".to_owned(), 5060, Vec::new()), [address(2)]);
    }
}

//! Resolves what a core asks, each question on a task of its own, within bounds.

use std::{
    collections::VecDeque,
    fmt,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll},
};

use siptrunk_message::HostPort;
use siptrunk_transaction::{Domain, Target};
use siptrunk_ua::Lookup;
use tokio::{task::JoinSet, time::Instant};

use super::{
    Dns, DnsError, NamesOptions,
    cache::Cache,
    locate::{Host, Whereabouts, locate},
};
use crate::escape::Escaped;

/// Which address families our sockets can reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families {
    /// IPv4.
    pub v4: bool,
    /// IPv6.
    pub v6: bool,
}

impl Families {
    /// Those of these sockets.
    pub fn of(addresses: &[SocketAddr]) -> Self {
        Self {
            v4: addresses.iter().any(SocketAddr::is_ipv4),
            v6: addresses.iter().any(SocketAddr::is_ipv6),
        }
    }

    pub(super) fn reach(self, address: SocketAddr) -> bool {
        if address.is_ipv4() { self.v4 } else { self.v6 }
    }
}

/// Answers a core's look-ups (RFC 3263), for a [`World`](crate::World) of one's own: gives back `K`
/// with the targets in the order of the hosts. A [`Gateway`](crate::Gateway) has one.
///
/// A name that resolved once is remembered: while the resolver fails, calls go on as before.
pub struct Resolver<K> {
    dns: Arc<dyn Dns>,
    options: NamesOptions,
    families: Families,
    cache: Cache,
    ready: VecDeque<(K, Vec<Target>)>,
    under_way: JoinSet<Looked<K>>,
}

/// What a resolution brought, host by host.
struct Looked<K> {
    key: K,
    places: Vec<Place>,
    found: Vec<(Host, Result<Whereabouts, DnsError>)>,
    lookup: Lookup,
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
    Name(Host),
}

impl Place {
    fn new(host: &HostPort, lookup: &Lookup) -> Self {
        let transport = lookup.transport;
        let at = match host.host.ip() {
            Some(ip) => {
                let port = host.port.unwrap_or_else(|| transport.default_port());
                At::Address(SocketAddr::new(ip, port))
            }
            None => At::Name(Host {
                name: host.host.to_string().to_ascii_lowercase(),
                port: host.port,
                transport,
            }),
        };
        Self { at, domain: lookup.domain_of(&host.host) }
    }
}

impl<K> fmt::Debug for Resolver<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resolver").field("under_way", &self.under_way.len()).finish_non_exhaustive()
    }
}

impl<K: Send + 'static> Resolver<K> {
    /// One that asks `dns` within these bounds, for targets of these families.
    pub fn new(dns: Arc<dyn Dns>, options: NamesOptions, families: Families) -> Self {
        Self {
            dns,
            options,
            families,
            cache: Cache::default(),
            ready: VecDeque::new(),
            under_way: JoinSet::new(),
        }
    }

    /// Begins a resolution. What needs no asking is ready at once: addresses, and what is remembered.
    /// Needs a tokio runtime.
    pub fn resolve(&mut self, key: K, lookup: &Lookup) {
        let places: Vec<Place> = lookup.hosts.iter().map(|host| Place::new(host, lookup)).collect();
        let now = Instant::now();
        let missing: Vec<Host> = places
            .iter()
            .filter_map(|place| match &place.at {
                At::Name(host) if self.cache.fresh(host, now).is_none() => Some(host.clone()),
                _ => None,
            })
            .collect();
        if missing.is_empty() {
            let targets = self.targets(&places, lookup, &[]);
            self.ready.push_back((key, targets));
        } else if self.under_way.len() >= self.options.lookups {
            tracing::warn!(limit = self.options.lookups, "too many lookups under way");
            let targets = self.targets(&places, lookup, &[]);
            self.ready.push_back((key, targets));
        } else {
            let asked = self.ask(missing);
            let lookup = lookup.clone();
            self.under_way.spawn(async move { Looked { key, places, found: asked.await, lookup } });
        }
    }

    /// Asks for all hosts at the same time; what has no answer by the deadline is an error.
    fn ask(
        &self,
        hosts: Vec<Host>,
    ) -> impl Future<Output = Vec<(Host, Result<Whereabouts, DnsError>)>> + use<K> {
        let (dns, families) = (Arc::clone(&self.dns), self.families);
        let options = self.options.clone();
        async move {
            let until = Instant::now() + options.deadline;
            let mut lookups = JoinSet::new();
            for (at, host) in hosts.iter().cloned().enumerate() {
                let located = locate(Arc::clone(&dns), host, families, options.clone());
                lookups.spawn(async move { (at, located.await) });
            }
            let late = || Err(DnsError { reason: "no answer in time".to_owned() });
            let mut found: Vec<_> = hosts.into_iter().map(|host| (host, late())).collect();
            while let Ok(Some(done)) = tokio::time::timeout_at(until, lookups.join_next()).await {
                if let Ok((at, located)) = done {
                    found[at].1 = located;
                }
            }
            found
        }
    }

    /// The next result; empty when nothing was found. Pending also while nothing is under way.
    pub fn poll_resolved(&mut self, context: &mut Context<'_>) -> Poll<(K, Vec<Target>)> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(ready);
        }
        loop {
            match self.under_way.poll_join_next(context) {
                Poll::Ready(Some(Ok(looked))) => {
                    let found = self.remember(looked.found);
                    let targets = self.targets(&looked.places, &looked.lookup, &found);
                    return Poll::Ready((looked.key, targets));
                }
                // A lookup that panicked leaves its question unanswered: its asker has a deadline.
                Poll::Ready(Some(Err(error))) => tracing::error!(%error, "a lookup failed"),
                Poll::Ready(None) | Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Keeps what was found, and gives it back.
    fn remember(
        &mut self,
        found: Vec<(Host, Result<Whereabouts, DnsError>)>,
    ) -> Vec<(Host, Whereabouts)> {
        let now = Instant::now();
        let mut fresh = Vec::new();
        for (host, answer) in found {
            let name = Escaped(host.name.as_bytes()).to_string();
            match answer {
                Ok(whereabouts) if !whereabouts.groups.is_empty() => {
                    self.cache.keep(host.clone(), whereabouts.clone(), now, &self.options);
                    fresh.push((host, whereabouts));
                    continue;
                }
                // A zone that loses a trunk's name for a moment is as bad as one that is silent.
                Ok(_) => tracing::warn!(name, "a name has no addresses"),
                Err(error) => tracing::warn!(name, %error, "a name does not resolve"),
            }
            self.cache.hold_on(&host, now, self.options.min_ttl);
        }
        fresh
    }

    /// Targets in the order of the places, each address once, without those that no socket reaches.
    /// What was found just now goes before what is remembered.
    fn targets(
        &self,
        places: &[Place],
        lookup: &Lookup,
        found: &[(Host, Whereabouts)],
    ) -> Vec<Target> {
        let transport = lookup.transport;
        let mut targets: Vec<Target> = Vec::new();
        for place in places {
            let addresses = match &place.at {
                At::Address(address) => vec![*address],
                At::Name(host) => found
                    .iter()
                    .find_map(|(of, whereabouts)| (of == host).then_some(whereabouts))
                    .or_else(|| self.cache.last_good(host))
                    .map(|found| found.in_order(|sum| rand::random_range(0..=sum)))
                    .unwrap_or_default(),
            };
            for address in addresses.into_iter().filter(|address| self.families.reach(*address)) {
                let known = targets.iter().any(|one| one.address == address);
                if targets.len() < self.options.addresses && !known {
                    targets.push(Target { transport, address, domain: place.domain.clone() });
                }
            }
        }
        targets
    }
}

#[cfg(test)]
mod tests;

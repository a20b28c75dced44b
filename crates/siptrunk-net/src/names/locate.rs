//! One host by RFC 3263 section 4.2: what the DNS is asked, and how much of its answer is taken.

use std::{
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use siptrunk_message::Transport;
use tokio::task::JoinSet;

use super::{Dns, DnsError, NamesOptions, Service, order, resolver::Families};

/// A host to be found.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Host {
    pub(super) name: String,
    /// Without one, SRV records say it.
    pub(super) port: Option<u16>,
    pub(super) transport: Transport,
}

/// Where it is: the groups are SRV records, to be ordered anew for each use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Whereabouts {
    pub(super) groups: Vec<Group>,
    pub(super) ttl: Duration,
}

/// The addresses of one SRV record; of the host itself if it has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) priority: u16,
    pub(super) weight: u16,
    pub(super) addresses: Vec<SocketAddr>,
}

impl Whereabouts {
    /// All addresses, in the order in which they are to be tried this time.
    pub(super) fn in_order(&self, dice: impl FnMut(u64) -> u64) -> Vec<SocketAddr> {
        let mut groups: Vec<&Group> = self.groups.iter().collect();
        order::by_priority_and_weight(&mut groups, |group| (group.priority, group.weight), dice);
        groups.into_iter().flat_map(|group| group.addresses.iter().copied()).collect()
    }
}

/// Asks the DNS for a host. An empty answer is one; an error means that nobody knows.
pub(super) async fn locate(
    dns: Arc<dyn Dns>,
    host: Host,
    families: Families,
    options: NamesOptions,
) -> Result<Whereabouts, DnsError> {
    let per_name = usize::from(families.v4) + usize::from(families.v6);
    let mut queries = options.queries;
    let mut ttl = options.max_ttl;
    let mut services = Vec::new();
    if host.port.is_none() && queries > 0 {
        queries -= 1;
        let found = dns.services(&service_name(&host)).await?;
        services = found.records;
        services.sort_by_key(|service| service.priority);
        services.truncate(options.services);
        if !services.is_empty() {
            ttl = ttl.min(found.ttl);
        }
    }
    let offered = services.iter().any(|service| !is_root(&service.host));
    if !services.is_empty() && !offered {
        // RFC 2782: a target of "." says that the service is decidedly not there.
        return Ok(Whereabouts { groups: Vec::new(), ttl });
    }
    if services.is_empty() {
        let port = host.port.unwrap_or_else(|| host.transport.default_port());
        services = vec![Service { priority: 0, weight: 0, port, host: host.name }];
    }
    services.retain(|service| !is_root(&service.host));
    services.truncate(queries / per_name.max(1));

    let mut lookups = JoinSet::new();
    for (at, service) in services.iter().enumerate() {
        let dns = Arc::clone(&dns);
        let name = service.host.trim_end_matches('.').to_owned();
        lookups.spawn(async move { (at, dns.addresses(&name, families.v4, families.v6).await) });
    }
    let mut groups: Vec<Group> = services
        .iter()
        .map(|service| Group {
            priority: service.priority,
            weight: service.weight,
            addresses: Vec::new(),
        })
        .collect();
    let mut error = None;
    while let Some(done) = lookups.join_next().await {
        match done {
            Ok((at, Ok(found))) => {
                if !found.records.is_empty() {
                    ttl = ttl.min(found.ttl);
                }
                let port = services[at].port;
                // Also not what nobody asked for: an answer of such alone is none, and the last good
                // one stays.
                let taken = found.records.into_iter().filter(|ip| may(*ip, &options));
                let taken = taken.map(|ip| SocketAddr::new(ip, port));
                let taken = taken.filter(|address| families.reach(*address));
                groups[at].addresses = taken.take(options.addresses).collect();
            }
            Ok((_, Err(failed))) => error = Some(failed),
            // An implementation that panicked has no answer either.
            Err(failed) => error = Some(DnsError { reason: failed.to_string() }),
        }
    }
    groups.retain(|group| !group.addresses.is_empty());
    match error {
        // Some of it is better than nothing, but must be asked again soon.
        Some(error) if groups.is_empty() => Err(error),
        Some(_) => Ok(Whereabouts { groups, ttl: Duration::ZERO }),
        None => Ok(Whereabouts { groups, ttl }),
    }
}

/// The name that SRV records stand under (RFC 3263 4.2: `_sips` wherever TLS is used).
fn service_name(host: &Host) -> String {
    let prefix = match host.transport {
        Transport::Udp => "_sip._udp",
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
    };
    format!("{prefix}.{}", host.name)
}

fn is_root(name: &str) -> bool {
    name.trim_end_matches('.').is_empty()
}

/// Whether an address that the DNS gave may be used.
fn may(ip: IpAddr, options: &NamesOptions) -> bool {
    let ip = ip.to_canonical();
    if ip.is_unspecified() || ip.is_multicast() {
        return false;
    }
    if !options.deny_private {
        return true;
    }
    match ip {
        IpAddr::V4(v4) => {
            // 100.64.0.0/10 is shared by carriers' customers (RFC 6598).
            let shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_broadcast()
                || shared)
        }
        IpAddr::V6(v6) => {
            !(v6 == Ipv6Addr::LOCALHOST || v6.is_unique_local() || v6.is_unicast_link_local())
        }
    }
}

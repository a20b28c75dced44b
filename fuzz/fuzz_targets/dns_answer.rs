//! Names under any answers of the DNS: whatever records come, late, wrong or never, the targets are those of the
//! answers, within the bounds, and what was good last is kept while nothing better comes.
#![no_main]

use std::{
    collections::BTreeSet,
    future::poll_fn,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use libfuzzer_sys::fuzz_target;
use siptrunk_message::{HostPort, Transport};
use siptrunk_net::{Dns, DnsError, Families, Found, NamesOptions, Resolver, Service};
use siptrunk_transaction::Target;
use siptrunk_ua::Lookup;

const QUERIES: usize = 8;
const ADDRESSES: usize = 6;
const SERVICES: usize = 4;
const DEADLINE: Duration = Duration::from_secs(3);

/// How long one answer may take; longer than a resolution may.
const SLOWEST: u64 = 5_000;

fuzz_target!(|input: &[u8]| {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    // A runtime of this thread alone asks the system for nothing that it may refuse.
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(resolve(input));
});

async fn resolve(input: &[u8]) {
    let Some((&[flags], rest)) = input.split_first_chunk::<1>() else { return };
    let dns = Arc::new(Answers(
        Mutex::new(State { rest: rest.to_vec(), ..State::default() }),
        AtomicUsize::new(0),
    ));
    let families = Families { v4: flags & 1 == 0, v6: flags & 2 == 0 };
    let mut options = NamesOptions::default();
    (options.queries, options.addresses, options.services) = (QUERIES, ADDRESSES, SERVICES);
    options.deadline = DEADLINE;
    options.deny_private = flags & 4 != 0;
    let mut resolver = Resolver::new(dns.clone(), options.clone(), families);
    let transport = [Transport::Udp, Transport::Tcp, Transport::Tls][usize::from(flags >> 3) % 3];
    let mut hosts = vec!["trunk.example".parse::<HostPort>().expect("a host")];
    if flags & 32 != 0 {
        hosts.push("other.example:5070".parse().expect("a host"));
    }
    if flags & 64 != 0 {
        hosts.push("192.0.2.1".parse().expect("a host"));
    }
    let lookup = Lookup::new(hosts.clone(), transport);
    let mut good: Vec<Target> = Vec::new();
    for round in 0..3_u8 {
        let (asked, began) = (dns.1.load(Ordering::Relaxed), tokio::time::Instant::now());
        resolver.resolve(round, &lookup);
        let (key, targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        assert_eq!(key, round);
        assert!(began.elapsed() <= DEADLINE + Duration::from_millis(2), "{:?}", began.elapsed());
        let queries = dns.1.load(Ordering::Relaxed) - asked;
        assert!(queries <= QUERIES * hosts.len(), "{queries} queries");
        check(&targets, &dns, &options, families, transport);
        assert!(!targets.is_empty() || good.is_empty(), "the last good answer is kept");
        good = targets;
        // Some answers hold longer than this, and some do not.
        tokio::time::advance(Duration::from_secs(u64::from(dns.octet()) * 30)).await;
    }
}

fn check(
    targets: &[Target],
    dns: &Answers,
    options: &NamesOptions,
    families: Families,
    transport: Transport,
) {
    assert!(targets.len() <= ADDRESSES);
    let seen: BTreeSet<_> = targets.iter().map(|target| target.address).collect();
    assert_eq!(seen.len(), targets.len(), "each address once");
    let given = &dns.0.lock().expect("nobody panicked").given;
    for target in targets {
        let ip = target.address.ip();
        assert_eq!(target.transport, transport);
        assert_eq!(target.domain.is_some(), transport == Transport::Tls);
        assert!(if ip.is_ipv4() { families.v4 } else { families.v6 });
        let written = ip == IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
        assert!(written || given.contains(&ip), "an address that nobody gave: {ip}");
        assert!(!ip.is_unspecified() && !ip.is_multicast());
        if options.deny_private {
            assert!(!ip.is_loopback(), "{ip}");
            assert!(!matches!(ip, IpAddr::V4(v4) if v4.is_private() || v4.is_link_local()), "{ip}");
        }
    }
}

/// Answers from octets: what is used up is zero, and means nothing found.
struct Answers(Mutex<State>, AtomicUsize);

#[derive(Default)]
struct State {
    rest: Vec<u8>,
    given: BTreeSet<IpAddr>,
}

impl Answers {
    fn octet(&self) -> u8 {
        self.0.lock().expect("nobody panicked").rest.pop().unwrap_or(0)
    }

    fn pair(&self) -> u16 {
        u16::from_be_bytes([self.octet(), self.octet()])
    }

    /// How the DNS behaves: slowly, not at all, or well; and for how long it says that it holds.
    async fn behave(&self, queries: usize) -> Result<Duration, DnsError> {
        self.1.fetch_add(queries, Ordering::Relaxed);
        let how = self.octet();
        if how & 1 != 0 {
            tokio::time::sleep(Duration::from_millis(u64::from(self.pair()) % SLOWEST)).await;
        }
        if how & 2 != 0 {
            return Err(DnsError { reason: "\r\nforged: line".to_owned() });
        }
        Ok(Duration::from_secs(u64::from(self.pair())))
    }

    fn address(&self, v4: bool) -> IpAddr {
        let ip = match (v4, self.octet() % 4) {
            (true, 0) => IpAddr::V4(Ipv4Addr::new(self.octet(), self.octet(), 0, self.octet())),
            (true, _) => IpAddr::V4(Ipv4Addr::new(198, 51, 100, self.octet())),
            (false, 0) => IpAddr::V6(Ipv6Addr::from(u128::from(self.pair()))),
            (false, 1) => IpAddr::V6(Ipv4Addr::new(127, 0, 0, self.octet()).to_ipv6_mapped()),
            (false, _) => IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, self.pair())),
        };
        self.0.lock().expect("nobody panicked").given.insert(ip);
        ip
    }
}

impl Dns for Answers {
    fn services<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        Box::pin(async move {
            assert!(name.starts_with("_sip"), "{name}");
            let ttl = self.behave(1).await?;
            let service = |_| Service {
                priority: u16::from(self.octet() % 4),
                weight: self.pair(),
                port: self.pair(),
                host: ["a.example", "b.example.", "C.example", ".", ""]
                    [usize::from(self.octet() % 5)]
                .to_owned(),
            };
            Ok(Found { records: (0..self.octet() % 32).map(service).collect(), ttl })
        })
    }

    fn addresses<'a>(
        &'a self,
        _: &'a str,
        v4: bool,
        v6: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        Box::pin(async move {
            let ttl = self.behave(usize::from(v4) + usize::from(v6)).await?;
            // A lying server gives what was not asked for, too.
            let address = |_| self.address(self.octet() & 1 == 0);
            Ok(Found { records: (0..self.octet() % 64).map(address).collect(), ttl })
        })
    }
}

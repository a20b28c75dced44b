use std::{future::poll_fn, net::IpAddr, pin::Pin, time::Duration};

use siptrunk_message::Transport;

use super::*;
use crate::{Found, Service, TableDns};

const BOTH: Families = Families { v4: true, v6: true };
const V4: Families = Families { v4: true, v6: false };
const MINUTE: Duration = Duration::from_secs(60);

fn lookup(hosts: &[&str]) -> Lookup {
    Lookup::new(hosts.iter().map(|host| host.parse().unwrap()).collect(), Transport::Udp)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn service(priority: u16, weight: u16, port: u16, host: &str) -> Service {
    Service { priority, weight, port, host: host.to_owned() }
}

struct Asker {
    dns: TableDns,
    resolver: Resolver<()>,
}

impl Asker {
    fn new(families: Families, options: NamesOptions) -> Self {
        let dns = TableDns::new();
        let resolver = Resolver::new(Arc::new(dns.clone()), options, families);
        Self { dns, resolver }
    }

    async fn targets(&mut self, lookup: &Lookup) -> Vec<Target> {
        self.resolver.resolve((), lookup);
        poll_fn(|context| self.resolver.poll_resolved(context)).await.1
    }

    async fn ask(&mut self, hosts: &[&str]) -> Vec<String> {
        let targets = self.targets(&lookup(hosts)).await;
        targets.iter().map(|target| target.address.to_string()).collect()
    }
}

fn asker(families: Families) -> Asker {
    Asker::new(families, NamesOptions::default())
}

#[tokio::test(start_paused = true)]
async fn addresses_are_not_asked_for_and_have_the_default_port() {
    let mut asker = asker(BOTH);
    let found =
        asker.ask(&["192.0.2.1", "192.0.2.2:5080", "[2001:db8::1]", "192.0.2.1:5060"]).await;
    assert_eq!(found, ["192.0.2.1:5060", "192.0.2.2:5080", "[2001:db8::1]:5060"]);
    assert_eq!(asker.dns.queries(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_no_socket_reaches_is_left_out() {
    let mut asker = asker(V4);
    asker.dns.set_addresses("both.example", MINUTE, &[ip("192.0.2.1"), ip("2001:db8::1")]);
    assert_eq!(asker.ask(&["both.example:1", "[2001:db8::2]:2"]).await, ["192.0.2.1:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_port_means_no_srv_and_none_means_srv_by_priority() {
    let mut asker = asker(V4);
    for (host, address) in [("a.example", "192.0.2.1"), ("b.example", "192.0.2.2")] {
        asker.dns.set_addresses(host, MINUTE, &[ip(address)]);
    }
    asker.dns.set_addresses("trunk.example", MINUTE, &[ip("192.0.2.9")]);
    let services = [service(20, 0, 5090, "b.example."), service(10, 0, 5080, "A.example.")];
    asker.dns.set_services("_sip._udp.trunk.example", MINUTE, &services);
    assert_eq!(asker.ask(&["trunk.example:5070"]).await, ["192.0.2.9:5070"]);
    assert_eq!(asker.dns.queries(), 1);
    assert_eq!(asker.ask(&["Trunk.Example"]).await, ["192.0.2.1:5080", "192.0.2.2:5090"]);
    assert_eq!(asker.dns.queries(), 4);
}

#[tokio::test(start_paused = true)]
async fn each_transport_has_its_service_and_falls_back_to_addresses() {
    for (transport, name, port) in [
        (Transport::Udp, "_sip._udp.trunk.example", 5060),
        (Transport::Tcp, "_sip._tcp.trunk.example", 5060),
        (Transport::Tls, "_sips._tcp.trunk.example", 5061),
    ] {
        let mut asker = asker(V4);
        asker.dns.set_addresses("trunk.example", MINUTE, &[ip("192.0.2.9")]);
        let lookup = Lookup { transport, ..lookup(&["trunk.example"]) };
        let targets = asker.targets(&lookup).await;
        assert_eq!(targets[0].address, SocketAddr::new(ip("192.0.2.9"), port));
        let named = (transport == Transport::Tls).then(|| Domain::new("trunk.example"));
        assert_eq!(targets[0].domain, named, "what was asked for, not what DNS made of it");

        let mut asker = self::asker(V4);
        asker.dns.set_addresses("sbc.example", MINUTE, &[ip("192.0.2.1")]);
        asker.dns.set_services(name, MINUTE, &[service(1, 1, 7, "sbc.example")]);
        let targets = asker.targets(&lookup).await;
        assert_eq!(targets[0].address, SocketAddr::new(ip("192.0.2.1"), 7));
        assert_eq!(targets[0].domain, named);
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_offered_is_nowhere() {
    let mut asker = asker(V4);
    asker.dns.set_addresses("trunk.example", MINUTE, &[ip("192.0.2.9")]);
    asker.dns.set_services("_sip._udp.trunk.example", MINUTE, &[service(0, 0, 0, ".")]);
    assert!(asker.ask(&["trunk.example"]).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn answers_are_kept_between_five_seconds_and_an_hour() {
    for (ttl, holds) in [(0, 5), (60, 60), (1_000_000, 3600)] {
        let mut asker = asker(V4);
        asker.dns.set_addresses("a.example", Duration::from_secs(ttl), &[ip("192.0.2.1")]);
        asker.ask(&["a.example:1"]).await;
        tokio::time::advance(Duration::from_millis(holds * 1000 - 1)).await;
        asker.ask(&["a.example:1"]).await;
        assert_eq!(asker.dns.queries(), 1, "{ttl}");
        tokio::time::advance(Duration::from_millis(2)).await;
        asker.ask(&["a.example:1"]).await;
        assert_eq!(asker.dns.queries(), 2, "{ttl}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_a_dead_resolver_the_last_answer_stands_for_hours_and_is_seldom_asked_again() {
    let mut asker = asker(V4);
    asker.dns.set_addresses("a.example", Duration::ZERO, &[ip("192.0.2.1")]);
    assert_eq!(asker.ask(&["a.example:1"]).await, ["192.0.2.1:1"]);
    asker.dns.set_dead(true);
    for _ in 0..3600 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(asker.ask(&["a.example:1"]).await, ["192.0.2.1:1"]);
        assert!(asker.ask(&["unknown.example:1"]).await.is_empty());
    }
    // One a second for the unknown name, one in five for the known one.
    assert!(asker.dns.queries() <= 1 + 3600 + 720, "{}", asker.dns.queries());
    asker.dns.set_dead(false);
    asker.dns.set_addresses("a.example", Duration::ZERO, &[ip("192.0.2.2")]);
    tokio::time::advance(Duration::from_secs(6)).await;
    assert_eq!(asker.ask(&["a.example:1"]).await, ["192.0.2.2:1"]);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_comes_and_goes_keeps_its_last_address() {
    let mut asker = asker(V4);
    asker.dns.set_addresses("a.example", Duration::ZERO, &[ip("192.0.2.1")]);
    for turn in 0..10 {
        let there: &[IpAddr] = if turn % 2 == 0 { &[ip("192.0.2.1")] } else { &[] };
        asker.dns.set_addresses("a.example", Duration::ZERO, there);
        tokio::time::advance(Duration::from_secs(6)).await;
        assert_eq!(asker.ask(&["a.example:1"]).await, ["192.0.2.1:1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn thousands_of_records_cost_eight_queries_and_give_few_addresses() {
    let many: Vec<IpAddr> =
        (0..10_000_u32).map(|n| IpAddr::from((0xc000_0000 + n).to_be_bytes())).collect();
    let services: Vec<Service> =
        (0..10_000).map(|n| service(n, 1, 5060, &format!("h{n}.example"))).collect();
    for (families, hosts) in [(V4, 7), (BOTH, 3)] {
        let mut asker = asker(families);
        asker.dns.set_services("_sip._udp.many.example", MINUTE, &services);
        for n in 0..10 {
            asker.dns.set_addresses(&format!("h{n}.example"), MINUTE, &many[n..=n]);
        }
        assert_eq!(asker.ask(&["many.example"]).await.len(), hosts);
        assert!(asker.dns.queries() <= 8, "{}", asker.dns.queries());

        asker.dns.set_addresses("wide.example", MINUTE, &many);
        assert_eq!(asker.ask(&["wide.example:1"]).await.len(), 32);
    }
}

#[tokio::test(start_paused = true)]
async fn addresses_that_lead_inside_can_be_denied() {
    let inside = [
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
    ];
    let never = ["0.0.0.0", "::", "224.0.0.1", "ff02::1"];
    let public = ["192.0.2.1", "100.128.0.1", "2001:db8::1"];
    for (deny_private, expected) in [(false, inside.len() + public.len()), (true, public.len())] {
        let options = NamesOptions { deny_private, ..NamesOptions::default() };
        let mut asker = Asker::new(BOTH, options);
        let all: Vec<IpAddr> =
            [&inside[..], &never, &public].concat().into_iter().map(ip).collect();
        asker.dns.set_addresses("a.example", MINUTE, &all);
        assert_eq!(asker.ask(&["a.example:1"]).await.len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn names_beyond_what_is_remembered_still_resolve_and_the_first_stay() {
    let options = NamesOptions { remembered: 2, ..NamesOptions::default() };
    let mut asker = Asker::new(V4, options);
    for name in ["a.example", "b.example", "c.example"] {
        asker.dns.set_addresses(name, MINUTE, &[ip("192.0.2.1")]);
        assert_eq!(asker.ask(&[&format!("{name}:1")]).await, ["192.0.2.1:1"]);
    }
    assert_eq!(asker.resolver.cache.len(), 2);
    asker.dns.set_dead(true);
    assert_eq!(asker.ask(&["a.example:1"]).await, ["192.0.2.1:1"]);
    assert!(asker.ask(&["c.example:1"]).await.is_empty());
}

/// Answers nothing, ever.
struct Silent;

impl Dns for Silent {
    fn services<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        Box::pin(std::future::pending())
    }

    fn addresses<'a>(
        &'a self,
        _: &'a str,
        _: bool,
        _: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_resolver_costs_three_seconds_and_no_host_but_its_own() {
    let mut resolver = Resolver::new(Arc::new(Silent), NamesOptions::default(), V4);
    let begun = Instant::now();
    resolver.resolve((), &lookup(&["silent.example", "192.0.2.9:9"]));
    let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
    assert_eq!(begun.elapsed().as_secs(), 3);
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].address.port(), 9);
}

#[tokio::test(start_paused = true)]
async fn too_many_lookups_at_once_are_given_up() {
    let options = NamesOptions { lookups: 2, ..NamesOptions::default() };
    let mut resolver = Resolver::new(Arc::new(Silent), options, V4);
    for key in 0..3 {
        resolver.resolve(key, &lookup(&["silent.example"]));
    }
    assert_eq!(resolver.under_way.len(), 2);
    let (key, targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
    assert_eq!((key, targets), (2, Vec::new()));
}

#[tokio::test]
async fn the_system_s_resolver_knows_localhost() {
    let mut resolver = Resolver::new(Arc::new(crate::SystemDns), NamesOptions::default(), V4);
    resolver.resolve((), &lookup(&["localhost"]));
    let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
    assert_eq!(targets[0].address, "127.0.0.1:5060".parse().unwrap());
}

/// A DNS that answers everything with the addresses that it has, whatever family was asked for.
struct Careless(std::sync::Mutex<Vec<IpAddr>>);

impl Dns for Careless {
    fn services<'a>(
        &'a self,
        _: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Found<Service>, DnsError>> + Send + 'a>> {
        Box::pin(std::future::ready(Ok(Found::nothing(Duration::ZERO))))
    }

    fn addresses<'a>(
        &'a self,
        _: &'a str,
        _: bool,
        _: bool,
    ) -> Pin<Box<dyn Future<Output = Result<Found<IpAddr>, DnsError>> + Send + 'a>> {
        let records = self.0.lock().unwrap().clone();
        Box::pin(std::future::ready(Ok(Found { records, ttl: Duration::ZERO })))
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_a_family_that_nobody_asked_for_leaves_the_last_good_one() {
    let dns = Arc::new(Careless(vec![ip("192.0.2.1")].into()));
    let mut resolver = Resolver::new(dns.clone(), NamesOptions::default(), V4);
    // The third time nothing is fresh any more but what the second answer left.
    for address in ["192.0.2.1", "2001:db8::1", "2001:db8::1"] {
        *dns.0.lock().unwrap() = vec![ip(address)];
        resolver.resolve((), &lookup(&["trunk.example:5080"]));
        let ((), targets) = poll_fn(|context| resolver.poll_resolved(context)).await;
        let targets: Vec<_> = targets.iter().map(|target| target.address.to_string()).collect();
        assert_eq!(targets, ["192.0.2.1:5080"], "after an answer with {address}");
        tokio::time::advance(Duration::from_secs(6)).await;
    }
}

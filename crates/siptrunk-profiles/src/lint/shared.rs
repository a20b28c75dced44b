//! P035: trunks that share an address on one listener, and whose dialled numbers do not tell them apart.
//!
//! A sweep over all networks in order: each is compared with those around it alone, so that a thousand
//! trunks cost a thousand steps and not a million.

use std::collections::{BTreeMap, HashMap};

use ipnet::IpNet;
use siptrunk_message::{Host, Transport};

use crate::lint::Report;
use crate::place::Section;
use crate::{Allow, Trunk};

pub(crate) fn check(report: &mut Report<'_>) {
    let mut twins = Twins::default();
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
        let trunks = || {
            report
                .config
                .trunks
                .iter()
                .enumerate()
                .filter(move |(_, trunk)| trunk.transport == transport)
        };
        by_network(trunks(), &mut twins);
        by_name(trunks(), &mut twins);
    }
    for (index, other) in twins.0 {
        let trunks = &report.config.trunks;
        let (Some(trunk), Some(other)) = (trunks.get(index), trunks.get(other)) else { continue };
        let by_hosts = matches!(trunk.inbound.allow, Allow::Hosts);
        report.error(
            "P035",
            (Section::Trunk(index), if by_hosts { "hosts" } else { "inbound.allow" }),
            format!(
                "calls of the trunk {} come from the same addresses, and nothing tells them apart",
                other.name
            ),
            "write in numbers of both what their calls dial, each number in one of them",
        );
    }
}

/// For each trunk that shares an address with one above it: the first of those.
#[derive(Default)]
struct Twins(BTreeMap<usize, usize>);

impl Twins {
    fn add(&mut self, one: usize, two: usize) {
        let (above, below) = (one.min(two), one.max(two));
        if above != below {
            let first = self.0.entry(below).or_insert(above);
            *first = above.min(*first);
        }
    }
}

/// The trunks that requests from one place may belong to.
#[derive(Default)]
struct Neighbours<'c> {
    first: Option<usize>,
    /// The first one without numbers: every call may be its.
    silent: Option<usize>,
    numbers: HashMap<&'c str, usize>,
}

impl<'c> Neighbours<'c> {
    /// The first trunk here that nothing tells apart from this one.
    fn twin_of(&self, trunk: &Trunk) -> Option<usize> {
        if trunk.numbers.is_empty() {
            return self.first;
        }
        let same = trunk.numbers.iter().filter_map(|number| self.numbers.get(number.as_str()));
        same.copied().chain(self.silent).min()
    }

    fn add(&mut self, index: usize, trunk: &'c Trunk) {
        self.first.get_or_insert(index);
        if trunk.numbers.is_empty() {
            self.silent.get_or_insert(index);
        }
        for number in &trunk.numbers {
            self.numbers.entry(number).or_insert(index);
        }
    }
}

fn by_network<'c>(trunks: impl Iterator<Item = (usize, &'c Trunk)>, twins: &mut Twins) {
    let mut known: Vec<(IpNet, usize, &Trunk)> = trunks
        .flat_map(|(index, trunk)| {
            addresses(trunk).into_iter().map(move |network| (network.trunc(), index, trunk))
        })
        .collect();
    // A network stands before those inside it.
    known.sort_by_key(|(network, index, _)| (network.network(), network.prefix_len(), *index));
    let mut around: Vec<(IpNet, Neighbours<'_>)> = Vec::new();
    for (network, index, trunk) in known {
        while around.last().is_some_and(|(outer, _)| !outer.contains(&network)) {
            around.pop();
        }
        for (_, neighbours) in &around {
            if let Some(twin) = neighbours.twin_of(trunk) {
                twins.add(index, twin);
            }
        }
        if around.last().is_none_or(|(outer, _)| *outer != network) {
            around.push((network, Neighbours::default()));
        }
        if let Some((_, neighbours)) = around.last_mut() {
            neighbours.add(index, trunk);
        }
    }
}

/// Names whose addresses nobody knows before DNS is asked are the same where they are written the same.
fn by_name<'c>(trunks: impl Iterator<Item = (usize, &'c Trunk)>, twins: &mut Twins) {
    let mut known: HashMap<&Host<'_>, Neighbours<'_>> = HashMap::new();
    for (index, trunk) in trunks.filter(|(_, trunk)| trunk.inbound.allow == Allow::Hosts) {
        for host in trunk.hosts.iter().filter(|host| host.host.ip().is_none()) {
            let neighbours = known.entry(&host.host).or_default();
            if let Some(twin) = neighbours.twin_of(trunk) {
                twins.add(index, twin);
            }
            neighbours.add(index, trunk);
        }
    }
}

/// The addresses a trunk is known by, as far as they can be told without asking DNS.
fn addresses(trunk: &Trunk) -> Vec<IpNet> {
    match &trunk.inbound.allow {
        Allow::Networks(networks) => networks.clone(),
        Allow::Hosts => {
            trunk.hosts.iter().filter_map(|host| host.host.ip()).map(IpNet::from).collect()
        }
        Allow::Published => {
            trunk.published_networks().map(|networks| networks.signalling).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::lint::testing::{codes, good};
    use crate::{Generic, Trunk};

    fn generic() -> Trunk {
        Generic::new("192.0.2.1:5060")
    }

    #[test]
    fn p035_two_trunks_that_nothing_tells_apart() {
        let two = |one: Trunk, two: Trunk| good().trunk(one.name("one")).trunk(two.name("two"));
        let same_host = two(generic(), Generic::new("192.0.2.1:5070"));
        assert_eq!(codes(&same_host), ["P035"], "ports do not count");
        let same_name = two(Generic::new("pbx.example"), Generic::new("PBX.example"));
        assert_eq!(codes(&same_name), ["P035"]);
        let inside = two(generic(), Generic::new("192.0.2.9").allow("192.0.2.0/24"));
        assert_eq!(codes(&inside), ["P035"]);
        let apart = two(generic(), Generic::new("192.0.2.2"));
        assert!(codes(&apart).is_empty());
    }

    #[test]
    fn p035_dialled_numbers_tell_them_apart() {
        let two = |one: &str, two: &str| {
            good().trunk(generic().name("one").number(one)).trunk(generic().name("two").number(two))
        };
        assert!(codes(&two("+12065550101", "+12065550102")).is_empty());
        assert_eq!(codes(&two("+12065550101", "+12065550101")), ["P035"]);
        let silent =
            good().trunk(generic().name("one").number("+12065550101")).trunk(generic().name("two"));
        assert_eq!(codes(&silent), ["P035"], "the calls of a trunk without numbers are anybody's");
        let silent =
            good().trunk(generic().name("one")).trunk(generic().name("two").number("+12065550101"));
        assert_eq!(codes(&silent), ["P035"], "whichever comes first");
    }

    #[test]
    fn p035_a_thousand_trunks_behind_one_address_cost_a_thousand_steps() {
        let trunks = (0..1_000)
            .map(|number| generic().name(format!("t{number}")).number(format!("{number}")));
        let mut config = good();
        config.trunks.extend(trunks);
        assert!(codes(&config).is_empty());
        // A network around them all, and one inside it that shares a number with one of them.
        config
            .trunks
            .push(Generic::new("198.51.100.1").name("wide").allow("192.0.0.0/16").number("500"));
        let findings = config.lint();
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].field, "trunk[wide].inbound.allow");
        assert!(findings[0].reason.contains("trunk t500 "), "{}", findings[0].reason);
    }
}

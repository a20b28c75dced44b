//! Which trunk a request belongs to: by its address, then by the dialled number.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use siptrunk_message::{HostPort, Request, Transport};
use siptrunk_profiles::{Allow, NumberPolicy, Trunk};
use siptrunk_transaction::{Domain, PeerIdentity, QuestionId, Target};
use siptrunk_ua::{Answer, Lookup};

use super::event::{Parties, TrunkId};

impl Parties {
    /// Reads who calls whom from an INVITE; what cannot be read stays empty.
    pub(crate) fn read(request: &Request) -> Self {
        let dialed = request.request_uri().ok().and_then(|uri| uri.user().map(Into::into));
        let from = request.headers().from().ok().flatten();
        Self {
            dialed: dialed.unwrap_or_default(),
            caller: from
                .as_ref()
                .and_then(|from| from.uri().user().map(Into::into))
                .unwrap_or_default(),
            caller_name: from
                .as_ref()
                .and_then(|from| from.display_name().map(Into::into))
                .filter(|name: &String| !name.is_empty()),
        }
    }

    /// Numbers in the form that they have between trunks, from that of a trunk.
    pub(crate) fn take_common_form(&mut self, form: NumberPolicy) {
        for number in [&mut self.dialed, &mut self.caller] {
            if let Cow::Owned(read) = form.read(number) {
                *number = read;
            }
        }
    }
}

/// To which trunk a request belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    /// To this one.
    Trunk(TrunkId),
    /// To none.
    Unknown,
    /// The address belongs to several, and the dialled number to none or several of them.
    Ambiguous,
}

impl Identity {
    /// This, or what else is found if it is of nobody.
    pub(crate) fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Unknown => other(),
            found => found,
        }
    }
}

/// The addresses and numbers of all trunks.
#[derive(Debug)]
pub(crate) struct Sources {
    allowed: Vec<Allow>,
    /// Per trunk that is known by its hosts: the addresses found for them.
    hosts: Vec<Vec<IpAddr>>,
    numbers: Vec<Vec<String>>,
    /// Per trunk over TLS: the names that its certificate may prove.
    names: Vec<Vec<String>>,
    /// Addresses of `hosts`, for the quick look before a request is parsed.
    known: BTreeSet<IpAddr>,
}

impl Sources {
    /// From the configuration; hosts that are names come later by [`Self::set_hosts`].
    pub(crate) fn new(trunks: &[Trunk]) -> Self {
        let mut sources = Self {
            allowed: trunks.iter().map(allowed).collect(),
            hosts: vec![Vec::new(); trunks.len()],
            numbers: trunks.iter().map(|trunk| trunk.numbers.clone()).collect(),
            names: trunks.iter().map(names).collect(),
            known: BTreeSet::new(),
        };
        for (at, trunk) in trunks.iter().enumerate() {
            let numeric = trunk.hosts.iter().filter_map(|host| host.host.ip()).collect();
            sources.set_hosts(TrunkId(at), numeric);
        }
        sources
    }

    /// The addresses of a trunk's hosts, as found now.
    pub(crate) fn set_hosts(&mut self, trunk: TrunkId, addresses: Vec<IpAddr>) {
        if let Some(hosts) = self.hosts.get_mut(trunk.0) {
            *hosts = addresses;
        }
        let by_hosts = |(hosts, allow): (&Vec<IpAddr>, &Allow)| {
            matches!(allow, Allow::Hosts).then(|| hosts.clone()).unwrap_or_default()
        };
        self.known = self.hosts.iter().zip(&self.allowed).flat_map(by_hosts).collect();
    }

    fn owns(&self, trunk: usize, address: IpAddr) -> bool {
        match self.allowed.get(trunk) {
            Some(Allow::Hosts) => {
                self.hosts.get(trunk).is_some_and(|hosts| hosts.contains(&address))
            }
            Some(allow) => allow.contains(address),
            None => false,
        }
    }

    /// Whether any trunk allows requests from this address.
    pub(crate) fn knows(&self, address: IpAddr) -> bool {
        self.known.contains(&address)
            || (0..self.allowed.len()).any(|trunk| self.owns(trunk, address))
    }

    /// The trunks that an address belongs to.
    pub(crate) fn owners(&self, address: IpAddr) -> impl Iterator<Item = TrunkId> {
        (0..self.allowed.len()).filter(move |trunk| self.owns(*trunk, address)).map(TrunkId)
    }

    /// The trunk of a request from this address for this number.
    pub(crate) fn identify(&self, address: IpAddr, dialed: &str) -> Identity {
        self.by_number(self.owners(address), dialed)
    }

    /// Whether a certificate proves a name of any trunk.
    pub(crate) fn knows_name(&self, identity: &PeerIdentity) -> bool {
        self.named(identity).next().is_some()
    }

    /// The trunk of a request whose sender proved these names by a certificate.
    pub(crate) fn identify_by_name(&self, identity: &PeerIdentity, dialed: &str) -> Identity {
        self.by_number(self.named(identity), dialed)
    }

    fn named(&self, identity: &PeerIdentity) -> impl Iterator<Item = TrunkId> {
        let proved =
            |name: &String| identity.names().iter().any(|proved| proved.eq_ignore_ascii_case(name));
        let trunks = self.names.iter().enumerate();
        trunks.filter(move |(_, names)| names.iter().any(proved)).map(|(at, _)| TrunkId(at))
    }

    /// The only one of these trunks, or the only one of them that has the number.
    pub(crate) fn by_number(
        &self,
        trunks: impl Iterator<Item = TrunkId>,
        dialed: &str,
    ) -> Identity {
        let mut trunks = trunks;
        let Some(first) = trunks.next() else { return Identity::Unknown };
        let Some(second) = trunks.next() else { return Identity::Trunk(first) };
        let has = |trunk: &TrunkId| {
            self.numbers.get(trunk.0).is_some_and(|numbers| numbers.iter().any(|n| n == dialed))
        };
        let mut with_number = [first, second].into_iter().chain(trunks).filter(has);
        match (with_number.next(), with_number.next()) {
            (Some(trunk), None) => Identity::Trunk(trunk),
            _ => Identity::Ambiguous,
        }
    }
}

/// Where a trunk's requests may come from: a published list is the networks on it.
fn allowed(trunk: &Trunk) -> Allow {
    match &trunk.inbound.allow {
        Allow::Published => Allow::Networks(
            trunk.published_networks().map(|networks| networks.signalling).unwrap_or_default(),
        ),
        other => other.clone(),
    }
}

/// What a trunk's certificate may name; nothing where there is none.
fn names(trunk: &Trunk) -> Vec<String> {
    if trunk.transport == Transport::Tls { trunk.certificate_names() } else { Vec::new() }
}

impl super::Legs {
    /// The addresses that the hosts of trunks have now, of trunks that are known by their hosts. For
    /// whoever sets trunks' packets and connections apart before anything of them is read.
    pub fn trunk_addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.sources.known.iter().copied()
    }
}

/// Where trunks can be reached: looked up at the start and again from time to time; an answer that
/// fails leaves the last good one standing.
#[derive(Debug)]
pub(crate) struct Lookups {
    trunks: Vec<Entry>,
    open: BTreeMap<QuestionId, TrunkId>,
    interval: Duration,
}

#[derive(Debug)]
struct Entry {
    lookup: Lookup,
    targets: Vec<Target>,
    /// When to ask (again); `None` for numeric hosts, which need no asking.
    next: Option<Instant>,
}

impl Lookups {
    /// Numeric hosts are targets at once; names are due at once.
    pub(crate) fn new(trunks: &[Trunk], now: Instant, interval: Duration) -> Self {
        let entry = |trunk: &Trunk| {
            let lookup = lookup(trunk);
            let numeric: Option<Vec<Target>> =
                trunk.hosts.iter().map(|host| numeric(host, &lookup)).collect();
            Entry {
                lookup,
                next: numeric.is_none().then_some(now),
                targets: numeric.unwrap_or_default(),
            }
        };
        Self { trunks: trunks.iter().map(entry).collect(), open: BTreeMap::new(), interval }
    }

    /// The next look-up that is due; tell [`Self::asked`] before asking for another.
    pub(crate) fn due(&self, now: Instant) -> Option<(TrunkId, Lookup)> {
        let due = |entry: &Entry| entry.next.is_some_and(|next| next <= now);
        let at = self.trunks.iter().position(due)?;
        self.trunks.get(at).map(|entry| (TrunkId(at), entry.lookup.clone()))
    }

    /// The look-up of this trunk was asked under this id.
    pub(crate) fn asked(&mut self, trunk: TrunkId, id: QuestionId, now: Instant) {
        if let Some(entry) = self.trunks.get_mut(trunk.0) {
            entry.next = Some(now + self.interval);
        }
        // A question of last time that was never answered is forgotten here.
        self.open.retain(|_, of| *of != trunk);
        self.open.insert(id, trunk);
    }

    /// Takes an answer: addresses to allow, `Ok(None)` if nothing was found, or the answer back if
    /// the question was not ours.
    pub(crate) fn answered(
        &mut self,
        id: QuestionId,
        answer: Answer,
    ) -> Result<Option<(TrunkId, Vec<IpAddr>)>, Answer> {
        let Some(trunk) = self.open.remove(&id) else { return Err(answer) };
        let (Some(entry), Answer::Targets(targets)) = (self.trunks.get_mut(trunk.0), answer) else {
            return Ok(None);
        };
        if targets.is_empty() {
            return Ok(None);
        }
        let addresses = targets.iter().map(|target| target.address.ip()).collect();
        entry.targets = targets;
        Ok(Some((trunk, addresses)))
    }

    /// What is known of a trunk now; empty before its first answer.
    pub(crate) fn targets(&self, trunk: TrunkId) -> &[Target] {
        self.trunks.get(trunk.0).map_or(&[], |entry| &entry.targets)
    }

    /// When the next look-up is due.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.trunks.iter().filter_map(|entry| entry.next).min()
    }
}

/// What is looked up to reach a trunk, and whom its certificate must name.
pub(crate) fn lookup(trunk: &Trunk) -> Lookup {
    let mut lookup = Lookup::new(trunk.hosts.clone(), trunk.transport);
    lookup.domain = trunk.tls.name.as_deref().map(Domain::new);
    lookup
}

/// The target of a host that is an address already.
fn numeric(host: &HostPort, lookup: &Lookup) -> Option<Target> {
    let address = host.host.ip()?;
    let transport = lookup.transport;
    let port = host.port.unwrap_or_else(|| transport.default_port());
    let domain = lookup.domain_of(&host.host);
    Some(Target { transport, address: SocketAddr::new(address, port), domain })
}

#[cfg(test)]
mod tests {
    use super::*;
    use siptrunk_profiles::{Generic, Trunk};

    fn trunk(name: &str, host: &str, number: &str) -> Trunk {
        Generic::trunk(name, host).number(number)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn identifies_by_address_then_number() {
        let trunks = [
            trunk("one", "192.0.2.1:5060", "+1"),
            trunk("two", "192.0.2.2:5060", "+2"),
            trunk("three", "192.0.2.2:5070", "+3"),
            trunk("named", "carrier.example:5060", "+4"),
        ];
        let mut sources = Sources::new(&trunks);
        let rows = [
            ("192.0.2.1", "+9", Identity::Trunk(TrunkId(0))),
            ("192.0.2.2", "+2", Identity::Trunk(TrunkId(1))),
            ("192.0.2.2", "+3", Identity::Trunk(TrunkId(2))),
            ("192.0.2.2", "+9", Identity::Ambiguous),
            ("192.0.2.9", "+1", Identity::Unknown),
            ("198.51.100.7", "+4", Identity::Unknown),
        ];
        for (address, dialed, expected) in rows {
            assert_eq!(sources.identify(ip(address), dialed), expected, "{address} {dialed}");
            assert_eq!(sources.knows(ip(address)), expected != Identity::Unknown, "{address}");
        }
        sources.set_hosts(TrunkId(3), vec![ip("198.51.100.7")]);
        assert_eq!(sources.identify(ip("198.51.100.7"), "+0"), Identity::Trunk(TrunkId(3)));
    }

    #[test]
    fn names_are_looked_up_at_once_and_again() {
        let now = Instant::now();
        let trunks = [trunk("n", "192.0.2.1", "+1"), trunk("c", "carrier.example", "+2")];
        let interval = Duration::from_secs(60);
        let mut lookups = Lookups::new(&trunks, now, interval);
        assert_eq!(lookups.targets(TrunkId(0)).len(), 1, "numeric hosts need no question");
        let mut ids = siptrunk_transaction::QuestionIds::default();
        let (id, later) = (ids.next(), now + interval);
        let (due, lookup) = lookups.due(now).unwrap();
        assert_eq!((due, lookup.hosts.len()), (TrunkId(1), 1));
        lookups.asked(due, id, now);
        assert!(lookups.due(now).is_none());
        assert_eq!(lookups.poll_timeout(), Some(later));
        let target = Target::udp("198.51.100.7:5060".parse().unwrap());
        let answer = Answer::Targets(vec![target.clone()]);
        let addresses = vec![ip("198.51.100.7")];
        assert_eq!(lookups.answered(id, answer.clone()), Ok(Some((due, addresses))));
        assert_eq!(lookups.answered(id, answer.clone()), Err(answer), "only once");
        // The next answer fails: the last good one stands.
        let id = ids.next();
        lookups.asked(due, id, later);
        assert_eq!(lookups.answered(id, Answer::Unresolved), Ok(None));
        assert_eq!(lookups.targets(due), [target]);
    }
}

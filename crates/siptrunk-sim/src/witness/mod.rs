//! An independent reader of the wire that knows the RFCs' rules and nothing of our stack.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_message::{Limits, Message};

pub use self::rule::{Rule, Violation};
use self::{
    exchange::{Dialogs, Exchange, Key, Sender},
    session::Descriptions,
    transfer::Transfers,
    wire::{Kind, Wire},
};
use crate::fault::{first_line, is_sip};

mod exchange;
mod registration;
mod request;
mod response;
mod rule;
mod session;
mod transfer;
mod wire;

/// Violations kept; more are counted.
const VIOLATIONS: usize = 1_000;
/// Requests followed; more are counted and not judged any further.
const EXCHANGES: usize = 500_000;

/// Reads every datagram of a wire and asserts [`Rule`]s on it.
///
/// It reads messages with a reader of its own and holds no state of our stack, so that it can
/// judge it. Feed it each datagram once, in the order of sending: a [`World`](crate::World) does
/// so by itself; on real sockets a tap does, with what one node sent and received.
///
/// ```
/// use std::time::Instant;
/// use siptrunk_sim::{Rule, Witness};
///
/// let now = Instant::now();
/// let mut witness = Witness::new(now);
/// let (a, b) = ("127.0.0.1:5060".parse().unwrap(), "127.0.0.2:5060".parse().unwrap());
/// witness.observe(now, a, b, b"BYE sip:b@127.0.0.2 SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n");
/// let violations = witness.finish().unwrap_err();
/// assert_eq!(violations[0].rule, Rule::MandatoryHeaders);
/// ```
#[derive(Debug)]
pub struct Witness {
    start: Instant,
    t1: Duration,
    forking: bool,
    excused: BTreeSet<SocketAddr>,
    forbidden: Vec<Forbidden>,
    pairs: Vec<(String, String)>,
    exchanges: BTreeMap<Key, Exchange>,
    /// ACKs of 2xx, by their own branch.
    acks: BTreeMap<Key, Bytes>,
    /// For each sender within a Call-ID, its CSeq numbers.
    senders: BTreeMap<(String, String), Sender>,
    dialogs: Dialogs,
    /// When a 2xx with this Call-ID and To tag was given to a connection: waiting for its ACK began.
    submitted: BTreeMap<(String, String), Instant>,
    descriptions: Descriptions,
    transfers: Transfers,
    violations: Vec<Violation>,
    unkept: u64,
    unfollowed: u64,
    messages: u64,
}

/// A header that must not be seen.
#[derive(Clone, Debug)]
struct Forbidden {
    name: String,
    towards: Option<IpAddr>,
}

/// One message in hand, with all that a rule may want to say about it.
struct Sight<'a> {
    at: Instant,
    from: SocketAddr,
    to: SocketAddr,
    bytes: &'a Bytes,
    wire: &'a Wire<'a>,
    delivered: bool,
}

impl Witness {
    /// A witness whose time counts from `start`.
    pub fn new(start: Instant) -> Self {
        Self {
            start,
            t1: Duration::from_millis(500),
            forking: false,
            excused: BTreeSet::new(),
            forbidden: Vec::new(),
            pairs: Vec::new(),
            exchanges: BTreeMap::new(),
            acks: BTreeMap::new(),
            senders: BTreeMap::new(),
            dialogs: Dialogs::default(),
            submitted: BTreeMap::new(),
            descriptions: Descriptions::default(),
            transfers: Transfers::default(),
            violations: Vec::new(),
            unkept: 0,
            unfollowed: 0,
            messages: 0,
        }
    }

    /// Tells the T1 of the wire's ends, if it is not 500 ms: what has waited for 64 times as long
    /// may be given up.
    pub fn t1(&mut self, t1: Duration) {
        self.t1 = t1;
    }

    /// Tells that a proxy forks on this wire: a request may then be answered under several To tags.
    pub fn forking(&mut self) {
        self.forking = true;
    }

    /// Does not judge what this address sends: it is meant to misbehave.
    pub fn excuse(&mut self, address: SocketAddr) {
        self.excused.insert(address);
    }

    /// A header of this name (compared without case) must be nowhere on the wire.
    pub fn forbid(&mut self, name: &str) {
        self.forbidden.push(Forbidden { name: name.to_ascii_lowercase(), towards: None });
    }

    /// A header of this name must not be sent to this address.
    pub fn forbid_towards(&mut self, address: IpAddr, name: &str) {
        let name = name.to_ascii_lowercase();
        self.forbidden.push(Forbidden { name, towards: Some(address) });
    }

    /// Tells that a B2BUA made the call `b` out of the call `a`: Max-Forwards has to fall from one
    /// to the other. May be told at any time before [`finish`](Self::finish).
    pub fn pair(&mut self, call_id_a: &str, call_id_b: &str) {
        self.pairs.push((call_id_a.to_owned(), call_id_b.to_owned()));
    }

    /// Takes a datagram that arrives.
    pub fn observe(&mut self, at: Instant, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.take(at, from, to, bytes, true);
    }

    /// Takes a datagram that was sent and does not arrive: its sender is judged, but nobody has to
    /// react to it.
    pub fn observe_lost(&mut self, at: Instant, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        self.take(at, from, to, bytes, false);
    }

    /// Takes a message that its sender gives to a connection, over which it leaves later, or never if
    /// the connection breaks. What the sender does next may follow from it: a called side whose answer
    /// never left has a dialog all the same, and ends it with a BYE when the time for an ACK is over
    /// (RFC 3261 sections 12.1.1 and 13.3.1.4). What leaves has to be observed as well.
    pub fn submitted(&mut self, at: Instant, bytes: &[u8]) {
        let Some(wire) = Wire::read(bytes) else { return };
        let Kind::Response { status: status @ 101..300 } = wire.kind else { return };
        let (Some(from), Some(to)) = (wire.tag("from"), wire.tag("to")) else { return };
        let Some(call_id) = wire.first("call-id") else { return };
        self.dialogs.learn(call_id, from, to);
        if status >= 200 {
            self.submitted.entry((call_id.to_owned(), to.to_owned())).or_insert(at);
        }
    }

    /// What was found so far. [`finish`](Self::finish) adds what can only be said at the end.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// How many SIP messages were seen.
    pub fn messages(&self) -> u64 {
        self.messages
    }

    /// Violations that were not kept, and requests that were not followed, because there were too
    /// many.
    pub fn omitted(&self) -> (u64, u64) {
        (self.unkept, self.unfollowed)
    }

    /// First lines of the INVITEs that have no final response at `now` although their senders must
    /// still wait for one: neither 64 * T1 have passed, nor is a sender among those that broke off.
    pub(crate) fn unanswered(&self, now: Instant, broken: &BTreeSet<SocketAddr>) -> Vec<String> {
        let open = |(key, exchange): &(&Key, &Exchange)| {
            let waited = now.saturating_duration_since(exchange.at);
            key.method == "INVITE"
                && exchange.finals.is_empty()
                && waited < self.t1 * 64
                && !broken.contains(&exchange.from)
        };
        let line = |(_, exchange): (&Key, &Exchange)| first_line(&exchange.bytes).to_owned();
        self.exchanges.iter().filter(open).map(line).collect()
    }

    /// Ends the observation: asserts what had to happen by now.
    ///
    /// # Errors
    ///
    /// All violations, in the order in which they were found.
    pub fn finish(&mut self) -> Result<(), Vec<Violation>> {
        self.judge_missing_acks();
        self.judge_missing_notifies();
        self.judge_pairs();
        if self.violations.is_empty() { Ok(()) } else { Err(self.violations.clone()) }
    }

    fn take(
        &mut self,
        at: Instant,
        from: SocketAddr,
        to: SocketAddr,
        bytes: &[u8],
        delivered: bool,
    ) {
        if !is_sip(bytes) {
            return;
        }
        self.messages += 1;
        let owned = Bytes::copy_from_slice(bytes);
        let Some(wire) = Wire::read(bytes) else {
            let detail = "not a SIP message".to_owned();
            self.push(at, from, to, first_line(bytes), Rule::WellFormed, detail);
            return;
        };
        let sight = Sight { at, from, to, bytes: &owned, wire: &wire, delivered };
        self.judge_form(&sight);
        match wire.kind {
            Kind::Request { method, uri } => self.judge_request(&sight, method, uri),
            Kind::Response { status } => self.judge_response(&sight, status),
        }
    }

    /// What holds for every message.
    fn judge_form(&mut self, sight: &Sight<'_>) {
        let wire = sight.wire;
        if let Err(error) = Message::parse(sight.bytes.clone(), &Limits::default()) {
            self.report(sight, Rule::WellFormed, format!("siptrunk-message: {error}"));
        }
        for name in ["from", "to", "call-id", "cseq"] {
            match wire.all(name).count() {
                1 => {}
                0 => self.report(sight, Rule::MandatoryHeaders, format!("no {name}")),
                n => self.report(sight, Rule::MandatoryHeaders, format!("{n} fields {name}")),
            }
        }
        if wire.vias().is_empty() {
            self.report(sight, Rule::MandatoryHeaders, "no via".into());
        }
        if wire.first("from").is_some() && wire.tag("from").is_none_or(str::is_empty) {
            self.report(sight, Rule::MandatoryHeaders, "no tag in From".into());
        }
        let lengths: Vec<&str> = wire.all("content-length").collect();
        let true_length = wire.body.len();
        if lengths.len() > 1 || lengths.iter().any(|said| said.parse() != Ok(true_length)) {
            let detail = format!("says {}, body has {true_length}", lengths.join(" and "));
            self.report(sight, Rule::ContentLength, detail);
        }
        let found: Vec<String> = self
            .forbidden
            .iter()
            .filter(|forbidden| forbidden.towards.is_none_or(|address| address == sight.to.ip()))
            .filter(|forbidden| wire.names().any(|name| name == forbidden.name))
            .map(|forbidden| forbidden.name.clone())
            .collect();
        for name in found {
            self.report(sight, Rule::StrippedHeader, format!("{name} should have been stripped"));
        }
    }

    fn report(&mut self, sight: &Sight<'_>, rule: Rule, detail: String) {
        self.push(sight.at, sight.from, sight.to, sight.wire.first_line, rule, detail);
    }

    fn push(
        &mut self,
        at: Instant,
        from: SocketAddr,
        to: SocketAddr,
        first_line: &str,
        rule: Rule,
        detail: String,
    ) {
        if self.excused.contains(&from) {
            return;
        }
        let at = at.saturating_duration_since(self.start);
        let violation = Violation { at, rule, from, to, first_line: first_line.to_owned(), detail };
        if self.violations.contains(&violation) {
            return;
        }
        if self.violations.len() < VIOLATIONS {
            self.violations.push(violation);
        } else {
            self.unkept += 1;
        }
    }
}

#[cfg(test)]
mod tests;

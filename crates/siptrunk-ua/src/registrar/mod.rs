//! A registrar (RFC 3261 10.3): trunks that register with us, each reached over the flow that it
//! registered over.
//!
//! ```text
//!  REGISTER, proven by the caller      bindings of one address of record     calls to the trunk
//!  ------------------------------> [ Contact, flow, Call-ID, CSeq, until ] --------------------> flow
//!                                    | removed, run out, flow closed
//!                                    v
//!                                  Unbound
//! ```

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, HeaderValue, NameAddr, StatusCode, Uri};
use siptrunk_transaction::{Deadlines, FlowId, IncomingRequest, KeyedHash, Seed};

mod aor;
pub use aor::Aor;

mod binding;
pub use binding::Binding;

mod request;

use crate::{Destination, Reply};
use request::{Refusal, TOO_MANY, Wish};

/// How much a [`Registrar`] holds and for how long.
#[derive(Clone, Debug)]
pub struct RegistrarLimits {
    /// Addresses of record with bindings: 10,000. A further one gets 503 with Retry-After.
    pub max_aors: usize,
    /// Bindings of one address of record: 10. More get 403.
    pub max_bindings: usize,
    /// Octets of a Contact and of a Call-ID: 1,024. Longer ones get 400.
    pub max_octets: usize,
    /// The shortest time that a Contact may be registered for: 60 s. Less gets 423 with Min-Expires.
    pub min_expires: Duration,
    /// The longest one: 3,600 s. Who asks for more is granted this.
    pub max_expires: Duration,
    /// What is granted to who does not say: 300 s.
    pub default_expires: Duration,
    /// Seconds in the Retry-After of a 503: 30.
    pub retry_after: u32,
}

impl Default for RegistrarLimits {
    fn default() -> Self {
        Self {
            max_aors: 10_000,
            max_bindings: 10,
            max_octets: 1_024,
            min_expires: Duration::from_secs(60),
            max_expires: Duration::from_secs(3_600),
            default_expires: Duration::from_secs(300),
            retry_after: 30,
        }
    }
}

impl RegistrarLimits {
    /// Times that make sense together: whole seconds, at most a day, the default between the others.
    fn sane(mut self) -> Self {
        let bounded = |time: Duration, least: u64, most: u64| {
            Duration::from_secs(time.as_secs().clamp(least, most.max(least)))
        };
        self.max_expires = bounded(self.max_expires, 1, 24 * 3_600);
        self.min_expires = bounded(self.min_expires, 1, self.max_expires.as_secs().min(3_600));
        let (least, most) = (self.min_expires.as_secs(), self.max_expires.as_secs());
        self.default_expires = bounded(self.default_expires, least, most);
        self
    }
}

/// What became of a binding.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum RegistrarEvent {
    /// A Contact was bound, or its binding was refreshed.
    Bound {
        /// Whose it is.
        aor: Aor,
        /// The binding.
        binding: Binding,
        /// Whether it was bound before, and over the same flow.
        refreshed: bool,
    },
    /// A binding is gone.
    Unbound {
        /// Whose it was.
        aor: Aor,
        /// The URI that was registered.
        contact: Uri<'static>,
        /// Why.
        cause: UnboundCause,
    },
}

/// Why a binding is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnboundCause {
    /// Whoever registered it took it back.
    Removed,
    /// It was not refreshed in time.
    Expired,
    /// The connection that it was registered over closed: nothing else leads there (RFC 5626 section
    /// 7).
    FlowClosed,
}

/// A registrar: bindings in, flows out. It writes nothing itself and knows no passwords.
///
/// Whoever holds it has found out who sent a REGISTER, by digest or by a certificate, and says so with
/// each request; [`UserAgent`](crate::UserAgent) holds one if
/// [`Config::registrar`](crate::Config::registrar) is set.
#[derive(Debug)]
pub struct Registrar {
    limits: RegistrarLimits,
    records: HashMap<u64, Record, KeyedHash>,
    numbers: HashMap<Aor, u64, KeyedHash>,
    /// The records with bindings on a connection, for when it closes.
    on_connection: HashMap<FlowId, BTreeSet<u64>, KeyedHash>,
    deadlines: Deadlines<u64>,
    events: VecDeque<RegistrarEvent>,
    count: u64,
}

/// The bindings of one address of record, oldest first; never none.
#[derive(Debug)]
struct Record {
    aor: Aor,
    bindings: Vec<Binding>,
}

/// What is to become of an address of record: nothing has changed until it is committed.
#[derive(Debug)]
struct Change {
    bindings: Vec<Binding>,
    events: Vec<RegistrarEvent>,
}

impl Registrar {
    /// A registrar without bindings. Times below a second or above a day count as that.
    pub fn new(limits: RegistrarLimits, seed: &Seed) -> Self {
        let map = seed.derive(b"registrar");
        Self {
            limits: limits.sane(),
            records: HashMap::with_hasher(map.hasher()),
            numbers: HashMap::with_hasher(map.hasher()),
            on_connection: HashMap::with_hasher(map.hasher()),
            deadlines: Deadlines::new(&map),
            events: VecDeque::new(),
            count: 0,
        }
    }

    /// Takes a REGISTER of somebody who has proven to own the addresses of record in `owned` (none:
    /// then it is refused) and gives the response to it. Either all that it asks for is done, or
    /// nothing.
    ///
    /// Refused: 403 for another's address of record, or one that only looks like one's own; 404 where
    /// the Request-URI names another domain; 400 for what RFC 3261 10.3 calls invalid; 423; 500 where
    /// CSeq did not rise; and as [`RegistrarLimits`] says.
    pub fn handle(&mut self, now: Instant, request: &IncomingRequest, owned: &[Aor]) -> Reply {
        self.try_handle(now, request, owned).unwrap_or_else(Reply::from)
    }

    fn try_handle(
        &mut self,
        now: Instant,
        request: &IncomingRequest,
        owned: &[Aor],
    ) -> Result<Reply, Refusal> {
        self.handle_timeout(now);
        let aor = request::aor(request, owned)?;
        let wish = request::wish(request, &self.limits)?;
        let known = self.numbers.get(&aor).copied();
        let before = known.and_then(|number| self.records.get(&number));
        let before = before.map(|record| record.bindings.clone()).unwrap_or_default();
        let change = match wish {
            Wish::RemoveAll => {
                before.iter().try_for_each(|binding| in_order(binding, request))?;
                Change::removal(&aor, UnboundCause::Removed, before, |_| true)
            }
            Wish::Set(contacts) => self.updated(now, request, &aor, before, contacts)?,
        };
        let limit = self.limits.max_aors;
        if known.is_none() && !change.bindings.is_empty() && self.records.len() >= limit {
            let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "");
            return Err(refusal.with(HeaderName::RETRY_AFTER, self.limits.retry_after.into()));
        }
        let reply = listing(now, &change.bindings);
        self.commit(aor, change);
        Ok(reply)
    }

    /// The bindings as a request wants them (10.3 step 7).
    fn updated(
        &self,
        now: Instant,
        request: &IncomingRequest,
        aor: &Aor,
        before: Vec<Binding>,
        contacts: Vec<(NameAddr<'static>, Duration)>,
    ) -> Result<Change, Refusal> {
        let mut change = Change { bindings: before, events: Vec::new() };
        for (contact, expires) in contacts {
            let same = |binding: &Binding| binding.contact().equivalent(contact.uri());
            let at = change.bindings.iter().position(same);
            let old = at.map(|at| change.bindings.remove(at));
            if let Some(old) = &old {
                in_order(old, request)?;
            }
            if !expires.is_zero() {
                let binding = Binding::new(contact, request, now + expires);
                let refreshed = old.is_some_and(|old| old.flow() == binding.flow());
                change.bindings.insert(at.unwrap_or(change.bindings.len()), binding.clone());
                change.events.push(RegistrarEvent::Bound { aor: aor.clone(), binding, refreshed });
            } else if let Some(old) = old {
                change.events.push(unbound(aor, &old, UnboundCause::Removed));
            }
        }
        if change.bindings.len() > self.limits.max_bindings { Err(TOO_MANY) } else { Ok(change) }
    }

    /// Puts bindings in the place of those that an address of record has, and tells of it.
    fn commit(&mut self, aor: Aor, change: Change) {
        let Change { bindings, events } = change;
        self.events.extend(events);
        let number = self.numbers.get(&aor).copied().unwrap_or_else(|| {
            self.count += 1;
            self.count
        });
        if let Some(old) = self.records.remove(&number) {
            for flow in old.bindings.iter().map(Binding::flow) {
                if let Some(on_it) = self.on_connection.get_mut(&flow) {
                    on_it.remove(&number);
                    if on_it.is_empty() {
                        self.on_connection.remove(&flow);
                    }
                }
            }
        }
        self.deadlines.set(number, bindings.iter().map(Binding::until).min());
        if bindings.is_empty() {
            self.numbers.remove(&aor);
            return;
        }
        for flow in bindings.iter().map(Binding::flow) {
            if matches!(flow, FlowId::Connection(_)) {
                self.on_connection.entry(flow).or_default().insert(number);
            }
        }
        self.numbers.insert(aor.clone(), number);
        self.records.insert(number, Record { aor, bindings });
    }

    // ---- what ends bindings

    /// Removes the bindings that have run out.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(number) = self.deadlines.pop_due(now) {
            self.remove(number, UnboundCause::Expired, |binding| binding.until() <= now);
        }
    }

    /// A flow is gone, and the bindings that were registered over it with it.
    pub fn handle_closed(&mut self, flow: FlowId) {
        for number in self.on_connection.remove(&flow).unwrap_or_default() {
            self.remove(number, UnboundCause::FlowClosed, |binding| binding.flow() == flow);
        }
    }

    fn remove(&mut self, number: u64, cause: UnboundCause, gone: impl Fn(&Binding) -> bool) {
        let Some(Record { aor, bindings }) = self.records.get(&number) else { return };
        let change = Change::removal(aor, cause, bindings.clone(), gone);
        self.commit(aor.clone(), change);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.next()
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<RegistrarEvent> {
        self.events.pop_front()
    }

    // ---- looking in

    /// The bindings of an address of record: the best liked first, of those the one that was
    /// registered last.
    pub fn bindings(&self, aor: &Aor) -> Vec<&Binding> {
        let record = self.numbers.get(aor).and_then(|number| self.records.get(number));
        let mut bindings: Vec<_> =
            record.into_iter().flat_map(|record| record.bindings.iter().rev()).collect();
        bindings.sort_by_key(|binding| std::cmp::Reverse(binding.q()));
        bindings
    }

    /// The way of a call to this address of record: over the flow of its best binding and no other,
    /// wherever its Contact leads. `None` while nothing is bound.
    pub fn destination(&self, aor: &Aor) -> Option<Destination> {
        self.bindings(aor).first().map(|binding| Destination::Flow(binding.flow()))
    }

    /// How many addresses of record have bindings.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether nothing is bound.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }
}

impl Change {
    /// Without the bindings that are gone.
    fn removal(
        aor: &Aor,
        cause: UnboundCause,
        bindings: Vec<Binding>,
        gone: impl Fn(&Binding) -> bool,
    ) -> Self {
        let (gone, bindings): (Vec<_>, Vec<_>) = bindings.into_iter().partition(gone);
        Self { bindings, events: gone.iter().map(|it| unbound(aor, it, cause)).collect() }
    }
}

fn unbound(aor: &Aor, binding: &Binding, cause: UnboundCause) -> RegistrarEvent {
    RegistrarEvent::Unbound { aor: aor.clone(), contact: binding.contact().clone(), cause }
}

/// Whether a request comes after the one that made a binding: requests of one Call-ID are numbered,
/// and others are not compared (10.3 steps 6 and 7).
fn in_order(binding: &Binding, request: &IncomingRequest) -> Result<(), Refusal> {
    let essentials = request.essentials();
    if binding.call_id == essentials.call_id() && essentials.cseq().number <= binding.sequence {
        return Err(Refusal::new(StatusCode::SERVER_INTERNAL_ERROR, "CSeq Did Not Rise"));
    }
    Ok(())
}

/// The 200 with all bindings of one address of record (10.3 step 8).
fn listing(now: Instant, bindings: &[Binding]) -> Reply {
    bindings.iter().fold(Reply::new(StatusCode::OK), |reply, binding| {
        match HeaderValue::new(binding.listed(now).to_string()) {
            Ok(value) => reply.extra(HeaderName::CONTACT, value),
            // It was a header value when it came, and only its time is new.
            Err(_) => reply,
        }
    })
}

//! All sessions, by id and by our tag; each is stepped here and its deadline kept.

use std::{collections::HashMap, time::Instant};

use siptrunk_transaction::{
    FlowId, IncomingRequest, IncomingResponse, KeyedHash, Live, Seed, ServerTransactionId,
};

use super::{
    Session, Step,
    confirmed::Confirmed,
    fork::{Half, Surplus},
    incoming::Incoming,
};
use crate::{Dialog, SessionId, UaError, context::Context, owner::Owner};

#[derive(Debug)]
pub(crate) struct Sessions {
    table: HashMap<SessionId, Session, KeyedHash>,
    /// Our tags are ours alone, so a To tag of a request names its session.
    tags: HashMap<String, SessionId, KeyedHash>,
    /// INVITEs that began a session, to see merged requests (8.2.2.2).
    arrived: HashMap<Arrival, SessionId, KeyedHash>,
    invites: HashMap<ServerTransactionId, SessionId, KeyedHash>,
    /// Sessions that share our tag with the one they forked from, by both tags.
    forks: HashMap<(String, Option<String>), SessionId, KeyedHash>,
    count: u64,
}

/// What two copies of one request have in common that came over different paths.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Arrival {
    call_id: String,
    from_tag: Option<String>,
    sequence: u32,
}

impl Arrival {
    pub(crate) fn of(request: &IncomingRequest) -> Self {
        let essentials = request.essentials();
        Self {
            call_id: essentials.call_id().to_owned(),
            from_tag: essentials.from_tag().map(ToOwned::to_owned),
            sequence: essentials.cseq().number,
        }
    }
}

impl Sessions {
    pub(crate) fn new(seed: &Seed) -> Self {
        Self {
            table: HashMap::with_hasher(seed.hasher()),
            tags: HashMap::with_hasher(seed.hasher()),
            arrived: HashMap::with_hasher(seed.hasher()),
            invites: HashMap::with_hasher(seed.hasher()),
            forks: HashMap::with_hasher(seed.hasher()),
            count: 0,
        }
    }

    /// An id for a session that begins.
    pub(crate) fn next_id(&mut self) -> SessionId {
        self.count += 1;
        SessionId(self.count)
    }

    pub(crate) fn len(&self) -> usize {
        self.table.len()
    }

    /// The session whose dialog has our tag.
    pub(crate) fn by_tag(&self, tag: &str) -> Option<SessionId> {
        self.tags.get(tag).copied()
    }

    /// The session as the application knows it.
    pub(crate) fn seen(&self, id: SessionId) -> Option<&Session> {
        self.table.get(&id).filter(|session| session.is_reported())
    }

    /// Whether this INVITE has arrived before, over another path.
    pub(crate) fn has_arrived(&self, arrival: &Arrival) -> bool {
        self.arrived.contains_key(arrival)
    }

    /// The session that this INVITE began.
    pub(crate) fn by_invite(&self, invite: ServerTransactionId) -> Option<SessionId> {
        self.invites.get(&invite).copied()
    }

    /// Begins a session with an INVITE of a peer.
    pub(crate) fn insert_incoming(&mut self, cx: &mut Context, id: SessionId, incoming: Incoming) {
        self.arrived.insert(Arrival::of(incoming.request()), id);
        self.invites.insert(incoming.transaction(), id);
        self.insert(cx, id, Session::incoming(id, incoming));
    }

    pub(crate) fn insert(&mut self, cx: &mut Context, id: SessionId, session: Session) {
        cx.deadlines.set(Owner::Session(id), session.deadline());
        // A surplus 2xx of a fork shares its tag with the session it forked from, which keeps it.
        let dialog = session.dialog();
        let tag = self.tags.entry(dialog.local_tag().to_owned()).or_insert(id);
        if *tag != id {
            self.forks.insert(fork_of(dialog), id);
        }
        self.table.insert(id, session);
    }

    /// Lets a session handle an input.
    pub(crate) fn step(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: SessionId,
        handle: impl FnOnce(&mut Session, &mut Context) -> Step,
    ) {
        if let Some(session) = self.table.get_mut(&id) {
            let step = handle(session, cx);
            self.apply(now, cx, id, step);
        }
    }

    /// Lets a session obey a verb of the application.
    pub(crate) fn verb(
        &mut self,
        now: Instant,
        cx: &mut Context,
        id: SessionId,
        obey: impl FnOnce(&mut Session, &mut Context) -> Result<Step, UaError>,
    ) -> Result<(), UaError> {
        let step = obey(self.seen_mut(id)?, cx)?;
        self.apply(now, cx, id, step);
        Ok(())
    }

    fn apply(&mut self, now: Instant, cx: &mut Context, id: SessionId, step: Step) {
        let Some(session) = self.table.get_mut(&id) else { return };
        if session.take(now, cx, step) {
            self.remove(now, cx, id);
        } else {
            cx.deadlines.set(Owner::Session(id), session.deadline());
        }
    }

    fn remove(&mut self, now: Instant, cx: &mut Context, id: SessionId) {
        if let Some(mut session) = self.table.remove(&id) {
            session.close(now, cx);
            self.forget(cx, id, &session);
        }
    }

    fn forget(&mut self, cx: &mut Context, id: SessionId, session: &Session) {
        cx.deadlines.set(Owner::Session(id), None);
        let tag = session.dialog().local_tag();
        if self.tags.get(tag) == Some(&id) {
            self.tags.remove(tag);
        }
        let fork = fork_of(session.dialog());
        if self.forks.get(&fork) == Some(&id) {
            self.forks.remove(&fork);
        }
        if let Some((invite, arrival)) = session.arrival() {
            self.invites.remove(invite);
            self.arrived.remove(arrival);
        }
    }

    /// Forgets an incoming session without a word.
    pub(crate) fn ignore(&mut self, cx: &mut Context, id: SessionId) {
        if self.table.get_mut(&id).is_some_and(|session| session.ignore(cx))
            && let Some(session) = self.table.remove(&id)
        {
            self.forget(cx, id, &session);
        }
    }

    /// A session that the application knows of.
    pub(crate) fn seen_mut(&mut self, id: SessionId) -> Result<&mut Session, UaError> {
        let session = self.table.get_mut(&id).filter(|session| session.is_reported());
        session.ok_or(UaError::UnknownSession)
    }

    /// Forgets a request of the peer whose time is over.
    pub(crate) fn drop_request(&mut self, id: SessionId, transaction: ServerTransactionId) {
        if let Some(session) = self.table.get_mut(&id) {
            session.drop_request(transaction);
        }
    }

    /// A connection closed.
    pub(crate) fn handle_closed(&mut self, flow: FlowId) {
        // No bytes come of this, so the order of the table does not matter.
        self.table.values_mut().for_each(|session| session.handle_closed(flow));
    }

    /// Acknowledges and hangs up what the forks of our INVITEs brought.
    pub(crate) fn hang_up_surplus(&mut self, now: Instant, cx: &mut Context) {
        while let Some(surplus) = cx.surplus.pop_front() {
            let id = self.next_id();
            if let Some(confirmed) = Confirmed::hung_up(now, cx, id, surplus) {
                self.insert(cx, id, Session::unseen(id, confirmed));
            }
        }
    }

    /// A 2xx whose INVITE is forgotten: if its dialog stands it is acknowledged again, else hung up
    /// (13.2.2.4).
    pub(crate) fn handle_late(
        &mut self,
        now: Instant,
        cx: &mut Context,
        response: IncomingResponse,
    ) {
        cx.counters.late_answers += 1;
        let essentials = response.essentials();
        let (Some(ours), theirs) = (essentials.from_tag(), essentials.to_tag()) else { return };
        let with = |id: &SessionId| self.table.get(id).is_some_and(|it| it.is_with(theirs));
        let fork = || self.forks.get(&(ours.to_owned(), theirs.map(ToOwned::to_owned))).copied();
        if let Some(id) = self.by_tag(ours).filter(with).or_else(fork) {
            let sequence = essentials.cseq().number;
            self.step(now, cx, id, |it, cx| it.acknowledge_again(now, cx, sequence));
        } else if let Some(half) = Half::forgotten(&response) {
            cx.surplus.push_back(Surplus { invite: None, half, response });
        }
    }

    pub(crate) fn live(&self) -> Live {
        let mut live = Live::default();
        live.add("sessions", self.table.len());
        live
    }
}

/// Both tags of a dialog.
fn fork_of(dialog: &Dialog) -> (String, Option<String>) {
    (dialog.local_tag().to_owned(), dialog.remote_tag().map(ToOwned::to_owned))
}

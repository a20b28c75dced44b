//! What every machine of the user agent works with: the layer below, randomness, the queues
//! upwards, and the tables that say whose a transaction or question is.

use std::{
    collections::{HashMap, VecDeque},
    time::{Duration, Instant},
};

use siptrunk_message::{
    HeaderName, Method, RequestBuilder, ResponseBuilder, RetryAfter, StatusCode, Transport, Uri,
    validate::UasRules,
};
use siptrunk_transaction::{
    ClientTransactionId, Deadlines, FlowId, IncomingRequest, IncomingResponse, KeyedHash,
    QuestionId, Rng, Seed, ServerTransactionId, Target, To, TransactionError, TransactionLayer,
};

use crate::{
    Config, Counters, Dialog, Event, Lookup, Question, Reply, SessionId,
    owner::Owner,
    session::fork::{Answers, Surplus},
    target::DeadTargets,
};

/// A peer's request that the application has to respond to.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) request: IncomingRequest,
    /// The session whose dialog it came in; `None` outside dialogs.
    pub(crate) session: Option<SessionId>,
}

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) config: Config,
    pub(crate) layer: TransactionLayer,
    pub(crate) rng: Rng,
    pub(crate) counters: Counters,
    pub(crate) deadlines: Deadlines<Owner>,
    pub(crate) dead: DeadTargets,
    pub(crate) answers: HashMap<ClientTransactionId, Answers, KeyedHash>,
    pub(crate) pending: HashMap<ServerTransactionId, Pending, KeyedHash>,
    /// 2xx responses that nobody waits for, to be hung up by sessions of their own.
    pub(crate) surplus: VecDeque<Surplus>,
    clients: HashMap<ClientTransactionId, Owner, KeyedHash>,
    asked: HashMap<QuestionId, Owner, KeyedHash>,
    events: VecDeque<Event>,
    questions: VecDeque<(QuestionId, Question)>,
    /// What requests of peers are judged by.
    pub(crate) rules: UasRules,
    allow: String,
    supported: String,
}

impl Context {
    pub(crate) fn new(mut config: Config, seed: &Seed) -> Self {
        for wait in [
            &mut config.resolve_timeout,
            &mut config.ringing_timeout,
            &mut config.dead_target,
            &mut config.refer_timeout,
            &mut config.registration_retry,
            &mut config.registration_retry_max,
        ] {
            *wait = sane(*wait);
        }
        let register = config.registrar.is_some().then_some(Method::REGISTER);
        let refer = config.refer.then_some([Method::REFER, Method::NOTIFY]);
        for method in register.into_iter().chain(refer.into_iter().flatten()) {
            if !config.allow.contains(&method) {
                config.allow.push(method);
            }
        }
        let map = seed.derive(b"ua maps");
        let layer =
            TransactionLayer::new(config.transaction.clone(), seed.derive(b"transaction layer"));
        let methods: Vec<_> = config.allow.iter().map(Method::as_str).collect();
        Self {
            layer,
            rng: seed.derive(b"ua identifiers").rng(),
            counters: Counters::default(),
            deadlines: Deadlines::new(&map),
            dead: DeadTargets::new(&map, config.limits.max_dead_targets),
            answers: HashMap::with_hasher(map.hasher()),
            pending: HashMap::with_hasher(map.hasher()),
            surplus: VecDeque::new(),
            clients: HashMap::with_hasher(map.hasher()),
            asked: HashMap::with_hasher(map.hasher()),
            events: VecDeque::new(),
            questions: VecDeque::new(),
            rules: rules(&config),
            allow: methods.join(", "),
            supported: config.supported.join(", "),
            config,
        }
    }

    // ---- requests of ours

    /// Sends a request; its responses go to `owner`.
    pub(crate) fn request(
        &mut self,
        now: Instant,
        owner: Owner,
        to: &To,
        request: &RequestBuilder,
    ) -> Result<ClientTransactionId, TransactionError> {
        let request = self.fitted(to, request);
        let id = self.layer.request(now, to.clone(), &request)?;
        self.clients.insert(id, owner);
        Ok(id)
    }

    /// Whose this transaction is; `None` if nobody waits for it any more.
    pub(crate) fn owner(&self, id: ClientTransactionId) -> Option<Owner> {
        self.clients.get(&id).copied()
    }

    /// Gives a transaction to another object.
    pub(crate) fn entrust(&mut self, id: ClientTransactionId, owner: Owner) {
        self.clients.insert(id, owner);
    }

    /// Nobody waits for this transaction any more.
    pub(crate) fn disown(&mut self, id: ClientTransactionId) {
        self.clients.remove(&id);
    }

    /// 64*T1: how long anything may stay unanswered (RFC 3261 17.1.1.2, 13.3.1.4).
    pub(crate) fn patience(&self) -> Duration {
        self.layer.config().t1 * 64
    }

    /// Stays away from a target that answered 503, for as long as it says (21.5.4) but no longer
    /// than from a dead one: one overloaded moment must not take a trunk down.
    pub(crate) fn avoid(&mut self, now: Instant, to: &To, response: &IncomingResponse) {
        if let Some(wait) = retry_after(response) {
            self.dead.mark(now, to, wait.min(self.config.dead_target));
        }
    }

    // ---- questions

    /// Asks the world where hosts are.
    pub(crate) fn ask(&mut self, owner: Owner, lookup: Lookup) -> QuestionId {
        let id = self.layer.next_question_id();
        self.asked.insert(id, owner);
        self.questions.push_back((id, Question::Resolve(lookup)));
        id
    }

    /// Whose this question is, once.
    pub(crate) fn take_question(&mut self, id: QuestionId) -> Option<Owner> {
        self.asked.remove(&id)
    }

    /// Nobody waits for this answer any more; the question is not asked if it still can be kept
    /// back.
    pub(crate) fn withdraw(&mut self, id: QuestionId) {
        self.asked.remove(&id);
        self.questions.retain(|(asked, _)| *asked != id);
    }

    pub(crate) fn poll_question(&mut self) -> Option<(QuestionId, Question)> {
        self.questions.pop_front()
    }

    /// How many questions are open.
    pub(crate) fn open_questions(&self) -> usize {
        self.asked.len()
    }

    // ---- events

    pub(crate) fn emit(&mut self, event: Event) {
        self.events.push_back(event);
    }

    pub(crate) fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    // ---- identifiers

    /// A tag: 65 random bits (RFC 3261 19.3 wants 32).
    pub(crate) fn new_tag(&mut self) -> String {
        self.rng.token(13)
    }

    /// A Call-ID: 130 random bits and no host, which would tell where we are (8.1.1.4).
    pub(crate) fn new_call_id(&mut self) -> String {
        self.rng.token(26)
    }

    /// A first CSeq number: small enough to count up for the life of a dialog (8.1.1.5).
    pub(crate) fn new_sequence(&mut self) -> u32 {
        1 + u32::try_from(self.rng.below(1 << 16)).unwrap_or_default()
    }

    /// A Retry-After of 0 to 10 seconds (14.2).
    pub(crate) fn short_retry_after(&mut self) -> u64 {
        self.rng.below(11)
    }

    // ---- what we say about ourselves

    /// Our Contact towards `to`, where its listener has an address to give out.
    pub(crate) fn contact(&self, to: &To, user: &str, secure: bool) -> Option<String> {
        let advertised = self.layer.advertised(to)?;
        let user = (!user.is_empty()).then_some(user);
        let uri = Uri::sip(user, &advertised.host, advertised.port);
        let uri = match to {
            To::Target(target) if target.transport.is_reliable() => {
                uri.with_param("transport", Some(target.transport.param()))
            }
            To::Target(_) | To::Flow(FlowId::Datagram { .. }) => uri,
            To::Flow(FlowId::Connection(_)) => {
                let listeners = &self.layer.config().listeners;
                let transport = listeners
                    .iter()
                    .map(|listener| (listener.transport, &listener.advertised))
                    .find(|(transport, at)| transport.is_reliable() && **at == advertised)
                    .map_or(Transport::Tcp, |(transport, _)| transport);
                uri.with_param("transport", Some(transport.param()))
            }
        };
        let text = uri.to_string();
        Some(match text.strip_prefix("sip:") {
            Some(rest) if secure => format!("<sips:{rest}>"),
            _ => format!("<{text}>"),
        })
    }

    /// Adds Allow, Supported and User-Agent to a request that says what we can.
    pub(crate) fn introduce(&self, request: RequestBuilder) -> RequestBuilder {
        let mut request = request.append(&HeaderName::ALLOW, &self.allow);
        if !self.supported.is_empty() {
            request = request.append(&HeaderName::SUPPORTED, &self.supported);
        }
        self.sign(request)
    }

    /// Adds User-Agent.
    pub(crate) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        if self.config.user_agent.is_empty() {
            return request;
        }
        request.append(&HeaderName::USER_AGENT, &self.config.user_agent)
    }

    // ---- responses of ours

    /// The response that a reply makes of a request; `dialog` is the one it comes in or makes.
    pub(crate) fn response(
        &self,
        request: &IncomingRequest,
        dialog: Option<&Dialog>,
        to_tag: Option<&str>,
        reply: &Reply,
    ) -> ResponseBuilder {
        let status = reply.status;
        let mut response = request.response(status, to_tag);
        if let Some(reason) = &reply.reason {
            response = response.reason(reason);
        }
        if let Some(dialog) = dialog
            && has_contact(&request.essentials().cseq().method)
            && status.code() > 100
            && status.code() < 300
        {
            let user = reply.contact_user.as_deref().unwrap_or_else(|| dialog.contact_user());
            let contact = |to: To| self.contact(&to, user, dialog.is_secure());
            // A connection that is gone is opened anew for the response (18.2.2), from the same listener.
            let anew = || {
                let (transport, address) = (request.transport(), request.remote());
                contact(Target { transport, address, domain: None }.into())
            };
            if let Some(contact) = contact(request.flow().into()).or_else(anew) {
                response = response.append(&HeaderName::CONTACT, contact);
            }
        }
        // RFC 3261 21.4.6: a 405 says what is allowed; who answers may know better than we.
        let refuses = status == StatusCode::METHOD_NOT_ALLOWED
            && !reply.extra.iter().any(|(name, _)| *name == HeaderName::ALLOW)
            && reply.headers.get(&HeaderName::ALLOW).is_none();
        if status.is_success() || refuses {
            response = response.append(&HeaderName::ALLOW, &self.allow);
        }
        if status.is_success() && !self.supported.is_empty() {
            response = response.append(&HeaderName::SUPPORTED, &self.supported);
        }
        if !self.config.user_agent.is_empty() {
            response = response.append(&HeaderName::SERVER, &self.config.user_agent);
        }
        for (name, value) in &reply.extra {
            response = response.append(name, value);
        }
        response = response.headers(&reply.headers);
        match &reply.body {
            Some(body) => response.body(body),
            None => response,
        }
    }

    /// Answers a request at once, by the rules alone.
    pub(crate) fn reply_now(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        request: &IncomingRequest,
        reply: &Reply,
    ) {
        let tag = self.new_tag();
        let response = self.response(request, None, Some(&tag), reply);
        // A response that cannot be sent is the layer's to report; there is nobody to tell.
        let _ = self.layer.respond(now, id, &response);
    }

    /// Lets a request wait for [`respond`](crate::UserAgent::respond) until `deadline`.
    pub(crate) fn await_response(
        &mut self,
        id: ServerTransactionId,
        pending: Pending,
        deadline: Instant,
    ) {
        self.pending.insert(id, pending);
        self.deadlines.set(Owner::Pending(id), Some(deadline));
    }

    /// Takes a request that waited.
    pub(crate) fn take_pending(&mut self, id: ServerTransactionId) -> Option<Pending> {
        self.deadlines.set(Owner::Pending(id), None);
        self.pending.remove(&id)
    }
}

/// A wait that ends in the future, and that an `Instant` can hold.
pub(crate) fn sane(wait: Duration) -> Duration {
    wait.clamp(Duration::from_millis(1), Duration::from_secs(365 * 24 * 3_600))
}

/// Methods whose requests and provisional and successful responses say where to reach us: those
/// that make dialogs, and those that move their targets.
pub(crate) fn has_contact(method: &Method) -> bool {
    matches!(method.as_str(), "INVITE" | "UPDATE" | "REFER" | "SUBSCRIBE" | "NOTIFY")
}

/// What RFC 3261 section 8.2 lets us refuse.
fn rules(config: &Config) -> UasRules {
    let mut rules = UasRules::default();
    rules.methods.clone_from(&config.allow);
    rules.extensions.clone_from(&config.supported);
    rules.content_types.clone_from(&config.accept);
    // A multipart that we can read is none that we write.
    let single = config.accept.iter().filter(|kind| !kind.starts_with("multipart/"));
    rules.produces = single.cloned().collect();
    rules.schemes = ["sip", "sips", "tel"].map(str::to_owned).to_vec();
    rules
}

/// What Retry-After says.
pub(crate) fn retry_after(response: &IncomingResponse) -> Option<Duration> {
    let header = response.response().headers().get::<RetryAfter<'_>>().ok().flatten()?;
    Some(Duration::from_secs(header.seconds().into()))
}

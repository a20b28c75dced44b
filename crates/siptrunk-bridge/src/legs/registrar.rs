//! Trunks that register with us (RFC 3261 10.3): who may, and where their calls go then.

use std::time::Instant;

use siptrunk_message::{StatusCode, Uri};
use siptrunk_profiles::Trunk;
use siptrunk_transaction::{FlowId, IncomingRequest, ServerTransactionId};
use siptrunk_ua::{Aor, Binding, Destination, RegistrarEvent, Reply, UserAgent};

use super::Legs;
use super::authenticate::Authenticity;
use super::event::{LegEvent, TrunkId};

/// Where each trunk that registers with us is bound.
#[derive(Debug, Default)]
pub(crate) struct Bound {
    /// Per trunk that registers: the addresses of record that are its own.
    owned: Vec<(TrunkId, Vec<Aor>)>,
    /// The flows of the bindings that stand.
    flows: Vec<(FlowId, TrunkId)>,
}

/// How a bound trunk is reached.
pub(super) struct Way {
    pub(super) destination: Destination,
    /// What it registered with us: the host of the Request-URI.
    pub(super) contact: Option<Uri<'static>>,
}

impl Bound {
    /// The addresses of record of the trunks that register: the account's user at each address that our
    /// listeners advertise.
    pub(super) fn new(trunks: &[Trunk], agent: &UserAgent) -> Self {
        let listeners = &agent.transactions().config().listeners;
        let of = |(at, trunk): (usize, &Trunk)| {
            let account = trunk.inbound.digest.as_ref().filter(|_| trunk.inbound.registrar)?;
            let user = Some(account.username.as_str());
            let uris = listeners.iter().flat_map(|listener| {
                let host = &listener.advertised.host;
                [None, listener.advertised.port].map(|port| Uri::sip(user, host, port))
            });
            let mut owned: Vec<Aor> = uris.filter_map(|uri| Aor::of(&uri)).collect();
            owned.dedup();
            Some((TrunkId(at), owned))
        };
        Self { owned: trunks.iter().enumerate().filter_map(of).collect(), flows: Vec::new() }
    }

    /// Whether any trunk may register from wherever it is.
    pub(super) fn is_open(&self) -> bool {
        !self.owned.is_empty()
    }

    /// What a trunk may bind.
    fn owned(&self, trunk: TrunkId) -> &[Aor] {
        let found = self.owned.iter().find(|(of, _)| *of == trunk);
        found.map_or(&[], |(_, owned)| owned)
    }

    /// The trunks that are bound to this flow.
    pub(super) fn on(&self, flow: FlowId) -> impl Iterator<Item = TrunkId> {
        self.flows.iter().filter(move |(on, _)| *on == flow).map(|(_, trunk)| *trunk)
    }

    /// Whether a trunk registers with us: then it is reached where it is bound, if it has no host.
    pub(super) fn registers(&self, trunk: TrunkId) -> bool {
        self.owned.iter().any(|(of, _)| *of == trunk)
    }

    /// The best binding of a trunk.
    fn best<'a>(&self, trunk: TrunkId, agent: &'a UserAgent) -> Option<&'a Binding> {
        let registrar = agent.registrar()?;
        self.owned(trunk).iter().find_map(|aor| registrar.bindings(aor).into_iter().next())
    }

    /// The way of a call to a trunk: over the flow that it registered over, and no other.
    pub(super) fn way(&self, trunk: TrunkId, agent: &UserAgent) -> Option<Way> {
        let binding = self.best(trunk, agent)?;
        let destination = Destination::Flow(binding.flow());
        Some(Way { destination, contact: Some(binding.request_uri()) })
    }

    /// A binding came or went: what is to be told of it, and of which trunk.
    pub(super) fn handle_event(
        &mut self,
        event: &RegistrarEvent,
        agent: &UserAgent,
    ) -> Option<LegEvent> {
        let (RegistrarEvent::Bound { aor, .. } | RegistrarEvent::Unbound { aor, .. }) = event
        else {
            return None;
        };
        let trunk = self.owned.iter().find(|(_, owned)| owned.contains(aor))?.0;
        self.flows.retain(|(_, of)| *of != trunk);
        let registrar = agent.registrar()?;
        let bindings = self.owned(trunk).iter().flat_map(|aor| registrar.bindings(aor));
        let flows: Vec<_> = bindings.map(|binding| (binding.flow(), trunk)).collect();
        self.flows.extend(flows);
        match event {
            RegistrarEvent::Bound { binding, refreshed: false, .. } => {
                Some(LegEvent::Bound { trunk, remote: binding.remote() })
            }
            RegistrarEvent::Unbound { .. } if self.best(trunk, agent).is_none() => {
                Some(LegEvent::Unbound { trunk })
            }
            _ => None,
        }
    }
}

impl Legs {
    /// A REGISTER: of a trunk that proves its account, or refused.
    pub(super) fn answer_register(
        &mut self,
        now: Instant,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) {
        let reply = match self.authenticator.judge_registration(now, request) {
            Ok(trunk) => {
                let owned = self.bound.owned(trunk);
                let _gone = self.agent.answer_register(now, transaction, owned);
                return;
            }
            Err(Authenticity::Challenge(reply)) => *reply,
            Err(Authenticity::Refused(reply)) => {
                self.count("refused REGISTER");
                *reply
            }
            Err(Authenticity::Authentic(_)) => Reply::new(StatusCode::FORBIDDEN),
        };
        let _gone = self.agent.respond(now, transaction, reply);
    }
}

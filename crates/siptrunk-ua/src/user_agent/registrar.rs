//! The registrar inside the user agent: trunks that register with us.

use std::time::Instant;

use siptrunk_message::{Method, StatusCode};
use siptrunk_transaction::{FlowId, ServerTransactionId};

use super::UserAgent;
use crate::{Aor, Event, Registrar, UaError, admission, owner::Owner};

impl UserAgent {
    /// Lets the registrar answer a REGISTER that came as [`Event::Request`], and says with which
    /// status. `owned` are the addresses of record that its sender has proven to own, by digest or by
    /// certificate: nothing else can be bound, and with none the answer is 403. Who sent it, and
    /// whether that is challenged first, is the caller's to find out.
    pub fn answer_register(
        &mut self,
        now: Instant,
        id: ServerTransactionId,
        owned: &[Aor],
    ) -> Result<StatusCode, UaError> {
        let pending = self.cx.pending.get(&id).ok_or(UaError::UnknownRequest)?;
        let request = pending.request.clone();
        let method = &request.essentials().cseq().method;
        if *method != Method::REGISTER || pending.session.is_some() {
            return Err(UaError::UnsuitableMethod { method: method.clone() });
        }
        let off = UaError::NotEnabled { what: "the registrar", field: "registrar" };
        let reply = self.registrar.as_mut().ok_or(off)?.handle(now, &request, owned);
        let result = admission::respond(now, &mut self.cx, &mut self.sessions, id, &reply);
        self.settle_registrar();
        self.settle(now);
        result.map(|()| reply.status)
    }

    /// Who is bound; `None` if there is no registrar.
    pub fn registrar(&self) -> Option<&Registrar> {
        self.registrar.as_ref()
    }

    pub(crate) fn close_bindings(&mut self, flow: FlowId) {
        if let Some(registrar) = &mut self.registrar {
            registrar.handle_closed(flow);
            self.settle_registrar();
        }
    }

    pub(super) fn expire_bindings(&mut self, now: Instant) {
        if let Some(registrar) = &mut self.registrar {
            registrar.handle_timeout(now);
            self.settle_registrar();
        }
    }

    /// Hands out what the registrar has to say, and keeps its deadline.
    fn settle_registrar(&mut self) {
        let Some(registrar) = &mut self.registrar else { return };
        while let Some(event) = registrar.poll_event() {
            self.cx.emit(Event::Registrar(event));
        }
        self.cx.deadlines.set(Owner::Registrar, registrar.poll_timeout());
    }
}

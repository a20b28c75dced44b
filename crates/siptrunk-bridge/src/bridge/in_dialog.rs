//! Requests inside the dialogs of a call: what stays on its leg and what goes to the other.

use std::time::Instant;

use siptrunk_media::Side;
use siptrunk_message::StatusCode;
use siptrunk_transaction::{IncomingRequest, IncomingResponse, ServerTransactionId};
use siptrunk_ua::{Reply, RequestFailure, RequestId};

use super::call::Stage;
use super::{Bridge, codes, map};
use crate::legs::LegId;

impl Bridge {
    /// A request that brings no offer.
    pub(super) fn handle_in_dialog(
        &mut self,
        now: Instant,
        leg: LegId,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) {
        let reply = match request.request().method().as_str() {
            "INFO" => self.carry_request(now, leg, transaction, request),
            // Whether the session lives (RFC 4028), whether we are there: between two hops.
            _ => Some(Reply::new(StatusCode::OK)),
        };
        if let Some(reply) = reply {
            let _gone = self.legs.respond(now, transaction, reply);
        }
    }

    /// What became of a request that was carried.
    pub(super) fn handle_carried(
        &mut self,
        now: Instant,
        request: RequestId,
        outcome: Result<&IncomingResponse, &RequestFailure>,
    ) {
        let Some(transaction) = self.carried.remove(&request) else { return };
        let status = match outcome {
            Ok(response) => codes::in_dialog(response.response().status()),
            // What is open when a dialog ends gets 487 (RFC 3261 15.1.2).
            Err(RequestFailure::SessionEnded) => StatusCode::REQUEST_TERMINATED,
            Err(_) => StatusCode::SERVER_TIMEOUT,
        };
        let _gone = self.legs.respond(now, transaction, Reply::new(status));
    }

    /// Carries a request inside a dialog (INFO with a digit, say) to the other leg. If that cannot be
    /// done now, what to answer.
    fn carry_request(
        &mut self,
        now: Instant,
        leg: LegId,
        transaction: ServerTransactionId,
        request: &IncomingRequest,
    ) -> Option<Reply> {
        let other = self.by_leg.get(&leg).and_then(|call| self.calls.get(call)).and_then(|call| {
            let other = match call.side(leg)? {
                Side::A => call.b?,
                Side::B => call.a,
            };
            (call.stage == Stage::Connected).then_some(other)
        });
        let sent = other.and_then(|other| {
            let request = request.request();
            let trunk = self.legs.trunk(other.trunk)?;
            let headers = map::in_dialog(trunk, request.headers());
            let body = map::body(request.headers(), request.body());
            self.legs.request(now, other.id, request.method().clone(), headers, body).ok()
        });
        match sent {
            Some(id) => {
                self.carried.insert(id, transaction);
                None
            }
            // Not 481: the dialog is there, only its other half is not, or not yet.
            None => Some(Reply::new(StatusCode::SERVER_INTERNAL_ERROR)),
        }
    }
}

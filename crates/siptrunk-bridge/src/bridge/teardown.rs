//! The way down of a call: what the end of one leg means for the other.

use siptrunk_media::Side;
use siptrunk_message::{HeaderList, StatusCode};
use siptrunk_transaction::{IncomingRequest, IncomingResponse, TransactionFailure};
use siptrunk_ua::{Cause, Ending};

use super::call::{Call, Farewell, Stage};
use super::codes::FarFailure;
use super::{Context, map};
use crate::diagnosis::{CallFailure, FailedLeg};
use crate::record::{EndedBy, LegRecord};

impl Call {
    /// One leg is over.
    pub(super) fn handle_ended(&mut self, cx: &mut Context<'_>, side: Side, ending: Ending) {
        if let Some(leg) = self.leg_mut(side) {
            leg.open = false;
        }
        if self.stage == Stage::Closing {
            return self.settle(cx);
        }
        match side {
            Side::A => self.caller_ended(cx, ending.cause),
            Side::B => self.callee_ended(cx, ending.cause),
        }
    }

    fn caller_ended(&mut self, cx: &mut Context<'_>, cause: Cause) {
        if let Cause::RemoteBye(request) | Cause::Cancelled(request) = &cause {
            self.record.a.reason = map::told_reason(request.request().headers());
        }
        let (by, failure, farewell) = match cause {
            Cause::RemoteBye(bye) => {
                let mut farewell = Farewell::new(StatusCode::OK);
                farewell.to_b = self.carry(cx, Side::B, &bye);
                (EndedBy::Caller, None, farewell)
            }
            Cause::Cancelled(cancel) => {
                let mut farewell = Farewell::new(StatusCode::REQUEST_TERMINATED);
                farewell.to_b = map::reason(cancel.request().headers());
                self.record.a.status = Some(StatusCode::REQUEST_TERMINATED);
                (EndedBy::Caller, Some(CallFailure::Cancelled), farewell)
            }
            Cause::Expired => {
                // The time that the caller had set is over; 487 went out.
                let failure = if self.b.is_some() {
                    CallFailure::NoAnswer { trunk: self.trunk_name(cx, Side::B) }
                } else {
                    CallFailure::PreparationExpired
                };
                let status = StatusCode::REQUEST_TERMINATED;
                self.record.a.status = Some(status);
                (EndedBy::Caller, Some(failure), Farewell::new(status))
            }
            Cause::NoAck => (
                EndedBy::Caller,
                Some(CallFailure::NoAck),
                Farewell::new(StatusCode::OK).because("SIP;cause=408;text=\"no ACK\""),
            ),
            other => {
                let trunk = self.trunk_name(cx, Side::A);
                let why = lost(&other);
                let failure = CallFailure::Lost { trunk, leg: FailedLeg::Calling, why };
                (EndedBy::Caller, Some(failure), Farewell::new(StatusCode::OK))
            }
        };
        self.end(cx, by, failure, farewell);
    }

    fn callee_ended(&mut self, cx: &mut Context<'_>, cause: Cause) {
        let trunk = self.trunk_name(cx, Side::B);
        if self.stage == Stage::Dialling {
            let (failure, far) = far_failure(trunk, cause, self.record.b.as_mut());
            return self.attempt_failed(cx, failure, far);
        }
        let (failure, farewell) = match cause {
            Cause::RemoteBye(bye) => {
                if let Some(record) = self.record.b.as_mut() {
                    record.reason = map::told_reason(bye.request().headers());
                }
                let connected = self.stage == Stage::Connected;
                if connected && (self.waits_on(cx) || self.goes_on(cx, &bye)) {
                    return;
                }
                let mut farewell = Farewell::new(StatusCode::OK);
                farewell.to_a = self.carry(cx, Side::A, &bye);
                (None, farewell)
            }
            other => {
                let why = lost(&other);
                let failure = CallFailure::Lost { trunk, leg: FailedLeg::Called, why };
                (Some(failure), Farewell::new(StatusCode::SERVER_INTERNAL_ERROR))
            }
        };
        self.end(cx, EndedBy::Callee, failure, farewell);
    }

    /// The headers of a BYE, carried to the other side's BYE by the rules of that side's trunk.
    fn carry(&mut self, cx: &mut Context<'_>, to: Side, bye: &IncomingRequest) -> HeaderList {
        let Some(trunk) = self.trunk_of(to).and_then(|trunk| cx.legs.trunk(trunk)) else {
            return HeaderList::new();
        };
        let carried = map::bye(trunk, bye.request().headers());
        self.note_hand_back(cx, &carried);
        carried.headers
    }
}

/// How a leg that was being dialled failed, from its end; its final status goes into its record.
pub(crate) fn far_failure(
    trunk: String,
    cause: Cause,
    record: Option<&mut LegRecord>,
) -> (CallFailure, FarFailure) {
    let note = |response: &IncomingResponse| {
        let response = response.response();
        if let Some(record) = record {
            record.status = Some(response.status());
            record.reason = map::told_reason(response.headers());
        }
    };
    match cause {
        Cause::Rejected(response) => {
            let status = response.response().status();
            note(&response);
            (CallFailure::Refused { trunk, status }, FarFailure::Status(status))
        }
        Cause::AuthenticationFailed(response) => {
            note(&response);
            (CallFailure::AuthenticationRefused { trunk }, FarFailure::Credentials)
        }
        Cause::NoResponse => (CallFailure::NoResponse { trunk }, FarFailure::NoResponse),
        Cause::Expired => (CallFailure::NoAnswer { trunk }, FarFailure::NoAnswer),
        Cause::Unresolved => (CallFailure::Unresolved { trunk }, FarFailure::Unreachable),
        Cause::RemoteBye(_) => {
            // A BYE on an early dialog: the far side took the call back.
            let status = StatusCode::TEMPORARILY_UNAVAILABLE;
            (CallFailure::Refused { trunk, status }, FarFailure::Status(status))
        }
        Cause::Unreachable(TransactionFailure::Transport(error)) => {
            (CallFailure::of_transport(trunk, error), FarFailure::Unreachable)
        }
        other => {
            let failure = CallFailure::Unreachable { trunk, why: lost(&other) };
            (failure, FarFailure::Unreachable)
        }
    }
}

/// Why a leg was lost, in a few words.
fn lost(cause: &Cause) -> String {
    match cause {
        Cause::Unreachable(failure) => failure.to_string(),
        Cause::DialogLost(Some(status)) => {
            format!("the peer does not know the dialog any more ({})", status.code())
        }
        Cause::DialogLost(None) => String::from("the peer does not answer in the dialog any more"),
        Cause::MalformedResponse(_) => String::from("its response could not be understood"),
        Cause::LocalBye(_) => String::from("the dialog was ended"),
        _ => String::from("the leg was lost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_apart() {
        let known = lost(&Cause::DialogLost(Some(StatusCode::CALL_DOES_NOT_EXIST)));
        assert!(known.contains("481"), "{known}");
        assert_ne!(known, lost(&Cause::DialogLost(None)));
    }
}

//! Where a peer's request goes: refused by the rules, into its dialog, a new session, or up to the
//! application (RFC 3261 8.2, 12.2.2).

use std::time::Instant;

use siptrunk_message::{HeaderValue, Method, StatusCode, validate};
use siptrunk_transaction::{IncomingRequest, ServerTransactionId, TransactionFailure};

use crate::{
    Dialog, Event, Reply, UaError,
    context::{Context, Pending},
    session::{
        inbox::retry_after,
        incoming::Incoming,
        table::{Arrival, Sessions},
    },
};

/// Takes a new request.
pub(crate) fn admit(
    now: Instant,
    cx: &mut Context,
    sessions: &mut Sessions,
    id: ServerTransactionId,
    request: IncomingRequest,
) {
    let session = request.essentials().to_tag().map(|tag| sessions.by_tag(tag));
    // Whether a dialog exists comes first: what it does not exist for need not be understood.
    if session == Some(None) || (session.is_none() && needs_dialog(&request)) {
        cx.counters.refused_requests += 1;
        let reply = Reply::new(StatusCode::CALL_DOES_NOT_EXIST);
        return cx.reply_now(now, id, &request, &reply);
    }
    if let Some(reply) = objection(cx, &request).or_else(|| stray_refer(cx, &request)) {
        cx.counters.refused_requests += 1;
        return cx.reply_now(now, id, &request, &reply);
    }
    if let Some(Some(session)) = session {
        return sessions
            .step(now, cx, session, |session, cx| session.handle_request(now, cx, id, request));
    }
    if request.essentials().cseq().method == Method::INVITE {
        return begin(now, cx, sessions, id, request);
    }
    if cx.pending.len() >= cx.config.limits.max_pending {
        let reply = overloaded(cx);
        return cx.reply_now(now, id, &request, &reply);
    }
    let patience = cx.patience();
    let pending = Pending { request: request.clone(), session: None };
    cx.await_response(id, pending, now + patience);
    cx.emit(Event::Request { transaction: id, request });
}

/// Methods that mean nothing without a dialog.
fn needs_dialog(request: &IncomingRequest) -> bool {
    matches!(request.essentials().cseq().method.as_str(), "BYE" | "UPDATE" | "PRACK" | "INFO")
}

/// REFER and NOTIFY are understood inside dialogs only.
fn stray_refer(cx: &Context, request: &IncomingRequest) -> Option<Reply> {
    let essentials = request.essentials();
    let status = match essentials.cseq().method.as_str() {
        _ if !cx.config.refer || essentials.to_tag().is_some() => return None,
        "REFER" => StatusCode::FORBIDDEN,
        "NOTIFY" => StatusCode::CALL_DOES_NOT_EXIST,
        _ => return None,
    };
    Some(Reply::new(status))
}

/// What is wrong with a request as RFC 3261 section 8.2 looks at it, if anything.
fn objection(cx: &Context, request: &IncomingRequest) -> Option<Reply> {
    let rejection = validate::validate_request(request.request(), &cx.rules).err()?;
    let mut reply = Reply::new(rejection.status);
    for (name, value) in rejection.headers {
        if let Ok(value) = HeaderValue::new(value) {
            reply = reply.extra(name, value);
        }
    }
    Some(reply)
}

/// A new INVITE.
fn begin(
    now: Instant,
    cx: &mut Context,
    sessions: &mut Sessions,
    transaction: ServerTransactionId,
    request: IncomingRequest,
) {
    if sessions.has_arrived(&Arrival::of(&request)) {
        cx.counters.refused_requests += 1;
        return cx.reply_now(now, transaction, &request, &Reply::new(StatusCode::LOOP_DETECTED));
    }
    if sessions.len() >= cx.config.limits.max_sessions {
        let reply = overloaded(cx);
        return cx.reply_now(now, transaction, &request, &reply);
    }
    let tag = cx.new_tag();
    let Ok(dialog) = Dialog::of_request(&request, tag) else {
        cx.counters.refused_requests += 1;
        let mut reply = Reply::new(StatusCode::BAD_REQUEST);
        reply.reason = Some("Contact or Record-Route missing or malformed".to_owned());
        return cx.reply_now(now, transaction, &request, &reply);
    };
    let id = sessions.next_id();
    let incoming = Incoming::new(now, cx, id, transaction, request.clone(), dialog);
    sessions.insert_incoming(cx, id, incoming);
    cx.emit(Event::Incoming { session: id, request });
}

fn overloaded(cx: &mut Context) -> Reply {
    cx.counters.refused_by_limit += 1;
    let reply = Reply::new(StatusCode::SERVICE_UNAVAILABLE);
    retry_after(reply, cx.config.retry_after.into())
}

/// Sends the application's response to a request that waits for it.
pub(crate) fn respond(
    now: Instant,
    cx: &mut Context,
    sessions: &mut Sessions,
    id: ServerTransactionId,
    reply: &Reply,
) -> Result<(), UaError> {
    if reply.status == StatusCode::TRYING {
        return Err(UaError::UnsuitableStatus(reply.status));
    }
    let pending = cx.pending.remove(&id).ok_or(UaError::UnknownRequest)?;
    let result = if let Some(session) = pending.session {
        sessions.verb(now, cx, session, |session, cx| {
            session.respond(now, cx, id, &pending.request, reply)
        })
    } else {
        let tag = cx.new_tag();
        let response = cx.response(&pending.request, None, Some(&tag), reply);
        cx.layer.respond(now, id, &response).map_err(UaError::from)
    };
    if result.is_err() || reply.status.is_provisional() {
        cx.pending.insert(id, pending);
    } else {
        cx.take_pending(id);
    }
    result
}

/// The application did not respond in time. Nobody waits for a response any more (RFC 4320 4.1),
/// save for that to a re-INVITE.
pub(crate) fn expire(
    now: Instant,
    cx: &mut Context,
    sessions: &mut Sessions,
    id: ServerTransactionId,
) {
    let Some(pending) = cx.take_pending(id) else { return };
    if pending.request.essentials().cseq().method == Method::INVITE {
        let reply = Reply::new(StatusCode::SERVER_INTERNAL_ERROR);
        cx.reply_now(now, id, &pending.request, &reply);
    } else {
        cx.layer.abandon(id);
    }
    if let Some(session) = pending.session {
        sessions.drop_request(session, id);
    }
}

/// A response could not be sent, or nobody waits for it any more. What was not final yet is
/// answered 500, so that its transaction ends; if it has ended, nothing goes out.
pub(crate) fn handle_server_failure(
    now: Instant,
    cx: &mut Context,
    sessions: &mut Sessions,
    id: ServerTransactionId,
    failure: TransactionFailure,
) {
    if let Some(pending) = cx.take_pending(id) {
        let reply = Reply::new(StatusCode::SERVER_INTERNAL_ERROR);
        cx.reply_now(now, id, &pending.request, &reply);
        if let Some(session) = pending.session {
            sessions.drop_request(session, id);
        }
    } else if let Some(session) = sessions.by_invite(id) {
        sessions.step(now, cx, session, |session, cx| {
            session.handle_server_failure(now, cx, id, failure)
        });
    }
}

//! What the layer does with a message that comes in: parse, match, and hand to its transaction.

use std::time::Instant;

use siptrunk_message::{
    HeaderName, HeaderValue, Message, Method, ParseError, Request, Response, StatusCode, Via,
};

use crate::{
    Essentials, Event, IncomingRequest, IncomingResponse, Received, Refusal, TransactionLayer,
    Transmit,
    admission::{NoShare, Stranger, most_of},
    route,
    servers::Arrival,
    stateless,
};

impl TransactionLayer {
    pub(crate) fn receive(&mut self, now: Instant, received: &Received) {
        self.out.counters.received += 1;
        self.connections.note(received.flow, received.transport, received.local);
        if received.bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
            self.out.counters.keepalives += 1;
            return;
        }
        if let Some(stranger) = self.stranger(received)
            && !received.bytes.starts_with(b"SIP/")
            && !self.gate.take(now, stranger)
        {
            self.out.counters.over_rate += 1;
            return;
        }
        match Message::parse(received.bytes.clone(), &self.config.limits) {
            Ok(Message::Request(request)) => self.receive_request(now, received, request),
            Ok(Message::Response(response)) => self.receive_response(now, received, response),
            Err(error) => self.receive_malformed(received, &error),
        }
    }

    fn receive_malformed(&mut self, received: &Received, error: &ParseError) {
        match stateless::salvage(received, &self.config.limits) {
            Some(request) => self.answer_malformed(received, &request, error.status()),
            None => self.out.counters.malformed_dropped += 1,
        }
    }

    fn answer_malformed(&mut self, received: &Received, request: &Request, status: StatusCode) {
        match self.respond_malformed(received, request, status) {
            Some(transmit) => {
                self.out.counters.malformed_answered += 1;
                self.answer(received, transmit);
            }
            None => self.out.counters.malformed_dropped += 1,
        }
    }

    fn respond_malformed(
        &self,
        received: &Received,
        request: &Request,
        status: StatusCode,
    ) -> Option<Transmit> {
        if !self.config.answer_malformed || !stateless::is_answerable(received, request) {
            return None;
        }
        let headers = request.headers();
        let call_id = headers.raw(&HeaderName::CALL_ID).unwrap_or_default();
        let via = headers.first::<Via<'_>>().ok().flatten();
        let branch = via.as_ref().and_then(Via::branch);
        let tag = self.keys.stateless_tag(call_id, branch);
        let response = stateless::builder(received, request, status, &tag);
        stateless::respond(received, request, &response)
    }

    fn receive_request(&mut self, now: Instant, received: &Received, request: Request) {
        let method = request.method();
        let essentials = Essentials::read(&received.bytes, request.headers(), Some(method));
        let Ok(essentials) = essentials else {
            self.answer_malformed(received, &request, StatusCode::BAD_REQUEST);
            return;
        };
        if essentials.is_legacy() && self.stranger(received).is_some() {
            self.out.counters.legacy += 1;
            if let Some(transmit) =
                self.respond_malformed(received, &request, StatusCode::BAD_REQUEST)
            {
                self.answer(received, transmit);
            }
            return;
        }
        let request = IncomingRequest::new(request, essentials, received);
        let method = request.request().method();
        if *method == Method::ACK {
            self.receive_ack(now, request);
        } else if *method == Method::CANCEL {
            self.receive_cancel(now, received, request);
        } else {
            let key = self.key(&request, method);
            match self.servers.find(key) {
                Some(id) => {
                    let (_, servers, mut cx) = self.split(now);
                    servers.handle_repeat(&mut cx, id);
                }
                None => self.begin_server(now, received, request, key),
            }
        }
    }

    fn begin_server(
        &mut self,
        now: Instant,
        received: &Received,
        request: IncomingRequest,
        key: u128,
    ) {
        let in_dialog = request.essentials().to_tag().is_some();
        let stranger = self.stranger(received);
        if let Some(stranger) = stranger
            && let Err(share) = self.servers.shares().room(stranger, in_dialog)
        {
            match share {
                NoShare::Own => self.out.counters.over_stranger += 1,
                NoShare::All => self.out.counters.over_strangers += 1,
            }
            if self.config.admission.refusal == Refusal::Unavailable {
                self.refuse_unavailable(&request);
            }
            return;
        }
        if self.servers.live() >= most_of(self.config.max_transactions, in_dialog) {
            self.out.counters.over_limit += 1;
            self.refuse_unavailable(&request);
            return;
        }
        let merge = self.keys.merge(request.essentials());
        if self.servers.is_merged(merge) {
            self.out.counters.merged += 1;
            self.refuse_stateless(&request, StatusCode::LOOP_DETECTED, &[]);
            return;
        }
        let arrival =
            Arrival { request: &request, received, key, merge, stranger, internal: false };
        let (_, servers, mut cx) = self.split(now);
        let id = servers.start(&mut cx, &arrival);
        self.out.events.push_back(Event::Request { id, request });
    }

    /// An ACK belongs to the INVITE with its branch, if that one failed; else to a dialog, which
    /// the user above finds or does not.
    fn receive_ack(&mut self, now: Instant, request: IncomingRequest) {
        let key = self.key(&request, &Method::INVITE);
        if let Some(id) = self.servers.find(key) {
            let (_, servers, mut cx) = self.split(now);
            let up = servers.handle_ack(&mut cx, id);
            if up {
                self.out.events.push_back(Event::Ack { request });
            } else {
                self.out.counters.absorbed += 1;
            }
            return;
        }
        let essentials = request.essentials();
        let tag = self.keys.stateless_tag(essentials.call_id().as_bytes(), essentials.branch());
        match essentials.to_tag() {
            Some(to_tag) if to_tag != tag => self.out.events.push_back(Event::Ack { request }),
            _ => self.out.counters.stray_acks += 1,
        }
    }

    /// The layer answers a CANCEL: 200 if the INVITE is there, whatever its state, else 481
    /// (RFC 3261 section 9.2).
    fn receive_cancel(&mut self, now: Instant, received: &Received, request: IncomingRequest) {
        let key = self.key(&request, &Method::CANCEL);
        if let Some(id) = self.servers.find(key) {
            let (_, servers, mut cx) = self.split(now);
            servers.handle_repeat(&mut cx, id);
            return;
        }
        let stranger = self.stranger(received).is_some();
        let Some(invite) = self.servers.find(self.key(&request, &Method::INVITE)) else {
            self.out.counters.stray_cancels += 1;
            self.refuse_stateless(&request, StatusCode::CALL_DOES_NOT_EXIST, &[]);
            return;
        };
        let tag = self.servers.to_tag(invite).unwrap_or_else(|| {
            let essentials = request.essentials();
            self.keys.stateless_tag(essentials.call_id().as_bytes(), essentials.branch())
        });
        // One for each INVITE at most, so it takes no share of its own.
        let arrival = Arrival {
            request: &request,
            received,
            key,
            merge: None,
            stranger: None,
            internal: true,
        };
        let (_, servers, mut cx) = self.split(now);
        let id = servers.start(&mut cx, &arrival);
        let ok = request.response(StatusCode::OK, Some(&tag));
        let forgeable = stranger && !received.transport.is_reliable();
        if forgeable && ok.build().is_ok_and(|ok| ok.bytes().len() > received.bytes.len()) {
            cx.out.counters.withheld += 1;
        } else {
            // It repeats fields that were read, so it can be written; if not, the CANCEL times out.
            _ = servers.respond(&mut cx, id, &ok);
        }
        if self.servers.handle_cancel(invite) {
            self.out.events.push_back(Event::Cancel { invite, request });
        } else {
            self.out.counters.late_cancels += 1;
        }
    }

    fn receive_response(&mut self, now: Instant, received: &Received, response: Response) {
        let headers = response.headers();
        let Ok(essentials) = Essentials::read(&received.bytes, headers, None) else {
            self.out.counters.malformed_responses += 1;
            return;
        };
        // A second Via says that the response was meant for someone behind us (RFC 3261 8.1.3.3).
        let second = headers.all::<Via<'_>>().nth(1).is_some();
        if second || !route::is_ours(&self.config, &essentials.sent_by()) {
            self.out.counters.foreign_responses += 1;
            return;
        }
        let response = IncomingResponse::new(response, essentials, received);
        let (clients, _, mut cx) = self.split(now);
        if let Some(response) = clients.handle_response(&mut cx, response) {
            self.receive_unmatched(now, response);
        }
    }

    /// A response that no transaction has use for: a stray, unless it is the 2xx of an INVITE that
    /// was given up, and nobody is harmed if that is believed.
    fn receive_unmatched(&mut self, now: Instant, response: IncomingResponse) {
        let essentials = response.essentials();
        let call = (&Method::INVITE, essentials.call_id().as_bytes());
        let is_late = response.status().is_success()
            && essentials.cseq().method == Method::INVITE
            && self.gate.stranger(response.remote().ip()).is_none()
            && essentials.branch().is_some_and(|branch| self.branches.knows(now, branch, call));
        if !is_late {
            self.out.counters.stray_responses += 1;
        } else if self.gate.take_late(now) {
            self.out.counters.late_answers += 1;
            self.out.events.push_back(Event::LateAnswer { response });
        } else {
            self.out.counters.late_over_rate += 1;
        }
    }

    fn refuse_unavailable(&mut self, request: &IncomingRequest) {
        let seconds = HeaderValue::new(self.config.retry_after.to_string()).ok();
        let retry_after: Vec<_> =
            seconds.map(|seconds| (HeaderName::RETRY_AFTER, seconds)).into_iter().collect();
        self.refuse_stateless(request, StatusCode::SERVICE_UNAVAILABLE, &retry_after);
    }

    /// Answers once, and recognises the ACK by its tag.
    pub(crate) fn refuse_stateless(
        &mut self,
        request: &IncomingRequest,
        status: StatusCode,
        headers: &[(HeaderName, HeaderValue)],
    ) {
        let essentials = request.essentials();
        let tag = self.keys.stateless_tag(essentials.call_id().as_bytes(), essentials.branch());
        let mut response = request.response(status, Some(&tag));
        for (name, value) in headers {
            response = response.append(name, value);
        }
        let received = request.received();
        if let Some(transmit) = stateless::respond(&received, request.request(), &response) {
            self.answer(&received, transmit);
        }
    }

    /// Sends a stateless answer. A stranger's address may be forged: nobody gets more from us than
    /// was sent in his name, nor where it was not sent from.
    fn answer(&mut self, received: &Received, transmit: Transmit) {
        if self.stranger(received).is_some() && !stateless::is_harmless(received, &transmit) {
            self.out.counters.withheld += 1;
            return;
        }
        self.out.transmits.push_back(transmit);
    }

    fn stranger(&self, received: &Received) -> Option<Stranger> {
        self.gate.stranger(received.remote.ip())
    }

    fn key(&self, request: &IncomingRequest, method: &Method) -> u128 {
        let uri = request.request().uri();
        self.keys.transaction(request.essentials(), uri, method)
    }
}

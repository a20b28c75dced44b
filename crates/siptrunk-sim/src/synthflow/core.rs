//! The Synthflow end as a core: what comes in, and to whom it goes.

use std::{convert::Infallible, net::SocketAddr, time::Instant};

use bytes::Bytes;
use siptrunk_message::{Limits, Message, Request, Response};
use siptrunk_transaction::{Core, FlowEvent, FlowId, Live, QuestionId, Received, Transmit};

use super::{Event, Fault, Synthflow, call::Call, registration::Registering};
use crate::scripted::{Addressee, Leg, Parts, Reply, best_fit};

impl Synthflow {
    fn handle_request(&mut self, now: Instant, request: Request, from: SocketAddr) {
        let Some(parts) = Parts::of(request.headers()) else { return };
        let legs = self.calls.iter().map(|call| call.leg.as_ref());
        let to = Addressee::of(legs, &parts, from);
        let index = to.leg();
        let method = parts.method.as_str();
        if method == "ACK" {
            if let Some(index) = index {
                self.with_leg(now, index, |leg, line| leg.handle_ack(now, &request, line));
            }
            return;
        }
        if self.config.has(Fault::Silence) {
            return;
        }
        if self.line.repeat_answer(&parts, from) {
            if let Some(index) = index {
                self.with_leg(now, index, |leg, _| leg.record.note(method));
            }
            return;
        }
        let mut reply = Reply::new(405);
        let inside = parts.to_tag.is_some();
        match (method, to.by_dialog, to.by_invite) {
            ("CANCEL", _, Some(index)) => {
                self.with_leg(now, index, |leg, line| leg.handle_cancel(now, line));
                reply = Reply::new(200);
            }
            // A silent end keeps no answer to repeat.
            ("INVITE", None, Some(_)) => return,
            ("INVITE", None, None) if !inside => {
                return self.take_invite(now, request, parts, from);
            }
            (_, Some(index), _) => {
                let Self { line, calls, .. } = self;
                if let Some(leg) = &mut calls[index].leg {
                    reply = leg.handle_request(now, &request, line);
                }
            }
            ("OPTIONS", None, _) if !inside => match self.config.options_status {
                Some(status) => reply = Reply::new(status),
                None => return,
            },
            ("REGISTER", None, _) if self.config.registrar.is_some() => {
                reply = self.take_register(now, &request, from);
            }
            _ if inside || method == "CANCEL" => reply = Reply::new(481),
            _ => {}
        }
        let leg = index.and_then(|index| self.calls.get(index)).and_then(|call| call.leg.as_ref());
        let tag = leg.and_then(Leg::tag).map(str::to_owned);
        self.line.answer(now, &request, (&parts, from), &reply, tag.as_deref());
        if let Some(index) = index {
            self.heed(now, index);
        }
    }

    fn handle_response(&mut self, now: Instant, response: &Response, from: SocketAddr) {
        let Some(parts) = Parts::of(response.headers()) else { return };
        if let Some(registering) = &mut self.registering
            && registering.call_id() == parts.call_id
        {
            let told = registering.handle_response(now, response, &parts, &mut self.line);
            self.events.extend(told.map(|status| Event::Registered { status }));
            return;
        }
        let index = self.calls.iter().position(|call| call.call_id() == parts.call_id);
        if let Some(index) = index {
            self.with_leg(now, index, |leg, line| {
                leg.handle_response(now, response, (&parts, from), line);
            });
            for (from, bytes) in self.early.take() {
                self.handle_media_packet(now, from, bytes);
            }
        }
    }

    fn handle_media_packet(&mut self, now: Instant, from: SocketAddr, bytes: Bytes) {
        if self.pass_on(from, &bytes) {
            return;
        }
        let Some(place) = best_fit(self.calls.iter().map(Call::media), from, &bytes) else {
            if self.calls.iter().any(|call| call.media().is_none()) {
                self.early.keep(from, bytes);
            }
            return;
        };
        let call = &mut self.calls[place];
        if let Some(media) = call.media_mut() {
            media.handle_packet(now, &bytes);
        }
        call.judge_audio(now);
    }
}

impl Core for Synthflow {
    type Event = Event;
    type Question = Infallible;
    type Answer = Infallible;
    type MediaCommand = Infallible;
    type MediaEvent = Infallible;

    fn handle_input(&mut self, now: Instant, input: Received) {
        if matches!(input.flow, FlowId::Datagram { listener: 1, .. }) {
            self.handle_media_packet(now, input.remote, input.bytes);
            return;
        }
        self.line.outbox.note(&input);
        match Message::parse(input.bytes, &Limits::default()) {
            Ok(Message::Request(request)) => self.handle_request(now, request, input.remote),
            Ok(Message::Response(response)) => self.handle_response(now, &response, input.remote),
            Err(_) => {}
        }
    }

    fn handle_flow(&mut self, _: Instant, event: FlowEvent) {
        self.line.outbox.handle_flow(&event);
    }

    fn handle_answer(&mut self, _: Instant, _: QuestionId, answer: Infallible) {
        match answer {}
    }

    fn handle_media(&mut self, _: Instant, event: Infallible) {
        match event {}
    }

    fn handle_timeout(&mut self, now: Instant) {
        for key in self.line.handle_timeout(now) {
            if let Some(registering) = &mut self.registering
                && registering.key() == Some(&key)
            {
                registering.handle_given_up(now);
                self.events.push_back(Event::Registered { status: 0 });
                continue;
            }
            let of_leg = |call: &Call| call.leg.as_ref().is_some_and(|leg| leg.repeats(&key));
            if let Some(index) = self.calls.iter().position(of_leg) {
                self.with_leg(now, index, |leg, line| leg.handle_given_up(now, &key, line));
            }
        }
        if let Some(registering) = &mut self.registering {
            registering.handle_timeout(now, &mut self.line);
        }
        for index in 0..self.calls.len() {
            self.with_leg(now, index, |leg, line| leg.handle_timeout(now, line));
            self.calls[index].judge_audio(now);
            if self.calls[index].is_due(now) {
                self.act(now, index);
            }
        }
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.line.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, Infallible)> {
        None
    }

    fn poll_media(&mut self) -> Option<Infallible> {
        None
    }

    fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let calls = self.calls.iter().filter_map(Call::poll_timeout);
        let registering = self.registering.as_ref().and_then(Registering::poll_timeout);
        calls.chain(registering).chain(self.line.poll_timeout()).min()
    }

    fn live(&self) -> Live {
        self.line.live(self.calls.iter().filter(|call| !call.is_over()).count())
    }
}

//! Ours: a driver with a core whose every request is answered where it comes up.

use std::task::{Context, Poll};
use std::time::Instant;

use siptrunk_message::{Method, StatusCode};
use siptrunk_net::{Driver, Reply, UdpListener, World};
use siptrunk_transaction::{
    Config, Core, Event, FlowEvent, Listener, Live, QuestionId, Received, Seed, TransactionLayer,
    Transmit,
};
use siptrunk_ua::UserAgent;

use super::{ANY, process::announce, runtime};

/// A core that can be told what to do with its events.
trait Answers: Core {
    fn answer(&mut self, now: Instant, event: Self::Event);
}

impl Answers for TransactionLayer {
    fn answer(&mut self, now: Instant, event: Event) {
        let Event::Request { id, request } = event else {
            return;
        };
        let statuses: &[StatusCode] = if *request.request().method() == Method::INVITE {
            &[StatusCode::RINGING, StatusCode::OK]
        } else {
            &[StatusCode::OK]
        };
        for status in statuses {
            let response = request.response(*status, Some("t"));
            self.respond(now, id, &response).expect("the transaction is there");
        }
    }
}

impl Answers for UserAgent {
    fn answer(&mut self, now: Instant, event: siptrunk_ua::Event) {
        if let siptrunk_ua::Event::Request { transaction, .. } = event {
            let ok = siptrunk_ua::Reply::new(StatusCode::OK);
            self.respond(now, transaction, ok).expect("the transaction is there");
        }
    }
}

/// No server asks anything of the world, nor has media.
struct Nothing;

impl<C: Core> World<C> for Nothing {
    fn ask(&mut self, _: QuestionId, _: C::Question) {}

    fn command(&mut self, _: C::MediaCommand) {}

    fn poll_reply(&mut self, _: &mut Context<'_>) -> Poll<Reply<C>> {
        Poll::Pending
    }
}

/// Serves with the transaction layer.
pub(super) fn transactions() {
    serve(|config| TransactionLayer::new(config, Seed([9; 32])));
}

/// Serves with a user agent above the transaction layer: the whole stack.
pub(super) fn user_agent() {
    serve(|transaction| {
        let config = siptrunk_ua::Config { transaction, ..siptrunk_ua::Config::default() };
        UserAgent::new(config, Seed([9; 32]))
    });
}

fn serve<C: Answers>(core: impl FnOnce(Config) -> C)
where
    Server<C>: Core,
{
    runtime().block_on(async {
        let listener = UdpListener::bind(ANY).await.expect("a socket");
        let address = listener.local_addr();
        let listeners = vec![Listener::udp(address)];
        let core = Server(core(Config { listeners, ..Config::default() }));
        announce(address);
        Driver::new(core, Nothing, [listener]).run().await;
    });
}

struct Server<C>(C);

impl<C: Answers> Server<C> {
    fn answer(&mut self, now: Instant) {
        while let Some(event) = self.0.poll_event() {
            self.0.answer(now, event);
        }
    }
}

impl<C: Answers> Core for Server<C> {
    type Event = C::Event;
    type Question = C::Question;
    type Answer = C::Answer;
    type MediaCommand = C::MediaCommand;
    type MediaEvent = C::MediaEvent;

    fn handle_input(&mut self, now: Instant, input: Received) {
        self.0.handle_input(now, input);
        self.answer(now);
    }

    fn handle_flow(&mut self, now: Instant, event: FlowEvent) {
        self.0.handle_flow(now, event);
    }

    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: C::Answer) {
        self.0.handle_answer(now, id, answer);
    }

    fn handle_media(&mut self, now: Instant, event: C::MediaEvent) {
        self.0.handle_media(now, event);
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.0.handle_timeout(now);
    }

    fn poll_transmit(&mut self) -> Option<Transmit> {
        self.0.poll_transmit()
    }

    fn poll_question(&mut self) -> Option<(QuestionId, C::Question)> {
        self.0.poll_question()
    }

    fn poll_media(&mut self) -> Option<C::MediaCommand> {
        self.0.poll_media()
    }

    fn poll_event(&mut self) -> Option<C::Event> {
        self.0.poll_event()
    }

    fn poll_timeout(&self) -> Option<Instant> {
        self.0.poll_timeout()
    }

    fn live(&self) -> Live {
        self.0.live()
    }
}

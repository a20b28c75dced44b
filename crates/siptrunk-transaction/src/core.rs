//! The shape that every core of siptrunk has: inputs in, transmits, questions and events out.

use std::time::Instant;

use crate::{FlowEvent, Live, QuestionId, Received, Transmit};

/// A sans-IO core: it holds rules and state, and neither sockets nor clocks.
///
/// The driver (`siptrunk-net`), the simulator and the contract test are generic over this trait;
/// nothing else is. What an application asks of a core are inherent methods of that core.
///
/// The contract, held by one test that runs every core:
///
/// - `now` never goes back from one call to the next.
/// - After a drain (every `poll_*` called until it gave `None`) each `poll_*` is empty, and
///   [`poll_timeout`](Self::poll_timeout) lies after the last `now`.
/// - An early or repeated [`handle_timeout`](Self::handle_timeout) changes nothing.
/// - An answer that comes late, twice or never does no harm.
/// - The same [`Seed`](crate::Seed) and the same inputs give the same bytes.
pub trait Core {
    /// What happened, for the parent core or the application.
    type Event;
    /// What the core must ask of the world, because it cannot know it: names, ports, decisions.
    type Question;
    /// The world's reply to a [`Question`](Self::Question).
    type Answer;
    /// What the core wants of the media plane; [`Infallible`](std::convert::Infallible) without one.
    type MediaCommand;
    /// What the media plane reports; [`Infallible`](std::convert::Infallible) without one.
    type MediaEvent;

    /// Takes one datagram, or one framed message of a stream.
    fn handle_input(&mut self, now: Instant, input: Received);

    /// Takes the news that a connection opened, failed to open, or closed.
    fn handle_flow(&mut self, now: Instant, event: FlowEvent);

    /// Takes the answer to a question of [`poll_question`](Self::poll_question).
    fn handle_answer(&mut self, now: Instant, id: QuestionId, answer: Self::Answer);

    /// Takes a report of the media plane.
    fn handle_media(&mut self, now: Instant, event: Self::MediaEvent);

    /// Does what is due at `now`. Spurious calls do nothing.
    fn handle_timeout(&mut self, now: Instant);

    /// The next bytes to send, in order.
    fn poll_transmit(&mut self) -> Option<Transmit>;

    /// The next question to the world.
    fn poll_question(&mut self) -> Option<(QuestionId, Self::Question)>;

    /// The next command to the media plane.
    fn poll_media(&mut self) -> Option<Self::MediaCommand>;

    /// The next event.
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// When [`handle_timeout`](Self::handle_timeout) is due next; `None` while nothing waits.
    ///
    /// Any call that takes `&mut self` may change it.
    fn poll_timeout(&self) -> Option<Instant>;

    /// The ledger of live objects by kind: empty once everything that was begun has ended.
    fn live(&self) -> Live;
}

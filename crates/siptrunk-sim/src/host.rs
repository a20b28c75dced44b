//! What stands beside a core in the world: the one who answers its questions and obeys it.

use std::{
    convert::Infallible,
    net::SocketAddr,
    time::{Duration, Instant},
};

use bytes::Bytes;
use siptrunk_transaction::{Core, QuestionId};

/// Bytes between two addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// The sender's address and port.
    pub from: SocketAddr,
    /// The receiver's address and port.
    pub to: SocketAddr,
    /// What is in it.
    pub bytes: Bytes,
}

/// Answers the questions of a core, obeys its media commands, and owns ports of its own.
///
/// It answers at once, later, twice or never: all four have to be survived by the core.
pub trait Host<C: Core> {
    /// The core asks. Answer through the context, now or later, or not at all.
    fn ask(&mut self, context: &mut HostContext<C>, id: QuestionId, question: C::Question);

    /// The core commands its media plane.
    fn command(&mut self, context: &mut HostContext<C>, command: C::MediaCommand);

    /// The core reports. What is returned is kept for
    /// [`World::take_events`](crate::World::take_events); an application under test can stand here
    /// and call the core's verbs.
    fn event(
        &mut self,
        _context: &mut HostContext<C>,
        _core: &mut C,
        event: C::Event,
    ) -> Option<C::Event> {
        Some(event)
    }

    /// Whether this host listens on that address, beside the listeners of its core.
    fn owns(&self, _address: SocketAddr) -> bool {
        false
    }

    /// A datagram came to an address of [`owns`](Self::owns).
    fn handle_datagram(&mut self, _context: &mut HostContext<C>, _datagram: Datagram) {}

    /// Does what is due.
    fn handle_timeout(&mut self, _context: &mut HostContext<C>) {}

    /// When [`handle_timeout`](Self::handle_timeout) is due next.
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
}

/// The host of cores that ask nothing and have no media plane.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoHost;

impl<C: Core<Question = Infallible, MediaCommand = Infallible>> Host<C> for NoHost {
    fn ask(&mut self, _: &mut HostContext<C>, _: QuestionId, question: Infallible) {
        match question {}
    }

    fn command(&mut self, _: &mut HostContext<C>, command: Infallible) {
        match command {}
    }
}

/// What a [`Host`] can do when it is called.
pub struct HostContext<C: Core> {
    now: Instant,
    pub(crate) replies: Vec<(Instant, Reply<C>)>,
    pub(crate) datagrams: Vec<Datagram>,
}

/// Something that goes back to the core.
pub(crate) enum Reply<C: Core> {
    Answer(QuestionId, C::Answer),
    Media(C::MediaEvent),
}

impl<C: Core> HostContext<C> {
    pub(crate) fn new(now: Instant) -> Self {
        Self { now, replies: Vec::new(), datagrams: Vec::new() }
    }

    /// The present.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Answers a question at once.
    pub fn answer(&mut self, id: QuestionId, answer: C::Answer) {
        self.answer_after(Duration::ZERO, id, answer);
    }

    /// Answers a question after some time.
    pub fn answer_after(&mut self, delay: Duration, id: QuestionId, answer: C::Answer) {
        self.replies.push((self.now + delay, Reply::Answer(id, answer)));
    }

    /// Reports a media event at once.
    pub fn media(&mut self, event: C::MediaEvent) {
        self.media_after(Duration::ZERO, event);
    }

    /// Reports a media event after some time.
    pub fn media_after(&mut self, delay: Duration, event: C::MediaEvent) {
        self.replies.push((self.now + delay, Reply::Media(event)));
    }

    /// Sends a datagram from an address of the host.
    pub fn send(&mut self, datagram: Datagram) {
        self.datagrams.push(datagram);
    }
}

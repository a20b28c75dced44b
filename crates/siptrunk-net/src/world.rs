//! What answers a core's questions and obeys its media commands.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use siptrunk_transaction::{Core, QuestionId};

/// The world as one core sees it: names, ports, media.
///
/// [`Driver`](crate::Driver) calls `ask` and `command` while it drains the core, so neither may
/// block; what takes time goes to a task or thread of the world's own, and its result comes back
/// through [`poll_reply`](Self::poll_reply).
pub trait World<C: Core> {
    /// Takes a question. Answers come through [`poll_reply`](Self::poll_reply), at any later time,
    /// or never: cores have deadlines of their own.
    fn ask(&mut self, id: QuestionId, question: C::Question);

    /// Takes a command for the media plane.
    fn command(&mut self, command: C::MediaCommand);

    /// The next answer or media event, as futures are polled: while it is pending, `context`'s
    /// waker must be woken when there is one. Only the waker of the last call counts.
    fn poll_reply(&mut self, context: &mut Context<'_>) -> Poll<Reply<C>>;

    /// The core has taken an answer: whoever wants to know what it made of it looks now.
    fn answered(&mut self, core: &C) {
        let _ = core;
    }
}

/// What a world has to say to its core.
pub enum Reply<C: Core> {
    /// For [`Core::handle_answer`].
    Answer(QuestionId, C::Answer),
    /// For [`Core::handle_media`].
    Media(C::MediaEvent),
}

/// The world of cores that ask nothing and have no media: scripted ends, plain transactions.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoWorld;

impl<C> World<C> for NoWorld
where
    C: Core<Question = Infallible, MediaCommand = Infallible>,
{
    fn ask(&mut self, _: QuestionId, question: Infallible) {
        match question {}
    }

    fn command(&mut self, command: Infallible) {
        match command {}
    }

    fn poll_reply(&mut self, _: &mut Context<'_>) -> Poll<Reply<C>> {
        Poll::Pending
    }
}

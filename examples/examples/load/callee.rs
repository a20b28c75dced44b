//! The called end: answers every call at once.

use std::time::Instant;

use siptrunk::message::StatusCode;
use siptrunk::ua::{Event, Reply};

use crate::end::{Desk, Role, remote_media};

/// Answers every call at once.
#[derive(Default)]
pub(crate) struct Callee {
    /// Calls that it answered.
    pub(crate) answered: u64,
}

impl Role for Callee {
    fn handle(&mut self, desk: &mut Desk, now: Instant, event: Event) {
        match event {
            Event::Incoming { session, request } => {
                let reply = Reply::new(StatusCode::OK).body(desk.description());
                if desk.agent.answer(now, session, reply).is_ok() {
                    self.answered += 1;
                    let to = remote_media(request.request().body());
                    desk.streams.begin(now, session, to);
                }
            }
            Event::Ended { session, .. } => desk.streams.end(session),
            _ => {}
        }
    }
}

//! Events not fetched yet: bounded, because what cancels out is not kept.

use std::collections::VecDeque;

use crate::{MediaEvent, Side};

/// Two first packets, one change of silence a side, one end: no more can be in the queue.
pub(crate) const CAPACITY: usize = 5;

#[derive(Debug)]
pub(crate) struct EventQueue {
    events: VecDeque<MediaEvent>,
}

impl EventQueue {
    /// Room for all events that can be in the queue, so that a packet never allocates.
    pub(crate) fn new() -> Self {
        Self { events: VecDeque::with_capacity(CAPACITY) }
    }

    pub(crate) fn pop(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    /// Adds an event that happens once.
    pub(crate) fn push(&mut self, event: MediaEvent) {
        debug_assert!(self.events.len() < CAPACITY, "once-only events repeat");
        self.events.push_back(event);
    }

    /// Adds a change between silence and sound. If the opposite change is still here, nobody
    /// needs to hear of either; a second silence (there was a hold between) adds nothing.
    pub(crate) fn push_change(&mut self, event: MediaEvent) {
        let Some((side, silent)) = change(&event) else { return self.push(event) };
        let pending = self.events.iter().enumerate().find_map(|(index, pending)| {
            change(pending).filter(|(of, _)| *of == side).map(|(_, was_silent)| (index, was_silent))
        });
        match pending {
            Some((_, was_silent)) if was_silent == silent => {}
            Some((index, _)) => {
                self.events.remove(index);
            }
            None => self.push(event),
        }
    }
}

/// The side whose silence changes, and whether it falls silent.
fn change(event: &MediaEvent) -> Option<(Side, bool)> {
    match event {
        MediaEvent::Silence { side, .. } => Some((*side, true)),
        MediaEvent::Resumed { side, .. } => Some((*side, false)),
        _ => None,
    }
}

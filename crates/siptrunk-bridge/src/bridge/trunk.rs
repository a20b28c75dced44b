//! What the application is told of trunks: registrations in both directions, life and death.

use super::Bridge;
use crate::event::Event;
use crate::legs::LegEvent;

impl Bridge {
    /// Hands on what legs report of a trunk. Events of legs are not for here.
    pub(super) fn tell_of_trunk(&mut self, event: LegEvent) {
        let event = match event {
            LegEvent::Bound { trunk, remote } => {
                Event::Bound { trunk: self.trunk_name(trunk), remote }
            }
            LegEvent::Unbound { trunk } => Event::Unbound { trunk: self.trunk_name(trunk) },
            LegEvent::TrunkDown { trunk } => Event::TrunkDown { trunk: self.trunk_name(trunk) },
            LegEvent::TrunkUp { trunk } => Event::TrunkUp { trunk: self.trunk_name(trunk) },
            LegEvent::Registered { trunk, expires } => {
                Event::Registered { trunk: self.trunk_name(trunk), expires }
            }
            LegEvent::RegistrationFailed { trunk, reason, retry_in } => {
                Event::RegistrationFailed { trunk: self.trunk_name(trunk), reason, retry_in }
            }
            _ => return,
        };
        self.events.push_back(event);
    }
}

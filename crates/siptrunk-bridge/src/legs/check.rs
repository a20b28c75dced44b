//! What is done about a trunk's life and pace: OPTIONS out, their outcomes in, 503 with Retry-After heeded.

use std::time::{Duration, Instant};

use siptrunk_message::{RetryAfter, StatusCode};
use siptrunk_transaction::IncomingResponse;
use siptrunk_ua::Cause;

use super::Legs;
use super::event::{LegEvent, TrunkId};
use super::health::{Check, TrunkHealth};
use super::pacer::Turn;
use crate::diagnosis::CallFailure;

impl Legs {
    /// What is known of a trunk's life.
    pub fn health(&self, trunk: TrunkId) -> TrunkHealth {
        self.watch.health(trunk)
    }

    /// Takes a place in the pace of a trunk, before [`Self::dial`]: `None` if the call may go at once,
    /// else when it may. A place that is not used is lost.
    ///
    /// # Errors
    /// The trunk takes no call for now: it asked for a pause, or the wait would be too long.
    pub fn turn(&mut self, now: Instant, trunk: TrunkId) -> Result<Option<Instant>, CallFailure> {
        match self.pacer.turn(now, trunk) {
            Turn::Now => Ok(None),
            Turn::At(at) => Ok(Some(at)),
            Turn::Refused => {
                self.count("trunk paused");
                Err(CallFailure::TooFast { trunk: self.name(trunk) })
            }
        }
    }

    /// Sends the OPTIONS that are due.
    pub(super) fn check(&mut self, now: Instant) {
        while let Some(check) = self.watch.due(now) {
            let asked = self.ask_by_options(now, check.trunk, check.target.clone());
            match asked {
                None => {}
                Some(Ok(id)) => self.watch.asked(id, check),
                // No room for a request: nothing is learned of the trunk by that.
                Some(Err(_)) => self.count("OPTIONS not sent"),
            }
        }
        self.drain(now);
    }

    /// An OPTIONS of ours is over. A 503 says that no calls are taken there (RFC 3261 21.5.4), and a
    /// 408 comes from somebody who got no answer either; any other answer is a sign of life.
    pub(super) fn hear(&mut self, now: Instant, check: &Check, answer: Option<&IncomingResponse>) {
        let alive = answer.is_some_and(|answer| {
            let status = answer.response().status();
            !matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT)
        });
        let trunk = check.trunk;
        match self.watch.heard(now, check, alive) {
            Some(true) => self.events.push_back(LegEvent::TrunkUp { trunk }),
            Some(false) => self.events.push_back(LegEvent::TrunkDown { trunk }),
            None => {}
        }
    }

    /// A leg on a trunk is over. A 503 with Retry-After asks for a pause (RFC 3261 21.5.4).
    pub(super) fn heed(&mut self, now: Instant, trunk: TrunkId, cause: &Cause) {
        let Cause::Rejected(response) = cause else { return };
        let response = response.response();
        if response.status() != StatusCode::SERVICE_UNAVAILABLE {
            return;
        }
        if let Ok(Some(pause)) = response.headers().first::<RetryAfter<'_>>() {
            self.pacer.pause(now, trunk, Duration::from_secs(pause.seconds().into()));
        }
    }
}

//! What the registrar's answer means: granted, refused, or to be tried again after a wait (RFC 3261
//! 10.2.8, 10.3; RFC 5626 4.5).

use std::time::{Duration, Instant};

use siptrunk_message::{Expires, HeaderName, MinExpires, NameAddr, StatusCode};
use siptrunk_transaction::IncomingResponse;

use super::{Leaving, MAX_EXPIRES, Progress, Registrant, Standing};
use crate::{
    Event, RegistrationFailure,
    authentication::is_challenge,
    context::{Context, retry_after},
    exchange::Outcome,
};

/// How often one attempt gives in to 423 before it counts as refused.
const MAX_TOO_BRIEF: u8 = 2;

impl Registrant {
    pub(super) fn conclude(
        &mut self,
        now: Instant,
        cx: &mut Context,
        outcome: Option<Outcome>,
    ) -> Progress {
        let Some(outcome) = outcome else { return Progress::Stay };
        let Some(mut exchange) = self.exchange.take() else { return Progress::Stay };
        self.sequence = exchange.sequence();
        let contact = exchange.contact().map(ToOwned::to_owned);
        exchange.close(cx);
        if self.leaving == Leaving::Sent {
            // Refused or lost: the binding runs out by itself.
            return self.left(cx);
        }
        match outcome {
            Ok(response) if response.response().status().is_success() => {
                self.accepted(now, cx, contact.as_deref(), response)
            }
            Ok(response) => self.refused(now, cx, response),
            Err(failure) => {
                // The flow did not carry it: the next attempt finds its own way.
                self.lose_flow(now, cx);
                self.failed(now, cx, RegistrationFailure::Request(failure), None)
            }
        }
    }

    fn accepted(
        &mut self,
        now: Instant,
        cx: &mut Context,
        contact: Option<&str>,
        response: IncomingResponse,
    ) -> Progress {
        self.too_brief = 0;
        let Some(expires) = granted(&response, contact, self.expires) else {
            let failure = RegistrationFailure::NotConfirmed(response);
            return self.failed(now, cx, failure, None);
        };
        let flow = response.flow();
        if self.standing.is_none_or(|standing| standing.flow != flow) {
            let (remote, failures) = (response.remote(), self.failures);
            self.standing = Some(Standing { flow, remote, since: now, failures });
            self.pulse.stop(cx);
            self.pulse.arm(now, cx);
        }
        self.failures = 0;
        self.bound_until = Some(now + expires);
        if self.leaving == Leaving::Wanted {
            return self.leave(now, cx);
        }
        // Spread out, so that a thousand trunks that began together do not come back together.
        self.next = Some(now + spread(cx, expires, 50, 90));
        cx.emit(Event::Registered { registration: self.id, expires });
        Progress::Stay
    }

    fn refused(&mut self, now: Instant, cx: &mut Context, response: IncomingResponse) -> Progress {
        match response.response().status() {
            status if is_challenge(status) => {
                if self.leaving == Leaving::Wanted {
                    return self.left(cx);
                }
                cx.emit(Event::RegistrationFailed {
                    registration: self.id,
                    failure: RegistrationFailure::AuthenticationFailed(response),
                    retry_in: None,
                });
                Progress::Over
            }
            StatusCode::INTERVAL_TOO_BRIEF if self.too_brief < MAX_TOO_BRIEF => {
                let least = response.response().headers().get::<MinExpires>().ok().flatten();
                let least = least.map(|least| Duration::from_secs(least.0.into()));
                match least.filter(|least| *least > self.expires && *least <= MAX_EXPIRES) {
                    Some(least) if self.leaving == Leaving::No => {
                        self.too_brief += 1;
                        self.expires = least;
                        self.send(now, cx)
                    }
                    _ => self.failed(now, cx, RegistrationFailure::Rejected(response), None),
                }
            }
            _ => {
                let wait = retry_after(&response);
                self.failed(now, cx, RegistrationFailure::Rejected(response), wait)
            }
        }
    }

    /// Waits and tries again (RFC 5626 section 4.5, and Retry-After where the registrar says it).
    fn failed(
        &mut self,
        now: Instant,
        cx: &mut Context,
        failure: RegistrationFailure,
        wait: Option<Duration>,
    ) -> Progress {
        self.too_brief = 0;
        if self.leaving == Leaving::Wanted {
            return self.leave(now, cx);
        }
        match wait {
            Some(wait) => {
                self.failures = (self.failures + 1).min(31);
                let retry_in = spread(cx, wait.min(cx.config.registration_retry_max), 100, 110);
                self.wait(now, cx, failure, retry_in);
            }
            None => self.back_off(now, cx, failure),
        }
        Progress::Stay
    }

    /// Waits longer after each failure in a row (RFC 5626 section 4.5). We form one flow at a time,
    /// so when it fails all have: the base time is the shorter one.
    pub(super) fn back_off(
        &mut self,
        now: Instant,
        cx: &mut Context,
        failure: RegistrationFailure,
    ) {
        self.failures = (self.failures + 1).min(31);
        let doubled = 1_u32.checked_shl(self.failures).unwrap_or(u32::MAX);
        let ceiling = cx.config.registration_retry.saturating_mul(doubled);
        let retry_in = spread(cx, ceiling.min(cx.config.registration_retry_max), 50, 100);
        self.wait(now, cx, failure, retry_in);
    }

    pub(super) fn wait(
        &mut self,
        now: Instant,
        cx: &mut Context,
        failure: RegistrationFailure,
        retry_in: Duration,
    ) {
        self.next = Some(now + retry_in);
        cx.emit(Event::RegistrationFailed {
            registration: self.id,
            failure,
            retry_in: Some(retry_in),
        });
    }
}

/// What the registrar granted our Contact (10.3 step 8); `None` if it does not hold it.
fn granted(
    response: &IncomingResponse,
    contact: Option<&str>,
    asked: Duration,
) -> Option<Duration> {
    let headers = response.response().headers();
    let general = || {
        let expires = headers.get::<Expires>().ok().flatten();
        expires.map_or(asked, |expires| Duration::from_secs(expires.0.into()))
    };
    let granted = if headers.contains(&HeaderName::CONTACT) {
        let ours = NameAddr::parse(contact?.as_bytes()).ok()?;
        let found = headers
            .name_addrs(&HeaderName::CONTACT)
            .filter_map(Result::ok)
            .find(|binding| binding.uri().equivalent(ours.uri()))?;
        let expires = found.param("expires").flatten().and_then(|text| text.parse::<u32>().ok());
        expires.map_or_else(general, |seconds| Duration::from_secs(seconds.into()))
    } else {
        // Not as the RFC has it, but some registrars leave the list out.
        general()
    };
    // It may grant less than was asked for, never more.
    (!granted.is_zero()).then(|| granted.min(asked))
}

/// A random part of a time, between two percentages.
pub(super) fn spread(cx: &mut Context, time: Duration, from: u64, to: u64) -> Duration {
    let thousandths = from * 10 + cx.rng.below((to - from) * 10 + 1);
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis((millis / 1_000).saturating_mul(thousandths).max(1_000))
}

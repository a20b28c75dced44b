//! The table of troubles: what is seen, why it likely is so, and what to do about it in whose screens.
//!
//! The rows are those of the integration guide and every other way in which a call can end here. What
//! the providers' screens are called: F-01 to F-08 and S-13 of the fact pages, 2026-08.

mod call;
mod limits;
mod way_in;
mod way_out;

use super::place::Place;
use super::symptom::{FailedLeg, Symptom};

/// One row.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) symptom: Symptom,
    /// What a person sees of it.
    pub(crate) seen: &'static str,
    pub(crate) leg: Option<FailedLeg>,
    /// The statuses that show it, the usual one first.
    pub(crate) codes: &'static [u16],
    /// By place; the last one is for anywhere.
    pub(crate) advice: &'static [Advice],
}

/// Why it is so and what to do about it, in one provider's words.
#[derive(Debug)]
pub(crate) struct Advice {
    pub(crate) place: Place,
    pub(crate) cause: &'static str,
    pub(crate) remedy: &'static str,
}

impl Row {
    /// What is to be said where this stands at the far end.
    pub(crate) fn advice_for(&self, place: Option<Place>) -> &Advice {
        let own = self.advice.iter().find(|advice| Some(advice.place) == place);
        own.or_else(|| self.advice.last()).unwrap_or(&UNKNOWN)
    }
}

/// For a row without advice, of which the tests allow none.
const UNKNOWN: Advice = anywhere("unknown", "look at the ladder of the call");

/// All rows, in the order of [`Symptom`].
pub(crate) static TABLE: [&Row; count()] =
    join([way_in::ROWS, limits::ROWS, way_out::ROWS, call::ROWS]);

const fn count() -> usize {
    way_in::ROWS.len() + limits::ROWS.len() + way_out::ROWS.len() + call::ROWS.len()
}

const fn join(parts: [&'static [Row]; 4]) -> [&'static Row; count()] {
    let mut all = [&parts[0][0]; count()];
    let (mut part, mut next) = (0, 0);
    while part < parts.len() {
        let mut at = 0;
        while at < parts[part].len() {
            all[next] = &parts[part][at];
            at += 1;
            next += 1;
        }
        part += 1;
    }
    all
}

const fn row(
    symptom: Symptom,
    seen: &'static str,
    leg: Option<FailedLeg>,
    codes: &'static [u16],
    advice: &'static [Advice],
) -> Row {
    Row { symptom, seen, leg, codes, advice }
}

const fn anywhere(cause: &'static str, remedy: &'static str) -> Advice {
    Advice { place: Place::Anywhere, cause, remedy }
}

const fn five9(cause: &'static str, remedy: &'static str) -> Advice {
    Advice { place: Place::Five9SelfService, cause, remedy }
}

const fn partner(cause: &'static str, remedy: &'static str) -> Advice {
    Advice { place: Place::Five9Partner, cause, remedy }
}

const fn synthflow(cause: &'static str, remedy: &'static str) -> Advice {
    Advice { place: Place::Synthflow, cause, remedy }
}

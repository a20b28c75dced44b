//! One route, compiled: its conditions, each judged by itself, and what it does.

use std::collections::HashMap;

use siptrunk_message::{HeaderName, StatusCode};
use siptrunk_profiles::{Route, RouteAction, Schedule, Share, When};

use super::{CallQuery, Decision, Onward};
use crate::bridge::map::Change;
use crate::legs::TrunkId;

/// What the conditions of routes are judged by.
#[derive(Debug, Clone, Copy)]
pub(in crate::bridge) struct Facts<'a> {
    pub(in crate::bridge) call: CallQuery<'a>,
    /// What the first of the headers for it says.
    pub(in crate::bridge) skill: Option<&'a [u8]>,
    pub(in crate::bridge) user_group: Option<&'a [u8]>,
}

/// A condition that a route sets.
#[derive(Debug, Clone)]
pub(in crate::bridge) enum Condition {
    From(TrunkId),
    Dialed,
    CallerPrefix(String),
    Skill,
    UserGroup,
    /// The header condition at this place.
    Has(usize, HeaderName),
    /// The schedule at this place.
    When(usize, When),
    Share(Share),
}

/// A route with its trunks and schedules found.
#[derive(Debug)]
pub(in crate::bridge) struct Rule {
    /// Its place in the configuration.
    pub(in crate::bridge) number: usize,
    pub(in crate::bridge) route: Route,
    pub(in crate::bridge) from: Option<TrunkId>,
    /// Those that are set, the cheapest first.
    pub(in crate::bridge) conditions: Vec<Condition>,
    trunks: Vec<TrunkId>,
    overflow: Vec<TrunkId>,
}

/// Answers on which no other trunk is tried, whatever the route says: a call that goes in a circle would
/// go round in each of them.
const CIRCLES: [StatusCode; 2] = [StatusCode::LOOP_DETECTED, StatusCode::TOO_MANY_HOPS];

impl Rule {
    pub(super) fn compile(
        number: usize,
        route: &Route,
        share: Option<Share>,
        trunks: &HashMap<String, TrunkId>,
        schedules: &[Schedule],
    ) -> Option<Self> {
        let ids = |names: &[String]| -> Option<Vec<TrunkId>> {
            names.iter().map(|name| trunks.get(name).copied()).collect()
        };
        let from = match &route.from {
            None => None,
            Some(name) => Some(*trunks.get(name)?),
        };
        let mut conditions: Vec<_> = from.map(Condition::From).into_iter().collect();
        if route.dialed != siptrunk_profiles::Dialed::Any {
            conditions.push(Condition::Dialed);
        }
        conditions.extend(route.caller_prefix.clone().map(Condition::CallerPrefix));
        if !route.skill.is_empty() {
            conditions.push(Condition::Skill);
        }
        if !route.user_group.is_empty() {
            conditions.push(Condition::UserGroup);
        }
        for (at, condition) in route.has.iter().enumerate() {
            conditions.push(Condition::Has(at, HeaderName::new(&condition.name).ok()?));
        }
        conditions.extend(share.map(Condition::Share));
        if let Some(when) = &route.when {
            let at = schedules.iter().position(|schedule| schedule.name == when.schedule)?;
            conditions.push(Condition::When(at, when.clone()));
        }
        let to = match &route.action {
            RouteAction::To(names) => ids(names)?,
            _ => Vec::new(),
        };
        let overflow = ids(&route.overflow)?;
        Some(Self { number, route: route.clone(), from, conditions, trunks: to, overflow })
    }

    /// Whether the route takes a call.
    pub(super) fn takes(&self, facts: &Facts<'_>, schedules: &[Schedule]) -> bool {
        self.conditions.iter().all(|condition| self.holds(condition, facts, schedules))
    }

    /// Whether one condition of the route holds for a call.
    pub(in crate::bridge) fn holds(
        &self,
        condition: &Condition,
        facts: &Facts<'_>,
        schedules: &[Schedule],
    ) -> bool {
        let says = |wanted: &[String], value: Option<&[u8]>| {
            value.is_some_and(|value| wanted.iter().any(|wanted| wanted.as_bytes() == value))
        };
        let call = &facts.call;
        match condition {
            Condition::From(trunk) => call.trunk == *trunk,
            Condition::Dialed => self.route.dialed.matches(&call.parties.dialed),
            Condition::CallerPrefix(prefix) => call.parties.caller.starts_with(prefix.as_str()),
            Condition::Skill => says(&self.route.skill, facts.skill),
            Condition::UserGroup => says(&self.route.user_group, facts.user_group),
            Condition::Has(at, name) => self
                .route
                .has
                .get(*at)
                .is_some_and(|wanted| wanted.value.matches(call.headers.raw_all(name))),
            Condition::When(at, when) => schedules
                .get(*at)
                .is_some_and(|schedule| schedule.is_open(call.wall) != when.outside),
            Condition::Share(share) => share.takes(call.draw),
        }
    }

    /// What becomes of a call to this number that the route takes.
    pub(super) fn decide(&self, dialed: &str) -> Decision {
        if let RouteAction::Reject(status) = &self.route.action {
            return Decision::Reject(*status, self.route.reason.clone());
        }
        let mut failover = self.route.failover.clone();
        failover.retain(|status| !CIRCLES.contains(status));
        Decision::Onward(Onward {
            trunks: self.trunks.clone(),
            overflow: self.overflow.clone(),
            failover,
            dial: self.route.changes_number().then(|| self.route.dials(dialed)),
            changes: self.route.headers.iter().filter_map(Change::compile).collect(),
        })
    }
}

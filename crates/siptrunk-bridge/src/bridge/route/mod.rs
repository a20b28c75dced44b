//! Routes compiled from the configuration: which of them takes a call, and where it goes then.

mod index;
mod rule;

use std::collections::HashMap;
use std::time::SystemTime;

use siptrunk_message::{HeaderName, Headers, StatusCode};
use siptrunk_profiles::{Config, Route, RouteAction, Schedule, Share};

use super::map::Change;
use crate::legs::{Parties, TrunkId};
use index::Index;
pub(super) use rule::{Condition, Facts, Rule};

/// What routes are asked about one call.
#[derive(Debug, Clone, Copy)]
pub struct CallQuery<'a> {
    /// The trunk it came from.
    pub trunk: TrunkId,
    /// Who calls whom.
    pub parties: &'a Parties,
    /// The headers of its INVITE.
    pub headers: &'a Headers,
    /// The time of day where the bridge is.
    pub wall: SystemTime,
    /// 64 random bits of the call, for routes that share: see [`Share`].
    pub draw: u64,
}

/// The routes of a configuration, compiled: the first that takes a call is found in about the same time
/// among ten and among a hundred thousand.
///
/// [`crate::Bridge`] holds one; by itself it answers which route a call would take.
#[derive(Debug)]
pub struct Router {
    trunks: HashMap<String, TrunkId>,
    rules: Vec<Rule>,
    index: Index,
    schedules: Vec<Schedule>,
    skill: Vec<HeaderName>,
    user_group: Vec<HeaderName>,
    /// Whether some route takes a share.
    shares: bool,
}

/// Where a route leads.
#[derive(Debug, Clone)]
pub(super) enum Decision {
    /// On to other trunks.
    Onward(Onward),
    /// This status, and what is said with it.
    Reject(StatusCode, Option<String>),
}

/// The way of a call that is let through: its own copy, whatever becomes of the routes.
#[derive(Debug, Clone, Default)]
pub(super) struct Onward {
    /// The trunks to try, in order.
    pub(super) trunks: Vec<TrunkId>,
    /// The trunks that take the place of the rest when one of those is full.
    pub(super) overflow: Vec<TrunkId>,
    /// The statuses on which the next one is tried.
    pub(super) failover: Vec<StatusCode>,
    /// The number to dial there, if it is not the one that was dialled here.
    pub(super) dial: Option<String>,
    /// What becomes of the headers that go on.
    pub(super) changes: Vec<Change>,
}

impl Router {
    /// Compiles the routes of a configuration that has no finding against a start.
    ///
    /// A route that refers to a trunk or a schedule that is not there takes no call.
    pub fn new(config: &Config) -> Self {
        let names = |names: &[String]| {
            names.iter().filter_map(|name| HeaderName::new(name).ok()).collect::<Vec<_>>()
        };
        let mut router = Self {
            trunks: trunk_ids(config),
            rules: Vec::with_capacity(config.routes.len()),
            index: Index::default(),
            schedules: config.schedules.clone(),
            skill: names(&config.variables.skill),
            user_group: names(&config.variables.user_group),
            shares: config.routes.iter().any(|route| route.share.is_some()),
        };
        let shares = Share::of(&config.routes);
        for (number, (route, share)) in config.routes.iter().zip(shares).enumerate() {
            let rule = Rule::compile(number, route, share, &router.trunks, &router.schedules);
            router.rules.extend(rule);
        }
        router.index = Index::build(&router.rules);
        router
    }

    /// The id of a trunk.
    pub fn trunk(&self, name: &str) -> Option<TrunkId> {
        self.trunks.get(name).copied()
    }

    /// How many routes there are.
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether the draw of a call matters.
    pub(super) const fn shares(&self) -> bool {
        self.shares
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The place in the configuration of the first route that takes a call.
    pub fn find(&self, call: &CallQuery<'_>) -> Option<usize> {
        self.rule_for(&self.facts(call)).map(|rule| rule.number)
    }

    /// The same by trying one route after the other: what [`Router::find`] must agree with.
    #[cfg(test)]
    fn find_slowly(&self, call: &CallQuery<'_>) -> Option<usize> {
        let facts = self.facts(call);
        self.rules.iter().find(|rule| rule.takes(&facts, &self.schedules)).map(|rule| rule.number)
    }

    fn rule_for(&self, facts: &Facts<'_>) -> Option<&Rule> {
        let takes = |rule: &Rule| rule.takes(facts, &self.schedules);
        self.index.first(facts, &self.rules, takes).and_then(|at| self.rules.get(at))
    }

    pub(super) fn facts<'a>(&self, call: &CallQuery<'a>) -> Facts<'a> {
        let first = |names: &[HeaderName]| names.iter().find_map(|name| call.headers.raw(name));
        Facts { call: *call, skill: first(&self.skill), user_group: first(&self.user_group) }
    }

    /// The routes that an explanation tells of, in order: all, or those that the index does not rule out.
    pub(super) fn asked(&self, facts: &Facts<'_>, all: bool) -> impl Iterator<Item = &Rule> {
        let places =
            if all { (0..self.rules.len()).collect() } else { self.index.candidates(facts) };
        places.into_iter().filter_map(|place| self.rules.get(place))
    }

    pub(super) fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// What becomes of a call, or `None` if no route takes it.
    pub(super) fn decide(&self, call: &CallQuery<'_>) -> Option<Decision> {
        self.rule_for(&self.facts(call)).map(|rule| rule.decide(&call.parties.dialed))
    }

    /// What becomes of a call that this route was chosen for; `None` if it leads to no trunk of ours.
    pub(super) fn decide_by(&self, route: &Route, dialed: &str) -> Option<Decision> {
        let empty = matches!(&route.action, RouteAction::To(trunks) if trunks.is_empty());
        let rule = Rule::compile(0, route, None, &self.trunks, &self.schedules)?;
        (!empty).then(|| rule.decide(dialed))
    }
}

/// The trunks by their names.
fn trunk_ids(config: &Config) -> HashMap<String, TrunkId> {
    let trunks = config.trunks.iter().enumerate();
    // Names that stand twice are an error of the lints; here the first counts, as everywhere.
    let mut ids = HashMap::new();
    for (index, trunk) in trunks {
        ids.entry(trunk.name.clone()).or_insert(TrunkId(index));
    }
    ids
}

#[cfg(test)]
mod tests;

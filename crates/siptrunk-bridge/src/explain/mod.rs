//! Why a call goes where it goes: each route that was asked, what it wants, what the call has, and what
//! would be sent.

mod json;
mod text;

use std::time::SystemTime;

/// What a [`crate::Bridge`] would do with an INVITE, and why; see [`crate::Bridge::explain`].
///
/// `Display` is for people, [`Explanation::to_json`] for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explanation {
    /// The trunk that the call comes from.
    pub from: String,
    /// The caller's number.
    pub caller: String,
    /// The number that was dialled.
    pub dialed: String,
    /// What the call says its skill is.
    pub skill: Option<String>,
    /// What the call says its group of users is.
    pub user_group: Option<String>,
    /// The time that the hours of routes were compared with.
    pub wall: SystemTime,
    /// How many routes there are.
    pub routes: usize,
    /// The routes that were judged, in order, down to the one that takes the call. Among many routes, those
    /// that the index rules out at once are not here.
    pub judged: Vec<JudgedRoute>,
    /// What happens.
    pub outcome: Outcome,
}

/// One route, and what of it fits the call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JudgedRoute {
    /// Its place in the configuration, from 0.
    pub number: usize,
    /// Its name.
    pub name: Option<String>,
    /// Whether it takes the call: every condition holds.
    pub takes: bool,
    /// Its conditions; none is a route for all calls.
    pub conditions: Vec<JudgedCondition>,
}

/// One condition of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct JudgedCondition {
    /// What it is about: the key of the configuration.
    pub subject: String,
    /// What the route wants.
    pub wanted: String,
    /// What the call has.
    pub found: String,
    /// Whether that fits.
    pub holds: bool,
}

/// What happens to the call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It goes on.
    Dialled {
        /// What is dialled, in this order, each if the one before fails.
        attempts: Vec<Attempt>,
        /// What is dialled in place of the rest where one of those is full.
        overflow: Vec<Attempt>,
        /// The answers on which the next is tried.
        failover: Vec<u16>,
    },
    /// It is refused.
    Refused {
        /// The status.
        status: u16,
        /// Why.
        why: String,
    },
}

/// One INVITE that would be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// The trunk it goes to.
    pub trunk: String,
    /// Its Request-URI, where the trunk does not register a Contact of its own with us.
    pub request_uri: String,
    /// Call context and identity that go with it: names and values.
    pub headers: Vec<(String, String)>,
    /// Names of headers that are over the trunk's limit.
    pub left_behind: Vec<String>,
    /// How many calls the trunk has now.
    pub calls: u32,
    /// How many it may have.
    pub max_calls: Option<u32>,
}

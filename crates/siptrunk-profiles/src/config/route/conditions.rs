//! What tells the calls of one route from those of another.

use super::{Dialed, HeaderMatch, Route};
use crate::When;

/// All conditions of a route but its share.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Conditions<'c> {
    pub(crate) from: Option<&'c str>,
    pub(crate) dialed: &'c Dialed,
    pub(crate) others: Others<'c>,
}

/// The conditions beside trunk and number; by default none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Others<'c> {
    caller_prefix: Option<&'c str>,
    skill: &'c [String],
    user_group: &'c [String],
    has: &'c [HeaderMatch],
    when: Option<&'c When>,
}

impl<'c> Conditions<'c> {
    pub(crate) fn of(route: &'c Route) -> Self {
        Self {
            from: route.from.as_deref(),
            dialed: &route.dialed,
            others: Others {
                caller_prefix: route.caller_prefix.as_deref(),
                skill: &route.skill,
                user_group: &route.user_group,
                has: &route.has,
                when: route.when.as_ref(),
            },
        }
    }
}

//! Routes compiled from the configuration: which trunks a call goes to.

use siptrunk_message::StatusCode;
use siptrunk_profiles::{Config, Dialed, RouteAction};

use crate::legs::TrunkId;

/// Where a route leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decision {
    /// On to other trunks.
    Onward(Onward),
    /// This status.
    Reject(StatusCode),
}

/// The way of a call that is let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Onward {
    /// The trunks to try, in order.
    pub(crate) trunks: Vec<TrunkId>,
    /// The statuses on which the next one is tried.
    pub(crate) failover: Vec<StatusCode>,
    /// The number to dial there, if it is not the one that was dialled here.
    pub(crate) dial: Option<String>,
}

/// The rules in their order; the first match decides.
#[derive(Debug)]
pub(crate) struct Routes {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    from: Option<TrunkId>,
    dialed: Dialed,
    decision: Decision,
}

impl Routes {
    /// Compiles the routes of a configuration.
    ///
    /// Names of trunks that do not exist were findings of the lints; such a rule matches nothing here.
    pub(crate) fn compile(config: &Config) -> Self {
        let trunk = |name: &str| config.trunks.iter().position(|t| t.name == name).map(TrunkId);
        let rules = config
            .routes
            .iter()
            .filter_map(|route| {
                let from = match &route.from {
                    None => None,
                    Some(name) => Some(trunk(name)?),
                };
                let decision = match &route.action {
                    RouteAction::To(names) => {
                        let trunks: Option<Vec<_>> = names.iter().map(|name| trunk(name)).collect();
                        Decision::Onward(Onward {
                            trunks: trunks?,
                            failover: route.failover.clone(),
                            dial: route.dial.clone(),
                        })
                    }
                    RouteAction::Reject(status) => Decision::Reject(*status),
                    _ => return None,
                };
                Some(Rule { from, dialed: route.dialed.clone(), decision })
            })
            .collect();
        Self { rules }
    }

    /// The decision for a call, or `None` when no rule matches.
    pub(crate) fn decide(&self, from: TrunkId, dialed: &str) -> Option<&Decision> {
        self.rules
            .iter()
            .find(|rule| rule.from.is_none_or(|trunk| trunk == from) && rule.dialed.matches(dialed))
            .map(|rule| &rule.decision)
    }
}

//! What the bridge would do with an INVITE: by the same steps that would do it.

use std::time::Instant;

use siptrunk_message::{Request, Uri};
use siptrunk_profiles::Schedule;

use super::admission::{Plan, Refusal};
use super::route::{CallQuery, Condition, Facts, Onward, Rule};
use super::{Bridge, map};
use crate::explain::{Attempt, Explanation, JudgedCondition, JudgedRoute, Outcome};
use crate::legs::{Parties, TrunkId};

/// With no more routes than these, each down to the one that takes the call is told, also those that the
/// index rules out.
const ALL_TOLD: usize = 100;

/// How a secret is shown.
const REDACTED: &str = "<redacted>";

impl Bridge {
    /// What would happen to this INVITE if it came now from this trunk, and why: each route that is judged,
    /// and what would be sent. Nothing is done.
    ///
    /// Whether the trunk may call at all (address, password, room) is not judged here.
    pub fn explain(&self, now: Instant, from: &str, invite: &Request) -> Explanation {
        let parties = Parties::read(invite);
        let Some(trunk) = self.router.trunk(from) else {
            return Explanation {
                from: from.to_owned(),
                caller: parties.caller,
                dialed: parties.dialed,
                skill: None,
                user_group: None,
                wall: self.wall(now),
                routes: self.router.len(),
                judged: Vec::new(),
                outcome: Outcome::Refused {
                    status: 403,
                    why: "there is no trunk of this name".to_owned(),
                },
            };
        };
        let query = self.query(now, trunk, &parties, invite);
        let plan = self.plan(now, trunk, &parties, invite);
        self.explain_plan(&query, invite, plan.as_ref().map_err(AsRef::as_ref))
    }

    /// The explanation of a plan that was made for this call.
    pub(super) fn explain_plan(
        &self,
        query: &CallQuery<'_>,
        invite: &Request,
        plan: Result<&Plan, &Refusal>,
    ) -> Explanation {
        let facts = self.router.facts(query);
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let outcome = match plan {
            Ok(plan) => self.dialled(query, invite, &plan.onward),
            Err(refusal) => Outcome::Refused {
                status: refusal.farewell.refusal.status.code(),
                why: refusal.failure.to_string(),
            },
        };
        Explanation {
            from: self.trunk_name(query.trunk),
            caller: query.parties.caller.clone(),
            dialed: query.parties.dialed.clone(),
            skill: facts.skill.map(text),
            user_group: facts.user_group.map(text),
            wall: query.wall,
            routes: self.router.len(),
            judged: self.judged(&facts),
            outcome,
        }
    }

    fn judged(&self, facts: &Facts<'_>) -> Vec<JudgedRoute> {
        let all = self.router.len() <= ALL_TOLD;
        let mut judged = Vec::new();
        for rule in self.router.asked(facts, all) {
            let conditions: Vec<_> = rule
                .conditions
                .iter()
                .map(|condition| self.condition(rule, condition, facts))
                .collect();
            let takes = conditions.iter().all(|condition| condition.holds);
            judged.push(JudgedRoute {
                number: rule.number,
                name: rule.route.name.clone(),
                takes,
                conditions,
            });
            if takes {
                break;
            }
        }
        judged
    }

    fn condition(&self, rule: &Rule, condition: &Condition, facts: &Facts<'_>) -> JudgedCondition {
        let schedules = self.router.schedules();
        let call = &facts.call;
        let route = &rule.route;
        let said = |value: Option<&[u8]>| {
            value.map_or_else(String::new, |value| String::from_utf8_lossy(value).into_owned())
        };
        let (subject, wanted, found) = match condition {
            Condition::From(trunk) => {
                ("from".to_owned(), self.trunk_name(*trunk), self.trunk_name(call.trunk))
            }
            Condition::Dialed => {
                ("dialed".to_owned(), route.dialed.to_string(), call.parties.dialed.clone())
            }
            Condition::CallerPrefix(prefix) => {
                ("caller_prefix".to_owned(), format!("{prefix}..."), call.parties.caller.clone())
            }
            Condition::Skill => ("skill".to_owned(), route.skill.join(" or "), said(facts.skill)),
            Condition::UserGroup => {
                ("user_group".to_owned(), route.user_group.join(" or "), said(facts.user_group))
            }
            Condition::Has(at, name) => {
                let wanted = route.has.get(*at).map(|has| has.value.to_string());
                let found = match call.headers.raw(name) {
                    Some(_) if self.is_secret(call.trunk, name.as_str()) => REDACTED.to_owned(),
                    value => said(value),
                };
                (format!("has.{}", name.as_str()), wanted.unwrap_or_default(), found)
            }
            Condition::When(at, when) => {
                let local = |schedule: &Schedule| schedule.local(call.wall);
                let found = schedules.get(*at).map(local);
                ("when".to_owned(), when.to_string(), found.unwrap_or_default())
            }
            Condition::Share(share) => (
                "share".to_owned(),
                format!("{} to {} of 100", share.start, share.end),
                share.drawn(call.draw).to_string(),
            ),
        };
        let holds = rule.holds(condition, facts, schedules);
        JudgedCondition { subject, wanted, found, holds }
    }

    /// Whether a header holds what only the trunk and we may know.
    fn is_secret(&self, trunk: TrunkId, name: &str) -> bool {
        let token = self.legs.trunk(trunk).and_then(|trunk| trunk.inbound.vendor_token.as_ref());
        token.is_some_and(|token| token.header.eq_ignore_ascii_case(name))
    }

    fn dialled(&self, query: &CallQuery<'_>, invite: &Request, onward: &Onward) -> Outcome {
        let attempts = |trunks: &[TrunkId]| {
            let attempts = trunks.iter().filter_map(|to| self.attempt(query, invite, onward, *to));
            attempts.collect()
        };
        Outcome::Dialled {
            attempts: attempts(&onward.trunks),
            overflow: attempts(&onward.overflow),
            failover: onward.failover.iter().map(|status| status.code()).collect(),
        }
    }

    fn attempt(
        &self,
        query: &CallQuery<'_>,
        invite: &Request,
        onward: &Onward,
        to: TrunkId,
    ) -> Option<Attempt> {
        let trunk = self.legs.trunk(to)?;
        let from = self.legs.trunk(query.trunk)?;
        let said = map::said(invite.headers());
        let mut mapped = map::invite(from, trunk, query.parties, invite.headers(), &said);
        mapped.change(&onward.changes);
        let dialed = onward.dial.as_ref().unwrap_or(&query.parties.dialed);
        let written = trunk.number_policy.write(dialed);
        let dialed = written.as_deref().unwrap_or(dialed);
        let host = trunk.hosts.first()?;
        let identity = mapped.caller.identity.iter().map(|(name, value)| (name, value));
        let headers = mapped.headers.iter().chain(identity).map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        });
        Some(Attempt {
            trunk: trunk.name.clone(),
            request_uri: Uri::sip(Some(dialed), &host.host, host.port).to_string(),
            headers: headers.collect(),
            left_behind: mapped.left_behind,
            calls: self.legs.calls_on(to),
            max_calls: trunk.max_calls,
        })
    }
}

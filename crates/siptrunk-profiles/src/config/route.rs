//! Which call goes where.

mod call_variables;
mod conditions;
mod dialed;
mod header;
mod share;

pub use call_variables::CallVariables;
pub(crate) use conditions::{Conditions, Others};
pub use dialed::{Dialed, NumberPattern, PatternError};
pub use header::{HeaderChange, HeaderMatch, ValueMatch};
pub use share::Share;

use siptrunk_message::StatusCode;

use super::When;
use crate::unread::Unread;

/// What happens to a call that a route takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteAction {
    /// It goes to the first of these trunks that takes it.
    To(Vec<String>),
    /// It is answered with this status.
    Reject(StatusCode),
}

/// A rule: calls that fulfil every condition go there.
///
/// A condition that is not set is fulfilled by every call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// How explanations name it; without a name, by its place.
    pub name: Option<String>,
    /// The trunk the call comes from; none means any.
    pub from: Option<String>,
    /// The dialled numbers it takes.
    pub dialed: Dialed,
    /// How the caller's number begins.
    pub caller_prefix: Option<String>,
    /// The call comes from one of these skills, octet by octet; see [`CallVariables`].
    pub skill: Vec<String>,
    /// The call comes from one of these groups of users, octet by octet; see [`CallVariables`].
    pub user_group: Vec<String>,
    /// Headers of the caller's INVITE.
    pub has: Vec<HeaderMatch>,
    /// When the route holds.
    pub when: Option<When>,
    /// Which share of the calls that fulfil all other conditions it takes, in percent. Routes whose
    /// other conditions are the same share among themselves: 70 and 30 take every call between them.
    /// Which one takes a call is drawn from the seed of the bridge.
    pub share: Option<u8>,
    /// What happens to the call.
    pub action: RouteAction,
    /// The trunks that take the place of the rest of [`RouteAction::To`] when one of those has all the
    /// calls it may have.
    pub overflow: Vec<String>,
    /// The answers of one trunk on which the next in the list is tried. Default 408, 480, 503, 504.
    pub failover: Vec<StatusCode>,
    /// The number to dial on the other trunk in place of the one that was dialled here: a pseudo number
    /// of a partner trunk stands for one of Synthflow's. F-10, 2026-08.
    pub dial: Option<String>,
    /// How many characters of the dialled number are left out at its beginning. Default 0.
    pub strip: usize,
    /// What is put in front of the rest.
    pub prepend: String,
    /// How the headers that go on are changed, in this order.
    pub headers: Vec<HeaderChange>,
    /// The reason phrase of [`RouteAction::Reject`]; by default the status code's own.
    pub reason: Option<String>,
    pub(crate) unread: Unread,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            name: None,
            from: None,
            dialed: Dialed::Any,
            caller_prefix: None,
            skill: Vec::new(),
            user_group: Vec::new(),
            has: Vec::new(),
            when: None,
            share: None,
            action: RouteAction::To(Vec::new()),
            overflow: Vec::new(),
            failover: vec![
                StatusCode::REQUEST_TIMEOUT,
                StatusCode::TEMPORARILY_UNAVAILABLE,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::SERVER_TIMEOUT,
            ],
            dial: None,
            strip: 0,
            prepend: String::new(),
            headers: Vec::new(),
            reason: None,
            unread: Unread::default(),
        }
    }
}

const STATUS_REMEDY: &str = "write a final status that refuses, 300 to 699, as 404";

const PATTERN_REMEDY: &str =
    "write ? for any digit, [2-9] for one of these, * at the end for the rest, as +1206???????";

impl Route {
    /// A route for calls from this trunk.
    pub fn from(trunk: impl Into<String>) -> Self {
        Self { from: Some(trunk.into()), ..Self::default() }
    }

    /// A route for calls from any trunk.
    pub fn any() -> Self {
        Self::default()
    }

    /// Names the route, for explanations.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Takes only calls to this number.
    #[must_use]
    pub fn dialed(mut self, number: impl Into<String>) -> Self {
        self.dialed = Dialed::Exact(number.into());
        self
    }

    /// Takes only calls to numbers that begin so.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.dialed = Dialed::Prefix(prefix.into());
        self
    }

    /// Takes only calls to numbers of this shape; see [`NumberPattern`].
    #[must_use]
    pub fn pattern(mut self, pattern: &str) -> Self {
        let read = self.unread.read("pattern", &pattern, PATTERN_REMEDY, |text| {
            text.parse().map_err(|error: PatternError| error.to_string())
        });
        if let Some(pattern) = read {
            self.dialed = Dialed::Pattern(pattern);
        }
        self
    }

    /// Takes only calls of numbers that begin so.
    #[must_use]
    pub fn caller_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.caller_prefix = Some(prefix.into());
        self
    }

    /// Takes calls from this skill; more calls add more skills.
    #[must_use]
    pub fn skill(mut self, skill: impl Into<String>) -> Self {
        self.skill.push(skill.into());
        self
    }

    /// Takes calls from this group of users; more calls add more groups.
    #[must_use]
    pub fn user_group(mut self, group: impl Into<String>) -> Self {
        self.user_group.push(group.into());
        self
    }

    /// Takes only calls whose INVITE has such a header; more calls add more conditions.
    #[must_use]
    pub fn has(mut self, name: impl Into<String>, value: ValueMatch) -> Self {
        self.has.push(HeaderMatch { name: name.into(), value });
        self
    }

    /// Holds only within the hours of this schedule, or with `not ` before its name only outside.
    #[must_use]
    pub fn when(mut self, when: &str) -> Self {
        self.when = Some(When::read(when));
        self
    }

    /// Takes only this share of its calls, in percent; see [`Route::share`].
    #[must_use]
    pub fn share(mut self, percent: u8) -> Self {
        self.share = self.unread.read("share", &percent, "write a number from 1 to 100", |_| {
            if matches!(percent, 1..=100) {
                Ok(percent)
            } else {
                Err("no share of the calls, in percent".to_owned())
            }
        });
        self
    }

    /// Sends its calls to this trunk.
    #[must_use]
    pub fn to(mut self, trunk: impl Into<String>) -> Self {
        self.action = RouteAction::To(vec![trunk.into()]);
        self
    }

    /// Sends its calls to this trunk if the ones before fail.
    #[must_use]
    pub fn or(mut self, trunk: impl Into<String>) -> Self {
        match &mut self.action {
            RouteAction::To(trunks) => trunks.push(trunk.into()),
            RouteAction::Reject(_) => self.action = RouteAction::To(vec![trunk.into()]),
        }
        self
    }

    /// Sends its calls to this trunk if one of the list has all the calls it may have.
    #[must_use]
    pub fn overflow(mut self, trunk: impl Into<String>) -> Self {
        self.overflow.push(trunk.into());
        self
    }

    /// Dials this number on the other trunk, whatever was dialled here.
    #[must_use]
    pub fn dial(mut self, number: impl Into<String>) -> Self {
        self.dial = Some(number.into());
        self
    }

    /// Leaves out so many characters at the beginning of the dialled number.
    #[must_use]
    pub fn strip(mut self, characters: usize) -> Self {
        self.strip = characters;
        self
    }

    /// Puts this in front of the dialled number, after [`Route::strip`].
    #[must_use]
    pub fn prepend(mut self, beginning: impl Into<String>) -> Self {
        self.prepend = beginning.into();
        self
    }

    /// Changes the headers that go on; more calls add more changes.
    #[must_use]
    pub fn change(mut self, change: HeaderChange) -> Self {
        self.headers.push(change);
        self
    }

    /// Answers its calls with this status.
    #[must_use]
    pub fn reject(mut self, status: u16) -> Self {
        let read = self.unread.read("reject", &status, STATUS_REMEDY, |_| refusal(status));
        self.action = RouteAction::Reject(read.unwrap_or(StatusCode::NOT_FOUND));
        self
    }

    /// Says this with the status that refuses a call.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    /// Tries the next trunk on these answers, in place of the default list.
    #[must_use]
    pub fn failover(mut self, codes: impl IntoIterator<Item = u16>) -> Self {
        self.failover.clear();
        for (index, code) in codes.into_iter().enumerate() {
            let key = format!("failover[{index}]");
            let read = self.unread.read(key, &code, STATUS_REMEDY, |_| refusal(code));
            self.failover.extend(read);
        }
        self
    }

    /// The number to dial on the other trunk where this one was dialled here.
    pub fn dials(&self, dialed: &str) -> String {
        if let Some(dial) = &self.dial {
            return dial.clone();
        }
        let rest = dialed.char_indices().nth(self.strip).and_then(|(start, _)| dialed.get(start..));
        format!("{}{}", self.prepend, rest.unwrap_or_default())
    }

    /// Whether [`Route::dials`] changes anything.
    pub fn changes_number(&self) -> bool {
        self.dial.is_some() || self.strip > 0 || !self.prepend.is_empty()
    }
}

fn refusal(status: u16) -> Result<StatusCode, String> {
    StatusCode::new(status)
        .filter(|_| status >= 300)
        .ok_or_else(|| "not a final status that refuses a call".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_as_the_route_rewrites_it() {
        let dials = |route: Route| route.dials("+12065551234");
        assert_eq!(dials(Route::any()), "+12065551234");
        assert_eq!(dials(Route::any().strip(2)), "2065551234");
        assert_eq!(dials(Route::any().strip(1).prepend("011")), "01112065551234");
        assert_eq!(dials(Route::any().strip(12).prepend("9")), "9");
        assert_eq!(dials(Route::any().strip(99)), "");
        assert_eq!(dials(Route::any().dial("777").strip(2).prepend("9")), "777");
        assert_eq!(Route::any().strip(1).dials("\u{e9}1"), "1", "characters, not octets");
        for (route, changes) in [
            (Route::any(), false),
            (Route::any().strip(1), true),
            (Route::any().prepend("9"), true),
            (Route::any().dial("9"), true),
        ] {
            assert_eq!(route.changes_number(), changes, "{route:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_kept_for_validation() {
        for (route, key, count) in [
            (Route::any().reject(200), "reject", 1),
            (Route::any().reject(99), "reject", 1),
            (Route::any().reject(486), "reject", 0),
            (Route::any().failover([503, 42]), "failover", 1),
            (Route::any().pattern("1*2"), "pattern", 1),
            (Route::any().pattern("12*"), "pattern", 0),
            (Route::any().share(0), "share", 1),
            (Route::any().share(101), "share", 1),
            (Route::any().share(1), "share", 0),
            (Route::any().share(100), "share", 0),
        ] {
            assert_eq!(route.unread.count(key), count, "{route:?}");
        }
    }
}

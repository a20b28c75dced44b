//! Which call goes where.

use siptrunk_message::StatusCode;

use crate::unread::Unread;

/// Which dialled numbers a route takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Dialed {
    /// All.
    #[default]
    Any,
    /// This one, character by character.
    Exact(String),
    /// Those that begin so.
    Prefix(String),
}

impl Dialed {
    /// Whether the route takes this number.
    pub fn matches(&self, number: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => exact == number,
            Self::Prefix(prefix) => number.starts_with(prefix.as_str()),
        }
    }

    /// Whether some number is taken by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) | (_, Self::Any) => true,
            (Self::Exact(number), pattern) | (pattern, Self::Exact(number)) => {
                pattern.matches(number)
            }
            (Self::Prefix(one), Self::Prefix(two)) => {
                one.starts_with(two.as_str()) || two.starts_with(one.as_str())
            }
        }
    }
}

/// What happens to a call that a route takes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RouteAction {
    /// It goes to the first of these trunks that takes it.
    To(Vec<String>),
    /// It is answered with this status.
    Reject(StatusCode),
}

/// A rule: calls from a trunk, to a number, go there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// The trunk the call comes from; none means any.
    pub from: Option<String>,
    /// The dialled numbers it takes.
    pub dialed: Dialed,
    /// What happens to the call.
    pub action: RouteAction,
    /// The answers of one trunk on which the next in the list is tried. Default 408, 480, 503, 504.
    pub failover: Vec<StatusCode>,
    /// The number to dial on the other trunk in place of the one that was dialled here: a pseudo number
    /// of a partner trunk stands for one of Synthflow's. F-10, 2026-08.
    pub dial: Option<String>,
    /// When the route holds. Read, not acted on yet.
    pub when: Option<String>,
    pub(crate) unread: Unread,
}

impl Default for Route {
    fn default() -> Self {
        Self {
            from: None,
            dialed: Dialed::Any,
            action: RouteAction::To(Vec::new()),
            failover: vec![
                StatusCode::REQUEST_TIMEOUT,
                StatusCode::TEMPORARILY_UNAVAILABLE,
                StatusCode::SERVICE_UNAVAILABLE,
                StatusCode::SERVER_TIMEOUT,
            ],
            dial: None,
            when: None,
            unread: Unread::default(),
        }
    }
}

const STATUS_REMEDY: &str = "write a final status that refuses, 300 to 699, as 404";

impl Route {
    /// A route for calls from this trunk.
    pub fn from(trunk: impl Into<String>) -> Self {
        Self { from: Some(trunk.into()), ..Self::default() }
    }

    /// A route for calls from any trunk.
    pub fn any() -> Self {
        Self::default()
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

    /// Dials this number on the other trunk, whatever was dialled here.
    #[must_use]
    pub fn dial(mut self, number: impl Into<String>) -> Self {
        self.dial = Some(number.into());
        self
    }

    /// Answers its calls with this status.
    #[must_use]
    pub fn reject(mut self, status: u16) -> Self {
        let read = self.unread.read("reject", &status, STATUS_REMEDY, |_| refusal(status));
        self.action = RouteAction::Reject(read.unwrap_or(StatusCode::NOT_FOUND));
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

    /// Whether the route takes a call from this trunk to this number.
    pub fn takes(&self, from: &str, number: &str) -> bool {
        self.from.as_deref().is_none_or(|trunk| trunk == from) && self.dialed.matches(number)
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
    fn patterns_overlap_only_where_a_number_fits_both() {
        let exact = |number: &str| Dialed::Exact(number.to_owned());
        let prefix = |number: &str| Dialed::Prefix(number.to_owned());
        for (one, two, overlap) in [
            (Dialed::Any, exact("+1"), true),
            (exact("+12"), exact("+12"), true),
            (exact("+12"), exact("+13"), false),
            (prefix("+1"), exact("+12"), true),
            (prefix("+2"), exact("+12"), false),
            (prefix("+1206"), prefix("+1"), true),
            (prefix("+1206"), prefix("+1207"), false),
        ] {
            assert_eq!(one.overlaps(&two), overlap, "{one:?} {two:?}");
            assert_eq!(two.overlaps(&one), overlap, "{two:?} {one:?}");
        }
    }

    #[test]
    fn a_route_takes_by_trunk_and_number() {
        let route = Route::from("five9").prefix("+1206").to("synthflow");
        assert!(route.takes("five9", "+12065551234"));
        assert!(!route.takes("synthflow", "+12065551234"));
        assert!(!route.takes("five9", "+13"));
        assert!(Route::any().reject(404).takes("anything", "at all"));
    }

    #[test]
    fn a_status_that_refuses_nothing_is_kept_for_validation() {
        assert_eq!(Route::any().reject(200).unread.count("reject"), 1);
        assert_eq!(Route::any().reject(99).unread.count("reject"), 1);
        assert_eq!(Route::any().failover([503, 42]).unread.count("failover"), 1);
        assert_eq!(Route::any().reject(486).unread.count("reject"), 0);
    }
}

//! Under which header names a call says its skill and its user group.

/// Under which header names a caller's INVITE says which skill and which group of users it comes from:
/// the first of these that is there counts.
///
/// Five9's scripts name the headers of a transfer themselves (F-11, 2026-03), and no document gives a
/// name for either, so the names are data; the defaults are in the style of those that are documented.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallVariables {
    /// Names for the skill. Default `X-CallSkill`, `X-Skill`.
    pub skill: Vec<String>,
    /// Names for the group of users. Default `X-CallUserGroup`, `X-UserGroup`.
    pub user_group: Vec<String>,
}

impl Default for CallVariables {
    fn default() -> Self {
        let names = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Self {
            skill: names(["X-CallSkill", "X-Skill"]),
            user_group: names(["X-CallUserGroup", "X-UserGroup"]),
        }
    }
}

//! Choosing a key line, and finding the one that was chosen (RFC 4568 sections 5.1 and 7.1).

use super::error::SecurityProblem;
use super::policy::SrtpPolicy;
use super::stream::SrtpKeys;
use crate::attribute::{Crypto, SrtpKey};
use crate::media::Media;

/// The offered key line that an answer will take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChosenKey {
    pub(super) tag: u32,
    /// What the offerer sends with.
    pub(super) key: SrtpKey,
}

/// The first valid key line whose suite the policy allows (RFC 4568 section 5.1.2). A tag that
/// stood before makes a line invalid: the answer could mean either.
pub(super) fn choose(media: &Media<'_>, policy: &SrtpPolicy) -> Result<ChosenKey, SecurityProblem> {
    let mut tags = Vec::new();
    for line in media.attributes().all::<Crypto<'_>>() {
        let Ok(line) = line else {
            tags.push(None);
            continue;
        };
        let is_repeated = tags.contains(&Some(line.tag()));
        tags.push(Some(line.tag()));
        let allowed = line.suite().is_some_and(|suite| policy.suites.contains(&suite));
        if is_repeated || !allowed {
            continue;
        }
        if let Some(key) = line.usable_key() {
            return Ok(ChosenKey { tag: line.tag(), key });
        }
    }
    Err(if tags.is_empty() { SecurityProblem::NoKeys } else { SecurityProblem::NoUsableKeys })
}

/// The keys that an answer settles: it has one key line, which names one of ours by tag and
/// suite and has another key (RFC 4568 sections 5.1.3 and 7.1.2).
pub(super) fn settled(ours: &Media<'_>, theirs: &Media<'_>) -> Result<SrtpKeys, SecurityProblem> {
    let mut lines = theirs.attributes().all::<Crypto<'_>>();
    let line = lines.next().ok_or(SecurityProblem::NoKeys)?;
    let line = line.map_err(|_| SecurityProblem::NoUsableKeys)?;
    if lines.next().is_some() {
        return Err(SecurityProblem::NoUsableKeys);
    }
    let receive = line.usable_key().ok_or(SecurityProblem::NoUsableKeys)?;
    let mut offered = ours.attributes().all::<Crypto<'_>>().flatten();
    let send = offered
        .find(|offered| offered.tag() == line.tag() && offered.suite() == line.suite())
        .and_then(|offered| offered.usable_key())
        .ok_or(SecurityProblem::NotOffered)?;
    if send.key() == receive.key() {
        return Err(SecurityProblem::SameKey);
    }
    Ok(SrtpKeys { send, receive })
}

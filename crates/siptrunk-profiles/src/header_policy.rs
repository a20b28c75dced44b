//! Which headers of one leg pass to the other, under which names, and what is added.

mod value;
pub use value::ContextValue;

use siptrunk_message::HeaderName;
use siptrunk_xei::{CallContext, OriginalSource};

use crate::{Synthflow, five9, synthflow};

/// The message that carries the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Moment {
    /// An INVITE that opens a call.
    Invite,
    /// A provisional or final response to it.
    Response,
    /// A request within the call other than BYE.
    InDialog,
    /// The BYE.
    Bye,
}

/// The headers of one message, as they pass to the other leg.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Carried<'a> {
    /// Names and values that pass, byte for byte but for names that the policy renames, in wire order;
    /// then what the policy adds.
    pub headers: Vec<(&'a [u8], &'a [u8])>,
    /// Names that would have passed but for the limit of the far side.
    pub left_over: Vec<&'a [u8]>,
}

/// Which headers of the other leg pass *towards* a trunk.
///
/// Names are compared without case and keep their spelling. What is not named here never passes: the
/// rest of a message is written anew on each leg.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeaderPolicy {
    /// Whether `X-` headers pass.
    pub custom: bool,
    /// Whether X-EI passes; and whether one is written where none came. S-18, 2026-04.
    pub xei: bool,
    /// Whether Diversion (RFC 5806) passes on the INVITE. S-20, 2026-04.
    pub diversion: bool,
    /// How many custom headers a BYE may have.
    pub bye_limit: Option<usize>,
    /// How many custom headers any message may have. Default 64.
    pub cap: usize,
    /// The custom headers that pass, of all that would: names, or their beginnings followed by `*`. None
    /// means all.
    pub allow: Option<Vec<String>>,
    /// Names that change on the way: from, to. What is not here keeps its spelling.
    pub rename: Vec<(String, String)>,
    /// Headers that an INVITE gets where none of the name came: name, value.
    pub add: Vec<(String, ContextValue)>,
    /// Beginnings of `X-` names that stay inside.
    pub internal: Vec<String>,
    /// The names under which the far side tells its own call id; not the SIP Call-ID.
    pub call_id_names: Vec<String>,
    /// Where the `O.` token of an X-EI that we write comes from: the first of these that is
    /// there, else the caller. Which wins is nowhere said: S-20, 2026-04.
    pub original: Vec<OriginalSource>,
}

/// Names that begin so never leave: they are for our own use.
const INTERNAL: &str = "X-Siptrunk-";

/// How many custom headers a message may have: more than any script sets, and few enough that no far side
/// chokes on them.
const CAP: usize = 64;

/// Passes nothing but what every leg gets.
impl Default for HeaderPolicy {
    fn default() -> Self {
        Self {
            custom: false,
            xei: false,
            diversion: false,
            bye_limit: None,
            cap: CAP,
            allow: None,
            rename: Vec::new(),
            add: Vec::new(),
            internal: vec![INTERNAL.to_owned()],
            call_id_names: Vec::new(),
            original: OriginalSource::DEFAULT_ORDER.to_vec(),
        }
    }
}

impl HeaderPolicy {
    /// Towards Five9: `X-` headers (F-11, F-16, 2026-03), on a BYE as many as Five9 takes (F-18,
    /// 2026-03-20).
    pub fn five9() -> Self {
        five9::HEADERS.policy()
    }

    /// Towards Synthflow: `X-` headers (S-19, 2026-08), X-EI and Diversion (S-16, S-20, 2026-04).
    pub fn synthflow() -> Self {
        synthflow::HEADERS.policy()
    }

    /// Whether a header passes towards the trunk on this message. P-Asserted-Identity and Privacy never
    /// do by a policy of headers: [`crate::Trunk::shown_caller`] decides over them by trust.
    pub fn passes(&self, moment: Moment, name: &[u8]) -> bool {
        if is(name, Synthflow::X_EI) {
            self.xei
        } else if begins(name, "X-") {
            self.custom
                && !self.internal.iter().any(|internal| begins(name, internal))
                && self.allow.as_ref().is_none_or(|allow| allow.iter().any(|one| fits(name, one)))
        } else if is(name, "Diversion") {
            self.diversion && moment == Moment::Invite
        } else {
            false
        }
    }

    /// The headers of a message that pass towards the trunk, under the names that they have there.
    /// Custom headers past [`HeaderPolicy::cap`], and on a BYE past [`HeaderPolicy::bye_limit`], are left
    /// over. What is no name, and a name that the stack owns, is never written, whatever it is renamed to.
    pub fn carry<'a, 'f: 'a>(
        &'a self,
        moment: Moment,
        fields: impl IntoIterator<Item = (&'f [u8], &'f [u8])>,
    ) -> Carried<'a> {
        let limit = self.limit(moment);
        let mut carried = Carried::default();
        for (name, value) in fields {
            if !self.passes(moment, name) {
                continue;
            }
            let name = self.renamed(name);
            if carried.headers.len() < limit && !is_stack_owned(name) {
                carried.headers.push((name, value));
            } else {
                carried.left_over.push(name);
            }
        }
        carried
    }

    /// The headers of an INVITE towards the trunk: what passes, and what [`HeaderPolicy::add`] adds from
    /// what the INVITE says of its call, within the same limit. A name that is there already, in any
    /// spelling, is not added.
    pub fn carry_invite<'a, 'f: 'a>(
        &'a self,
        fields: impl IntoIterator<Item = (&'f [u8], &'f [u8])>,
        context: &CallContext<'f>,
    ) -> Carried<'a> {
        let mut carried = self.carry(Moment::Invite, fields);
        for (name, value) in &self.add {
            let name = name.as_bytes();
            let there = carried.headers.iter().any(|(there, _)| there.eq_ignore_ascii_case(name));
            let Some(value) = value.of(context).filter(|_| !there) else { continue };
            if carried.headers.len() < self.limit(Moment::Invite) && !is_stack_owned(name) {
                carried.headers.push((name, value));
            } else {
                carried.left_over.push(name);
            }
        }
        carried
    }

    fn limit(&self, moment: Moment) -> usize {
        match (moment, self.bye_limit) {
            (Moment::Bye, Some(limit)) => limit.min(self.cap),
            _ => self.cap,
        }
    }

    fn renamed<'a>(&'a self, name: &'a [u8]) -> &'a [u8] {
        let to = self.rename.iter().find(|(from, _)| is(name, from));
        to.map_or(name, |(_, to)| to.as_bytes())
    }
}

/// Whether the stack writes this header itself, or the name is none at all.
fn is_stack_owned(name: &[u8]) -> bool {
    if HeaderName::check(name).is_err() {
        return true;
    }
    // Nothing that begins so is known to the stack: the way of nearly all names.
    if begins(name, "X-") {
        return false;
    }
    let name = std::str::from_utf8(name).ok().and_then(|name| HeaderName::new(name).ok());
    name.is_none_or(|name| name.is_stack_owned())
}

/// Whether a name is this one, or begins so where a `*` follows.
fn fits(name: &[u8], pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => begins(name, start),
        None => is(name, pattern),
    }
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

fn begins(name: &[u8], prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests;

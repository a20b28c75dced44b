//! Which headers of one leg pass to the other.

use crate::{five9, synthflow};

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
    /// Names and values that pass, byte for byte, in wire order.
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
    /// Whether X-EI passes; and whether one is written where none came.
    pub xei: bool,
    /// Whether Diversion (RFC 5806) passes on the INVITE.
    pub diversion: bool,
    /// Whether the far side is trusted with P-Asserted-Identity (RFC 3325).
    pub trusted: bool,
    /// How many custom headers a BYE may have.
    pub bye_limit: Option<usize>,
    /// Beginnings of `X-` names that stay inside.
    pub internal: Vec<String>,
    /// The names under which the far side tells its own call id; not the SIP Call-ID.
    pub call_id_names: Vec<String>,
}

/// Names that begin so never leave: they are for our own use.
const INTERNAL: &str = "X-Siptrunk-";

/// Passes nothing but what every leg gets.
impl Default for HeaderPolicy {
    fn default() -> Self {
        Self {
            custom: false,
            xei: false,
            diversion: false,
            trusted: false,
            bye_limit: None,
            internal: vec![INTERNAL.to_owned()],
            call_id_names: Vec::new(),
        }
    }
}

impl HeaderPolicy {
    /// Towards Five9: `X-` headers, on a BYE as many as Five9 takes.
    pub fn five9() -> Self {
        Self {
            custom: true,
            bye_limit: Some(five9::BYE_HEADER_LIMIT),
            call_id_names: five9::CALL_ID_HEADERS.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// Towards Synthflow: `X-` headers, X-EI and Diversion.
    pub fn synthflow() -> Self {
        Self { custom: true, xei: true, diversion: true, ..Self::default() }
    }

    /// Whether a header passes towards the trunk on this message.
    pub fn passes(&self, moment: Moment, name: &[u8]) -> bool {
        if is(name, synthflow::X_EI) {
            self.xei
        } else if begins(name, "X-") {
            self.custom && !self.internal.iter().any(|internal| begins(name, internal))
        } else if is(name, "Diversion") {
            self.diversion && moment == Moment::Invite
        } else if is(name, "P-Asserted-Identity") {
            self.trusted && moment == Moment::Invite
        } else {
            false
        }
    }

    /// The headers of a message that pass towards the trunk. On a BYE, custom headers past
    /// [`HeaderPolicy::bye_limit`] are left over.
    pub fn carry<'a>(
        &self,
        moment: Moment,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> Carried<'a> {
        let limit = match moment {
            Moment::Bye => self.bye_limit.unwrap_or(usize::MAX),
            Moment::Invite | Moment::Response | Moment::InDialog => usize::MAX,
        };
        let mut carried = Carried::default();
        for (name, value) in fields {
            if !self.passes(moment, name) {
                continue;
            }
            if carried.headers.len() < limit {
                carried.headers.push((name, value));
            } else {
                carried.left_over.push(name);
            }
        }
        carried
    }

    /// The far side's own call id among the headers of its message, by the first of
    /// [`HeaderPolicy::call_id_names`] that is there.
    pub fn call_id<'a>(
        &self,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])> + Clone,
    ) -> Option<&'a [u8]> {
        self.call_id_names.iter().find_map(|wanted| {
            fields.clone().into_iter().find(|(name, _)| is(name, wanted)).map(|(_, value)| value)
        })
    }
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

fn begins(name: &[u8], prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

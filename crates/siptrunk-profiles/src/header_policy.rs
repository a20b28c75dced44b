//! Which headers of one leg pass to the other.

use siptrunk_xei::OriginalSource;

use crate::{Synthflow, five9};

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
    /// Whether X-EI passes; and whether one is written where none came. S-18, 2026-04.
    pub xei: bool,
    /// Whether Diversion (RFC 5806) passes on the INVITE. S-20, 2026-04.
    pub diversion: bool,
    /// Whether the far side is trusted with P-Asserted-Identity (RFC 3325).
    pub trusted: bool,
    /// How many custom headers a BYE may have.
    pub bye_limit: Option<usize>,
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
            original: OriginalSource::DEFAULT_ORDER.to_vec(),
        }
    }
}

impl HeaderPolicy {
    /// Towards Five9: `X-` headers (F-11, F-16, 2026-03), on a BYE as many as Five9 takes (F-18,
    /// 2026-03-20).
    pub fn five9() -> Self {
        Self {
            custom: true,
            bye_limit: Some(five9::BYE_HEADER_LIMIT),
            call_id_names: five9::CALL_ID_HEADERS.map(str::to_owned).to_vec(),
            ..Self::default()
        }
    }

    /// Towards Synthflow: `X-` headers (S-19, 2026-08), X-EI and Diversion (S-16, S-20, 2026-04).
    pub fn synthflow() -> Self {
        Self { custom: true, xei: true, diversion: true, ..Self::default() }
    }

    /// Whether a header passes towards the trunk on this message.
    pub fn passes(&self, moment: Moment, name: &[u8]) -> bool {
        if is(name, Synthflow::X_EI) {
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
}

fn is(name: &[u8], wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted.as_bytes())
}

fn begins(name: &[u8], prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use siptrunk_xei::CallContext;

    use super::*;
    use crate::{Five9, Generic, Region, Synthflow, Trunk};

    fn trunks() -> [Trunk; 3] {
        [Five9::self_service("192.0.2.1"), Synthflow::region(Region::Us), Generic::new("192.0.2.1")]
    }

    #[test]
    fn what_passes_towards_which_trunk() {
        use Moment::{Bye, InDialog, Invite, Response};
        // Header, message, towards Five9, Synthflow, anything else.
        let rows: [(&str, Moment, [bool; 3]); 18] = [
            ("X-CallANI", Invite, [true, true, false]),
            ("x-snc-param", Invite, [true, true, false]),
            ("X-RouteType", Bye, [true, true, false]),
            ("X-Anything", Response, [true, true, false]),
            ("X-Anything", InDialog, [true, true, false]),
            ("X-EI", Invite, [false, true, false]),
            ("x-ei", Invite, [false, true, false]),
            ("X-EI", Bye, [false, true, false]),
            ("X-EIGHT", Invite, [true, true, false]),
            ("Diversion", Invite, [false, true, false]),
            ("Diversion", Bye, [false, false, false]),
            ("P-Asserted-Identity", Invite, [false, false, false]),
            ("X-Siptrunk-Node", Invite, [false, false, false]),
            ("x-siptrunk-node", Bye, [false, false, false]),
            ("User-Agent", Invite, [false, false, false]),
            ("customer_name", Bye, [false, false, false]),
            ("X", Invite, [false, false, false]),
            ("", Invite, [false, false, false]),
        ];
        for (name, moment, expected) in rows {
            let passes = trunks().map(|trunk| trunk.header_policy.passes(moment, name.as_bytes()));
            assert_eq!(passes, expected, "{name} {moment:?}");
        }
    }

    #[test]
    fn a_generic_trunk_takes_custom_headers_when_asked() {
        let policy = HeaderPolicy { custom: true, trusted: true, ..HeaderPolicy::default() };
        assert!(policy.passes(Moment::Invite, b"X-Anything"));
        assert!(policy.passes(Moment::Invite, b"P-Asserted-Identity"));
        assert!(!policy.passes(Moment::Bye, b"P-Asserted-Identity"));
        assert!(!policy.passes(Moment::Invite, b"X-EI"));
    }

    #[test]
    fn a_bye_to_five9_keeps_the_first_ten_in_wire_order_byte_for_byte() {
        let names: Vec<String> = (0..12).map(|number| format!("x-Field_{number}")).collect();
        let fields = names
            .iter()
            .flat_map(|name| [(name.as_bytes(), b" v ".as_slice()), (b"Via", b"not carried")]);
        let policy = HeaderPolicy::five9();
        let carried = policy.carry(Moment::Bye, fields.clone());
        let kept: Vec<_> = carried.headers.iter().map(|(name, _)| *name).collect();
        let wanted: Vec<_> = names.iter().map(String::as_bytes).collect();
        assert_eq!(kept, wanted[..10]);
        assert!(carried.headers.iter().all(|(_, value)| *value == b" v "));
        assert_eq!(carried.left_over, wanted[10..]);

        let all = policy.carry(Moment::Invite, fields.clone());
        assert_eq!(all.headers.len(), 12, "the limit is said of the BYE alone");
        let free = HeaderPolicy { bye_limit: None, ..policy };
        assert!(free.carry(Moment::Bye, fields).left_over.is_empty());
    }

    #[test]
    fn five9_tells_its_call_id_by_either_name_and_never_by_the_sip_call_id() {
        let policy = HeaderPolicy::five9();
        let id = |fields: &[(&'static str, &'static str)]| {
            let fields = fields.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
            let context = CallContext::from_headers(fields, Synthflow::X_EI);
            let names = policy.call_id_names.iter().map(String::as_str);
            context.first_of(names).and_then(|variable| variable.to_str())
        };
        assert_eq!(id(&[("Call-ID", "a"), ("X-CallID", "b")]), Some("b"));
        assert_eq!(id(&[("x-FIVE9CALLID", "c")]), Some("c"));
        assert_eq!(id(&[("X-five9callid", "c"), ("x-callid", "b")]), Some("b"));
        assert_eq!(id(&[("Call-ID", "a"), ("X-Call-ID", "d")]), None);
    }
}

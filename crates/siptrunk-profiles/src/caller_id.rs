//! Who a trunk is shown as the caller: From, P-Asserted-Identity, Privacy, Diversion.

use std::borrow::Cow;

use siptrunk_message::{Diversion, Header, Privacy};

use crate::Trunk;

/// What the From of an INVITE towards a trunk names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CallerFrom {
    /// The caller.
    #[default]
    Caller,
    /// Always this number: carriers refuse callers that the account does not own.
    Number(String),
}

/// What the P-Asserted-Identity (RFC 3325) of an INVITE towards a trunk says. Of a caller who asked for
/// privacy a trunk that is not trusted learns nothing, whatever stands here.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum CallerAsserted {
    /// What a trusted trunk asserted, towards a trunk that is trusted as well, and towards any other if
    /// the caller said `Privacy: none` (RFC 3325 section 7).
    #[default]
    Carried,
    /// What a trusted trunk asserted, else the caller's number, whether the trunk is trusted or not:
    /// carriers that want the header say so.
    Caller,
    /// Always this number.
    Number(String),
    /// Nothing.
    Never,
}

/// Who a trunk is shown as the caller. What Five9 and Synthflow do with these headers is unknown, so the
/// default is what RFC 3325 says: F-25 and S-28, 2026-11-24.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct CallerIdPolicy {
    /// What From names.
    pub from: CallerFrom,
    /// What P-Asserted-Identity says.
    pub asserted: CallerAsserted,
}

/// Who a trunk is shown as the caller of one INVITE.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShownCaller<'a> {
    /// The user of From, in the trunk's form; none is `"Anonymous" <sip:anonymous@anonymous.invalid>`
    /// (RFC 3323 section 4.1.1.3), without the caller's display name.
    pub from: Option<Cow<'a, str>>,
    /// P-Asserted-Identity.
    pub asserted: ShownIdentity<'a>,
    /// The Privacy fields that go with it, byte for byte.
    pub privacy: Vec<&'a [u8]>,
    /// The Diversion fields (RFC 5806), byte for byte.
    pub diversion: Vec<&'a [u8]>,
    /// Whether the caller is kept from the trunk: then nothing else may tell the number either, the `O.`
    /// token of an X-EI of ours not excepted.
    pub hidden: bool,
}

/// The P-Asserted-Identity that a trunk is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShownIdentity<'a> {
    /// None.
    Nobody,
    /// These fields, byte for byte.
    Fields(Vec<&'a [u8]>),
    /// This number, in the trunk's form, as a URI of our own domain.
    Number(Cow<'a, str>),
}

/// What a request says of its caller, as far as it is looked at here.
#[derive(Default)]
struct Said<'a> {
    asserted: Vec<&'a [u8]>,
    privacy: Vec<&'a [u8]>,
    diversion: Vec<&'a [u8]>,
}

impl<'a> Said<'a> {
    fn of(fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        let mut said = Self::default();
        for (name, value) in fields {
            let named = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
            if named("P-Asserted-Identity") {
                said.asserted.push(value);
            } else if named("Privacy") {
                said.privacy.push(value);
            } else if named("Diversion") {
                said.diversion.push(value);
            }
        }
        said
    }

    /// What the caller asked for. Values compare without case, and one that cannot be read hides: who
    /// wrote the header wanted something hidden.
    fn wish(&self) -> Wish {
        let mut wish = Wish::Nothing;
        for value in &self.privacy {
            match Privacy::parse(value) {
                Ok((privacy, []))
                    if ["id", "user", "header"].iter().any(|kind| privacy.has(kind)) =>
                {
                    return Wish::Hidden;
                }
                Ok((privacy, [])) if privacy.has("none") => wish = Wish::Shown,
                // `session`, `history` and `critical` alone hide nothing that is carried here.
                Ok((_, [])) => {}
                _ => return Wish::Hidden,
            }
        }
        wish
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// No word about it.
    Nothing,
    /// `none`: nobody on the way may hide the caller.
    Shown,
    /// `id`, `user` or `header`: those who are not trusted must not learn who calls.
    Hidden,
}

/// Whether a Diversion field may be shown to those who are not trusted: none of its entries asks for
/// privacy (RFC 5806 section 4), and all can be read.
fn is_open(mut field: &[u8]) -> bool {
    loop {
        let Ok((entry, rest)) = Diversion::parse(field) else { return false };
        if entry.privacy().is_some_and(|privacy| !privacy.eq_ignore_ascii_case("off")) {
            return false;
        }
        let rest = rest.trim_ascii();
        match rest.strip_prefix(b",") {
            Some(next) => field = next.trim_ascii(),
            None => return rest.is_empty(),
        }
    }
}

impl Trunk {
    /// Who this trunk is shown as the caller of an INVITE that came from the trunk `from` with these
    /// fields, where `caller` is the user of its From in the form between trunks
    /// ([`crate::NumberPolicy::read`]).
    ///
    /// What a trunk outside our trust domain asserts goes nowhere (RFC 3325 section 5); what a trusted one
    /// asserts goes to trusted ones with the Privacy that it came with. P-Preferred-Identity,
    /// Remote-Party-ID, History-Info and Identity never pass.
    pub fn shown_caller<'a>(
        &'a self,
        from: &Self,
        caller: &'a str,
        fields: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    ) -> ShownCaller<'a> {
        let mut said = Said::of(fields);
        if !from.trusted {
            said.asserted.clear();
        }
        let wish = said.wish();
        let hidden = wish == Wish::Hidden && !self.trusted;
        let form =
            |number: &'a str| self.number_policy.write(number).unwrap_or(Cow::Borrowed(number));
        let shown_from = match &self.caller_id.from {
            // A number of the account says nothing of the caller.
            CallerFrom::Number(number) => Some(form(number)),
            CallerFrom::Caller if hidden => None,
            CallerFrom::Caller => Some(form(caller)),
        };
        let carried = !said.asserted.is_empty();
        let fields = ShownIdentity::Fields(std::mem::take(&mut said.asserted));
        let asserted = match &self.caller_id.asserted {
            CallerAsserted::Number(number) => ShownIdentity::Number(form(number)),
            CallerAsserted::Never => ShownIdentity::Nobody,
            _ if hidden => ShownIdentity::Nobody,
            CallerAsserted::Carried if carried && (self.trusted || wish == Wish::Shown) => fields,
            CallerAsserted::Carried => ShownIdentity::Nobody,
            CallerAsserted::Caller if carried => fields,
            CallerAsserted::Caller => ShownIdentity::Number(form(caller)),
        };
        // Without the wish for privacy the far side would show what it must not (RFC 3325 section 7).
        let privacy = match asserted {
            ShownIdentity::Nobody if !self.trusted => Vec::new(),
            _ => said.privacy,
        };
        let diversion = said
            .diversion
            .into_iter()
            .filter(|field| self.header_policy.diversion && (self.trusted || is_open(field)))
            .collect();
        ShownCaller { from: shown_from, asserted, privacy, diversion, hidden }
    }
}

#[cfg(test)]
mod tests;

//! Which headers of one leg go to the other, by the policy of the trunk that they go to.

use siptrunk_message::{Body, HeaderList, HeaderName, HeaderValue, Headers};
use siptrunk_profiles::{HeaderChange, Moment, ShownIdentity, Synthflow, Trunk};
use siptrunk_xei::{CallContext, XEi};

use crate::legs::{Outgoing, Parties};

/// The headers of leg B's INVITE.
#[derive(Debug, Default)]
pub(super) struct InviteHeaders {
    /// Call context: `X-` names.
    pub(super) headers: HeaderList,
    /// Who the trunk is shown as the caller.
    pub(super) caller: Caller,
    /// Names that were over the trunk's limit.
    pub(super) left_behind: Vec<String>,
}

/// A change that a route makes to the headers that go on.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Remove(HeaderName),
    Rename(HeaderName, HeaderName),
    Set(HeaderName, HeaderValue),
}

impl Change {
    /// Nothing for names and values that no header can have or only the stack writes: the lints refuse
    /// those.
    pub(super) fn compile(change: &HeaderChange) -> Option<Self> {
        let name = |name: &str| HeaderName::new(name).ok();
        let writable = |text: &str| name(text).filter(|name| !name.is_stack_owned());
        match change {
            HeaderChange::Remove { name: of } => Some(Self::Remove(name(of)?)),
            HeaderChange::Rename { from, to } => Some(Self::Rename(name(from)?, writable(to)?)),
            HeaderChange::Set { name: of, value } => {
                Some(Self::Set(writable(of)?, HeaderValue::new(value.as_str()).ok()?))
            }
            _ => None,
        }
    }
}

impl InviteHeaders {
    /// Makes the changes of a route, in their order.
    pub(super) fn change(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Remove(name) => {
                    self.rewrite(|other| (other != name).then(|| other.clone()));
                }
                Change::Rename(from, to) => {
                    self.rewrite(|other| Some(if other == from { to } else { other }.clone()));
                }
                Change::Set(name, value) => {
                    self.rewrite(|other| (other != name).then(|| other.clone()));
                    // Not a name that the stack owns: such a change was not compiled.
                    let _kept = self.headers.push(name.clone(), value.clone());
                }
            }
        }
    }

    /// Gives each header the name that it is to have, or leaves it out.
    fn rewrite(&mut self, name: impl Fn(&HeaderName) -> Option<HeaderName>) {
        let mut headers = HeaderList::new();
        for (old, value) in self.headers.iter() {
            if let Some(new) = name(old) {
                let _kept = headers.push(new, value.clone());
            }
        }
        self.headers = headers;
        let identity = std::mem::take(&mut self.caller.identity);
        self.caller.identity =
            identity.into_iter().filter_map(|(old, value)| Some((name(&old)?, value))).collect();
    }
}

/// Who a trunk is shown as the caller (RFC 3325).
#[derive(Debug, Default)]
pub(super) struct Caller {
    /// The user of From; none is anonymous.
    pub(super) from: Option<String>,
    /// Nothing else may tell who calls.
    pub(super) hidden: bool,
    /// A number that we assert ourselves.
    pub(super) asserted: Option<String>,
    /// Identity fields that pass: P-Asserted-Identity, Privacy, Diversion.
    pub(super) identity: Vec<(HeaderName, HeaderValue)>,
}

impl Caller {
    /// Writes it into a leg that is to be dialled.
    pub(super) fn show(self, outgoing: &mut Outgoing) {
        outgoing.anonymous = self.from.is_none();
        if let Some(from) = self.from
            && from != outgoing.parties.caller
        {
            outgoing.parties.caller = from;
        }
        if self.hidden {
            outgoing.parties.caller_name = None;
        }
        outgoing.asserted = self.asserted;
        outgoing.identity = self.identity;
    }
}

/// What a caller said of itself, of which trunks are shown what they may see.
pub(super) fn said(headers: &Headers) -> Vec<(HeaderName, HeaderValue)> {
    let fields = headers.iter().map(|field| (field.raw_name(), field.value()));
    let of_caller = fields.filter(|(name, _)| tells_caller(name));
    of_caller.filter_map(|(name, value)| owned(name, value)).collect()
}

/// Whether a field tells who calls: then trust decides whether it passes, whatever else a policy says.
fn tells_caller(name: &[u8]) -> bool {
    ["P-Asserted-Identity", "Privacy", "Diversion"]
        .iter()
        .any(|wanted| name.eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Who `to` is shown as the caller of a call from `from`, who said this of itself.
pub(super) fn caller(
    from: &Trunk,
    to: &Trunk,
    parties: &Parties,
    said: &[(HeaderName, HeaderValue)],
) -> Caller {
    let fields = said.iter().map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()));
    let shown = to.shown_caller(from, &parties.caller, fields);
    let mut caller = Caller {
        from: shown.from.map(Into::into),
        hidden: shown.hidden,
        asserted: None,
        identity: Vec::new(),
    };
    let asserted = match shown.asserted {
        ShownIdentity::Fields(fields) => fields,
        ShownIdentity::Number(number) => {
            caller.asserted = Some(number.into_owned());
            Vec::new()
        }
        _ => Vec::new(),
    };
    for (name, values) in [
        (&b"P-Asserted-Identity"[..], asserted),
        (b"Privacy", shown.privacy),
        (b"Diversion", shown.diversion),
    ] {
        caller.identity.extend(values.into_iter().filter_map(|value| owned(name, value)));
    }
    caller
}

/// The headers of a BYE.
#[derive(Debug, Default)]
pub(super) struct ByeHeaders {
    /// All that goes out, a Reason among them.
    pub(super) headers: HeaderList,
    /// The custom ones: what is handed back.
    pub(super) hand_back: HeaderList,
    /// Names that were over the trunk's limit.
    pub(super) left_behind: Vec<String>,
}

/// What of the caller's INVITE goes to leg B, and the X-EI that a trunk wants where none came.
pub(super) fn invite(
    from: &Trunk,
    to: &Trunk,
    parties: &Parties,
    headers: &Headers,
    said: &[(HeaderName, HeaderValue)],
) -> InviteHeaders {
    let mut mapped =
        InviteHeaders { caller: caller(from, to, parties, said), ..InviteHeaders::default() };
    // A secret between the caller's trunk and us stays between them.
    let token = from.inbound.vendor_token.as_ref().map(|token| token.header.as_bytes());
    let fields = || {
        let fields = headers.iter().map(|field| (field.raw_name(), field.value()));
        fields.filter(move |(name, _)| token.is_none_or(|token| !token.eq_ignore_ascii_case(name)))
    };
    let context = CallContext::from_headers(fields(), Synthflow::X_EI);
    let carried = to.header_policy.carry_invite(fields(), &context);
    mapped.left_behind =
        carried.left_over.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    for (name, value) in carried.headers {
        let Some((name, value)) = owned(name, value) else { continue };
        if name.as_str().starts_with(['X', 'x']) {
            // The name begins with X-: never one that the stack owns.
            let _kept = mapped.headers.push(name, value);
        } else if !tells_caller(name.as_str().as_bytes()) {
            mapped.caller.identity.push((name, value));
        }
    }
    if to.header_policy.xei
        && !fields().any(|(name, _)| name.eq_ignore_ascii_case(Synthflow::X_EI.as_bytes()))
        && let Some(value) = x_ei(from, to, parties, &context, headers, mapped.caller.hidden)
    {
        let _kept = mapped.headers.push_str(Synthflow::X_EI, &value);
    }
    mapped
}

/// `E.` with the far system's own call id and `O.` with the original caller; `None` if there is
/// neither. A caller who is `hidden` is told nowhere, here as little as in From.
fn x_ei(
    from: &Trunk,
    to: &Trunk,
    parties: &Parties,
    context: &CallContext<'_>,
    headers: &Headers,
    hidden: bool,
) -> Option<String> {
    let names = from.header_policy.call_id_names.iter().map(String::as_str);
    let external = context.first_of(names).and_then(|variable| variable.to_str());
    let diversion = headers.raw(&HeaderName::DIVERSION);
    let diversion = diversion.and_then(|value| std::str::from_utf8(value).ok());
    let original = context
        .original_caller(&to.header_policy.original, diversion)
        .map_or(parties.caller.as_str(), |original| original.value);
    // A value that cannot stand in a token is left out: better no token than a broken one.
    let mut builder = XEi::builder();
    if let Some(external) = external {
        builder = builder.external_id(external).unwrap_or(builder);
    }
    if !hidden {
        builder = builder.original(original).unwrap_or(builder);
    }
    (!builder.is_empty()).then(|| builder.to_string())
}

/// What of leg B's response goes to the caller.
pub(super) fn response(to: &Trunk, headers: &Headers) -> HeaderList {
    list(to, Moment::Response, headers).0
}

/// What of a request inside the dialog goes to the other leg.
pub(super) fn in_dialog(to: &Trunk, headers: &Headers) -> HeaderList {
    list(to, Moment::InDialog, headers).0
}

/// What of a BYE goes to the other leg's BYE: the custom headers within the trunk's limit, in wire
/// order, and the Reason.
pub(super) fn bye(to: &Trunk, headers: &Headers) -> ByeHeaders {
    let (hand_back, left_behind) = list(to, Moment::Bye, headers);
    let mut all = hand_back.clone();
    for (name, value) in reason(headers).iter() {
        let _kept = all.push(name.clone(), value.clone());
    }
    ByeHeaders { headers: all, hand_back, left_behind }
}

/// The fields with these names, for the record.
pub(super) fn chosen(names: &[String], headers: &Headers) -> HeaderList {
    let mut list = HeaderList::new();
    for field in headers.iter() {
        let is_chosen = |name: &String| field.raw_name().eq_ignore_ascii_case(name.as_bytes());
        if names.iter().any(is_chosen)
            && let Some((name, value)) = owned(field.raw_name(), field.value())
        {
            // What the stack owns cannot be in such a list, and need not be in a record.
            let _kept = list.push(name, value);
        }
    }
    list
}

/// Why a message ends something, as its sender says: the Reason, else the Warning.
pub(super) fn told_reason(headers: &Headers) -> Option<String> {
    let raw = headers.raw(&HeaderName::REASON).or_else(|| headers.raw(&HeaderName::WARNING))?;
    Some(String::from_utf8_lossy(raw).into_owned())
}

/// Names that Synthflow drops: it keeps letters, digits, `-` and `_` (S-19, 2026-08).
pub(super) fn dropped_names(to: &Trunk, headers: &HeaderList) -> Vec<String> {
    if !to.profile.is_synthflow() {
        return Vec::new();
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let names = headers.iter().map(|(name, _)| name.as_str());
    names.filter(|name| !name.bytes().all(legal)).map(str::to_owned).collect()
}

/// The Reason fields of a request, to go on with it (RFC 3326).
pub(super) fn reason(headers: &Headers) -> HeaderList {
    let mut list = HeaderList::new();
    for value in headers.raw_all(&HeaderName::REASON) {
        if let Some((_, value)) = owned(b"Reason", value) {
            let _kept = list.push(HeaderName::REASON, value);
        }
    }
    list
}

fn list(to: &Trunk, moment: Moment, headers: &Headers) -> (HeaderList, Vec<String>) {
    let fields = headers.iter().map(|field| (field.raw_name(), field.value()));
    let carried = to.header_policy.carry(moment, fields);
    let mut list = HeaderList::new();
    let mut left: Vec<String> =
        carried.left_over.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect();
    for (name, value) in carried.headers {
        let kept = owned(name, value).is_some_and(|(name, value)| list.push(name, value).is_ok());
        if !kept {
            left.push(String::from_utf8_lossy(name).into_owned());
        }
    }
    (list, left)
}

/// A received field as one to send: name and value byte for byte, but a folded value on one line,
/// which means the same (RFC 3261 7.3.1).
fn owned(name: &[u8], value: &[u8]) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::new(std::str::from_utf8(name).ok()?).ok()?;
    let value = HeaderValue::unfolded(value).ok()?;
    Some((name, value))
}

/// A body with its type, as it stands.
pub(super) fn body(headers: &Headers, body: &[u8]) -> Option<Body> {
    let content_type = headers.raw(&HeaderName::CONTENT_TYPE)?;
    let content_type = HeaderValue::new(content_type).ok()?;
    (!body.is_empty()).then(|| Body { content_type, bytes: body.to_vec().into() })
}

//! What a REGISTER asks for, read and judged before anything changes (RFC 3261 10.3 steps 1 to 7).

use std::time::Duration;

use siptrunk_message::{Contact, Expires, HeaderName, HeaderValue, NameAddr, StatusCode, Uri};
use siptrunk_transaction::IncomingRequest;

use super::{Aor, RegistrarLimits};
use crate::Reply;

/// What a REGISTER wants done.
#[derive(Debug)]
pub(super) enum Wish {
    /// Every binding removed: `Contact: *`.
    RemoveAll,
    /// These Contacts registered for as long as they say, zero meaning removed; none of them to hear what
    /// is registered.
    Set(Vec<(NameAddr<'static>, Duration)>),
}

/// Why a REGISTER is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    reason: &'static str,
    extra: Option<(HeaderName, u64)>,
}

impl Refusal {
    pub(super) const fn new(status: StatusCode, reason: &'static str) -> Self {
        Self { status, reason, extra: None }
    }

    pub(super) fn with(mut self, name: HeaderName, value: u64) -> Self {
        self.extra = Some((name, value));
        self
    }
}

impl From<Refusal> for Reply {
    fn from(refusal: Refusal) -> Self {
        let mut reply = Self::new(refusal.status);
        if !refusal.reason.is_empty() {
            reply.reason = Some(refusal.reason.to_owned());
        }
        if let Some((name, value)) = refusal.extra
            && let Ok(value) = HeaderValue::new(value.to_string())
        {
            reply = reply.extra(name, value);
        }
        reply
    }
}

const fn bad(reason: &'static str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, reason)
}

/// The address of record that a request is about, if it is one of those that its sender has proven
/// to own (steps 1, 4 and 5).
pub(super) fn aor(request: &IncomingRequest, owned: &[Aor]) -> Result<Aor, Refusal> {
    let to = request.request().headers().to().ok().flatten();
    let aor = to.and_then(|to| Aor::of(to.uri()));
    let aor = aor.filter(|aor| owned.contains(aor));
    let aor = aor.ok_or(Refusal::new(StatusCode::FORBIDDEN, ""))?;
    let uri = request.request().request_uri().ok();
    let domain = uri.as_ref().and_then(Uri::host);
    if domain.as_ref() != Some(aor.host()) {
        return Err(Refusal::new(StatusCode::NOT_FOUND, ""));
    }
    Ok(aor)
}

/// What a request wants done (steps 6 and 7).
pub(super) fn wish(request: &IncomingRequest, limits: &RegistrarLimits) -> Result<Wish, Refusal> {
    let headers = request.request().headers();
    let malformed = |_| bad("Expires is malformed");
    let general = headers.get::<Expires>().map_err(malformed)?;
    let general = general.map(|expires| Duration::from_secs(expires.0.into()));
    if request.essentials().call_id().len() > limits.max_octets {
        return Err(bad("Call-ID is too long"));
    }
    let mut contacts: Vec<(NameAddr<'static>, Duration)> = Vec::new();
    let mut star = false;
    for contact in headers.all::<Contact<'_>>() {
        match contact {
            Err(_) => return Err(bad("Contact is malformed")),
            Ok(Contact::Star) if star => return Err(bad("more than one * in Contact")),
            Ok(Contact::Star) => star = true,
            // As many removed as registered are enough, and each is compared with all.
            Ok(Contact::Address(_)) if contacts.len() >= limits.max_bindings.saturating_mul(2) => {
                return Err(TOO_MANY);
            }
            Ok(Contact::Address(address)) => {
                let expires = expires(&address, general, limits)?;
                let address = address.into_owned().without_param("expires");
                check(&address, &contacts, limits)?;
                contacts.push((address, expires));
            }
        }
    }
    match star {
        true if !contacts.is_empty() => Err(bad("* is not the only Contact")),
        true if general != Some(Duration::ZERO) => Err(bad("* needs Expires: 0")),
        true => Ok(Wish::RemoveAll),
        false => Ok(Wish::Set(contacts)),
    }
}

/// The answer to more Contacts than an address of record may have.
pub(super) const TOO_MANY: Refusal =
    Refusal::new(StatusCode::FORBIDDEN, "More Contacts Than One Address May Have");

/// How long a Contact is to be registered; no less than the shortest time unless it is none.
fn expires(
    contact: &NameAddr<'_>,
    general: Option<Duration>,
    limits: &RegistrarLimits,
) -> Result<Duration, Refusal> {
    let own = contact.expires().map(|seconds| Duration::from_secs(seconds.into()));
    let asked = own.or(general).unwrap_or(limits.default_expires);
    if !asked.is_zero() && asked < limits.min_expires {
        let least = limits.min_expires.as_secs();
        let refusal = Refusal::new(StatusCode::INTERVAL_TOO_BRIEF, "");
        return Err(refusal.with(HeaderName::MIN_EXPIRES, least));
    }
    Ok(asked.min(limits.max_expires))
}

/// Whether a Contact can be bound: calls to it are SIP, over its flow.
fn check(
    contact: &NameAddr<'static>,
    before: &[(NameAddr<'static>, Duration)],
    limits: &RegistrarLimits,
) -> Result<(), Refusal> {
    if contact.uri().as_sip().is_none() {
        return Err(bad("Contact is no SIP URI"));
    }
    if contact.to_string().len() > limits.max_octets {
        return Err(bad("Contact is too long"));
    }
    if before.iter().any(|(other, _)| other.uri().equivalent(contact.uri())) {
        return Err(bad("Contact stands there twice"));
    }
    Ok(())
}

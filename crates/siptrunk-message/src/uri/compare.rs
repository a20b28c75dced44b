//! When two URIs mean the same (RFC 3261 19.1.4, RFC 3966 4).

use super::tel::without_separators;
use super::{PhoneContext, SipUri, TelUri, unescaped_octets};

/// More parameters or headers than this are compared octet by octet only: comparing each with each is quadratic, and
/// no URI that is in use has so many.
const MANY: usize = 64;

/// RFC 3261 19.1.4, in its order.
pub(super) fn sip(a: &SipUri<'_>, b: &SipUri<'_>) -> bool {
    let many = |uri: &SipUri<'_>| uri.parameters() > MANY || uri.headers().nth(MANY).is_some();
    if many(a) || many(b) {
        return a.as_str() == b.as_str();
    }
    a.is_secure() == b.is_secure()
        && same_part(a.raw_user(), b.raw_user(), true)
        && same_part(a.raw_password(), b.raw_password(), true)
        && a.host() == b.host()
        && a.port() == b.port()
        && params_allow(a, b)
        && params_allow(b, a)
        && same_headers(a, b)
}

/// Any parameter in both must match; `user`, `ttl`, `method`, `maddr` and `transport` must not stand in one alone.
fn params_allow(a: &SipUri<'_>, b: &SipUri<'_>) -> bool {
    a.params().all(|(name, value)| {
        let other = b.params().find(|(other, _)| same_text(name, other, false));
        match other {
            Some((_, other)) => same_part(value, other, false),
            None => !["user", "ttl", "method", "maddr", "transport"]
                .iter()
                .any(|decisive| same_text(name, decisive, false)),
        }
    })
}

/// Headers are never ignored: the same set on both sides, in any order.
fn same_headers(a: &SipUri<'_>, b: &SipUri<'_>) -> bool {
    let within = |a: &SipUri<'_>, b: &SipUri<'_>| {
        a.headers().all(|(name, value)| {
            let count = |uri: &SipUri<'_>| {
                uri.headers()
                    .filter(|(n, v)| same_text(name, n, false) && same_text(value, v, true))
                    .count()
            };
            count(a) == count(b)
        })
    };
    within(a, b) && within(b, a)
}

fn same_part(a: Option<&str>, b: Option<&str>, with_case: bool) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => same_text(a, b, with_case),
        _ => false,
    }
}

/// An escaped octet equals the octet itself, unless the octet is reserved (19.1.4: "characters other than those
/// in the reserved set are equivalent to their encoding").
fn same_text(a: &str, b: &str, with_case: bool) -> bool {
    a == b || folded(a, with_case).eq(folded(b, with_case))
}

/// Octets with a mark on those that were escaped and are reserved, so that they equal only their like.
fn folded(text: &str, with_case: bool) -> impl Iterator<Item = (u8, bool)> + '_ {
    let mut escapes = text.as_bytes().iter().copied().peekable();
    unescaped_octets(text.as_bytes()).map(move |octet| {
        let first = escapes.next();
        let escaped =
            first == Some(b'%') && octet != b'%' || first == Some(b'%') && is_escape(&escapes);
        if escaped {
            escapes.next();
            escapes.next();
        }
        let octet = if with_case { octet } else { octet.to_ascii_lowercase() };
        (octet, escaped && is_reserved(octet))
    })
}

/// Whether the two octets that come are those of an escape.
fn is_escape<I: Iterator<Item = u8> + Clone>(octets: &std::iter::Peekable<I>) -> bool {
    let mut octets = octets.clone();
    matches!((octets.next(), octets.next()), (Some(a), Some(b)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

fn is_reserved(octet: u8) -> bool {
    matches!(octet, b';' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'+' | b'$' | b',')
}

/// RFC 3966 4: numbers without visual separators, parameters in any order, all without case.
pub(super) fn tel(a: &TelUri<'_>, b: &TelUri<'_>) -> bool {
    if a.parameters() > MANY || b.parameters() > MANY {
        return a.as_str() == b.as_str();
    }
    // A global number has its plus, so it equals no local one.
    without_separators(a.number()).eq(without_separators(b.number()))
        && tel_params_within(a, b)
        && tel_params_within(b, a)
}

/// Whether each parameter of the one stands in the other with the same value.
fn tel_params_within(a: &TelUri<'_>, b: &TelUri<'_>) -> bool {
    a.params().all(|(name, value)| match (b.param(name), value) {
        (Some(Some(other)), Some(value)) => same_tel_value(name, value, other),
        (Some(None), None) => true,
        _ => false,
    })
}

fn same_tel_value(name: &str, a: &str, b: &str) -> bool {
    let named = |known: &str| name.eq_ignore_ascii_case(known);
    let contexts = || PhoneContext::parse(a).zip(PhoneContext::parse(b));
    if named("ext") {
        without_separators(a).eq(without_separators(b)) || same_text(a, b, false)
    } else if named("phone-context")
        && let Some((a, b)) = contexts()
    {
        a == b
    } else {
        same_text(a, b, false)
    }
}

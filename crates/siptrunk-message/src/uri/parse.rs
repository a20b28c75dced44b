//! The grammar of URIs (RFC 3261 25.1, RFC 3966 3). Each octet is looked at once.

use std::borrow::Cow;

use nom::IResult;

use super::sip::Marks;
use super::{OtherUri, SipUri, TelUri, Uri, text_of};
use crate::grammar::{At, fail, is_header, is_param, is_password, is_user, run_of};
use crate::host;
use crate::index::Part;

/// A URI that makes up the whole of `text`.
pub(super) fn whole(text: &[u8]) -> Result<Uri<'_>, At<'_>> {
    if let [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', ..]
    | [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', ..] = text
    {
        return sip_whole(text).map(Uri::Sip);
    }
    let Some(colon) = memchr::memchr(b':', text) else {
        return Err(At { at: text, reason: "a URI begins with a scheme and a colon" });
    };
    let (scheme, _) = text.split_at(colon);
    if scheme.eq_ignore_ascii_case(b"tel") {
        return tel(text).map(Uri::Tel);
    }
    other(text, scheme).map(Uri::Other)
}

/// `SIP-URI` or `SIPS-URI` that makes up the whole of `text`.
pub(super) fn sip_whole(text: &[u8]) -> Result<SipUri<'_>, At<'_>> {
    sip(text).map_err(|error| At::from_nom(&error, text))
}

fn sip(text: &[u8]) -> Result<SipUri<'_>, nom::Err<At<'_>>> {
    let (secure, rest) = match text {
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', rest @ ..] => (false, rest),
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', rest @ ..] => (true, rest),
        _ => return fail(text, "expected sip: or sips:"),
    };
    let at = |rest: &[u8]| u32::try_from(text.len().saturating_sub(rest.len())).unwrap_or(u32::MAX);
    let mut marks = Marks { secure, user_end: at(rest), ..Marks::default() };
    // The first @ ends the user part: nothing after it may hold another one unescaped.
    let rest = match memchr::memchr(b'@', rest) {
        None => rest,
        Some(end) => {
            let (info, after) = rest.split_at(end);
            let user = user_info(info)?;
            marks.user_end = marks.user_end.saturating_add(u32::try_from(user).unwrap_or(u32::MAX));
            after.get(1..).unwrap_or_default()
        }
    };
    marks.host_start = at(rest);
    let (rest, _) = host::scan(rest)?;
    marks.host_end = at(rest);
    let (rest, port) = host::opt_port(rest)?;
    marks.port = port;
    marks.params_start = at(rest);
    let (rest, count) = params(rest)?;
    marks.params = count;
    marks.params_end = at(rest);
    match rest {
        [] => {}
        [b'?', headers @ ..] => check_headers(headers)?,
        _ => return fail(rest, "octets that no SIP URI has here"),
    }
    Ok(SipUri { text: Cow::Borrowed(text), marks })
}

/// `userinfo` without its `@`: how many octets the user part has.
fn user_info(info: &[u8]) -> Result<usize, nom::Err<At<'_>>> {
    let (rest, user) = escaped(info, is_user);
    if user.is_empty() {
        return fail(info, "the user part is empty, or begins with an octet that it has to escape");
    }
    match rest {
        [] => {}
        [b':', password @ ..] => {
            let (rest, _) = escaped(password, is_password);
            if !rest.is_empty() {
                return fail(rest, "an octet that the password has to escape");
            }
        }
        _ => return fail(rest, "an octet that the user part has to escape"),
    }
    Ok(user.len())
}

/// The longest run of allowed octets and `%XX` at the front: what follows it, and the run.
fn escaped(input: &[u8], allowed: impl Fn(u8) -> bool + Copy) -> (&[u8], &[u8]) {
    let mut rest = input;
    loop {
        rest = run_of(rest, allowed).0;
        match rest {
            [b'%', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest = after;
            }
            _ => return (rest, consumed(input, rest)),
        }
    }
}

/// `uri-parameters`: how many there are.
fn params(input: &[u8]) -> IResult<&[u8], u16, At<'_>> {
    let mut rest = input;
    let mut count = 0_u16;
    while let Some((b';', after)) = rest.split_first() {
        let (after, name) = escaped(after, is_param);
        if name.is_empty() {
            return fail(after, "a URI parameter has no name");
        }
        rest = match after.split_first() {
            Some((b'=', after)) => {
                let (after, value) = escaped(after, is_param);
                if value.is_empty() {
                    return fail(after, "a URI parameter has = and no value");
                }
                after
            }
            _ => after,
        };
        count = count.saturating_add(1);
    }
    Ok((rest, count))
}

/// `header *( "&" header )`: names are not empty, values may be.
fn check_headers(headers: &[u8]) -> Result<(), nom::Err<At<'_>>> {
    for header in headers.split(|octet| *octet == b'&') {
        let (rest, name) = escaped(header, is_header);
        if name.is_empty() {
            return fail(header, "a URI header has no name");
        }
        let [b'=', value @ ..] = rest else {
            return fail(rest, "a URI header has no =, or an octet that it has to escape");
        };
        let (rest, _) = escaped(value, is_header);
        if !rest.is_empty() {
            return fail(rest, "an octet that a URI header has to escape");
        }
    }
    Ok(())
}

fn tel(text: &[u8]) -> Result<TelUri<'_>, At<'_>> {
    let after_scheme = text.get(4..).unwrap_or_default();
    let (is_digit, digits): (fn(u8) -> bool, &[u8]) = match after_scheme.split_first() {
        Some((b'+', digits)) => (|octet| octet.is_ascii_digit(), digits),
        _ => (is_local_digit, after_scheme),
    };
    let (rest, number) = run_of(digits, |octet| is_digit(octet) || is_separator(octet));
    if !number.iter().copied().any(is_digit) {
        return Err(At { at: after_scheme, reason: "a tel URI has no digits" });
    }
    let number = Part::new(4, text.len().saturating_sub(rest.len()));
    let (rest, count) =
        tel_params(rest).map_err(|error: nom::Err<At<'_>>| At::from_nom(&error, text))?;
    if !rest.is_empty() {
        return Err(At { at: rest, reason: "octets that no tel URI has here" });
    }
    Ok(TelUri { text: text_of(text), number, params: count })
}

/// What a local number has beyond separators: digits of keypads and of ISUP (RFC 3966 5.1.3).
fn is_local_digit(octet: u8) -> bool {
    octet.is_ascii_hexdigit() || matches!(octet, b'*' | b'#')
}

/// `visual-separator`, which means nothing.
pub(super) fn is_separator(octet: u8) -> bool {
    matches!(octet, b'-' | b'.' | b'(' | b')')
}

/// `*par`: how many there are.
fn tel_params(input: &[u8]) -> IResult<&[u8], u16, At<'_>> {
    let mut rest = input;
    let mut count = 0_u16;
    while let Some((b';', after)) = rest.split_first() {
        let (after, name) = run_of(after, |octet| octet.is_ascii_alphanumeric() || octet == b'-');
        if name.is_empty() {
            return fail(after, "a tel URI parameter has no name");
        }
        rest = match after.split_first() {
            Some((b'=', after)) => {
                // `isub` may hold any octet of a URI; a semicolon would begin the next parameter.
                let allowed =
                    |octet| is_param(octet) || (is_user(octet) && octet != b';') || octet == b'@';
                let (after, value) = escaped(after, allowed);
                if value.is_empty() {
                    return fail(after, "a tel URI parameter has = and no value");
                }
                after
            }
            _ => after,
        };
        count = count.saturating_add(1);
    }
    Ok((rest, count))
}

fn other<'a>(text: &'a [u8], scheme: &'a [u8]) -> Result<OtherUri<'a>, At<'a>> {
    let valid = scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'+' | b'-' | b'.'));
    if !valid {
        return Err(At { at: text, reason: "not a scheme" });
    }
    let bad = text
        .iter()
        .position(|octet| !octet.is_ascii_graphic() || matches!(octet, b'<' | b'>' | b'"'));
    if let Some(bad) = bad {
        let (_, at) = text.split_at(bad);
        return Err(At { at, reason: "an octet that no URI has" });
    }
    if text.len() == scheme.len().saturating_add(1) {
        return Err(At { at: text, reason: "nothing follows the scheme" });
    }
    Ok(OtherUri { text: text_of(text) })
}

/// The octets of `input` before `rest`, which is its tail.
fn consumed<'a>(input: &'a [u8], rest: &[u8]) -> &'a [u8] {
    let (consumed, _) = input.split_at(input.len().saturating_sub(rest.len()));
    consumed
}

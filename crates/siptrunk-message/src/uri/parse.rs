//! The grammar of URIs (RFC 3261 25.1, RFC 3966 3). Each octet is looked at once.

use nom::IResult;

use super::{OtherUri, SipUri, TelUri, Uri, text_of};
use crate::grammar::{At, fail, is_header, is_param, is_password, is_user, run_of};
use crate::host::host_port;
use crate::index::Part;
use crate::params::Params;

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
    sip(text).map_err(|error| At::from_nom(error, text))
}

fn sip(text: &[u8]) -> Result<SipUri<'_>, nom::Err<At<'_>>> {
    let (secure, rest) = match text {
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b':', rest @ ..] => (false, rest),
        [b's' | b'S', b'i' | b'I', b'p' | b'P', b's' | b'S', b':', rest @ ..] => (true, rest),
        _ => return fail(text, "expected sip: or sips:"),
    };
    // The first @ ends the user part: nothing after it may hold another one unescaped.
    let (user, password, rest) = match memchr::memchr(b'@', rest) {
        None => (Part::default(), None, rest),
        Some(at) => {
            let (info, after) = rest.split_at(at);
            let (user, password) = user_info(text, info)?;
            (user, password, after.get(1..).unwrap_or_default())
        }
    };
    let (after_host, (_, port)) = host_port(rest)?;
    // The host's text, without the port.
    let mut host = consumed(rest, after_host);
    if port.is_some() {
        if let Some(colon) = memchr::memrchr(b':', host) {
            (host, _) = host.split_at(colon);
        }
    }
    let (after_params, param_count) = params(after_host)?;
    let headers = match after_params.split_first() {
        None => after_params,
        Some((b'?', headers)) => {
            check_headers(headers)?;
            headers
        }
        Some(_) => return fail(after_params, "octets that no SIP URI has here"),
    };
    Ok(SipUri {
        text: text_of(text),
        secure,
        user,
        password,
        host: Part::of(text, host),
        port,
        params: Part::of(text, consumed(after_host, after_params)),
        param_count,
        headers: Part::of(text, headers),
    })
}

fn user_info<'a>(text: &'a [u8], info: &'a [u8]) -> Result<(Part, Option<Part>), nom::Err<At<'a>>> {
    let (user, password) = match memchr::memchr(b':', info) {
        None => (info, None),
        Some(colon) => {
            let (user, tail) = info.split_at(colon);
            (user, tail.get(1..))
        }
    };
    if user.is_empty() {
        return fail(info, "the user part is empty");
    }
    escaped(user, is_user, "an octet that the user part has to escape")?;
    if let Some(password) = password {
        escaped(password, is_password, "an octet that the password has to escape")?;
    }
    Ok((Part::of(text, user), password.map(|password| Part::of(text, password))))
}

/// Checks that every octet is allowed or part of a `%XX`.
fn escaped<'a>(
    text: &'a [u8],
    allowed: impl Fn(u8) -> bool + Copy,
    reason: &'static str,
) -> Result<(), nom::Err<At<'a>>> {
    let mut rest = text;
    loop {
        rest = run_of(rest, allowed).0;
        match rest {
            [] => return Ok(()),
            [b'%', high, low, after @ ..]
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest = after;
            }
            _ => return fail(rest, reason),
        }
    }
}

/// `uri-parameters`: how many there are.
fn params(input: &[u8]) -> IResult<&[u8], u16, At<'_>> {
    let mut rest = input;
    let mut count = 0_u16;
    while let Some((b';', after)) = rest.split_first() {
        let (after, name) = param_text(after);
        if name.is_empty() {
            return fail(after, "a URI parameter has no name");
        }
        rest = match after.split_first() {
            Some((b'=', after)) => {
                let (after, value) = param_text(after);
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

/// As many `paramchar` as there are: what follows them, and they.
fn param_text(input: &[u8]) -> (&[u8], &[u8]) {
    let mut rest = input;
    loop {
        rest = run_of(rest, is_param).0;
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

/// `header *( "&" header )`: names are not empty, values may be.
fn check_headers(headers: &[u8]) -> Result<(), nom::Err<At<'_>>> {
    for header in headers.split(|octet| *octet == b'&') {
        let Some(equals) = memchr::memchr(b'=', header) else {
            return fail(header, "a URI header has no =");
        };
        let (name, value) = header.split_at(equals);
        if name.is_empty() {
            return fail(header, "a URI header has no name");
        }
        escaped(name, is_header, "an octet that a URI header has to escape")?;
        escaped(
            value.get(1..).unwrap_or_default(),
            is_header,
            "an octet that a URI header has to escape",
        )?;
    }
    Ok(())
}

fn tel(text: &[u8]) -> Result<TelUri<'_>, At<'_>> {
    let after_scheme = text.get(4..).unwrap_or_default();
    let is_number = |octet: u8| {
        octet.is_ascii_hexdigit() || matches!(octet, b'*' | b'#' | b'-' | b'.' | b'(' | b')')
    };
    let is_global =
        |octet: u8| octet.is_ascii_digit() || matches!(octet, b'-' | b'.' | b'(' | b')');
    let (global, digits) = match after_scheme.split_first() {
        Some((b'+', digits)) => (true, digits),
        _ => (false, after_scheme),
    };
    let end = digits
        .iter()
        .position(|octet| if global { !is_global(*octet) } else { !is_number(*octet) })
        .unwrap_or(digits.len());
    let (number, rest) = digits.split_at(end);
    if !number.iter().any(|octet| octet.is_ascii_hexdigit() || matches!(octet, b'*' | b'#')) {
        return Err(At { at: after_scheme, reason: "a tel URI has no digits" });
    }
    if rest.iter().any(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'"')) {
        return Err(At { at: rest, reason: "octets that no tel URI has here" });
    }
    let (rest, params) = Params::parse(rest).map_err(|error| At::from_nom(error, rest))?;
    if !rest.is_empty() {
        return Err(At { at: rest, reason: "octets that no tel URI has here" });
    }
    Ok(TelUri {
        text: text_of(text),
        number: Part::of(text, consumed(after_scheme, rest_after(after_scheme, number, global))),
        params,
    })
}

/// What follows the number in the text after the scheme.
fn rest_after<'a>(after_scheme: &'a [u8], number: &[u8], global: bool) -> &'a [u8] {
    after_scheme.get(number.len().saturating_add(usize::from(global))..).unwrap_or_default()
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

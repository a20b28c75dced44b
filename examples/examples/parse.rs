//! Prints SIP messages as JSON, one object a line: `cargo run --release --example parse -- FILE... [--validate]`.
//!
//! One file is one datagram; `-` is standard input. Exit status 0 if all parsed, 1 if any failed, 2 on usage or IO.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use siptrunk::message::validate::{UasRules, validate_request};
use siptrunk::message::{
    CSeq, CallId, Field, HeaderError, HeaderName, Headers, Limits, MaxForwards, Message, Method,
    NameAddr, Params, ParseError, Via,
};

const USAGE: &str = "usage: parse FILE... [--validate]    (- is standard input)";

fn main() -> ExitCode {
    let is_option = |argument: &OsString| argument.as_encoded_bytes().starts_with(b"--");
    let (options, files): (Vec<OsString>, Vec<OsString>) =
        std::env::args_os().skip(1).partition(is_option);
    let validate = options.iter().any(|option| option == "--validate");
    if files.is_empty() || options.iter().any(|option| option != "--validate") {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let (mut all_read, mut all_parsed) = (true, true);
    for file in &files {
        let name = file.to_string_lossy();
        let octets = match read(file) {
            Ok(octets) => octets,
            Err(error) => {
                eprintln!("{name}: {error}");
                all_read = false;
                continue;
            }
        };
        let (line, parsed) = describe(&name, &octets, validate);
        all_parsed &= parsed;
        if let Err(error) = writeln!(io::stdout(), "{line}") {
            eprintln!("standard output: {error}");
            return ExitCode::from(2);
        }
    }
    match (all_read, all_parsed) {
        (false, _) => ExitCode::from(2),
        (true, false) => ExitCode::FAILURE,
        (true, true) => ExitCode::SUCCESS,
    }
}

fn read(file: &OsStr) -> io::Result<Vec<u8>> {
    let source: Box<dyn Read> =
        if file == "-" { Box::new(io::stdin()) } else { Box::new(File::open(file)?) };
    let mut octets = Vec::new();
    // One octet more than any message may have is enough to see that it is too large.
    let limit = Limits::MAX_MESSAGE as u64 + 1;
    source.take(limit).read_to_end(&mut octets)?;
    Ok(octets)
}

/// The object of one datagram, and whether it parsed.
fn describe(file: &str, octets: &[u8], validate: bool) -> (Value, bool) {
    let mut out = Map::new();
    out.insert("file".into(), file.into());
    let limits = Limits::default();
    let message = Message::parse(octets.to_vec().into(), &limits);
    out.insert("ok".into(), message.is_ok().into());
    match &message {
        Ok(message) => describe_message(message, &mut out),
        Err(error) => {
            out.insert("error".into(), parse_error(error));
        }
    }
    if validate && let Some(reject) = reject(&message, octets, &limits) {
        out.insert("reject".into(), reject);
    }
    (Value::Object(out), message.is_ok())
}

fn parse_error(error: &ParseError) -> Value {
    json!({ "kind": error.kind(), "offset": error.offset(), "message": error.to_string() })
}

fn describe_message(message: &Message, out: &mut Map<String, Value>) {
    match message {
        Message::Request(request) => {
            out.insert("kind".into(), "request".into());
            out.insert("method".into(), request.method().as_str().into());
            text(out, "uri", request.uri());
        }
        Message::Response(response) => {
            out.insert("kind".into(), "response".into());
            out.insert("status".into(), response.status().code().into());
            text(out, "reason", response.reason());
        }
    }
    let headers = message.headers();
    out.insert("headers".into(), headers.iter().map(header).collect());
    out.insert("typed".into(), typed(headers));
    out.insert("body_len".into(), message.body().len().into());
    out.insert("trailing".into(), message.trailing().into());
}

/// Octets as text, or in base64 under `<key>_base64` if they are not UTF-8.
fn text(out: &mut Map<String, Value>, key: &str, octets: &[u8]) {
    match std::str::from_utf8(octets) {
        Ok(text) => out.insert(key.into(), text.into()),
        Err(_) => out.insert(format!("{key}_base64"), STANDARD.encode(octets).into()),
    };
}

fn header(field: Field<'_>) -> Value {
    let mut out = Map::new();
    text(&mut out, "name", field.raw_name());
    text(&mut out, "value", field.value());
    Value::Object(out)
}

/// The typed reads. What is absent has no key; what is malformed says why.
fn typed(headers: &Headers) -> Value {
    let mut out = Map::new();
    let mut put = |key: &str, read: Result<Option<Value>, HeaderError>| match read {
        Ok(None) => {}
        Ok(Some(value)) => {
            out.insert(key.into(), value);
        }
        Err(error) => {
            out.insert(key.into(), header_error(&error));
        }
    };
    let vias: Vec<Value> = headers
        .all::<Via<'_>>()
        .map(|via| via.map_or_else(|error| header_error(&error), |via| self::via(&via)))
        .collect();
    put("via", Ok((!vias.is_empty()).then(|| vias.into())));
    put("from", headers.from().map(|from| from.as_ref().map(address)));
    put("to", headers.to().map(|to| to.as_ref().map(address)));
    put("call_id", headers.get::<CallId<'_>>().map(|id| id.map(|id| id.as_str().into())));
    put(
        "cseq",
        headers.get::<CSeq>().map(|cseq| {
            cseq.map(|cseq| json!({ "number": cseq.number, "method": cseq.method.as_str() }))
        }),
    );
    put("max_forwards", headers.get::<MaxForwards>().map(|hops| hops.map(|hops| hops.0.into())));
    put("contact", Ok(contact(headers)));
    Value::Object(out)
}

fn contact(headers: &Headers) -> Option<Value> {
    if headers.contact_is_star() {
        return Some("*".into());
    }
    let contacts: Vec<Value> = headers
        .name_addrs(&HeaderName::CONTACT)
        .map(|contact| {
            contact.map_or_else(|error| header_error(&error), |contact| address(&contact))
        })
        .collect();
    (!contacts.is_empty()).then(|| contacts.into())
}

fn header_error(error: &HeaderError) -> Value {
    let kind = match error {
        HeaderError::Missing { .. } => "missing",
        HeaderError::Repeated { .. } => "repeated",
        _ => "malformed",
    };
    json!({ "error": { "kind": kind, "offset": error.offset(), "message": error.to_string() } })
}

fn via(via: &Via<'_>) -> Value {
    let mut out = Map::new();
    out.insert("transport".into(), via.transport().into());
    out.insert("host".into(), via.host().to_string().into());
    if let Some(port) = via.port() {
        out.insert("port".into(), port.into());
    }
    if let Some(branch) = via.branch() {
        out.insert("branch".into(), branch.into());
    }
    out.insert("params".into(), params(via.params()));
    Value::Object(out)
}

fn address(address: &NameAddr<'_>) -> Value {
    let mut out = Map::new();
    if let Some(name) = address.display_name() {
        out.insert("display_name".into(), name.into());
    }
    out.insert("uri".into(), address.uri().to_string().into());
    if let Some(tag) = address.tag() {
        out.insert("tag".into(), tag.into());
    }
    out.insert("params".into(), params(address.params()));
    Value::Object(out)
}

/// Parameters in order, each a name and perhaps a value, as written.
fn params(params: &Params<'_>) -> Value {
    params.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

/// What a UAS answers instead of acting on it; `None` for what it acts on, and for responses.
fn reject(message: &Result<Message, ParseError>, octets: &[u8], limits: &Limits) -> Option<Value> {
    let (status, why) = match message {
        Ok(Message::Request(request)) => {
            let mut rules = UasRules::default();
            // An INVITE would be bridged, and that is one hop more (RFC 7332).
            rules.refuse_last_hop = *request.method() == Method::INVITE;
            let rejection = validate_request(request, &rules).err()?;
            (rejection.status, rejection.why)
        }
        Ok(Message::Response(_)) => return None,
        Err(error) => match Message::salvage(octets.to_vec().into(), limits)? {
            Message::Request(_) => (error.status(), error.to_string()),
            Message::Response(_) => return None,
        },
    };
    Some(json!({ "status": status.code(), "reason": status.reason(), "why": why }))
}

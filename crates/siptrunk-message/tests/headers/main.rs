//! Every header that has a type: what is written reads as what it was, the examples of the RFCs read as what they mean,
//! and what is malformed is refused at the right octet for the right reason. Each table is held against
//! `typed_headers`, so that no header is without a row.

use std::collections::BTreeSet;

use siptrunk_message::{HeaderError, HeaderName, Limits, Message, TypedHeader, typed_headers};

#[path = "../generate/mod.rs"]
mod generate;
mod limits;
mod malformed;
mod names;
mod round_trip;
mod torture;
mod vectors;

/// What comes before the value of a message's only field.
fn head(name: &HeaderName) -> String {
    format!("OPTIONS sip:a@b SIP/2.0\r\n{name}: ")
}

/// A message with one field for each value.
fn message(name: &HeaderName, values: &[&str]) -> Message {
    message_within(name, values, &Limits::default())
}

fn message_within(name: &HeaderName, values: &[&str], limits: &Limits) -> Message {
    let fields: Vec<_> = values.iter().map(|value| format!("{name}: {value}\r\n")).collect();
    let text = format!("OPTIONS sip:a@b SIP/2.0\r\n{}\r\n", fields.concat());
    Message::parse(text.into(), limits).unwrap()
}

/// The header's row in the product's table.
fn typed(name: &str) -> &'static TypedHeader {
    let name: HeaderName = name.parse().unwrap();
    typed_headers().iter().find(|typed| *typed.name() == name).unwrap()
}

/// What the typed read of one field makes of it.
fn read(name: &str, value: &str) -> Vec<Result<String, HeaderError>> {
    let typed = typed(name);
    typed.read(message(typed.name(), &[value]).headers())
}

/// Every header that has a type is among `names`, and nothing else is.
fn covers_all<'a>(names: impl IntoIterator<Item = &'a str>) {
    let names: BTreeSet<&str> = names.into_iter().collect();
    let all: BTreeSet<&str> = typed_headers().iter().map(|typed| typed.name().as_str()).collect();
    assert_eq!(names, all);
    assert_eq!(all.len(), typed_headers().len(), "a header has two rows");
}

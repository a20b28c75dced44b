//! RFC 4475 at typed level: which of its headers no type can read, over every typed header.

use std::collections::BTreeSet;

use siptrunk_message::{Limits, Message, typed_headers};

/// The messages that the scanner takes and that have such headers. Every other one reads in full.
#[rustfmt::skip]
const FAULTS: &[(&str, &[&str], &str)] = &[
    ("badinv01", &["Contact", "Via"], "empty parameters"),
    ("scalar02", &["CSeq", "Expires", "Max-Forwards"], "numbers beyond their range; the expires of the Contact counts as 3600"),
    ("scalarlg", &["CSeq", "Retry-After", "Warning"], "numbers beyond their range"),
    ("quotbal",  &["To"], "a quoted string without end"),
    ("baddate",  &["Date"], "a zone that is not GMT"),
    ("regbadct", &["Contact"], "a URI with ? outside of < >"),
    ("badaspec", &["To"], "spaces within < >"),
    ("multi01",  &["CSeq", "Call-ID", "From", "Max-Forwards", "To"], "single headers that stand twice"),
];

#[test]
fn what_cannot_be_read_is_what_the_table_says() {
    let folder = format!("{}/tests/data/rfc4475", env!("CARGO_MANIFEST_DIR"));
    let manifest = include_str!("../data/rfc4475/manifest.tsv");
    let mut read_whole = 0;
    for name in manifest.lines().skip(1).filter_map(|line| line.split('\t').next()) {
        let octets = std::fs::read(format!("{folder}/{name}.dat")).unwrap();
        let Ok(message) = Message::parse(octets.into(), &Limits::default()) else {
            continue;
        };
        let mut faults = BTreeSet::new();
        for typed in typed_headers() {
            if typed.read(message.headers()).iter().any(Result::is_err) {
                faults.insert(typed.name().as_str());
            }
        }
        let expected =
            FAULTS.iter().find(|(other, ..)| *other == name).map_or(&[][..], |row| row.1);
        assert_eq!(faults, expected.iter().copied().collect(), "{name}");
        read_whole += usize::from(faults.is_empty());
    }
    assert_eq!(read_whole, 49 - 10 - FAULTS.len());
}

/// The registrations of RFC 4475 3.1.2.4: a Contact that lasts longer than a number can say lasts an hour.
#[test]
fn contact_expires_beyond_its_range_is_3600() {
    let octets = include_bytes!("../data/rfc4475/scalar02.dat");
    let message = Message::parse(octets.to_vec().into(), &Limits::default()).unwrap();
    let contact = message.headers().contact().unwrap().unwrap();
    assert_eq!(contact.expires(), Some(3600));
}

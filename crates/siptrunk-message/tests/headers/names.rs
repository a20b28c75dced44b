//! Header names and their compact forms: those of RFC 3261 7.3.3 and of the registrations since.

use siptrunk_message::{HeaderName, typed_headers};

/// Every compact form that IANA has registered for SIP.
const COMPACT: [(char, &str); 20] = [
    ('a', "Accept-Contact"),
    ('b', "Referred-By"),
    ('c', "Content-Type"),
    ('d', "Request-Disposition"),
    ('e', "Content-Encoding"),
    ('f', "From"),
    ('i', "Call-ID"),
    ('j', "Reject-Contact"),
    ('k', "Supported"),
    ('l', "Content-Length"),
    ('m', "Contact"),
    ('n', "Identity-Info"),
    ('o', "Event"),
    ('r', "Refer-To"),
    ('s', "Subject"),
    ('t', "To"),
    ('u', "Allow-Events"),
    ('v', "Via"),
    ('x', "Session-Expires"),
    ('y', "Identity"),
];

#[test]
fn compact_forms_are_those_that_are_registered() {
    for letter in 'a'..='z' {
        let long = COMPACT.iter().find(|(compact, _)| *compact == letter).map(|(_, long)| *long);
        let name: HeaderName = letter.to_string().parse().unwrap();
        match long {
            Some(long) => {
                assert_eq!((name.as_str(), name.compact()), (long, Some(letter)));
                assert_eq!(name, letter.to_ascii_uppercase().to_string().parse().unwrap());
                assert_eq!(name, long.to_ascii_uppercase().parse().unwrap());
            }
            None => assert_eq!((name.as_str(), name.compact()), (&*letter.to_string(), None)),
        }
    }
}

/// A typed header that the name table did not know would be found octet by octet in every message.
#[test]
fn every_typed_header_is_known_by_its_number() {
    for typed in typed_headers() {
        let message = crate::message(&HeaderName::SUBJECT, &[&format!("x\r\n{}: 0", typed.name())]);
        let field = message.headers().iter().nth(1).unwrap();
        assert!(field.is_known() && field.is(typed.name()), "{}", typed.name());
    }
}

/// Carried as they stand, typed elsewhere or nowhere.
#[test]
fn credentials_and_signatures_have_no_type_here() {
    for name in [
        HeaderName::AUTHORIZATION,
        HeaderName::PROXY_AUTHORIZATION,
        HeaderName::WWW_AUTHENTICATE,
        HeaderName::PROXY_AUTHENTICATE,
        HeaderName::AUTHENTICATION_INFO,
        HeaderName::IDENTITY,
    ] {
        assert!(typed_headers().iter().all(|typed| *typed.name() != name), "{name}");
        let message = crate::message(&name, &["eyJ;info=<https://a>\r\n ;\"x\\\"\""]);
        assert_eq!(message.headers().raw(&name), Some(&b"eyJ;info=<https://a>\r\n ;\"x\\\"\""[..]));
    }
}

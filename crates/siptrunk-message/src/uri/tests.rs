use super::*;

fn uri(text: &str) -> Uri<'_> {
    Uri::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn a_sip_uri_has_its_parts() {
    let text = "sips:alice:secret@[2001:db8::9]:5061;transport=tls;lr?Subject=a%20b&x=";
    let uri = uri(text);
    assert_eq!(uri.to_string(), text);
    assert_eq!(uri.scheme(), "sips");
    let sip = uri.as_sip().unwrap();
    assert!(sip.is_secure());
    assert_eq!(sip.user().unwrap(), "alice");
    assert_eq!(sip.host().to_string(), "[2001:db8::9]");
    assert_eq!(sip.port(), Some(5061));
    assert_eq!(sip.param("TRANSPORT"), Some(Some("tls")));
    assert_eq!(sip.param("lr"), Some(None));
    assert_eq!(sip.param("maddr"), None);
    assert_eq!(sip.headers().collect::<Vec<_>>(), [("Subject", "a%20b"), ("x", "")]);
    assert!(!format!("{sip:?}").contains("secret"));
    assert!(!format!("{uri:?}").contains("secret"));
}

#[test]
fn malformed_uris_name_the_octet() {
    let table: &[(&str, usize)] = &[
        ("", 0),
        ("sip", 0),
        ("sip:", 4),
        ("sip:@host", 4),
        ("sip:a b@host", 5),
        ("sip:a@", 6),
        ("sip:a@host:", 11),
        ("sip:a@host:99999", 11),
        ("sip:a@host:50x", 13),
        ("sip:a@host;", 11),
        ("sip:a@host;=v", 11),
        ("sip:a@host;x=", 13),
        ("sip:a@host;x=\"q\"", 13),
        ("sip:a@host?", 11),
        ("sip:a@host?x", 12),
        ("sip:a@host?=v", 11),
        ("sip:%4@host", 4),
        ("sip:a@b@c", 7),
        ("sip:a<b@host", 5),
        ("sip:a@[::1", 6),
        ("sip:a@host>", 10),
        ("1x:y", 0),
        ("x:", 0),
        ("tel:", 4),
        ("tel:abc d", 7),
        ("tel:+1 2", 6),
        ("tel:+12;x=\"q\"", 10),
        ("tel:+12;", 8),
        ("tel:+12;x=", 10),
        ("tel:+12;=1", 8),
        ("tel:+12;x_y=1", 9),
        ("tel:+12;x=%4", 10),
        ("tel:+12;x y", 9),
        ("tel:+12a", 7),
        ("tel:12g", 6),
        ("mailto:a b", 8),
    ];
    for (text, offset) in table {
        match Uri::parse(text.as_bytes()) {
            Err(UriError::Malformed { offset: found, reason }) => {
                // An empty rest has no place of its own in memory: it counts as 0.
                assert!(found == *offset || found == 0, "{text}: octet {found}, {reason}");
            }
            Ok(uri) => panic!("{text} is read as {uri:?}"),
        }
    }
}

#[test]
fn what_is_built_is_escaped_once() {
    let host = "host.example".parse().unwrap();
    assert_eq!(
        Uri::sip(Some("a b%20@:c"), &host, None).to_string(),
        "sip:a%20b%2520%40%3Ac@host.example"
    );
    assert_eq!(Uri::sip(Some("a b%20@:c"), &host, None).user().unwrap(), "a b%20@:c");
    assert_eq!(Uri::sip(None, &host, Some(5080)).to_string(), "sip:host.example:5080");
    assert_eq!(Uri::sip(Some("+1206"), &host, None).to_string(), "sip:+1206@host.example");
    let nasty = Uri::sip(Some("a\r\nX: y"), &host, None).to_string();
    assert_eq!(nasty, "sip:a%0D%0AX%3A%20y@host.example");
}

#[test]
fn a_public_host_that_is_none_cannot_break_a_uri() {
    let host = Host::Name("a\r\nX-Evil: y".into());
    assert_eq!(Uri::sip(Some("a"), &host, None).to_string(), "sip:invalid");
}

#[test]
fn parameters_are_set_in_place_and_taken_away() {
    let base = uri("sip:a@h;x=1;lr;X=2?s=t");
    assert_eq!(
        base.clone().with_param("y", Some("a b")).to_string(),
        "sip:a@h;x=1;lr;X=2;y=a%20b?s=t"
    );
    assert_eq!(base.clone().with_param("x", Some("3")).to_string(), "sip:a@h;x=3;lr?s=t");
    assert_eq!(base.as_sip().unwrap().without_param("X").to_string(), "sip:a@h;lr?s=t");
    assert_eq!(base.as_sip().unwrap().without_headers().to_string(), "sip:a@h;x=1;lr;X=2");
    assert_eq!(uri("sip:h;%58=1;%6Cr").with_param("x", Some("2")).to_string(), "sip:h;x=2;%6Cr");
    assert_eq!(uri("sip:h").with_param("lr", None).to_string(), "sip:h;lr");
    assert_eq!(uri("sip:h?s=t").with_param("lr", None).to_string(), "sip:h;lr?s=t");
    assert_eq!(
        uri("tel:+1;x=1;y;X=2").with_param("x", Some("a;b")).to_string(),
        "tel:+1;x=a%3Bb;y"
    );
    assert_eq!(uri("tel:+1").with_param("lr", None).to_string(), "tel:+1;lr");
    assert_eq!(uri("tel:+1").with_param("l r", None).to_string(), "tel:+1");
    assert_eq!(uri("mailto:a").with_param("lr", None).to_string(), "mailto:a");
    let tel = uri("tel:+1;x;ext=2");
    let shorter = tel.as_tel().unwrap().without_param("EXT");
    assert_eq!((shorter.as_str(), shorter.parameters()), ("tel:+1;x", 1));
}

#[test]
fn tel_uris() {
    let global = uri("tel:+1-206.555(0100);ext=7;phone-context=x");
    assert_eq!(global.user().unwrap(), "+1-206.555(0100)");
    let Uri::Tel(tel) = &global else { panic!("tel") };
    assert!(tel.is_global());
    assert_eq!(tel.param("EXT"), Some(Some("7")));
    assert!(global.equivalent(&uri("tel:+12065550100;phone-context=x;ext=7")));
    assert!(!global.equivalent(&uri("tel:+12065550100;ext=7")));
    assert!(!uri("tel:+12").equivalent(&uri("tel:12")));
    assert!(!uri("tel:12").equivalent(&uri("sip:12@h")));
}

#[test]
fn escapes_are_the_octets_they_stand_for_unless_reserved() {
    assert!(uri("sip:%61@h").equivalent(&uri("sip:a@h")));
    assert!(uri("sip:a%7E@h").equivalent(&uri("sip:a~@h")));
    // Upper and lower case digits of one escape.
    assert!(uri("sip:a%3bb@h").equivalent(&uri("sip:a%3Bb@h")));
    // ; is reserved: escaped, it is another user.
    assert!(!uri("sip:a%3Bb@h").equivalent(&uri("sip:a;b@h")));
    assert!(!uri("sip:a@h").equivalent(&uri("sip:A@h")));
    assert!(!uri("sip:h").equivalent(&uri("sips:h")));
    assert!(!uri("sip:a@h").equivalent(&uri("sip:h")));
    assert!(!uri("sip:a:p@h").equivalent(&uri("sip:a@h")));
    assert!(uri("sip:a%2525@h").equivalent(&uri("sip:a%2525@h")));
    assert!(!uri("sip:a%2525@h").equivalent(&uri("sip:a%25@h")));
}

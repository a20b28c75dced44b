//! Reading challenges and credentials.

use siptrunk_digest::{Algorithm, Challenge, Credentials, DigestError, Qop};

fn challenge(text: &str) -> Result<Challenge<'_>, DigestError> {
    Challenge::parse(text.as_bytes())
}

#[test]
fn a_challenge_in_full() {
    let text = "Digest realm=\"sip.synthflow.ai\", domain=\"sip:a sip:b\", nonce=\"n0\", opaque=\"o\", \
                stale=TRUE, algorithm=MD5, qop=\"auth,auth-int\", charset=UTF-8";
    let read = challenge(text).unwrap();
    assert_eq!((read.realm(), read.nonce(), read.opaque()), ("sip.synthflow.ai", "n0", Some("o")));
    assert_eq!((read.algorithm(), read.is_stale(), read.has_qop()), (Algorithm::Md5, true, true));
    assert!(read.offers(Qop::Auth) && read.offers(Qop::AuthInt));
    let again = read.to_string();
    assert_eq!(challenge(&again).unwrap(), read);
    assert_eq!(read.clone().into_owned(), read);
}

/// Spaces, folds, case, quotes: all the same challenge.
#[test]
fn spellings_of_one_challenge() {
    let plain = challenge("Digest realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth\"").unwrap();
    for text in [
        "digest REALM=\"r\",NONCE=\"n\",Algorithm=md5,QOP=\"auth\"",
        "DIGEST  realm = \"r\" ,\tnonce=\"n\" , algorithm=\"MD5\" , qop=auth",
        "  Digest realm=\"r\",\r\n nonce=\"n\",\r\n\talgorithm=MD5, qop=\"auth\" ",
        "Digest ,,realm=\"r\",, nonce=\"n\", algorithm=MD5, qop=\"auth\",",
        "Digest x=y, realm=\"r\", nonce=\"n\", algorithm=MD5, qop=\"auth, token2\", z=\"1\"",
    ] {
        assert_eq!(challenge(text).as_ref(), Ok(&plain), "{text:?}");
    }
}

#[test]
fn escapes_are_resolved_and_written_again() {
    let read = challenge(r#"Digest realm="a\"b\\c", nonce="n\o""#).unwrap();
    assert_eq!((read.realm(), read.nonce()), ("a\"b\\c", "no"));
    assert_eq!(read.to_string(), r#"Digest realm="a\"b\\c", nonce="no""#);
    let umlaut = challenge("Digest realm=\"\\\u{e4}\u{f6}\", nonce=\"n\"").unwrap();
    assert_eq!(umlaut.realm(), "\u{e4}\u{f6}");
}

#[test]
fn what_is_no_challenge() {
    let rows = [
        ("", "the authentication scheme is not Digest"),
        ("Basic realm=\"r\"", "the authentication scheme is not Digest"),
        ("Digest", "the authentication scheme is not Digest"),
        ("Digestrealm=\"r\"", "the authentication scheme is not Digest"),
        ("Digest ", "the parameter realm is missing"),
        ("Digest nonce=\"n\"", "the parameter realm is missing"),
        ("Digest realm=\"r\"", "the parameter nonce is missing"),
        ("Digest realm=\"r\", nonce=\"n\", realm=\"s\"", "the parameter realm is repeated"),
        ("Digest realm=\"r\", nonce=\"n\", nonce=\"n\"", "the parameter nonce is repeated"),
        ("Digest realm=\"r\", nonce=\"n\", algorithm=CRC32", "the algorithm \"CRC32\" is unknown"),
        ("Digest realm=\"r", "byte 13: expected a quoted string that ends"),
        ("Digest realm=\"r\\\"", "byte 13: expected a quoted string that ends"),
        ("Digest realm=\"r\\", "byte 13: expected a quoted string that ends"),
        ("Digest realm=\"r\" nonce=\"n\"", "byte 17: expected a comma"),
        ("Digest realm", "byte 12: expected an equals sign"),
        ("Digest realm=", "byte 13: expected a value"),
        ("Digest realm=,", "byte 13: expected a value"),
        ("Digest =x", "byte 7: expected the name of a parameter"),
        ("Digest \"realm\"=x", "byte 7: expected the name of a parameter"),
        (
            "Digest realm=\"a\r\nX: y\", nonce=\"n\"",
            "byte 13: expected no control character in a quoted string",
        ),
        (
            "Digest realm=\"a\r\n b\", nonce=\"n\"",
            "byte 13: expected no control character in a quoted string",
        ),
        (
            "Digest realm=\"a\0\", nonce=\"n\"",
            "byte 13: expected no control character in a quoted string",
        ),
        ("Digest realm=a\0, nonce=\"n\"", "byte 14: expected a comma"),
    ];
    for (text, expected) in rows {
        assert_eq!(challenge(text).unwrap_err().to_string(), expected, "{text:?}");
    }
    let latin = Challenge::parse(b"Digest realm=\"\xe4\", nonce=\"n\"").unwrap_err();
    assert_eq!(latin.to_string(), "byte 14: expected UTF-8");
    let long = format!("Digest realm=\"{}\"", "r".repeat(Challenge::LIMIT));
    assert!(matches!(challenge(&long), Err(DigestError::LimitReached { .. })));
}

#[test]
fn every_algorithm_has_a_name() {
    for name in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
        let algorithm = Algorithm::from_token(&name.to_lowercase()).unwrap();
        assert_eq!(algorithm.to_string(), name);
        assert_eq!(algorithm.is_supported(), name == "MD5");
    }
    assert_eq!(Algorithm::from_token("MD6"), None);
}

#[test]
fn credentials_in_full() {
    // RFC 2617 section 3.5.
    let text = "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", qop=auth, \
        nc=00000001, cnonce=\"0a4f113b\", response=\"6629fae49393a05397450978507c4ef1\", \
        opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";
    let read = Credentials::parse(text.as_bytes()).unwrap();
    assert_eq!(
        (read.username(), read.realm(), read.uri()),
        ("Mufasa", "testrealm@host.com", "/dir/index.html")
    );
    assert_eq!(read.response(), "6629fae49393a05397450978507c4ef1");
    assert_eq!(
        (read.qop(), read.nc(), read.cnonce()),
        (Some(Qop::Auth), Some(1), Some("0a4f113b"))
    );
    assert_eq!(read.opaque(), Some("5ccc069c403ebaf9f0171e9517f40e41"));
    assert_eq!(read.algorithm(), Algorithm::Md5);
    let again = read.to_string();
    assert_eq!(Credentials::parse(again.as_bytes()).unwrap(), read);
    let printed = format!("{read:?}");
    assert!(!printed.contains("6629"), "the response proves the password: {printed}");
}

#[test]
fn what_is_no_credentials() {
    let base = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0\"";
    assert!(Credentials::parse(base.as_bytes()).is_ok());
    for name in ["username", "realm", "nonce", "uri", "response"] {
        let text = base.replace(&format!("{name}="), "x=");
        let error = Credentials::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error, DigestError::Missing { name }, "{text}");
    }
    let rows = [
        (", qop=auth, cnonce=\"c\"", DigestError::Missing { name: "nc" }),
        (", qop=auth, nc=00000001", DigestError::Missing { name: "cnonce" }),
        (", qop=auth, nc=1, cnonce=\"c\"", DigestError::Invalid { name: "nc" }),
        (", qop=auth, nc=+0000001, cnonce=\"c\"", DigestError::Invalid { name: "nc" }),
        (", qop=auth, nc=0000000g, cnonce=\"c\"", DigestError::Invalid { name: "nc" }),
        (", qop=auth-both, nc=00000001, cnonce=\"c\"", DigestError::Invalid { name: "qop" }),
        (", username=\"v\"", DigestError::Repeated { name: "username" }),
    ];
    for (more, expected) in rows {
        let text = format!("{base}{more}");
        assert_eq!(Credentials::parse(text.as_bytes()).unwrap_err(), expected, "{more}");
    }
}

//! Reading and writing challenges, credentials and Authentication-Info.

use siptrunk_digest::{
    Algorithm, AuthenticationInfo, Challenge, Credentials, DigestError, Limits, Qop,
};

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
    assert_eq!(read.domain().collect::<Vec<_>>(), ["sip:a", "sip:b"]);
    assert_eq!((read.charset(), read.wants_userhash()), (Some("UTF-8"), false));
    assert_eq!(read.to_string(), text);
    assert_eq!(read.clone().into_owned(), read);
    assert_eq!(read.clone().into_owned().to_string(), text);
    // Once something is changed it is written anew.
    assert_eq!(
        read.with_userhash(true).to_string(),
        "Digest realm=\"sip.synthflow.ai\", domain=\"sip:a sip:b\", nonce=\"n0\", opaque=\"o\", \
         algorithm=MD5, qop=\"auth,auth-int\", stale=true, charset=UTF-8, userhash=true"
    );
}

/// RFC 3261 sections 20.27 and 20.44, RFC 7616 section 3.9.
#[test]
fn challenges_of_the_rfcs() {
    let atlanta = "Digest realm=\"atlanta.com\",\r\n domain=\"sip:ss1.carrier.com\", qop=\"auth\",\r\n \
        nonce=\"f84f1cec41e6cbe5aea9c8e88d359\",\r\n opaque=\"\", stale=FALSE, algorithm=MD5";
    let read = challenge(atlanta).unwrap();
    assert_eq!((read.realm(), read.nonce()), ("atlanta.com", "f84f1cec41e6cbe5aea9c8e88d359"));
    assert_eq!((read.opaque(), read.is_stale()), (Some(""), false));
    assert_eq!(read.domain().collect::<Vec<_>>(), ["sip:ss1.carrier.com"]);
    // A fold goes on as spaces: a line end would end the field.
    assert_eq!(read.to_string(), atlanta.replace("\r\n", "  "));

    let api = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
        nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
        opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true";
    let read = challenge(api).unwrap();
    assert_eq!(read.algorithm(), Algorithm::Sha512Trunc256);
    assert!(read.wants_userhash() && read.offers(Qop::Auth) && !read.offers(Qop::AuthInt));
    assert_eq!(read.charset(), Some("UTF-8"));
}

#[test]
fn challenges_to_be_written_hold_no_line_ends() {
    assert_eq!(Challenge::new("r\r\nX: y", "n"), Err(DigestError::Invalid { name: "realm" }));
    assert_eq!(Challenge::new("r", "\0"), Err(DigestError::Invalid { name: "nonce" }));
    let plain = || Challenge::new("r", "n").unwrap();
    assert_eq!(plain().with_opaque("\n"), Err(DigestError::Invalid { name: "opaque" }));
    assert_eq!(plain().with_domain("\x7f"), Err(DigestError::Invalid { name: "domain" }));
    assert_eq!(
        AuthenticationInfo::of_next_nonce("\r"),
        Err(DigestError::Invalid { name: "nextnonce" })
    );
}

#[test]
fn limits_are_the_callers() {
    let mut limits = Limits::default();
    let text = "Digest realm=\"r\", nonce=\"n\", a=b, c=d, e=f";
    assert!(Challenge::parse_with(text.as_bytes(), &limits).is_ok());
    limits.parameters = 4;
    let over = DigestError::LimitReached { what: "parameters", found: 5, limit: 4 };
    assert_eq!(Challenge::parse_with(text.as_bytes(), &limits), Err(over.clone()));
    assert_eq!(Credentials::parse_with(text.as_bytes(), &limits), Err(over.clone()));
    let info = "qop=auth, a=b, c=d, e=f, g=h";
    assert_eq!(AuthenticationInfo::parse_with(info.as_bytes(), &limits), Err(over));
    limits.parameters = 5;
    assert!(Challenge::parse_with(text.as_bytes(), &limits).is_ok());
    limits.value_bytes = text.len();
    assert!(Challenge::parse_with(text.as_bytes(), &limits).is_ok());
    limits.value_bytes -= 1;
    let over =
        DigestError::LimitReached { what: "bytes", found: text.len(), limit: text.len() - 1 };
    assert_eq!(Challenge::parse_with(text.as_bytes(), &limits), Err(over));
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
    assert_eq!(read.to_string(), r#"Digest realm="a\"b\\c", nonce="n\o""#, "untouched");
    let made = Challenge::new("a\"b\\c", "no").unwrap();
    assert_eq!(made, read);
    assert_eq!(made.to_string(), r#"Digest realm="a\"b\\c", nonce="no""#);
    // A tab is no control character here, wherever the string has it, escaped or not.
    let tabs = challenge("Digest realm=\"\ta\tb\\\tc\", nonce=\"0123456\t89\t\"").unwrap();
    assert_eq!((tabs.realm(), tabs.nonce()), ("\ta\tb\tc", "0123456\t89\t"));
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
        (
            "Digest realm=\"a\\\r\", nonce=\"n\"",
            "byte 13: expected no control character in a quoted string",
        ),
        ("Digest realm=\"a\0, nonce=n", "byte 13: expected a quoted string that ends"),
        ("Digest realm=a\0, nonce=\"n\"", "byte 14: expected a comma"),
    ];
    for (text, expected) in rows {
        assert_eq!(challenge(text).unwrap_err().to_string(), expected, "{text:?}");
    }
    let latin = Challenge::parse(b"Digest realm=\"\xe4\", nonce=\"n\"").unwrap_err();
    assert_eq!(latin.to_string(), "byte 14: expected UTF-8");
}

#[test]
fn every_algorithm_has_a_name() {
    for name in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256", "SHA-512-256-sess"] {
        let algorithm = Algorithm::from_token(&name.to_lowercase()).unwrap();
        assert_eq!(algorithm.to_string(), name);
        assert_eq!(algorithm.is_session(), name.ends_with("-sess"));
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
        (", username*=UTF-8''v", DigestError::Repeated { name: "username" }),
    ];
    for (more, expected) in rows {
        let text = format!("{base}{more}");
        assert_eq!(Credentials::parse(text.as_bytes()).unwrap_err(), expected, "{more}");
    }
}

/// What servers and clients in the field write, and what of it means the same.
#[test]
fn quotes_too_many_and_too_few() {
    let plain = "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0a\", \
        algorithm=MD5, qop=auth, nc=0000000a, cnonce=\"c\", userhash=false";
    let plain = Credentials::parse(plain.as_bytes()).unwrap();
    for text in [
        "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"0a\", \
         algorithm=\"md5\", qop=\"auth\", nc=\"0000000A\", cnonce=\"c\", userhash=\"FALSE\"",
        "DIGEST username=u,realm=r,nonce=n,uri=sip:h,response=0a,algorithm=MD5,qop=AUTH,\
         nc=0000000A,cnonce=c",
        "Digest nc=0000000a, cnonce=\"c\", qop=auth, response=\"0a\", uri=\"sip:h\", nonce=\"n\", \
         realm=\"r\", username=\"u\", algorithm=MD5, auth-param=\"x\"",
    ] {
        assert_eq!(Credentials::parse(text.as_bytes()).as_ref(), Ok(&plain), "{text:?}");
    }
}

/// RFC 7616 section 3.9.2, third message, and what is no extended notation.
#[test]
fn user_names_in_extended_notation() {
    let credentials = |username: &str| -> Result<String, DigestError> {
        let text = format!(
            "Digest {username}, realm=\"api@example.org\", uri=\"/doe.json\", \
             algorithm=SHA-512-256, nonce=\"n\", nc=00000001, cnonce=\"c\", qop=auth, \
             response=\"ae66\", userhash=false"
        );
        let read = Credentials::parse(text.as_bytes())?.into_owned();
        assert_eq!(read.to_string(), text);
        Ok(read.username().to_owned())
    };
    for username in
        ["username*=UTF-8''J%C3%A4s%C3%B8n%20Doe", "username*=utf-8'de'J%c3%a4s%C3%B8n%20Doe"]
    {
        assert_eq!(credentials(username).as_deref(), Ok("J\u{e4}s\u{f8}n Doe"));
    }
    for username in [
        "username*=ISO-8859-1''J%E4",
        "username*=UTF-8'J",
        "username*=UTF-8''%C3",
        "username*=UTF-8''%C",
        "username*=UTF-8''%+1",
        "username*=UTF-8''a%0d%0ab",
    ] {
        let error = credentials(username).unwrap_err();
        assert_eq!(error, DigestError::Invalid { name: "username*" }, "{username}");
    }
    let hashed = "Digest username*=UTF-8''u, realm=\"r\", nonce=\"n\", uri=\"sip:h\", \
        response=\"0\", userhash=true";
    let error = Credentials::parse(hashed.as_bytes()).unwrap_err();
    assert_eq!(error, DigestError::Invalid { name: "username*" });
}

/// Before the first challenge some clients say who they are (RFC 8760 section 2.7).
#[test]
fn credentials_that_prove_nothing() {
    let text = "Digest username=\"u@h\", realm=\"h\", nonce=\"\", uri=\"sip:h\", response=\"\"";
    let read = Credentials::parse(text.as_bytes()).unwrap();
    assert_eq!((read.username(), read.nonce(), read.response()), ("u@h", "", ""));
}

#[test]
fn authentication_info() {
    let read = |text: &'static str| AuthenticationInfo::parse(text.as_bytes());
    let text = "qop=auth, rspauth=\"6629fae49393a05397450978507c4ef1\", \
        cnonce=\"0a4f113b\",nc=00000001, nextnonce=\"a\\\"b\", x=y";
    let info = read(text).unwrap();
    assert_eq!(info.rspauth(), Some("6629fae49393a05397450978507c4ef1"));
    assert_eq!((info.qop(), info.nc()), (Some(Qop::Auth), Some(1)));
    assert_eq!((info.cnonce(), info.next_nonce()), (Some("0a4f113b"), Some("a\"b")));
    assert_eq!(info.to_string(), text);
    assert_eq!(info.clone().into_owned(), info);
    assert!(!format!("{info:?}").contains("6629"), "the digest proves the password: {info:?}");
    assert_eq!(read("").unwrap().next_nonce(), None);
    let rows = [
        ("qop=auth-both", DigestError::Invalid { name: "qop" }),
        ("nc=1", DigestError::Invalid { name: "nc" }),
        ("nextnonce=\"a\", nextnonce=\"b\"", DigestError::Repeated { name: "nextnonce" }),
        (
            "nextnonce=\"a",
            DigestError::Malformed { offset: 10, expected: "a quoted string that ends" },
        ),
        (
            "Digest nextnonce=\"a\"",
            DigestError::Malformed { offset: 7, expected: "an equals sign" },
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(read(text).unwrap_err(), expected, "{text}");
    }
}

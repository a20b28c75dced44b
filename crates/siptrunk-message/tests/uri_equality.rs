//! RFC 3261 19.1.4: the pairs that are equivalent and the pairs that are not.

use siptrunk_message::Uri;

fn pairs(table: &serde_json::Value) -> Vec<(String, String)> {
    let rows = table.as_array().expect("an array of pairs");
    rows.iter()
        .map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn the_pairs_of_the_rfc() {
    let vectors: serde_json::Value =
        serde_json::from_str(include_str!("data/uri_equality_rfc3261_19.1.4.json")).unwrap();
    let (same, different) = (pairs(&vectors["equivalent"]), pairs(&vectors["not_equivalent"]));
    assert_eq!((same.len(), different.len()), (6, 7));
    let read = |text: &str| text.parse::<Uri<'static>>().unwrap();
    for (a, b) in &same {
        assert!(read(a).equivalent(&read(b)), "{a} is {b}");
        assert!(read(b).equivalent(&read(a)), "{b} is {a}");
    }
    for (a, b) in &different {
        assert!(!read(a).equivalent(&read(b)), "{a} is not {b}");
        assert!(!read(b).equivalent(&read(a)), "{b} is not {a}");
    }
    // Each is equivalent to itself and is written as it was read.
    for text in same.iter().chain(&different).flat_map(|(a, b)| [a, b]) {
        assert!(read(text).equivalent(&read(text)), "{text}");
        assert_eq!(read(text).to_string(), *text);
    }
}

/// Found by fuzzing: a parameter that stands twice with two values differed from itself.
#[test]
fn a_uri_is_equivalent_to_itself() {
    let many = format!("sip:a@h?{}", ["x=1"; 40].join("&"));
    for text in ["sip:h;i;i=0", "sip:h;i=1;i=2", &many] {
        let uri: Uri<'_> = text.parse().unwrap();
        assert!(uri.equivalent(&uri.clone().into_owned()), "{text}");
    }
}

/// Each rule of 19.1.4 that no pair of the RFC stands for.
#[test]
fn the_rules_without_a_pair() {
    let table = [
        ("sip:a@h", "sips:a@h", false, "SIP and SIPS are never equivalent"),
        ("sip:a@h", "sip:h", false, "a user against none"),
        ("sip:a:p@h", "sip:a:P@h", false, "passwords compare with case"),
        ("sip:a:p@h", "sip:a@h", false, "a password against none"),
        ("sip:a@h;user=phone", "sip:a@h", false, "user stands in one alone"),
        ("sip:a@h;ttl=1", "sip:a@h", false, "ttl stands in one alone"),
        ("sip:a@h;method=INVITE", "sip:a@h", false, "method stands in one alone"),
        ("sip:a@h;maddr=1.2.3.4", "sip:a@h", false, "maddr stands in one alone"),
        ("sip:a@h;lr", "sip:a@h", true, "lr is not compared when it stands in one alone"),
        ("sip:a@h;lr", "sip:a@h;lr=on", false, "both have lr, with different values"),
        ("sip:a@h;x=A", "sip:a@h;X=a", true, "parameters compare without case"),
        ("sip:a@h?x=A", "sip:a@h?x=a", false, "header values are not folded here"),
        ("sip:a@h?x=1&y=2", "sip:a@h?y=2", false, "headers are never ignored"),
        ("sip:a@192.0.2.4", "sip:a@192.0.2.4", true, "addresses"),
        ("sip:a@[2001:db8::1]", "sip:a@[2001:DB8:0::1]", true, "addresses, not their text"),
        ("sip:a@h.example.", "sip:a@h.example", false, "a host is compared as written"),
    ];
    for (a, b, same, why) in table {
        let (a, b): (Uri<'_>, Uri<'_>) = (a.parse().unwrap(), b.parse().unwrap());
        assert_eq!(a.equivalent(&b), same, "{a} and {b}: {why}");
        assert_eq!(b.equivalent(&a), same, "{b} and {a}: {why}");
    }
}

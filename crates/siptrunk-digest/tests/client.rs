//! Answering challenges: counts, choices, what is refused.

use siptrunk_digest::{
    Account, Algorithm, Attempts, Challenger, Client, ClientError, Credentials, Limits, Qop,
    Request,
};

const REGISTER: Request<'static> = Request { method: "REGISTER", uri: "sip:h", body: b"" };

fn client() -> Client {
    Client::new(Account::new("u", "p"))
}

fn challenge(realm: &str, nonce: &str, more: &str) -> String {
    format!("Digest realm=\"{realm}\", nonce=\"{nonce}\"{more}")
}

fn respond(
    client: &mut Client,
    attempts: &mut Attempts,
    challenge: &str,
) -> Result<String, ClientError> {
    client.respond(attempts, [challenge.as_bytes()], &REGISTER, "c0")
}

/// RFC 7616 section 3.4: which values stand in quotes and which must not.
#[test]
fn quotes_where_they_belong() {
    let challenge = challenge("r", "n", ", opaque=\"o\", algorithm=MD5, qop=\"auth\"");
    let value = respond(&mut client(), &mut Attempts::new(), &challenge).unwrap();
    let response = Credentials::parse(value.as_bytes()).unwrap().response().to_owned();
    assert_eq!(
        value,
        format!(
            "Digest username=\"u\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"{response}\", \
             algorithm=MD5, cnonce=\"c0\", opaque=\"o\", qop=auth, nc=00000001"
        )
    );
}

#[test]
fn counts_go_up_within_a_nonce_and_start_anew_with_the_next() {
    let mut client = client();
    let mut nc = |nonce: &str| {
        let challenge = challenge("r", nonce, ", qop=\"auth\"");
        let value = respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
        Credentials::parse(value.as_bytes()).unwrap().nc().unwrap()
    };
    assert_eq!([nc("a"), nc("a"), nc("a"), nc("b"), nc("b"), nc("a")], [1, 2, 3, 1, 2, 1]);
}

#[test]
fn counts_of_realms_are_apart_and_old_realms_make_room() {
    let mut limits = Limits::default();
    limits.realms = 4;
    let mut client = Client::with_limits(Account::new("u", "p"), limits);
    let mut nc = |realm: &str| {
        let challenge = challenge(realm, "n", ", qop=\"auth\"");
        let value = respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
        Credentials::parse(value.as_bytes()).unwrap().nc().unwrap()
    };
    assert_eq!([nc("a"), nc("b"), nc("a"), nc("b")], [1, 1, 2, 2]);
    assert_eq!([nc("c"), nc("d"), nc("e")], [1, 1, 1]);
    assert_eq!(nc("b"), 3);
    assert_eq!(nc("a"), 1, "the oldest of five realms was forgotten");
    assert_eq!(client.realms().collect::<Vec<_>>(), ["a", "e", "d", "c"]);
}

#[test]
fn authorizing_before_being_challenged() {
    let mut client = client();
    assert_eq!(client.authorize(Challenger::Server, "r", &REGISTER, "c").unwrap(), None);
    let challenge = challenge("r", "n", ", qop=\"auth\"");
    respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
    let value = client.authorize(Challenger::Server, "r", &REGISTER, "c1").unwrap().unwrap();
    let credentials = Credentials::parse(value.as_bytes()).unwrap();
    assert_eq!(
        (credentials.nc(), credentials.nonce(), credentials.cnonce()),
        (Some(2), "n", Some("c1"))
    );
    assert_eq!(client.authorize(Challenger::Server, "other", &REGISTER, "c").unwrap(), None);
}

/// T12: a peer that is never content gets two answers at most.
#[test]
fn at_most_two_answers_for_a_request() {
    let fresh = |nonce: &str| challenge("r", nonce, ", qop=\"auth\"");
    let stale = |nonce: &str| challenge("r", nonce, ", qop=\"auth\", stale=true");
    let other = |nonce: &str| challenge("q", nonce, ", qop=\"auth\"");
    let rows: [(&[String], usize); 7] = [
        (&[fresh("1"), fresh("2"), fresh("3")], 1),
        (&[fresh("1"), stale("2"), stale("3"), stale("4")], 2),
        (&[fresh("1"), stale("2"), fresh("3")], 2),
        (&[fresh("1"), other("2"), stale("3")], 2),
        (&[fresh("1"), other("2"), fresh("3"), other("4")], 2),
        (&[stale("1"), fresh("2")], 1),
        (&[stale("1"), stale("2"), stale("3")], 2),
    ];
    for (challenges, expected) in rows {
        let (mut client, mut attempts) = (client(), Attempts::new());
        let results: Vec<_> =
            challenges.iter().map(|c| respond(&mut client, &mut attempts, c)).collect();
        let answered = results.iter().take_while(|result| result.is_ok()).count();
        assert_eq!(answered, expected, "{challenges:?}");
        assert_eq!(usize::from(attempts.answered()), expected);
        assert!(
            results[answered..]
                .iter()
                .all(|result| matches!(result, Err(ClientError::Refused { .. })))
        );
    }
}

#[test]
fn the_topmost_that_we_can_answer() {
    let answer = |challenges: &[&str]| {
        let challenges = challenges.iter().map(|challenge| challenge.as_bytes());
        client()
            .respond(&mut Attempts::new(), challenges, &REGISTER, "c")
            .map(|value| Credentials::parse(value.as_bytes()).unwrap().nonce().to_owned())
    };
    let sha = "Digest realm=\"r\", nonce=\"sha\", algorithm=SHA-256, qop=\"auth\"";
    let md5 = "Digest realm=\"r\", nonce=\"md5\", algorithm=MD5, qop=\"auth\"";
    let second = "Digest realm=\"r2\", nonce=\"two\"";
    let unknown = "Digest realm=\"r\", nonce=\"x\", algorithm=FNV";
    let odd = "Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\"";
    assert_eq!(answer(&[sha, md5]).as_deref(), Ok("sha"));
    assert_eq!(answer(&[md5, sha]).as_deref(), Ok("md5"));
    assert_eq!(answer(&[md5, second]).as_deref(), Ok("md5"));
    assert_eq!(answer(&["Basic realm=\"r\"", unknown, odd, second]).as_deref(), Ok("two"));
    let no_qop = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256-sess";
    let rows = [
        (&[][..], "no challenge to answer"),
        (&[no_qop], "the challenge asks for a session without qop, which is not supported"),
        (
            &["garbage", no_qop],
            "the challenge asks for a session without qop, which is not supported",
        ),
        (&[unknown], "no challenge can be read: the algorithm \"FNV\" is unknown"),
        (
            &["Basic realm=\"r\""],
            "no challenge can be read: the authentication scheme is not Digest",
        ),
        (&[odd], "the challenge asks for an unknown qop, which is not supported"),
    ];
    for (challenges, expected) in rows {
        assert_eq!(answer(challenges).unwrap_err().to_string(), expected);
    }
}

/// RFC 8760 section 2.4: the topmost that local policy allows.
#[test]
fn no_algorithm_weaker_than_the_account_wants() {
    let offered = [
        ("MD5", "m"),
        ("SHA-256-sess", "s"),
        ("SHA-512-256", "t"),
        ("SHA-256", "u"),
        ("MD5-sess", "v"),
    ]
    .map(|(algorithm, nonce)| challenge("r", nonce, &format!(", algorithm={algorithm}, qop=auth")));
    let answer = |minimum, challenges: &[String]| {
        let mut client = Client::new(Account::new("u", "p").at_least(minimum));
        client
            .respond(&mut Attempts::new(), challenges.iter().map(String::as_bytes), &REGISTER, "c")
            .map(|value| Credentials::parse(value.as_bytes()).unwrap().nonce().to_owned())
    };
    let rows = [
        (Algorithm::Md5, "m"),
        (Algorithm::Md5Sess, "m"),
        (Algorithm::Sha256, "s"),
        (Algorithm::Sha256Sess, "s"),
        (Algorithm::Sha512Trunc256, "t"),
    ];
    for (minimum, expected) in rows {
        assert_eq!(answer(minimum, &offered).as_deref(), Ok(expected), "{minimum}");
    }
    // A challenge that names no algorithm means MD5.
    for weak in [offered[0].clone(), challenge("r", "n", ", qop=\"auth\"")] {
        assert_eq!(
            answer(Algorithm::Sha256, &[weak]),
            Err(ClientError::WeakAlgorithm {
                algorithm: Algorithm::Md5,
                minimum: Algorithm::Sha256
            })
        );
    }
}

#[test]
fn auth_before_auth_int_and_none_if_none_is_offered() {
    let qop = |more: &str| {
        let value =
            respond(&mut client(), &mut Attempts::new(), &challenge("r", "n", more)).unwrap();
        Credentials::parse(value.as_bytes()).unwrap().qop()
    };
    assert_eq!(qop(", qop=\"auth-int,auth\""), Some(Qop::Auth));
    assert_eq!(qop(", qop=\"auth-int\""), Some(Qop::AuthInt));
    assert_eq!(qop(", qop=\"auth-conf , AUTH-INT\""), Some(Qop::AuthInt));
    assert_eq!(qop(""), None);
}

#[test]
fn a_server_that_wants_names_hashed_gets_no_other() {
    let mut client = client();
    let wanted = challenge("r", "n", ", algorithm=SHA-256, qop=\"auth\", userhash=true");
    let value = respond(&mut client, &mut Attempts::new(), &wanted).unwrap();
    let credentials = Credentials::parse(value.as_bytes()).unwrap();
    // SHA-256("u:r")
    assert_eq!(
        (credentials.is_hashed(), credentials.username()),
        (true, "1d8a03a6e21a4ce775060ea57360329ac750dea5d847297b42f0d46539af8ab2")
    );
    assert!(value.ends_with(", userhash=true"), "{value}");
    // The next challenge of the same realm may want it plain again.
    let plain = challenge("r", "n", ", algorithm=SHA-256, qop=\"auth\", userhash=false");
    let value = respond(&mut client, &mut Attempts::new(), &plain).unwrap();
    let credentials = Credentials::parse(value.as_bytes()).unwrap();
    assert_eq!((credentials.is_hashed(), credentials.username()), (false, "u"));
    assert_eq!(credentials.nc(), Some(2), "the nonce is the same");
}

/// RFC 3261 section 22.1: these are never sent again.
#[test]
fn some_methods_cannot_be_challenged() {
    for method in ["ACK", "CANCEL"] {
        let request = Request { method, uri: "sip:h", body: b"" };
        let challenge = challenge("r", "n", ", qop=\"auth\"");
        let error = client().respond(&mut Attempts::new(), [challenge.as_bytes()], &request, "c");
        assert_eq!(error, Err(ClientError::NotRepeatable { method }));
    }
}

#[test]
fn what_changes_from_challenge_to_challenge() {
    let mut client = client();
    let mut answer = |more: &str| {
        let challenge = challenge("r", "n", more);
        let value = respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
        let credentials = Credentials::parse(value.as_bytes()).unwrap().into_owned();
        // A fresh client says the same but for the count.
        let fresh = respond(&mut self::client(), &mut Attempts::new(), &challenge).unwrap();
        let fresh = Credentials::parse(fresh.as_bytes()).unwrap();
        assert_eq!(credentials.opaque(), fresh.opaque());
        assert_eq!(credentials.algorithm(), fresh.algorithm());
        assert_eq!(credentials.qop(), fresh.qop());
        if fresh.qop().is_none() {
            assert_eq!(credentials.response(), fresh.response());
        }
        credentials.nc()
    };
    let rows = [
        (", opaque=\"o\", qop=\"auth\"", Some(1)),
        (", opaque=\"other\", qop=\"auth\"", Some(2)),
        (", qop=\"auth\", algorithm=SHA-256", Some(3)),
        (", opaque=\"again\", qop=\"auth-int\", algorithm=SHA-256-sess", Some(4)),
        (", algorithm=MD5", None),
        ("", None),
        (", qop=\"auth\"", Some(7)),
    ];
    for (more, nc) in rows {
        assert_eq!(answer(more), nc, "{more}");
    }
}

/// T10: an account that is bound to a realm answers no other.
#[test]
fn other_realms_get_nothing() {
    let mut client = Client::new(Account::new("u", "p").for_realm("mine"));
    let refused = respond(&mut client, &mut Attempts::new(), &challenge("theirs", "n", ""));
    assert_eq!(
        refused,
        Err(ClientError::OtherRealm { realm: "theirs".to_owned(), bound: "mine".to_owned() })
    );
    let both = [challenge("theirs", "n", ""), challenge("mine", "m", "")];
    let value = client
        .respond(&mut Attempts::new(), both.iter().map(String::as_bytes), &REGISTER, "c")
        .unwrap();
    assert_eq!(Credentials::parse(value.as_bytes()).unwrap().realm(), "mine");
}

#[test]
fn nothing_can_be_smuggled_into_credentials() {
    let challenge = challenge("r", "n", ", qop=\"auth\"");
    for (user, uri, cnonce, field) in [
        ("u\r\nX: y", "sip:h", "c", "user name"),
        ("u", "sip:h\r\n", "c", "uri"),
        ("u", "sip:h\", nonce=\"x", "c", "uri"),
        ("u", "sip:h", "c\", uri=\"x", "cnonce"),
        ("u", "sip:h", "c\0", "cnonce"),
    ] {
        let mut client = Client::new(Account::new(user, "p"));
        let mut out = "kept".to_owned();
        let request = Request { method: "INVITE", uri, body: b"" };
        let error = client.respond_into(
            &mut Attempts::new(),
            [challenge.as_bytes()],
            &request,
            cnonce,
            &mut out,
        );
        assert_eq!(error, Err(ClientError::Invalid { field }));
        assert_eq!(out, "kept");
    }
    // A quote in a user name is legal, and stays within its quotes.
    let mut client = Client::new(Account::new("a\"b", "p"));
    let value = respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
    assert!(value.starts_with("Digest username=\"a\\\"b\", "), "{value}");
    assert_eq!(Credentials::parse(value.as_bytes()).unwrap().username(), "a\"b");
}

#[test]
fn secrets_are_not_printed() {
    let mut client = Client::new(Account::new("u", "hunter2"));
    respond(&mut client, &mut Attempts::new(), &challenge("r", "n", "")).unwrap();
    let printed = format!("{client:?} {:?}", client.account());
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("redacted"));
    // MD5("u:r:hunter2") is as good as the password in that realm.
    assert!(!printed.contains("ha1"), "{printed}");
}

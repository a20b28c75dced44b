//! Answering challenges: vectors, counts, what is refused.

use siptrunk_digest::{Account, Attempts, Client, ClientError, Credentials, Qop, Request};

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

#[test]
fn responses_of_the_rfcs() {
    let mut count = 0;
    for line in include_str!("data/responses.txt").lines().filter(|line| !line.starts_with('#')) {
        let row: Vec<&str> = line.split(" | ").collect();
        let [
            source,
            algorithm,
            user,
            realm,
            password,
            nonce,
            uri,
            method,
            qop,
            nc,
            cnonce,
            body,
            expected,
        ] = row[..]
        else {
            panic!("{line}")
        };
        let mut more = format!(", algorithm={algorithm}");
        if qop != "-" {
            more += ", qop=\"";
            more += qop;
            more += "\"";
        }
        let body = if body == "-" { "" } else { body };
        let request = Request { method, uri, body: body.as_bytes() };
        let mut client = Client::new(Account::new(user, password));
        let challenge = challenge(realm, nonce, &more);
        let value =
            client.respond(&mut Attempts::new(), [challenge.as_bytes()], &request, cnonce).unwrap();
        let credentials = Credentials::parse(value.as_bytes()).unwrap();
        assert_eq!(credentials.response(), expected, "{source}");
        assert_eq!(credentials.qop().map_or("-", Qop::as_str), qop, "{source}");
        let nc = (nc != "-").then(|| u32::from_str_radix(nc, 16).unwrap());
        assert_eq!(credentials.nc(), nc, "{source}");
        // RFC 3261 section 22.4 item 8: no cnonce without qop.
        assert_eq!(credentials.cnonce().is_some(), qop != "-", "{source}");
        count += 1;
    }
    assert_eq!(count, 6);
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
    let mut client = client();
    let mut nc = |realm: &str| {
        let challenge = challenge(realm, "n", ", qop=\"auth\"");
        let value = respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
        Credentials::parse(value.as_bytes()).unwrap().nc().unwrap()
    };
    assert_eq!([nc("a"), nc("b"), nc("a"), nc("b")], [1, 1, 2, 2]);
    assert_eq!([nc("c"), nc("d"), nc("e")], [1, 1, 1]);
    assert_eq!(nc("b"), 3);
    assert_eq!(nc("a"), 1, "the oldest of five realms was forgotten");
}

#[test]
fn authorizing_before_being_challenged() {
    let mut client = client();
    assert_eq!(client.authorize("r", &REGISTER, "c").unwrap(), None);
    let challenge = challenge("r", "n", ", qop=\"auth\"");
    respond(&mut client, &mut Attempts::new(), &challenge).unwrap();
    let value = client.authorize("r", &REGISTER, "c1").unwrap().unwrap();
    let credentials = Credentials::parse(value.as_bytes()).unwrap();
    assert_eq!(
        (credentials.nc(), credentials.nonce(), credentials.cnonce()),
        (Some(2), "n", Some("c1"))
    );
    assert_eq!(client.authorize("other", &REGISTER, "c").unwrap(), None);
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
    assert_eq!(answer(&[sha, md5]).as_deref(), Ok("md5"));
    assert_eq!(answer(&[md5, second]).as_deref(), Ok("md5"));
    assert_eq!(answer(&["Basic realm=\"r\"", unknown, second]).as_deref(), Ok("two"));
    let rows = [
        (&[][..], "no challenge to answer"),
        (&[sha], "the challenge asks for the algorithm SHA-256, which is not supported"),
        (&["garbage", sha], "the challenge asks for the algorithm SHA-256, which is not supported"),
        (&[unknown], "no challenge can be read: the algorithm \"FNV\" is unknown"),
        (
            &["Basic realm=\"r\""],
            "no challenge can be read: the authentication scheme is not Digest",
        ),
        (
            &["Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\""],
            "the challenge asks for an unknown qop, which is not supported",
        ),
    ];
    for (challenges, expected) in rows {
        assert_eq!(answer(challenges).unwrap_err().to_string(), expected);
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

//! Challenging and verifying: freshness, replays, users that do not exist.

use std::cell::Cell;

use siptrunk_digest::{
    Account, Algorithm, Attempts, Challenge, Client, Credentials, Offer, Qop, Refusal, Request,
    Server, ServerLimits, Verdict,
};

const SOURCE: &[u8] = b"192.0.2.1";
const INVITE: Request<'static> = Request { method: "INVITE", uri: "sip:+1@h", body: b"" };

fn account() -> Account {
    Account::new("agent", "secret")
}

fn server() -> Server {
    Server::new("h.example", [7; 32], ServerLimits::default())
}

fn credentials(client: &mut Client, challenge: &str) -> String {
    client.respond(&mut Attempts::new(), [challenge.as_bytes()], &INVITE, "c0c0").unwrap()
}

fn verify<'c>(server: &mut Server, now: u64, credentials: &'c str) -> Verdict<'c> {
    let account = account();
    server.verify(now, SOURCE, credentials.as_bytes(), "INVITE", b"", |user| {
        (user == "agent").then_some(&account)
    })
}

fn is_accepted(verdict: &Verdict<'_>) -> bool {
    matches!(verdict, Verdict::Accepted { username, uri, .. } if username == "agent" && uri == "sip:+1@h")
}

#[test]
fn what_a_challenge_says() {
    let mut server = server();
    let (first, second) = (server.challenge(5, SOURCE, false), server.challenge(5, SOURCE, true));
    let read = Challenge::parse(first.as_bytes()).unwrap();
    assert_eq!(read.realm(), "h.example");
    assert!(!read.is_stale() && first.contains("qop=\"auth\"") && first.contains("algorithm=MD5"));
    assert!(Challenge::parse(second.as_bytes()).unwrap().is_stale());
    let again = Challenge::parse(second.as_bytes()).unwrap();
    assert_ne!(read.nonce(), again.nonce(), "each challenge has a nonce of its own");
    assert_eq!(server.nonces(), 0, "a challenge costs no memory");
    let odd =
        Server::new("a\"b\r\nX: y", [0; 32], ServerLimits::default()).challenge(0, b"", false);
    assert_eq!(Challenge::parse(odd.as_bytes()).unwrap().realm(), "a\"bX: y");
}

#[test]
fn right_credentials_are_accepted_once() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false);
    let value = credentials(&mut client, &challenge);
    assert!(is_accepted(&verify(&mut server, 10, &value)));
    for now in [10, 11, 59_999, 60_000, 60_001, 1_000_000] {
        assert_eq!(verify(&mut server, now, &value), Verdict::Stale, "{now}");
    }
}

#[test]
fn ten_thousand_replays() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false);
    let values: Vec<String> = (0..100).map(|_| credentials(&mut client, &challenge)).collect();
    assert!(values.iter().all(|value| is_accepted(&verify(&mut server, 1, value))));
    let replayed = (0..100)
        .flat_map(|_| &values)
        .filter(|value| verify(&mut server, 2, value) != Verdict::Stale);
    assert_eq!(replayed.count(), 0);
}

#[test]
fn requests_in_flight_may_overtake_each_other() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false);
    let values: Vec<String> = (0..=65).map(|_| credentials(&mut client, &challenge)).collect();
    // nc 66 comes first; 3 to 65 are within the window of 64, 2 and 1 are not.
    assert!(is_accepted(&verify(&mut server, 1, &values[65])));
    for nc in (3..=65).rev() {
        assert!(is_accepted(&verify(&mut server, 1, &values[nc - 1])), "{nc}");
        assert_eq!(verify(&mut server, 1, &values[nc - 1]), Verdict::Stale, "{nc} again");
    }
    for nc in [1, 2] {
        assert_eq!(verify(&mut server, 1, &values[nc - 1]), Verdict::Stale, "{nc}");
    }
}

/// siphon-rs's mistake: the count advanced before the password was checked.
#[test]
fn a_wrong_password_with_a_high_count_moves_nothing() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false);
    let mut thief = Client::new(Account::new("agent", "guess"));
    for _ in 0..1_000 {
        let value = credentials(&mut thief, &challenge).replace("nc=0000", "nc=ffff");
        let verdict = verify(&mut server, 1, &value);
        assert_eq!(verdict, Verdict::Refused { reason: Refusal::WrongResponse });
    }
    assert_eq!(server.nonces(), 0);
    let value = credentials(&mut client, &challenge);
    assert!(is_accepted(&verify(&mut server, 2, &value)));
}

#[test]
fn a_nonce_is_for_its_time_and_its_source() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(1_000, SOURCE, false);
    let account = account();
    let mut from = |now: u64, source: &[u8]| {
        let value = credentials(&mut client, &challenge);
        let verdict =
            server.verify(now, source, value.as_bytes(), "INVITE", b"", |_| Some(&account));
        matches!(verdict, Verdict::Accepted { .. })
    };
    assert!(from(1_000, SOURCE));
    assert!(from(61_000, SOURCE), "60 s are within its lifetime");
    assert!(!from(61_001, SOURCE));
    assert!(!from(2_000, b"192.0.2.2"));
    assert!(!from(999, SOURCE), "made in the future: not ours");
}

#[test]
fn forged_nonces_are_stale_at_best() {
    let (mut server, mut other) =
        (server(), Server::new("h.example", [8; 32], ServerLimits::default()));
    let mut client = Client::new(account());
    let genuine = server.challenge(0, SOURCE, false);
    let nonce = Challenge::parse(genuine.as_bytes()).unwrap().nonce().to_owned();
    let foreign = other.challenge(0, SOURCE, false);
    let mut forged =
        vec![foreign, genuine.replace(&nonce, &nonce.to_uppercase()), genuine.replace(&nonce, "")];
    for at in 0..nonce.len() {
        let mut bytes = nonce.clone().into_bytes();
        bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
        forged.push(genuine.replace(&nonce, &String::from_utf8(bytes).unwrap()));
        forged.push(genuine.replace(&nonce, &nonce[..at]));
    }
    forged.push(genuine.replace(&nonce, &"\u{e4}".repeat(32)));
    for challenge in forged.iter().filter(|challenge| **challenge != genuine) {
        let value = credentials(&mut client, challenge);
        assert_eq!(verify(&mut server, 1, &value), Verdict::Stale, "{challenge}");
    }
    assert_eq!(server.nonces(), 0);
}

/// Credentials as some clients send them before any challenge.
fn without_response(value: &str) -> String {
    let response = Credentials::parse(value.as_bytes()).unwrap().response().to_owned();
    value.replace(&response, "")
}

/// RFC 8760 section 2.3: one field an algorithm, in order of preference.
#[test]
fn several_algorithms_at_once() {
    let preferred = [Algorithm::Sha512Trunc256, Algorithm::Sha256, Algorithm::Md5];
    let offer = Offer::default()
        .algorithms(preferred.into_iter().chain([Algorithm::Sha256]))
        .with_auth_int()
        .with_userhash()
        .with_charset();
    let mut server = server().offering(offer);
    let values = server.challenges(0, SOURCE, true);
    let read: Vec<_> =
        values.iter().map(|value| Challenge::parse(value.as_bytes()).unwrap()).collect();
    assert_eq!(read.iter().map(Challenge::algorithm).collect::<Vec<_>>(), preferred);
    for challenge in &read {
        assert!(challenge.offers(Qop::Auth) && challenge.offers(Qop::AuthInt));
        assert!(challenge.wants_userhash() && challenge.is_stale());
        assert_eq!(challenge.charset(), Some("UTF-8"));
    }
    let first = server.challenge(0, SOURCE, false);
    assert_eq!(Challenge::parse(first.as_bytes()).unwrap().algorithm(), preferred[0]);
    // Whichever the client takes is right, and no nonce is good for two of them.
    let account = account();
    let mut verify = |value: &str| {
        let verdict = server.verify_user(1, SOURCE, value.as_bytes(), "INVITE", b"", |user| {
            user.is(&account).then_some(&account)
        });
        if is_accepted(&verdict) { None } else { Some(format!("{verdict:?}")) }
    };
    for (at, value) in values.iter().enumerate() {
        let value = credentials(&mut Client::new(self::account()), value);
        let expected = (at > 0).then_some("Stale");
        assert_eq!(verify(&value).as_deref(), expected, "{value}");
    }
    // Nobody is talked down to an algorithm that was not offered.
    let md5 = values[2].replace("algorithm=MD5", "algorithm=MD5-sess");
    let value = credentials(&mut Client::new(self::account()), &md5);
    assert_eq!(verify(&value).as_deref(), Some("Refused { reason: Unsupported }"));
    assert_eq!(Offer::default().algorithms([]), Offer::default());
}

#[test]
fn an_account_that_wants_more_than_the_server_offers() {
    let mut server = server();
    let challenge = server.challenge(0, SOURCE, false);
    let value = credentials(&mut Client::new(account()), &challenge);
    let account = account().at_least(Algorithm::Sha256);
    let verdict = server.verify(1, SOURCE, value.as_bytes(), "INVITE", b"", |_| Some(&account));
    assert_eq!(verdict, Verdict::Refused { reason: Refusal::Unsupported });
    assert_eq!(server.nonces(), 0);
}

#[test]
fn whom_credentials_name() {
    let mut server = server().offering(Offer::default().with_userhash());
    let challenge = server.challenge(0, SOURCE, false);
    let hashed = credentials(&mut Client::new(account()), &challenge);
    let plain = challenge.replace(", userhash=true", "");
    let plain = credentials(&mut Client::new(account()), &plain);
    // MD5("agent:h.example")
    let hash = "80d73b109c011e2fdddd9167e34065b2";
    let (account, other) = (account(), Account::new("other", "secret"));
    for (value, name, hash) in
        [(&hashed, None, Some((Algorithm::Md5, hash))), (&plain, Some("agent"), None)]
    {
        let verdict = server.verify_user(1, SOURCE, value.as_bytes(), "INVITE", b"", |user| {
            assert_eq!((user.name(), user.hash()), (name, hash));
            assert!(user.is(&account) && !user.is(&other));
            None
        });
        assert_eq!(verdict, Verdict::Refused { reason: Refusal::UnknownUser });
    }
    // Whoever looks up by name finds no hash.
    let verdict = server.verify(1, SOURCE, hashed.as_bytes(), "INVITE", b"", |_| Some(&account));
    assert_eq!(verdict, Verdict::Refused { reason: Refusal::UnknownUser });
}

#[test]
fn refusals() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false);
    let refused = |reason| Verdict::Refused { reason };
    let value = credentials(&mut client, &challenge);
    let rows = [
        (value.replace("username=\"agent\"", "username=\"nobody\""), Refusal::UnknownUser),
        (value.replace("username=\"agent\"", "username=\"-\""), Refusal::UnknownUser),
        (value.replace("realm=\"h.example\"", "realm=\"other\""), Refusal::OtherRealm),
        (value.replace("algorithm=MD5", "algorithm=SHA-256"), Refusal::Unsupported),
        (value.replace("qop=auth", "qop=auth-int"), Refusal::Unsupported),
        (value.replace("uri=\"sip:+1@h\"", "uri=\"sip:+2@h\""), Refusal::WrongResponse),
        (value.replace("nc=00000001", "nc=00000002"), Refusal::WrongResponse),
        (value.replace("cnonce=\"c0c0\"", "cnonce=\"c0c1\""), Refusal::WrongResponse),
        (value.replace("response=\"", "response=\"0"), Refusal::WrongResponse),
        (value.replace("username=\"agent\"", "username=\"Agent\""), Refusal::UnknownUser),
        (value.replace("algorithm=MD5", "algorithm=MD5-sess"), Refusal::Unsupported),
        (without_response(&value), Refusal::NoProof),
    ];
    for (text, reason) in &rows {
        assert_eq!(verify(&mut server, 1, text), refused(*reason), "{text}");
    }
    let account = account();
    let other_method = server.verify(1, SOURCE, value.as_bytes(), "BYE", b"", |_| Some(&account));
    assert_eq!(other_method, refused(Refusal::WrongResponse));
    assert!(matches!(verify(&mut server, 1, "Digest realm=\"h.example\""), Verdict::Malformed(_)));
    assert!(matches!(verify(&mut server, 1, "Basic QWxhZGRpbg=="), Verdict::Malformed(_)));
    assert!(is_accepted(&verify(&mut server, 1, &value)), "none of these used the count up");
}

#[test]
fn the_stand_in_for_unknown_users_opens_nothing() {
    // Even the credentials that the stand-in account would make are refused.
    let mut server = server();
    let challenge = server.challenge(0, SOURCE, false);
    let mut client = Client::new(Account::new("-", "no such user"));
    let value = credentials(&mut client, &challenge);
    let asked = Cell::new(0);
    let verdict = server.verify(1, SOURCE, value.as_bytes(), "INVITE", b"", |_| {
        asked.set(asked.get() + 1);
        None
    });
    assert_eq!(verdict, Verdict::Refused { reason: Refusal::UnknownUser });
    assert_eq!(asked.get(), 1);
}

#[test]
fn the_table_is_bounded_and_losing_a_place_is_no_replay() {
    let mut limits = ServerLimits::default();
    limits.nonces = 4;
    let mut server = Server::new("h.example", [7; 32], limits);
    let mut client = Client::new(account());
    let used: Vec<String> = (0..10)
        .map(|now| {
            let challenge = server.challenge(now, SOURCE, false);
            let value = credentials(&mut client, &challenge);
            assert!(is_accepted(&verify(&mut server, now, &value)));
            assert!(server.nonces() <= 4);
            value
        })
        .collect();
    for value in &used {
        assert_eq!(verify(&mut server, 20, value), Verdict::Stale);
    }
    // After their lifetime nothing is left of them.
    let challenge = server.challenge(100_000, SOURCE, false);
    let value = credentials(&mut client, &challenge);
    assert!(is_accepted(&verify(&mut server, 100_000, &value)));
    assert_eq!(server.nonces(), 1);
}

#[test]
fn credentials_of_rfc_2069_count_once() {
    let (mut server, mut client) = (server(), Client::new(account()));
    let challenge = server.challenge(0, SOURCE, false).replace(", qop=\"auth\"", "");
    let value = credentials(&mut client, &challenge);
    assert!(!value.contains("qop") && !value.contains("nc="), "{value}");
    assert!(is_accepted(&verify(&mut server, 1, &value)));
    assert_eq!(verify(&mut server, 2, &value), Verdict::Stale);
}

#[test]
fn nothing_secret_is_printed() {
    let printed = format!("{:?}", Server::new("h", [0xab; 32], ServerLimits::default()));
    assert!(!printed.contains("171") && !printed.contains("abab"), "{printed}");
}

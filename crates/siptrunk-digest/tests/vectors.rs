//! Responses of the RFCs, and every combination against an independent computation.

mod independent;

use independent::hash;
use siptrunk_digest::{
    Account, Algorithm, Attempts, Client, Credentials, Offer, Qop, Request, Server, ServerLimits,
    Verdict,
};

fn challenge(realm: &str, nonce: &str, more: &str) -> String {
    format!("Digest realm=\"{realm}\", nonce=\"{nonce}\"{more}")
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
    assert_eq!(count, 8);
}

/// RFC 7616 section 3.9.2, with the user name hashed. The RFC prints both hashes as SHA-512 cut to
/// 256 bits (488869477bf2... and ae66e67d...), which is not SHA-512/256.
#[test]
fn the_example_with_a_hashed_user_name() {
    let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
        nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
        opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8, userhash=true";
    let account = Account::new("J\u{e4}s\u{f8}n Doe", "Secret, or not?");
    let request = Request { method: "GET", uri: "/doe.json", body: b"" };
    let value = Client::new(account)
        .respond(
            &mut Attempts::new(),
            [challenge.as_bytes()],
            &request,
            "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
        )
        .unwrap();
    let credentials = Credentials::parse(value.as_bytes()).unwrap();
    assert!(credentials.is_hashed());
    assert_eq!(
        credentials.username(),
        "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"
    );
    assert_eq!(
        credentials.response(),
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    );
    assert_eq!(credentials.opaque(), Some("HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"));
}

/// The response as RFC 7616 section 3.4 writes it down, for user `u` with password `p`.
fn expected(credentials: &Credentials<'_>, method: &str, body: &str) -> String {
    let algorithm = credentials.algorithm();
    let h = |text: String| hash(algorithm, &text);
    let (realm, nonce, uri) = (credentials.realm(), credentials.nonce(), credentials.uri());
    let cnonce = credentials.cnonce().unwrap_or_default();
    let a1 = format!("u:{realm}:p");
    let a1 = if algorithm.to_string().ends_with("-sess") {
        format!("{}:{nonce}:{cnonce}", h(a1))
    } else {
        a1
    };
    let a2 = match credentials.qop() {
        Some(Qop::AuthInt) => format!("{method}:{uri}:{}", h(body.to_owned())),
        _ => format!("{method}:{uri}"),
    };
    match credentials.qop() {
        None => h(format!("{}:{nonce}:{}", h(a1), h(a2))),
        Some(qop) => {
            let nc = credentials.nc().unwrap();
            h(format!("{}:{nonce}:{nc:08x}:{cnonce}:{qop}:{}", h(a1), h(a2)))
        }
    }
}

#[test]
fn every_algorithm_with_every_qop() {
    let account = Account::new("u", "p");
    let mut count = 0;
    for algorithm in Algorithm::ALL {
        for qop in [None, Some(Qop::Auth), Some(Qop::AuthInt)] {
            for body in ["", "v=0\r\n"] {
                for userhash in [false, true] {
                    let offer = Offer::default().algorithms([algorithm]).with_auth_int();
                    let offer = if userhash { offer.with_userhash() } else { offer };
                    let mut server =
                        Server::new("h.example", [7; 32], ServerLimits::default()).offering(offer);
                    let asked = qop.map_or(String::new(), |qop| format!(", qop=\"{qop}\""));
                    let challenge =
                        server.challenge(0, b"s", false).replace(", qop=\"auth,auth-int\"", &asked);
                    let request =
                        Request { method: "INVITE", uri: "sip:+1@h", body: body.as_bytes() };
                    let value = Client::new(account.clone()).respond(
                        &mut Attempts::new(),
                        [challenge.as_bytes()],
                        &request,
                        "c0ffee",
                    );
                    if qop.is_none() && algorithm.is_session() {
                        value.unwrap_err();
                        continue;
                    }
                    let value = value.unwrap();
                    let credentials = Credentials::parse(value.as_bytes()).unwrap();
                    assert_eq!(credentials.qop(), qop);
                    assert_eq!(credentials.response(), expected(&credentials, "INVITE", body));
                    let hashed = hash(algorithm, "u:h.example");
                    let username = if userhash { hashed.as_str() } else { "u" };
                    assert_eq!(credentials.username(), username, "{value}");
                    let mut judge = |body: &str| {
                        server.verify_user(
                            1,
                            b"s",
                            value.as_bytes(),
                            "INVITE",
                            body.as_bytes(),
                            |user| user.is(&account).then_some(&account),
                        )
                    };
                    if qop == Some(Qop::AuthInt) {
                        let changed = judge("v=1\r\n");
                        assert!(matches!(changed, Verdict::Refused { .. }), "{changed:?}");
                    }
                    let verdict = judge(body);
                    let accepted =
                        matches!(&verdict, Verdict::Accepted { username, .. } if username == "u");
                    assert!(accepted, "{value}: {verdict:?}");
                    count += 1;
                }
            }
        }
    }
    assert_eq!(count, 3 * 3 * 4 + 3 * 2 * 4);
}

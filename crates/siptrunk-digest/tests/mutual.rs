//! The server's proof and the next nonce (RFC 7616 section 3.5), and sessions (3.4.2).

mod independent;

use siptrunk_digest::{
    Account, Algorithm, Attempts, AuthenticationInfo, Challenger, Client, Credentials, Offer,
    ProofError, Request, Server, ServerLimits, ServerProof, Verdict,
};

const INVITE: Request<'static> = Request { method: "INVITE", uri: "sip:+1@h", body: b"v=0" };

fn account() -> Account {
    Account::new("u", "p")
}

fn server(algorithm: Algorithm) -> Server {
    let offer = Offer::default().algorithms([algorithm]).with_auth_int();
    Server::new("h", [7; 32], ServerLimits::default()).offering(offer)
}

fn h(text: &str) -> String {
    independent::hash(Algorithm::Md5, text)
}

fn respond(client: &mut Client, challenge: &str, cnonce: &str) -> String {
    client.respond(&mut Attempts::new(), [challenge.as_bytes()], &INVITE, cnonce).unwrap()
}

/// The Authentication-Info of an accepted request.
fn confirm(server: &mut Server, value: &str, body: &[u8], next: Option<&str>) -> String {
    let account = account();
    let verdict =
        server.verify(1, b"s", value.as_bytes(), "INVITE", INVITE.body, |_| Some(&account));
    let Verdict::Accepted { confirmation, .. } = verdict else { panic!("{verdict:?}") };
    confirmation.info(body, next).unwrap().to_string()
}

fn take(
    client: &mut Client,
    value: &str,
    info: &str,
    body: &[u8],
) -> Result<ServerProof, ProofError> {
    client.take_info(Challenger::Server, value.as_bytes(), info.as_bytes(), body)
}

/// A2 is ":" uri, or ":" uri ":" H(body); the rest is as in the request.
#[test]
fn the_digest_of_the_response() {
    for (qop, body, a2) in [
        (Some("auth"), "answer", ":sip:+1@h".to_owned()),
        (Some("auth-int"), "answer", format!(":sip:+1@h:{}", h("answer"))),
        (Some("auth-int"), "", ":sip:+1@h:d41d8cd98f00b204e9800998ecf8427e".to_owned()),
        (None, "answer", ":sip:+1@h".to_owned()),
    ] {
        let (mut server, mut client) = (server(Algorithm::Md5), Client::new(account()));
        let asked = qop.map_or(String::new(), |qop| format!(", qop=\"{qop}\""));
        let challenge = server.challenge(0, b"s", false).replace(", qop=\"auth,auth-int\"", &asked);
        let value = respond(&mut client, &challenge, "c0");
        let info = confirm(&mut server, &value, body.as_bytes(), None);
        let credentials = Credentials::parse(value.as_bytes()).unwrap();
        let nonce = credentials.nonce();
        let (ha1, ha2) = (h("u:h:p"), h(&a2));
        let expected = match qop {
            Some(qop) => {
                let rspauth = h(&format!("{ha1}:{nonce}:00000001:c0:{qop}:{ha2}"));
                format!("qop={qop}, rspauth=\"{rspauth}\", cnonce=\"c0\", nc=00000001")
            }
            None => format!("rspauth=\"{}\"", h(&format!("{ha1}:{nonce}:{ha2}"))),
        };
        assert_eq!(info, expected);
        assert_eq!(take(&mut client, &value, &info, body.as_bytes()), Ok(ServerProof::Given));
        let changed = take(&mut client, &value, &info, b"another body");
        match qop {
            Some("auth-int") => assert_eq!(changed, Err(ProofError::WrongDigest)),
            _ => assert_eq!(changed, Ok(ServerProof::Given)),
        }
    }
}

#[test]
fn proofs_that_are_none() {
    let (mut server, mut client) = (server(Algorithm::Sha256), Client::new(account()));
    let challenge = server.challenge(0, b"s", false);
    let value = respond(&mut client, &challenge, "c0");
    let next = server.nonce(1, b"s");
    let info = confirm(&mut server, &value, b"", Some(&next));
    let parsed = AuthenticationInfo::parse(info.as_bytes()).unwrap();
    let digest = parsed.rspauth().unwrap();
    let wrong = info.replace(digest, &digest.replace(|_| true, "0"));
    let other = |name| Err(ProofError::OtherRequest { name });
    let rows = [
        (wrong, Err(ProofError::WrongDigest)),
        (info.replace(digest, ""), Err(ProofError::WrongDigest)),
        (info.replace("qop=auth", "qop=auth-int"), other("qop")),
        (info.replace("cnonce=\"c0\"", "cnonce=\"c1\""), other("cnonce")),
        (info.replace("nc=00000001", "nc=00000002"), other("nc")),
    ];
    for (text, expected) in rows {
        assert_ne!(text, info);
        assert_eq!(take(&mut client, &value, &text, b""), expected, "{text}");
    }
    assert!(matches!(
        take(&mut client, &value, "nextnonce=\"", b""),
        Err(ProofError::Malformed(_))
    ));
    // Credentials that this client did not make, for a realm or an algorithm it does not know.
    for sent in ["", &value.replace("realm=\"h\"", "realm=\"i\""), &value.replace("SHA-256", "MD5")]
    {
        assert_eq!(take(&mut client, sent, &info, b""), Err(ProofError::Unsolicited), "{sent}");
    }
    let as_proxy = client.take_info(Challenger::Proxy, value.as_bytes(), info.as_bytes(), b"");
    assert_eq!(as_proxy, Err(ProofError::Unsolicited));
    // None of them has changed the nonce.
    let second = client.authorize(Challenger::Server, "h", &INVITE, "c").unwrap().unwrap();
    let credentials = Credentials::parse(second.as_bytes()).unwrap();
    assert_eq!(credentials.nc(), Some(2));
    // Without cnonce and nc it is still a proof: the digest covers them. In capitals as well.
    let short = format!("rspauth=\"{}\"", digest.to_uppercase());
    assert_eq!(take(&mut client, &value, &short, b""), Ok(ServerProof::Given));
}

#[test]
fn the_next_nonce_is_used_from_the_next_request_on() {
    let (mut server, mut client) = (server(Algorithm::Md5), Client::new(account()));
    let challenge = server.challenge(0, b"s", false);
    let (first, second) =
        (respond(&mut client, &challenge, "c0"), respond(&mut client, &challenge, "c1"));
    let next = server.nonce(1, b"s");
    let info = confirm(&mut server, &first, b"", Some(&next));
    assert!(info.contains(&format!("nextnonce=\"{next}\"")), "{info}");
    assert_eq!(take(&mut client, &first, &info, b""), Ok(ServerProof::Given));
    let third = client.authorize(Challenger::Server, "h", &INVITE, "c2").unwrap().unwrap();
    let credentials = Credentials::parse(third.as_bytes()).unwrap();
    assert_eq!((credentials.nonce(), credentials.nc()), (next.as_str(), Some(1)));
    confirm(&mut server, &third, b"", None);
    // The response to the second comes late: its next nonce is older than the one in use.
    let late = server.nonce(1, b"s");
    let info = confirm(&mut server, &second, b"", Some(&late));
    assert_eq!(take(&mut client, &second, &info, b""), Ok(ServerProof::Given));
    let fourth = client.authorize(Challenger::Server, "h", &INVITE, "c3").unwrap().unwrap();
    let credentials = Credentials::parse(fourth.as_bytes()).unwrap();
    assert_eq!((credentials.nonce(), credentials.nc()), (next.as_str(), Some(2)));
    // Without a proof it is taken as well.
    let only = AuthenticationInfo::of_next_nonce("elsewhere").unwrap().to_string();
    assert_eq!(take(&mut client, &fourth, &only, b""), Ok(ServerProof::NotGiven));
    let fifth = client.authorize(Challenger::Server, "h", &INVITE, "c4").unwrap().unwrap();
    assert_eq!(Credentials::parse(fifth.as_bytes()).unwrap().nonce(), "elsewhere");
}

/// RFC 7616 section 3.4.2: the key of a session is made of the nonces that it began with.
#[test]
fn a_session_keeps_its_key() {
    let key = |nonce: &str, cnonce: &str| h(&format!("{}:{nonce}:{cnonce}", h("u:h:p")));
    let response = |key: &str, nonce: &str, nc: &str, cnonce: &str| {
        h(&format!("{key}:{nonce}:{nc}:{cnonce}:auth:{}", h("INVITE:sip:+1@h")))
    };
    let challenge = |nonce: &str| {
        format!("Digest realm=\"h\", nonce=\"{nonce}\", algorithm=MD5-sess, qop=\"auth\"")
    };
    let mut client = Client::new(account());
    let first = respond(&mut client, &challenge("n0"), "c0");
    let said = Credentials::parse(first.as_bytes()).unwrap();
    assert_eq!(said.response(), response(&key("n0", "c0"), "n0", "00000001", "c0"));
    // Servers that make the key anew from each request come to the same, since cnonce stays.
    let second = client.authorize(Challenger::Server, "h", &INVITE, "c1").unwrap().unwrap();
    let said = Credentials::parse(second.as_bytes()).unwrap();
    assert_eq!(said.cnonce(), Some("c0"));
    assert_eq!(said.response(), response(&key("n0", "c0"), "n0", "00000002", "c0"));
    // The session outlives the nonce: it ends with the next challenge only (section 3.6).
    take(&mut client, &second, "nextnonce=\"n1\"", b"").unwrap();
    let third = client.authorize(Challenger::Server, "h", &INVITE, "c2").unwrap().unwrap();
    let said = Credentials::parse(third.as_bytes()).unwrap();
    assert_eq!(said.response(), response(&key("n0", "c0"), "n1", "00000001", "c0"));
    let fourth = respond(&mut client, &challenge("n2"), "c3");
    let said = Credentials::parse(fourth.as_bytes()).unwrap();
    assert_eq!(said.response(), response(&key("n2", "c3"), "n2", "00000001", "c3"));
    // What was sent in the session before cannot be checked any more.
    let late = take(&mut client, &third, "rspauth=\"00\"", b"");
    assert_eq!(late, Err(ProofError::Unsolicited));
}

/// The server takes clients that change cnonce within a session and keep its key, as the RFC has
/// it, and clients that make the key anew each time.
#[test]
fn both_readings_of_a_session_are_taken() {
    let mut server = server(Algorithm::Md5Sess);
    let challenge = server.challenge(0, b"s", false);
    let nonce = siptrunk_digest::Challenge::parse(challenge.as_bytes()).unwrap().nonce().to_owned();
    let ha2 = h("INVITE:sip:+1@h");
    let account = account();
    let mut verify = |nc: &str, begun: &str, cnonce: &str| {
        let key = h(&format!("{}:{nonce}:{begun}", h("u:h:p")));
        let response = h(&format!("{key}:{nonce}:{nc}:{cnonce}:auth:{ha2}"));
        let value = format!(
            "Digest username=\"u\", realm=\"h\", nonce=\"{nonce}\", uri=\"sip:+1@h\", nc={nc}, \
             algorithm=MD5-sess, cnonce=\"{cnonce}\", qop=auth, response=\"{response}\""
        );
        let verdict = server.verify(1, b"s", value.as_bytes(), "INVITE", b"", |_| Some(&account));
        matches!(verdict, Verdict::Accepted { .. })
    };
    assert!(!verify("00000001", "c0", "c1"), "no session has begun with c0");
    assert!(verify("00000001", "c0", "c0"));
    assert!(verify("00000002", "c0", "c1"), "the key of the session");
    assert!(verify("00000003", "c2", "c2"), "a key of its own");
    assert!(verify("00000004", "c0", "c3"), "the session is still the first");
    assert!(!verify("00000005", "c2", "c3"), "neither");
}

#[test]
fn a_session_gets_no_next_nonce_from_us() {
    let (mut server, mut client) = (server(Algorithm::Sha512Trunc256Sess), Client::new(account()));
    let challenge = server.challenge(0, b"s", false);
    let value = respond(&mut client, &challenge, "c0");
    let info = confirm(&mut server, &value, b"", Some("next"));
    assert!(!info.contains("nextnonce"), "{info}");
    assert_eq!(take(&mut client, &value, &info, b""), Ok(ServerProof::Given));
}

#[test]
fn a_confirmation_prints_no_key() {
    let (mut server, mut client) = (server(Algorithm::Md5), Client::new(account()));
    let challenge = server.challenge(0, b"s", false);
    let value = respond(&mut client, &challenge, "c0");
    let account = account();
    let verdict =
        server.verify(1, b"s", value.as_bytes(), "INVITE", INVITE.body, |_| Some(&account));
    let printed = format!("{verdict:?}");
    let response = Credentials::parse(value.as_bytes()).unwrap().response().to_owned();
    assert!(printed.contains("Accepted"));
    assert!(!printed.contains(&h("u:h:p")) && !printed.contains(&response), "{printed}");
    let Verdict::Accepted { confirmation, .. } = verdict else { unreachable!() };
    assert_eq!(confirmation.clone().into_owned(), *confirmation);
}

//! That nobody learns from the work done which users exist.

use super::*;
use crate::Client;
use crate::attempts::Attempts;
use crate::hash::count;

const SOURCE: &[u8] = b"192.0.2.1";

fn request(body: &[u8]) -> Request<'_> {
    Request { method: "REGISTER", uri: "sip:h", body }
}

/// Every algorithm with every quality of protection, hashed names or not.
fn offers() -> Vec<(Offer, Option<&'static str>)> {
    let mut offers = Vec::new();
    for algorithm in Algorithm::ALL {
        for qop in [None, Some("auth"), Some("auth-int")] {
            if qop.is_none() && algorithm.is_session() {
                continue;
            }
            let offer = Offer::default().algorithms([algorithm]).with_auth_int();
            offers.push((offer.clone(), qop));
            offers.push((offer.with_userhash(), qop));
        }
    }
    offers
}

#[test]
fn a_user_that_does_not_exist_costs_what_a_wrong_password_does() {
    let known = Account::new("known", "right");
    for (offer, qop) in offers() {
        let mut costs = Vec::new();
        for (username, password) in
            [("known", "wrong"), ("unknown", "wrong"), ("known", "right"), ("-", "no such user")]
        {
            let mut server =
                Server::new("h", [7; 32], ServerLimits::default()).offering(offer.clone());
            let asked = qop.map_or(String::new(), |qop| format!(", qop=\"{qop}\""));
            let challenge =
                server.challenge(0, SOURCE, false).replace(", qop=\"auth,auth-int\"", &asked);
            let mut client = Client::new(Account::new(username, password));
            let value = client
                .respond(&mut Attempts::new(), [challenge.as_bytes()], &request(b"body"), "c0")
                .unwrap();
            let mut accepted = false;
            let cost = count::during(|| {
                let verdict =
                    server.verify_user(1, SOURCE, value.as_bytes(), "REGISTER", b"body", |user| {
                        user.is(&known).then_some(&known)
                    });
                accepted = matches!(verdict, Verdict::Accepted { .. });
            });
            assert_eq!(accepted, password == "right", "{value}");
            costs.push(cost);
        }
        // H(A1), H(A2), the response; more for a session, a body and a hashed name.
        assert!(costs[0] >= 3, "{costs:?}");
        assert!(costs.iter().all(|cost| *cost == costs[0]), "{offer:?} {qop:?}: {costs:?}");
    }
}

/// In a session that has begun there are two readings to try: for everybody.
#[test]
fn a_session_that_has_begun_makes_no_difference() {
    let known = Account::new("known", "right");
    let offer = Offer::default().algorithms([Algorithm::Sha256Sess]);
    let mut server = Server::new("h", [7; 32], ServerLimits::default()).offering(offer);
    let challenge = server.challenge(0, SOURCE, false);
    let mut verify = |username: &str, password: &str, cnonce: &str| {
        let mut client = Client::new(Account::new(username, password));
        let value = client
            .respond(&mut Attempts::new(), [challenge.as_bytes()], &request(b""), cnonce)
            .unwrap();
        let by_name = |name: &str| (name == known.username).then_some(&known);
        count::during(|| {
            server.verify(1, SOURCE, value.as_bytes(), "REGISTER", b"", by_name);
        })
    };
    let begun = verify("known", "right", "c0");
    let wrong = verify("known", "wrong", "c1");
    assert!(wrong > begun, "two readings: {wrong} {begun}");
    assert_eq!(verify("unknown", "wrong", "c1"), wrong);
}

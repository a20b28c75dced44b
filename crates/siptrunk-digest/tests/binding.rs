//! To whom an account is shown, and to whom not.

use siptrunk_digest::{
    Account, Answer, Attempts, Challenger, Client, ClientError, Credentials, Origin, Request,
};

const TRUNK: &[u8] = b"192.0.2.1";
const STRANGER: &[u8] = b"203.0.113.9";

fn challenge(realm: &str, nonce: &str) -> String {
    format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\"")
}

fn answer(
    client: &mut Client,
    attempts: &mut Attempts,
    origin: Origin<'_>,
    method: &str,
    challenges: &[(Challenger, String)],
) -> Result<Vec<Answer>, ClientError> {
    let request = Request { method, uri: "sip:+1@h", body: b"" };
    let challenges = challenges.iter().map(|(challenger, value)| (*challenger, value.as_bytes()));
    client.answer(attempts, origin, challenges, &request, "c0")
}

/// A client whose INVITE was challenged by its trunk.
fn dialled(account: Account) -> Client {
    let mut client = Client::new(account).bound_to([TRUNK]);
    let origin = Origin { source: TRUNK, in_dialog: false };
    let challenges = [(Challenger::Proxy, challenge("trunk", "n0"))];
    answer(&mut client, &mut Attempts::new(), origin, "INVITE", &challenges).unwrap();
    client
}

/// T10: realm by source by method by dialog. Only the trunk's own challenges for the account's
/// realm are answered.
#[test]
fn a_challenge_of_somebody_else_gets_no_proof() {
    let (mut variants, mut answered) = (0, 0);
    for realm in ["trunk", "gateway of another", "TRUNK"] {
        for source in [TRUNK, STRANGER] {
            for method in ["INVITE", "BYE"] {
                for in_dialog in [false, true] {
                    let mut client = dialled(Account::new("u", "p").for_realm("trunk"));
                    let origin = Origin { source, in_dialog };
                    let challenges = [(Challenger::Server, challenge(realm, "n1"))];
                    let result =
                        answer(&mut client, &mut Attempts::new(), origin, method, &challenges);
                    let case = format!("{realm} {source:?} {method} {in_dialog}");
                    let other_realm = ClientError::OtherRealm {
                        realm: realm.to_owned(),
                        bound: "trunk".to_owned(),
                    };
                    match (source == TRUNK, realm == "trunk") {
                        (true, true) => {
                            assert_eq!(result.unwrap().len(), 1, "{case}");
                            answered += 1;
                        }
                        (true, false) => assert_eq!(result, Err(other_realm), "{case}"),
                        (false, _) => assert_eq!(result, Err(ClientError::OtherPeer), "{case}"),
                    }
                    variants += 1;
                }
            }
        }
    }
    assert_eq!((variants, answered), (24, 4));
}

/// The same for an account that takes whatever realm its trunk names, as long as no dialog is
/// there: inside one, the far end may be anybody behind the trunk.
#[test]
fn inside_a_dialog_no_realm_is_new() {
    for (realm, in_dialog, expected) in [
        ("trunk", false, true),
        ("trunk", true, true),
        ("new", false, true),
        ("new", true, false),
        ("TRUNK", true, false),
    ] {
        // What a client knows, its copies for other dialogs know.
        let client = dialled(Account::new("u", "p"));
        for mut client in [client.anew(), client.anew().anew(), client] {
            let origin = Origin { source: TRUNK, in_dialog };
            let challenges = [(Challenger::Server, challenge(realm, "n1"))];
            let result = answer(&mut client, &mut Attempts::new(), origin, "BYE", &challenges);
            let refused = ClientError::NewRealm { realm: realm.to_owned() };
            let expected = if expected { Ok(1) } else { Err(refused) };
            assert_eq!(result.map(|answers| answers.len()), expected, "{realm} {in_dialog}");
        }
    }
    // If the trunk has not asked so far, it may begin to inside the dialog.
    let mut client = Client::new(Account::new("u", "p")).bound_to([TRUNK]);
    let origin = Origin { source: TRUNK, in_dialog: true };
    let challenges = [(Challenger::Server, challenge("trunk", "n1"))];
    assert!(answer(&mut client, &mut Attempts::new(), origin, "BYE", &challenges).is_ok());
}

#[test]
fn a_bound_client_answers_nobody_that_it_is_not_told_of() {
    let mut client = dialled(Account::new("u", "p"));
    let request = Request { method: "INVITE", uri: "sip:h", body: b"" };
    let value = challenge("trunk", "n1");
    let result = client.respond(&mut Attempts::new(), [value.as_bytes()], &request, "c");
    assert_eq!(result, Err(ClientError::OtherPeer));
}

#[test]
fn a_copy_counts_under_nonces_of_its_own() {
    let mut client = dialled(Account::new("u", "p")).anew();
    assert_eq!(client.realms().collect::<Vec<_>>(), ["trunk"]);
    let request = Request { method: "BYE", uri: "sip:h", body: b"" };
    let early = client.authorize(Challenger::Proxy, "trunk", &request, "c").unwrap();
    assert_eq!(early, None, "the nonce is the first client's");
}

/// RFC 3261 section 22.3, RFC 8760 section 2.4: each field and each realm once, the topmost.
#[test]
fn all_challengers_of_a_response_at_once() {
    use Challenger::{Proxy, Server};
    let weak = "Digest realm=\"a\", nonce=\"weak\", algorithm=MD5, qop=\"auth\"".to_owned();
    let strong = weak.replace("weak", "strong").replace("MD5", "SHA-256");
    let challenges = [
        (Proxy, strong),
        (Server, challenge("a", "server")),
        (Proxy, weak),
        (Proxy, "Digest realm=\"b\", nonce=\"x\", algorithm=FNV".to_owned()),
        (Proxy, challenge("b", "second proxy")),
        (Server, challenge("c", "1")),
        (Server, challenge("d", "one more than are answered")),
    ];
    let mut client = Client::new(Account::new("u", "p"));
    let origin = Origin { source: b"", in_dialog: false };
    let mut attempts = Attempts::new();
    let answers = answer(&mut client, &mut attempts, origin, "INVITE", &challenges).unwrap();
    let said: Vec<_> = answers
        .iter()
        .map(|answer| {
            let credentials = Credentials::parse(answer.value.as_bytes()).unwrap();
            assert_eq!(credentials.realm(), answer.realm);
            assert_eq!(credentials.nc(), Some(1));
            (answer.challenger, answer.realm.as_str(), credentials.nonce().to_owned())
        })
        .collect();
    assert_eq!(
        said,
        [
            (Proxy, "a", "strong".to_owned()),
            (Server, "a", "server".to_owned()),
            (Proxy, "b", "second proxy".to_owned()),
            (Server, "c", "1".to_owned()),
        ]
    );
    assert_eq!(attempts.answered(), 1);

    // The nonces of a realm that asks as both are kept apart.
    let request = Request { method: "INVITE", uri: "sip:h", body: b"" };
    for (challenger, nonce) in [(Proxy, "strong"), (Server, "server")] {
        let value = client.authorize(challenger, "a", &request, "c").unwrap().unwrap();
        let credentials = Credentials::parse(value.as_bytes()).unwrap();
        assert_eq!((credentials.nonce(), credentials.nc()), (nonce, Some(2)));
    }

    // One that refuses what it was given ends the request, whatever the others want.
    let again = [(Server, challenge("e", "new")), (Proxy, challenge("b", "again"))];
    let result = answer(&mut client, &mut attempts.clone(), origin, "INVITE", &again);
    assert_eq!(result, Err(ClientError::Refused { realm: "b".to_owned() }));
    let stale = [
        (Server, challenge("e", "new")),
        (Proxy, challenge("b", "again").replace(", qop", ", stale=true, qop")),
    ];
    let second = answer(&mut client, &mut attempts, origin, "INVITE", &stale).unwrap();
    assert_eq!(second.len(), 2);
    let third = answer(&mut client, &mut attempts, origin, "INVITE", &stale);
    assert_eq!(third, Err(ClientError::Refused { realm: "e".to_owned() }));
}

#[test]
fn fields_go_together() {
    let fields = |challenger: Challenger| {
        (challenger.challenge_field(), challenger.credentials_field(), challenger.info_field())
    };
    assert_eq!(
        fields(Challenger::Server),
        ("WWW-Authenticate", "Authorization", "Authentication-Info")
    );
    assert_eq!(
        fields(Challenger::Proxy),
        ("Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info")
    );
}

#[test]
fn answers_print_no_proof() {
    let mut client = Client::new(Account::new("u", "p"));
    let origin = Origin { source: b"", in_dialog: false };
    let challenges = [(Challenger::Proxy, challenge("r", "n"))];
    let answers = answer(&mut client, &mut Attempts::new(), origin, "INVITE", &challenges).unwrap();
    let value = &answers[0].value;
    let response = Credentials::parse(value.as_bytes()).unwrap().response().to_owned();
    let printed = format!("{answers:?}");
    assert!(printed.contains("Proxy") && !printed.contains(&response), "{printed}");
}

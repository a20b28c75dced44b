//! Properties over generated values and over bytes that are none.

use proptest::prelude::*;
use siptrunk_digest::{
    Account, Algorithm, Attempts, AuthenticationInfo, Challenge, Challenger, Client, Credentials,
    Offer, Qop, Request, Server, ServerLimits, ServerProof, Verdict,
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["\\PC{0,20}", "[\"\\\\a,=]{0,8}"]
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(&Algorithm::ALL[..])
}

proptest! {
    #[test]
    fn noise_never_panics(text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b','), Just(b'=')], 0..120)) {
        let text = [b"Digest realm=", &text[..]].concat();
        // What is read and not changed is written byte for byte, but for line ends.
        let untouched = String::from_utf8_lossy(&text).replace(['\r', '\n'], " ");
        if let Ok(read) = Challenge::parse(&text) {
            prop_assert_eq!(&read.to_string(), &untouched);
            prop_assert_eq!(Challenge::parse(untouched.as_bytes()), Ok(read));
        }
        if let Ok(read) = Credentials::parse(&text) {
            prop_assert_eq!(&read.to_string(), &untouched);
        }
        let info = text.strip_prefix(b"Digest ").unwrap_or_default();
        if let Ok(read) = AuthenticationInfo::parse(info) {
            let written = ["Digest ", &read.to_string()].concat();
            prop_assert_eq!(&written, &untouched);
        }
        let account = Account::new("u", "p");
        let mut client = Client::new(account.clone());
        let request = Request { method: "INVITE", uri: "sip:h", body: b"" };
        if let Ok(value) = client.respond(&mut Attempts::new(), [&text[..]], &request, "c") {
            prop_assert!(!value.bytes().any(|b| b.is_ascii_control() && b != b'\t'));
            prop_assert!(Credentials::parse(value.as_bytes()).is_ok());
        }
        let mut server = Server::new("h", [1; 32], ServerLimits::default());
        let _ = server.verify(0, b"", &text, "INVITE", b"", |_| Some(&account));
    }

    #[test]
    fn a_challenge_that_is_written_reads_back(
        texts in (text(), text()), domain in prop::option::of(text()),
        opaque in prop::option::of(text()), algorithm in prop::option::of(algorithm()),
        qops in prop::option::of(prop::sample::subsequence(&[Qop::Auth, Qop::AuthInt][..], 0..=2)),
        flags: [bool; 3],
    ) {
        let mut made = Challenge::new(texts.0, texts.1).unwrap()
            .with_stale(flags[0])
            .with_userhash(flags[1]);
        if let Some(domain) = domain {
            made = made.with_domain(domain).unwrap();
        }
        if let Some(opaque) = opaque {
            made = made.with_opaque(opaque).unwrap();
        }
        if let Some(algorithm) = algorithm {
            made = made.with_algorithm(algorithm);
        }
        if let Some(qops) = qops {
            made = made.offering(&qops);
        }
        if flags[2] {
            made = made.with_charset();
        }
        let written = made.to_string();
        let read = Challenge::parse(written.as_bytes()).unwrap();
        prop_assert_eq!(&read, &made);
        prop_assert_eq!(read.to_string(), written);
    }

    /// Any spelling: parse(write(parse(x))) says what parse(x) says, and write gives x back.
    #[test]
    fn what_was_read_is_written_byte_for_byte(
        parameters in prop::collection::vec(("[a-z*]{1,9}", "[ \t]{0,2}", prop_oneof!["[a-z0-9]{1,9}", "\"[^\"\\\\\\x00-\\x1f\\x7f]{0,9}\""], "[ ]{0,2}"), 0..6),
    ) {
        let mut text = "dIGEST  nonce=n,realm=\"r\",username=u,uri=\"sip:h\", response=\"0\"".to_owned();
        for (name, space, value, after) in parameters {
            text += &[",", &space, &name, &space, "=", &space, &value, &after].concat();
        }
        let bytes = text.as_bytes();
        if let Ok(read) = Challenge::parse(bytes) {
            prop_assert_eq!(&read.to_string(), &text);
        }
        if let Ok(read) = Credentials::parse(bytes) {
            prop_assert_eq!(&read.to_string(), &text);
        }
        if let Ok(read) = AuthenticationInfo::parse(&bytes[8..]) {
            prop_assert_eq!(read.to_string(), &text[8..]);
        }
    }

    #[test]
    fn what_a_challenge_says_comes_back(realm in "\\PC{0,20}", nonce in "\\PC{0,20}", opaque in prop::option::of("\\PC{0,20}"), stale: bool) {
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        let mut text = format!("Digest realm=\"{}\", nonce=\"{}\"", quote(&realm), quote(&nonce));
        if let Some(opaque) = &opaque {
            text += &[", opaque=\"", &quote(opaque), "\""].concat();
        }
        if stale {
            text += ", stale=true";
        }
        let read = Challenge::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(read.realm(), realm);
        prop_assert_eq!(read.nonce(), nonce);
        prop_assert_eq!(read.opaque(), opaque.as_deref());
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn client_and_server_agree(
        user in "[^\\x00-\\x1f\\x7f]{1,16}", password in "\\PC{0,16}", realm in "\\PC{0,12}",
        uri in "sip:[a-z0-9+@.:;=]{1,30}", cnonce in "[A-Za-z0-9]{1,20}", method in "[A-Z]{5,9}",
        source in prop::collection::vec(any::<u8>(), 0..20), wrong: bool,
        algorithm in algorithm(), userhash: bool, body in "\\PC{0,9}",
    ) {
        prop_assume!(method != "CANCEL");
        let account = Account::new(user.clone(), password.clone());
        let offer = Offer::default().algorithms([algorithm]).with_auth_int();
        let offer = if userhash { offer.with_userhash() } else { offer };
        let mut server = Server::new(&realm, [3; 32], ServerLimits::default()).offering(offer);
        let challenge = server.challenge(1, &source, false);
        let theirs = if wrong { Account::new(user.clone(), password + "x") } else { account.clone() };
        let mut client = Client::new(theirs);
        let request = Request { method: &method, uri: &uri, body: body.as_bytes() };
        let value = client.respond(&mut Attempts::new(), [challenge.as_bytes()], &request, &cnonce).unwrap();
        let verdict = server.verify_user(2, &source, value.as_bytes(), &method, body.as_bytes(), |named| {
            named.is(&account).then_some(&account)
        });
        if wrong {
            let refused = matches!(verdict, Verdict::Refused { .. });
            prop_assert!(refused, "{:?}", verdict);
            return Ok(());
        }
        let Verdict::Accepted { username, uri: covered, confirmation, .. } = verdict else {
            return Err(TestCaseError::fail(format!("{verdict:?}")));
        };
        prop_assert_eq!((username.as_ref(), covered.as_ref()), (user.as_str(), uri.as_str()));
        let info = confirmation.info(b"answer", None).unwrap().to_string();
        let proof = client.take_info(Challenger::Server, value.as_bytes(), info.as_bytes(), b"answer");
        prop_assert_eq!(proof, Ok(ServerProof::Given));
    }
}

//! Properties over generated values and over bytes that are none.

use proptest::prelude::*;
use siptrunk_digest::{
    Account, Attempts, Challenge, Client, Credentials, Request, Server, ServerLimits, Verdict,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn noise_never_panics(text in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\\'), Just(b','), Just(b'=')], 0..120)) {
        let text = [b"Digest realm=", &text[..]].concat();
        let _ = Challenge::parse(&text);
        let _ = Credentials::parse(&text);
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
        uri in "sip:[a-z0-9+@.:;=]{1,30}", cnonce in "[A-Za-z0-9]{1,20}", method in "[A-Z]{3,9}",
        source in prop::collection::vec(any::<u8>(), 0..20), wrong: bool,
    ) {
        let account = Account::new(user.clone(), password.clone());
        let mut server = Server::new(&realm, [3; 32], ServerLimits::default());
        let challenge = server.challenge(1, &source, false);
        let mut client = Client::new(if wrong { Account::new(user.clone(), password + "x") } else { account.clone() });
        let request = Request { method: &method, uri: &uri, body: b"" };
        let value = client.respond(&mut Attempts::new(), [challenge.as_bytes()], &request, &cnonce).unwrap();
        let verdict = server.verify(2, &source, value.as_bytes(), &method, b"", |name| (name == user).then_some(&account));
        let accepted = matches!(&verdict, Verdict::Accepted { username, uri: covered } if *username == user && *covered == uri);
        prop_assert_eq!(accepted, !wrong, "{:?}", verdict);
    }
}

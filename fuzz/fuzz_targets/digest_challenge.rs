//! Any bytes as a challenge: what is read is written, and nothing is smuggled into our answer to it.
#![no_main]

use siptrunk_digest::{Account, Attempts, Challenge, Client, Credentials, Request};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(challenge) = Challenge::parse(data) {
        let written = challenge.to_string();
        assert_eq!(Challenge::parse(written.as_bytes()).as_ref(), Ok(&challenge));
        assert_eq!(challenge.clone().into_owned(), challenge);
    }
    let request = Request { method: "INVITE", uri: "sip:+1@h", body: data };
    let mut client = Client::new(Account::new("agent", "secret"));
    if let Ok(value) = client.respond(&mut Attempts::new(), [data], &request, "c0") {
        assert!(!value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t'));
        assert!(!value.contains("secret") || data.windows(6).any(|part| part == b"secret"));
        let answer = Credentials::parse(value.as_bytes()).expect("our own credentials read back");
        let challenge = Challenge::parse(data).expect("what was answered can be read");
        assert_eq!((answer.realm(), answer.nonce()), (challenge.realm(), challenge.nonce()));
        assert_eq!(answer.uri(), "sip:+1@h");
        assert_eq!(answer.is_hashed(), challenge.wants_userhash());
        assert!(answer.is_hashed() || answer.username() == "agent");
    }
});

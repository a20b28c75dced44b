//! Any bytes as challenge and as credentials: no panic, and nothing smuggled into what we write.
#![no_main]

use siptrunk_digest::{
    Account, Attempts, Challenge, Client, Credentials, Request, Server, ServerLimits, Verdict,
};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let account = Account::new("agent", "secret");
    if let Ok(challenge) = Challenge::parse(data) {
        let written = challenge.to_string();
        assert_eq!(Challenge::parse(written.as_bytes()).as_ref(), Ok(&challenge));
    }
    if let Ok(credentials) = Credentials::parse(data) {
        let written = credentials.to_string();
        assert_eq!(Credentials::parse(written.as_bytes()).as_ref(), Ok(&credentials));
    }
    let request = Request { method: "INVITE", uri: "sip:+1@h", body: data };
    let mut client = Client::new(account.clone());
    if let Ok(value) = client.respond(&mut Attempts::new(), [data], &request, "c0") {
        assert!(!value.bytes().any(|byte| byte.is_ascii_control() && byte != b'\t'));
        Credentials::parse(value.as_bytes()).expect("our own credentials read back");
    }
    let mut server = Server::new("h.example", [7; 32], ServerLimits::default());
    let verdict = server.verify(0, b"192.0.2.1", data, "INVITE", b"", |_| Some(&account));
    assert!(!matches!(verdict, Verdict::Accepted { .. }), "no nonce was given out");
});

//! Any bytes as credentials: what is read is written, and no server takes them.
#![no_main]

use siptrunk_digest::{Account, Credentials, Server, ServerLimits, Verdict};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(credentials) = Credentials::parse(data) {
        let written = credentials.to_string();
        assert_eq!(Credentials::parse(written.as_bytes()).as_ref(), Ok(&credentials));
        let shown = format!("{credentials:?}");
        let response = credentials.response();
        // A peer may give its name the octets of its response: those are printed, as the name.
        let printed = format!(
            "{:?} {:?} {:?}",
            credentials.username(),
            credentials.realm(),
            credentials.uri()
        );
        let hidden = !shown.contains(response) || printed.contains(response);
        assert!(response.len() < 32 || hidden, "a response is printed");
    }
    let account = Account::new("agent", "secret");
    let mut server = Server::new("h.example", [7; 32], ServerLimits::default());
    let verdict = server.verify(0, b"192.0.2.1", data, "INVITE", b"", |_| Some(&account));
    assert!(!matches!(verdict, Verdict::Accepted { .. }), "no nonce was given out");
    assert_eq!(server.nonces(), 0, "nothing is kept of what proved nothing");
});

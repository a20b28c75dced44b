//! Any bytes as Authentication-Info: what is read is written byte for byte, and proves nothing to a client.
#![no_main]

use siptrunk_digest::{
    Account, Attempts, AuthenticationInfo, Challenger, Client, Credentials, Request, ServerProof,
};

const CHALLENGE: &[u8] = b"Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(info) = AuthenticationInfo::parse(data) else { return };
    let written = info.to_string();
    assert!(!written.contains(['\r', '\n', '\0']));
    assert_eq!(AuthenticationInfo::parse(written.as_bytes()).as_ref(), Ok(&info));
    assert_eq!(info.clone().into_owned(), info);
    let shown = format!("{info:?}");
    assert!(info.rspauth().is_none_or(|proof| proof.len() < 32 || !shown.contains(proof)));

    let mut client = Client::new(Account::new("agent", "secret"));
    let request = Request { method: "INVITE", uri: "sip:+1@h", body: b"" };
    let sent = client.respond(&mut Attempts::new(), [CHALLENGE], &request, "c0").expect("as asked");
    let taken = client.take_info(Challenger::Server, sent.as_bytes(), data, b"");
    // The other side does not know the password.
    assert_ne!(taken, Ok(ServerProof::Given));
    let next = client.authorize(Challenger::Server, "r", &request, "c1").expect("as before");
    let next = next.expect("the realm is known");
    assert!(!next.contains(['\r', '\n', '\0']));
    if let (Ok(ServerProof::NotGiven), Some(nonce)) = (taken, info.next_nonce()) {
        let next = Credentials::parse(next.as_bytes()).expect("our own");
        assert_eq!((next.nonce(), next.nc()), (nonce, Some(if nonce == "n" { 2 } else { 1 })));
    }
});

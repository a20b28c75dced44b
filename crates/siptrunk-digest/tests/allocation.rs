//! A response is computed and written without the heap.

use allocation_counter::measure;
use siptrunk_digest::{Account, Algorithm, Attempts, Client, Request};

#[test]
fn an_answer_into_the_callers_buffer_allocates_nothing() {
    let request = Request { method: "INVITE", uri: "sip:+12065551234@h.example", body: b"v=0\r\n" };
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| !algorithm.is_session()) {
        for qop in ["", ", qop=\"auth\"", ", qop=\"auth-int\""] {
            let challenge = |nonce: &str| {
                format!(
                    "Digest realm=\"h.example\", nonce=\"{nonce}\", opaque=\"o{nonce}\", \
                     algorithm={algorithm}{qop}"
                )
            };
            let challenges = [challenge("0123456789"), challenge("abcdefghij")];
            let mut client = Client::new(Account::new("agent", "secret"));
            let mut out = String::with_capacity(1_024);
            let mut answer = |challenge: &str| {
                out.clear();
                measure(|| {
                    let attempts = &mut Attempts::new();
                    let challenges = [challenge.as_bytes()];
                    client
                        .respond_into(attempts, challenges, &request, "c0ffee", &mut out)
                        .unwrap();
                })
            };
            let first = answer(&challenges[0]);
            // The realm's name, its nonce, its opaque: what has to be remembered, once.
            assert!(first.count_total <= 3, "{algorithm}{qop}: {first:?}");
            for challenge in challenges.iter().rev().chain(&challenges) {
                let warm = answer(challenge);
                assert_eq!(warm.count_total, 0, "{algorithm}{qop}: {warm:?}");
            }
        }
    }
}

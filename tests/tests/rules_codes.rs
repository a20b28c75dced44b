//! What the caller is told when the called side fails (design: one leg, two legs; RFC 3326).

use siptrunk::bridge::{CallFailure, EndedBy};
use siptrunk::message::{HeaderName, HeaderValue, Method};
use siptrunk::profiles::Route;
use siptrunk::ua::{Cause, Reply};
use siptrunk_tests::phone::{Phone, Switchboard, code, config_of, header, trunk, voice};

/// A world with one trunk behind the gateway, whose phone gives this answer.
fn world(reply: Reply, rings: bool) -> Switchboard {
    let trunks = [trunk("a", "127.0.2.1"), trunk("b", "127.0.3.1")];
    let mut board = Switchboard::new(&config_of(trunks, [Route::from("a").to("b")]));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
    board.phone("b", "127.0.3.1:5060", Phone::replying(&voice("127.0.3.1"), rings, reply));
    board
}

#[test]
fn each_status_of_the_called_side_becomes_the_right_one_for_the_caller() {
    // (called side, caller, the caller is told the real one)
    let rows = [
        (300, 480, true),
        (302, 480, true),
        (403, 403, true),
        (404, 404, true),
        (405, 500, true),
        (408, 504, true),
        (410, 410, true),
        (480, 480, true),
        (481, 500, true),
        (482, 483, true),
        (484, 484, true),
        (486, 486, true),
        (487, 500, true),
        (488, 488, true),
        (491, 500, true),
        (500, 500, true),
        (501, 500, true),
        (502, 502, true),
        (503, 500, true),
        (504, 504, true),
        (600, 600, true),
        (603, 603, true),
        (606, 606, true),
    ];
    for rings in [false, true] {
        for (far, near, real) in rows {
            let mut reply = Reply::new(code(far));
            for (name, value) in [
                (HeaderName::CONTACT, "<sip:secret@192.0.2.77>"),
                (HeaderName::RETRY_AFTER, "120"),
                (HeaderName::WARNING, "399 behind.example \"the far side's own\""),
            ] {
                reply = reply.extra(name, HeaderValue::from_static(value).unwrap());
            }
            let mut board = world(reply, rings);
            board.dial("a");
            board.run_ms(500);
            let got = board.final_to("a");
            assert_eq!(got.status().code(), near, "{far}\n{}", board.ladder());
            let reason = header(got.headers(), "Reason");
            let expected = format!("SIP;cause={far};text=\"{}\"", code(far).reason());
            assert_eq!(reason == expected, real, "{far}: {reason}");
            for name in ["Contact", "Retry-After", "Warning"] {
                assert_eq!(header(got.headers(), name), "", "{far}: {name} leaks");
            }
            assert!(matches!(&board.endings("a")[..], [Cause::Rejected(_)]), "{far}");
            let record = board.over_one();
            let failure = CallFailure::Refused { trunk: "b".to_owned(), status: code(far) };
            assert_eq!(record.failure, Some(failure));
            assert_eq!(record.ended_by, EndedBy::Callee);
            assert_eq!(record.a.status, Some(code(near)));
            assert_eq!(record.b.unwrap().status, Some(code(far)));
            assert_eq!(board.requests_to("b", &Method::INVITE).len(), 1);
        }
    }
}

#[test]
fn a_challenge_that_cannot_be_met_is_not_the_callers_business() {
    for (status, asked) in
        [(401, HeaderName::WWW_AUTHENTICATE), (407, HeaderName::PROXY_AUTHENTICATE)]
    {
        let challenge = "Digest realm=\"behind\", nonce=\"abc\", algorithm=MD5, qop=\"auth\"";
        let challenge = HeaderValue::from_static(challenge).unwrap();
        let mut board = world(Reply::new(code(status)).extra(asked, challenge), false);
        board.dial("a");
        board.run_ms(500);
        let got = board.final_to("a");
        assert_eq!(got.status().code(), 500);
        assert!(header(got.headers(), "Warning").starts_with("399 "), "{}", board.ladder());
        for name in ["WWW-Authenticate", "Proxy-Authenticate", "Reason"] {
            assert_eq!(header(got.headers(), name), "", "{status}: {name} leaks");
        }
        let record = board.over_one();
        let failure = CallFailure::AuthenticationRefused { trunk: "b".to_owned() };
        assert_eq!(record.failure, Some(failure));
        assert_eq!(record.b.unwrap().status, Some(code(status)));
    }
}

#[test]
fn no_response_at_all_is_504_and_no_answer_480() {
    let trunks = [trunk("a", "127.0.2.1"), trunk("b", "127.0.3.1")];
    let config = config_of(trunks, [Route::from("a").to("b")]);
    // (what the called side does, seconds until the caller hears, status)
    let silent = |agent: &mut siptrunk::ua::UserAgent, _, event: &siptrunk::ua::Event| {
        if let siptrunk::ua::Event::Incoming { session, .. } = event {
            agent.ignore(*session);
        }
    };
    let own = voice("127.0.3.1");
    let rows = [
        (None, 33, 504),
        (Some(Phone::ringing(&own)), 181, 480),
        // It said 100 and no more.
        (Some(Phone::new(&own, silent)), 181, 480),
    ];
    for (phone, seconds, expected) in rows {
        let mut board = Switchboard::new(&config);
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
        if let Some(phone) = phone {
            board.phone("b", "127.0.3.1:5060", phone);
        }
        board.dial("a");
        board.run(std::time::Duration::from_secs(seconds - 2));
        assert!(board.statuses_to("a", &Method::INVITE).iter().all(|status| *status < 200));
        board.run_ms(2_500);
        assert_eq!(board.final_to("a").status().code(), expected, "{}", board.ladder());
        board.over_one();
    }
}

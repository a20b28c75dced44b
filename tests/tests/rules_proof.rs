//! Who proves what back: a gateway that has verified a caller shows that it knows the password too
//! (RFC 7616 section 3.5).

use siptrunk::digest::Account;
use siptrunk::message::Method;
use siptrunk::profiles::Route;
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, config_of, header, trunk, voice};

#[test]
fn a_caller_that_proved_itself_gets_proof_in_the_2xx_and_nowhere_else() {
    for guarded in [true, false] {
        let a = trunk("a", "127.0.2.1");
        let a = if guarded { a.digest("five9", "right") } else { a };
        let config = config_of([a, trunk("b", "127.0.3.1")], [Route::from("a").to("b")]);
        let mut board = Switchboard::new(&config);
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice("127.0.2.1")));
        board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice("127.0.3.1")));
        let account = Account::new("five9", "right");
        let call = board.dial_with("a", NUMBER, |invite| invite.account = Some(account));
        board.run_ms(100);
        board.assert_talking("a", "b");
        for response in board.responses_to("a", &Method::INVITE) {
            let info = header(response.headers(), "Authentication-Info");
            let expected = guarded && response.status().is_success();
            assert_eq!(info.contains("rspauth=\""), expected, "{info:?} {}", board.ladder());
        }
        let counters = board.agent("a", |agent, _| *agent.counters());
        assert_eq!(counters.proven_servers, u64::from(guarded), "it is the right proof");
        assert_eq!(counters.unproven_servers, 0);
        board.bye("a", call);
        assert_eq!(board.over().len(), 1);
    }
}

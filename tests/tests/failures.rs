//! What a record says of a call: why each leg ended in its peer's words, the chosen headers, and what was not as
//! it should be although the call did not fail for it.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, Diagnosis, FailedLeg, Settings};
use siptrunk::message::{HeaderList, HeaderName, HeaderValue, Method, StatusCode};
use siptrunk::profiles::{Config, Five9, HandBackBy, Region, Route, Synthflow, Trunk};
use siptrunk::sdp::CodecName;
use siptrunk::ua::Reply;
use siptrunk_tests::phone::{NUMBER, Phone, Switchboard, code, config_of, trunk, voice};
use siptrunk_tests::scene::{GATEWAY, address};

const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";

fn five9() -> Trunk {
    Five9::self_service("127.0.2.1:5060")
        .name("a")
        .number("+18005550100")
        .hand_back(HandBackBy::Bye)
}

fn config() -> Config {
    let synthflow = Synthflow::region(Region::Us).name("b").host("127.0.3.1:5060").number(NUMBER);
    config_of([five9(), synthflow], [Route::from("a").to("b")])
}

fn world(config: &Config, settings: Settings, b: Phone) -> Switchboard {
    let mut board = Switchboard::with(config, settings, |host| host);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", b);
    board
}

fn list(fields: &[(&str, &str)]) -> HeaderList {
    let mut list = HeaderList::new();
    for (name, value) in fields {
        list.push_str(name, value).expect("a field written by hand");
    }
    list
}

#[test]
fn a_record_holds_the_chosen_headers_and_the_peers_own_reason() {
    let mut settings = Settings::default();
    settings.record_headers = vec!["x-callani".to_owned(), "X-Skill".to_owned()];
    let reply = Reply::new(code(603))
        .extra(HeaderName::REASON, HeaderValue::new("Q.850;cause=21;text=\"rejected\"").unwrap());
    let mut board = world(&config(), settings, Phone::replying(&voice(B), false, reply));
    board.dial_with("a", NUMBER, |invite| {
        invite.headers = list(&[("X-CallANI", "8005550199"), ("X-Other", "1"), ("X-SKILL", "vip")]);
    });
    board.run_ms(500);
    let record = board.over_one();
    let kept: Vec<_> = record.headers.iter().map(|(name, _)| name.as_str().to_owned()).collect();
    assert_eq!(kept, ["X-CallANI", "X-SKILL"]);
    let b = record.b.expect("a leg that was dialled");
    assert_eq!(b.reason.as_deref(), Some("Q.850;cause=21;text=\"rejected\""));
    let failure = record.failure.expect("a failure");
    assert_eq!((failure.leg(), failure.sip_code()), (Some(FailedLeg::Called), Some(603)));
}

#[test]
fn each_refusal_of_synthflow_is_told_in_its_own_screens() {
    let rows = [
        (403, "Customer Region"),
        (404, "Import a Custom Number"),
        (486, "concurrency"),
        (488, "PCMU"),
    ];
    for (status, words) in rows {
        let mut board = world(&config(), Settings::default(), Phone::rejecting(&voice(B), status));
        board.dial("a");
        board.run_ms(500);
        let failure = board.over_one().failure.expect("a failure");
        let profile = config().trunk_named("b").map(|trunk| trunk.profile);
        let told = Diagnosis::of(&failure, profile);
        assert_eq!((told.trunk.as_deref(), told.sip_code), (Some("b"), Some(status)));
        assert!(told.remedy.contains(words), "{told}");
    }
}

#[test]
fn names_that_synthflow_drops_are_remarked() {
    let mut board = world(&config(), Settings::default(), Phone::friendly(&voice(B)));
    let call = board.dial_with("a", NUMBER, |invite| {
        invite.headers = list(&[("X-Good_1", "1"), ("X-Bad.Name", "2"), ("X-also+bad", "3")]);
    });
    board.run_ms(500);
    board.bye("a", call);
    board.run_ms(500);
    let names = vec!["X-Bad.Name".to_owned(), "X-also+bad".to_owned()];
    let remark = CallFailure::ContextDropped { trunk: "b".to_owned(), names };
    assert_eq!(board.over_one().remarks, [remark]);
}

#[test]
fn sides_without_telephone_events_are_remarked_with_the_trunk_that_takes_none() {
    for (near, far, expected) in [(true, false, "b"), (false, true, "a"), (false, false, "a")] {
        let with = |ip: &str, digits: bool| {
            let mut voice = voice(ip);
            if !digits {
                voice.codecs.codecs.retain(|name| *name != CodecName::TelephoneEvent);
            }
            voice
        };
        let mut board = world(&config(), Settings::default(), Phone::friendly(&with(B, far)));
        board.host("a").voice = with(A, near);
        let call = board.dial("a");
        board.run_ms(500);
        board.bye("a", call);
        board.run_ms(500);
        let remark = CallFailure::NoDigits { trunk: expected.to_owned() };
        assert_eq!(board.over_one().remarks, [remark], "{near} {far}");
    }
}

#[test]
fn audio_that_goes_one_way_only_is_remarked() {
    for (speaker, silent, trunk) in [("a", "called", "b"), ("b", "calling", "a")] {
        let mut board = world(&config(), Settings::default(), Phone::friendly(&voice(B)));
        let call = board.dial("a");
        board.run_ms(500);
        let other = if speaker == "a" { "b" } else { "a" };
        for _ in 0..10 {
            board.speak(speaker, other, 0);
            board.run_ms(1_000);
        }
        board.bye("a", call);
        board.run_ms(500);
        let remark = CallFailure::OneWayAudio { trunk: trunk.to_owned(), side: silent };
        assert_eq!(board.over_one().remarks, [remark]);
    }
}

#[test]
fn what_a_bye_leaves_behind_is_remarked() {
    let mut board = world(&config(), Settings::default(), Phone::friendly(&voice(B)));
    board.dial("a");
    board.run_ms(500);
    let called = board.called("b");
    let mut headers = list(&[("X-RouteType", "Hangup")]);
    for at in 0..11 {
        headers.push_str(&format!("X-More-{at}"), "1").expect("a field");
    }
    board.agent("b", |agent, now| agent.bye(now, called, headers)).expect("b talks");
    board.run_ms(500);
    let record = board.over_one();
    assert_eq!(record.hand_back.len(), 10);
    let left = vec!["X-More-9".to_owned(), "X-More-10".to_owned()];
    let remark = CallFailure::HandBackCut { trunk: "a".to_owned(), limit: 10, left };
    assert_eq!(record.remarks, [remark]);
}

/// T22: a name that leads to ourselves is not dialled, whatever the configuration looked like.
#[test]
fn the_gateway_never_calls_itself() {
    let config = config_of(
        [trunk("a", A), trunk("loop", B).host("loop.example:5060")],
        [Route::from("a").to("loop")],
    );
    let mut looping = config.clone();
    looping.trunks[1].hosts.remove(0);
    let mut board = Switchboard::with(&looping, Settings::default(), |host| {
        host.name("loop.example", vec![address(GATEWAY)])
    });
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.run_ms(100);
    board.dial("a");
    board.run(Duration::from_secs(1));
    assert_eq!(board.final_to("a").status(), StatusCode::TOO_MANY_HOPS, "{}", board.ladder());
    let to_itself = board.wire(address(GATEWAY), address(GATEWAY));
    assert_eq!(to_itself.len(), 0);
    assert_eq!(board.requests_to("a", &Method::INVITE).len(), 0);
    let failure = CallFailure::Loop { trunk: "loop".to_owned() };
    assert_eq!(board.over_one().failure, Some(failure));
}

//! Descriptions through the bridge: late offers, early media, hold and resume, moved media, payload
//! numbers (RFC 3264, RFC 3261 13 and 14, RFC 3311).

use std::net::SocketAddr;

use siptrunk::bridge::{CallFailure, EndedBy};
use siptrunk::message::{Body, HeaderList, Method, StatusCode};
use siptrunk::profiles::Route;
use siptrunk::sdp::SessionDescription;
use siptrunk::sim::Link;
use siptrunk::transaction::IncomingResponse;
use siptrunk::ua::{Event, Reply, SessionId, UserAgent};
use siptrunk_tests::phone::{
    NUMBER, Phone, Switchboard, Voice, code, config_of, header, pick_up, trunk, voice,
};
use siptrunk_tests::scene::address;

const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";

/// A world with one trunk behind the gateway; phones that are not given are friendly.
fn world(a: Option<Phone>, b: Option<Phone>) -> Switchboard {
    let mut board =
        Switchboard::new(&config_of([trunk("a", A), trunk("b", B)], [Route::from("a").to("b")]));
    board.phone("a", "127.0.2.1:5060", a.unwrap_or_else(|| Phone::friendly(&voice(A))));
    board.phone("b", "127.0.3.1:5060", b.unwrap_or_else(|| Phone::friendly(&voice(B))));
    board
}

/// A call that stands, and its session at each phone.
fn talking() -> (Switchboard, [SessionId; 2]) {
    let mut board = world(None, None);
    let a = board.dial("a");
    board.run_ms(100);
    board.assert_talking("a", "b");
    let b = board.called("b");
    (board, [a, b])
}

/// Sends a re-INVITE or UPDATE and returns its final response.
fn reoffer(
    board: &mut Switchboard,
    name: &str,
    session: SessionId,
    method: &Method,
    body: Option<Body>,
) -> IncomingResponse {
    let method = method.clone();
    let sent = board
        .agent(name, |agent, now| agent.request(now, session, method, HeaderList::new(), body));
    let sent = sent.expect("a request can be sent");
    board.run_ms(50);
    let response = board.host(name).events.iter().find_map(|event| match event {
        Event::Response { request, outcome: Ok(response) } if *request == sent => {
            Some(response.clone())
        }
        _ => None,
    });
    response.unwrap_or_else(|| panic!("no response\n{}", board.ladder()))
}

fn description(response: &IncomingResponse) -> SessionDescription {
    SessionDescription::parse(response.response().body()).expect("a description")
}

fn direction(description: &SessionDescription) -> &'static str {
    description.audio().expect("an audio stream").direction().as_str()
}

#[test]
fn a_late_offer_is_carried_and_its_ack_waits_for_the_answer() {
    let mut board = world(None, None);
    let (a, gateway) = (board.node("a"), board.gateway);
    let call = board.dial_with("a", NUMBER, |invite| invite.body = None);
    board.run_ms(1);
    board.world.link(a, gateway, Link::default().delay(std::time::Duration::from_millis(300)));
    board.run_ms(200);
    assert!(board.requests_to("b", &Method::INVITE)[0].body().is_empty());
    let offered = board.final_to("a");
    assert_eq!(offered.status(), StatusCode::OK);
    let offered = SessionDescription::parse(offered.body()).unwrap();
    let media = offered.audio().and_then(|audio| audio.rtp()).unwrap();
    assert_eq!(media.ip(), address(siptrunk_tests::scene::GATEWAY).ip());
    assert!(board.requests_to("b", &Method::ACK).is_empty(), "before the caller's answer");
    board.run_ms(300);
    let acks = board.requests_to("b", &Method::ACK);
    assert_eq!(acks.len(), 1);
    let answer = SessionDescription::parse(acks[0].body()).unwrap();
    assert_eq!(answer.audio().and_then(|audio| audio.rtp()).map(|rtp| rtp.ip()), Some(media.ip()));
    board.world.link(a, gateway, Link::default());
    board.assert_talking("a", "b");
    board.bye("a", call);
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn a_late_offer_that_gets_no_good_answer_ends_both_sides() {
    for bad in ["none", "nonsense", "refused"] {
        let script = move |agent: &mut UserAgent, now, event: &Event| {
            if let Event::Answered { session, response } = event {
                let refused = Voice::new(address("127.0.2.1:0"));
                let body = match bad {
                    "none" => None,
                    "nonsense" => Some(Body::sdp("nonsense")),
                    _ => Some(refused.answer(response.response().body())),
                };
                agent.acknowledge(now, *session, body).unwrap();
            }
        };
        let mut board = world(Some(Phone::new(&voice(A), script)), None);
        board.world.witness_mut().excuse(address("127.0.2.1:5060"));
        board.dial_with("a", NUMBER, |invite| invite.body = None);
        board.run_ms(200);
        for name in ["a", "b"] {
            let byes = board.requests_to(name, &Method::BYE);
            assert_eq!(byes.len(), 1, "{name}\n{}", board.ladder());
            let reason = header(byes[0].headers(), "Reason");
            assert!(reason.starts_with("SIP;cause=488"), "{name}: {reason}");
        }
        let record = board.over_one();
        assert_eq!(record.ended_by, EndedBy::Gateway);
        assert!(matches!(record.failure, Some(CallFailure::UnacceptableMedia { .. })));
    }
}

#[test]
fn a_late_offer_is_declined_in_the_ack_when_the_call_ends_before_its_answer() {
    // The caller's ACK never comes, and the gateway hangs up; or the caller does.
    for by_caller in [false, true] {
        let mut board = world(Some(Phone::passive(&voice(A))), None);
        board.world.witness_mut().excuse(address("127.0.2.1:5060"));
        let call = board.dial_with("a", NUMBER, |invite| invite.body = None);
        board.run_ms(200);
        if by_caller {
            board.bye("a", call);
        } else {
            let handle = board.handle();
            board.bridge(|bridge, now| bridge.hang_up(now, handle, "enough")).unwrap();
        }
        board.run_ms(200);
        let acks = board.requests_to("b", &Method::ACK);
        let answer = SessionDescription::parse(acks[0].body()).expect("an answer in the ACK");
        assert_eq!(answer.media().map(|media| media.port()).collect::<Vec<_>>(), [0]);
        assert_eq!(board.requests_to("b", &Method::BYE).len(), 1);
        if !by_caller {
            let answer = voice(A).answer(board.final_to("a").body());
            board.agent("a", |agent, now| agent.acknowledge(now, call, Some(answer))).unwrap();
        }
        board.over_one();
    }
}

#[test]
fn a_late_offer_that_the_caller_cannot_take_is_declined_and_told() {
    let mut own = voice(B);
    own.codecs.codecs = vec![siptrunk::sdp::CodecName::G729];
    let mut board = world(None, Some(Phone::friendly(&own)));
    board.dial_with("a", NUMBER, |invite| invite.body = None);
    board.run_ms(200);
    let got = board.final_to("a");
    assert_eq!(got.status(), StatusCode::SERVER_INTERNAL_ERROR);
    assert!(header(got.headers(), "Warning").contains("G729"), "{}", board.ladder());
    assert_eq!(board.requests_to("b", &Method::BYE).len(), 1);
    board.over_one();
}

/// A phone that answers with these statuses and bodies: 0 stands for none, 1 for the answer.
fn early(statuses: &'static [(u16, bool)]) -> Phone {
    let own = voice(B);
    Phone::new(&voice(B), move |agent, now, event| {
        let Event::Incoming { session, request } = event else { return };
        for (status, described) in statuses {
            let mut reply = Reply::new(code(*status));
            reply.body = described.then(|| own.respond_to(request));
            agent.answer(now, *session, reply).unwrap();
        }
    })
}

#[test]
fn early_media_is_carried_and_heard_before_the_answer() {
    let mut board = world(None, Some(early(&[(183, true), (180, false)])));
    let call = board.dial("a");
    board.run_ms(100);
    assert_eq!(board.statuses_to("a", &Method::INVITE), [100, 183, 180]);
    assert_eq!(board.speak("b", "a", 0), Some(0), "early media");
    board.assert_talking("a", "b");
    let early = board.described_to("a");
    board.take("b");
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::OK);
    assert_eq!(board.described_to("a"), early, "one answer, said twice");
    board.assert_talking("a", "b");
    board.bye("a", call);
    let record = board.over_one();
    assert!(record.rang_after.is_some() && record.answered_after > record.rang_after);
}

#[test]
fn every_order_of_provisionals_is_carried() {
    for (statuses, expected) in [
        (&[(180, false), (183, true), (200, true)][..], &[100, 180, 183, 200][..]),
        (&[(183, true), (180, true), (200, true)], &[100, 183, 180, 200]),
        (&[(183, false), (199, false), (200, true)], &[100, 183, 199, 200]),
        (&[(181, false), (182, false), (200, true)], &[100, 181, 182, 200]),
        (&[(200, true)], &[100, 200]),
        // An answer that was given once need not be repeated in the 200.
        (&[(183, true), (486, false)], &[100, 183, 486]),
    ] {
        let mut board = world(None, Some(early(statuses)));
        let call = board.dial("a");
        board.run_ms(100);
        assert_eq!(board.statuses_to("a", &Method::INVITE), expected);
        if expected.ends_with(&[200]) {
            board.assert_talking("a", "b");
            board.bye("a", call);
        }
        board.over_one();
    }
}

#[test]
fn hold_and_resume_by_either_side_and_method_without_the_other_noticing() {
    // (direction that the holder describes, the answer, it is heard, it hears)
    let rows = [
        ("sendonly", "recvonly", true, false),
        ("recvonly", "sendonly", false, true),
        ("inactive", "inactive", false, false),
    ];
    for method in [Method::INVITE, Method::UPDATE] {
        for holder in 0..2 {
            for (held, answered, is_heard, hears) in rows {
                let (mut board, sessions) = talking();
                let names = ["a", "b"];
                let (name, other) = (names[holder], names[1 - holder]);
                let own = board.host(name).voice.clone();
                let media = own.media;
                let hold = own.describe(2, held, media);
                let response = reoffer(&mut board, name, sessions[holder], &method, Some(hold));
                assert_eq!(response.response().status(), StatusCode::OK);
                assert_eq!(direction(&description(&response)), answered);
                let heard = [board.speak(name, other, 0), board.speak(other, name, 0)];
                let heard = heard.map(|heard| heard.is_some());
                assert_eq!(heard, [is_heard, hears], "{method:?} {name} {held}");

                let resume = own.describe(3, "sendrecv", media);
                let response = reoffer(&mut board, name, sessions[holder], &method, Some(resume));
                assert_eq!(direction(&description(&response)), "sendrecv");
                board.assert_talking("a", "b");

                let bothered = [Method::INVITE, Method::UPDATE]
                    .map(|method| board.requests_to(other, &method).len());
                assert_eq!(bothered, [usize::from(other == "b"), 0], "{other}");
                board.bye(name, sessions[holder]);
                assert_eq!(board.over_one().failure, None);
            }
        }
    }
}

#[test]
fn the_old_way_to_hold_stops_what_goes_there() {
    let (mut board, [a, _]) = talking();
    let own = voice(A);
    let hold = own.describe(2, "sendrecv", SocketAddr::new([0, 0, 0, 0].into(), 40_000));
    let response = reoffer(&mut board, "a", a, &Method::INVITE, Some(hold));
    assert_eq!(response.response().status(), StatusCode::OK);
    assert_eq!(board.speak("b", "a", 0), None);
    let resume = own.describe(3, "sendrecv", own.media);
    reoffer(&mut board, "a", a, &Method::INVITE, Some(resume));
    board.assert_talking("a", "b");
    board.bye("a", a);
    board.over_one();
}

#[test]
fn moved_media_is_followed_and_its_old_place_forgotten() {
    for method in [Method::INVITE, Method::UPDATE] {
        let (mut board, [_, b]) = talking();
        let own = voice(B);
        let moved = address("127.0.3.1:40002");
        let offer = own.describe(2, "sendrecv", moved);
        reoffer(&mut board, "b", b, &method, Some(offer));
        assert_eq!(board.speak("a", "b", 0), Some(0));
        assert_eq!(board.host("b").heard.last().unwrap().to, moved);
        assert_eq!(board.speak_from(moved, "b", "a", 0), Some(0));
        assert_eq!(board.speak_from(own.media, "b", "a", 0), None, "the old address");
        board.bye("b", b);
        board.over_one();
    }
}

#[test]
fn a_session_refresh_changes_nothing() {
    for method in [Method::INVITE, Method::UPDATE] {
        let (mut board, [a, _]) = talking();
        let before = board.described_to("a");
        for _ in 0..3 {
            let offer = voice(A).offer();
            let response = reoffer(&mut board, "a", a, &method, Some(offer));
            assert_eq!(description(&response), before, "same o= version");
            board.assert_talking("a", "b");
        }
        board.bye("a", a);
        board.over_one();
    }
}

#[test]
fn an_update_without_offer_is_answered_here() {
    // A session refresh (RFC 4028) is between two hops: the other side may not know UPDATE at all.
    let (mut board, [a, b]) = talking();
    for (name, session, other) in [("a", a, "b"), ("b", b, "a")] {
        let response = reoffer(&mut board, name, session, &Method::UPDATE, None);
        assert_eq!(response.response().status(), StatusCode::OK);
        assert!(response.response().body().is_empty());
        assert!(board.requests_to(other, &Method::UPDATE).is_empty());
    }
    board.assert_talking("a", "b");
    board.bye("a", a);
    board.over_one();
}

#[test]
fn a_reinvite_without_offer_gets_one_and_its_answer_counts() {
    let (mut board, [a, _]) = talking();
    let before = board.described_to("a");
    let moved = address("127.0.2.1:40004");
    let response = reoffer(&mut board, "a", a, &Method::INVITE, None);
    assert_eq!(description(&response), before, "nothing changed, so the version stays");
    let answer = voice(A).describe(2, "sendrecv", moved);
    board.agent("a", |agent, now| agent.acknowledge(now, a, Some(answer))).unwrap();
    board.run_ms(50);
    assert_eq!(board.speak("b", "a", 0), Some(0));
    assert_eq!(board.host("a").heard.last().unwrap().to, moved);
    assert_eq!(board.requests_to("b", &Method::INVITE).len(), 1);
    board.bye("a", a);
    board.over_one();
}

#[test]
fn a_reinvite_without_offer_can_resume_from_hold() {
    let (mut board, [a, _]) = talking();
    let own = voice(A);
    let hold = own.describe(2, "sendonly", own.media);
    reoffer(&mut board, "a", a, &Method::INVITE, Some(hold));
    let response = reoffer(&mut board, "a", a, &Method::INVITE, None);
    // Whoever asks for an offer is offered all there is (RFC 6337 5.3).
    assert_eq!(direction(&description(&response)), "sendrecv", "{}", board.ladder());
    let answer = own.describe(3, "sendrecv", own.media);
    board.agent("a", |agent, now| agent.acknowledge(now, a, Some(answer))).unwrap();
    board.run_ms(50);
    board.assert_talking("a", "b");
    board.bye("a", a);
    board.over_one();
}

#[test]
fn a_reoffer_that_cannot_be_met_is_refused_and_the_call_goes_on() {
    let (mut board, [a, _]) = talking();
    let mut own = voice(A);
    own.codecs.codecs = vec![siptrunk::sdp::CodecName::G729];
    let offer = own.describe(2, "sendrecv", own.media);
    board.world.witness_mut().excuse(address("127.0.2.1:5060"));
    for (body, expected) in [
        (offer, 488),
        (Body::sdp("nonsense"), 400),
        (
            Body {
                content_type: siptrunk::message::HeaderValue::from_static("text/plain").unwrap(),
                bytes: "hello".into(),
            },
            415,
        ),
    ] {
        let response = reoffer(&mut board, "a", a, &Method::INVITE, Some(body));
        assert_eq!(response.response().status().code(), expected);
        board.assert_talking("a", "b");
    }
    board.bye("a", a);
    board.over_one();
}

#[test]
fn payload_numbers_are_rewritten_each_way() {
    // (a's number, the trunk's number, what b answers in its place, b hears, b sends, a hears)
    let rows = [
        (101, Some(101), None, 101, 101, 101),
        (101, Some(101), Some(96), 96, 101, 101),
        (97, Some(101), None, 101, 101, 97),
        (101, Some(96), None, 96, 96, 101),
        (101, Some(96), Some(110), 110, 96, 101),
        (98, None, None, 98, 98, 98),
        (98, None, Some(99), 99, 98, 98),
    ];
    for (offered, policy, answered, b_hears, b_sends, a_hears) in rows {
        let mut b = trunk("b", B);
        b.codecs.telephone_event = policy;
        let config = config_of([trunk("a", A), b], [Route::from("a").to("b")]);
        let mut board = Switchboard::new(&config);
        let own = voice(A).telephone_event(offered);
        board.phone("a", "127.0.2.1:5060", Phone::friendly(&own));
        let theirs = voice(B);
        let script = move |agent: &mut UserAgent, now, event: &Event| {
            let Event::Incoming { session, request } = event else { return };
            let Some(number) = answered else {
                return pick_up(agent, now, *session, &theirs, request);
            };
            let text = String::from_utf8(theirs.respond_to(request).bytes.to_vec()).unwrap();
            let was = policy.unwrap_or(offered);
            let text = text.replace(&was.to_string(), &number.to_string());
            let reply = Reply::new(StatusCode::OK).body(Body::sdp(text));
            agent.answer(now, *session, reply).unwrap();
        };
        board.phone("b", "127.0.3.1:5060", Phone::new(&voice(B), script));
        let call = board.dial("a");
        board.run_ms(100);
        let row = format!("{offered} {policy:?} {answered:?}");
        assert_eq!(board.speak("a", "b", offered), Some(b_hears), "{row}");
        assert_eq!(board.speak("b", "a", b_sends), Some(a_hears), "{row}");
        assert_eq!(board.speak("a", "b", 0), Some(0), "{row}: the voice keeps its number");
        assert_eq!(board.speak("a", "b", 77), None, "{row}: a number that nobody agreed on");
        board.bye("a", call);
        board.over_one();
    }
}

#[test]
fn payload_numbers_follow_a_reoffer() {
    let (mut board, [a, _]) = talking();
    let own = voice(A).telephone_event(97);
    let offer = own.describe(2, "sendrecv", own.media);
    reoffer(&mut board, "a", a, &Method::INVITE, Some(offer));
    assert_eq!(board.speak("a", "b", 97), Some(101), "{}", board.ladder());
    assert_eq!(board.speak("b", "a", 101), Some(97));
    assert_eq!(board.speak("a", "b", 0), Some(0));
    board.bye("a", a);
    board.over_one();
}

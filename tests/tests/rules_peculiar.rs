//! What peers do that the usual call does not: answers without an answer, forks, both on hold,
//! further streams, a time limit of the caller's.

use std::time::Duration;

use siptrunk::bridge::{CallFailure, EndedBy};
use siptrunk::message::{Body, HeaderList, HeaderName, HeaderValue, Method, StatusCode};
use siptrunk::profiles::Route;
use siptrunk::sdp::{CodecName, SessionDescription};
use siptrunk::sim::Link;
use siptrunk::ua::{Event, Reply, SessionId, UserAgent};
use siptrunk_tests::phone::{
    NUMBER, Phone, Switchboard, code, config, config_of, header, trunk, voice,
};
use siptrunk_tests::scene::{GATEWAY, address};

const A: &str = "127.0.2.1";
const B: &str = "127.0.3.1";

/// A world with one trunk behind the gateway.
fn world(b: Phone) -> Switchboard {
    let mut board =
        Switchboard::new(&config_of([trunk("a", A), trunk("b", B)], [Route::from("a").to("b")]));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", b);
    board
}

/// A phone that answers with these statuses, each with or without its answer.
fn answering(statuses: &'static [(u16, bool)]) -> Phone {
    let own = voice(B);
    Phone::new(&own.clone(), move |agent: &mut UserAgent, now, event: &Event| {
        let Event::Incoming { session, request } = event else { return };
        for (status, described) in statuses {
            let mut reply = Reply::new(code(*status));
            reply.body = described.then(|| own.respond_to(request));
            agent.answer(now, *session, reply).unwrap();
        }
    })
}

#[test]
fn an_answer_of_a_provisional_stands_for_a_200_without_one() {
    let mut board = world(answering(&[(183, true), (200, false)]));
    board.world.witness_mut().excuse(address("127.0.3.1:5060"));
    let call = board.dial("a");
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "{}", board.ladder());
    board.assert_talking("a", "b");
    board.bye("a", call);
    assert_eq!(board.over_one().failure, None);
}

#[test]
fn a_200_that_cannot_be_used_ends_both_sides() {
    let mut g729 = voice(B);
    g729.codecs.codecs = vec![CodecName::G729];
    let foreign = g729.describe(1, "sendrecv", g729.media);
    let mut video = voice(B).offer();
    let text = String::from_utf8(video.bytes.to_vec()).unwrap();
    video.bytes = format!("{text}m=video 40010 RTP/AVP 31\r\n").into();
    let plain = HeaderValue::from_static("text/plain").unwrap();
    for body in [
        None,
        Some(Body::sdp("nonsense")),
        Some(Body { content_type: plain, bytes: "hello".into() }),
        Some(foreign),
        Some(voice(B).describe(1, "sendrecv", address("127.0.3.1:0"))),
        Some(video),
    ] {
        let mut reply = Reply::new(StatusCode::OK);
        reply.body.clone_from(&body);
        let mut board = world(Phone::replying(&voice(B), true, reply));
        board.world.witness_mut().excuse(address("127.0.3.1:5060"));
        board.dial("a");
        board.run_ms(100);
        let got = board.final_to("a");
        assert_eq!(got.status(), StatusCode::SERVER_INTERNAL_ERROR, "{body:?}");
        assert!(header(got.headers(), "Warning").starts_with("399 "));
        assert!(header(got.headers(), "Reason").starts_with("SIP;cause=488"));
        let byes = board.requests_to("b", &Method::BYE);
        assert_eq!(byes.len(), 1, "{}", board.ladder());
        assert!(header(byes[0].headers(), "Reason").starts_with("SIP;cause=488"));
        let record = board.over_one();
        assert_eq!(record.ended_by, EndedBy::Gateway);
        assert!(matches!(record.failure, Some(CallFailure::UnacceptableMedia { .. })));
    }
}

#[test]
fn early_media_of_one_fork_and_the_answer_of_another_are_one_call() {
    let mut board = world(answering(&[(183, true)]));
    // A proxy forks behind the trunk; what its second branch sends is written by hand.
    board.forks();
    board.world.witness_mut().excuse(address("127.0.3.1:5060"));
    let call = board.dial("a");
    board.run_ms(100);
    assert_eq!(board.speak("b", "a", 0), Some(0), "the first branch");
    let before = board.described_to("a");
    let invite = board.requests_to("b", &Method::INVITE).remove(0);
    let line = |name: &str| format!("{name}: {}\r\n", header(invite.headers(), name));
    let moved = address("127.0.3.1:40020");
    let mut second = voice(B);
    second.media = moved;
    let answer = second.answer(invite.body()).bytes;
    let mut ok = format!(
        "SIP/2.0 200 OK\r\n{}{}To: {};tag=second\r\n{}{}Contact: <sip:second@127.0.3.1:5060>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
        line("Via"),
        line("From"),
        header(invite.headers(), "To"),
        line("Call-ID"),
        line("CSeq"),
        answer.len()
    )
    .into_bytes();
    ok.extend_from_slice(&answer);
    board.world.inject(address("127.0.3.1:5060"), address(GATEWAY), ok);
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "{}", board.ladder());
    assert_eq!(board.described_to("a"), before, "one answer for the caller");
    assert_eq!(board.speak("a", "b", 0), Some(0));
    assert_eq!(board.host("b").heard.last().unwrap().to, moved);
    assert_eq!(board.speak_from(moved, "b", "a", 0), Some(0));
    // The first branch would have been cancelled by the proxy.
    let session = board.called("b");
    let gone = Reply::new(StatusCode::REQUEST_TERMINATED);
    board.agent("b", |agent, now| agent.answer(now, session, gone)).unwrap();
    board.bye("a", call);
    let record = board.over_one();
    assert_eq!((record.ended_by, record.failure), (EndedBy::Caller, None));
}

/// Sends a re-INVITE with this direction.
fn hold(board: &mut Switchboard, name: &str, call: SessionId, version: u64, direction: &str) {
    let own = board.host(name).voice.clone();
    let offer = own.describe(version, direction, own.media);
    let sent = board.agent(name, |agent, now| {
        agent.request(now, call, Method::INVITE, HeaderList::new(), Some(offer))
    });
    sent.unwrap();
    board.run_ms(50);
}

#[test]
fn both_on_hold_and_each_resumes_for_itself() {
    let mut board = world(Phone::friendly(&voice(B)));
    let a = board.dial("a");
    board.run_ms(100);
    let b = board.called("b");
    let heard = |board: &mut Switchboard| {
        [board.speak("a", "b", 0).is_some(), board.speak("b", "a", 0).is_some()]
    };
    assert_eq!(heard(&mut board), [true, true]);
    hold(&mut board, "a", a, 2, "sendonly");
    assert_eq!(heard(&mut board), [true, false], "a's music");
    hold(&mut board, "b", b, 2, "sendonly");
    assert_eq!(heard(&mut board), [false, false]);
    hold(&mut board, "a", a, 3, "sendrecv");
    assert_eq!(heard(&mut board), [false, true], "b's music");
    hold(&mut board, "b", b, 3, "sendrecv");
    assert_eq!(heard(&mut board), [true, true]);
    board.bye("a", a);
    assert_eq!(board.over_one().failure, None);
}

/// This offer with a video stream before or after its audio.
fn with_video(offer: &Body, first: bool) -> Body {
    let text = String::from_utf8(offer.bytes.to_vec()).unwrap();
    let video = "m=video 40010 RTP/AVP 31\r\na=rtpmap:31 H261/90000\r\n";
    let at = if first { text.find("m=audio").unwrap() } else { text.len() };
    Body::sdp(format!("{}{video}{}", &text[..at], &text[at..]))
}

#[test]
fn streams_that_are_not_audio_are_refused_and_the_call_is_carried() {
    for first in [false, true] {
        let mut board = world(Phone::friendly(&voice(B)));
        let offer = with_video(&voice(A).offer(), first);
        let call = board.dial_with("a", NUMBER, |invite| invite.body = Some(offer));
        board.run_ms(100);
        let ports = |description: &SessionDescription| {
            let media = description.media();
            media.map(|media| (media.kind().to_owned(), media.port() != 0)).collect::<Vec<_>>()
        };
        let mut expected = vec![("audio".to_owned(), true), ("video".to_owned(), false)];
        if first {
            expected.reverse();
        }
        assert_eq!(ports(&board.described_to("a")), expected);
        board.assert_talking("a", "b");
        // A stream that comes in the middle of the call is refused as well.
        let own = voice(A);
        let offer = with_video(&own.describe(2, "sendrecv", own.media), first);
        let text = String::from_utf8(offer.bytes.to_vec()).unwrap();
        let text = text.replace("m=video 40010", "m=video 40012");
        let sent = board.agent("a", |agent, now| {
            agent.request(now, call, Method::INVITE, HeaderList::new(), Some(Body::sdp(text)))
        });
        sent.unwrap();
        board.run_ms(100);
        assert_eq!(ports(&board.described_to("a")), expected);
        board.assert_talking("a", "b");
        board.bye("a", call);
        board.over_one();
    }
}

#[test]
fn a_time_limit_of_the_caller_ends_the_ringing() {
    let mut board = world(Phone::ringing(&voice(B)));
    board.dial_with("a", NUMBER, |invite| {
        invite.identity.push((HeaderName::EXPIRES, HeaderValue::from_static("10").unwrap()));
    });
    board.run(Duration::from_secs(9));
    assert_eq!(board.statuses_to("a", &Method::INVITE), [100, 180]);
    board.run(Duration::from_secs(2));
    assert_eq!(board.final_to("a").status(), StatusCode::REQUEST_TERMINATED);
    assert_eq!(board.requests_to("b", &Method::CANCEL).len(), 1);
    let record = board.over_one();
    assert_eq!(record.failure, Some(CallFailure::NoAnswer { trunk: "b".to_owned() }));
    assert_eq!(record.ended_by, EndedBy::Caller);
    assert_eq!(record.a.status, Some(StatusCode::REQUEST_TERMINATED));
}

#[test]
fn a_cancel_waits_for_a_sign_of_life_and_the_late_200_is_hung_up() {
    // (whether the far side rings or answers when it can be heard again)
    for answers in [false, true] {
        let own = voice(B);
        let b = if answers { Phone::friendly(&own) } else { Phone::ringing(&own) };
        let mut board = world(b);
        let (gateway, b) = (board.gateway, board.node("b"));
        board.world.link(b, gateway, Link::default().partitioned());
        let call = board.dial("a");
        board.run_ms(400);
        board.agent("a", |agent, now| agent.cancel(now, call, HeaderList::new())).unwrap();
        board.run_ms(50);
        assert_eq!(board.final_to("a").status(), StatusCode::REQUEST_TERMINATED);
        assert!(board.requests_to("b", &Method::CANCEL).is_empty(), "RFC 3261 9.1");
        board.world.link(b, gateway, Link::default());
        board.run(Duration::from_secs(4));
        let (cancels, byes) = (
            board.requests_to("b", &Method::CANCEL).len(),
            board.requests_to("b", &Method::BYE).len(),
        );
        assert_eq!((cancels, byes), if answers { (0, 1) } else { (1, 0) }, "{}", board.ladder());
        let record = board.over_one();
        assert_eq!(record.failure, Some(CallFailure::Cancelled));
    }
}

#[test]
fn one_trunk_full_and_the_other_unreachable_is_not_a_gateway_out_of_service() {
    let mut config = config();
    config.trunks[1].max_calls = Some(1);
    config.trunks[2].hosts = vec!["nowhere.example".parse().unwrap()];
    let mut board = Switchboard::new(&config);
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b1", "127.0.3.1:5060", Phone::friendly(&voice(B)));
    let call = board.dial("a");
    board.run_ms(100);
    board.dial("a");
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::SERVER_TIMEOUT);
    board.bye("a", call);
    assert_eq!(board.over().len(), 2);
}

#[test]
fn a_route_may_refuse() {
    let routes = [Route::from("a").dialed(NUMBER).reject(480), Route::from("a").to("b")];
    let mut board = Switchboard::new(&config_of([trunk("a", A), trunk("b", B)], routes));
    board.phone("a", "127.0.2.1:5060", Phone::friendly(&voice(A)));
    board.phone("b", "127.0.3.1:5060", Phone::friendly(&voice(B)));
    board.dial("a");
    board.run_ms(100);
    assert_eq!(board.final_to("a").status(), StatusCode::TEMPORARILY_UNAVAILABLE);
    let (dialed, status) = (NUMBER.to_owned(), StatusCode::TEMPORARILY_UNAVAILABLE);
    assert_eq!(board.refused()[0].failure, Some(CallFailure::RejectedByRoute { dialed, status }));
    let call = board.dial_with("a", "+1999", |_| {});
    board.run_ms(100);
    board.assert_talking("a", "b");
    board.bye("a", call);
    board.over_one();
}

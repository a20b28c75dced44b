//! CANCEL from both ends (RFC 3261 section 9), with every race.

use crate::rig::{MS, Rig, header, incoming, parse_request, response_to, them, us};
use siptrunk_message::{HeaderList, HeaderName, Method, StatusCode, Transport};
use siptrunk_transaction::{
    Event, FlowEvent, FlowId, Target, To, TransactionError, TransportError,
};

fn reason() -> HeaderList {
    let mut headers = HeaderList::new();
    headers.push_str("Reason", "SIP;cause=200").unwrap();
    headers
}

#[test]
fn it_waits_for_a_provisional_and_repeats_the_invite_s_fields() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    let invite = parse_request(&rig.last_sent().bytes.clone());
    rig.layer.cancel(rig.now, id, &reason()).unwrap();
    rig.drain();
    rig.pass(MS(600));
    assert!(rig.take_sent().iter().all(|(_, line)| line.starts_with("INVITE")));

    rig.receive(response_to(invite.bytes(), "100 Trying", ""));
    let cancel = parse_request(&rig.last_sent().bytes.clone());
    assert_eq!(*cancel.method(), Method::CANCEL);
    assert_eq!(cancel.uri(), invite.uri());
    for name in [
        HeaderName::VIA,
        HeaderName::ROUTE,
        HeaderName::FROM,
        HeaderName::TO,
        HeaderName::CALL_ID,
        HeaderName::MAX_FORWARDS,
    ] {
        let of = |request: &siptrunk_message::Request| {
            request.headers().raw_all(&name).map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(of(&cancel), of(&invite), "{name:?}");
    }
    assert_eq!(header(cancel.bytes(), &HeaderName::CSEQ), "17 CANCEL");
    assert_eq!(header(cancel.bytes(), &HeaderName::REASON), "SIP;cause=200");
    assert!(!cancel.headers().contains(&HeaderName::REQUIRE));

    rig.receive(response_to(cancel.bytes(), "200 OK", "t"));
    rig.receive(response_to(invite.bytes(), "487 Request Terminated", "t"));
    assert_eq!(rig.take_events(), ["response 100", "response 200", "response 487"]);
    rig.finish();
}

#[test]
fn it_goes_at_once_when_the_invite_rings_and_is_repeated_like_any_request() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "180 Ringing", "t"));
    rig.take_sent();
    let cancel = rig.layer.cancel(rig.now, id, &HeaderList::new()).unwrap();
    rig.drain();
    let error = rig.layer.cancel(rig.now, id, &HeaderList::new());
    assert!(matches!(error, Err(TransactionError::AlreadyCancelled)));
    let error = rig.layer.cancel(rig.now, cancel, &HeaderList::new());
    assert!(matches!(error, Err(TransactionError::MethodNotAllowed { .. })));

    rig.finish();
    let sent = rig.take_sent();
    assert_eq!(sent.len(), 11);
    assert!(sent.iter().all(|(_, line)| line.starts_with("CANCEL")));
    // Neither answered: both end 64*T1 after the CANCEL (RFC 3261 section 9.1).
    assert_eq!(rig.elapsed(), MS(32_000));
    let events = rig.take_events();
    assert_eq!(events[0], "response 180");
    assert_eq!(
        {
            let mut ends = events[1..].to_vec();
            ends.sort();
            ends
        },
        ["failed: cancelled, and no final response in time", "failed: timed out"]
    );
}

#[test]
fn a_final_response_before_any_provisional_makes_a_held_cancel_needless() {
    for (status, kept_for) in [("200 OK", 32_000), ("486 Busy Here", 32_000)] {
        let mut rig = Rig::new();
        let invite = rig.request(&Method::INVITE);
        let sent = rig.last_sent().bytes.clone();
        let cancel = rig.layer.cancel(rig.now, invite, &HeaderList::new()).unwrap();
        rig.receive(response_to(&sent, status, "t"));
        assert!(matches!(
            rig.events[..],
            [Event::Response { id, .. }, Event::Failed { id: held, .. }]
                if id == invite && held == cancel
        ));
        assert!(!rig.take_sent().iter().any(|(_, line)| line.starts_with("CANCEL")));
        let error = rig.layer.cancel(rig.now, invite, &HeaderList::new());
        assert!(matches!(error, Err(TransactionError::AlreadyFinal)));
        rig.finish();
        assert_eq!(rig.elapsed(), MS(kept_for));
        let error = rig.layer.cancel(rig.now, invite, &HeaderList::new());
        assert!(matches!(error, Err(TransactionError::UnknownTransaction)));
    }
}

#[test]
fn an_invite_that_nobody_answers_takes_its_held_cancel_with_it() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    rig.layer.cancel(rig.now, id, &HeaderList::new()).unwrap();
    rig.finish();
    assert_eq!(
        rig.take_events(),
        ["failed: timed out", "failed: not sent: the INVITE ended before it could be cancelled"]
    );
    assert_eq!(rig.take_instants().len(), 7, "the INVITE alone");
}

#[test]
fn a_2xx_that_crosses_the_cancel_goes_up() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "180 Ringing", "t"));
    rig.layer.cancel(rig.now, id, &HeaderList::new()).unwrap();
    rig.drain();
    let cancel = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "200 OK", "t"));
    rig.receive(response_to(&cancel, "200 OK", "t"));
    assert_eq!(rig.take_events(), ["response 180", "response 200", "response 200"]);
    rig.finish();
}

#[test]
fn the_server_side_answers_200_and_tells_once() {
    let mut rig = Rig::new();
    rig.receive(incoming("INVITE", "z9hG4bKc", ""));
    let (id, request) = rig.take_request();
    let ringing = request.response(StatusCode::RINGING, Some("mine"));
    rig.layer.respond(rig.now, id, &ringing).unwrap();
    rig.drain();
    rig.take_sent();

    let cancel = incoming("CANCEL", "z9hG4bKc", "");
    rig.receive(&cancel);
    assert!(matches!(rig.events[..], [Event::Cancel { invite, .. }] if invite == id));
    let ok = rig.last_sent().bytes.clone();
    assert!(ok.starts_with(b"SIP/2.0 200 OK\r\n"));
    assert_eq!(header(&ok, &HeaderName::CSEQ), "1 CANCEL");
    // The tag of the INVITE's own responses (RFC 3261 section 9.2).
    assert_eq!(header(&ok, &HeaderName::TO), "<sip:service@127.0.1.1>;tag=mine");

    rig.pass(MS(500));
    rig.receive(&cancel);
    assert_eq!(rig.last_sent().bytes.as_ptr(), ok.as_ptr(), "the kept 200 again");
    assert_eq!(rig.events.len(), 1);

    let terminated = request.response(StatusCode::REQUEST_TERMINATED, Some("mine"));
    rig.layer.respond(rig.now, id, &terminated).unwrap();
    rig.drain();
    rig.receive(
        incoming("ACK", "z9hG4bKc", "").replace("127.0.1.1>\r\n", "127.0.1.1>;tag=mine\r\n"),
    );
    rig.receive(&cancel);
    assert_eq!(rig.take_events(), ["cancel"]);
    rig.finish();
}

#[test]
fn it_is_told_once_even_when_its_own_transaction_is_gone() {
    let mut rig = Rig::new();
    rig.receive(incoming("INVITE", "z9hG4bKc", ""));
    rig.take_request();
    for late in [0, 1] {
        rig.receive(incoming("CANCEL", "z9hG4bKc", ""));
        // The 200 is the layer's, and so is its failure.
        let ticket = rig.last_sent().ticket;
        let reason = TransportError::Unreachable;
        rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket, reason });
        rig.drain();
        rig.pass(MS(33_000));
        assert_eq!(rig.layer.counters().late_cancels, late);
    }
    assert_eq!(rig.take_events(), ["cancel"]);
}

#[test]
fn after_a_final_response_it_is_answered_and_means_nothing() {
    for status in [StatusCode::OK, StatusCode::BUSY_HERE] {
        let mut rig = Rig::new();
        rig.receive(incoming("INVITE", "z9hG4bKc", ""));
        let (id, request) = rig.take_request();
        rig.layer.respond(rig.now, id, &request.response(status, Some("mine"))).unwrap();
        rig.drain();
        rig.receive(incoming("CANCEL", "z9hG4bKc", ""));
        assert!(rig.last_sent().bytes.starts_with(b"SIP/2.0 200 OK\r\n"));
        assert!(rig.events.is_empty());
        assert_eq!(rig.layer.counters().late_cancels, 1);
        rig.finish();
    }
}

#[test]
fn one_that_matches_nothing_gets_481_without_state() {
    let mut rig = Rig::new();
    rig.receive(incoming("INVITE", "z9hG4bKone", ""));
    rig.take_request();
    rig.receive(incoming("CANCEL", "z9hG4bKother", ""));
    let other_sender =
        incoming("CANCEL", "z9hG4bKone", "").replace("UDP 127.0.2.1", "UDP 127.0.2.2");
    rig.receive(other_sender);
    let sent = rig.take_sent();
    assert!(sent[1].1.starts_with("SIP/2.0 481 "));
    assert!(sent[2].1.starts_with("SIP/2.0 481 "));
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().stray_cancels, 2);
    assert_eq!(rig.layer.live().total(), 1);
}

#[test]
fn a_held_one_goes_over_the_connection_that_opened_for_the_invite() {
    let mut rig = Rig::new();
    let target = Target { transport: Transport::Tcp, ..Target::udp(them()) };
    let id = rig.request_to(target, &Method::INVITE);
    let invite = rig.last_sent().clone();
    rig.layer.cancel(rig.now, id, &HeaderList::new()).unwrap();
    let flow = FlowId::Connection(1);
    let opened = FlowEvent::Opened { ticket: invite.ticket, flow, local: us() };
    rig.layer.handle_flow(rig.now, opened);
    rig.receive_tcp(1, response_to(&invite.bytes, "180 Ringing", "t"));
    assert!(rig.last_sent().bytes.starts_with(b"CANCEL "));
    assert_eq!(rig.last_sent().to, To::Flow(flow));
    // Both hang on it now.
    let closed = FlowEvent::Closed { flow, reason: TransportError::Closed };
    rig.layer.handle_flow(rig.now, closed);
    rig.drain();
    assert_eq!(rig.take_events().len(), 3);
    rig.finish();
}

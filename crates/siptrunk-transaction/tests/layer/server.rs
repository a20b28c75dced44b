//! Server transactions in simulated time: retransmissions, ACKs, caps, and where responses go.

use std::net::SocketAddr;

use siptrunk_message::{HeaderName, Limits, Method, StatusCode, Transport};
use siptrunk_transaction::{
    Config, Domain, Event, FlowEvent, FlowId, PeerIdentity, Received, To, TransactionError,
    TransportError, Trying, stateless,
};

use crate::rig::{MS, Rig, config, header, incoming, them, us};

fn flow_to(peer: &str) -> To {
    let peer: SocketAddr = peer.parse().unwrap();
    To::Flow(FlowId::Datagram { listener: 0, local: us().ip(), peer })
}

/// The ACK of a failure, in the transaction of the INVITE.
fn ack(branch: &str, tag: &str) -> String {
    incoming("ACK", branch, "").replace("127.0.1.1>\r\n", &format!("127.0.1.1>;tag={tag}\r\n"))
}

fn invite(
    rig: &mut Rig,
) -> (siptrunk_transaction::ServerTransactionId, siptrunk_transaction::IncomingRequest) {
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    rig.take_request()
}

fn respond(
    rig: &mut Rig,
    id: siptrunk_transaction::ServerTransactionId,
    request: &siptrunk_transaction::IncomingRequest,
    status: StatusCode,
) {
    rig.layer.respond(rig.now, id, &request.response(status, Some("mine"))).unwrap();
    rig.drain();
}

#[test]
fn an_invite_gets_100_at_once_without_tag_and_comes_up_once() {
    let mut rig = Rig::new();
    let (_, request) = invite(&mut rig);
    assert_eq!(request.essentials().branch(), Some("z9hG4bKi"));
    assert_eq!(request.essentials().from_tag(), Some("from1"));
    assert_eq!(request.essentials().to_tag(), None);
    assert_eq!(request.essentials().call_id(), "z9hG4bKi@127.0.2.1");
    assert_eq!(request.essentials().cseq().number, 1);
    assert_eq!(request.essentials().max_forwards(), Some(70));
    assert_eq!(request.remote(), them());
    let trying = rig.last_sent().clone();
    assert!(trying.bytes.starts_with(b"SIP/2.0 100 Trying\r\n"));
    assert_eq!(header(&trying.bytes, &HeaderName::TO), "<sip:service@127.0.1.1>");
    for _ in 0..3 {
        rig.pass(MS(500));
        rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    }
    assert!(rig.events.is_empty());
    assert!(rig.sent.iter().all(|(_, it)| it.bytes.as_ptr() == trying.bytes.as_ptr()));
    assert_eq!(rig.take_instants(), [0, 500, 1_000, 1_500]);
    assert_eq!(rig.layer.counters().absorbed, 3);
}

#[test]
fn the_100_may_wait_200_ms_for_something_better() {
    let late = || Rig::with(Config { trying: Trying::After200Ms, ..config() });
    let mut rig = late();
    invite(&mut rig);
    rig.pass(MS(1_000));
    assert_eq!(rig.take_sent(), [(200, "SIP/2.0 100 Trying".to_owned())]);

    let mut rig = late();
    let (id, request) = invite(&mut rig);
    rig.pass(MS(199));
    respond(&mut rig, id, &request, StatusCode::RINGING);
    rig.pass(MS(1_000));
    assert_eq!(rig.take_sent(), [(199, "SIP/2.0 180 Ringing".to_owned())]);
}

#[test]
fn a_failure_is_repeated_by_timer_g_until_timer_h() {
    let mut rig = Rig::new();
    let (id, request) = invite(&mut rig);
    rig.take_sent();
    respond(&mut rig, id, &request, StatusCode::BUSY_HERE);
    rig.finish();
    let first = rig.sent[0].1.bytes.as_ptr();
    assert!(rig.sent.iter().all(|(_, it)| it.bytes.as_ptr() == first));
    assert_eq!(
        rig.take_instants(),
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    assert_eq!(rig.elapsed(), MS(32_000));
    assert_eq!(rig.take_events(), ["server failed: timed out"]);
}

#[test]
fn its_ack_ends_the_repetition_and_is_absorbed() {
    let mut rig = Rig::new();
    let (id, request) = invite(&mut rig);
    respond(&mut rig, id, &request, StatusCode::BUSY_HERE);
    // A repeated INVITE gets the response again, besides the timer.
    rig.pass(MS(100));
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    rig.pass(MS(600));
    rig.receive(ack("z9hG4bKi", "mine"));
    rig.receive(ack("z9hG4bKi", "mine"));
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    rig.pass(MS(4_999));
    assert_eq!(rig.layer.live().total(), 1);
    rig.pass(MS(1));
    assert!(rig.layer.live().is_empty(), "timer I");
    assert_eq!(rig.take_instants(), [0, 0, 100, 500]);
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().absorbed, 4);
}

#[test]
fn after_a_2xx_acks_go_up_and_the_user_repeats_it() {
    let mut rig = Rig::new();
    let (id, request) = invite(&mut rig);
    respond(&mut rig, id, &request, StatusCode::OK);
    rig.take_sent();
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    assert!(rig.sent.is_empty(), "absorbed without an answer (RFC 6026)");
    rig.pass(MS(500));
    rig.layer.retransmit(id);
    rig.drain();
    assert_eq!(rig.take_sent(), [(500, "SIP/2.0 200 OK".to_owned())]);

    // The ACK of a 2xx has a branch of its own; one with the INVITE's goes up as well.
    rig.receive(ack("z9hG4bKnew", "mine"));
    rig.receive(ack("z9hG4bKi", "mine"));
    assert_eq!(rig.take_events(), ["ack", "ack"]);
    rig.layer.release(id);
    rig.layer.retransmit(id);
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    assert!(rig.sent.is_empty());
    assert!(rig.events.is_empty());
    let again = rig.layer.respond(rig.now, id, &request.response(StatusCode::OK, Some("x")));
    assert!(matches!(again, Err(TransactionError::AlreadyFinal)));
    rig.finish();
    assert_eq!(rig.elapsed(), MS(32_000), "timer L");
    let late = rig.layer.respond(rig.now, id, &request.response(StatusCode::OK, Some("x")));
    assert!(matches!(late, Err(TransactionError::UnknownTransaction)));
    rig.layer.retransmit(id);
    rig.layer.release(id);
    rig.layer.abandon(id);
    rig.drain();
}

#[test]
fn another_request_is_answered_once_and_again_for_each_repetition() {
    let mut rig = Rig::new();
    rig.receive(incoming("BYE", "z9hG4bKb", ""));
    let (id, request) = rig.take_request();
    rig.pass(MS(500));
    rig.receive(incoming("BYE", "z9hG4bKb", ""));
    assert!(rig.sent.is_empty(), "nothing to repeat yet, and no 100 (RFC 4320)");
    respond(&mut rig, id, &request, StatusCode::OK);
    rig.pass(MS(1_000));
    rig.receive(incoming("BYE", "z9hG4bKb", ""));
    assert_eq!(rig.sent[0].1.bytes.as_ptr(), rig.sent[1].1.bytes.as_ptr());
    assert_eq!(rig.take_instants(), [500, 1_500]);
    assert!(rig.events.is_empty());
    rig.finish();
    assert_eq!(rig.elapsed(), MS(32_500), "timer J");
}

#[test]
fn one_that_waits_gets_its_100_when_the_client_is_slow_and_no_408() {
    let mut rig = Rig::new();
    rig.receive(incoming("MESSAGE", "z9hG4bKm", ""));
    let (id, request) = rig.take_request();
    for status in [StatusCode::RINGING, StatusCode::REQUEST_TIMEOUT, StatusCode::TRYING] {
        let error = rig.layer.respond(rig.now, id, &request.response(status, Some("t")));
        assert!(matches!(error, Err(TransactionError::StatusNotAllowed { .. })), "{status}");
    }
    rig.pass(MS(3_499));
    assert!(rig.sent.is_empty());
    rig.pass(MS(1));
    assert_eq!(rig.take_sent(), [(3_500, "SIP/2.0 100 Trying".to_owned())]);
    rig.finish();
    assert!(rig.sent.is_empty(), "no final response after its time");
    assert_eq!(rig.take_events(), ["server failed: timed out"]);
    assert_eq!(rig.elapsed(), MS(32_000));
}

#[test]
fn over_tcp_a_100_may_come_at_once_and_comes_when_the_user_is_slow() {
    let message = || incoming("MESSAGE", "z9hG4bKm", "").replace("2.0/UDP", "2.0/TCP");
    let mut rig = Rig::new();
    rig.receive_tcp(5, message());
    let (id, request) = rig.take_request();
    rig.pass(MS(1));
    respond(&mut rig, id, &request, StatusCode::TRYING);
    rig.pass(MS(10_000));
    assert_eq!(rig.take_sent(), [(1, "SIP/2.0 100 Trying".to_owned())]);
    let late = rig.layer.respond(rig.now, id, &request.response(StatusCode::REQUEST_TIMEOUT, None));
    assert!(matches!(late, Err(TransactionError::StatusNotAllowed { .. })));

    let mut rig = Rig::new();
    rig.receive_tcp(5, message());
    rig.pass(MS(10_000));
    assert_eq!(rig.take_sent(), [(3_500, "SIP/2.0 100 Trying".to_owned())]);
}

#[test]
fn no_stateless_answer_is_a_408_or_provisional_but_to_an_invite() {
    for (method, status, answered) in [
        ("MESSAGE", StatusCode::REQUEST_TIMEOUT, 0),
        ("MESSAGE", StatusCode::TRYING, 0),
        ("MESSAGE", StatusCode::FORBIDDEN, 1),
        ("INVITE", StatusCode::REQUEST_TIMEOUT, 1),
    ] {
        let mut rig = Rig::new();
        rig.receive(incoming(method, "z9hG4bKm", ""));
        rig.take_sent();
        let (id, request) = rig.take_request();
        rig.layer.refuse(id, &request, status, &[]);
        rig.drain();
        assert_eq!(rig.take_sent().len(), answered, "{method} {status}");
        let raw =
            Received::datagram(0, us(), them(), incoming(method, "z9hG4bKm", "").into_bytes());
        let raw = stateless::refuse(&raw, status, &Limits::default(), "t");
        assert_eq!(usize::from(raw.is_some()), answered, "{method} {status}");
    }
}

#[test]
fn a_copy_over_another_path_gets_482_unless_the_first_was_refused() {
    let copy = || incoming("INVITE", "z9hG4bKi", "").replace("branch=z9hG4bKi", "branch=z9hG4bKj");
    for (status, merged) in [
        (None, true),
        (Some(StatusCode::RINGING), true),
        (Some(StatusCode::OK), true),
        (Some(StatusCode::SERVICE_UNAVAILABLE), false),
    ] {
        let mut rig = Rig::new();
        let (id, request) = invite(&mut rig);
        if let Some(status) = status {
            respond(&mut rig, id, &request, status);
        }
        rig.take_sent();
        rig.receive(copy());
        let sent = rig.take_sent();
        if merged {
            assert_eq!(sent[0].1, "SIP/2.0 482 Loop Detected", "{status:?}");
            assert!(rig.events.is_empty());
        } else {
            assert_eq!(sent[0].1, "SIP/2.0 100 Trying");
            assert_eq!(rig.take_events(), ["request INVITE"]);
        }
        assert_eq!(rig.layer.counters().merged, u64::from(merged));
    }
    // Inside a dialog nothing forks: the same CSeq on another branch is the dialog's business.
    let mut rig = Rig::new();
    let in_dialog = |request: String| request.replace("127.0.1.1>\r\n", "127.0.1.1>;tag=t\r\n");
    rig.receive(in_dialog(incoming("INVITE", "z9hG4bKi", "")));
    rig.receive(in_dialog(copy()));
    assert_eq!(rig.take_events(), ["request INVITE", "request INVITE"]);
}

#[test]
fn responses_go_to_the_source_port_if_rport_asks_and_to_sent_by_if_not() {
    let with = |via: &str| {
        incoming("OPTIONS", "z9hG4bKo", "").replace("127.0.2.1:5070;branch=z9hG4bKo;rport", via)
    };
    for (via, to, answered) in [
        (
            "127.0.2.1:5070;branch=z9hG4bKo;rport",
            "127.0.9.9:4444",
            "127.0.2.1:5070;branch=z9hG4bKo;rport=4444;received=127.0.9.9",
        ),
        (
            "127.0.2.1:5070;branch=z9hG4bKo",
            "127.0.9.9:5070",
            "127.0.2.1:5070;branch=z9hG4bKo;received=127.0.9.9",
        ),
        (
            "host.example;branch=z9hG4bKo",
            "127.0.9.9:5060",
            "host.example;branch=z9hG4bKo;received=127.0.9.9",
        ),
        // RFC 3261 section 18.2.2 would send it to the third party that maddr names.
        (
            "127.0.2.1;branch=z9hG4bKo;maddr=127.0.66.6",
            "127.0.9.9:5060",
            "127.0.2.1;branch=z9hG4bKo;maddr=127.0.66.6;received=127.0.9.9",
        ),
    ] {
        let mut rig = Rig::new();
        rig.receive_from("127.0.9.9:4444".parse().unwrap(), with(via));
        let (id, request) = rig.take_request();
        respond(&mut rig, id, &request, StatusCode::OK);
        assert_eq!(rig.last_sent().to, flow_to(to), "{via}");
        let written = header(&rig.last_sent().bytes, &HeaderName::VIA);
        assert_eq!(written, format!("SIP/2.0/UDP {answered}"));
    }
}

#[test]
fn a_stateless_answer_goes_the_same_way() {
    let cancel = incoming("CANCEL", "z9hG4bKo", "");
    let mut rig = Rig::new();
    rig.receive_from("127.0.9.9:4444".parse().unwrap(), &cancel);
    assert_eq!(rig.last_sent().to, flow_to("127.0.9.9:4444"));
    rig.receive_from("127.0.9.9:4444".parse().unwrap(), cancel.replace(";rport", ""));
    assert_eq!(rig.last_sent().to, flow_to("127.0.9.9:5070"));
}

#[test]
fn over_the_cap_new_requests_get_503_and_dialogs_keep_an_eighth() {
    let mut rig = Rig::with(Config { max_transactions: 8, ..config() });
    let in_dialog = |request: String| request.replace("127.0.1.1>\r\n", "127.0.1.1>;tag=t\r\n");
    for n in 0..9 {
        rig.receive(incoming("INVITE", &format!("z9hG4bK{n}"), ""));
    }
    assert_eq!(rig.events.len(), 7);
    let refused = rig.last_sent().clone();
    assert!(refused.bytes.starts_with(b"SIP/2.0 503 Service Unavailable\r\n"));
    assert_eq!(header(&refused.bytes, &HeaderName::RETRY_AFTER), "5");
    rig.receive(in_dialog(incoming("BYE", "z9hG4bKbye1", "")));
    assert_eq!(rig.events.len(), 8);
    rig.receive(in_dialog(incoming("BYE", "z9hG4bKbye2", "")));
    assert_eq!(rig.events.len(), 8);
    assert_eq!(rig.layer.counters().over_limit, 3);
    // The cap holds requests back, not the CANCEL of what is there.
    rig.receive(incoming("CANCEL", "z9hG4bK3", ""));
    assert!(matches!(rig.events.last(), Some(Event::Cancel { .. })));

    // The ACK of the 503 is known by its tag, and means nothing to anybody.
    let tag = header(&refused.bytes, &HeaderName::TO).split("tag=").nth(1).unwrap().to_owned();
    let events = rig.events.len();
    rig.receive(ack("z9hG4bK8", &tag));
    assert_eq!(rig.events.len(), events);
    assert_eq!(rig.layer.counters().stray_acks, 1);
}

#[test]
fn what_is_abandoned_was_never_there() {
    let mut rig = Rig::new();
    let received = Received::datagram(0, us(), them(), incoming("INVITE", "z9hG4bKi", ""));
    rig.layer.handle_input(rig.now, received);
    let Some(Event::Request { id, request }) = rig.layer.poll_event() else { panic!() };
    rig.layer.abandon(id);
    rig.drain();
    assert!(rig.sent.is_empty(), "not even a 100");
    assert!(rig.layer.live().is_empty());
    let error = rig.layer.respond(rig.now, id, &request.response(StatusCode::OK, None));
    assert!(matches!(error, Err(TransactionError::UnknownTransaction)));
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    assert_eq!(rig.take_events(), ["request INVITE"]);
}

#[test]
fn what_is_refused_leaves_nothing_behind_and_answers_each_copy_alike() {
    let mut rig = Rig::new();
    let mut answers = Vec::new();
    for _ in 0..2 {
        let bytes = incoming("INVITE", "z9hG4bKi", "");
        let received = Received::datagram(0, us(), them(), bytes);
        rig.layer.handle_input(rig.now, received);
        let Some(Event::Request { id, request }) = rig.layer.poll_event() else { panic!() };
        rig.layer.refuse(id, &request, StatusCode::FORBIDDEN, &[]);
        rig.drain();
        assert!(rig.layer.live().is_empty());
        answers.push(rig.sent.pop().unwrap().1.bytes);
        assert!(rig.sent.is_empty(), "no 100");
    }
    assert_eq!(answers[0], answers[1]);
    let tag = header(&answers[0], &HeaderName::TO).split("tag=").nth(1).unwrap().to_owned();
    rig.receive(ack("z9hG4bKi", &tag));
    assert_eq!(rig.layer.counters().stray_acks, 1);
    // An ACK that only looks alike goes up to the dialogs.
    rig.receive(ack("z9hG4bKi", "s-0123456789abcdef"));
    assert_eq!(rig.take_events(), ["ack"]);
}

#[test]
fn a_client_of_rfc_2543_is_matched_by_the_whole_of_its_request() {
    let old = |method: &str, cseq: u32, tag: &str| {
        format!(
            "{method} sip:service@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.2.1:5070\r\n\
             From: <sip:old@127.0.2.1>;tag=o\r\nTo: <sip:service@127.0.1.1>{tag}\r\n\
             Call-ID: old\r\nCSeq: {cseq} {method}\r\n\r\n"
        )
    };
    let mut rig = Rig::new();
    rig.receive(old("INVITE", 1, ""));
    let (id, request) = rig.take_request();
    assert_eq!(request.essentials().branch(), None);
    rig.receive(old("INVITE", 1, ""));
    rig.receive(old("CANCEL", 1, ""));
    assert_eq!(rig.take_events(), ["cancel"]);
    respond(&mut rig, id, &request, StatusCode::REQUEST_TERMINATED);
    rig.receive(old("ACK", 1, ";tag=mine"));
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().absorbed, 2);

    rig.receive(old("INVITE", 2, ""));
    let (id, request) = rig.take_request();
    respond(&mut rig, id, &request, StatusCode::OK);
    // In Accepted it goes up, though its transaction is the INVITE's (RFC 6026 section 6).
    rig.receive(old("ACK", 2, ";tag=mine"));
    assert_eq!(rig.take_events(), ["ack"]);
    rig.finish();
}

#[test]
fn a_response_that_cannot_be_sent_is_told_and_the_transaction_stays() {
    let mut rig = Rig::new();
    let (id, request) = invite(&mut rig);
    respond(&mut rig, id, &request, StatusCode::OK);
    let ticket = rig.last_sent().ticket;
    let reason = TransportError::Unreachable;
    rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket, reason });
    rig.drain();
    assert!(matches!(rig.events[..], [Event::ServerFailed { id: of, .. }] if of == id));
    rig.receive(incoming("INVITE", "z9hG4bKi", ""));
    assert_eq!(rig.events.len(), 1, "still recognised (RFC 6026 section 8.8)");
    rig.finish();
}

#[test]
fn over_a_closed_connection_the_response_opens_a_new_one_once() {
    let mut rig = Rig::new();
    rig.receive_tcp(5, incoming("INVITE", "z9hG4bKi", "").replace("2.0/UDP", "2.0/TCP"));
    let (id, request) = rig.take_request();
    assert_eq!(rig.last_sent().to, To::Flow(FlowId::Connection(5)));
    let reason = TransportError::Reset;
    rig.layer.handle_flow(rig.now, FlowEvent::Closed { flow: FlowId::Connection(5), reason });
    rig.drain();
    assert!(rig.events.is_empty());
    respond(&mut rig, id, &request, StatusCode::BUSY_HERE);
    let To::Target(target) = rig.last_sent().to.clone() else { panic!() };
    assert_eq!(target.address, them(), "the source address, the port of sent-by");

    let ticket = rig.last_sent().ticket;
    let flow = FlowId::Connection(6);
    rig.layer.handle_flow(rig.now, FlowEvent::Opened { ticket, flow, local: us() });
    rig.receive_tcp(6, incoming("INVITE", "z9hG4bKi", "").replace("2.0/UDP", "2.0/TCP"));
    assert_eq!(rig.last_sent().to, To::Flow(flow));
    rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket, reason });
    rig.drain();
    assert_eq!(rig.take_events(), ["server failed: transport error: the connection was reset"]);
    rig.take_sent();
    rig.finish();
    assert!(rig.sent.is_empty(), "no timer G over TCP");
    assert_eq!(rig.take_events(), ["server failed: timed out"]);
}

/// A request over TLS, from a peer that proved these names.
fn over_tls(names: Option<&[&str]>) -> Received {
    let request = incoming("INVITE", "z9hG4bKt", "").replace("2.0/UDP", "2.0/TLS");
    Received {
        flow: FlowId::Connection(5),
        transport: Transport::Tls,
        identity: names.map(|names| PeerIdentity::new(names.iter().map(ToString::to_string))),
        ..Received::datagram(0, us(), them(), request.into_bytes())
    }
}

#[test]
fn a_new_tls_connection_is_asked_for_the_identity_of_the_first_or_not_at_all() {
    for (names, domain) in [
        (Some(&["trunk.example", "other.example"][..]), Some("trunk.example")),
        (Some(&["*.example", "Trunk.Example"]), Some("trunk.example")),
        (Some(&["*.example"]), None),
        (Some(&[]), None),
        (None, None),
    ] {
        let mut rig = Rig::new();
        rig.layer.handle_input(rig.now, over_tls(names));
        rig.drain();
        let (id, request) = rig.take_request();
        let (flow, reason) = (FlowId::Connection(5), TransportError::Reset);
        rig.layer.handle_flow(rig.now, FlowEvent::Closed { flow, reason });
        respond(&mut rig, id, &request, StatusCode::BUSY_HERE);
        match rig.last_sent().to.clone() {
            To::Target(target) => {
                assert_eq!(target.transport, Transport::Tls);
                assert_eq!(target.address, them());
                assert_eq!(target.domain.as_ref().map(Domain::as_str), domain, "{names:?}");
            }
            // The connection that is gone: the driver says so, and the user hears it.
            To::Flow(gone) => {
                assert_eq!((gone, domain), (flow, None), "{names:?}");
                let (ticket, reason) = (rig.last_sent().ticket, TransportError::UnknownFlow);
                rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket, reason });
                rig.drain();
                let [told] = &rig.take_events()[..] else { panic!("{names:?}") };
                assert!(told.starts_with("server failed: transport error"), "{told}");
            }
        }
        rig.finish();
    }
}

#[test]
fn stray_acks_go_up_to_dialogs_and_tagless_ones_nowhere() {
    let mut rig = Rig::new();
    rig.receive(ack("z9hG4bKnobody", "unknown"));
    assert_eq!(rig.take_events(), ["ack"]);
    rig.receive(incoming("ACK", "z9hG4bKnobody", ""));
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().stray_acks, 1);
    // An ACK of an INVITE that has no final response yet is nobody's either.
    invite(&mut rig);
    rig.receive(ack("z9hG4bKi", "x"));
    assert!(rig.events.is_empty());
    assert!(!rig.sent.iter().any(|(_, it)| it.bytes.starts_with(Method::ACK.as_str().as_bytes())));
}

#[test]
fn the_same_branch_of_another_sender_is_another_request() {
    let from = |host: &str| {
        incoming("OPTIONS", "z9hG4bKo", "")
            .replace("UDP 127.0.2.1:5070", &format!("UDP {host}"))
            .replace(
                "Call-ID: ",
                &format!("Call-ID: {}", host.to_ascii_lowercase().replace(':', ".")),
            )
    };
    let mut rig = Rig::new();
    let hosts = ["one.example", "two.example", "one.example:5060", "127.0.2.1:5070", "[::1]:5070"];
    for host in hosts {
        rig.receive(from(host));
    }
    assert_eq!(rig.take_events().len(), hosts.len());
    // Host names compare without case.
    rig.receive(from("ONE.example"));
    rig.receive(from("two.EXAMPLE"));
    assert!(rig.events.is_empty());
    assert_eq!(rig.layer.counters().absorbed, 2);
}

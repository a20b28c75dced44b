//! Client transactions in simulated time: when requests go out again, and what comes up.

use std::time::Duration;

use crate::rig::{
    MS, Rig, config, header, incoming, outgoing, parse_request, response_to, them, us,
};
use siptrunk_message::{HeaderName, Method, Transport};
use siptrunk_transaction::{
    Config, Event, FlowEvent, FlowId, Listener, Target, Ticket, To, TransactionError,
    TransportError,
};

#[test]
fn an_unanswered_invite_goes_out_seven_times_and_fails_at_timer_b() {
    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    rig.finish();
    let bytes: Vec<_> = rig.sent.iter().map(|(_, it)| it.bytes.clone()).collect();
    assert!(bytes.iter().all(|it| it.as_ptr() == bytes[0].as_ptr()), "the same buffer each time");
    assert_eq!(rig.take_instants(), [0, 500, 1_500, 3_500, 7_500, 15_500, 31_500]);
    assert_eq!(rig.elapsed(), MS(32_000));
    assert_eq!(rig.take_events(), ["failed: timed out"]);
    assert_eq!(rig.layer.counters().retransmitted, 6);
    assert_eq!(rig.layer.counters().timeouts, 1);
}

#[test]
fn an_unanswered_request_goes_out_eleven_times_and_fails_at_timer_f() {
    let mut rig = Rig::new();
    rig.request(&Method::OPTIONS);
    rig.finish();
    assert_eq!(
        rig.take_instants(),
        [0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]
    );
    assert_eq!(rig.elapsed(), MS(32_000));
    assert_eq!(rig.take_events(), ["failed: timed out"]);
}

#[test]
fn t1_and_t2_scale_everything() {
    let mut rig = Rig::with(Config { t1: MS(50), t2: MS(400), ..config() });
    rig.request(&Method::BYE);
    rig.finish();
    assert_eq!(
        rig.take_instants(),
        [0, 50, 150, 350, 750, 1_150, 1_550, 1_950, 2_350, 2_750, 3_150]
    );
    assert_eq!(rig.elapsed(), MS(3_200));
}

#[test]
fn the_via_is_ours_with_a_new_branch_and_rport_over_udp() {
    let mut rig = Rig::new();
    let mut branches = Vec::new();
    for method in [Method::INVITE, Method::OPTIONS] {
        rig.request(&method);
        let via = header(&rig.last_sent().bytes, &HeaderName::VIA);
        let rest = via.strip_prefix("SIP/2.0/UDP 127.0.1.1:5060;branch=z9hG4bK").unwrap();
        let branch = rest.strip_suffix(";rport").unwrap();
        assert_eq!(branch.len(), 25, "125 bits");
        branches.push(branch.to_owned());
    }
    assert_ne!(branches[0], branches[1]);
}

#[test]
fn a_connection_is_offered_over_tls_alone_and_where_the_listener_says_so() {
    for (transport, alias, end) in [
        (Transport::Tls, true, ";alias"),
        (Transport::Tls, false, ""),
        (Transport::Tcp, true, ""),
        (Transport::Udp, true, ";rport"),
    ] {
        let listener = Listener { transport, alias, ..Listener::udp(us()) };
        let mut rig = Rig::with(Config { listeners: vec![listener], ..Config::default() });
        rig.request_to(Target { transport, address: them(), domain: None }, &Method::OPTIONS);
        let via = header(&rig.last_sent().bytes, &HeaderName::VIA);
        let start = format!("SIP/2.0/{transport} 127.0.1.1:5060;branch=z9hG4bK");
        let branch = via.strip_prefix(&*start).and_then(|rest| rest.strip_suffix(end)).unwrap();
        assert!(!branch.contains(';'), "{via}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    let run = |seed| {
        let mut rig = Rig::seeded(config(), seed);
        rig.request(&Method::INVITE);
        rig.receive(incoming("INVITE", "z9hG4bKone", ""));
        rig.receive(incoming("CANCEL", "z9hG4bKone", ""));
        rig.finish();
        rig.sent.into_iter().map(|(at, it)| (at, it.bytes)).collect::<Vec<_>>()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn a_provisional_stops_an_invite_but_only_slows_a_request() {
    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    rig.pass(MS(100));
    rig.receive(response_to(&sent, "100 Trying", ""));
    rig.receive(response_to(&sent, "180 Ringing", "x"));
    rig.pass(MS(60_000));
    assert_eq!(rig.take_instants(), [0]);
    rig.receive(response_to(&sent, "486 Busy Here", "x"));
    assert_eq!(rig.take_events(), ["response 100", "response 180", "response 486"]);

    let mut rig = Rig::new();
    rig.request(&Method::OPTIONS);
    let sent = rig.last_sent().bytes.clone();
    rig.pass(MS(100));
    rig.receive(response_to(&sent, "100 Trying", ""));
    rig.finish();
    // Timer E that was running fires once more, then every T2 (RFC 3261 section 17.1.2.2).
    assert_eq!(rig.take_instants(), [0, 500, 4_500, 8_500, 12_500, 16_500, 20_500, 24_500, 28_500]);
    assert_eq!(rig.take_events(), ["response 100", "failed: timed out"]);
}

#[test]
fn a_failure_is_acknowledged_each_time_it_comes_and_told_once() {
    let mut rig = Rig::new();
    rig.request(&Method::INVITE);
    let invite = parse_request(&rig.last_sent().bytes.clone());
    let busy = response_to(invite.bytes(), "486 Busy Here", "bbb");
    for _ in 0..3 {
        rig.receive(&busy);
        rig.pass(MS(500));
    }
    assert_eq!(rig.take_events(), ["response 486"]);

    let acks: Vec<_> = rig.sent.iter().skip(1).map(|(_, it)| it.clone()).collect();
    assert_eq!(acks.len(), 3);
    assert!(acks.iter().all(|ack| ack.bytes.as_ptr() == acks[0].bytes.as_ptr()));
    assert_eq!(acks[0].to, rig.sent[0].1.to, "where the INVITE went");
    let ack = parse_request(&acks[0].bytes);
    assert_eq!(*ack.method(), Method::ACK);
    assert_eq!(ack.uri(), invite.uri());
    for name in [
        HeaderName::VIA,
        HeaderName::ROUTE,
        HeaderName::FROM,
        HeaderName::CALL_ID,
        HeaderName::MAX_FORWARDS,
    ] {
        let of = |request: &siptrunk_message::Request| {
            request.headers().raw_all(&name).map(<[u8]>::to_vec).collect::<Vec<_>>()
        };
        assert_eq!(of(&ack), of(&invite), "{name:?}");
        assert!(!of(&ack).is_empty(), "{name:?}");
    }
    assert_eq!(header(ack.bytes(), &HeaderName::TO), "<sip:bob@127.0.2.1>;tag=bbb");
    assert_eq!(header(ack.bytes(), &HeaderName::CSEQ), "17 ACK");
    assert!(!ack.headers().contains(&HeaderName::REQUIRE));

    // Timer D: 32 s after the first failure response.
    rig.pass(MS(30_499));
    assert_eq!(rig.layer.live().get("client transactions"), 1);
    rig.pass(MS(1));
    assert!(rig.layer.live().is_empty());
    rig.receive(&busy);
    assert_eq!(rig.layer.counters().stray_responses, 1);
    assert_eq!(rig.layer.counters().absorbed, 2);
}

#[test]
fn every_2xx_goes_up_until_timer_m_and_none_is_acknowledged_by_the_layer() {
    let mut rig = Rig::new();
    let id = rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    let first = response_to(&sent, "200 OK", "one");
    rig.receive(&first);
    rig.pass(MS(500));
    rig.receive(&first);
    rig.receive(response_to(&sent, "200 OK", "fork"));
    // Late and contradictory: not for the user any more.
    rig.receive(response_to(&sent, "180 Ringing", "two"));
    rig.receive(response_to(&sent, "486 Busy Here", "two"));
    let tags: Vec<_> = rig
        .events
        .iter()
        .map(|event| match event {
            Event::Response { id: of, response } if *of == id => {
                response.essentials().to_tag().unwrap().to_owned()
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(tags, ["one", "one", "fork"]);
    assert_eq!(rig.take_instants(), [0], "no ACK");
    assert_eq!(rig.layer.counters().absorbed, 2);
    rig.pass(MS(31_499));
    assert_eq!(rig.layer.live().total(), 1);
    rig.pass(MS(1));
    assert!(rig.layer.live().is_empty());
    rig.receive(&first);
    assert_eq!(rig.layer.counters().late_answers, 1);
}

#[test]
fn a_final_response_to_a_request_comes_up_once_and_timer_k_absorbs_the_rest() {
    let mut rig = Rig::new();
    rig.request(&Method::BYE);
    let sent = rig.last_sent().bytes.clone();
    for _ in 0..3 {
        rig.receive(response_to(&sent, "200 OK", "t"));
    }
    assert_eq!(rig.take_events(), ["response 200"]);
    rig.pass(MS(4_999));
    assert_eq!(rig.layer.live().total(), 1);
    rig.pass(MS(1));
    assert!(rig.layer.live().is_empty());
    assert_eq!(rig.take_instants(), [0]);
}

#[test]
fn what_was_sent_is_there_while_the_outcome_is_handled() {
    for (method, status) in [(Method::INVITE, "407 Auth"), (Method::REGISTER, "401 Auth")] {
        for tcp in [false, true] {
            let mut rig = Rig::new();
            let id = if tcp {
                let flow = FlowId::Connection(4);
                rig.receive_tcp(4, incoming("OPTIONS", "z9hG4bKx", ""));
                rig.request_to(flow, &method)
            } else {
                rig.request(&method)
            };
            let sent = rig.last_sent().bytes.clone();
            let response = response_to(&sent, status, "t");
            if tcp {
                let mut received =
                    siptrunk_transaction::Received::datagram(0, us(), them(), response);
                received.flow = FlowId::Connection(4);
                received.transport = Transport::Tcp;
                rig.layer.handle_input(rig.now, received);
            } else {
                let received = siptrunk_transaction::Received::datagram(0, us(), them(), response);
                rig.layer.handle_input(rig.now, received);
            }
            assert_eq!(rig.layer.sent(id).unwrap().bytes(), &sent);
            // A call from above is no input.
            rig.layer.request(rig.now, Target::udp(them()).into(), &outgoing(&method)).unwrap();
            assert!(rig.layer.sent(id).is_some());
            rig.layer.handle_timeout(rig.now);
            assert!(rig.layer.sent(id).is_none());
        }
    }
}

#[test]
fn responses_that_are_not_for_us_are_dropped_and_counted() {
    let mut rig = Rig::new();
    rig.request(&Method::OPTIONS);
    let sent = rig.last_sent().bytes.clone();
    let good = response_to(&sent, "200 OK", "t");
    let branch = good.split("branch=").nth(1).unwrap().split(';').next().unwrap().to_owned();

    rig.receive(good.replace("UDP 127.0.1.1:5060", "UDP 127.0.1.9:5060"));
    rig.receive(good.replace("UDP 127.0.1.1:5060", "UDP 127.0.1.1:5061"));
    rig.receive(good.replace("From:", "Via: SIP/2.0/UDP 127.0.9.9;branch=z9hG4bKx\r\nFrom:"));
    assert_eq!(rig.layer.counters().foreign_responses, 3);

    rig.receive(good.replace(&branch, "z9hG4bKaaaaaaaaaaaaaaaa"));
    rig.receive(good.replace(&branch, "z9hG4bKshort"));
    rig.receive(good.replace("17 OPTIONS", "17 INVITE"));
    rig.receive(good.replace("17 OPTIONS", "17 CANCEL"));
    assert_eq!(rig.layer.counters().stray_responses, 4);

    rig.receive(good.replace("CSeq: 17 OPTIONS\r\n", ""));
    rig.receive(good.replace("17 OPTIONS", "x OPTIONS"));
    assert_eq!(rig.layer.counters().malformed_responses, 2);
    assert_eq!(rig.take_events(), Vec::<String>::new());

    rig.receive(&good);
    assert_eq!(rig.take_events(), ["response 200"]);
}

#[test]
fn a_transport_error_fails_the_transaction_of_its_ticket_and_no_other() {
    let mut rig = Rig::new();
    let first = rig.request(&Method::INVITE);
    let ticket = rig.last_sent().ticket;
    rig.request(&Method::OPTIONS);
    let reason = TransportError::Refused;
    for _ in 0..2 {
        rig.layer.handle_flow(rig.now, FlowEvent::Failed { ticket, reason });
        rig.drain();
    }
    // Nobody's, and nobody's any more.
    let failed = FlowEvent::Failed { ticket: Ticket::default(), reason };
    rig.layer.handle_flow(rig.now, failed);
    rig.drain();
    assert!(matches!(rig.events[..], [Event::Failed { id, .. }] if id == first));
    assert_eq!(rig.layer.live().total(), 1);
    assert_eq!(rig.layer.counters().transport_errors, 1);
}

#[test]
fn a_closed_connection_fails_its_clients_and_a_datagram_flow_cannot_close() {
    let mut rig = Rig::new();
    rig.receive_tcp(7, incoming("OPTIONS", "z9hG4bKx", ""));
    let (id, request) = rig.take_request();
    let ok = request.response(siptrunk_message::StatusCode::OK, Some("t"));
    rig.layer.respond(rig.now, id, &ok).unwrap();
    rig.drain();
    rig.sent.clear();

    rig.request_to(FlowId::Connection(7), &Method::INVITE);
    assert!(header(&rig.last_sent().bytes, &HeaderName::VIA).starts_with("SIP/2.0/TCP 127.0.1.1"));
    rig.request(&Method::OPTIONS);
    let To::Flow(udp) = rig.last_sent().to else { panic!() };
    rig.pass(MS(400));
    assert_eq!(rig.take_instants(), [0, 0], "nothing is repeated over TCP");

    let reason = TransportError::Closed;
    rig.layer.handle_flow(rig.now, FlowEvent::Closed { flow: udp, reason });
    rig.drain();
    assert!(rig.events.is_empty());
    rig.layer.handle_flow(rig.now, FlowEvent::Closed { flow: FlowId::Connection(7), reason });
    rig.drain();
    assert_eq!(rig.take_events(), ["failed: transport error: the peer closed the connection"]);
    let error =
        rig.layer.request(rig.now, FlowId::Connection(7).into(), &outgoing(&Method::OPTIONS));
    assert!(matches!(error, Err(TransactionError::UnknownConnection)));
}

#[test]
fn a_stream_target_becomes_the_flow_that_opened_for_it() {
    let mut rig = Rig::new();
    let target = Target { transport: Transport::Tcp, ..Target::udp(them()) };
    let id = rig.request_to(target.clone(), &Method::INVITE);
    let transmit = rig.last_sent().clone();
    assert_eq!(transmit.to, To::Target(target));
    let flow = FlowId::Connection(3);
    let opened = FlowEvent::Opened { ticket: transmit.ticket, flow, local: us() };
    rig.layer.handle_flow(rig.now, opened);
    rig.receive_tcp(3, response_to(&transmit.bytes, "180 Ringing", "t"));
    rig.layer.cancel(rig.now, id, &siptrunk_message::HeaderList::new()).unwrap();
    rig.drain();
    assert_eq!(rig.last_sent().to, To::Flow(flow));
    rig.receive_tcp(3, response_to(&transmit.bytes, "487 Request Terminated", "t"));
    assert_eq!(rig.last_sent().to, To::Flow(flow));
    assert!(rig.last_sent().bytes.starts_with(b"ACK "));
    assert_eq!(rig.take_events(), ["response 180", "response 487"]);
    rig.finish();
    assert_eq!(rig.elapsed(), MS(32_000), "only the CANCEL was left to time out");
}

#[test]
fn ack_and_cancel_are_not_sent_by_request() {
    let mut rig = Rig::new();
    for method in [Method::ACK, Method::CANCEL] {
        let error = rig.layer.request(rig.now, Target::udp(them()).into(), &outgoing(&method));
        assert!(matches!(error, Err(TransactionError::MethodNotAllowed { .. })));
    }
    let v6 = "[::1]:5060".parse().unwrap();
    let error = rig.layer.request(rig.now, Target::udp(v6).into(), &outgoing(&Method::OPTIONS));
    assert!(matches!(error, Err(TransactionError::NoListener { transport: Transport::Udp })));
    let tls = Target { transport: Transport::Tls, ..Target::udp(them()) };
    assert_eq!(rig.layer.advertised(&tls.into()), None);
    assert!(rig.layer.live().is_empty());
}

#[test]
fn the_ack_of_a_2xx_goes_out_once_and_again_with_the_same_bytes() {
    let mut rig = Rig::new();
    let to = To::from(Target::udp(them()));
    let bytes = rig.layer.send(rig.now, to.clone(), &outgoing(&Method::ACK)).unwrap();
    rig.layer.resend(to, bytes.clone());
    rig.drain();
    assert_eq!(rig.sent.len(), 2);
    assert_eq!(rig.sent[0].1.bytes.as_ptr(), rig.sent[1].1.bytes.as_ptr());
    assert_eq!(rig.sent[0].1.ticket, Ticket::default());
    assert!(rig.layer.live().is_empty());
}

#[test]
fn over_the_cap_nothing_is_sent() {
    let mut rig = Rig::with(Config { max_transactions: 2, ..config() });
    rig.request(&Method::INVITE);
    rig.request(&Method::OPTIONS);
    let to = Target::udp(them()).into();
    let error = rig.layer.request(rig.now, to, &outgoing(&Method::OPTIONS));
    assert!(matches!(error, Err(TransactionError::LimitReached { limit: 2 })));
    rig.pass(Duration::from_secs(33));
    rig.request(&Method::OPTIONS);
}

#[test]
fn a_ringing_invite_ends_by_the_limit_if_nobody_ends_it() {
    let mut rig = Rig::with(Config { proceeding_limit: MS(90_000), ..config() });
    rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "180 Ringing", "t"));
    rig.finish();
    assert_eq!(rig.elapsed(), MS(90_000));
    assert_eq!(rig.take_events(), ["response 180", "failed: timed out"]);
}

#[test]
fn a_timer_that_no_clock_can_hold_is_a_day() {
    let forever = Duration::MAX;
    let never = Config { t1: forever, t2: forever, proceeding_limit: forever, ..config() };
    let mut rig = Rig::with(never);
    rig.request(&Method::INVITE);
    let sent = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "180 Ringing", "t"));
    let day = Duration::from_secs(24 * 3_600);
    assert_eq!(rig.layer.poll_timeout(), Some(rig.now + day));
    rig.finish();
}

/// What goes to a listener of our own comes back, and would go round until its hops are used up.
#[test]
fn nothing_is_sent_to_ourselves() {
    let public: std::net::SocketAddr = "203.0.113.7:5060".parse().unwrap();
    let listener = Listener::udp(us()).advertise(public.into());
    let mut rig = Rig::with(Config { listeners: vec![listener], ..config() });
    for own in [us(), public] {
        let flow = FlowId::Datagram { listener: 0, local: us().ip(), peer: own };
        for to in [To::from(Target::udp(own)), flow.into()] {
            let options = outgoing(&Method::OPTIONS);
            let refused = rig.layer.request(rig.now, to.clone(), &options);
            assert!(
                matches!(refused, Err(TransactionError::OwnAddress { address }) if address == own)
            );
            assert!(rig.layer.send(rig.now, to, &options).is_err());
        }
        assert!(rig.layer.leads_to_us(&Target::udp(own)));
    }
    assert!(rig.layer.poll_transmit().is_none());
    let elsewhere = Target { transport: Transport::Tcp, ..Target::udp(us()) };
    assert!(!rig.layer.leads_to_us(&elsewhere), "another transport is another listener");
}

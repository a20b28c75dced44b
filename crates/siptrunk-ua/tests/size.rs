//! The size guard (RFC 3261 18.1.1): requests of 1,300 octets fit into a datagram, larger ones get
//! compact names, and then go over TCP where the peer takes that.

mod wire;

use siptrunk_message::{
    Body, HeaderList, HeaderName, HeaderValue, Message, Method, StatusCode, Transport,
};
use siptrunk_transaction::{Core, FlowEvent, FlowId, Target, To, Transmit, TransportError};
use siptrunk_ua::{Event, Reply, SessionId};
use wire::{
    ANSWER, BOB, address,
    connected::{Connected, tcp},
    header, invite_to, label_of, reply, request,
};

/// What a datagram may have.
const LIMIT: usize = 1_300;

/// A header field that makes a message so many octets longer.
fn padding(octets: usize) -> HeaderList {
    let name = HeaderName::new("X-Pad").unwrap();
    let value = "p".repeat(octets - "X-Pad: \r\n".len());
    let mut headers = HeaderList::new();
    headers.push(name, HeaderValue::new(value).unwrap()).unwrap();
    headers
}

fn dial(end: &mut Connected, padded: usize, takes_tcp: bool) -> SessionId {
    let mut invite = invite_to(vec![Target::udp(address(BOB))]);
    if padded > 0 {
        invite.headers = padding(padded);
    }
    invite.takes_tcp = takes_tcp;
    end.ua.invite(end.now, invite).unwrap()
}

/// How large an INVITE is without anything added.
fn plain() -> usize {
    let mut end = Connected::over(Transport::Udp);
    dial(&mut end, 0, false);
    end.transmit().bytes.len()
}

/// An INVITE that would have so many octets over UDP, as it goes out.
fn sent(octets: usize, takes_tcp: bool) -> (Connected, Transmit) {
    let mut end = Connected::over(Transport::Udp);
    dial(&mut end, octets - plain(), takes_tcp);
    let transmit = end.transmit();
    (end, transmit)
}

fn is_datagram(transmit: &Transmit) -> bool {
    matches!(transmit.to, To::Flow(FlowId::Datagram { peer, .. }) if peer == address(BOB))
}

fn names(transmit: &Transmit) -> Vec<String> {
    let message = request(&transmit.bytes);
    let names = message.headers().iter().map(|it| String::from_utf8_lossy(it.raw_name()).into());
    names.collect()
}

#[test]
fn up_to_1300_octets_nothing_changes() {
    for octets in [1_299, 1_300] {
        let (end, invite) = sent(octets, true);
        assert_eq!((invite.bytes.len(), is_datagram(&invite)), (octets, true));
        assert!(names(&invite).iter().any(|name| name == "Call-ID"));
        let counters = end.ua.counters();
        assert_eq!((counters.compacted_requests, counters.tcp_for_size), (0, 0));
    }
}

#[test]
fn one_octet_more_gets_compact_names_and_no_x_name_changes() {
    for takes_tcp in [true, false] {
        let (end, invite) = sent(1_301, takes_tcp);
        assert!(is_datagram(&invite));
        let names = names(&invite);
        for compact in ["v", "f", "t", "i", "m", "c", "l"] {
            assert!(names.iter().any(|name| name == compact), "{compact}: {names:?}");
        }
        assert!(names.iter().any(|name| name == "X-Pad"), "{names:?}");
        // Via, From, To, Call-ID, Contact, Content-Type and Content-Length are 49 octets, their letters 7.
        assert_eq!(invite.bytes.len(), 1_301 - 42);
        let counters = end.ua.counters();
        assert_eq!((counters.compacted_requests, counters.oversized_datagrams), (1, 0));
    }
}

// 1,342 octets are 1,300 with compact names.
#[test]
fn what_compact_names_do_not_bring_under_goes_over_tcp_if_the_peer_takes_it() {
    let (end, invite) = sent(1_342, true);
    assert_eq!((invite.bytes.len(), is_datagram(&invite)), (LIMIT, true));
    assert_eq!(end.ua.counters().tcp_for_size, 0);

    let (end, invite) = sent(1_343, true);
    assert_eq!(invite.to, To::Target(tcp(BOB)), "the same address and port");
    assert!(header(&invite.bytes, "Via").unwrap().starts_with("SIP/2.0/TCP 127.0.1.1:5060;"));
    assert!(header(&invite.bytes, "Contact").unwrap().ends_with(";transport=tcp>"));
    assert!(names(&invite).iter().any(|name| name == "Call-ID"), "there is room for long names");
    assert_eq!(end.ua.counters().tcp_for_size, 1);

    let (end, invite) = sent(1_343, false);
    assert_eq!((invite.bytes.len(), is_datagram(&invite)), (1_301, true));
    assert_eq!(end.ua.counters().oversized_datagrams, 1);
}

fn fail(end: &mut Connected, transmit: &Transmit, reason: TransportError) {
    end.ua.handle_flow(end.now, FlowEvent::Failed { ticket: transmit.ticket, reason });
}

#[test]
fn where_no_connection_opens_it_goes_over_udp_with_a_new_branch_and_tcp_rests() {
    let (mut end, first) = sent(1_400, true);
    fail(&mut end, &first, TransportError::Refused);
    let second = end.transmit();
    assert!(is_datagram(&second));
    assert_eq!(header(&second.bytes, "Call-ID"), header(&first.bytes, "Call-ID"));
    assert_eq!(header(&second.bytes, "CSeq"), header(&first.bytes, "CSeq"));
    let branch = |transmit: &Transmit| {
        let via = header(&transmit.bytes, "Via").unwrap();
        via.split("branch=").nth(1).unwrap().split(';').next().unwrap().to_owned()
    };
    assert_ne!(branch(&second), branch(&first));
    assert!(names(&second).iter().any(|name| name == "i"));
    let counters = *end.ua.counters();
    assert_eq!((counters.tcp_fallbacks, counters.oversized_datagrams), (1, 1));
    assert!(end.ua.poll_event().is_none(), "the call goes on");

    // The next call does not wait for what has just failed; one half a minute later tries again.
    dial(&mut end, 300, true);
    let next = std::iter::from_fn(|| end.ua.poll_transmit()).last().unwrap();
    assert!(is_datagram(&next));
    assert_eq!(end.ua.counters().tcp_for_size, 1);
    end.run(30);
    while end.ua.poll_transmit().is_some() {}
    dial(&mut end, 1_400 - plain(), true);
    assert_eq!(end.transmit().to, To::Target(tcp(BOB)));
}

#[test]
fn a_peer_without_tcp_listener_of_ours_gets_a_large_datagram() {
    let mut world = wire::World::alone();
    let octets = 1_400 - plain();
    world.dial_with(|invite| {
        invite.headers = padding(octets);
        invite.takes_tcp = true;
    });
    let invite = world.receive(BOB);
    assert_eq!(invite.len(), 1_400 - 42);
    assert_eq!(world.ua(0).counters().oversized_datagrams, 1);
}

// ---- inside a dialog

/// A call over UDP that stands.
fn standing(takes_tcp: bool) -> (Connected, SessionId, FlowId) {
    let mut end = Connected::over(Transport::Udp);
    let session = dial(&mut end, 0, takes_tcp);
    let invite = end.transmit();
    let To::Flow(flow) = invite.to else { panic!("{invite:?}") };
    let rest = format!(
        "Contact: <sip:bob@{BOB}>\nContent-Type: application/sdp\nContent-Length: {}\n\n{ANSWER}",
        ANSWER.len()
    );
    end.say(flow, &reply(&invite.bytes, "200 OK", "b", &rest));
    assert!(matches!(end.ua.poll_event(), Some(Event::Answered { .. })));
    assert_eq!(label_of(&end.transmit().bytes), "ACK");
    (end, session, flow)
}

fn info(end: &mut Connected, session: SessionId, octets: usize) {
    let body = Body {
        content_type: HeaderValue::new("text/plain").unwrap(),
        bytes: vec![b'i'; octets].into(),
    };
    let headers = HeaderList::new();
    end.ua.request(end.now, session, Method::INFO, headers, Some(body)).unwrap();
}

#[test]
fn requests_inside_a_dialog_are_guarded_too_and_fall_back_once() {
    let (mut end, session, flow) = standing(true);
    info(&mut end, session, 600);
    let small = end.transmit();
    assert_eq!(small.to, To::Flow(flow));
    end.say(flow, &reply(&small.bytes, "200 OK", "", ""));
    assert!(matches!(end.ua.poll_event(), Some(Event::Response { outcome: Ok(_), .. })));

    info(&mut end, session, 1_300);
    let large = end.transmit();
    assert_eq!(large.to, To::Target(tcp(BOB)));
    fail(&mut end, &large, TransportError::Refused);
    let again = end.transmit();
    assert_eq!(again.to, To::Flow(flow));
    assert_eq!(header(&again.bytes, "CSeq"), header(&large.bytes, "CSeq"));
    assert_eq!(end.ua.counters().tcp_fallbacks, 1);
    assert!(end.ua.poll_event().is_none());
    end.say(flow, &reply(&again.bytes, "200 OK", "", ""));
    assert!(matches!(end.ua.poll_event(), Some(Event::Response { outcome: Ok(_), .. })));
    end.run(60);
    while end.ua.poll_transmit().is_some() {}
    info(&mut end, session, 1_300);
    assert_eq!(end.transmit().to, To::Flow(flow), "this call has done with TCP");
}

#[test]
fn without_leave_a_large_request_stays_on_its_socket() {
    let (mut end, session, flow) = standing(false);
    info(&mut end, session, 1_300);
    assert_eq!(end.transmit().to, To::Flow(flow));
    end.ua.set_takes_tcp(session, true).unwrap();
    info(&mut end, session, 1_300);
    let second = std::iter::from_fn(|| end.ua.poll_transmit()).last().unwrap();
    assert_eq!(second.to, To::Target(tcp(BOB)));
}

// RFC 3261 18.2.2: a response goes the way its request came, whatever its size.
#[test]
fn responses_never_change_their_transport() {
    let mut end = Connected::over(Transport::Udp);
    let flow =
        FlowId::Datagram { listener: 0, local: address(wire::ALICE).ip(), peer: address(BOB) };
    end.say(
        flow,
        &format!(
            "INVITE sip:alice@127.0.1.1 SIP/2.0\nVia: SIP/2.0/UDP {BOB};branch=z9hG4bK1;rport\n\
             Max-Forwards: 70\nFrom: <sip:bob@{BOB}>;tag=b\nTo: <sip:alice@127.0.1.1>\n\
             Call-ID: c\nCSeq: 1 INVITE\nContact: <sip:bob@{BOB}>\nContent-Length: 0\n\n"
        ),
    );
    let Some(Event::Incoming { session, .. }) = end.ua.poll_event() else { panic!("no call") };
    end.ua.set_takes_tcp(session, true).unwrap();
    let mut ok = Reply::new(StatusCode::OK);
    ok.headers = padding(1_400);
    end.ua.answer(end.now, session, ok).unwrap();
    let answer = std::iter::from_fn(|| end.ua.poll_transmit()).last().unwrap();
    assert_eq!(answer.to, To::Flow(flow));
    assert!(answer.bytes.len() > LIMIT);
    let limits = siptrunk_message::Limits::default();
    let Ok(Message::Response(answer)) = Message::parse(answer.bytes, &limits) else { panic!() };
    let long = answer.headers().iter().any(|field| field.raw_name() == b"Call-ID");
    assert!(long, "nor its names");
    // What the session sends afterwards may go over TCP.
    end.say(
        flow,
        &format!(
            "ACK sip:alice@127.0.1.1 SIP/2.0\nVia: SIP/2.0/UDP {BOB};branch=z9hG4bK2;rport\n\
             Max-Forwards: 70\nFrom: <sip:bob@{BOB}>;tag=b\nTo: {}\nCall-ID: c\nCSeq: 1 ACK\n\
             Content-Length: 0\n\n",
            answer.headers().to().unwrap().unwrap()
        ),
    );
    info(&mut end, session, 1_300);
    assert_eq!(end.transmit().to, To::Target(tcp(BOB)));
}

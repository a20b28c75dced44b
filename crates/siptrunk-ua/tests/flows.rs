//! The flow of a registration (RFC 5626): calls and refreshes go over the connection that
//! registered, and when it closes the registration begins anew. Virtual time, no sockets.

mod wire;

use siptrunk_message::StatusCode;
use siptrunk_transaction::{Core, FlowId, To};
use siptrunk_ua::{Destination, Event, Reply};
use wire::{
    ALICE, BOB, address,
    connected::{Connected, tcp},
    invite_to, label_of,
};

#[test]
fn a_refresh_goes_over_the_connection_that_registered() {
    let mut end = Connected::new();
    let id = end.register();
    assert_eq!(end.ua.registered_connection(id), None);
    let flow = end.accept();
    assert_eq!(end.ua.registered_connection(id), Some(flow));
    let refresh = end.transmit();
    assert_eq!(refresh.to, To::Flow(flow));
    end.grant(&refresh, flow);
    assert_eq!(end.ua.registered_connection(id), Some(flow));
}

// RFC 5626 4.5: a successful flow is replaced at once; we spread that over some seconds.
#[test]
fn a_flow_that_stood_is_formed_anew_within_seconds() {
    let mut end = Connected::new();
    let id = end.register();
    let flow = end.accept();
    end.run(120);
    end.close(FlowId::Connection(99));
    assert!(end.ua.poll_event().is_none(), "another connection is nothing to us");
    end.close(flow);
    assert_eq!(end.ua.registered_connection(id), None);
    let wait = end.broken();
    assert!((1..=4).contains(&wait.as_secs()), "{wait:?}");
    let before = end.now;
    let again = end.accept();
    assert_eq!(end.now - before, wait);
    assert_eq!(end.ua.registered_connection(id), Some(again));
}

// RFC 5626 4.5: W = min(1800, 30 * 2^failures), and 50 to 100 % of it is waited.
#[test]
fn a_registrar_that_accepts_and_hangs_up_is_tried_ever_more_rarely() {
    let mut end = Connected::new();
    end.register();
    let mut ceiling = 60;
    for _ in 0..8 {
        let flow = end.accept();
        end.run(119);
        end.close(flow);
        let wait = end.broken().as_secs();
        assert!((ceiling / 2..=ceiling).contains(&wait), "{wait} of {ceiling}");
        ceiling = (ceiling * 2).min(1_800);
    }
    // One that stands for two minutes is forgiven everything.
    let flow = end.accept();
    end.run(120);
    end.close(flow);
    assert!(end.broken().as_secs() <= 4);
    let flow = end.accept();
    end.close(flow);
    assert!((30..=60).contains(&end.broken().as_secs()), "the row is as long as it is");
}

#[test]
fn a_connection_that_closes_under_a_refresh_fails_it_once() {
    let mut end = Connected::new();
    end.register();
    let flow = end.accept();
    let refresh = end.transmit();
    assert_eq!(refresh.to, To::Flow(flow));
    end.close(flow);
    end.broken();
    assert!(end.ua.poll_event().is_none(), "the refresh failed a second time");
    let again = end.accept();
    assert_ne!(again, flow);
}

#[test]
fn one_that_is_taken_back_over_a_closing_connection_ends() {
    let mut end = Connected::new();
    let id = end.register();
    let flow = end.accept();
    end.ua.unregister(end.now, id);
    let last = end.transmit();
    assert_eq!(last.to, To::Flow(flow));
    end.close(flow);
    assert!(matches!(end.ua.poll_event(), Some(Event::Unregistered { .. })));
    end.run(600);
    assert!(end.ua.live().is_empty(), "{}", end.ua.live());
}

#[test]
fn an_invite_goes_over_the_flow_first_and_to_another_target_if_it_fails() {
    let mut end = Connected::new();
    end.register();
    let flow = end.accept();
    let mut invite = invite_to(Vec::new());
    let targets = vec![tcp("127.0.2.2:5060")];
    invite.destination = Destination::FlowFirst { flow, targets: targets.clone() };
    end.ua.invite(end.now, invite).unwrap();
    let first = end.transmit();
    assert_eq!((first.to, label_of(&first.bytes)), (To::Flow(flow), "INVITE".to_owned()));
    end.close(flow);
    let second = end.transmit();
    assert_eq!(second.to, To::Target(targets[0].clone()));
    assert_eq!(wire::header(&first.bytes, "Call-ID"), wire::header(&second.bytes, "Call-ID"));
}

#[test]
fn an_answer_over_a_new_connection_says_where_we_are() {
    let mut world = Connected::new();
    let flow = FlowId::Connection(9);
    world.say(
        flow,
        "INVITE sip:alice@127.0.1.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.2.1:5060;branch=z9hG4bK1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@127.0.2.1>;tag=b\r\nTo: <sip:alice@127.0.1.1>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@127.0.2.1:5060;transport=tcp>\r\n\
         Content-Length: 0\r\n\r\n",
    );
    let session = std::iter::from_fn(|| world.ua.poll_event())
        .find_map(|event| match event {
            Event::Incoming { session, .. } => Some(session),
            _ => None,
        })
        .expect("a call");
    world.close(flow);
    world.ua.answer(world.now, session, Reply::new(StatusCode::OK)).unwrap();
    let answer = std::iter::from_fn(|| world.ua.poll_transmit())
        .find(|transmit| transmit.bytes.starts_with(b"SIP/2.0 200"))
        .expect("an answer");
    assert!(matches!(&answer.to, To::Target(target) if target.address == address(BOB)));
    let contact = wire::header(&answer.bytes, "Contact").expect("a Contact (12.1.1)");
    assert!(contact.contains(ALICE) && contact.ends_with(";transport=tcp>"), "{contact}");
}

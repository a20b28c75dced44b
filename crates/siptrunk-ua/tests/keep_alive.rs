//! Keep-alives of registrations' flows (RFC 5626 4.4): when they go out, and what their silence means.

mod wire;

use std::time::Duration;

use siptrunk_message::Transport;
use siptrunk_transaction::{Core, FlowId, To, Transmit, TransportError};
use siptrunk_ua::{Event, KeepAlive, RegistrationFailure, RegistrationId};
use wire::{connected::Connected, label_of, reply};

const PING: &[u8] = b"\r\n\r\n";
const EVERY: Duration = Duration::from_secs(30);
const CRLF: KeepAlive = KeepAlive::Crlf { every: EVERY };
const OPTIONS: KeepAlive = KeepAlive::Options { every: EVERY };

fn standing(transport: Transport, keep_alive: KeepAlive) -> (Connected, RegistrationId, FlowId) {
    let mut end = Connected::over(transport);
    let id = end.register();
    end.ua.keep_alive(end.now, id, keep_alive);
    let flow = end.accept();
    (end, id, flow)
}

/// The next keep-alive, after 80 to 100 % of its time, over the flow of the registration.
fn beat(end: &mut Connected, flow: FlowId) -> Transmit {
    let before = end.now;
    let beat = end.transmit();
    assert_eq!(beat.to, To::Flow(flow));
    let waited = (end.now - before).as_secs();
    assert!((23..=30).contains(&waited), "{waited} s");
    beat
}

fn answer_options(end: &mut Connected, flow: FlowId, options: &Transmit, status: &str) {
    assert_eq!(label_of(&options.bytes), "OPTIONS");
    end.say(flow, &reply(&options.bytes, status, "r", ""));
}

/// The flow counts as failed, and a new registration is under way within seconds or after a wait.
fn dead(end: &mut Connected) {
    assert!(matches!(
        end.ua.poll_event(),
        Some(Event::RegistrationFailed {
            failure: RegistrationFailure::FlowClosed(TransportError::TimedOut),
            retry_in: Some(_),
            ..
        })
    ));
    assert_eq!(end.ua.counters().dead_flows, 1);
}

// ---- CRLF

#[test]
fn a_peer_that_has_answered_and_stops_to_has_lost_the_flow_ten_seconds_later() {
    let (mut end, id, flow) = standing(Transport::Tcp, CRLF);
    for _ in 0..5 {
        assert_eq!(&beat(&mut end, flow).bytes[..], PING);
        end.say(flow, "\r\n");
        assert!(end.ua.poll_event().is_none());
    }
    assert_eq!(&beat(&mut end, flow).bytes[..], PING);
    let asked = end.now;
    end.run(9);
    assert!(end.ua.poll_event().is_none(), "not yet");
    end.run(1);
    dead(&mut end);
    assert_eq!(end.ua.registered_connection(id), None);
    let again = end.transmit();
    assert_eq!(label_of(&again.bytes), "REGISTER");
    let waited = (end.now - asked).as_secs();
    assert!((11..=14).contains(&waited), "{waited} s after a flow that stood for two minutes");
}

#[test]
fn a_peer_that_never_answers_crlf_is_believed() {
    let (mut end, id, flow) = standing(Transport::Tcp, CRLF);
    for _ in 0..20 {
        assert_eq!(&beat(&mut end, flow).bytes[..], PING);
    }
    assert_eq!(end.ua.registered_connection(id), Some(flow));
    assert!(end.ua.poll_event().is_none());
    assert_eq!(end.ua.counters().keep_alives, 20);
}

#[test]
fn crlf_over_another_connection_answers_nothing() {
    let (mut end, _, flow) = standing(Transport::Tcp, CRLF);
    beat(&mut end, flow);
    end.say(flow, "\r\n");
    beat(&mut end, flow);
    end.say(FlowId::Connection(99), "\r\n");
    end.run(10);
    dead(&mut end);
}

#[test]
fn over_udp_crlf_only_keeps_the_way_open() {
    let (mut end, _, flow) = standing(Transport::Udp, CRLF);
    assert!(matches!(flow, FlowId::Datagram { .. }));
    for _ in 0..20 {
        assert_eq!(&beat(&mut end, flow).bytes[..], PING);
        end.say(flow, "\r\n");
    }
    assert!(end.ua.poll_event().is_none());
    assert_eq!(end.ua.counters().dead_flows, 0);
}

// ---- OPTIONS

#[test]
fn any_response_to_options_shows_that_the_flow_is_alive() {
    for transport in [Transport::Tcp, Transport::Udp] {
        let (mut end, _, flow) = standing(transport, OPTIONS);
        for status in ["200 OK", "405 Method Not Allowed", "503 Service Unavailable"] {
            let options = beat(&mut end, flow);
            answer_options(&mut end, flow, &options, status);
        }
        assert!(end.ua.poll_event().is_none(), "{transport:?}");
    }
}

#[test]
fn options_without_a_response_lose_the_flow_after_ten_seconds_or_timer_f() {
    for (transport, patience) in [(Transport::Tcp, 10), (Transport::Udp, 32)] {
        let (mut end, _, flow) = standing(transport, OPTIONS);
        let options = beat(&mut end, flow);
        assert_eq!(label_of(&options.bytes), "OPTIONS");
        // This answers no OPTIONS.
        end.say(flow, "\r\n");
        end.run(patience - 1);
        assert!(end.ua.poll_event().is_none(), "{transport:?}");
        end.run(1);
        dead(&mut end);
        let again = std::iter::from_fn(|| Some(end.transmit()));
        let again = again.map(|it| label_of(&it.bytes)).find(|it| it != "OPTIONS");
        assert_eq!(again.as_deref(), Some("REGISTER"), "{transport:?}");
    }
}

#[test]
fn a_closed_connection_ends_its_keep_alives_and_the_next_has_its_own() {
    let (mut end, id, flow) = standing(Transport::Tcp, OPTIONS);
    beat(&mut end, flow);
    end.close(flow);
    end.broken();
    let again = end.accept();
    assert_ne!(again, flow);
    let options = beat(&mut end, again);
    answer_options(&mut end, again, &options, "200 OK");
    assert_eq!(end.ua.counters().dead_flows, 0);
    assert!(end.ua.poll_event().is_none());
    // None is sent for one that is taken back.
    end.ua.unregister(end.now, id);
    let last = end.transmit();
    end.say(again, &reply(&last.bytes, "200 OK", "r", ""));
    assert!(matches!(end.ua.poll_event(), Some(Event::Unregistered { .. })));
    end.run(600);
    assert!(end.ua.poll_transmit().is_none());
    assert!(end.ua.live().is_empty(), "{}", end.ua.live());
}

#[test]
fn it_can_be_changed_and_turned_off() {
    let (mut end, id, flow) = standing(Transport::Tcp, OPTIONS);
    beat(&mut end, flow);
    end.ua.keep_alive(end.now, id, CRLF);
    assert_eq!(&beat(&mut end, flow).bytes[..], PING);
    assert!(end.ua.poll_event().is_none(), "the OPTIONS is nobody's any more");
    end.ua.keep_alive(end.now, id, KeepAlive::Off);
    let refresh = end.transmit();
    assert_eq!(label_of(&refresh.bytes), "REGISTER", "nothing but the refresh");
}

#[test]
fn where_no_flow_stands_none_is_sent() {
    // Waiting for the next try after a refusal.
    let mut end = Connected::new();
    let id = end.register();
    let register = end.transmit();
    let flow = end.open(&register);
    end.say(flow, &reply(&register.bytes, "503 Service Unavailable", "r", "Retry-After: 100\n"));
    assert!(matches!(end.ua.poll_event(), Some(Event::RegistrationFailed { .. })));
    end.ua.keep_alive(end.now, id, CRLF);
    end.run(99);
    assert!(end.ua.poll_transmit().is_none());
    // On the way out.
    let (mut end, id, flow) = standing(Transport::Tcp, KeepAlive::Off);
    end.ua.unregister(end.now, id);
    let last = end.transmit();
    end.ua.keep_alive(end.now, id, CRLF);
    end.run(31);
    assert!(end.ua.poll_transmit().is_none());
    end.say(flow, &reply(&last.bytes, "200 OK", "r", ""));
    assert!(matches!(end.ua.poll_event(), Some(Event::Unregistered { .. })));
}

#[test]
fn a_driver_that_comes_late_sends_one_and_goes_on() {
    let (mut end, _, flow) = standing(Transport::Tcp, CRLF);
    end.now += EVERY * 4;
    end.ua.handle_timeout(end.now);
    let late = end.ua.poll_transmit().expect("what was due");
    assert_eq!((late.to, &late.bytes[..]), (To::Flow(flow), PING));
    assert!(end.ua.poll_transmit().is_none());
    beat(&mut end, flow);
}

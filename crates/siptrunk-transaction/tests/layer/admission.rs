//! Strangers and the known: rates, shares, refusals, and floods that lock nobody out.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use siptrunk_message::{HeaderName, Method, StatusCode};
use siptrunk_transaction::{Admission, Config, Counters, Event, Known, Rate, Received, Refusal};

use crate::rig::{MS, Rig, config, header, incoming, response_to, us};

/// A layer that knows the network of `them` and nobody else.
fn guarded(mut admission: Admission) -> Rig {
    admission.known = Known::Networks(vec!["127.0.2.0/24".parse().unwrap()]);
    Rig::with(Config { admission, ..config() })
}

fn stranger(n: u32) -> SocketAddr {
    SocketAddr::new(Ipv4Addr::from(0x0a00_0000 + n).into(), 5060)
}

fn options(n: usize) -> String {
    incoming("OPTIONS", &format!("z9hG4bKoptions{n}"), "")
}

fn in_dialog(request: &str) -> String {
    request.replace("127.0.1.1>\r\n", "127.0.1.1>;tag=t\r\n")
}

/// Every message that caused no event, by the counters.
fn dropped(counters: &Counters) -> u64 {
    counters.malformed_dropped
        + counters.malformed_answered
        + counters.over_rate
        + counters.over_stranger
        + counters.over_strangers
        + counters.over_limit
        + counters.legacy
        + counters.absorbed
}

#[test]
fn a_stranger_over_his_rate_is_dropped_unread_and_heard_again_when_he_has_rested() {
    let mut rig =
        guarded(Admission { rate: Rate { per_second: 2, burst: 3 }, ..Admission::default() });
    for n in 0..10 {
        rig.receive_from(stranger(1), options(n));
        rig.receive(options(100 + n));
    }
    assert_eq!(rig.take_events().len(), 3 + 10, "the known have no rate");
    assert_eq!(rig.layer.counters().over_rate, 7);
    assert!(rig.sent.is_empty());
    rig.receive_from(stranger(2), options(10));
    rig.pass(MS(500));
    rig.receive_from(stranger(1), options(11));
    rig.receive_from(stranger(1), options(12));
    assert_eq!(rig.take_events().len(), 2);
    assert_eq!(rig.layer.counters().over_rate, 8);
    // A call that goes on is not ended by its own repetitions: these are dropped, not refused.
    rig.receive_from(stranger(1), options(0));
    assert_eq!(rig.layer.counters().over_rate, 9);
    assert!(rig.sent.is_empty());
}

#[test]
fn responses_have_no_rate() {
    let mut rig =
        guarded(Admission { rate: Rate { per_second: 1, burst: 1 }, ..Admission::default() });
    for _ in 0..5 {
        rig.request(&Method::OPTIONS);
        let sent = rig.last_sent().bytes.clone();
        rig.receive_from(stranger(1), response_to(&sent, "200 OK", "t"));
    }
    assert_eq!(rig.take_events(), ["response 200"; 5]);
    assert_eq!(rig.layer.counters().over_rate, 0);
}

#[test]
fn an_ipv6_host_is_its_network_and_a_mapped_address_what_it_maps() {
    let mut rig =
        guarded(Admission { rate: Rate { per_second: 1, burst: 1 }, ..Admission::default() });
    for (n, (source, passes)) in [
        ("[2001:db8::1]:5060", true),
        ("[2001:db8::2]:5060", false),
        ("[2001:db8:0:1::1]:5060", true),
        ("10.0.0.1:5060", true),
        ("[::ffff:10.0.0.1]:5060", false),
        ("10.0.0.1:9", false),
        ("[::ffff:127.0.2.1]:5060", true),
        ("[::ffff:127.0.2.1]:5060", true),
    ]
    .into_iter()
    .enumerate()
    {
        rig.receive_from(source.parse().unwrap(), options(n));
        assert_eq!(rig.take_events().len(), usize::from(passes), "{source}");
    }
    assert!(rig.layer.is_known("::ffff:127.0.2.9".parse().unwrap()));
    assert!(!rig.layer.is_known("127.0.3.1".parse().unwrap()));
}

#[test]
fn a_stranger_with_his_share_hears_503_and_why_is_counted() {
    let mut rig = guarded(Admission { strangers: 4, per_stranger: 2, ..Admission::default() });
    for n in 0..3 {
        rig.receive_from(stranger(1), options(n));
    }
    assert_eq!(rig.take_events().len(), 2);
    let refused = rig.last_sent().bytes.clone();
    assert!(refused.starts_with(b"SIP/2.0 503 Service Unavailable\r\n"));
    assert_eq!(header(&refused, &HeaderName::RETRY_AFTER), "5");
    assert_eq!(rig.layer.counters().over_stranger, 1);

    for n in 3..6 {
        rig.receive_from(stranger(2 + n), options(usize::try_from(n).unwrap()));
    }
    assert_eq!(rig.take_events().len(), 2);
    assert_eq!(rig.layer.counters().over_strangers, 1);
    for n in 10..30 {
        rig.receive(options(n));
    }
    assert_eq!(rig.take_events().len(), 20, "the known have all the rest");
    assert_eq!(rig.layer.live().total(), 4 + 20);

    // What has ended is given back.
    rig.finish();
    rig.take_events();
    rig.receive_from(stranger(1), options(50));
    rig.receive_from(stranger(1), options(51));
    assert_eq!(rig.take_events().len(), 2);
}

#[test]
fn what_is_refused_or_abandoned_above_takes_no_share() {
    let mut rig = guarded(Admission { per_stranger: 1, ..Admission::default() });
    for n in 0..3 {
        rig.receive_from(stranger(1), options(n));
        let (id, request) = rig.take_request();
        if n == 1 {
            rig.layer.abandon(id);
        } else {
            rig.layer.refuse(id, &request, StatusCode::FORBIDDEN, &[]);
        }
    }
    assert!(rig.layer.live().is_empty());
    assert_eq!(rig.layer.counters().over_stranger, 0);
}

#[test]
fn the_last_eighth_of_the_strangers_is_for_their_dialogs() {
    let mut rig = guarded(Admission { strangers: 8, ..Admission::default() });
    for n in 0..8 {
        rig.receive_from(stranger(1), options(n));
    }
    rig.receive_from(stranger(1), in_dialog(&incoming("BYE", "z9hG4bKbye", "")));
    rig.receive_from(stranger(1), in_dialog(&incoming("BYE", "z9hG4bKbye2", "")));
    assert_eq!(rig.take_events().last().map(String::as_str), Some("request BYE"));
    assert_eq!(rig.layer.live().total(), 8);
    assert_eq!(rig.layer.counters().over_strangers, 2);
}

#[test]
fn strangers_can_be_met_with_silence() {
    let refusal = Refusal::Silence;
    let mut rig = guarded(Admission { per_stranger: 0, refusal, ..Admission::default() });
    for n in 0..3 {
        rig.receive_from(stranger(1), options(n));
    }
    assert!(rig.sent.is_empty() && rig.events.is_empty());
    assert_eq!(rig.layer.counters().over_stranger, 3);
    assert_eq!(rig.layer.counters().withheld, 0, "nothing was to be said");
}

#[test]
fn nobody_is_sent_more_than_came_in_his_name() {
    // The names in the shortest form: an answer has the long ones.
    let short = "OPTIONS sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP c;branch=z9hG4bKd\r\nf: <sip:e@f>;tag=g\r\n\
                 t: <sip:h@i>\r\ni: j\r\nCSeq: 1 OPTIONS\r\n\r\n";
    let mut rig = guarded(Admission { per_stranger: 0, ..Admission::default() });
    rig.receive_from(stranger(1), short);
    rig.receive_from(stranger(1), short.replace("CSeq: 1 OPTIONS", "CSeq: x"));
    assert!(rig.sent.is_empty());
    assert_eq!(rig.layer.counters().withheld, 2);
    // Someone who is known hears of his mistake at any length.
    rig.receive(short.replace("CSeq: 1 OPTIONS", "CSeq: x"));
    assert_eq!(rig.take_sent().len(), 1);
    let long = short.replace("t: <", &format!("Subject: {}\r\nt: <", "x".repeat(200)));
    rig.receive_from(stranger(1), long);
    assert_eq!(rig.take_sent().len(), 1);
    assert_eq!(rig.layer.counters().withheld, 2);
}

#[test]
fn only_the_known_may_be_clients_of_rfc_2543() {
    let old = |method: &str| incoming(method, "old", "");
    let mut rig = guarded(Admission::default());
    for method in ["INVITE", "CANCEL", "ACK", "OPTIONS"] {
        rig.receive_from(stranger(1), old(method));
    }
    rig.receive_from(stranger(1), old("OPTIONS").replace(";branch=old", ""));
    assert_eq!(rig.layer.counters().legacy, 5);
    let lines: Vec<_> = rig.take_sent().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["SIP/2.0 400 Bad Request"; 4], "never to an ACK");
    assert!(rig.events.is_empty());

    rig.receive(old("INVITE"));
    rig.receive(old("INVITE"));
    rig.receive(old("CANCEL"));
    assert_eq!(rig.take_events(), ["request INVITE", "cancel"]);
    assert_eq!(rig.layer.counters().absorbed, 1);

    // The trunk's name has another address by now.
    rig.layer.know(Known::Networks(vec!["10.0.0.0/24".parse().unwrap()]));
    rig.receive_from(stranger(1), old("OPTIONS").replace("old@", "other@"));
    rig.receive(old("MESSAGE"));
    assert_eq!(rig.take_events(), ["request OPTIONS"]);
    assert_eq!(rig.layer.counters().legacy, 6);
    rig.layer.know(Known::Everyone);
    rig.receive(old("MESSAGE"));
    assert_eq!(rig.take_events(), ["request MESSAGE"]);
}

/// A call of the trunk from INVITE to BYE, and what the layer says on the way.
fn call(rig: &mut Rig, n: u64) {
    rig.events.clear();
    rig.sent.clear();
    rig.receive(incoming("INVITE", &format!("z9hG4bKcall{n}"), ""));
    let (id, request) = rig.take_request();
    rig.layer.respond(rig.now, id, &request.response(StatusCode::OK, Some("t"))).unwrap();
    rig.receive(in_dialog(&incoming("ACK", &format!("z9hG4bKack{n}"), "")));
    assert_eq!(rig.take_events(), ["ack"]);
    rig.layer.release(id);
    rig.receive(in_dialog(&incoming("BYE", &format!("z9hG4bKbye{n}"), "")));
    let (id, request) = rig.take_request();
    rig.layer.respond(rig.now, id, &request.response(StatusCode::OK, None)).unwrap();
    rig.drain();
    let lines: Vec<_> = rig.take_sent().into_iter().map(|(_, line)| line).collect();
    assert_eq!(lines, ["SIP/2.0 100 Trying", "SIP/2.0 200 OK", "SIP/2.0 200 OK"]);
}

/// Hands a message over without the rig's checks, which cost more than the layer does.
fn flood(rig: &mut Rig, from: SocketAddr, bytes: Vec<u8>) -> u64 {
    rig.layer.handle_input(rig.now, Received::datagram(0, us(), from, bytes));
    let mut told = 0;
    while let Some(event) = rig.layer.poll_event() {
        assert!(matches!(event, Event::Request { .. }));
        told += 1;
    }
    while rig.layer.poll_transmit().is_some() {}
    told
}

#[test]
fn a_million_junk_sources_leave_the_trunk_its_calls_and_every_drop_its_reason() {
    const SOURCES: u32 = 1_000_000;
    let mut rig = guarded(Admission::default());
    let mut told = 0;
    for n in 0..SOURCES {
        let bytes = if n % 32 == 0 {
            options(0).replace("options0", &n.to_string())
        } else {
            "junk".into()
        };
        told += flood(&mut rig, stranger(n), bytes.into_bytes());
    }
    for _ in 0..1_000 {
        told += flood(&mut rig, stranger(SOURCES + 7), b"junk".to_vec());
    }
    let counters = *rig.layer.counters();
    assert_eq!(told, 8_750, "the share of strangers, less the eighth for dialogs");
    assert_eq!(counters.over_strangers, u64::from(SOURCES / 32) - told);
    assert_eq!(counters.over_rate, 800, "all but a burst");
    assert_eq!(counters.received, u64::from(SOURCES) + 1_000);
    assert_eq!(dropped(&counters), counters.received - told);
    for n in 0..100 {
        call(&mut rig, n);
    }
    assert_eq!(dropped(rig.layer.counters()), dropped(&counters), "none of the trunk's");
}

#[test]
fn a_flood_from_one_many_or_forged_sources_takes_its_share_and_no_call() {
    const PER_SECOND: u32 = 20_000;
    for sources in [1, 100, 65_536] {
        let mut rig = guarded(Admission { strangers: 1_000, ..Admission::default() });
        let mut told = 0;
        for n in 0..PER_SECOND {
            let method = ["INVITE", "REGISTER", "OPTIONS"][(n % 3) as usize];
            let request = incoming(method, &format!("z9hG4bK{n}"), "");
            told += flood(&mut rig, stranger(n % sources), request.into_bytes());
            if n % 20 == 19 {
                rig.pass(MS(1));
            }
            if n % 1_000 == 999 {
                call(&mut rig, n.into());
            }
        }
        let counters = *rig.layer.counters();
        let flood = u64::from(PER_SECOND);
        assert_eq!(counters.received, flood + 20 * 3, "{sources}");
        assert_eq!(dropped(&counters), flood - told, "{sources}");
        let live = rig.layer.live().get("server transactions");
        assert!(live <= 1_000 + 20 * 2, "{sources}: {live}");
        if sources == 1 {
            // Burst and rate of one source, and of these his share of transactions.
            assert!((280..=301).contains(&(flood - counters.over_rate)), "{counters:?}");
            assert_eq!(told, 200);
        }
        rig.pass(Duration::from_secs(3_700));
        assert!(rig.layer.live().is_empty(), "{sources}: {}", rig.layer.live());
    }
}

#[test]
fn by_default_nobody_is_a_stranger() {
    let mut rig = Rig::new();
    for n in 0..1_000 {
        rig.receive_from(stranger(1), options(n));
    }
    rig.receive_from(stranger(1), incoming("OPTIONS", "old", ""));
    assert_eq!(rig.events.len(), 1_001);
    assert!(rig.layer.is_known(IpAddr::from([203, 0, 113, 9])));
}

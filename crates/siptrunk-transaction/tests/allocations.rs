//! What a transaction costs: allocations on the paths that run often, and memory while it waits.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use siptrunk_message::{HeaderName, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    Admission, Config, Event, Known, Listener, Rate, Received, Seed, Target, TransactionLayer,
    Transmit,
};

fn us() -> SocketAddr {
    "127.0.1.1:5060".parse().unwrap()
}

fn them() -> SocketAddr {
    "127.0.2.1:5070".parse().unwrap()
}

fn config() -> Config {
    Config { listeners: vec![Listener::udp(us())], ..Config::default() }
}

fn layer() -> TransactionLayer {
    TransactionLayer::new(config(), Seed([9; 32]))
}

fn outgoing(n: usize) -> RequestBuilder {
    RequestBuilder::new(Method::INVITE, "sip:bob@127.0.2.1:5070")
        .append(&HeaderName::MAX_FORWARDS, 70)
        .append(&HeaderName::FROM, "<sip:alice@127.0.1.1>;tag=aaa")
        .append(&HeaderName::TO, "<sip:bob@127.0.2.1>")
        .append(&HeaderName::CALL_ID, format!("call-{n}@127.0.1.1"))
        .append(&HeaderName::CSEQ, "1 INVITE")
}

fn incoming(n: usize) -> Received {
    let text = format!(
        "INVITE sip:service@127.0.1.1 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.2.1:5070;branch=z9hG4bK{n};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:caller@127.0.2.1>;tag=f\r\nTo: <sip:service@127.0.1.1>\r\n\
         Call-ID: {n}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    Received::datagram(0, us(), them(), text.into_bytes())
}

fn drain(layer: &mut TransactionLayer) -> Vec<Transmit> {
    while layer.poll_event().is_some() {}
    std::iter::from_fn(|| layer.poll_transmit()).collect()
}

fn reply(request: &Transmit, status: &str) -> Received {
    let text = String::from_utf8(request.bytes.to_vec()).unwrap();
    let line = format!("SIP/2.0 {status}");
    let text = text.replacen(text.lines().next().unwrap(), &line, 1);
    let text = text.replace("127.0.2.1>\r\n", "127.0.2.1>;tag=t\r\n");
    Received::datagram(0, us(), them(), text.into_bytes())
}

#[test]
fn a_retransmission_allocates_nothing() {
    let mut layer = layer();
    let start = Instant::now();
    let mut now = start;
    layer.request(now, Target::udp(them()).into(), &outgoing(0)).unwrap();
    layer.handle_input(now, incoming(0));
    let Some(Event::Request { id, request }) = layer.poll_event() else { panic!() };
    let busy = request.response(StatusCode::BUSY_HERE, Some("t"));
    layer.respond(now, id, &busy).unwrap();
    drop(drain(&mut layer));

    let mut resent = 0;
    // Until timers B and H end both.
    while let Some(at) = layer.poll_timeout().filter(|at| *at < start + Duration::from_secs(32)) {
        now = at;
        let allocated = measure(|| {
            layer.handle_timeout(now);
            while layer.poll_transmit().is_some() {
                resent += 1;
            }
            while layer.poll_event().is_some() {}
        });
        assert_eq!(allocated.count_total, 0);
    }
    assert_eq!(resent, 6 + 10, "timers A and G");
}

#[test]
fn a_repetition_costs_the_parse_alone() {
    let mut layer = layer();
    let now = Instant::now();
    layer.handle_input(now, incoming(0));
    drop(drain(&mut layer));
    let again = incoming(0);
    let allocated = measure(|| {
        layer.handle_input(now, again);
        while layer.poll_transmit().is_some() {}
    });
    assert_eq!(allocated.count_total, 1, "the message's index");
}

#[test]
fn a_stranger_over_his_rate_costs_no_allocation() {
    let admission = Admission {
        known: Known::Networks(Vec::new()),
        rate: Rate { per_second: 1, burst: 1 },
        ..Admission::default()
    };
    let mut layer = TransactionLayer::new(Config { admission, ..config() }, Seed([9; 32]));
    let now = Instant::now();
    layer.handle_input(now, incoming(0));
    assert!(layer.poll_event().is_some());
    let more = incoming(1);
    let allocated = measure(|| {
        layer.handle_input(now, more);
        assert!(layer.poll_event().is_none());
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(layer.counters().over_rate, 1);
}

/// Bytes for each of many transactions that were brought so far by `bring`.
fn resident(bring: impl Fn(&mut TransactionLayer, Instant, usize)) -> usize {
    const MANY: usize = 4_096;
    let mut layer = layer();
    let now = Instant::now();
    let kept = measure(|| {
        for n in 0..MANY {
            bring(&mut layer, now, n);
            drop(drain(&mut layer));
        }
        // What the last input kept for its user goes with the next.
        layer.handle_timeout(now);
    });
    assert_eq!(layer.live().total(), MANY);
    usize::try_from(kept.bytes_current).unwrap() / MANY
}

#[test]
fn a_transaction_that_only_waits_is_small() {
    let accepted_client = resident(|layer, now, n| {
        layer.request(now, Target::udp(them()).into(), &outgoing(n)).unwrap();
        let sent = layer.poll_transmit().unwrap();
        layer.handle_input(now, reply(&sent, "200 OK"));
    });
    let accepted_server = resident(|layer, now, n| {
        layer.handle_input(now, incoming(n));
        let Some(Event::Request { id, request }) = layer.poll_event() else { panic!() };
        layer.respond(now, id, &request.response(StatusCode::OK, Some("t"))).unwrap();
        layer.release(id);
    });
    println!("bytes: accepted client {accepted_client}, accepted server {accepted_server}");
    // The object, its slot, its keys and its deadline; no message.
    assert!(accepted_client <= 480, "{accepted_client}");
    assert!(accepted_server <= 512, "{accepted_server}");
}

/// Octets that a layer holds more after so many transactions on either side have begun, this far
/// apart, and have ended in all the ways that they can.
fn left_after(many: usize, apart: Duration) -> i64 {
    let admission = Admission {
        known: Known::Networks(Vec::new()),
        rate: Rate { per_second: 1_000_000, burst: 1_000_000 },
        strangers: 200_000,
        per_stranger: 200_000,
        remembered: 8,
        ..Admission::default()
    };
    let mut layer = TransactionLayer::new(Config { admission, ..config() }, Seed([9; 32]));
    let mut now = Instant::now();
    let mut life = |layer: &mut TransactionLayer, n: usize| {
        now += apart;
        while let Some(at) = layer.poll_timeout().filter(|at| *at <= now) {
            layer.handle_timeout(at);
            drop(drain(layer));
        }
        layer.request(now, Target::udp(them()).into(), &outgoing(n)).unwrap();
        let sent = layer.poll_transmit().unwrap();
        match n % 4 {
            0 => {}
            1 => layer.handle_input(now, reply(&sent, "180 Ringing")),
            2 => layer.handle_input(now, reply(&sent, "486 Busy Here")),
            _ => layer.handle_input(now, reply(&sent, "200 OK")),
        }
        drop(drain(layer));
        layer.handle_input(now, incoming(n));
        if let Some(Event::Request { id, request }) = layer.poll_event() {
            let statuses = [StatusCode::RINGING, StatusCode::BUSY_HERE, StatusCode::OK];
            if let Some(status) = statuses.get(n % 4) {
                layer.respond(now, id, &request.response(*status, Some("t"))).unwrap();
            }
        }
        drop(drain(layer));
    };
    life(&mut layer, 0);
    let end = |layer: &mut TransactionLayer| {
        let mut last = None;
        while let Some(at) = layer.poll_timeout() {
            layer.handle_timeout(at);
            drop(drain(layer));
            last = Some(at);
        }
        // What the last input kept for its user goes with the next.
        if let Some(at) = last {
            layer.handle_timeout(at);
        }
        assert!(layer.live().is_empty(), "{}", layer.live());
    };
    measure(|| {
        for n in 1..=many {
            life(&mut layer, n);
        }
        end(&mut layer);
    })
    .bytes_current
}

#[test]
fn a_hundred_thousand_transactions_leave_nothing_behind() {
    // 32,000 on either side at one time, and all at once.
    for (many, apart) in [(50_000, Duration::from_millis(1)), (5_000, Duration::ZERO)] {
        let left = left_after(many, apart);
        println!("octets left, begun {apart:?} apart: {left}");
        assert!(left <= 64 * 1_024, "{left} octets, begun {apart:?} apart");
    }
}

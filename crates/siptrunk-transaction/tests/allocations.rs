//! What a transaction costs: allocations on the paths that run often, and memory while it waits.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    net::SocketAddr,
    time::{Duration, Instant},
};

use siptrunk_message::{HeaderName, Method, RequestBuilder, StatusCode};
use siptrunk_transaction::{
    Config, Event, Listener, Received, Seed, Target, TransactionLayer, Transmit,
};

/// The system's allocator, counting what this thread asks of it.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize, calls: usize) {
    // A thread that ends has no counters any more.
    _ = CALLS.try_with(|it| it.set(it.get() + calls));
    _ = BYTES.try_with(|it| it.set(it.get() + bytes));
}

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed(), 1);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed(), 0);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn calls(run: impl FnOnce()) -> usize {
    let before = CALLS.get();
    run();
    CALLS.get() - before
}

fn us() -> SocketAddr {
    "127.0.1.1:5060".parse().unwrap()
}

fn them() -> SocketAddr {
    "127.0.2.1:5070".parse().unwrap()
}

fn layer() -> TransactionLayer {
    let config = Config { listeners: vec![Listener::udp(us())], ..Config::default() };
    TransactionLayer::new(config, Seed([9; 32]))
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
        let allocated = calls(|| {
            layer.handle_timeout(now);
            while layer.poll_transmit().is_some() {
                resent += 1;
            }
            while layer.poll_event().is_some() {}
        });
        assert_eq!(allocated, 0);
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
    let allocated = calls(|| {
        layer.handle_input(now, again);
        while layer.poll_transmit().is_some() {}
    });
    assert_eq!(allocated, 1, "the message's index");
}

/// Bytes for each of many transactions that were brought so far by `bring`.
fn resident(bring: impl Fn(&mut TransactionLayer, Instant, usize)) -> usize {
    const MANY: usize = 4_096;
    let mut layer = layer();
    let now = Instant::now();
    let before = BYTES.get();
    for n in 0..MANY {
        bring(&mut layer, now, n);
        drop(drain(&mut layer));
    }
    // What the last input kept for its user goes with the next.
    layer.handle_timeout(now);
    let after = BYTES.get();
    assert_eq!(layer.live().total(), MANY);
    usize::try_from(after - before).unwrap() / MANY
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

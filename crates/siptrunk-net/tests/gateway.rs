//! The gateway on loopback sockets, between two telephones made of text.

#[path = "support/phone.rs"]
mod phone;
#[path = "support/sockets.rs"]
mod sockets;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use phone::{Phone, audio, field};
use siptrunk_bridge::{BridgeError, CallHandle, Event};
use siptrunk_net::{Gateway, GatewayBuilder, GatewayError, SharedTap, StartError, Stopped};
use siptrunk_profiles::{Generic, Listen, MediaPorts, Route};
use sockets::{receive, until};

/// A gateway's address, and those of two peers.
struct Network([IpAddr; 3]);

impl Network {
    /// Loopback addresses that no other test has.
    fn new() -> Self {
        let [a, b]: [u8; 2] = rand::random();
        Self([1, 2, 3].map(|last| IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, last))))
    }

    fn builder(&self, callers: SocketAddr, callees: &str) -> GatewayBuilder {
        Gateway::builder()
            .listen(Listen::udp(SocketAddr::new(self.0[0], 0)))
            .media(MediaPorts::range(self.0[0], 20_000..=20_099))
            .trunk(Generic::trunk("callers", callers).number("+12065550100"))
            .trunk(Generic::trunk("callees", callees).number("+12065551234"))
            .route(Route::from("callers").to("callees"))
            .media_threads(1)
            .t1(Duration::from_millis(50))
    }
}

fn codes(error: &StartError) -> Vec<&'static str> {
    error.findings.iter().map(|finding| finding.code).collect()
}

#[tokio::test]
async fn everything_that_is_wrong_is_told_at_once() {
    let network = Network::new();
    let peer = SocketAddr::new(network.0[1], 5060);
    let taken = tokio::net::UdpSocket::bind((network.0[0], 0)).await.unwrap();
    let error = network
        .builder(peer, "127.0.0.1:5060")
        .listen(Listen::udp(taken.local_addr().unwrap()))
        .listen(Listen::tls(SocketAddr::new(network.0[0], 0)))
        .media(MediaPorts::range("192.0.2.1", 20_000..=20_099))
        .route(Route::from("callees").to("nobody"))
        .start()
        .await
        .unwrap_err();
    let codes = codes(&error);
    for code in ["S001", "S002", "P006"] {
        assert!(codes.contains(&code), "{code} in {error}");
    }
    assert!(error.findings.iter().any(|one| one.is_error() && one.field.starts_with("route")));
    // One line each, after the heading.
    assert_eq!(error.to_string().lines().count(), 1 + error.findings.len());
}

#[tokio::test]
async fn an_empty_builder_does_not_start() {
    let error = Gateway::builder().start().await.unwrap_err();
    assert!(codes(&error).contains(&"P001"), "{error}");
    assert!(codes(&error).contains(&"P010"), "{error}");
}

#[tokio::test]
async fn options_is_200_then_503_while_draining() {
    let network = Network::new();
    let caller = Phone::new(network.0[1]).await;
    let tap = SharedTap::new(1 << 20);
    let builder = network.builder(caller.address(), "127.0.0.1:5060").tap(tap.clone());
    let gateway = builder.start().await.unwrap();
    let [address] = *gateway.local_addrs() else { panic!("one listener") };
    let options = |call: &str| {
        let rest = format!("To: <sip:{address}>\r\nCSeq: 1 OPTIONS\r\n");
        caller.request("OPTIONS", &format!("sip:{address}"), call, &rest)
    };

    let first = options("one");
    caller.send(address, &first).await;
    let answer = caller.expect("SIP/2.0 200").await;
    gateway.drain().await.unwrap();
    caller.send(address, &options("two")).await;
    caller.expect("SIP/2.0 503").await;

    let entries = tap.entries();
    assert_eq!(entries[0].bytes, first.as_bytes());
    assert_eq!(entries[1].bytes, answer.as_bytes());
    assert_eq!((entries[1].wire.local, entries[1].wire.remote), (address, caller.address()));

    gateway.shutdown(Duration::from_secs(60)).await;
    while let Some(event) = gateway.next_event().await {
        assert!(matches!(event, Event::Drained), "{event:?}");
    }
    assert_eq!(gateway.drain().await, Err(Stopped));
    assert_eq!(gateway.statistics().await, Err(Stopped));
    // The port is free again.
    drop(tokio::net::UdpSocket::bind(address).await.unwrap());
}

/// A call that is answered, as both telephones see it.
struct Standing {
    gateway: Gateway,
    caller: Phone,
    callee: Phone,
    call: CallHandle,
    /// What the gateway told either side for audio.
    media: [SocketAddr; 2],
}

/// Sets a call up, from the caller to the callee's trunk, whose host is a name.
async fn call() -> Standing {
    let network = Network::new();
    let caller = Phone::new(network.0[1]).await;
    let callee = Phone::new(IpAddr::V4(Ipv4Addr::LOCALHOST)).await;
    let host = format!("localhost:{}", callee.address().port());
    let gateway = network.builder(caller.address(), &host).start().await.unwrap();
    let address = gateway.local_addrs()[0];

    let uri = format!("sip:+12065551234@{address}");
    let rest = format!(
        "To: <{uri}>\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n{}",
        caller.description()
    );
    caller.send(address, &caller.request("INVITE", &uri, "call", &rest)).await;
    let invite = callee.expect("INVITE ").await;
    assert_eq!(field(&invite, "Max-Forwards"), "69");
    let answer = callee.response(&invite, "200 OK", &callee.description());
    callee.send(address, &answer).await;
    callee.expect("ACK ").await;
    let answer = caller.expect("SIP/2.0 200").await;
    let rest = format!("To: {}\r\nCSeq: 1 ACK\r\n", field(&answer, "To"));
    let target = field(&answer, "Contact").trim_matches(['<', '>']);
    caller.send(address, &caller.request("ACK", target, "call", &rest)).await;

    let call = loop {
        match gateway.next_event().await.expect("the call's events") {
            Event::Answered { call } => break call,
            Event::Ended { record } | Event::Refused { record } => panic!("{record:?}"),
            _ => {}
        }
    };
    let media = [audio(&answer), audio(&invite)];
    Standing { gateway, caller, callee, call, media }
}

impl Standing {
    /// Waits for a BYE on both sides, answers each, and gives their Reason fields.
    async fn expect_farewell(&self) -> [String; 2] {
        let address = self.gateway.local_addrs()[0];
        let mut reasons = [const { String::new() }; 2];
        for (phone, reason) in [&self.caller, &self.callee].into_iter().zip(&mut reasons) {
            let bye = phone.expect("BYE ").await;
            field(&bye, "Reason").clone_into(reason);
            phone.send(address, &phone.response(&bye, "200 OK", "")).await;
        }
        reasons
    }

    async fn expect_ended(&self) {
        loop {
            match self.gateway.next_event().await.expect("the end of the call") {
                Event::Ended { record } => {
                    assert_eq!(record.call, Some(self.call));
                    return;
                }
                Event::Media { .. } | Event::Drained => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_call_has_audio_both_ways_and_is_hung_up() {
    let standing = call().await;
    let Standing { gateway, caller, callee, call, media } = &standing;
    let packet =
        |from: u8| [&[0x80, 0, 0, 1, 0, 0, 0, 160, 0, 0, 0, from][..], &[from; 160]].concat();
    caller.rtp.send_to(&packet(1), media[0]).await.unwrap();
    assert_eq!(receive(&callee.rtp).await, (packet(1), media[1]));
    callee.rtp.send_to(&packet(2), media[1]).await.unwrap();
    assert_eq!(receive(&caller.rtp).await, (packet(2), media[0]));
    let statistics = gateway.statistics().await.unwrap();
    assert_eq!((statistics.calls, statistics.media.sessions), (1, 1));

    gateway.hang_up(*call, "tested enough").await.unwrap();
    for reason in standing.expect_farewell().await {
        assert!(reason.contains("tested enough"), "{reason}");
    }
    standing.expect_ended().await;
    let again = gateway.hang_up(*call, "again").await;
    assert_eq!(again, Err(GatewayError::Bridge(BridgeError::UnknownCall(*call))));
    let statistics = gateway.statistics().await.unwrap();
    assert_eq!((statistics.calls, statistics.media.sessions, statistics.panics), (0, 0, 0));
    gateway.shutdown(Duration::from_secs(60)).await;
}

#[tokio::test]
async fn a_shutdown_says_goodbye_with_a_reason() {
    let standing = call().await;
    let shutdown = standing.gateway.shutdown(Duration::ZERO);
    let (reasons, ()) = tokio::join!(standing.expect_farewell(), shutdown);
    for reason in reasons {
        assert!(!reason.is_empty());
    }
    standing.expect_ended().await;
    while standing.gateway.next_event().await.is_some() {}
}

#[tokio::test]
async fn a_shutdown_lets_a_call_end_by_itself() {
    let standing = call().await;
    let Standing { gateway, caller, .. } = &standing;
    let address = gateway.local_addrs()[0];
    let ends_by_itself = async {
        // The gateway drains by now, or will in a moment: the call goes on either way.
        let uri = format!("sip:{address}");
        let rest = format!("To: <{uri}>\r\nCSeq: 1 OPTIONS\r\n");
        while {
            let number: u64 = rand::random();
            let options = caller.request("OPTIONS", &uri, &format!("o{number}"), &rest);
            caller.send(address, &options).await;
            !caller.expect("SIP/2.0 ").await.starts_with("SIP/2.0 503")
        } {}
        gateway.hang_up(standing.call, "done").await.unwrap();
        standing.expect_farewell().await
    };
    let ((), [first, second]) =
        tokio::join!(gateway.shutdown(Duration::from_secs(600)), ends_by_itself);
    assert!(first.contains("done") && second.contains("done"));
    standing.expect_ended().await;
}

#[tokio::test]
async fn a_dropped_gateway_leaves_no_socket() {
    let standing = call().await;
    let Standing { gateway, media, .. } = standing;
    let address = gateway.local_addrs()[0];
    drop(gateway);
    until(|| std::net::UdpSocket::bind(address).is_ok()).await;
    for address in media {
        until(|| std::net::UdpSocket::bind(address).is_ok()).await;
    }
}

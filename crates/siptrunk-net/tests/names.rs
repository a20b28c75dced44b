//! A trunk that is known by a name alone: the addresses that the name has now stand apart from
//! strangers', as those do that are written down.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use siptrunk_bridge::Settings;
use siptrunk_net::{Gateway, NamesOptions, StreamOptions, TableDns};
use siptrunk_profiles::{Generic, Listen, MediaPorts, Route};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, UdpSocket},
};

/// What comes back to OPTIONS over a connection from this address; nothing if it is refused.
async fn options(from: IpAddr, to: SocketAddr) -> Option<String> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let mut stream = socket.connect(to).await.unwrap();
    let request = format!(
        "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/TCP {from};branch=z9hG4bK{:x}\r\n\
         From: <sip:a@{from}>;tag=1\r\nTo: <sip:{to}>\r\nCall-ID: {:x}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
        rand::random::<u64>(),
        rand::random::<u64>()
    );
    // A refused connection is closed before or after these octets.
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = vec![0; 2048];
    let length = stream.read(&mut answer).await.ok().filter(|length| *length > 0)?;
    Some(String::from_utf8(answer[..length].to_vec()).unwrap())
}

/// Not for ever: reached only when a test fails.
async fn in_time(reached: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_secs(10), reached).await.expect("in time");
}

#[tokio::test]
async fn the_addresses_of_a_name_have_places_apart_for_as_long_as_it_has_them() {
    let [a, b]: [u8; 2] = rand::random();
    let ip = |last| IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, last));
    let (ours, first, second, stranger) = (ip(1), ip(2), ip(3), ip(4));
    let dns = TableDns::new();
    let lasting = Duration::from_millis(10);
    dns.set_addresses("trunk.example", lasting, &[first]);

    let mut streams = StreamOptions::default();
    // No stranger gets in.
    streams.connections = 0;
    let mut names = NamesOptions::default();
    names.min_ttl = lasting;
    let mut settings = Settings::default();
    settings.lookup_interval = 2 * lasting;
    let gateway = Gateway::builder()
        .listen(Listen::udp(SocketAddr::new(ours, 0)))
        .listen(Listen::tcp(SocketAddr::new(ours, 0)))
        .media(MediaPorts::range(ours, 20_000..=20_099))
        .trunk(Generic::trunk("named", "trunk.example:5060").number("+12065550100"))
        .trunk(Generic::trunk("other", SocketAddr::new(ip(9), 5060)).number("+12065551234"))
        .route(Route::from("named").to("other"))
        .settings(settings)
        .dns(dns.clone())
        .names(names)
        .streams(streams)
        .start()
        .await
        .unwrap();
    let to = gateway.local_addrs()[1];

    let admitted = |from| async move {
        in_time(async { while options(from, to).await.is_none() {} }).await;
    };
    admitted(first).await;
    assert_eq!(options(second, to).await, None);
    assert_eq!(options(stranger, to).await, None);

    dns.set_addresses("trunk.example", lasting, &[second]);
    admitted(second).await;
    assert_eq!(options(first, to).await, None, "the name has left this address");

    dns.set_dead(true);
    let asked = dns.queries();
    in_time(async {
        while dns.queries() < asked + 5 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(options(second, to).await.is_some(), "the last good answer holds");
    let refused = gateway.statistics().await.unwrap().driver.connections_refused;
    assert!(refused >= 3, "{refused}");
}

/// A name that leads back to us: nothing is sent, and the caller is told at once.
#[tokio::test]
async fn a_name_that_is_our_own_is_not_dialled() {
    let [a, b]: [u8; 2] = rand::random();
    let ip = |last| IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, last));
    let (ours, caller) = (ip(1), UdpSocket::bind((ip(2), 0)).await.unwrap());
    let free = UdpSocket::bind((ours, 0)).await.unwrap().local_addr().unwrap();
    let dns = TableDns::new();
    dns.set_addresses("loop.example", Duration::from_secs(60), &[ours]);
    let gateway = Gateway::builder()
        .listen(Listen::udp(free))
        .media(MediaPorts::range(ours, 20_000..=20_099))
        .trunk(Generic::trunk("callers", caller.local_addr().unwrap()).number("+12065550100"))
        .trunk(
            Generic::trunk("loop", format!("loop.example:{}", free.port())).number("+12065551234"),
        )
        .route(Route::from("callers").to("loop"))
        .dns(dns)
        .start()
        .await
        .unwrap();
    let body = format!(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
        ip(2)
    );
    let invite = format!(
        "INVITE sip:+12065551234@{free} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {0};branch=z9hG4bKloop;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:+12065550199@{0}>;tag=1\r\nTo: <sip:+12065551234@{free}>\r\n\
         Call-ID: loop\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{0}>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {1}\r\n\r\n{body}",
        caller.local_addr().unwrap(),
        body.len()
    );
    caller.send_to(invite.as_bytes(), free).await.unwrap();
    in_time(async {
        let mut answer = [0; 2048];
        loop {
            let length = caller.recv(&mut answer).await.unwrap();
            if !answer[..length].starts_with(b"SIP/2.0 100") {
                assert!(answer[..length].starts_with(b"SIP/2.0 483"), "Too Many Hops");
                return;
            }
        }
    })
    .await;
    let driver = gateway.statistics().await.unwrap().driver;
    assert_eq!(driver.received, 1, "and nothing came back");
}

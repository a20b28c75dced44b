//! TLS on real sockets: whom we trust, whom we refuse and how we say so, and certificates that change.
#![cfg(feature = "tls")]

#[path = "support/authority.rs"]
mod authority;
#[path = "support/recorder.rs"]
mod recorder;

use std::{net::SocketAddr, time::Duration};

use authority::Authority;
use recorder::{Heard, Recorder};
use siptrunk_message::Transport;
use siptrunk_net::{
    Certificate, Driver, DriverHandle, Events, NoWorld, PeerPolicy, Roots, StreamListener,
    StreamOptions, TlsClient, TlsServer,
};
use siptrunk_transaction::{
    Domain, FlowEvent, FlowId, PeerIdentity, Target, Ticket, Transmit, TransportError,
};
use tokio::{net::TcpStream, time::timeout};

/// Longer than anything here takes; reached only when a test fails.
const PATIENCE: Duration = Duration::from_secs(10);

const MESSAGE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

struct End {
    address: SocketAddr,
    handle: DriverHandle<Recorder>,
    events: Events<Heard>,
}

impl End {
    fn start(server: TlsServer, client: TlsClient, options: StreamOptions) -> Self {
        let listener = StreamListener::tls("127.0.0.1:0".parse().unwrap(), server).unwrap();
        let address = listener.local_addr();
        let driver =
            Driver::new(Recorder::new(false), NoWorld, [listener]).tls(client).streams(options);
        let (handle, events) = (driver.handle(), driver.events());
        tokio::spawn(driver.run());
        Self { address, handle, events }
    }

    /// One that shows a certificate for `names` and trusts `authority`.
    fn of(authority: &Authority, names: &[&str]) -> Self {
        let server = TlsServer::new(authority.issue(names)).unwrap();
        Self::start(server, TlsClient::new(authority.roots()), StreamOptions::default())
    }

    async fn heard(&self) -> Heard {
        timeout(PATIENCE, self.events.next()).await.expect("an event in time").expect("running")
    }

    /// Sends to `peer` as `domain`, and says what became of it.
    async fn send(&self, peer: SocketAddr, domain: &str) -> Heard {
        let domain = Some(Domain::new(domain));
        let target = Target { transport: Transport::Tls, address: peer, domain };
        let transmit = Transmit { ticket: Ticket(1), ..Transmit::new(target, MESSAGE) };
        self.handle.call(move |core, _| core.send(transmit)).await.unwrap();
        self.heard().await
    }

    /// Sends a request that offers its connection for others back to `port`, and says over which
    /// flow it came at `peer`.
    async fn offer(&self, peer: &Self, domain: &str, port: u16) -> FlowId {
        let via = format!("Via: SIP/2.0/TLS near.example:{port};branch=z9hG4bK1;alias\r\n");
        let message = format!("OPTIONS sip:a@b SIP/2.0\r\n{via}Content-Length: 0\r\n\r\n");
        let domain = Some(Domain::new(domain));
        let target = Target { transport: Transport::Tls, address: peer.address, domain };
        let transmit = Transmit::new(target, message);
        self.handle.call(move |core, _| core.send(transmit)).await.unwrap();
        let Heard::Flow(FlowEvent::Opened { .. }) = self.heard().await else { panic!("opened") };
        let Heard::Input(request) = peer.heard().await else { panic!("the request") };
        request.flow
    }

    /// As a client alone, which trusts `client`'s roots.
    fn client(authority: &Authority, client: TlsClient) -> Self {
        let server = TlsServer::new(authority.issue(&["client.example"])).unwrap();
        Self::start(server, client, StreamOptions::default())
    }
}

fn refused(heard: &Heard) -> bool {
    matches!(
        heard,
        Heard::Flow(FlowEvent::Failed { ticket: Ticket(1), reason: TransportError::NotSecured })
    )
}

#[tokio::test]
async fn messages_go_both_ways_and_name_who_was_proven() {
    let authority = Authority::new();
    let far = End::of(&authority, &["far.example"]);
    let near = End::of(&authority, &["near.example"]);
    assert!(matches!(
        near.send(far.address, "far.example").await,
        Heard::Flow(FlowEvent::Opened { .. })
    ));
    let Heard::Input(request) = far.heard().await else { panic!("a message") };
    assert_eq!((&request.bytes[..], request.transport), (MESSAGE, Transport::Tls));
    assert_eq!(request.identity, None, "we showed nothing, for we were not asked");
    let answer = Transmit::new(request.flow, MESSAGE);
    far.handle.call(move |core, _| core.send(answer)).await.unwrap();
    let Heard::Input(answer) = near.heard().await else { panic!("the answer") };
    assert_eq!(answer.identity, Some(PeerIdentity::new(["far.example".to_owned()])));
}

#[tokio::test]
async fn a_connection_is_not_used_for_another_name_at_the_same_address() {
    let authority = Authority::new();
    let far = End::of(&authority, &["far.example", "other.example"]);
    let near = End::of(&authority, &["near.example"]);
    let Heard::Flow(FlowEvent::Opened { flow: first, .. }) =
        near.send(far.address, "far.example").await
    else {
        panic!("opened")
    };
    let Heard::Flow(FlowEvent::Opened { flow: again, .. }) =
        near.send(far.address, "far.example").await
    else {
        panic!("used again")
    };
    assert_eq!(again, first);
    let Heard::Flow(FlowEvent::Opened { flow: other, .. }) =
        near.send(far.address, "other.example").await
    else {
        panic!("opened for the other name")
    };
    assert_ne!(other, first);
    assert!(refused(&near.send(far.address, "third.example").await));
}

#[tokio::test]
async fn a_stranger_s_authority_is_refused_unless_the_key_is_pinned() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let (certificate, pin) = theirs.issue_with_pin(&["far.example"]);
    let server = TlsServer::new(certificate).unwrap();
    let far = End::start(server, TlsClient::new(Roots::none()), StreamOptions::default());
    let client = TlsClient::new(ours.roots());
    assert!(refused(&End::client(&ours, client.clone()).send(far.address, "far.example").await));

    let mut pinned = PeerPolicy::default();
    pinned.pin = Some(pin);
    // The key is the proof: its certificate need not name whom we wanted.
    for name in ["far.example", "192.0.2.1"] {
        let client = client.clone().peer(Domain::new(name), pinned.clone());
        let near = End::client(&ours, client);
        assert!(
            matches!(near.send(far.address, name).await, Heard::Flow(FlowEvent::Opened { .. })),
            "{name}"
        );
    }
    pinned.pin = Some([7; 32]);
    let client = TlsClient::new(theirs.roots()).peer(Domain::new("far.example"), pinned);
    let near = End::client(&ours, client);
    assert!(refused(&near.send(far.address, "far.example").await), "trusted, but not that key");
}

#[tokio::test]
async fn clients_can_be_asked_for_a_certificate() {
    let authority = Authority::new();
    let server = TlsServer::requiring_clients(authority.issue(&["far.example"]), authority.roots());
    let client = || TlsClient::new(authority.roots());
    let far = End::start(server.unwrap(), client(), StreamOptions::default());
    let shown = client().certificate(authority.issue(&["carrier.example"]));
    let near = End::client(&authority, shown);
    assert!(matches!(
        near.send(far.address, "far.example").await,
        Heard::Flow(FlowEvent::Opened { .. })
    ));
    let Heard::Input(request) = far.heard().await else { panic!("a message") };
    assert_eq!(request.identity, Some(PeerIdentity::new(["carrier.example".to_owned()])));

    // With TLS 1.3 a client learns of the refusal only after its own last word.
    let near = End::client(&authority, client());
    let mut heard = near.send(far.address, "far.example").await;
    if matches!(heard, Heard::Flow(FlowEvent::Opened { .. })) {
        heard = near.heard().await;
    }
    assert!(
        matches!(heard, Heard::Flow(FlowEvent::Closed { .. } | FlowEvent::Failed { .. })),
        "{heard:?}"
    );
    assert_eq!(far.handle.statistics().handshakes_failed, 1);
}

/// Two ends: the first asks for certificates and judges peers by `client`, the second shows one for
/// `near.example`.
fn ends(authority: &Authority, client: TlsClient) -> [End; 2] {
    let server =
        TlsServer::requiring_clients(authority.issue(&["far.example"]), authority.roots()).unwrap();
    let far = End::start(server, client, StreamOptions::default());
    let shown = TlsClient::new(authority.roots()).certificate(authority.issue(&["near.example"]));
    let server = TlsServer::new(authority.issue(&["near.example", "other.example"])).unwrap();
    [far, End::start(server, shown, StreamOptions::default())]
}

#[tokio::test]
async fn an_offered_connection_serves_the_name_it_proved_at_the_address_it_named() {
    let authority = Authority::new();
    let [far, near] = ends(&authority, TlsClient::new(authority.roots()));
    let flow = near.offer(&far, "far.example", near.address.port()).await;
    for _ in 0..2 {
        let Heard::Flow(FlowEvent::Opened { flow: used, .. }) =
            far.send(near.address, "near.example").await
        else {
            panic!("sent")
        };
        assert_eq!(used, flow, "over the connection that near opened");
        let Heard::Input(request) = near.heard().await else { panic!("the request") };
        assert_eq!(request.bytes, MESSAGE);
    }
    // Another name that lives there, and another port, get connections of their own.
    let Heard::Flow(FlowEvent::Opened { flow: other, .. }) =
        far.send(near.address, "other.example").await
    else {
        panic!("opened")
    };
    assert_ne!(other, flow);
    let elsewhere = SocketAddr::new(near.address.ip(), 9);
    let heard = far.send(elsewhere, "near.example").await;
    assert!(matches!(heard, Heard::Flow(FlowEvent::Failed { .. })), "{heard:?}");
}

#[tokio::test]
async fn an_offered_connection_that_ended_is_opened_anew() {
    let authority = Authority::new();
    let [far, near] = ends(&authority, TlsClient::new(authority.roots()));
    let flow = near.offer(&far, "far.example", near.address.port()).await;
    // As if it were a new process at the same address.
    near.handle.stop().await;
    let Heard::Flow(FlowEvent::Closed { flow: closed, .. }) = far.heard().await else {
        panic!("closed")
    };
    assert_eq!(closed, flow);
    near.handle.ended().await;
    let heard = far.send(near.address, "near.example").await;
    assert!(
        matches!(heard, Heard::Flow(FlowEvent::Failed { reason: TransportError::Refused, .. })),
        "{heard:?}"
    );
}

#[tokio::test]
async fn an_offer_counts_no_more_than_a_connection_of_ours_would() {
    let authority = Authority::new();
    let near_example = || Domain::new("near.example");
    let mut pinned = PeerPolicy::default();
    pinned.pin = Some([7; 32]);
    let mut elsewhere = PeerPolicy::default();
    elsewhere.roots = Some(Authority::new().roots());
    for policy in [pinned, elsewhere] {
        let client = TlsClient::new(authority.roots()).peer(near_example(), policy);
        let [far, near] = ends(&authority, client);
        near.offer(&far, "far.example", near.address.port()).await;
        assert!(refused(&far.send(near.address, "near.example").await));
    }
    // Without a certificate there is no alias (RFC 5923 9.2).
    let server =
        TlsServer::asking_clients(authority.issue(&["far.example"]), authority.roots()).unwrap();
    let far = End::start(server, TlsClient::new(authority.roots()), StreamOptions::default());
    let near = End::of(&authority, &["near.example"]);
    let flow = near.offer(&far, "far.example", near.address.port()).await;
    let Heard::Flow(FlowEvent::Opened { flow: used, .. }) =
        far.send(near.address, "near.example").await
    else {
        panic!("opened")
    };
    assert_ne!(used, flow);
}

#[tokio::test]
async fn a_certificate_is_replaced_and_open_connections_stay() {
    let authority = Authority::new();
    let server = TlsServer::new(authority.issue(&["old.example"])).unwrap();
    let client = TlsClient::new(authority.roots());
    let far = End::start(server.clone(), client, StreamOptions::default());
    let near = End::of(&authority, &["near.example"]);
    let Heard::Flow(FlowEvent::Opened { flow: first, .. }) =
        near.send(far.address, "old.example").await
    else {
        panic!("opened")
    };
    server.replace(authority.issue(&["new.example"]));
    let Heard::Flow(FlowEvent::Opened { flow: again, .. }) =
        near.send(far.address, "old.example").await
    else {
        panic!("still open")
    };
    assert_eq!(again, first);
    assert!(matches!(
        near.send(far.address, "new.example").await,
        Heard::Flow(FlowEvent::Opened { .. })
    ));
}

#[tokio::test]
async fn what_we_show_as_a_client_is_replaced_too() {
    let authority = Authority::new();
    let server = TlsServer::requiring_clients(authority.issue(&["far.example"]), authority.roots());
    let far =
        End::start(server.unwrap(), TlsClient::new(authority.roots()), StreamOptions::default());
    let shown = TlsClient::new(authority.roots()).certificate(authority.issue(&["old.example"]));
    let names = async |near: &End| {
        near.send(far.address, "far.example").await;
        let Heard::Input(request) = far.heard().await else { panic!("the request") };
        request.identity.unwrap().names().to_vec()
    };
    let near = End::client(&authority, shown.clone());
    assert_eq!(names(&near).await, ["old.example"]);
    shown.replace_certificate(authority.issue(&["new.example"]));
    assert_eq!(names(&near).await, ["old.example"], "the open connection stays");
    // Another connection of the same client: nothing of the old one is resumed.
    assert_eq!(names(&End::client(&authority, shown)).await, ["new.example"]);
}

#[tokio::test]
async fn a_handshake_that_does_not_go_on_ends() {
    let authority = Authority::new();
    let mut options = StreamOptions::default();
    options.handshake = Duration::from_millis(40);
    let server = TlsServer::new(authority.issue(&["far.example"])).unwrap();
    let far = End::start(server, TlsClient::new(authority.roots()), options);
    let mut silent = TcpStream::connect(far.address).await.unwrap();
    let mut rest = Vec::new();
    let read = tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut rest);
    let _ = timeout(PATIENCE, read).await.expect("closed in time");
    assert_eq!(rest, b"");
    assert_eq!(far.handle.statistics().handshakes_failed, 1);
}

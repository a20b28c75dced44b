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
    Domain, FlowEvent, PeerIdentity, Target, Ticket, Transmit, TransportError,
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

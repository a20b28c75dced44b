//! A gateway's certificates are read again while a call over TLS goes on.
#![cfg(feature = "tls")]

#[path = "support/authority.rs"]
mod authority;
#[expect(dead_code, reason = "who calls is no telephone here")]
#[path = "support/phone.rs"]
mod phone;
#[path = "support/recorder.rs"]
mod recorder;
#[expect(dead_code, reason = "what the telephone uses")]
#[path = "support/sockets.rs"]
mod sockets;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use authority::Authority;
use phone::{Phone, audio, field};
use rcgen::{CertificateParams, KeyPair};
use recorder::{Heard, Recorder};
use siptrunk_message::Transport;
use siptrunk_net::{
    Certificate, Driver, DriverHandle, Events, Gateway, NoWorld, Roots, StreamListener, TlsClient,
    TlsServer,
};
use siptrunk_profiles::{Generic, Listen, MediaPorts, Route};
use siptrunk_transaction::{Domain, FlowEvent, FlowId, Target, Transmit};

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let name = format!("siptrunk-{:x}", rand::random::<u64>());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    fn chain(&self) -> PathBuf {
        self.0.join("chain.pem")
    }

    fn key(&self) -> PathBuf {
        self.0.join("key.pem")
    }

    /// Puts a certificate for this name into the files.
    fn issue(&self, authority: &Authority, name: &str) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        std::fs::write(self.chain(), authority.chain(&params, &key)).unwrap();
        std::fs::write(self.key(), key.serialize_pem()).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Whatever is left is a temporary file.
        let _ = std::fs::remove_dir_all::<&Path>(&self.0);
    }
}

/// A caller over TLS.
struct Caller {
    handle: DriverHandle<Recorder>,
    events: Events<Heard>,
    gateway: SocketAddr,
}

impl Caller {
    fn start(authority: &Authority, ip: IpAddr, gateway: SocketAddr) -> Self {
        let server = TlsServer::new(authority.issue(&["caller.example"])).unwrap();
        let listener = StreamListener::tls((ip, 0).into(), server).unwrap();
        let driver = Driver::new(Recorder::new(false), NoWorld, [listener]);
        let driver = driver.tls(TlsClient::new(authority.roots()));
        let (handle, events) = (driver.handle(), driver.events());
        tokio::spawn(driver.run());
        Self { handle, events, gateway }
    }

    /// Sends to the gateway by this name, and says over which connection; `None` if its certificate
    /// has another.
    async fn send(&self, name: &str, text: &str) -> Option<FlowId> {
        let domain = Some(Domain::new(name));
        let target = Target { transport: Transport::Tls, address: self.gateway, domain };
        let transmit = Transmit::new(target, text.to_owned());
        self.handle.call(move |core, _| core.send(transmit)).await.unwrap();
        loop {
            match self.events.next().await.unwrap() {
                Heard::Flow(FlowEvent::Opened { flow, .. }) => return Some(flow),
                Heard::Flow(FlowEvent::Failed { .. }) => return None,
                Heard::Flow(other) => panic!("{other:?}"),
                Heard::Input(_) => {}
            }
        }
    }

    async fn expect(&self, start: &str) -> (String, FlowId) {
        loop {
            let Heard::Input(input) = self.events.next().await.unwrap() else { continue };
            let text = String::from_utf8(input.bytes.to_vec()).unwrap();
            if text.starts_with(start) {
                return (text, input.flow);
            }
        }
    }
}

#[tokio::test]
async fn a_call_goes_on_and_the_next_handshake_shows_the_new_certificate() {
    let [a, b]: [u8; 2] = rand::random();
    let ip = |last| IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, last));
    let (authority, files) = (Authority::new(), Folder::new());
    files.issue(&authority, "old.example");
    let callee = Phone::new(ip(3)).await;
    // Describes the caller's media.
    let media = Phone::new(ip(2)).await;
    let gateway = Gateway::builder()
        .listen(Listen::tls(SocketAddr::new(ip(1), 0)).certificate(files.chain(), files.key()))
        .listen(Listen::udp(SocketAddr::new(ip(1), 0)))
        .media(MediaPorts::range(ip(1), 20_000..=20_099))
        .trunk(Generic::trunk("callers", SocketAddr::new(ip(2), 5061)).number("+12065550100"))
        .trunk(Generic::trunk("callees", callee.address()).number("+12065551234"))
        .route(Route::from("callers").to("callees"))
        .media_threads(1)
        .start()
        .await
        .unwrap();
    let [secured, plain] = *gateway.local_addrs() else { panic!("two listeners") };
    let caller = Caller::start(&authority, ip(2), secured);
    let request = |method: &str, number: u32, to: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:+12065551234@{secured} SIP/2.0\r\n\
             Via: SIP/2.0/TLS caller.example;branch=z9hG4bK{method}{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:+12065550199@caller.example>;tag=1\r\nTo: {to}\r\n\
             Call-ID: reload\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:caller@{}:5061;transport=tls>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            ip(2),
            body.len()
        )
    };

    let to = "<sip:+12065551234@old.example>";
    let invite = request("INVITE", 1, to, &media.description());
    let first = caller.send("old.example", &invite).await.expect("the certificate's name");
    let invite = callee.expect("INVITE ").await;
    assert_ne!(audio(&invite).port(), 0);
    callee.send(plain, &callee.response(&invite, "200 OK", &callee.description())).await;
    let (answer, flow) = caller.expect("SIP/2.0 200").await;
    assert_eq!(flow, first);
    let to = field(&answer, "To");
    caller.send("old.example", &request("ACK", 1, to, "")).await;
    callee.expect("ACK ").await;

    // One bad file changes nothing, and is named.
    std::fs::write(files.key(), "nothing").unwrap();
    let error = gateway.reload_certificates().unwrap_err();
    let findings: Vec<_> = error.findings.iter().map(|one| (one.code, &*one.field)).collect();
    assert_eq!(findings, [("S004", "listen[0].certificate")]);
    let fresh = Caller::start(&authority, ip(2), secured);
    let options = request("OPTIONS", 1, to, "").replace("reload", "fresh");
    assert!(fresh.send("old.example", &options).await.is_some(), "still the old one");

    files.issue(&authority, "new.example");
    gateway.reload_certificates().unwrap();
    let fresh = Caller::start(&authority, ip(2), secured);
    assert_eq!(fresh.send("old.example", &options).await, None);
    assert!(fresh.send("new.example", &options).await.is_some());

    // The call is where it was, on the connection that it was on.
    assert_eq!(gateway.statistics().await.unwrap().calls, 1);
    let same = caller.send("old.example", &request("BYE", 2, to, "")).await;
    assert_eq!(same, Some(first));
    let bye = callee.expect("BYE ").await;
    callee.send(plain, &callee.response(&bye, "200 OK", "")).await;
    assert_eq!(caller.expect("SIP/2.0 200").await.1, first);
    gateway.shutdown(Duration::from_secs(5)).await;
}

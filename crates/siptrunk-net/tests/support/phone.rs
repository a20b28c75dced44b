//! A telephone made of text: it knows no SIP rule but what a test tells it.

use std::net::{IpAddr, SocketAddr};

use tokio::net::UdpSocket;

use crate::sockets::receive;

/// A signalling socket and a media socket on one address.
pub(crate) struct Phone {
    pub(crate) sip: UdpSocket,
    pub(crate) rtp: UdpSocket,
}

impl Phone {
    pub(crate) async fn new(ip: IpAddr) -> Self {
        let bind = || UdpSocket::bind((ip, 0));
        Self { sip: bind().await.unwrap(), rtp: bind().await.unwrap() }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    pub(crate) async fn send(&self, to: SocketAddr, text: &str) {
        self.sip.send_to(text.as_bytes(), to).await.unwrap();
    }

    /// The next message that begins so; others are passed over.
    pub(crate) async fn expect(&self, start: &str) -> String {
        loop {
            let text = String::from_utf8(receive(&self.sip).await.0).unwrap();
            if text.starts_with(start) {
                return text;
            }
        }
    }

    pub(crate) fn request(&self, method: &str, uri: &str, call: &str, rest: &str) -> String {
        let own = self.address();
        let body = rest.find("v=0").map_or(0, |at| rest.len() - at);
        let (fields, body) = rest.split_at(rest.len() - body);
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {own};branch=z9hG4bK-{call}-{method};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <sip:+12065550199@{own}>;tag=caller-{call}\r\n\
             Call-ID: {call}@{own}\r\n\
             Contact: <sip:caller@{own}>\r\n\
             {fields}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A session description with G.711 on the media socket (RFC 8866).
    pub(crate) fn description(&self) -> String {
        let rtp = self.rtp.local_addr().unwrap();
        let (ip, port) = (rtp.ip(), rtp.port());
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n\
             a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
        )
    }

    /// A response to a request, with the fields that RFC 3261 8.2.6.2 copies.
    pub(crate) fn response(&self, request: &str, status: &str, body: &str) -> String {
        let copied: Vec<&str> = request
            .lines()
            .take_while(|line| !line.is_empty())
            .filter(|line| ["Via", "From", "Call-ID", "CSeq"].iter().any(|name| is(line, name)))
            .collect();
        let copied = copied.join("\r\n");
        let to = field(request, "To");
        let tag = if to.contains(";tag=") { "" } else { ";tag=callee" };
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "SIP/2.0 {status}\r\n{copied}\r\nTo: {to}{tag}\r\nContact: <sip:callee@{}>\r\n\
             {kind}Content-Length: {}\r\n\r\n{body}",
            self.address(),
            body.len()
        )
    }
}

fn is(line: &str, name: &str) -> bool {
    line.split(':').next().is_some_and(|found| found.trim().eq_ignore_ascii_case(name))
}

/// The first field of this name.
pub(crate) fn field<'a>(message: &'a str, name: &str) -> &'a str {
    let line = message.lines().take_while(|line| !line.is_empty()).find(|line| is(line, name));
    let line = line.unwrap_or_else(|| panic!("no {name} in:\n{message}"));
    line[name.len()..].trim_start_matches([' ', ':']).trim()
}

/// The address that a message's session description names for audio.
pub(crate) fn audio(message: &str) -> SocketAddr {
    let line = |start: &str| {
        let line = message.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no {start} in:\n{message}"))
    };
    let ip = line("c=IN IP4 ").trim();
    let port = line("m=audio ").split(' ').next().unwrap();
    format!("{ip}:{port}").parse().unwrap()
}

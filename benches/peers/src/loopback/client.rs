//! The client: a socket, and messages with a number in them.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use super::ANY;

/// What is asked of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Its method.
    pub method: &'static str,
    /// How many responses there are to one request; the last is 200.
    responses: usize,
}

/// OPTIONS, answered by 200.
pub const OPTIONS: Work = Work { method: "OPTIONS", responses: 1 };

/// INVITE, answered by 100, 180 and 200, with its ACK.
pub const INVITE: Work = Work { method: "INVITE", responses: 3 };

/// Requests that wait for their answer at one time.
const AT_ONCE: usize = 32;

/// How long a response may take; it is loopback.
const PATIENCE: Duration = Duration::from_secs(5);

impl Work {
    /// Has so many requests answered, with numbers from `first` on.
    ///
    /// # Panics
    /// If one is not answered as it should be.
    pub fn run(&self, server: SocketAddr, first: usize, count: usize) {
        let socket = UdpSocket::bind(ANY).expect("a socket");
        socket.connect(server).expect("an address");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let here = socket.local_addr().expect("an address");
        let send = |text: &str| socket.send(text.as_bytes()).expect("loopback takes it");

        let mut buffer = [0; 65_536];
        let (mut sent, mut answered, mut responses) = (0, 0, 0);
        while answered < count {
            while sent < count && sent - answered < AT_ONCE {
                send(&request(self.method, here, server, first + sent, ""));
                sent += 1;
            }
            let length = socket.recv(&mut buffer).expect("a response");
            let response = str::from_utf8(&buffer[..length]).expect("it is ASCII");
            responses += 1;
            if response.starts_with("SIP/2.0 200 ") {
                answered += 1;
                if *self == INVITE {
                    let tag = to_tag(response).expect("a 200 has a To tag");
                    send(&request("ACK", here, server, number(response), tag));
                }
            } else {
                assert!(response.starts_with("SIP/2.0 1"), "{response}");
            }
        }
        assert_eq!(responses, count * self.responses, "responses to {}", self.method);
    }
}

fn request(
    method: &str,
    here: SocketAddr,
    server: SocketAddr,
    number: usize,
    to_tag: &str,
) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    format!(
        "{method} sip:+15551234567@{server} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {here};branch=z9hG4bK{method}{number};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:+15557654321@{here}>;tag=f{number}\r\n\
         To: <sip:+15551234567@{server}>{tag}\r\n\
         Call-ID: {number}@127.0.0.1\r\n\
         CSeq: 1 {method}\r\n\
         Contact: <sip:{here}>\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// The number in the Call-ID.
fn number(response: &str) -> usize {
    let call_id = field(response, "Call-ID").expect("a response has a Call-ID");
    call_id.split('@').next().and_then(|number| number.parse().ok()).expect("it is ours")
}

fn to_tag(response: &str) -> Option<&str> {
    field(response, "To")?.split_once(";tag=").map(|(_, tag)| tag)
}

fn field<'a>(response: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = response.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| *field == name).map(|(_, value)| value.trim())
}

//! Against a name server of the tests' own, octet by octet (RFC 1035 section 4).

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};

use tokio::net::UdpSocket;

use super::*;

const A: u16 = 1;
const SRV: u16 = 33;

/// What a server does with a question.
#[derive(Clone, Copy)]
enum Manner {
    /// Answers as it should.
    Honest,
    /// Sends the name back in small letters, as who did not see it would.
    Small,
    /// Answers to another question first, then to the one that was asked.
    Another,
}

/// Starts a server, and says where it is and which names it was asked for, letter by letter.
async fn server(manner: Manner) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&asked);
    tokio::spawn(async move {
        let mut query = [0; 1500];
        loop {
            let (length, peer) = socket.recv_from(&mut query).await.unwrap();
            let (name, kind, end) = question(&query[..length]);
            seen.lock().unwrap().push(name.clone());
            let mut asked = query[12..end].to_vec();
            match manner {
                Manner::Honest => {}
                Manner::Small => asked.make_ascii_lowercase(),
                Manner::Another => {
                    let mut other = asked.clone();
                    other[1] = if other[1] == b'x' { b'y' } else { b'x' };
                    let forged = answer(&query[..2], &other, &[(A, vec![6, 6, 6, 6])]);
                    socket.send_to(&forged, peer).await.unwrap();
                }
            }
            let records = records(&name.to_ascii_lowercase(), kind);
            socket.send_to(&answer(&query[..2], &asked, &records), peer).await.unwrap();
        }
    });
    (address, asked)
}

/// The zone.
fn records(name: &str, kind: u16) -> Vec<(u16, Vec<u8>)> {
    match (name, kind) {
        ("_sips._tcp.carrier.example.", SRV) => {
            let mut data = [10_u16, 60, 5061].map(u16::to_be_bytes).concat();
            data.extend_from_slice(b"\x03sbc\x07carrier\x07example\0");
            vec![(SRV, data)]
        }
        ("sbc.carrier.example.", A) => vec![(A, vec![192, 0, 2, 1]), (A, vec![192, 0, 2, 2])],
        _ => Vec::new(),
    }
}

/// The name and kind that are asked for, and where the question ends.
fn question(query: &[u8]) -> (String, u16, usize) {
    let (mut name, mut at) = (String::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        name.push_str(std::str::from_utf8(&query[at + 1..end]).unwrap());
        name.push('.');
        at = end;
    }
    (name, u16::from_be_bytes([query[at + 1], query[at + 2]]), at + 5)
}

/// The answer to a question: these records, or that there is no such name.
fn answer(id: &[u8], question: &[u8], records: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let code = if records.is_empty() { 3 } else { 0 };
    let count = u8::try_from(records.len()).unwrap();
    let mut answer = [id, &[0x85, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0], question].concat();
    for (kind, data) in records {
        // The name that was asked for, in class IN, for two minutes.
        answer.extend_from_slice(&[0xc0, 12]);
        answer.extend_from_slice(&kind.to_be_bytes());
        answer.extend_from_slice(&[0, 1, 0, 0, 0, 120]);
        answer.extend_from_slice(&u16::try_from(data.len()).unwrap().to_be_bytes());
        answer.extend_from_slice(data);
    }
    answer
}

#[tokio::test]
async fn records_are_read_and_what_is_not_there_is_nothing() {
    let (address, _) = server(Manner::Honest).await;
    let dns = HickoryDns::of_servers(&[address]).unwrap();
    let found = dns.services("_sips._tcp.carrier.example").await.unwrap();
    let host = "sbc.carrier.example.".to_owned();
    assert_eq!(found.records, [Service { priority: 10, weight: 60, port: 5061, host }]);
    assert!(found.ttl > Duration::from_secs(110) && found.ttl <= Duration::from_secs(120));
    let found = dns.addresses("sbc.carrier.example", true, true).await.unwrap();
    assert_eq!(found.records, [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from));
    let nobody = dns.addresses("nobody.example", true, true).await.unwrap();
    assert_eq!(nobody, Found::nothing(NEGATIVE_TTL));
}

#[tokio::test]
async fn a_name_is_asked_in_mixed_case_and_must_come_back_so() {
    let name = "a-name-with-many-letters.carrier.example";
    let (address, asked) = server(Manner::Honest).await;
    let dns = HickoryDns::of_servers(&[address]).unwrap();
    dns.addresses(name, true, false).await.unwrap();
    let asked = asked.lock().unwrap()[0].clone();
    assert!(asked.contains(char::is_uppercase) && asked.contains(char::is_lowercase), "{asked}");

    let (address, _) = server(Manner::Small).await;
    let dns = HickoryDns::of_servers(&[address]).unwrap();
    // It is asked again over TCP, where nobody listens here.
    assert!(dns.addresses("sbc.carrier.example", true, false).await.is_err());
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_taken() {
    let (address, _) = server(Manner::Another).await;
    let dns = HickoryDns::of_servers(&[address]).unwrap();
    let found = dns.addresses("sbc.carrier.example", true, false).await.unwrap();
    assert_eq!(found.records, [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from));
}

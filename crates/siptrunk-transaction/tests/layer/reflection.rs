//! What can be had in the name of somebody else: no more octets than were sent, and nowhere else.

use std::net::SocketAddr;

use siptrunk_message::{Limits, StatusCode};
use siptrunk_transaction::{
    Admission, Config, Event, Known, Rate, Received, Rng, Seed, Transmit, Trying, stateless,
};

use crate::rig::{MS, Rig, config, us};

const SHAPES: usize = 10_000;

/// Requests of any shape that a stranger may send: as short as can be or long, with what a response
/// repeats written short or folded, missing, doubled or broken, in any order.
struct Shapes(Rng);

impl Shapes {
    fn new() -> Self {
        Self(Seed([23; 32]).rng())
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[usize::try_from(self.0.below(from.len() as u64)).unwrap()]
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.0.below(one_in) == 0
    }

    fn next(&mut self, number: usize) -> (SocketAddr, String) {
        let port = if self.chance(3) {
            5060
        } else {
            1_024 + u16::try_from(self.0.below(60_000)).unwrap()
        };
        let address = u8::try_from(number % 250).unwrap();
        let source = SocketAddr::from(([10, 0, 0, address], port));
        let method = self.pick(&["INVITE", "OPTIONS", "CANCEL", "REGISTER", "BYE", "ACK", "X"]);
        let branch = format!("{}{}", self.pick(&["z9hG4bK", "z9hG4bK", ""]), number / 2);
        let sent_by = match self.0.below(4) {
            0 => source.to_string(),
            1 => "h".to_owned(),
            2 => format!("10.0.0.9:{}", self.0.below(65_536)),
            _ => "a.long.name.of.a.host.example.com:5070".to_owned(),
        };
        let rport = self.pick(&["", ";rport", ";rport", ";rport=1", ";maddr=10.9.9.9"]);
        let name =
            |rng: &mut Self, long: &'static str, short: &'static str| rng.pick(&[long, short]);
        let tag = self.pick(&["", "", ";tag=t"]);
        let from = self.pick(&[
            "<a:b>;tag=f",
            "<a:b>",
            "\"A long name\" <sip:a@b.example.com>;tag=f",
            "<",
        ]);
        let version = self.pick(&["SIP/2.0", "SIP/2.0", "SIP/2.0", "SIP/2.0", "SIP/3.0"]);
        let mut fields = vec![
            format!("{}: SIP/2.0/UDP {sent_by};branch={branch}{rport}", name(self, "Via", "v")),
            format!("{}: {from}", name(self, "From", "f")),
            format!("{}: <c:d>{tag}", name(self, "To", "t")),
            format!("{}: {}", name(self, "Call-ID", "i"), number / 2),
            format!("CSeq: {} {method}", self.pick(&["1", "1", "1", "x"])),
        ];
        if self.chance(2) {
            fields.push("Max-Forwards: 70".to_owned());
        }
        for _ in 0..self.0.below(4) {
            let at = usize::try_from(self.0.below(fields.len() as u64)).unwrap();
            match self.0.below(5) {
                0 => fields.push(format!("Subject: {}", "x".repeat(number % 300))),
                1 => fields.insert(at, "Via: SIP/2.0/UDP b;branch=z9hG4bKb".to_owned()),
                2 => fields[at] = fields[at].replacen(": ", ":\r\n  ", 1),
                3 => _ = fields.remove(at),
                _ => {
                    let field = fields.remove(at);
                    fields.push(field);
                }
            }
        }
        (source, format!("{method} s:x {version}\r\n{}\r\n\r\n", fields.join("\r\n")))
    }
}

/// Octets that went out for so many that came in; each went where they came from.
fn octets<'a>(
    sent: impl IntoIterator<Item = &'a Transmit>,
    source: SocketAddr,
    shape: &str,
) -> usize {
    sent.into_iter()
        .map(|transmit| {
            let siptrunk_transaction::To::Flow(flow) = transmit.to else { panic!("{shape}") };
            assert_eq!(flow.peer(), Some(source), "to another port: {shape}");
            transmit.bytes.len()
        })
        .sum()
}

#[test]
fn a_refusal_without_state_is_never_larger_and_goes_nowhere_else() {
    let mut shapes = Shapes::new();
    let limits = Limits::default();
    let mut answered = 0;
    for number in 0..SHAPES {
        let (source, shape) = shapes.next(number);
        let received = Received::datagram(0, us(), source, shape.clone().into_bytes());
        let answer =
            stateless::refuse(&received, StatusCode::FORBIDDEN, &limits, "s-0123456789abcdef");
        answered += usize::from(answer.is_some());
        assert!(octets(&answer, source, &shape) <= shape.len(), "{shape}");
    }
    assert!(answered > SHAPES / 10, "only {answered} were answered");
}

#[test]
fn no_stranger_gets_more_octets_from_the_layer_than_came_in_his_name() {
    for (trying, refuses) in [(Trying::Immediately, false), (Trying::After200Ms, true)] {
        let rate = Rate { per_second: 1_000_000, burst: 1_000_000 };
        let known = Known::Networks(Vec::new());
        let admission = Admission { known, rate, strangers: 6_000, ..Admission::default() };
        let mut rig = Rig::with(Config { admission, trying, ..config() });
        let mut shapes = Shapes::new();
        let (mut answered, mut requests, mut total_in, mut total_out) = (0, 0, 0, 0);
        for number in 0..SHAPES {
            let (source, shape) = shapes.next(number);
            rig.receive_from(source, &shape);
            for event in std::mem::take(&mut rig.events) {
                if let Event::Request { id, request } = event {
                    requests += 1;
                    if refuses {
                        rig.layer.refuse(id, &request, StatusCode::FORBIDDEN, &[]);
                        rig.drain();
                    }
                }
            }
            let sent: Vec<_> = rig.sent.drain(..).map(|(_, transmit)| transmit).collect();
            answered += sent.len();
            let out: usize = sent.iter().map(|transmit| transmit.bytes.len()).sum();
            assert!(out <= shape.len(), "{out} octets for {shape}");
            (total_in, total_out) = (total_in + shape.len(), total_out + out);
            if refuses {
                octets(&sent, source, &shape);
            }
        }
        assert!(answered > SHAPES / 10 && requests > SHAPES / 10, "{answered} {requests}");
        // What is sent later: the 100 of those whose user is slow.
        rig.pass(MS(3_600));
        let late: usize = rig.sent.iter().map(|(_, transmit)| transmit.bytes.len()).sum();
        assert!(total_out + late <= total_in, "{total_out} and {late} for {total_in}");
        assert!(rig.layer.counters().withheld > 0, "no shape was too short");
    }
}

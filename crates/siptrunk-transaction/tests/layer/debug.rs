//! What `Debug` prints: it ends up in logs.

use siptrunk_message::{HeaderName, Method};
use siptrunk_transaction::Target;

use crate::rig::{Rig, incoming, outgoing, response_to, them};

const SECRET: &str = "Authorization: Digest username=\"a\", response=\"5ec4e7\"\r\n";

/// Neither as text nor as bytes in a list.
fn assert_discreet(text: &str) {
    assert!(!text.contains("5ec4e7") && !text.contains("Digest"), "{text}");
    assert!(!text.contains("53, 101, 99"), "{text}");
}

#[test]
fn neither_an_event_nor_the_layer_prints_a_message() {
    let mut rig = Rig::new();
    rig.receive(incoming("OPTIONS", "z9hG4bKsecret", SECRET));
    assert_discreet(&format!("{:?}", rig.events));
    let (_, request) = rig.take_request();
    assert_discreet(&format!("{request:?} {:?}", request.essentials()));

    let value = SECRET.trim_end().trim_start_matches("Authorization: ");
    let invite = outgoing(&Method::INVITE).append(&HeaderName::AUTHORIZATION, value);
    rig.layer.request(rig.now, Target::udp(them()).into(), &invite).unwrap();
    rig.drain();
    let sent = rig.last_sent().bytes.clone();
    rig.receive(response_to(&sent, "401 Unauthorized", "t"));
    assert_discreet(&format!("{:?} {:?}", rig.layer, rig.events));
    let text = format!("{:?}", rig.layer);
    assert!(text.contains("server transactions"), "{text}");
}

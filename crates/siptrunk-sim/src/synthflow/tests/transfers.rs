//! A warm transfer, with the other side played by hand: as the provider's guide for PBXs has it.

use std::time::Duration;

use siptrunk_rtp::{PacketBuilder, Sequence, Timestamp};

use super::*;

const PERSON: &str = "+12065550177";

/// Who plays the trunk: what it was sent, and what it says.
struct Trunk {
    world: World,
    node: crate::NodeId,
}

impl Trunk {
    fn new(config: SynthflowConfig) -> Self {
        let (world, node) = world(config.termination(PEER.parse().unwrap()));
        Self { world, node }
    }

    fn run(&mut self, millis: u64) {
        self.world.run_for(Duration::from_millis(millis));
    }

    /// The last message to the trunk whose first line begins so.
    fn last(&self, start: &str) -> String {
        let to = |entry: &&crate::TraceEntry| entry.to.to_string() == PEER;
        let sent = self.world.trace().sip().filter(to);
        let last = sent.filter(|entry| entry.first_line().starts_with(start)).last();
        let last = last.unwrap_or_else(|| panic!("no {start}\n{}", self.world.trace().ladder()));
        String::from_utf8_lossy(&last.bytes).into_owned()
    }

    fn say(&mut self, text: String) {
        inject(&mut self.world, text);
        self.run(10);
    }

    /// Answers the last request of this method.
    fn reply(&mut self, method: &str, status: &str, tag: &str, body: &str) {
        let request = self.last(method);
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let line = request.lines().find(|line| line.starts_with(&format!("{name}:"))).unwrap();
            let tagged = name == "To" && !line.contains("tag=");
            text.extend([line, if tagged { tag } else { "" }, "\r\n"]);
        }
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        let length = body.len();
        self.say(format!(
            "{text}Contact: <sip:p@{PEER}>\r\n{kind}Content-Length: {length}\r\n\r\n{body}"
        ));
    }

    /// The first call, up to where its agent lets go of it; the tag of Synthflow in it.
    fn first_call(&mut self) -> String {
        self.say(message("INVITE", "i", "", OFFER));
        self.run(200);
        let tag = to_tag(&self.world);
        self.say(message("ACK", "a", &tag, ""));
        // Nobody speaks to it: it waits for as long as a talk may last.
        self.run(1_200);
        tag
    }

    fn notify(&mut self, tag: &str, cseq: u32, state: &str, fragment: &str) {
        let text = message("NOTIFY", &format!("n{cseq}"), tag, "").replace(
            "Content-Length: 0\r\n\r\n",
            &format!(
                "Event: refer\r\nSubscription-State: {state}\r\n\
                 Content-Type: message/sipfrag;version=2.0\r\nContent-Length: {}\r\n\r\n{fragment}",
                fragment.len()
            ),
        );
        self.say(text.replace("CSeq: 1", &format!("CSeq: {cseq}")));
    }

    fn report(&self, call: usize) -> CallReport {
        self.world.node::<Synthflow>(self.node).report(call).unwrap()
    }
}

fn warm() -> SynthflowConfig {
    let config = config().ending(Ending::WarmTransfer(PERSON.into()));
    config.talk(Duration::from_secs(1)).ring(Duration::from_millis(20))
}

/// What the person says of its media.
fn persons(offer: &str) -> String {
    offer.replace("audio 4000", "audio 4002")
}

fn referred_to(refer: &str) -> String {
    let line = refer.lines().find(|line| line.starts_with("Refer-To:")).unwrap();
    line.split(['<', '>']).nth(1).unwrap().to_owned()
}

#[test]
fn the_caller_of_a_warm_transfer_is_joined_to_the_person() {
    let mut trunk = Trunk::new(warm());
    let tag = trunk.first_call();
    assert!(trunk.last("INVITE ").starts_with(&format!("INVITE sip:{PERSON}@{PEER} SIP/2.0")));
    trunk.reply("INVITE ", "180 Ringing", ";tag=person", "");
    trunk.reply("INVITE ", "200 OK", ";tag=person", &persons(OFFER));
    assert!(trunk.last("ACK ").contains("tag=person"));
    trunk.run(600);
    // The person is briefed: the first call is told whom to call.
    let uri = referred_to(&trunk.last("REFER "));
    let user = uri.strip_prefix("sip:").and_then(|uri| uri.split('@').next()).unwrap();
    assert!(user.starts_with(JOIN) && user.len() == 20, "{uri}");
    assert!(uri.ends_with(&format!("@{AGENT}")), "{uri}");
    trunk.reply("REFER ", "202 Accepted", &tag, "");
    trunk.notify(&tag, 2, "active;expires=60", "SIP/2.0 100 Trying\r\n");
    // The caller comes back under that user.
    let back = message("INVITE", "back", "", &OFFER.replace("audio 4000", "audio 4004"));
    trunk.say(
        back.replace("sip:+1206@127.0.3.1", &format!("sip:{user}@127.0.3.1"))
            .replace("Call-ID: c", "Call-ID: b"),
    );
    trunk.run(100);
    let ok = trunk.last("SIP/2.0 200 OK");
    let its = ok.lines().find(|line| line.starts_with("To:")).unwrap();
    let its = its[its.find(";tag=").unwrap()..].to_owned();
    let ack = message("ACK", "ba", &its, "").replace("Call-ID: c", "Call-ID: b");
    trunk.say(ack);
    trunk.notify(&tag, 3, "terminated;reason=noresource", "SIP/2.0 200 OK\r\n");
    assert_eq!(trunk.report(0).transfer, [202, 100, 200]);
    assert!(trunk.last("BYE ").contains("Call-ID: c\r\n"), "the first call is let go");
    trunk.reply("BYE ", "200 OK", "", "");
    assert_eq!(trunk.report(0).outcome, Outcome::HungUp(200));
    // Each hears the other.
    for (from, to) in [("127.0.1.1:4004", "127.0.1.1:4002"), ("127.0.1.1:4002", "127.0.1.1:4004")] {
        let media = |trunk: &Trunk| {
            let all = trunk.world.trace().entries().iter();
            all.filter(|entry| entry.to.to_string() == to && entry.from.port() == 4000).count()
        };
        let before = media(&trunk);
        let header = PacketBuilder {
            payload_type: 0,
            marker: false,
            sequence: Sequence(1),
            timestamp: Timestamp(1),
            ssrc: 7,
        };
        let mut packet = [0; 172];
        let length = header.write_into(&mut packet, &[0x55; 160]).unwrap();
        let agents = "127.0.3.1:4000".parse().unwrap();
        trunk.world.inject(from.parse().unwrap(), agents, packet[..length].to_vec());
        trunk.run(10);
        assert_eq!(media(&trunk), before + 1, "from {from} to {to}");
    }
    // One goes, and so does the other.
    let bye = message("BYE", "bb", &its, "").replace("Call-ID: c", "Call-ID: b");
    trunk.say(bye.replace("CSeq: 1", "CSeq: 2"));
    assert!(trunk.last("BYE ").contains("tag=person"));
    trunk.reply("BYE ", "200 OK", "", "");
    assert_eq!(trunk.report(1).outcome, Outcome::HungUp(200));
    assert_eq!(trunk.report(2).outcome, Outcome::HungUpByPeer);
}

#[test]
fn a_person_who_declines_leaves_the_caller_to_be_hung_up() {
    let mut trunk = Trunk::new(warm());
    trunk.first_call();
    trunk.reply("INVITE ", "603 Decline", ";tag=person", "");
    assert!(trunk.last("BYE ").contains("Call-ID: c\r\n"));
    assert_eq!(trunk.report(0).transfer, Vec::<u16>::new());
    assert_eq!(trunk.report(1).outcome, Outcome::Rejected(603));
}

#[test]
fn nobody_comes_back_under_a_user_that_was_not_made() {
    let mut trunk = Trunk::new(warm());
    let back = message("INVITE", "back", "", OFFER);
    trunk.say(back.replace("sip:+1206@127.0.3.1", &format!("sip:{JOIN}0000000000@127.0.3.1")));
    assert!(trunk.last("SIP/2.0 ").starts_with("SIP/2.0 404"));
}

#[test]
fn a_cold_transfer_that_is_never_told_of_is_given_up_after_a_minute() {
    let config = config().ending(Ending::ColdTransfer(PERSON.into()));
    let mut trunk = Trunk::new(config.talk(Duration::from_secs(1)));
    let tag = trunk.first_call();
    assert_eq!(referred_to(&trunk.last("REFER ")), format!("sip:{PERSON}@{PEER}"));
    trunk.reply("REFER ", "202 Accepted", &tag, "");
    trunk.run(59_000);
    let byes = |trunk: &Trunk| {
        let lines = trunk.world.trace().sip().map(crate::TraceEntry::first_line);
        lines.filter(|line| line.starts_with("BYE ")).count()
    };
    assert_eq!(byes(&trunk), 0);
    trunk.run(2_000);
    assert!(byes(&trunk) > 0);
}

/// Who offers has to be ready before the answer comes (RFC 3264 section 5.1).
#[test]
fn a_packet_that_overtakes_the_answer_is_heard() {
    let mut trunk = Trunk::new(config().outbound(OutboundCall::new(PERSON, "+1206")));
    trunk.run(10);
    let header = PacketBuilder {
        payload_type: 0,
        marker: true,
        sequence: Sequence(1),
        timestamp: Timestamp(1),
        ssrc: 7,
    };
    let mut packet = [0; 172];
    header.write_into(&mut packet, &[0xff; 160]).unwrap();
    let (from, to) = ("127.0.1.1:4000".parse().unwrap(), "127.0.3.1:4000".parse().unwrap());
    trunk.world.inject(from, to, packet.to_vec());
    trunk.run(10);
    trunk.reply("INVITE ", "200 OK", ";tag=person", OFFER);
    assert_eq!(trunk.report(0).audio.packets_received, 1);
}

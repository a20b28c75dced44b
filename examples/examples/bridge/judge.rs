//! Judges the evidence: each thing that had to happen is a line, and one that did not says FAILED.

use std::collections::BTreeSet;
use std::fmt;
use std::net::SocketAddr;

use siptrunk::message::{Limits, Message, Method, Request};
use siptrunk::net::{TapEntry, Way};
use siptrunk::rtp::Packet;
use siptrunk::sim::{Header, Witness};

use crate::flow::Flow;
use crate::run::Evidence;

/// One thing that had to happen.
pub(crate) struct Finding {
    what: &'static str,
    /// What was seen; an error if it is not what had to be.
    seen: Result<String, String>,
}

impl Finding {
    /// Whether it happened.
    pub(crate) fn is_good(&self) -> bool {
        self.seen.is_ok()
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.seen {
            Ok(seen) => write!(f, "ok     {}: {seen}", self.what),
            Err(seen) => write!(f, "FAILED {}: {seen}", self.what),
        }
    }
}

/// Everything that had to happen in a good call.
pub(crate) fn findings(evidence: &Evidence) -> Vec<Finding> {
    let [_, five9, synthflow] = evidence.sip;
    let outbound = evidence.flow.is_outbound();
    let (caller, callee) = if outbound { (synthflow, five9) } else { (five9, synthflow) };
    let mut findings = vec![
        Finding { what: "leg A is set up", seen: set_up(evidence, caller, Way::Received) },
        Finding { what: "leg B is set up", seen: set_up(evidence, callee, Way::Sent) },
    ];
    if !outbound {
        findings.extend([
            Finding { what: "X-EI reaches Synthflow", seen: x_ei(evidence) },
            Finding { what: "call context reaches Synthflow", seen: context(evidence) },
        ]);
    }
    let [five9_rtp, synthflow_rtp] = evidence.rtp;
    let at_five9 = (&evidence.five9[..], five9_rtp);
    let at_synthflow = (&evidence.synthflow[..], synthflow_rtp);
    let heard_by_five9 = evidence.five9_report.as_ref().map(|report| &report.audio);
    let heard_by_synthflow = evidence.synthflow_report.as_ref().map(|report| &report.audio);
    findings.extend([
        Finding {
            what: "audio Five9 -> Synthflow",
            seen: audio(at_five9, at_synthflow, heard_by_synthflow),
        },
        Finding {
            what: "audio Synthflow -> Five9",
            seen: audio(at_synthflow, at_five9, heard_by_five9),
        },
    ]);
    if evidence.flow == Flow::HandBack {
        let seen = hand_back(evidence);
        findings.push(Finding { what: "Five9 gets the hand-back headers", seen });
    }
    findings.extend([
        Finding { what: "leg A ends", seen: torn_down(evidence, caller) },
        Finding { what: "leg B ends", seen: torn_down(evidence, callee) },
        Finding { what: "the gateway keeps no call", seen: nothing_left(evidence) },
        Finding { what: "the wire keeps the rules of RFC 3261", seen: wire(evidence) },
    ]);
    findings
}

fn message(entry: &TapEntry) -> Option<Message> {
    Message::parse(entry.bytes.clone(), &Limits::default()).ok()
}

/// Requests of a method among the gateway's messages with one peer; connections leave from ports of
/// their own, so the address alone says which.
fn requests(entries: &[TapEntry], peer: SocketAddr, way: Way, method: &Method) -> Vec<Request> {
    entries
        .iter()
        .filter(|entry| entry.wire.remote.ip() == peer.ip() && entry.way == way)
        .filter_map(message)
        .filter_map(|message| match message {
            Message::Request(request) if request.method() == method => Some(request),
            _ => None,
        })
        .collect()
}

/// The final statuses of a method on the gateway's leg with one peer.
fn finals(evidence: &Evidence, peer: SocketAddr, method: &Method) -> BTreeSet<u16> {
    evidence
        .gateway
        .iter()
        .filter(|entry| entry.wire.remote.ip() == peer.ip())
        .filter_map(message)
        .filter_map(|message| match message {
            Message::Response(response) => {
                let of = response.headers().cseq().ok().flatten()?;
                let status = response.status();
                (of.method == *method && status.is_final()).then(|| status.code())
            }
            Message::Request(_) => None,
        })
        .collect()
}

fn set_up(evidence: &Evidence, peer: SocketAddr, way: Way) -> Result<String, String> {
    let invites = requests(&evidence.gateway, peer, way, &Method::INVITE);
    let Some(invite) = invites.first() else { return Err(String::from("no INVITE was seen")) };
    let statuses = finals(evidence, peer, &Method::INVITE);
    let acks = requests(&evidence.gateway, peer, way, &Method::ACK).len();
    let uri = String::from_utf8_lossy(invite.uri()).into_owned();
    let seen = format!("INVITE {uri}, final {statuses:?}, {acks} ACK");
    if statuses == BTreeSet::from([200]) && acks > 0 { Ok(seen) } else { Err(seen) }
}

/// By a BYE of either side.
fn torn_down(evidence: &Evidence, peer: SocketAddr) -> Result<String, String> {
    let byes = [Way::Sent, Way::Received]
        .map(|way| requests(&evidence.gateway, peer, way, &Method::BYE).len())
        .iter()
        .sum::<usize>();
    let statuses = finals(evidence, peer, &Method::BYE);
    let seen = format!("{byes} BYE, final {statuses:?}");
    if byes > 0 && statuses == BTreeSet::from([200]) { Ok(seen) } else { Err(seen) }
}

fn x_ei(evidence: &Evidence) -> Result<String, String> {
    let report = evidence.synthflow_report.as_ref().ok_or("no call reached it")?;
    let tokens = report.tokens();
    let seen: Vec<String> =
        tokens.iter().map(|(prefix, value)| format!("{prefix}. = {value}")).collect();
    let has = |prefix: &str| tokens.iter().any(|(known, _)| known == prefix);
    if has("E") && has("O") { Ok(seen.join(", ")) } else { Err(format!("tokens {seen:?}")) }
}

/// The `X-` fields of Five9's INVITE, as they left its socket, against those that Synthflow read.
fn context(evidence: &Evidence) -> Result<String, String> {
    let report = evidence.synthflow_report.as_ref().ok_or("no call reached it")?;
    let invites = requests(&evidence.five9, evidence.sip[0], Way::Sent, &Method::INVITE);
    let sent = extensions(invites.first().ok_or("no INVITE left Five9")?);
    let sent: Vec<&Header> = sent.iter().collect();
    let arrived: Vec<&Header> = report.context().collect();
    if !sent.is_empty() && sent == arrived {
        Ok(list(&arrived))
    } else {
        Err(format!("sent {}; arrived {}", list(&sent), list(&arrived)))
    }
}

/// The `X-` fields of a request, byte for byte.
fn extensions(request: &Request) -> Vec<Header> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = request.headers().iter().filter(|field| field.raw_name().starts_with(b"X-"));
    fields.map(|field| Header::new(&text(field.raw_name()), &text(field.value()))).collect()
}

fn list(headers: &[&Header]) -> String {
    let lines: Vec<String> = headers.iter().map(ToString::to_string).collect();
    if lines.is_empty() { String::from("none") } else { lines.join(", ") }
}

/// What Five9's socket got: the `X-` fields of the BYE, byte for byte.
fn hand_back(evidence: &Evidence) -> Result<String, String> {
    let gateway = evidence.sip[0];
    let byes = requests(&evidence.five9, gateway, Way::Received, &Method::BYE);
    let bye = byes.first().ok_or("no BYE arrived")?;
    let arrived = extensions(bye);
    let seen = list(&arrived.iter().collect::<Vec<_>>());
    if arrived == evidence.hand_back { Ok(seen) } else { Err(seen) }
}

/// Packets by the taps of the two ends, samples by the ear of the one that hears.
fn audio(
    (from, from_rtp): (&[TapEntry], SocketAddr),
    (to, to_rtp): (&[TapEntry], SocketAddr),
    heard: Option<&siptrunk::sim::AudioReport>,
) -> Result<String, String> {
    let packets = |entries: &[TapEntry], local: SocketAddr, way: Way| {
        let mut sequences = Vec::new();
        for entry in entries.iter().filter(|e| e.wire.local == local && e.way == way) {
            if let Ok(packet) = Packet::parse(&entry.bytes) {
                sequences.push(packet.sequence());
            }
        }
        sequences
    };
    let sent = packets(from, from_rtp, Way::Sent).len();
    let received = packets(to, to_rtp, Way::Received);
    let gaps = received.windows(2).filter(|pair| pair[1] != pair[0].next()).count();
    let heard = heard.ok_or("the end that hears made no report")?;
    let lost = sent.saturating_sub(received.len());
    let seen = format!(
        "{sent} packets sent, {} received, {lost} lost, {gaps} gaps, {} of {} samples match",
        received.len(),
        heard.samples_matching,
        heard.samples_received,
    );
    let good = sent > 0 && received.len() == sent && gaps == 0 && heard.exact();
    if good { Ok(seen) } else { Err(seen) }
}

fn nothing_left(evidence: &Evidence) -> Result<String, String> {
    let (calls, legs) = (evidence.live.get("calls"), evidence.live.get("legs"));
    let record = evidence.record.as_ref().ok_or("the call never ended")?;
    let seen = match &record.failure {
        None => format!("{calls} calls, {legs} legs; ended by the {:?}", record.ended_by),
        Some(failure) => format!("{calls} calls, {legs} legs; {failure}: {}", failure.remedy()),
    };
    if calls == 0 && legs == 0 && record.failure.is_none() { Ok(seen) } else { Err(seen) }
}

fn wire(evidence: &Evidence) -> Result<String, String> {
    let mut witness = Witness::new(evidence.start);
    witness.t1(evidence.t1);
    for entry in &evidence.gateway {
        let (from, to) = match entry.way {
            Way::Sent => (entry.wire.local, entry.wire.remote),
            Way::Received => (entry.wire.remote, entry.wire.local),
        };
        witness.observe(entry.wire.at, from, to, &entry.bytes);
    }
    if let Some(record) = &evidence.record
        && let Some(b) = &record.b
    {
        witness.pair(&record.a.call_id, &b.call_id);
    }
    let messages = witness.messages();
    match witness.finish() {
        Ok(()) => Ok(format!("the witness read {messages} messages and has no objection")),
        Err(violations) => {
            let list: Vec<String> = violations.iter().map(ToString::to_string).collect();
            Err(list.join("; "))
        }
    }
}

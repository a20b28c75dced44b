//! Real calls over loopback sockets between a Five9 and a Synthflow, through a gateway: each of the four call flows in
//! turn, or one of them.
//!
//! `cargo run --release --example bridge [-- --flow NAME --trunk KIND --transport NAME --fault NAME]`. Everything that is
//! printed comes from the bytes that were really sent and received; the exit status is 0 only if all of it happened. A
//! fault is put into the flow `hand-back` unless another one is named.

mod fault;
mod flow;
mod judge;
mod run;
mod setting;

use std::process::ExitCode;

use siptrunk::bridge::{Ladder, LadderColumn};
use siptrunk::message::Transport;
use siptrunk::net::Way;

use fault::Fault;
use flow::Flow;
use run::Evidence;
use setting::{Kind, Setting};

const USAGE: &str = "usage: bridge [--flow inbound|outbound-rule|agent-calls-pstn|hand-back] \
                     [--trunk self-service|partner] [--transport udp|tcp|tls] [--fault NAME]";

/// What was asked for.
#[derive(Default)]
struct Arguments {
    kind: Kind,
    transport: Option<Transport>,
    fault: Option<Fault>,
    flow: Option<Flow>,
}

impl Arguments {
    /// The flows to show.
    fn flows(&self) -> Result<Vec<Flow>, String> {
        let possible = Flow::of(self.kind);
        match (self.flow, self.fault) {
            (Some(flow), _) if !possible.contains(&flow) => Err(format!(
                "a partner trunk has no flow {}: no outbound rule leads to it",
                flow.name()
            )),
            (Some(flow), _) => Ok(vec![flow]),
            (None, Some(_)) => Ok(vec![Flow::HandBack]),
            (None, None) => Ok(possible),
        }
    }
}

fn arguments() -> Result<Arguments, String> {
    let mut words =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut arguments = Arguments::default();
    while let Some(name) = words.next() {
        match (name.as_str(), words.next()) {
            ("--fault", Some(name)) => arguments.fault = Some(name.parse()?),
            ("--flow", Some(name)) => arguments.flow = Some(name.parse()?),
            ("--trunk", Some(kind)) => arguments.kind = kind.parse()?,
            ("--transport", Some(name)) => {
                let transport = Transport::from_token(&name)
                    .ok_or_else(|| format!("{name} is no transport; there are udp, tcp, tls"))?;
                arguments.transport = Some(transport);
            }
            _ => return Err(String::from(USAGE)),
        }
    }
    Ok(arguments)
}

#[tokio::main]
async fn main() -> ExitCode {
    let asked = arguments().and_then(|arguments| Ok((arguments.flows()?, arguments)));
    let (flows, Arguments { kind, transport, fault, .. }) = match asked {
        Ok(asked) => asked,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let mut all_good = true;
    for flow in flows {
        let evidence = match Box::pin(run::run(Setting::new(kind, transport), flow, fault)).await {
            Ok(evidence) => evidence,
            Err(error) => {
                eprintln!("the call could not be tried: {error}");
                return ExitCode::from(2);
            }
        };
        all_good &= show(flow, &evidence);
    }
    if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints the ladder of a flow, what was found, and the result; whether all was good.
fn show(flow: Flow, evidence: &Evidence) -> bool {
    println!("== {}\n\n{}", flow.name(), ladder(evidence));
    let findings = judge::findings(evidence);
    for finding in &findings {
        println!("{finding}");
    }
    let failed = findings.iter().filter(|finding| !finding.is_good()).count();
    match failed {
        0 => println!("\nRESULT {}: {}\n", flow.name(), flow.result()),
        _ => println!("\nRESULT {}: {failed} of {} findings failed\n", flow.name(), findings.len()),
    }
    failed == 0
}

/// Both legs on one axis of time, from the gateway's tap.
fn ladder(evidence: &Evidence) -> Ladder {
    let [gateway, five9, synthflow] = evidence.sip;
    let mut ladder = Ladder::new(vec![
        LadderColumn::new("Five9", five9.ip()),
        LadderColumn::new("gateway", gateway.ip()),
        LadderColumn::new("Synthflow", synthflow.ip()),
    ]);
    for entry in &evidence.gateway {
        let at = entry.wire.at.saturating_duration_since(evidence.start);
        let (local, remote) = (entry.wire.local, entry.wire.remote);
        let (from, to) = match entry.way {
            Way::Sent => (local, remote),
            Way::Received => (remote, local),
        };
        ladder.push(at, from, to, &entry.bytes);
    }
    ladder
}

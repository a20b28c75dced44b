//! One real call over loopback sockets: Five9 -> bridge -> Synthflow, and back by a BYE with headers.
//!
//! `cargo run --release --example bridge [-- --trunk KIND --transport NAME --fault NAME]`. Everything that is printed comes from the
//! bytes that were really sent and received; the exit status is 0 only if all of it happened.

mod fault;
mod judge;
mod run;
mod setting;

use std::process::ExitCode;

use siptrunk::bridge::{Ladder, LadderColumn};
use siptrunk::message::Transport;
use siptrunk::net::Way;

use fault::Fault;
use run::Evidence;
use setting::{Kind, Setting};

const USAGE: &str =
    "usage: bridge [--trunk self-service|partner] [--transport udp|tcp|tls] [--fault NAME]";

/// What was asked for.
#[derive(Default)]
struct Arguments {
    kind: Kind,
    transport: Option<Transport>,
    fault: Option<Fault>,
}

fn arguments() -> Result<Arguments, String> {
    let mut words =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut arguments = Arguments::default();
    while let Some(name) = words.next() {
        match (name.as_str(), words.next()) {
            ("--fault", Some(name)) => arguments.fault = Some(name.parse()?),
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
    let Arguments { kind, transport, fault } = match arguments() {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let evidence = match run::run(Setting::new(kind, transport), fault).await {
        Ok(evidence) => evidence,
        Err(error) => {
            eprintln!("the call could not be tried: {error}");
            return ExitCode::from(2);
        }
    };
    println!("{}", ladder(&evidence));
    let findings = judge::findings(&evidence);
    for finding in &findings {
        println!("{finding}");
    }
    println!();
    if findings.iter().all(judge::Finding::is_good) {
        println!("RESULT: the call was carried both ways and handed back to Five9");
        ExitCode::SUCCESS
    } else {
        let failed = findings.iter().filter(|finding| !finding.is_good()).count();
        println!("RESULT: {failed} of {} findings failed", findings.len());
        ExitCode::FAILURE
    }
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

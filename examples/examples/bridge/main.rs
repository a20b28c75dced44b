//! One real call over loopback sockets: Five9 -> bridge -> Synthflow, and back by a BYE with headers.
//!
//! `cargo run --release --example bridge [-- --fault NAME]`. Everything that is printed comes from the
//! bytes that were really sent and received; the exit status is 0 only if all of it happened.

mod fault;
mod judge;
mod run;

use std::process::ExitCode;

use siptrunk::bridge::{Ladder, LadderColumn};
use siptrunk::net::Way;

use fault::Fault;
use run::Evidence;

const USAGE: &str = "usage: bridge [--fault NAME]";

fn arguments() -> Result<Option<Fault>, String> {
    let mut arguments =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned());
    let mut fault = None;
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--fault", Some(name)) => fault = Some(name.parse()?),
            _ => return Err(String::from(USAGE)),
        }
    }
    Ok(fault)
}

#[tokio::main]
async fn main() -> ExitCode {
    let fault = match arguments() {
        Ok(fault) => fault,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let evidence = match run::run(fault).await {
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

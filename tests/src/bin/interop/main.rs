//! Calls between foreign stacks: the example `gateway` between two SIPp instances, and with Kamailio as
//! its next hop.
//!
//! ```text
//! cargo build --release --example gateway
//! cargo run --release -p siptrunk-tests --bin interop [-- NAME...]
//! ```
//!
//! Needs SIPp with pcap play, Kamailio with its TLS module, tshark's dumpcap, and the right to use raw
//! sockets. Prints a
//! line for each scenario; exit status 0 only if all passed. After a failure it prints what the
//! gateway and SIPp wrote, and leaves it in the folder that it names.

mod audio;
mod authority;
mod capture;
mod gateway;
mod kamailio;
mod loss;
mod next_hop;
mod process;
mod scenarios;
mod sipp;
mod stage;
mod streams;
mod wire;

use std::process::ExitCode;
use std::time::Instant;
use std::{env, panic};

use scenarios::{SCENARIOS, Scenario};
use stage::{Ground, Stage};

fn main() -> ExitCode {
    let wanted: Vec<String> = env::args().skip(1).collect();
    if let Some(unknown) =
        wanted.iter().find(|name| scenarios().all(|scenario| scenario.name != *name))
    {
        let names: Vec<_> = scenarios().map(|scenario| scenario.name).collect();
        eprintln!("no scenario `{unknown}`; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    match run(&wanted) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(problem) => {
            println!("FAILED  before the first scenario: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().copied().flatten()
}

/// Runs the wanted scenarios, or all if none is named, and counts those that failed.
fn run(wanted: &[String]) -> Result<usize, String> {
    let ground = Ground::prepare()?;
    let capture = capture::Capture::start(ground.address, ground.folder())?;
    let (mut passed, mut failed) = (0, 0);
    let mut report = |name: &str, begin: Instant, outcome: Result<String, String>| {
        let seconds = begin.elapsed().as_secs_f32();
        match outcome {
            Ok(evidence) => {
                passed += 1;
                println!("ok      {name:<24} {seconds:4.1} s  {evidence}");
                true
            }
            Err(problem) => {
                failed += 1;
                println!("FAILED  {name:<24} {seconds:4.1} s  {problem}");
                false
            }
        }
    };

    for scenario in scenarios() {
        let by_name = wanted.iter().any(|name| name == scenario.name);
        let plays = by_name || (wanted.is_empty() && scenario.name != loss::NAME);
        if !plays {
            continue;
        }
        let begin = Instant::now();
        let stage = Stage::set(&ground, scenario.name)?;
        // A panic is this program's own fault; the scenarios after it still have their say.
        let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| (scenario.play)(&stage)))
            .unwrap_or_else(|_| Err("the interop program panicked".to_owned()));
        if !report(scenario.name, begin, outcome) {
            stage.print_outputs();
        }
    }
    // A part of the run may have no signalling to judge.
    if wanted.is_empty() {
        let begin = Instant::now();
        report("wire", begin, capture.stop().and_then(|captured| captured.judge()));
    }

    println!("{passed} passed, {failed} failed");
    if failed == 0 {
        ground.clear();
    } else {
        println!("the outputs are in {}", ground.folder().display());
    }
    Ok(failed)
}

//! Writes `docs/performance.md` from what criterion and the counting allocator left: times, ratios, the targets, and
//! which of them are missed. The step `peers` of `.ci/long` runs everything in order.

use std::path::Path;
use std::process::ExitCode;

mod record;
mod report;
mod samples;
mod targets;

const USAGE: &str = "\
usage: performance RECORD FOLDER...

Prints docs/performance.md.
RECORD is the raw output of `.ci/long peers`, FOLDER a target/criterion folder: of this workspace, of benches/peers.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [record, folders @ ..] = &arguments[..] else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(record, folders) {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("performance: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(record: &str, folders: &[String]) -> Result<String, String> {
    let text = std::fs::read_to_string(record).map_err(|error| format!("{record}: {error}"))?;
    let mut times = samples::Times::default();
    for folder in folders {
        times.extend(samples::Times::read(Path::new(folder))?);
    }
    report::write(record, &record::Record::read(&text), &times)
}

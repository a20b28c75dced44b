//! Writes `docs/performance.md` from what criterion and the counting allocator left: times, ratios, the targets, and
//! which of them are missed. The step `peers` of `.ci/long` runs everything in order.

use std::path::Path;
use std::process::ExitCode;

mod record;
mod report;
mod samples;
mod targets;

const USAGE: &str = "\
usage: performance RECORD FOLDER NATIVE

Prints docs/performance.md.
RECORD is the raw output of `.ci/long peers`, FOLDER the target/criterion folder of both workspaces, NATIVE that of the
SRTP benches in a build with target-cpu=native.";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [record, folder, native] = &arguments[..] else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(record, folder, native) {
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

fn run(record: &str, folder: &str, native: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(record).map_err(|error| format!("{record}: {error}"))?;
    let mut times = samples::Times::read(Path::new(folder))?;
    let native = samples::Times::read(Path::new(native))?;
    for work in ["srtp_protect", "srtp_unprotect"] {
        let id = format!("peers/{work}/{}", targets::NATIVE);
        times.add_as(id, &native, &format!("{work}/siptrunk"))?;
    }
    report::write(record, &record::Record::read(&text), &times)
}

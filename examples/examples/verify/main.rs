//! Tries the trunks of a configuration file, step by step, and says what is wrong and what to do about it.
//!
//! ```text
//! cargo run --release --example verify -- --config FILE.toml [--trunk NAME] [--call NUMBER] [--expect TRUNK]
//!                                         [--offline] [--json]
//! ```
//!
//! First the file is judged; with `--offline` that is all. Then, for each trunk: its names, OPTIONS (over TLS that
//! proves its certificate), registrations. With `--call` the number is called on the trunk that has it: answer, audio,
//! digits, hand-back. With `--expect` a call of that trunk is waited for and taken apart. Each step has a tick, a cross,
//! or a question mark where only the other provider can tell. The exit status is 0 if nothing failed, 1 if something
//! did, 2 if it could not be tried. The gateway must not run meanwhile: it listens on the same addresses.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use siptrunk::bridge::verify::{Plan, Step, Verdict};
use siptrunk::net::Gateway;
use siptrunk::profiles::{Finding, Findings};
use siptrunk_examples::config_file::ConfigFile;

const USAGE: &str = "usage: verify --config FILE.toml [--trunk NAME] [--call NUMBER] [--expect TRUNK] \
                     [--offline] [--json]";

#[tokio::main]
async fn main() -> ExitCode {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    match run(words).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

async fn run(words: impl Iterator<Item = String>) -> Result<bool, String> {
    let Arguments { file, plan, offline, json } = Arguments::read(words)?;
    let read = ConfigFile::read(&file)?;
    tell_findings(json, &read.findings, &read.shown(std::io::stdout().is_terminal()));
    let Some(config) = read.config else { return Ok(false) };
    let good = format!("\u{2713} {}: the configuration can start", file.display());
    tell(json, &serde_json::json!({ "check": "configuration", "verdict": "good" }), &good);
    if offline {
        return Ok(true);
    }
    let running = Gateway::from_config(config).verify(plan).await;
    let running = running.map_err(|error| error.to_string())?;
    let new = running.warnings().iter().filter(|it| !read.findings.contains(it));
    let new: Vec<_> = new.cloned().collect();
    tell_findings(json, &new, &Findings::new(&new).to_string());
    let mut failed = 0;
    while let Some(step) = running.next_step().await {
        failed += usize::from(step.verdict == Verdict::Failed);
        tell(json, &step_json(&step), &step.to_string());
    }
    let result = match failed {
        0 => String::from("RESULT: nothing failed"),
        failed => format!("RESULT: {failed} failed"),
    };
    tell(json, &serde_json::json!({ "failed": failed }), &result);
    Ok(failed == 0)
}

struct Arguments {
    file: PathBuf,
    plan: Plan,
    offline: bool,
    json: bool,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut file, mut plan, mut offline, mut json) = (None, Plan::default(), false, false);
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} wants a value\n{USAGE}"));
            match word.as_str() {
                "--config" => file = Some(PathBuf::from(value()?)),
                "--trunk" => plan.trunk = Some(value()?),
                "--call" => plan.call = Some(value()?),
                "--expect" => plan.expect = Some(value()?),
                "--offline" => offline = true,
                "--json" => json = true,
                _ => return Err(format!("unexpected argument `{word}`\n{USAGE}")),
            }
        }
        let file = file.ok_or_else(|| USAGE.to_owned())?;
        Ok(Self { file, plan, offline, json })
    }
}

/// A line for a person, or one for a program.
fn tell(json: bool, value: &serde_json::Value, text: &str) {
    if json {
        println!("{value}");
    } else {
        println!("{text}");
    }
}

/// Findings for a person, or as one array for a program.
fn tell_findings(json: bool, findings: &[Finding], text: &str) {
    if json && !findings.is_empty() {
        println!("{}", Findings::new(findings).to_json());
    } else if !json {
        print!("{text}");
    }
}

fn step_json(step: &Step) -> serde_json::Value {
    let verdict = match step.verdict {
        Verdict::Good => "good",
        Verdict::Failed => "failed",
        _ => "unknown",
    };
    serde_json::json!({
        "trunk": step.trunk,
        "check": step.check.to_string(),
        "verdict": verdict,
        "evidence": step.evidence,
        "took_ms": u64::try_from(step.took.as_millis()).unwrap_or(u64::MAX),
        "cause": step.diagnosis.as_ref().map(|diagnosis| diagnosis.cause),
        "remedy": step.diagnosis.as_ref().map(|diagnosis| diagnosis.remedy),
        "sip_code": step.diagnosis.as_ref().and_then(|diagnosis| diagnosis.sip_code),
        "ask": step.ask,
    })
}

//! What a gateway with this configuration would do with an INVITE, and why: each route, what it wants and what the call
//! has, and what would be sent.
//!
//! ```text
//! cargo run --release --example explain -- --config FILE.toml [--from TRUNK] [--json] INVITE.sip
//! ```
//!
//! Without `--from` the call comes from the trunk that the topmost Via names, by one of its hosts or networks. The exit
//! status is 0 if the call would be dialled, 1 if it would be refused, 2 if it cannot be told.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Instant, SystemTime};

use siptrunk::bridge::{Bridge, Outcome, Settings};
use siptrunk::message::{Limits, Message, Request};
use siptrunk::profiles::Config;
use siptrunk::transaction::{Listener, Seed};
use siptrunk_examples::config_file::ConfigFile;

const USAGE: &str = "usage: explain --config FILE.toml [--from TRUNK] [--json] INVITE.sip";

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    match run(words) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

fn run(words: impl Iterator<Item = String>) -> Result<bool, String> {
    let Arguments { config: file, from, json, invite } = Arguments::read(words)?;
    let read = ConfigFile::read(&file)?;
    let findings = read.lines();
    let config = read.config.ok_or(findings)?;
    let bytes = fs::read(&invite).map_err(|error| format!("{}: {error}", invite.display()))?;
    let request = match Message::parse(bytes.into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        Ok(Message::Response(_)) => return Err(format!("{}: a response", invite.display())),
        Err(error) => return Err(format!("{}: {error}", invite.display())),
    };
    let from = match from {
        Some(from) => from,
        None => {
            sender(&config, &request).ok_or("no trunk is known by the topmost Via: --from TRUNK")?
        }
    };
    let explanation = bridge(&config)?.explain(Instant::now(), &from, &request);
    println!("{}", if json { explanation.to_json() } else { explanation.to_string() });
    Ok(!matches!(explanation.outcome, Outcome::Refused { .. }))
}

/// A bridge that never runs: its listeners are those of the file, its clock is that of now.
fn bridge(config: &Config) -> Result<Bridge, String> {
    let listeners = config.listen.iter().map(|listen| {
        let mut listener = Listener::udp(listen.bind).advertise(listen.advertised(listen.bind));
        listener.transport = listen.transport;
        listener
    });
    let (now, wall) = (Instant::now(), SystemTime::now());
    let seed = Seed([0; 32]);
    Bridge::new(config, Settings::default(), listeners.collect(), &seed, now, wall)
        .map_err(|findings| findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The trunk whose host, or one of whose networks, the topmost Via names.
fn sender(config: &Config, request: &Request) -> Option<String> {
    let via = request.headers().top_via().ok().flatten()?;
    let host = via.sent_by().host;
    let trunk = config.trunks.iter().find(|trunk| {
        trunk.hosts.iter().any(|known| known.host == host)
            || host.ip().is_some_and(|ip| trunk.inbound.allow.contains(ip))
    });
    trunk.map(|trunk| trunk.name.clone())
}

struct Arguments {
    config: PathBuf,
    from: Option<String>,
    json: bool,
    invite: PathBuf,
}

impl Arguments {
    fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let (mut config, mut from, mut json, mut invite) = (None, None, false, None);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--config" => config = words.next().map(PathBuf::from),
                "--from" => from = words.next(),
                "--json" => json = true,
                _ if word.starts_with("--") || invite.is_some() => {
                    return Err(format!("unexpected argument `{word}`\n{USAGE}"));
                }
                _ => invite = Some(PathBuf::from(word)),
            }
        }
        let (config, invite) = config.zip(invite).ok_or_else(|| USAGE.to_owned())?;
        Ok(Self { config, from, json, invite })
    }
}

//! What was asked for.

use std::net::SocketAddr;
use std::time::Duration;

const USAGE: &str = "\
usage: load [--rate N] [--duration S] [--hold S] [--media] [--json] [--to HOST:PORT]
  --rate N        calls begun each second: 100
  --duration S    seconds for which calls are begun: 10
  --hold S        seconds from the answer to the caller's BYE: 1
  --media         G.711 both ways while a call stands
  --json          one line of JSON in place of the table
  --to HOST:PORT  an address of a gateway that runs already";

/// What was asked for.
pub(crate) struct Arguments {
    /// Calls begun each second.
    pub(crate) rate: u32,
    /// How long calls are begun.
    pub(crate) duration: Duration,
    /// From the answer to the caller's BYE.
    pub(crate) hold: Duration,
    /// Whether both ends send audio.
    pub(crate) media: bool,
    /// One line of JSON in place of the table.
    pub(crate) json: bool,
    /// A gateway that runs already.
    pub(crate) to: Option<SocketAddr>,
    /// Where the called end is, if this process is the gateway that another one measures.
    pub(crate) serve: Option<SocketAddr>,
}

impl Arguments {
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            rate: 100,
            duration: Duration::from_secs(10),
            hold: Duration::from_secs(1),
            media: false,
            json: false,
            to: None,
            serve: None,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--media" => arguments.media = true,
                "--json" => arguments.json = true,
                "--serve" => arguments.serve = Some(value(&word, words.next())?),
                "--rate" => arguments.rate = value(&word, words.next())?,
                "--duration" => arguments.duration = seconds(&word, words.next())?,
                "--hold" => arguments.hold = seconds(&word, words.next())?,
                "--to" => arguments.to = Some(value(&word, words.next())?),
                _ => return Err(format!("unexpected argument `{word}`\n{USAGE}")),
            }
        }
        if arguments.rate == 0 {
            return Err(String::from("--rate 0 is no load: give at least one call a second"));
        }
        Ok(arguments)
    }

    /// How many calls that makes.
    pub(crate) fn calls(&self) -> u64 {
        let calls = u128::from(self.rate) * self.duration.as_millis() / 1_000;
        u64::try_from(calls).unwrap_or(u64::MAX)
    }
}

fn value<T: std::str::FromStr>(name: &str, word: Option<String>) -> Result<T, String> {
    let word = word.ok_or_else(|| format!("{name} wants a value\n{USAGE}"))?;
    word.parse().map_err(|_| format!("{name} cannot be `{word}`\n{USAGE}"))
}

/// Seconds, perhaps with a fraction.
fn seconds(name: &str, word: Option<String>) -> Result<Duration, String> {
    let seconds: f64 = value(name, word)?;
    Duration::try_from_secs_f64(seconds).map_err(|error| format!("{name} {seconds}: {error}"))
}

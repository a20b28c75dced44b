//! Kamailio as a proxy between the gateway and Synthflow, and what it says of what it saw.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use siptrunk::message::Transport;

use crate::next_hop::GATEWAY_NAME;
use crate::process::Process;
use crate::sipp::{Proxy, listened_to};
use crate::stage::{PROXY, Stage};

/// What Kamailio may take to bind its sockets on a busy machine.
const START: Duration = Duration::from_secs(10);

/// What it may take to end its own processes.
const STOP: Duration = Duration::from_secs(5);

pub(crate) struct Kamailio {
    process: Process,
    /// Where it listens for UDP and TCP.
    pub(crate) at: SocketAddr,
    /// Where it listens for TLS.
    pub(crate) secured: SocketAddr,
}

impl Kamailio {
    /// Starts it and waits until it listens. It reaches the gateway over this transport; if it `closes`,
    /// it closes the gateway's connection as soon as a call stands.
    pub(crate) fn start(
        stage: &Stage<'_>,
        transport: Transport,
        gateway: SocketAddr,
        closes: bool,
    ) -> Result<(Self, Proxy), String> {
        let (at, secured) = (stage.extra(PROXY)?, stage.extra(PROXY)?);
        let tls = stage.fill_in("kamailio-tls.cfg", &[])?;
        let names = [
            ("@KAMAILIO@", at.to_string()),
            ("@KAMAILIO-IP@", PROXY.to_string()),
            ("@KAMAILIO-TLS@", secured.to_string()),
            ("@SYNTHFLOW-IP@", stage.synthflow.ip().to_string()),
            ("@REACHED@", format!("{gateway};transport={}", transport.param())),
            ("@DEFINES@", if closes { "#!define CLOSES".to_owned() } else { String::new() }),
            ("@GATEWAY-NAME@", GATEWAY_NAME.to_owned()),
            ("@TLS-CONFIG@", tls.display().to_string()),
        ];
        let file = stage.fill_in("kamailio.cfg", &names)?;
        let mut command = Command::new("kamailio");
        // In the foreground, its words to stderr, its files in our folder, and no more memory than
        // a few calls take.
        command.args(["-DD", "-E", "-m", "32", "-M", "4", "-Y"]).arg(stage.folder());
        command.arg("-f").arg(file);
        let process = Process::start_group("kamailio", &mut command, stage.folder())?;
        let mut kamailio = Self { process, at, secured };
        let all = [(Transport::Udp, at), (Transport::Tcp, at), (Transport::Tls, secured)];
        let listening = || all.iter().all(|(transport, at)| listened_to(*transport, *at));
        kamailio.process.until("listened", START, listening)?;
        Ok((kamailio, Proxy { at, transport, gateway }))
    }

    /// Stops it, and gives what it saw; its complaints and its own errors are errors.
    pub(crate) fn finish(mut self) -> Result<Seen, String> {
        self.process.terminate()?;
        self.process.wait(STOP)?;
        let output = self.process.output();
        // Its processes end in any order, and complain of each other.
        let output = output.split("Thank you for flying").next().unwrap_or_default();
        let wrong = ["COMPLAINT", "ERROR:", "CRITICAL:"];
        let is_wrong = |line: &&str| wrong.iter().any(|word| line.contains(word));
        let said: Vec<&str> = output.lines().filter(is_wrong).collect();
        if said.is_empty() {
            return Ok(Seen::read(output));
        }
        Err(format!("Kamailio says: {}", said.join("; ")))
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        self.process.end_group(STOP);
    }
}

/// A message as Kamailio told of it.
#[derive(PartialEq)]
pub(crate) struct Passed {
    /// A method or a status.
    pub(crate) what: String,
    pub(crate) transport: String,
    from: String,
    /// CSeq and Call-ID.
    which: String,
}

/// What Kamailio saw; what was sent again is there once.
pub(crate) struct Seen(Vec<Passed>);

impl Seen {
    /// Reads lines of `saw WHAT over TRANSPORT from ADDRESS, WHICH`.
    fn read(output: &str) -> Self {
        let mut seen: Vec<Passed> = Vec::new();
        for line in output.lines() {
            let Some((what, rest)) =
                line.split_once("saw ").and_then(|(_, told)| told.split_once(" over "))
            else {
                continue;
            };
            let Some((transport, rest)) = rest.split_once(" from ") else { continue };
            let Some((from, which)) = rest.split_once(", ") else { continue };
            let [what, transport, from, which] = [what, transport, from, which].map(str::to_owned);
            let passed = Passed { what, transport, from, which };
            if !seen.contains(&passed) {
                seen.push(passed);
            }
        }
        Self(seen)
    }

    pub(crate) fn from(&self, address: SocketAddr) -> impl Iterator<Item = &Passed> {
        let address = address.ip().to_string();
        self.0.iter().filter(move |one| one.from == address)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_and_repeated_ones_are_one() {
        let output = " 1(9) NOTICE: <script>: saw BYE over tls from 127.0.1.2, 7 of a@b\n\
                      Listening on\n\
                      \x20 tls: 127.0.4.1:5061\n\
                      \x201(9) NOTICE: <script>: saw BYE over tls from 127.0.1.2, 7 of a@b\n\
                      \x201(9) NOTICE: <script>: saw BYE over udp from 127.0.1.2, 8 of a@b\n\
                      \x201(9) NOTICE: <script>: saw 200 over udp from 127.0.3.1, 7 of a@b\n";
        let seen = Seen::read(output);
        let of = |address: &str| {
            let address = SocketAddr::new(address.parse().unwrap(), 1);
            let told = |one: &Passed| format!("{} {}", one.what, one.transport);
            seen.from(address).map(told).collect::<Vec<_>>()
        };
        assert_eq!(of("127.0.1.2"), ["BYE tls", "BYE udp"]);
        assert_eq!(of("127.0.3.1"), ["200 udp"]);
        assert!(of("127.0.1.1").is_empty());
    }
}

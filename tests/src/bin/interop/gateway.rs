//! The example `gateway` as a process.

use std::process::Command;
use std::time::{Duration, Instant};

use siptrunk::message::Transport;

use crate::process::Process;
use crate::stage::Stage;

/// What a debug build on a busy machine may take to say that it listens.
const START: Duration = Duration::from_secs(10);

/// What a gateway without calls may take to stop. Less than `shutdown_seconds`, which it takes if
/// a call was left behind.
const STOP: Duration = Duration::from_secs(2);

pub(crate) struct Setup {
    /// The file of `tests/interop`.
    pub(crate) file: &'static str,
    /// What the gateway proves itself with towards Synthflow; `right` is what SIPp verifies.
    pub(crate) password: &'static str,
    pub(crate) shutdown_seconds: u32,
    /// How Five9 is reached, and Synthflow.
    pub(crate) transports: [Transport; 2],
    /// What else the file has to have filled in.
    pub(crate) more: Vec<(&'static str, String)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            file: "gateway.toml",
            password: "right",
            shutdown_seconds: 5,
            transports: [Transport::Udp; 2],
            more: Vec::new(),
        }
    }
}

pub(crate) struct Gateway {
    process: Process,
}

impl Gateway {
    /// Starts it, and waits until it listens.
    pub(crate) fn start(stage: &Stage<'_>, setup: &Setup) -> Result<Self, String> {
        let mut names = vec![
            ("@FIVE9-TRANSPORT@", setup.transports[0].param().to_owned()),
            ("@SYNTHFLOW-TRANSPORT@", setup.transports[1].param().to_owned()),
            ("@SHUTDOWN@", setup.shutdown_seconds.to_string()),
        ];
        names.extend_from_slice(&setup.more);
        let file = stage.fill_in(setup.file, &names)?;
        let mut command = Command::new(stage.gateway_program());
        command.arg("--config").arg(&file);
        command.env("INTEROP_PASSWORD", setup.password).env("INTEROP_INBOUND", "right");
        let mut process = Process::start("gateway", &mut command, stage.folder())?;
        process.expect("listening on", START)?;
        Ok(Self { process })
    }

    /// Waits until it has printed `text`.
    pub(crate) fn expect(&mut self, text: &str, limit: Duration) -> Result<(), String> {
        self.process.expect(text, limit)
    }

    /// Sends SIGTERM and leaves it to itself.
    pub(crate) fn tell_to_stop(&self) -> Result<(), String> {
        self.process.terminate()
    }

    /// Waits for exit status 0 and gives all that it printed, and how long it took.
    pub(crate) fn stopped(mut self, limit: Duration) -> Result<(String, Duration), String> {
        let begin = Instant::now();
        let status = self.process.wait(limit)?;
        if !status.success() {
            return Err(format!("the gateway ended with {status}, not 0"));
        }
        Ok((self.process.output(), begin.elapsed()))
    }

    /// Stops a gateway whose calls have all ended: at once, and with an end told for each call.
    pub(crate) fn stop_idle(self) -> Result<String, String> {
        self.tell_to_stop()?;
        let (output, _) = self.stopped(STOP)?;
        let count = |what: &str| output.lines().filter(|line| line.contains(what)).count();
        let (started, ended) =
            (count(" started: "), count(" ended after ") + count(" failed after "));
        if started != ended {
            return Err(format!("{started} calls started, {ended} ended"));
        }
        Ok(output)
    }
}

//! A capture of the signalling of the whole run, and Wireshark's opinion of it.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process::Process;
use crate::stage::{GATEWAY, Ground};

pub(crate) struct Capture {
    process: Process,
    file: PathBuf,
    port: u16,
}

impl Capture {
    pub(crate) fn start(ground: &Ground) -> Result<Self, String> {
        let file = ground.folder().join("signalling.pcapng");
        let port = ground.address.port();
        let mut command = Command::new("dumpcap");
        // The end of its own is for the case that this program is killed.
        command.args(["-i", "lo", "-a", "duration:300", "-f", &format!("udp port {port}"), "-w"]);
        command.arg(&file);
        let mut process = Process::start("dumpcap", &mut command, ground.folder())?;
        // It says so when the capture is open.
        process
            .expect("File:", Duration::from_secs(10))
            .map_err(|problem| format!("{problem}: {}", process.output().trim()))?;
        Ok(Self { process, file, port })
    }

    /// Lets Wireshark's dissector read all that the gateway sent: SIP every time, malformed never.
    pub(crate) fn judge(mut self) -> Result<String, String> {
        self.process.terminate()?;
        self.process.wait(Duration::from_secs(5))?;
        let all = self.matching(&format!("ip.src == {GATEWAY}"))?;
        let sip = self.matching(&format!("ip.src == {GATEWAY} && sip"))?;
        // Expert information from "warning" upwards.
        let wrong = self.matching(&format!(
            "ip.src == {GATEWAY} && (_ws.malformed || _ws.expert.severity >= 6291456)"
        ))?;
        if all.is_empty() {
            return Err("the capture has no message of the gateway".to_owned());
        }
        if all.len() != sip.len() {
            return Err(format!("{} of {} datagrams are SIP to tshark", sip.len(), all.len()));
        }
        if let Some(first) = wrong.first() {
            return Err(format!("tshark complains of {} messages, first: {first}", wrong.len()));
        }
        Ok(format!("tshark: {} messages of the gateway, none malformed, no warning", sip.len()))
    }

    /// A line for each captured message that a display filter lets through.
    fn matching(&self, filter: &str) -> Result<Vec<String>, String> {
        let output = Command::new("tshark")
            .arg("-r")
            .arg(&self.file)
            .args(["-d", &format!("udp.port=={},sip", self.port), "-Y", filter, "-T", "fields"])
            .args(["-e", "frame.number", "-e", "sip.Request-Line", "-e", "sip.Status-Line"])
            .args(["-e", "_ws.expert.message"])
            .output()
            .map_err(|error| format!("tshark cannot be started: {error}"))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(format!("tshark failed on `{filter}`: {}", errors.trim()));
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text.lines().map(|line| line.trim().replace('\t', " ")).collect())
    }
}

//! A capture of the signalling of the whole run, and Wireshark's opinion of it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::process::Process;
use crate::stage::GATEWAY;

pub(crate) struct Capture {
    process: Process,
    file: PathBuf,
    port: u16,
}

impl Capture {
    /// Captures the signalling of the gateway that listens at this address, into this folder.
    pub(crate) fn start(gateway: SocketAddr, folder: &Path) -> Result<Self, String> {
        let file = folder.join("signalling.pcapng");
        let (ip, port) = (gateway.ip(), gateway.port());
        // Connections that the gateway opens leave from ports of their own.
        let filter = format!("host {ip} and (udp port {port} or tcp)");
        let mut command = Command::new("dumpcap");
        // The end of its own is for the case that this program is killed.
        command.args(["-i", "lo", "-a", "duration:480", "-f", &filter, "-w"]);
        command.arg(&file);
        let mut process = Process::start("dumpcap", &mut command, folder)?;
        // It says so when the capture is open.
        process
            .expect("File:", Duration::from_secs(10))
            .map_err(|problem| format!("{problem}: {}", process.output().trim()))?;
        Ok(Self { process, file, port })
    }

    /// Ends the capture.
    pub(crate) fn stop(mut self) -> Result<Captured, String> {
        self.process.terminate()?;
        self.process.wait(Duration::from_secs(5))?;
        Ok(Captured { file: self.file, port: self.port })
    }
}

/// A capture that has ended.
pub(crate) struct Captured {
    file: PathBuf,
    port: u16,
}

impl Captured {
    /// Lets Wireshark's dissector read all that the gateway sent in the clear: SIP every time, malformed
    /// never, each request with a Via of the transport that it went over.
    pub(crate) fn judge(&self) -> Result<String, String> {
        let mut counts = Vec::new();
        for (transport, carries) in [("UDP", "udp"), ("TCP", "tcp && tcp.len > 0")] {
            let from_us = format!("ip.src == {GATEWAY} && {carries}");
            let all = self.matching(&from_us)?;
            let sip = self.matching(&format!("{from_us} && sip"))?;
            // Expert information from "warning" upwards.
            let wrong = self.matching(&format!(
                "{from_us} && sip && (_ws.malformed || _ws.expert.severity >= 6291456)"
            ))?;
            let elsewhere = self.matching(&format!(
                "{from_us} && sip.Method && !(sip.Via.transport == \"{transport}\")"
            ))?;
            if all.is_empty() {
                return Err(format!("the capture has no message of the gateway over {transport}"));
            }
            if all.len() != sip.len() {
                let (sip, all) = (sip.len(), all.len());
                return Err(format!("{sip} of {all} over {transport} are SIP to tshark"));
            }
            if let Some(first) = wrong.first() {
                return Err(format!("tshark complains of {} messages: {first}", wrong.len()));
            }
            if let Some(first) = elsewhere.first() {
                return Err(format!("over {transport}, but its Via says another: {first}"));
            }
            counts.push(format!("{} over {transport}", sip.len()));
        }
        let counts = counts.join(" and ");
        Ok(format!("tshark: of the gateway {counts}, none malformed, no warning, each Via true"))
    }

    /// How many connections were opened to this address.
    pub(crate) fn connections_to(&self, at: SocketAddr) -> Result<usize, String> {
        let (ip, port) = (at.ip(), at.port());
        let syn = "tcp.flags.syn == 1 && tcp.flags.ack == 0 && !tcp.analysis.retransmission";
        let found = self.matching(&format!("ip.dst == {ip} && tcp.dstport == {port} && {syn}"))?;
        Ok(found.len())
    }

    /// A line for each captured message that a display filter lets through.
    fn matching(&self, filter: &str) -> Result<Vec<String>, String> {
        let output = Command::new("tshark")
            .arg("-r")
            .arg(&self.file)
            .args(["-d", &format!("udp.port=={},sip", self.port)])
            .args(["-d", &format!("tcp.port=={},sip", self.port), "-Y", filter, "-T", "fields"])
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

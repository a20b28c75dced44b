//! One SIPp instance.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use siptrunk::message::Transport;

use crate::process::Process;
use crate::stage::Stage;
use crate::wire::Conversation;

/// SIPp needs a moment to bind its port, no more.
const START: Duration = Duration::from_secs(5);

pub(crate) struct Sipp {
    process: Process,
    role: &'static str,
    limit: Duration,
    messages: PathBuf,
}

/// A proxy, as the SIPp behind it and the gateway before it see it.
#[derive(Clone, Copy)]
pub(crate) struct Proxy {
    /// Where SIPp sends to.
    pub(crate) at: SocketAddr,
    /// How it reaches the gateway, and is reached.
    pub(crate) transport: Transport,
    /// Where the gateway is for it.
    pub(crate) gateway: SocketAddr,
}

/// What one instance is told.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) file: &'a str,
    pub(crate) at: SocketAddr,
    /// What a caller dials; a callee waits for calls.
    pub(crate) dials: Option<&'a str>,
    pub(crate) calls: usize,
    pub(crate) transport: Transport,
    /// A connection for each call instead of one for all.
    pub(crate) connection_each: bool,
    /// A proxy between this SIPp and the gateway.
    pub(crate) behind: Option<Proxy>,
    /// Added to the media port, for a second SIPp at one address.
    pub(crate) media_offset: u16,
    pub(crate) limit: Duration,
}

impl<'a> Part<'a> {
    pub(crate) fn caller(file: &'a str, at: SocketAddr, dials: &'a str) -> Self {
        Self { dials: Some(dials), ..Self::callee(file, at) }
    }

    pub(crate) fn callee(file: &'a str, at: SocketAddr) -> Self {
        Self {
            file,
            at,
            dials: None,
            calls: 1,
            transport: Transport::Udp,
            connection_each: false,
            behind: None,
            media_offset: 0,
            limit: Duration::from_secs(10),
        }
    }

    /// The same over another transport.
    pub(crate) fn over(self, transport: Transport) -> Self {
        Self { transport, ..self }
    }

    /// The transport that this side's messages come to the gateway over, and where they find it.
    pub(crate) fn meets_gateway(&self, stage: &Stage<'_>) -> (Transport, SocketAddr) {
        self.behind.map_or((self.transport, stage.ground.address), |proxy| {
            (proxy.transport, proxy.gateway)
        })
    }

    /// How SIPp calls the transport.
    fn mode(&self) -> &'static str {
        match (self.transport, self.connection_each) {
            (Transport::Udp, false) => "u1",
            (Transport::Udp, true) => "un",
            (_, false) => "t1",
            (_, true) => "tn",
        }
    }

    /// Starts it; a callee listens when this returns.
    pub(crate) fn start(&self, stage: &Stage<'_>) -> Result<Sipp, String> {
        let name = self.file.trim_end_matches(".xml");
        let messages = stage.folder().join(format!("{name}.messages"));
        let mut command = Command::new("sipp");
        // The folder has the recording that scenarios play.
        command.current_dir(stage.folder());
        command.arg("-sf").arg(stage.scenario(self.file));
        let (address, port) = (self.at.ip().to_string(), self.at.port().to_string());
        command.args(["-t", self.mode(), "-i", &address, "-p", &port, "-mi", &address]);
        let media_port = stage.ground.media_port() + self.media_offset;
        command.args(["-mp", &media_port.to_string()]);
        command.args(["-m", &self.calls.to_string(), "-l", &self.calls.to_string()]);
        // All calls at once; SIPp ends a run that takes longer than `-timeout` with an error.
        command.args(["-r", &self.calls.max(10).to_string(), "-rp", "500"]);
        command.args(["-timeout", &format!("{}s", self.limit.as_secs()), "-timeout_error"]);
        // Its default is more than many systems allow.
        command.args(["-max_socket", "1000"]);
        command.args(["-nostdin", "-trace_msg", "-trace_err"]);
        command.arg("-message_file").arg(&messages);
        command.arg("-error_file").arg(stage.folder().join(format!("{name}.errors")));
        if let Some(dialed) = self.dials {
            let first_hop = self.behind.map_or(stage.ground.address, |proxy| proxy.at);
            command.args(["-s", dialed, &first_hop.to_string()]);
        }
        let mut process = Process::start(name, &mut command, stage.folder())?;
        if self.dials.is_none() {
            process.until("listened", START, || listened_to(self.transport, self.at))?;
        }
        let role = Stage::role(self.at.ip());
        Ok(Sipp { process, role, limit: self.limit, messages })
    }
}

/// Whether a socket waits at this address, by the kernel's table: to try and bind there could be what
/// keeps SIPp from it.
pub(crate) fn listened_to(transport: Transport, at: SocketAddr) -> bool {
    let SocketAddr::V4(at) = at else { return false };
    // The states that the kernel gives to a UDP socket without a peer and to a TCP listener.
    let (table, state) = match transport {
        Transport::Udp => ("/proc/net/udp", "07"),
        _ => ("/proc/net/tcp", "0A"),
    };
    let host = u32::from_ne_bytes(at.ip().octets());
    let local = format!("{host:08X}:{:04X}", at.port());
    fs::read_to_string(table).unwrap_or_default().lines().any(|line| {
        let mut columns = line.split_whitespace();
        columns.nth(1) == Some(local.as_str()) && columns.nth(1) == Some(state)
    })
}

impl Sipp {
    /// Waits for its end: every call as its scenario says, or an error.
    pub(crate) fn finish(mut self) -> Result<Conversation, String> {
        // SIPp ends by itself at the limit; the second beyond is for a SIPp that does not.
        let status = self.process.wait(self.limit + Duration::from_secs(2))?;
        let log = fs::read(&self.messages).unwrap_or_default();
        let conversation = Conversation::read(&String::from_utf8_lossy(&log));
        if status.success() {
            return Ok(conversation);
        }
        let what = match status.code() {
            Some(1) => "a call did not go as the scenario says".to_owned(),
            Some(97..=99) => "it stopped early".to_owned(),
            _ => format!("time limit or fatal error, {status}"),
        };
        Err(format!("SIPp as {}: {what} ({})", self.role, conversation.ladder()))
    }
}

//! What every scenario stands on: the tools, addresses and ports, and a folder for what is written.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// The gateway's place.
pub(crate) const GATEWAY: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 1);
/// The gateway's place for TLS. One of its own, so that captures can leave out what nobody can read.
pub(crate) const SECURED: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 2);
/// Where Five9 is played.
pub(crate) const FIVE9: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 1);
/// Where Synthflow is played.
pub(crate) const SYNTHFLOW: Ipv4Addr = Ipv4Addr::new(127, 0, 3, 1);
/// The proxy's place.
pub(crate) const PROXY: Ipv4Addr = Ipv4Addr::new(127, 0, 4, 1);
/// An address that no trunk has.
pub(crate) const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 9, 9);

/// Where Debian's package has SIPp's G.711 recording; `SIPP_G711` names another place.
const RECORDING: &str = "/usr/share/sip-tester/g711a.pcap";

/// What all scenarios share.
pub(crate) struct Ground {
    folder: PathBuf,
    scenarios: PathBuf,
    gateway: PathBuf,
    recording: PathBuf,
    /// The gateway's signalling address over UDP and TCP: one for all scenarios, which run one after
    /// another.
    pub(crate) address: SocketAddr,
    media: MediaBlock,
}

/// A block of ports for media on all three addresses. The socket at its first port is the claim
/// that keeps other runs of this program off it.
struct MediaBlock(UdpSocket);

impl MediaBlock {
    const LENGTH: u16 = 1500;

    /// The first free block below the ports that systems hand out by themselves.
    fn claim() -> Result<Self, String> {
        (23_000..31_000)
            .step_by(usize::from(Self::LENGTH))
            .find_map(|first| UdpSocket::bind((GATEWAY, first)).ok())
            .map(Self)
            .ok_or_else(|| "every block of media ports is taken".to_owned())
    }

    fn first(&self) -> u16 {
        self.0.local_addr().map_or(0, |address| address.port())
    }
}

impl Ground {
    /// Looks for everything that is needed. What is missing is an error: nothing is left out silently.
    pub(crate) fn prepare() -> Result<Self, String> {
        for (tool, package) in [
            ("sipp", "sip-tester"),
            ("tshark", "tshark"),
            ("dumpcap", "tshark"),
            ("kamailio", "kamailio, kamailio-tls-modules"),
            ("sh", "dash"),
        ] {
            if !on_path(tool) {
                return Err(format!(
                    "`{tool}` is not installed (Debian: {package}; see .ci/setup)"
                ));
            }
        }
        let recording =
            env::var_os("SIPP_G711").map_or_else(|| PathBuf::from(RECORDING), PathBuf::from);
        if !recording.is_file() {
            return Err(format!(
                "SIPp's recording is not at {}; name it in SIPP_G711",
                recording.display()
            ));
        }
        let gateway = built_gateway()?;
        let folder = env::temp_dir().join(format!("siptrunk-interop-{}", process::id()));
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop");
        let address = free_port(GATEWAY)?;
        let media = MediaBlock::claim()?;
        Ok(Self { folder, scenarios, gateway, recording, address, media })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The recording that [`crate::audio`] compares with.
    pub(crate) fn recording(&self) -> &Path {
        &self.recording
    }

    /// The media port of both SIPps; what they announce in calls with audio is 1000 above.
    pub(crate) fn media_port(&self) -> u16 {
        self.media.first()
    }

    /// The gateway's range of media ports, as its file has it.
    pub(crate) fn media_range(&self) -> String {
        let first = self.media.first();
        // The first one is the claim.
        format!("{}-{}", first + 2, first + MediaBlock::LENGTH - 1)
    }

    /// Removes what was written; for a run without a failure.
    pub(crate) fn clear(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn on_path(tool: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(tool).is_file())
}

/// The example beside this program: `target/PROFILE/interop` and `target/PROFILE/examples/gateway`.
fn built_gateway() -> Result<PathBuf, String> {
    let own = env::current_exe().map_err(|error| format!("where this program is: {error}"))?;
    let folder = own.parent().unwrap_or_else(|| Path::new(""));
    let gateway = folder.join("examples").join("gateway");
    if gateway.is_file() {
        return Ok(gateway);
    }
    let release = if folder.ends_with("release") { " --release" } else { "" };
    Err(format!(
        "{} is not there: run `cargo build{release} --example gateway` first",
        gateway.display()
    ))
}

/// A port of `address` that nobody has bound, neither for UDP nor for TCP.
pub(crate) fn free_port(address: Ipv4Addr) -> Result<SocketAddr, String> {
    // The system hands out ports of one kind; that the other kind is taken is rare, and not always.
    const TRIES: usize = 20;
    let free_for_both = || {
        let at = UdpSocket::bind((address, 0)).and_then(|socket| socket.local_addr()).ok()?;
        TcpListener::bind(at).is_ok().then_some(at)
    };
    (0..TRIES).find_map(|_| free_for_both()).ok_or_else(|| format!("no free port at {address}"))
}

/// One scenario's folder, ports and files.
pub(crate) struct Stage<'a> {
    pub(crate) ground: &'a Ground,
    folder: PathBuf,
    pub(crate) five9: SocketAddr,
    pub(crate) synthflow: SocketAddr,
}

impl<'a> Stage<'a> {
    pub(crate) fn set(ground: &'a Ground, name: &str) -> Result<Self, String> {
        let folder = ground.folder.join(name);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        let recording = folder.join("g711a.pcap");
        fs::copy(&ground.recording, &recording)
            .map_err(|error| format!("{}: {error}", recording.display()))?;
        Ok(Self { ground, folder, five9: free_port(FIVE9)?, synthflow: free_port(SYNTHFLOW)? })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of `tests/interop`.
    pub(crate) fn scenario(&self, file: &str) -> PathBuf {
        self.ground.scenarios.join(file)
    }

    /// Writes a file of `tests/interop` into the scenario's folder, with each `@NAME@` filled in: those
    /// that all files share, and these.
    pub(crate) fn fill_in(&self, file: &str, more: &[(&str, String)]) -> Result<PathBuf, String> {
        let source = self.scenario(file);
        let mut text = fs::read_to_string(&source)
            .map_err(|error| format!("{}: {error}", source.display()))?;
        let shared = [
            ("@GATEWAY@", self.ground.address.to_string()),
            ("@FIVE9@", self.five9.to_string()),
            ("@SYNTHFLOW@", self.synthflow.to_string()),
            ("@MEDIA@", self.ground.media_range()),
            ("@FOLDER@", self.folder.display().to_string()),
        ];
        // What is filled in may have a name in it that all share.
        for (name, value) in more.iter().chain(&shared) {
            text = text.replace(name, value);
        }
        self.write(file, &text)
    }

    /// Writes a file into the scenario's folder.
    pub(crate) fn write(&self, file: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(file);
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(path)
    }

    pub(crate) fn gateway_program(&self) -> &Path {
        &self.ground.gateway
    }

    /// A free port at `address` for a third SIPp.
    pub(crate) fn extra(&self, address: Ipv4Addr) -> Result<SocketAddr, String> {
        loop {
            let extra = free_port(address)?;
            if extra != self.five9 && extra != self.synthflow {
                return Ok(extra);
            }
        }
    }

    /// The role played at an address, as evidence names it.
    pub(crate) fn role(address: IpAddr) -> &'static str {
        match address {
            IpAddr::V4(FIVE9) => "Five9",
            IpAddr::V4(SYNTHFLOW) => "Synthflow",
            _ => "stranger",
        }
    }

    /// Prints all that the programs of the scenario wrote, the newest part of what is long.
    pub(crate) fn print_outputs(&self) {
        const LINES: usize = 250;
        let mut files: Vec<PathBuf> = fs::read_dir(&self.folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        files.retain(|file| file.extension().is_none_or(|extension| extension != "pcap"));
        files.sort();
        for file in files {
            let bytes = fs::read(&file).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes);
            let lines: Vec<&str> = text.lines().collect();
            let skipped = lines.len().saturating_sub(LINES);
            println!("---- {}", file.display());
            if skipped > 0 {
                println!("({skipped} lines before)");
            }
            for line in &lines[skipped..] {
                println!("{line}");
            }
        }
    }
}

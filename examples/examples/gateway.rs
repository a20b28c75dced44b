//! A gateway from a configuration file: runs until SIGTERM or Ctrl-C.
//!
//! ```text
//! cargo run --release --example gateway -- --config FILE.toml [--check]
//! ```
//!
//! One line when it listens, one line for each thing that happens to a call. Stopping: new calls are
//! answered 503, live ones get `shutdown_seconds` of the file (5 by default) to end by themselves,
//! then a BYE with a Reason; a second signal ends them at once. SIGHUP reads the routes of the file and the
//! certificates again; live calls go on as they are. `--check` only judges the file. Exit
//! status: 0 after a stop or a good check; 2 if the arguments, the file or the start were wrong, with
//! every problem on stderr, a line each; 1 if the gateway broke.

use std::{
    cell::Cell,
    env,
    ffi::OsString,
    fmt,
    io::{self, Write as _},
    path::{Path, PathBuf},
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use siptrunk::{
    Event, Gateway,
    profiles::{Config, Finding},
};
use siptrunk_examples::config_file::ConfigFile;
#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

const USAGE: &str = "usage: gateway --config FILE.toml [--check]";

#[tokio::main]
async fn main() -> ExitCode {
    match run(env::args_os().skip(1)).await {
        Ok(status) => status,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: impl Iterator<Item = OsString>) -> Result<ExitCode, String> {
    let Arguments { file, check } = Arguments::read(arguments)?;
    let (config, warnings) = load(&file)?;
    if check {
        say(format_args!("{}: good", file.display()));
        return Ok(ExitCode::SUCCESS);
    }
    let grace = Duration::from_secs(config.shutdown_seconds.into());
    // Before anything says that the gateway runs: from then on somebody may tell it to stop.
    let no_handler = |error| format!("no signal handler: {error}");
    let mut signals = StopSignals::new().map_err(no_handler)?;
    let mut hang_ups = HangUps::new().map_err(no_handler)?;
    let gateway = Gateway::from_config(config).start().await.map_err(|error| error.to_string())?;
    // What only a start can know, such as a limit of the operating system.
    for warning in gateway.warnings().iter().filter(|warning| !warnings.contains(warning)) {
        eprintln!("{}: {warning}", file.display());
    }
    let addresses: Vec<_> = gateway.local_addrs().iter().map(ToString::to_string).collect();
    say(format_args!("listening on {}", addresses.join(", ")));

    let told_to_stop = Cell::new(false);
    let mut stop = pin!(async {
        let signal = signals.next().await;
        told_to_stop.set(true);
        say(format_args!("{signal}: no new calls; live ones have {grace:?} to end"));
        tokio::select! {
            () = gateway.shutdown(grace) => {}
            again = signals.next() => {
                say(format_args!("{again} again: live calls end now"));
                gateway.shutdown(Duration::ZERO).await;
            }
        }
    });
    let mut stopped = false;
    loop {
        tokio::select! {
            event = gateway.next_event() => match event {
                Some(event) => tell(&event),
                // All is told, and the gateway has ended.
                None => break,
            },
            () = &mut stop, if !stopped => stopped = true,
            () = hang_ups.next() => reload(&gateway, &file).await,
        }
    }
    if !told_to_stop.get() {
        eprintln!("the gateway ended without being told to: see the panic above");
        return Ok(ExitCode::FAILURE);
    }
    if !stopped {
        stop.await;
    }
    say(format_args!("stopped"));
    Ok(ExitCode::SUCCESS)
}

struct Arguments {
    file: PathBuf,
    check: bool,
}

impl Arguments {
    fn read(mut arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let (mut file, mut check) = (None, false);
        while let Some(argument) = arguments.next() {
            if argument == "--config" && file.is_none() {
                file = arguments.next().map(PathBuf::from);
            } else if argument == "--check" {
                check = true;
            } else {
                return Err(format!("unexpected argument `{}`\n{USAGE}", argument.display()));
            }
        }
        let file = file.ok_or_else(|| USAGE.to_owned())?;
        Ok(Self { file, check })
    }
}

/// Reads and judges a file. Warnings go to stderr, errors come back with them, a line each.
fn load(file: &Path) -> Result<(Config, Vec<Finding>), String> {
    let read = ConfigFile::read(file)?;
    let lines = read.lines();
    let config = read.config.ok_or_else(|| lines.clone())?;
    if !lines.is_empty() {
        eprintln!("{lines}");
    }
    Ok((config, read.findings))
}

/// Reads routes and certificates again. What is wrong with either is told, and changes nothing of it.
async fn reload(gateway: &Gateway, file: &Path) {
    let routes = match load(file) {
        Ok((config, _)) => gateway.set_routes(&config).await.map_err(|error| error.to_string()),
        Err(problems) => Err(problems),
    };
    let certificates = gateway.reload_certificates().map_err(|error| error.to_string());
    for (what, outcome) in [("routes", routes.map(drop)), ("certificates", certificates)] {
        match outcome {
            Ok(()) => say(format_args!("SIGHUP: {what} read again")),
            Err(problems) => eprintln!("SIGHUP: {what} stay as they are\n{problems}"),
        }
    }
}

/// SIGHUP, where there is one.
struct HangUps(#[cfg(unix)] Signal);

impl HangUps {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        signal(SignalKind::hangup()).map(Self)
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "other systems can fail here")]
    fn new() -> io::Result<Self> {
        Ok(Self())
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        std::future::pending::<()>().await;
    }
}

/// SIGTERM and Ctrl-C, from its construction on: none that comes between two waits is lost.
struct StopSignals {
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    interrupt: Signal,
}

impl StopSignals {
    #[cfg(unix)]
    fn new() -> io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { terminate, interrupt })
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "other systems can fail here")]
    fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// The next signal, by its name.
    #[cfg(unix)]
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "Ctrl-C",
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> &'static str {
        // Without a handler the signal ends the process at once, which is no worse.
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl-C"
    }
}

/// One line for what happened. Texts of peers are escaped: they must not forge lines.
fn tell(event: &Event) {
    match event {
        Event::Started { call, from, dialed, call_id } => say(format_args!(
            "{call} started: from {from} to {}, Call-ID {}",
            dialed.escape_debug(),
            call_id.escape_debug()
        )),
        Event::Dialled { call, to, call_id } => {
            say(format_args!("{call} dialled: {to}, Call-ID {}", call_id.escape_debug()));
        }
        Event::Ringing { call, status } => {
            say(format_args!("{call} ringing: {}", status.code()));
        }
        Event::Answered { call } => say(format_args!("{call} answered")),
        Event::Media { call, event } => say(format_args!("{call} media: {event:?}")),
        Event::HandBack { call, headers, left_behind } => say(format_args!(
            "{call} handed back: {} headers carried, {} left behind",
            headers.len(),
            left_behind.len()
        )),
        Event::Ended { record } => {
            let call = record.call.map_or_else(|| "call".to_owned(), |call| call.to_string());
            match &record.failure {
                None => say(format_args!("{call} ended after {:?}", record.duration)),
                Some(failure) => say(format_args!(
                    "{call} failed after {:?}: {}",
                    record.duration,
                    failure.to_string().escape_debug()
                )),
            }
        }
        Event::Refused { record } => {
            let why = record.failure.as_ref().map(ToString::to_string).unwrap_or_default();
            say(format_args!("call refused: {}", why.escape_debug()));
        }
        Event::Registered { trunk, expires } => {
            say(format_args!("trunk {trunk} registered for {expires:?}"));
        }
        Event::RegistrationFailed { trunk, reason, retry_in } => say(format_args!(
            "trunk {trunk} not registered: {}; next attempt in {retry_in:?}",
            reason.escape_debug()
        )),
        Event::Drained => say(format_args!("no call is left")),
        other => say(format_args!("{}", format!("{other:?}").escape_debug())),
    }
}

/// Writes a line. A reader that has gone away is no reason to end calls.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

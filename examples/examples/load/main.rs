//! Load on a gateway, made and measured here: both ends of its calls, and the processor time of each side.
//!
//! ```text
//! cargo run --release --example load -- [--rate N] [--duration S] [--hold S] [--media] [--json] [--to HOST:PORT]
//! ```
//!
//! `--rate` calls a second are begun for `--duration` seconds, each answered at once and hung up by the caller `--hold`
//! seconds later; with `--media` both ends send G.711 meanwhile, and gaps in the sequence numbers are counted where
//! they arrive. Without `--to` a gateway runs as a process of its own, so that its time is told apart from that of the
//! ends. With `--to` it is somebody else's gateway: it has to send calls from 127.0.2.1 for +12065551234 to
//! 127.0.3.1:32681. The exit status is 0 if every call was set up and ended, and nothing was lost.

mod arguments;
mod callee;
mod caller;
mod end;
mod figures;
mod gateway;
mod streams;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use siptrunk::net::{Driver, NoWorld, UdpListener, UdpOptions};
use siptrunk::transaction::{Listener, Seed};

use arguments::Arguments;
use callee::Callee;
use caller::Caller;
use end::{Desk, End};
use figures::Figures;
use gateway::GatewayProcess;

/// Where the calling end is, and where the called one.
const CALLER: &str = "127.0.2.1:0";
const CALLEE: &str = "127.0.3.1:0";
/// Where the called end is for a gateway that was set up by hand.
const CALLEE_FOR_OTHERS: &str = "127.0.3.1:32681";
/// The number that leads to the called end.
const NUMBER: &str = "+12065551234";
/// What the kernel holds for an end that is busy: a second of the largest rate.
const SOCKET_BUFFER: usize = 8 << 20;
/// How long calls may take to end after the last was begun: longer than any retransmission.
const PATIENCE: Duration = Duration::from_secs(40);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    let arguments = match Arguments::read(words) {
        Ok(arguments) => arguments,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    };
    let outcome = match arguments.serve {
        Some(callee) => gateway::serve(callee).await.map(|()| true),
        None => Box::pin(run(&arguments)).await,
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::from(2)
        }
    }
}

/// Puts the load on the gateway and prints what came of it; whether all went well.
async fn run(arguments: &Arguments) -> Result<bool, Failure> {
    let callee = bind(if arguments.to.is_some() { CALLEE_FOR_OTHERS } else { CALLEE })?;
    let caller = bind(CALLER)?;
    let mut own = match arguments.to {
        Some(_) => None,
        None => Some(GatewayProcess::start(callee[0].local_addr())?),
    };
    let given = arguments.to.or_else(|| own.as_ref().map(GatewayProcess::address));
    let gateway = given.ok_or("there is no gateway")?;

    let now = Instant::now();
    let seed = Seed(rand::random());
    let desk = desk_on(&callee, arguments, seed.derive(b"callee"));
    let callee = Driver::new(End { desk, role: Callee::default() }, NoWorld, callee);
    let desk = desk_on(&caller, arguments, seed.derive(b"caller"));
    let role = Caller::new(&desk, caller[0].local_addr(), gateway, arguments, now)?;
    let caller = Driver::new(End { desk, role }, NoWorld, caller);
    let (caller_handle, callee_handle) = (caller.handle(), callee.handle());

    let before = own.as_mut().map(GatewayProcess::report).transpose()?;
    let own_before = ProcessTime::now();
    let ends = (tokio::spawn(caller.run()), tokio::spawn(callee.run()));
    let patience = arguments.duration + arguments.hold + PATIENCE;
    let finished = caller_handle.until(|end: &End<Caller>| end.role.is_finished());
    // Calls that do not end in time are missing among those that ended.
    let _late = tokio::time::timeout(patience, finished).await;
    let (took, generator) = (now.elapsed(), own_before.elapsed());
    let after = match &mut own {
        Some(own) => Some(own.report_at_rest().await?),
        None => None,
    };

    let lost = caller_handle.statistics().dropped + callee_handle.statistics().dropped;
    caller_handle.stop().await;
    callee_handle.stop().await;
    let (caller, callee) = (ends.0.await?, ends.1.await?);
    let figures = Figures {
        took,
        generator,
        gateway: before.zip(after).map(|(before, after)| after.since(&before)),
        dropped_by_ends: lost,
        callee_answered: callee.role.answered,
        callee_heard: callee.desk.streams.heard(),
        caller: caller.role.into_outcome(&caller.desk),
    };
    if arguments.json {
        println!("{}", figures.json(arguments));
    } else {
        println!("{}", figures.text(arguments));
    }
    Ok(figures.is_good(arguments))
}

/// The signalling and the media socket of an end, on one address; media on a port of the system's choice.
fn bind(at: &str) -> Result<[UdpListener; 2], Failure> {
    let sip: SocketAddr = at.parse()?;
    let mut options = UdpOptions::default();
    options.receive_buffer = SOCKET_BUFFER;
    options.send_buffer = SOCKET_BUFFER;
    let sockets = [sip, SocketAddr::new(sip.ip(), 0)].map(|at| UdpListener::bind_with(at, options));
    let [sip, media] = sockets;
    Ok([sip?, media?])
}

/// A desk on these sockets.
fn desk_on(sockets: &[UdpListener; 2], arguments: &Arguments, seed: Seed) -> Desk {
    let [sip, media] = sockets.each_ref().map(UdpListener::local_addr);
    Desk::new(Listener::udp(sip), media, arguments, seed)
}

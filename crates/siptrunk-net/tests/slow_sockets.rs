//! Peers that drip an octet a second into thousands of connections, while one that speaks normally
//! goes on being served.
//!
//! Without an argument a small form; with a number so many sockets and the deadlines of
//! production, as `.ci/long sockets` runs it. The dripping peers are a process of their own: either
//! side has its own descriptors and its own memory.

#[expect(dead_code, reason = "this one only echoes")]
#[path = "support/recorder.rs"]
mod recorder;

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpStream as BlockingStream},
    process::{Command, ExitCode, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use recorder::Recorder;
use siptrunk_net::{Driver, NoWorld, StreamListener, StreamOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    sync::Semaphore,
    task::JoinSet,
};

/// The small form: so many sockets, and deadlines at a fifth.
const FEW: usize = 300;
const HURRY: u32 = 5;

/// What has to hold.
const LATENCY: Duration = Duration::from_millis(200);
const REAPED: Duration = Duration::from_secs(15);
const MEMORY_KIB: u64 = 40 << 10;

/// As many from one address as the defaults allow.
const PER_SOURCE: usize = 64;

/// How many connections the peers open at the same time.
const OPENING: usize = 128;

const MESSAGE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nContent-Length: 0\r\n\r\n";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [peers, address, count] = &arguments[..]
        && peers == "peers"
    {
        drip(address.parse().expect("an address"), count.parse().expect("a number"));
        return ExitCode::SUCCESS;
    }
    // What else stands there is a filter for other tests.
    let many = arguments.first().and_then(|first| first.parse().ok());
    let faults = run(many.unwrap_or(FEW), if many.is_some() { 1 } else { HURRY });
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    ExitCode::from(u8::from(!faults.is_empty()))
}

/// Serves, lets the peers loose, measures until they are gone, and says what does not hold.
fn run(count: usize, hurry: u32) -> Vec<String> {
    let mut options = StreamOptions::default();
    options.assembly /= hurry;
    // All of them are to be held: those over the table's bound would simply be refused.
    options.connections = count + PER_SOURCE;
    assert_eq!(options.per_source, PER_SOURCE);
    let (assembly, reaped_by) = (options.assembly, REAPED / hurry);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let (address, handle) = runtime.block_on(async {
        let listener = StreamListener::tcp((Ipv4Addr::LOCALHOST, 0).into()).expect("a listener");
        let address = listener.local_addr();
        let driver = Driver::new(Recorder::new(true), NoWorld, [listener]).streams(options);
        let handle = driver.handle();
        tokio::spawn(driver.run());
        (address, handle)
    });
    let before = memory();

    let mut peers = Command::new(env::current_exe().expect("this program"))
        .args(["peers", &address.to_string(), &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process");
    let told = BufReader::new(peers.stdout.take().expect("piped")).lines();
    let over = AtomicBool::new(false);
    let (took, lives, most) = thread::scope(|scope| {
        let speaking = scope.spawn(|| speak(address, &over));
        let mut most = before;
        let mut lives = Vec::new();
        for line in told.map_while(Result::ok) {
            // Some lines on the way, so that memory is looked at while all are there.
            most = most.max(memory());
            if let Some(life) = line.strip_prefix("lived ") {
                lives.push(Duration::from_millis(life.parse().expect("milliseconds")));
            }
        }
        over.store(true, Ordering::Relaxed);
        (speaking.join().expect("the exchanges"), lives, most)
    });
    let ended = peers.wait().expect("an end").success();
    let counted = handle.statistics();

    let (shortest, longest) = (lives.iter().min().copied(), lives.iter().max().copied());
    let p99 = took.get(took.len() * 99 / 100).copied();
    println!(
        "{} sockets lived {:?} to {:?}; {} exchanges meanwhile, median {:?}, 99 of 100 within \
         {:?}, longest {:?}; memory {} KiB before, {} KiB at most",
        lives.len(),
        shortest.unwrap_or_default(),
        longest.unwrap_or_default(),
        took.len(),
        took.get(took.len() / 2).copied().unwrap_or_default(),
        p99.unwrap_or_default(),
        took.last().copied().unwrap_or_default(),
        before,
        most,
    );
    let mut faults = Vec::new();
    let mut hold = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    hold(ended && lives.len() == count, "not all sockets were opened: is `ulimit -n` too low?");
    hold(counted.connections_refused == 0, "some sockets were refused, not held");
    hold(
        shortest.is_some_and(|life| life >= assembly * 9 / 10),
        "sockets closed before their time",
    );
    hold(longest.is_some_and(|life| life <= reaped_by), "sockets were held too long");
    hold(took.len() >= 100, "too few exchanges to judge by");
    hold(p99.is_some_and(|p99| p99 <= LATENCY), "who speaks normally had to wait");
    hold(most <= MEMORY_KIB, "memory");
    faults
}

/// Opens a connection, sends a request, waits for its answer, again and again; the times they took,
/// in order of length.
fn speak(address: SocketAddr, over: &AtomicBool) -> Vec<Duration> {
    let mut took = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let began = Instant::now();
        let mut stream = BlockingStream::connect(address).expect("a connection");
        stream.write_all(MESSAGE).expect("a request");
        let mut answer = [0; MESSAGE.len()];
        stream.read_exact(&mut answer).expect("an answer");
        took.push(began.elapsed());
        thread::sleep(Duration::from_millis(5));
    }
    took.sort_unstable();
    took
}

/// What this process has in memory now, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// The other process: opens the connections, drips into each, and tells how long each one lived.
fn drip(address: SocketAddr, count: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let opening = std::sync::Arc::new(Semaphore::new(OPENING));
        let mut open = JoinSet::new();
        for number in 0..count {
            let place = opening.clone().acquire_owned().await.expect("never closed");
            open.spawn(async move {
                let source = u32::try_from(number / PER_SOURCE).expect("few sources");
                // From 127.1.0.1 on.
                let source = Ipv4Addr::from(0x7f01_0001 + source);
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.bind((source, 0).into()).expect("an address of this machine");
                let stream = socket.connect(address).await.expect("a connection");
                drop(place);
                live(stream).await
            });
            if number % 100 == 0 {
                println!("opening");
            }
        }
        while let Some(life) = open.join_next().await {
            println!("lived {}", life.expect("a life").as_millis());
        }
    });
}

/// An octet a second until the other side closes, and how long that took.
async fn live(stream: TcpStream) -> Duration {
    let began = Instant::now();
    let (mut reader, mut writer) = stream.into_split();
    let dripping = async {
        for octet in MESSAGE.iter().cycle() {
            if writer.write_all(&[*octet]).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // Its end is seen by the reader.
        std::future::pending::<()>().await;
    };
    let mut nothing = [0];
    tokio::select! {
        () = dripping => {}
        _ = reader.read(&mut nothing) => {}
    }
    began.elapsed()
}

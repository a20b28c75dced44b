//! Floods of strangers while a trunk calls: its calls are set up, in time, in bounded memory, and every
//! datagram is accounted for (threats T18 and T19).
//!
//! Without an environment a small form. `SECONDS=600 RATE=20000 SOURCES=1,100,65536 JUNK=1000000` is the
//! long one: so long for each number of sources, so many requests a second, and so many sources in
//! memory. The flood is a process of its own.

#[expect(dead_code, reason = "who is flooded needs no more of it")]
#[path = "support/phone.rs"]
mod phone;
#[expect(dead_code, reason = "what the telephone uses")]
#[path = "support/sockets.rs"]
mod sockets;

use std::{
    env, fs,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    process::{Child, Command, ExitCode, Stdio},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant, SystemTime},
};

use phone::{Phone, field};
use quinn_udp::{Transmit, UdpSocketState};
use siptrunk_bridge::{Bridge, Settings};
use siptrunk_net::{Gateway, GatewayStatistics};
use siptrunk_profiles::{Config, Generic, Listen, MediaPorts, Route};
use siptrunk_transaction::{Core as _, Listener, Received, Seed};

/// What has to hold: calls of a thousand that may fail, added at the 99th of 100, and memory.
const LOST_PER_THOUSAND: usize = 1;
const ADDED: Duration = Duration::from_millis(20);
/// What has to hold of the small form, which runs unoptimised beside other tests: nothing waits for
/// a repetition, whose first comes after so long.
const ADDED_IN_SMALL: Duration = Duration::from_millis(500);
const MEMORY_KIB: u64 = 64 << 10;

/// Calls for comparison, before the flood.
const QUIET_CALLS: usize = 100;

const GATEWAY: Ipv4Addr = Ipv4Addr::new(127, 0, 1, 77);
const CALLER: Ipv4Addr = Ipv4Addr::new(127, 0, 2, 77);
const CALLEE: Ipv4Addr = Ipv4Addr::new(127, 0, 3, 77);

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [flood, address, rate, sources, seconds] = &arguments[..]
        && flood == "flood"
    {
        let number = |text: &String| text.parse::<u64>().expect("a number");
        pour(address.parse().expect("an address"), number(rate), number(sources), number(seconds));
        return ExitCode::SUCCESS;
    }
    let number = |name: &str, small: u64| {
        env::var(name).map_or(small, |text| text.parse().expect("a number"))
    };
    let (seconds, rate) = (number("SECONDS", 2), number("RATE", 2_000));
    let allowed = if env::var_os("SECONDS").is_some() { ADDED } else { ADDED_IN_SMALL };
    let sources = env::var("SOURCES").unwrap_or_else(|_| "1,65536".to_owned());
    let mut faults = junk(u32::try_from(number("JUNK", 20_000)).expect("a number"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    for sources in sources.split(',') {
        faults.extend(runtime.block_on(flooded(sources, rate, seconds, allowed)));
    }
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    ExitCode::from(u8::from(!faults.is_empty()))
}

fn invite(from: IpAddr, number: u64) -> String {
    format!(
        "INVITE sip:+12065551234@{GATEWAY} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {from};branch=z9hG4bK{number:x};rport\r\nMax-Forwards: 70\r\n\
         From: <sip:+12065550199@{from}>;tag={number:x}\r\nTo: <sip:+12065551234@{GATEWAY}>\r\n\
         Call-ID: {number:x}@{from}\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{from}>\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

fn config(caller: SocketAddr, callee: SocketAddr, ours: SocketAddr) -> Config {
    Config::default()
        .listen(Listen::udp(ours))
        .media(MediaPorts::range(GATEWAY, 20_000..=27_999))
        .trunk(Generic::trunk("callers", caller).number("+12065550100"))
        .trunk(Generic::trunk("callees", callee).number("+12065551234"))
        .route(Route::from("callers").to("callees"))
}

/// So many strangers, each with a request, and then a trunk's call: in memory, where no datagram can
/// be lost but by us.
fn junk(sources: u32) -> Vec<String> {
    let at = |ip: Ipv4Addr| SocketAddr::from((ip, 5060));
    let (now, wall) = (Instant::now(), SystemTime::now());
    let (config, known) = (config(at(CALLER), at(CALLEE), at(GATEWAY)), Listener::udp(at(GATEWAY)));
    let settings = Settings::default();
    let mut bridge = Bridge::new(&config, settings, vec![known], &Seed([7; 32]), now, wall)
        .expect("a configuration without fault");
    let mut answers = 0;
    for number in 0..sources {
        // All over the address space, each once: an odd factor only changes their order.
        let ip = Ipv4Addr::from(0x3000_0000 | (number.wrapping_mul(0x9E37_79B1) & 0x0fff_ffff));
        let from = SocketAddr::from((ip, 5060));
        let text = invite(from.ip(), number.into());
        bridge.handle_input(now, Received::datagram(0, at(GATEWAY), from, text));
        while bridge.poll_transmit().is_some() {
            answers += 1;
        }
        while bridge.poll_event().is_some() {}
    }
    let refused: u64 = bridge.legs().refused().map(|(_, count)| count).sum();
    let text = invite(IpAddr::V4(CALLER), 1);
    bridge.handle_input(now, Received::datagram(0, at(GATEWAY), at(CALLER), text));
    let trying = bridge.poll_transmit().is_some_and(|it| it.bytes.starts_with(b"SIP/2.0 100"));
    println!(
        "{sources} strangers in memory: {refused} refused, {answers} of them answered, {:?} each; \
         the trunk's call is {}",
        now.elapsed() / sources,
        if trying { "taken" } else { "not taken" }
    );
    let mut faults = Vec::new();
    if !trying {
        faults.push("the trunk's call was not taken".to_owned());
    }
    if refused != u64::from(sources) {
        faults.push(format!("{refused} counted of {sources}"));
    }
    faults
}

/// Calls of a trunk, before and during a flood.
async fn flooded(sources: &str, rate: u64, seconds: u64, allowed: Duration) -> Vec<String> {
    let caller = Phone::new(IpAddr::V4(CALLER)).await;
    let callee = Phone::new(IpAddr::V4(CALLEE)).await;
    let free = UdpSocket::bind((GATEWAY, 0)).and_then(|it| it.local_addr()).expect("a free port");
    let config = config(caller.address(), callee.address(), free);
    let gateway = Gateway::from_config(config).start().await.expect("a gateway");
    let answering = tokio::spawn(answer(callee, free));

    let mut quiet = Vec::new();
    for number in 0..QUIET_CALLS {
        quiet.extend(call(&caller, free, &format!("quiet{number}")).await);
    }
    let (before, counted) = (memory(), gateway.statistics().await.expect("running"));
    let mut flood = start(free, rate, sources, seconds);
    let (mut made, mut taken, mut most) = (0, Vec::new(), before);
    while flood.try_wait().expect("its state").is_none() {
        taken.extend(call(&caller, free, &format!("flooded{made}")).await);
        made += 1;
        most = most.max(memory());
        // A trunk's pace: a few hundred calls a second.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let told = flood.wait_with_output().expect("what it told").stdout;
    let sent: u64 = String::from_utf8_lossy(&told).trim().parse().expect("a number");
    let after = accounted(&gateway, sent).await;
    answering.abort();
    gateway.shutdown(Duration::ZERO).await;

    let added = percentile(&mut taken, 99).saturating_sub(percentile(&mut quiet, 99));
    println!(
        "{sent} requests from {sources} sources in {seconds} s: {} of {made} calls set up, median {:?}, \
         99 of 100 within {:?} ({:?} without the flood); memory {before} KiB before, {most} at most; {}",
        taken.len(),
        percentile(&mut taken, 50),
        percentile(&mut taken, 99),
        percentile(&mut quiet, 99),
        limits(&counted, &after)
    );
    let mut faults = Vec::new();
    if (made - taken.len()) * 1000 > made * LOST_PER_THOUSAND {
        faults.push(format!("{} of {made} calls were not set up", made - taken.len()));
    }
    if added > allowed {
        faults.push(format!("the flood added {added:?}"));
    }
    if most > before + MEMORY_KIB {
        faults.push(format!("{} KiB more", most - before));
    }
    let (all, counted) = (sent + OF_TRUNK.swap(0, Ordering::Relaxed), arrived(&after));
    if counted != all {
        faults.push(format!("{all} datagrams were sent, {counted} are accounted for"));
    }
    // The kernel does not say whose datagrams it dropped. If it dropped none, each request has its counter.
    if after.driver.kernel_dropped == 0 && strangers(&after) != sent {
        faults.push(format!("{} of {sent} requests stand in one counter each", strangers(&after)));
    }
    faults
}

/// What became of strangers' requests: refused by the bridge, or dropped before it.
fn strangers(counted: &GatewayStatistics) -> u64 {
    let driver = &counted.driver;
    let refused = counted.refused.get("unknown source").copied().unwrap_or_default();
    refused + driver.shed + driver.dropped + driver.kernel_dropped
}

/// Every datagram that reached the gateway's socket: read, or dropped by the kernel before that.
fn arrived(counted: &GatewayStatistics) -> u64 {
    counted.driver.received + counted.driver.kernel_dropped
}

/// The counters when all that was sent stands in one, or when that takes too long.
async fn accounted(gateway: &Gateway, sent: u64) -> GatewayStatistics {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let counted = gateway.statistics().await.expect("running");
        let all = sent + OF_TRUNK.load(Ordering::Relaxed);
        if strangers(&counted) >= sent && arrived(&counted) >= all || Instant::now() > until {
            return counted;
        }
        tokio::task::yield_now().await;
    }
}

/// What was dropped or refused, and by whom.
fn limits(before: &GatewayStatistics, after: &GatewayStatistics) -> String {
    let (old, new) = (&before.driver, &after.driver);
    let refused: Vec<_> =
        after.refused.iter().map(|(why, times)| format!("{why} {times}")).collect();
    format!(
        "received {}, kernel dropped {}, queue dropped {}, shed {}, {}",
        new.received - old.received,
        new.kernel_dropped - old.kernel_dropped,
        new.dropped - old.dropped,
        new.shed - old.shed,
        refused.join(", ")
    )
}

fn percentile(times: &mut [Duration], of_100: usize) -> Duration {
    times.sort_unstable();
    times
        .get((times.len() * of_100 / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// Datagrams of the trunk's two ends in this run.
static OF_TRUNK: AtomicU64 = AtomicU64::new(0);

async fn say(phone: &Phone, gateway: SocketAddr, text: &str) {
    OF_TRUNK.fetch_add(1, Ordering::Relaxed);
    phone.send(gateway, text).await;
}

/// Sets a call up and ends it: how long the set-up took, if it came to one.
async fn call(caller: &Phone, gateway: SocketAddr, name: &str) -> Option<Duration> {
    let uri = format!("sip:+12065551234@{gateway}");
    let body = caller.description();
    let rest = format!("To: <{uri}>\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n{body}");
    let invite = caller.request("INVITE", &uri, name, &rest);
    let began = Instant::now();
    let answer = exchange(caller, gateway, &invite, name).await?;
    let took = answer.starts_with("SIP/2.0 200").then(|| began.elapsed());
    let to = field(&answer, "To");
    let ack = caller.request("ACK", &uri, name, &format!("To: {to}\r\nCSeq: 1 ACK\r\n"));
    say(caller, gateway, &ack).await;
    took?;
    let bye = caller.request("BYE", &uri, name, &format!("To: {to}\r\nCSeq: 2 BYE\r\n"));
    exchange(caller, gateway, &bye, name).await.and(took)
}

/// Sends a request again as RFC 3261 17.1.1.2 does, until it has a final response.
async fn exchange(
    caller: &Phone,
    gateway: SocketAddr,
    request: &str,
    name: &str,
) -> Option<String> {
    let mut wait = Duration::from_millis(500);
    for _ in 0..7 {
        say(caller, gateway, request).await;
        let answered = async {
            loop {
                let answer = caller.expect("SIP/2.0 ").await;
                let ours = field(&answer, "Call-ID").starts_with(&format!("{name}@"));
                let method = request.split(' ').next().unwrap_or_default();
                if ours
                    && field(&answer, "CSeq").ends_with(method)
                    && !answer.starts_with("SIP/2.0 1")
                {
                    return answer;
                }
            }
        };
        if let Ok(answer) = tokio::time::timeout(wait, answered).await {
            return Some(answer);
        }
        wait *= 2;
    }
    None
}

/// Takes each call, and lets it end.
async fn answer(callee: Phone, gateway: SocketAddr) {
    let mut buffer = vec![0; 65_535];
    while let Ok(length) = callee.sip.recv(&mut buffer).await {
        let request = String::from_utf8_lossy(&buffer[..length]);
        let body = match request.split(' ').next() {
            Some("INVITE") => callee.description(),
            Some("BYE") => String::new(),
            _ => continue,
        };
        say(&callee, gateway, &callee.response(&request, "200 OK", &body)).await;
    }
}

fn start(gateway: SocketAddr, rate: u64, sources: &str, seconds: u64) -> Child {
    let numbers = [rate.to_string(), sources.to_owned(), seconds.to_string()];
    Command::new(env::current_exe().expect("this program"))
        .args(["flood", &gateway.to_string()])
        .args(numbers)
        .stdout(Stdio::piped())
        .spawn()
        .expect("a process")
}

/// Sends so many requests a second from so many addresses, and tells how many those were.
fn pour(gateway: SocketAddr, rate: u64, sources: u64, seconds: u64) {
    const TURN: Duration = Duration::from_millis(2);
    // All of 127.0.0.0/8 is this machine's; one socket may send from any of it.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
    let state = UdpSocketState::new((&socket).into()).expect("its options");
    let (began, mut sent) = (Instant::now(), 0_u64);
    let lasts = Duration::from_secs(seconds);
    while began.elapsed() < lasts {
        let due =
            rate.saturating_mul(u64::try_from(began.elapsed().as_millis()).unwrap_or(0)) / 1000;
        while sent < due {
            let number = u32::try_from(sent % sources.max(1)).unwrap_or(0);
            let ip = IpAddr::V4(Ipv4Addr::from(0x7f40_0000 + number));
            let text = invite(ip, sent);
            let datagram = Transmit {
                destination: gateway,
                ecn: None,
                contents: text.as_bytes(),
                segment_size: None,
                src_ip: Some(ip),
            };
            // A full buffer is waited for: what is counted has been sent.
            if state.try_send((&socket).into(), &datagram).is_ok() {
                sent += 1;
            } else {
                thread::yield_now();
            }
        }
        thread::sleep(TURN);
    }
    println!("{sent}");
}

/// What this process holds of the machine's memory, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or_default()
}

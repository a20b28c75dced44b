//! The gateway under load: a process of its own, which says on demand what it has used and done.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use cpu_time::ProcessTime;
use siptrunk::prelude::*;

use crate::{CALLER, Failure, NUMBER};

const ADDRESS: &str = "127.0.1.1";
/// How often, and how far apart, a gateway is asked whether its calls are over.
const REST_ATTEMPTS: u32 = 50;
const REST: Duration = Duration::from_millis(20);

/// What a gateway has used and done so far.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    /// Its processor time.
    pub(crate) used: Duration,
    /// Calls that live.
    pub(crate) calls: u64,
    /// Objects that live: transactions, sessions, calls.
    pub(crate) live: u64,
    /// What its limits dropped or refused, and what could not be sent.
    pub(crate) limited: u64,
}

impl Report {
    /// What was used and dropped since an earlier report; what lives is of now.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        Self {
            used: self.used.saturating_sub(earlier.used),
            limited: self.limited - earlier.limited,
            ..*self
        }
    }
}

/// A gateway in another process. Its end is the end of its standard input.
pub(crate) struct GatewayProcess {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl GatewayProcess {
    pub(crate) fn start(callee: SocketAddr) -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve", &callee.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let mut answers = BufReader::new(answers.ok_or("the gateway has no output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| "the gateway did not start")?;
        Ok(Self { child, requests, answers, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has used and done so far.
    pub(crate) fn report(&mut self) -> Result<Report, Failure> {
        let requests = self.requests.as_mut().ok_or("the gateway is stopping")?;
        requests.write_all(b"report\n")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let numbers: Result<Vec<u64>, _> = line.split_whitespace().map(str::parse).collect();
        match numbers?[..] {
            [microseconds, calls, live, limited] => {
                let used = Duration::from_micros(microseconds);
                Ok(Report { used, calls, live, limited })
            }
            _ => Err(format!("the gateway said `{}`", line.trim()).into()),
        }
    }
}

impl GatewayProcess {
    /// The same once no call lives: the last one's media report, and the answer to its BYE, take a moment.
    pub(crate) async fn report_at_rest(&mut self) -> Result<Report, Failure> {
        let mut report = self.report()?;
        for _ in 0..REST_ATTEMPTS {
            if report.calls == 0 {
                break;
            }
            tokio::time::sleep(REST).await;
            report = self.report()?;
        }
        Ok(report)
    }
}

impl Drop for GatewayProcess {
    fn drop(&mut self) {
        self.requests = None;
        let _ended = self.child.wait();
    }
}

/// Runs the gateway between the calling end and this called one until standard input ends.
pub(crate) async fn serve(callee: SocketAddr) -> Result<(), Failure> {
    let caller: SocketAddr = CALLER.parse()?;
    let gateway = Gateway::builder()
        .listen(Listen::udp(format!("{ADDRESS}:0")))
        .trunk(Generic::new(caller.ip()).name("caller"))
        .trunk(Generic::new(callee).name("callee"))
        .route(Route::from("caller").dialed(NUMBER).to("callee"))
        .media(MediaPorts::range(ADDRESS, 10_000..=59_999))
        .start()
        .await?;
    let address = gateway.local_addrs().first().ok_or("the gateway listens on nothing")?;
    println!("{address}");
    // Requests come seldom: a thread that waits for them costs nothing.
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || sender.send(()).is_err() {
                break;
            }
        }
    });
    loop {
        tokio::select! {
            request = requests.recv() => {
                if request.is_none() {
                    break;
                }
                let statistics = gateway.statistics().await?;
                let driver = statistics.driver;
                println!(
                    "{} {} {} {}",
                    ProcessTime::now().as_duration().as_micros(),
                    statistics.calls,
                    statistics.live.total(),
                    driver.dropped + driver.shed + driver.send_dropped + driver.send_errors,
                );
            }
            // Whoever runs a gateway takes its events; nothing is done with them here.
            event = gateway.next_event() => if event.is_none() { break },
        }
    }
    gateway.shutdown(Duration::ZERO).await;
    Ok(())
}

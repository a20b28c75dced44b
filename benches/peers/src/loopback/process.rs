//! A server in a process of its own, and what it says of itself.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use cpu_time::ProcessTime;

/// A server that was started by [`Server::start`].
pub struct Server {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
    address: SocketAddr,
}

impl Server {
    /// Starts this program again, with the arguments `serve` and `name`.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(name: &str) -> Self {
        let program = std::env::current_exe().expect("this program");
        let mut child = Command::new(program)
            .args(["serve", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let ask = child.stdin.take().expect("it is piped");
        let mut answers = BufReader::new(child.stdout.take().expect("it is piped"));
        let address = line(&mut answers).parse().expect("the server's address");
        Self { child, ask, answers, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The CPU time that it has taken, its own and the kernel's for it.
    ///
    /// # Panics
    /// If it is gone.
    pub fn cpu(&mut self) -> Duration {
        self.ask.write_all(b"\n").expect("the server is there");
        Duration::from_nanos(line(&mut self.answers).parse().expect("nanoseconds"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("the server speaks");
    line.trim_end().to_owned()
}

/// Says where the server listens, and its CPU time whenever it is asked.
pub(super) fn announce(address: SocketAddr) {
    println!("{address}");
    std::thread::spawn(|| {
        for _ in std::io::stdin().lines() {
            println!("{}", ProcessTime::now().as_duration().as_nanos());
        }
        std::process::exit(0);
    });
}

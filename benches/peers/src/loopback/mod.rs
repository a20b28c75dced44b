//! Requests over loopback, answered by a server in a process of its own, whose CPU time is what counts.
//!
//! The same client sends the same octets to each: so many at one time, the next when one is answered. A server runs on
//! one thread of tokio, and has nothing above its transactions but what answers them:
//!
//! - **OPTIONS**: 200;
//! - **INVITE**: 100, 180 and 200, and then its ACK comes.

mod client;
mod process;
mod rsipstack;
mod siptrunk;

pub use client::{INVITE, OPTIONS, Work};
pub use process::Server;

use std::net::{Ipv4Addr, SocketAddr};

/// Who serves: a name, and what runs for ever.
pub struct Candidate {
    /// The name of the crate that does the most of it.
    pub name: &'static str,
    /// Whether it serves INVITE: who works above transactions would do more than the others for it.
    pub calls: bool,
    run: fn(),
}

/// All of them.
pub const CANDIDATES: [Candidate; 3] = [
    Candidate { name: "siptrunk-transaction", calls: true, run: siptrunk::transactions },
    Candidate { name: "siptrunk-ua", calls: false, run: siptrunk::user_agent },
    Candidate { name: "rsipstack", calls: true, run: rsipstack::transactions },
];

impl Candidate {
    /// Serves in this process until its standard input ends.
    pub fn serve(&self) {
        (self.run)();
    }
}

/// Any port of the loopback interface.
const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// One thread, as the cheapest that a server can run on.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

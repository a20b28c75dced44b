//! CPU time of a server a request, over loopback. Prints a line each: `cpu`, work, who serves, nanoseconds.

use siptrunk_peers::loopback::{CANDIDATES, INVITE, OPTIONS, Server};

/// Requests before any counts.
const WARM: usize = 1_000;

/// Requests that count.
const COUNTED: usize = 10_000;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let [_, serve, name] = &arguments[..]
        && serve == "serve"
    {
        let server = CANDIDATES.iter().find(|candidate| candidate.name == name);
        return server.expect("a candidate").serve();
    }
    for work in [OPTIONS, INVITE] {
        let able = CANDIDATES.iter().filter(|candidate| candidate.calls || work == OPTIONS);
        for name in able.map(|candidate| candidate.name) {
            let mut server = Server::start(name);
            work.run(server.address(), 0, WARM);
            let before = server.cpu();
            work.run(server.address(), WARM, COUNTED);
            let taken = server.cpu().checked_sub(before).expect("time goes on");
            let each = taken.as_nanos() / COUNTED as u128;
            println!("cpu\t{}\t{name}\t{each}", work.method);
        }
    }
}

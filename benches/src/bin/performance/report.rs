//! The page: how it was measured, the targets, the peers, our own benches.

use std::fmt::Write;

use crate::record::Record;
use crate::samples::{Time, Times};
use crate::targets::{Verdict, WORK, Work, judge};

const HOW: &str = "\
# Performance

Written by `.ci/long peers` from what criterion and a counting allocator measured: do not edit.

Ratios count. Every column of a table is from one run, in which all benches took turns in rounds, so that what else the
machine did in the meantime fell on all of them. **Fastest** is the fastest sample of all rounds: the one that nothing
disturbed; ratios and verdicts are made of it. **Median** is that of all samples: the farther it is above the fastest,
the busier the machine was.

The INVITE has 1204 octets: 16 header fields, among them two Vias, Record-Route, Diversion, X-EI and three other X- headers,
and 307 octets of SDP. The work, and the least that could be done, by which it is measured:

- **parse**: to whatever the crate calls a parsed message. Ours validates the start line, every name and value octet,
  every limit and Content-Length, and indexes all headers. httparse reads the same octets and lines as HTTP: it checks
  every octet of names and values, and knows nothing of SIP;
- **parse, then read six headers**: Via, From, To, Call-ID, CSeq and Contact, as the crate's types;
- **rewrite**: from a parsed message write the INVITE of the other leg, with a Request-URI, Via, Max-Forwards, From, To,
  Call-ID, CSeq and Contact of its own; Diversion, X- headers, Content-Type and body carried;
- **session description**: parse the INVITE's, and read address, port, codecs with clock rates, ptime and direction of its
  audio as the crate's types. memchr finds the line ends;
- **challenge**: from its text to the value of Authorization, MD5 and `qop=auth`. raw-md5 is the three hashes alone. A
  realm's first challenge takes three; for a further one ours has kept the first;
- **RTP**: the fields and payload of a packet of 173 octets, and the writing of it into a buffer. The minimum looks at the
  first octet and takes the fields from their places;
- **SRTP**: such a packet protected and unprotected by AES_CM_128_HMAC_SHA1_80, sequence numbers going on. Ours in place;
  the others into memory of their own. The replay window is 1024 packets in ours and, set so, in webrtc-srtp;
- **OPTIONS and INVITE over loopback**: a server in a process of its own, on one thread of tokio, has 32 requests at one
  time and answers each: OPTIONS by 200, INVITE by 100, 180 and 200, after which its ACK comes. siptrunk-transaction is
  our transaction layer on the sockets of siptrunk-net; siptrunk-ua has a user agent between them and the answer, and so
  is the whole stack. rsipstack has its endpoint and a task for each transaction;
- **X-EI**: the three tokens of the INVITE's value, 73 octets. memchr finds the semicolons, memcpy copies the value. No
  other crate reads it.

Before anything is timed, every crate has to read the same values and write the same octets or fields (`benches/peers/`).

Not among the peers: libsrtp in C, since its binding `srtp2-sys` generates itself with libclang, and this project builds
with a C compiler alone.
";

/// The whole page.
pub(crate) fn write(raw: &str, record: &Record, times: &Times) -> Result<String, String> {
    let mut page = HOW.to_owned();
    facts(&mut page, raw, record);
    verdicts(&mut page, &judge(record, times)?);
    for work in &WORK {
        peers(&mut page, record, times, work)?;
    }
    transactions(&mut page, record);
    calls(&mut page, record);
    own(&mut page, times);
    Ok(page)
}

/// Writing to a `String` does not fail.
fn line(page: &mut String, arguments: std::fmt::Arguments<'_>) {
    let _ = page.write_fmt(arguments);
    page.push('\n');
}

macro_rules! line {
    ($page:expr, $($argument:tt)*) => { line($page, format_args!($($argument)*)) };
}

fn facts(page: &mut String, raw: &str, record: &Record) {
    line!(page, "\n## The run\n\n| | |\n| --- | --- |");
    for (key, value) in &record.facts {
        line!(page, "| {key} | {value} |");
    }
    line!(
        page,
        "| load average before each round and after the last | {} |",
        record.loads.join(", ")
    );
    line!(page, "| raw output | `{raw}` |");
    if record.loads.iter().any(|load| load.parse().is_ok_and(|load: f64| load > 1.5)) {
        line!(
            page,
            "\nOther work ran on the machine at the same time: the benches alone are a load of 1."
        );
    }
}

fn verdicts(page: &mut String, verdicts: &[Verdict]) {
    let missed = verdicts.iter().filter(|verdict| verdict.missed.is_some()).count();
    line!(page, "\n## Targets\n");
    match missed {
        0 => line!(page, "All {} are reached.\n", verdicts.len()),
        _ => line!(
            page,
            "{} of {} are reached, {missed} missed.\n",
            verdicts.len() - missed,
            verdicts.len()
        ),
    }
    line!(page, "| work | target | measured | |\n| --- | --- | --- | --- |");
    for Verdict { what, target, measured, missed } in verdicts {
        let verdict = match missed {
            None => "reached".to_owned(),
            Some(by) => format!("**missed** {by}"),
        };
        line!(page, "| {what} | {target} | {measured} | {verdict} |");
    }
}

fn peers(page: &mut String, record: &Record, times: &Times, work: &Work) -> Result<(), String> {
    let group = work.group();
    let limit = match work.limit {
        "" => None,
        limit => Some((limit, times.get(&format!("{group}/{limit}"))?)),
    };
    let best = work.best_peer(times);
    let (name, unit) = match (limit, best) {
        (Some(limit), _) => limit,
        (None, Some(best)) => best,
        (None, None) => return Err(format!("{group}: nothing to measure by")),
    };
    let best = best.map_or(String::new(), |(best, _)| format!("The best other crate: {best}. "));
    line!(
        page,
        "\n## {}\n\n{best}A call of the allocator is a block asked for, grown or shrunk.\n",
        work.title
    );
    line!(
        page,
        "| crate | fastest, ns | median, ns | x {name} | calls of the allocator | octets asked for |"
    );
    line!(page, "| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, time) in by_speed(times.group(&group)) {
        let (calls, octets) = match record.allocations(work.name, name) {
            Some(counted) => (counted.calls.to_string(), counted.octets.to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        line!(
            page,
            "| {} | {} | {} | {:.2} | {calls} | {octets} |",
            label(work, name),
            nanoseconds(time.fastest),
            nanoseconds(time.median),
            time.fastest / unit.fastest
        );
    }
    Ok(())
}

/// Whole ones, but tenths of a few.
fn nanoseconds(time: f64) -> String {
    if time < 20.0 { format!("{time:.1}") } else { format!("{time:.0}") }
}

fn by_speed<'a>(times: impl Iterator<Item = (&'a str, Time)>) -> Vec<(&'a str, Time)> {
    let mut times: Vec<_> = times.collect();
    times.sort_by(|(_, one), (_, other)| one.fastest.total_cmp(&other.fastest));
    times
}

/// Ours stand out, and the ways to use them are said in words.
fn label(work: &Work, name: &str) -> String {
    let ours = work.ours;
    match name.strip_prefix(ours) {
        Some("") => format!("**{ours}**"),
        Some("-reused") => format!("**{ours}**, index reused"),
        Some("-template") => {
            format!("**{ours}**, kept as a template to send again, as the user agent does")
        }
        Some("-known") => format!("**{ours}**, a further challenge"),
        Some("-native") => format!("**{ours}**, built for the native processor"),
        _ => name.to_owned(),
    }
}

/// The CPU time that a bridged call may take: set up and torn down, UDP, two legs.
const CALL_TARGET: f64 = 0.15;

/// The example `load`: a gateway in a process of its own between two ends of ours.
fn calls(page: &mut String, record: &Record) {
    if record.calls.is_empty() {
        return;
    }
    line!(
        page,
        "\n## Bridged calls over loopback\n\nCPU time of the gateway's process a call, the kernel's part and four media \
         sockets a call included: INVITE, 200 and ACK on two legs, BYE a second later. The target is at most \
         {CALL_TARGET} ms. The ends are one process with two user agents, which is the generator's own time. Set-up is from \
         INVITE to 200 at the calling end.\n"
    );
    line!(
        page,
        "| calls a second | calls | failed | gateway, ms a call | x target | ends, ms a call | set-up p50, ms | p99, ms | dropped |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    );
    for figures in &record.calls {
        let number = |key: &str| figures[key].as_f64().unwrap_or(f64::NAN);
        let gateway = number("gateway_ms_a_call");
        line!(
            page,
            "| {} | {} | {} | {gateway:.3} | {:.2} | {:.3} | {:.2} | {:.2} | {} |",
            number("rate"),
            number("begun"),
            number("begun") - number("ended"),
            gateway / CALL_TARGET,
            number("ends_ms_a_call"),
            number("set_up_p50_ms"),
            number("set_up_p99_ms"),
            number("gateway_dropped"),
        );
    }
}

/// `benches/peers/benches/transactions.rs`: servers in processes of their own.
fn transactions(page: &mut String, record: &Record) {
    for (method, servers) in record.cpu() {
        line!(
            page,
            "\n## Serve {method} over loopback\n\nCPU time of the server's process a request, the kernel's part \
             included.\n"
        );
        let mut servers: Vec<_> = servers
            .iter()
            .map(|(server, rounds)| {
                let mut rounds = rounds.clone();
                rounds.sort_by(f64::total_cmp);
                let median = rounds[rounds.len() / 2];
                (server.as_str(), Time { fastest: rounds[0], median })
            })
            .collect();
        servers.sort_by(|(_, one), (_, other)| one.fastest.total_cmp(&other.fastest));
        let (name, unit) = servers[0];
        line!(page, "| crate | least, ns | median, ns | x {name} |\n| --- | ---: | ---: | ---: |");
        for (server, time) in servers {
            let label = if server.starts_with("siptrunk") {
                format!("**{server}**")
            } else {
                server.to_owned()
            };
            let ratio = time.fastest / unit.fastest;
            line!(page, "| {label} | {:.0} | {:.0} | {ratio:.2} |", time.fastest, time.median);
        }
    }
}

/// `benches/*.rs`: ours alone.
fn own(page: &mut String, times: &Times) {
    line!(
        page,
        "\n## Each crate alone\n\n`cargo bench`, of which each group has its limits beside it (`benches/*.rs`).\n"
    );
    line!(page, "| bench | fastest, ns | median, ns |\n| --- | ---: | ---: |");
    for id in times.ids().filter(|id| !id.starts_with("peers/")) {
        if let Ok(time) = times.get(id) {
            line!(page, "| {id} | {} | {} |", nanoseconds(time.fastest), nanoseconds(time.median));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run in which each bench takes 100 ns but for a few, and allocates nothing but for a few.
    fn run(others: &[(&str, f64)], allocations: &str) -> (Times, Record) {
        let mut times = Vec::new();
        let mut record =
            "command: .ci/long peers\ncommit: 0a1b\n\nload: 3.3\n".to_owned() + allocations;
        for work in &WORK {
            let variants = ["", "-reused", "-template", "-known", "-native"];
            for variant in variants.map(|variant| format!("{}{variant}", work.ours)) {
                times.push((format!("{}/{variant}", work.group()), 100.0));
                if !allocations.contains(&format!("{}\t{variant}\t", work.name)) {
                    record.extend([work.name, "\t", &variant, "\t0\t0\n"]);
                }
            }
            for other in [work.limit, "webrtc-srtp", "quick"] {
                times.push((format!("{}/{other}", work.group()), 500.0));
            }
        }
        times.push(("parse/siptrunk/options".to_owned(), 55.0));
        times.extend(others.iter().map(|(id, time)| ((*id).to_owned(), *time)));
        (times.into_iter().collect(), Record::read(&record))
    }

    #[test]
    fn the_page_says_what_is_missed_and_by_how_much() {
        let (times, record) = run(
            &[
                ("peers/rewrite/siptrunk-message-template", 600.0),
                ("peers/sdp/quick", 299.0),
                ("peers/xei_write/memcpy", 3.0),
            ],
            "rewrite\tsiptrunk-message-reused\t2\t1200\nparse\tquick\t7\t900\n",
        );
        let page = write("docs/runs/x.txt", &record, &times).unwrap();
        assert!(!page.contains("over loopback\n\nCPU"), "no section of what was not measured");
        for expected in [
            "| commit | 0a1b |",
            "Other work ran on the machine",
            "25 of 29 are reached, 4 missed.",
            "| rewrite, index reused | at most 1 call of the allocator | 2 | **missed** by 1 call |",
            "| 2.99 x (medians 2.99 x) | **missed** by 0 ns, 0 % too slow |",
            "**missed** by 200 ns, 50 % too slow |",
            "**missed** by 91 ns, 1011 % too slow |",
            "| **siptrunk-message** | 100 | 100 | 0.20 | 0 | 0 |",
            "| quick | 500 | 500 | 1.00 | 7 | 900 |",
            "| httparse | 500 | 500 | 1.00 | - | - |",
            "| memcpy | 3.0 | 3.0 | 1.00 | - | - |",
            "| parse/siptrunk/options | 55 | 55 |",
            "| **siptrunk-rtp**, built for the native processor | 100 |",
        ] {
            assert!(page.contains(expected), "{expected}\nis not in\n{page}");
        }
    }

    #[test]
    fn servers_stand_by_their_least_cpu_time() {
        let (times, record) = run(
            &[],
            "cpu\tINVITE\tquick\t900\ncpu\tINVITE\tsiptrunk-ua\t500\ncpu\tINVITE\tquick\t1000\n\
             cpu\tINVITE\tsiptrunk-ua\t450\ncpu\tINVITE\tquick\t950\n",
        );
        let page = write("docs/runs/x.txt", &record, &times).unwrap();
        let table = "| crate | least, ns | median, ns | x siptrunk-ua |\n| --- | ---: | ---: | ---: |\n\
                     | **siptrunk-ua** | 450 | 500 | 1.00 |\n| quick | 900 | 950 | 2.00 |\n";
        assert!(page.contains("## Serve INVITE over loopback") && page.contains(table), "{page}");
    }

    #[test]
    fn a_bench_that_did_not_run_is_an_error() {
        let error = write("x", &run(&[], "").1, &Times::default()).unwrap_err();
        assert_eq!(error, "peers/parse/siptrunk-message: not measured");
    }
}

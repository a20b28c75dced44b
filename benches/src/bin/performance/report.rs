//! The page: how it was measured, the targets, the peers, our own benches.

use std::fmt::Write;

use crate::record::Record;
use crate::samples::{Time, Times};
use crate::targets::{LIMIT, OURS, Verdict, best_peer, judge};

const HOW: &str = "\
# Performance

Written by `.ci/long peers` from what criterion and a counting allocator measured: do not edit.

Ratios count. Every column of a table is from one run, in which all benches took turns in rounds, so that what else the
machine did in the meantime fell on all of them. **Fastest** is the fastest sample of all rounds: the one that nothing
disturbed; ratios and verdicts are made of it. **Median** is that of all samples: the farther it is above the fastest,
the busier the machine was.

The INVITE has 1204 octets: 16 header fields, among them two Vias, Record-Route, Diversion, X-EI and three other X- headers,
and 307 octets of SDP. httparse reads the same octets and lines as HTTP: it checks every octet of names and values, and
knows nothing of SIP. It is the limit that ours is measured by. The work:

- **parse**: to whatever the crate calls a parsed message. Ours validates the start line, every name and value octet,
  every limit and Content-Length, and indexes all headers;
- **parse, then read six headers**: Via, From, To, Call-ID, CSeq and Contact, as the crate's types;
- **rewrite**: from a parsed message write the INVITE of the other leg, with a Request-URI, Via, Max-Forwards, From, To,
  Call-ID, CSeq and Contact of its own; Diversion, X- headers, Content-Type and body carried.

Before anything is timed, every crate has to read the same values and write the same fields (`benches/peers/src/check.rs`).
";

/// Each piece of work: its criterion group below `peers/`, what it is called.
const WORK: [(&str, &str); 3] =
    [("parse", "Parse"), ("parse_typed", "Parse, then read six headers"), ("rewrite", "Rewrite")];

/// The whole page.
pub(crate) fn write(raw: &str, record: &Record, times: &Times) -> Result<String, String> {
    let mut page = HOW.to_owned();
    facts(&mut page, raw, record);
    verdicts(&mut page, &judge(record, times)?);
    for (work, title) in WORK {
        peers(&mut page, record, times, work, title)?;
    }
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
    line!(page, "\n## Targets of the message crate\n");
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

fn peers(
    page: &mut String,
    record: &Record,
    times: &Times,
    work: &str,
    title: &str,
) -> Result<(), String> {
    let group = format!("peers/{work}");
    let limit = times.get(&format!("{group}/{LIMIT}"))?;
    let (best, _) = best_peer(times, &group)?;
    line!(
        page,
        "\n## {title}\n\nThe best other crate: {best}. A call of the allocator is a block asked for, grown or shrunk.\n"
    );
    line!(
        page,
        "| crate | fastest, ns | median, ns | x {LIMIT} | calls of the allocator | octets asked for |"
    );
    line!(page, "| --- | ---: | ---: | ---: | ---: | ---: |");
    for (name, time) in by_speed(times.group(&group)) {
        let (calls, octets) = match record.allocations(work, name) {
            Some(counted) => (counted.calls.to_string(), counted.octets.to_string()),
            None => ("-".to_owned(), "-".to_owned()),
        };
        line!(
            page,
            "| {} | {:.0} | {:.0} | {:.2} | {calls} | {octets} |",
            label(name),
            time.fastest,
            time.median,
            time.fastest / limit.fastest
        );
    }
    Ok(())
}

fn by_speed<'a>(times: impl Iterator<Item = (&'a str, Time)>) -> Vec<(&'a str, Time)> {
    let mut times: Vec<_> = times.collect();
    times.sort_by(|(_, one), (_, other)| one.fastest.total_cmp(&other.fastest));
    times
}

/// Ours stand out, and the ways to use them are said in words.
fn label(name: &str) -> String {
    match name.strip_prefix(OURS) {
        Some("") => format!("**{OURS}**"),
        Some("-reused") => format!("**{OURS}**, index reused"),
        Some("-template") => {
            format!("**{OURS}**, kept as a template to send again, as the user agent does")
        }
        _ => name.to_owned(),
    }
}

/// `benches/message.rs`: ours alone, on all five messages.
fn own(page: &mut String, times: &Times) {
    line!(
        page,
        "\n## The message crate alone\n\nAll five messages (`benches/message.rs`), beside {LIMIT} and memcpy.\n"
    );
    line!(page, "| bench | fastest, ns | median, ns | x {LIMIT} |\n| --- | ---: | ---: | ---: |");
    let mut groups: Vec<_> = times
        .ids()
        .filter_map(|id| Some(id.split_once('/')?.0))
        .filter(|id| *id != "peers")
        .collect();
    groups.dedup();
    for group in groups {
        let limit = times.group(group).find(|(name, _)| name.starts_with(LIMIT));
        for (name, time) in times.group(group) {
            let ratio = match limit {
                Some((_, limit)) => format!("{:.2}", time.fastest / limit.fastest),
                None => "-".to_owned(),
            };
            line!(page, "| {group}/{name} | {:.0} | {:.0} | {ratio} |", time.fastest, time.median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "command: .ci/long peers\ncommit: 0a1b\n\nload: 3.3\n\
        parse\tsiptrunk-message\t1\t512\nparse\tsiptrunk-message-reused\t0\t0\n\
        parse_typed\tsiptrunk-message\t1\t512\nrewrite\tsiptrunk-message-reused\t2\t1200\n\
        parse\tquick\t7\t900\n";

    fn times() -> Times {
        Times::from([
            ("peers/parse/httparse", 100.0),
            ("peers/parse/siptrunk-message", 120.0),
            ("peers/parse/siptrunk-message-reused", 110.0),
            ("peers/parse/quick", 400.0),
            ("peers/parse_typed/httparse", 100.0),
            ("peers/parse_typed/siptrunk-message", 200.0),
            ("peers/parse_typed/quick", 1000.0),
            ("peers/rewrite/httparse", 100.0),
            ("peers/rewrite/siptrunk-message", 80.0),
            ("peers/rewrite/siptrunk-message-reused", 70.0),
            ("peers/rewrite/siptrunk-message-template", 120.0),
            ("peers/rewrite/quick", 300.0),
            ("parse/httparse/twin", 100.0),
            ("parse/siptrunk/options", 55.0),
        ])
    }

    #[test]
    fn the_page_says_what_is_missed_and_by_how_much() {
        let page = write("docs/runs/x.txt", &Record::read(RECORD), &times()).unwrap();
        for expected in [
            "| commit | 0a1b |",
            "Other work ran on the machine",
            "8 of 10 are reached, 2 missed.",
            "| rewrite, index reused | at most 1 call of the allocator | 2 | **missed** by 1 call |",
            "| **siptrunk-message** | 120 | 120 | 1.20 | 1 | 512 |",
            "| quick | 400 | 400 | 4.00 | 7 | 900 |",
            "| httparse | 100 | 100 | 1.00 | - | - |",
            "| parse/siptrunk/options | 55 | 55 | 0.55 |",
        ] {
            assert!(page.contains(expected), "{expected}\nis not in\n{page}");
        }
        assert!(page.contains("**missed** by 40 ns, 50 % too slow"), "{page}");
    }

    #[test]
    fn a_bench_that_did_not_run_is_an_error() {
        let error = write("x", &Record::read(RECORD), &Times::default()).unwrap_err();
        assert_eq!(error, "peers/parse/siptrunk-message: not measured");
    }
}

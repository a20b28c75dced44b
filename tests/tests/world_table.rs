//! How many calls are set up, and how fast, by loss rate and transport: one table to read.
//!
//! It is compared with `data/setup_by_loss.txt`. Where a change is meant, run this test with
//! `SIPTRUNK_BLESS=1` to write the new table, and read the difference.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use siptrunk::message::Transport;
use siptrunk::sim::five9::{CallPlan, Five9};
use siptrunk::sim::{AudioPlan, Link, Trace, run};
use siptrunk_tests::scene::{AGENT, CALLER, FIVE9, Nodes, Plan, address};

const CALLS: usize = 40;
const LOSS: [u32; 6] = [0, 1, 5, 10, 20, 30];
const TRANSPORTS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

/// When the caller began, and when it acknowledged the answer.
fn set_up(trace: &Trace) -> Option<Duration> {
    let five9 = address(FIVE9[0]).ip();
    let first = |method: &str| {
        let mut sent = trace.sip().filter(|entry| entry.from.ip() == five9);
        sent.find(|entry| entry.first_line().starts_with(method)).map(|entry| entry.at)
    };
    first("ACK ")?.checked_sub(first("INVITE ")?)
}

/// The times of the calls that were answered, from the shortest to the longest.
fn calls(transport: Transport, percent: u32) -> Vec<Duration> {
    let one = |seed| {
        run(seed, |world| {
            let link = Link::default()
                .delay(Duration::from_millis(25))
                .jitter(Duration::from_millis(5))
                .loss(f64::from(percent) / 100.0);
            let mut plan = Plan { link, ..Plan::over(transport) };
            plan.calls = vec![CallPlan::new(AGENT, CALLER).audio(AudioPlan::caller().frames(1))];
            plan.synthflow = plan.synthflow.audio(AudioPlan::agent().frames(1));
            let nodes = Nodes::add(world, plan);
            world.run_for(Duration::from_secs(90));
            let answered = world.node::<Five9>(nodes.five9).report(0).unwrap().answered();
            answered.then(|| set_up(world.trace())).flatten()
        })
    };
    let mut times: Vec<Duration> = (0..CALLS as u64).filter_map(one).collect();
    times.sort_unstable();
    times
}

fn table() -> String {
    let mut table = format!(
        "{CALLS} calls from Five9 over the bridge to Synthflow, 25 to 30 ms and the same loss on each\n\
         of the two legs and both ways. From the INVITE to the ACK of its answer, in milliseconds;\n\
         the agent rings for 100 of them.\n\n\
         loss  transport  set up  median  9 of 10  longest\n"
    );
    for percent in LOSS {
        for transport in TRANSPORTS {
            let times = calls(transport, percent);
            let at = |tenths: usize| {
                let place = (times.len() * tenths / 10).min(times.len().saturating_sub(1));
                times.get(place).map_or(0, Duration::as_millis)
            };
            writeln!(
                table,
                "{percent:>3}%  {:<9}  {:>4} %  {:>6}  {:>7}  {:>7}",
                transport.as_str(),
                times.len() * 100 / CALLS,
                at(5),
                at(9),
                at(10),
            )
            .unwrap();
        }
    }
    table
}

#[test]
fn set_up_by_loss_and_transport() {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/setup_by_loss.txt");
    let table = table();
    if std::env::var_os("SIPTRUNK_BLESS").is_some() {
        std::fs::write(&kept, &table).unwrap();
    }
    let known = std::fs::read_to_string(&kept).unwrap();
    assert!(known == table, "the table is another one now (see the head of this file):\n{table}");
}

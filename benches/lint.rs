//! Judging a large configuration: a thousand trunks with a number and a route each, from the text of its file.
#![allow(missing_docs)]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use siptrunk_profiles::{Config, Day};

const TRUNKS: u32 = 1_000;

/// The file: half of the trunks are Five9's, half are of any kind, each with a route to the next.
fn file() -> String {
    let mut text = String::from(
        "[[listen]]\ntransport = \"udp\"\nbind = \"0.0.0.0:5060\"\nadvertise = \"203.0.113.7:5060\"\n\
         [media]\nbind = \"0.0.0.0\"\nadvertise = \"203.0.113.7\"\nports = \"20000-59999\"\n",
    );
    for at in 0..TRUNKS {
        let (high, low) = (at / 250, at % 250);
        let profile = if at % 2 == 0 { "five9\"\nkind = \"self-service" } else { "generic" };
        // Writing to a `String` does not fail.
        let _ = write!(
            text,
            "[[trunk]]\nname = \"t{at}\"\nprofile = \"{profile}\"\nhosts = [\"198.51.{high}.{low}\"]\n\
             numbers = [\"+1206555{at:04}\"]\nmax_calls = 5\nhand_back = \"bye\"\n"
        );
    }
    for at in 0..TRUNKS {
        let next = (at + 1) % TRUNKS;
        let _ = write!(
            text,
            "[[route]]\nfrom = \"t{at}\"\ndialed = \"+1206555{next:04}\"\nto = \"t{next}\"\n"
        );
    }
    text
}

fn read(text: &str) -> Config {
    let read = Config::from_toml(text, &|_| None, &|_| Err(std::io::Error::other("no files")));
    read.unwrap_or_else(|findings| panic!("the file: {:?}", findings.first())).0
}

fn lint(criterion: &mut Criterion) {
    let text = file();
    let config = read(&text);
    let today = Day::new(2026, 11, 24).expect("a day");
    assert!(config.check_at(today).is_ok(), "nothing that keeps a gateway from starting");
    let mut group = criterion.benchmark_group("lint");
    group.sample_size(10);
    group.bench_function("1,000 trunks", |bencher| {
        bencher.iter(|| black_box(&config).lint_at(today));
    });
    group.bench_function("1,000 trunks, read as well", |bencher| {
        bencher.iter(|| read(black_box(&text)).lint_at(today));
    });
    group.finish();
}

criterion_group!(benches, lint);
criterion_main!(benches);

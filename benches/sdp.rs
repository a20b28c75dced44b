//! Session descriptions: parse, read, answer; beside a memchr walk over the lines.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use siptrunk_benches::{limits, session_description};
use siptrunk_sdp::offer_answer::{CodecPolicy, LocalMedia, answer};
use siptrunk_sdp::{Origin, SessionDescription};

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sdp");
    let text = session_description().as_bytes();
    group.bench_function("memchr", |bencher| {
        bencher.iter(|| limits::find_all(b'\n', black_box(text)));
    });
    group.bench_function("siptrunk-parse", |bencher| {
        bencher.iter(|| SessionDescription::parse(black_box(text)));
    });
    let offer = SessionDescription::parse(text).expect("the INVITE's parses");
    group.bench_function("siptrunk-read", |bencher| {
        bencher.iter(|| {
            let audio = black_box(&offer).audio()?;
            let clock_rates = audio.codecs().fold(0, |sum, codec| sum ^ codec.clock_rate);
            Some((clock_rates, audio.rtp(), audio.ptime(), audio.direction()))
        });
    });
    let policy = CodecPolicy::default();
    let local = LocalMedia { address: "192.0.2.2".parse().expect("an address"), port: 20_000 };
    let origin = Origin::new(7, 1, local.address);
    group.bench_function("siptrunk-answer", |bencher| {
        bencher.iter(|| answer(black_box(&offer), &policy, &local, &origin));
    });
    group.finish();
}

criterion_group!(benches, parse);
criterion_main!(benches);

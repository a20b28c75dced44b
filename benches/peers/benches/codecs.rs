//! SDP, digest, RTP, SRTP and X-EI by us and by other Rust crates, in one run. Ratios count.

use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use siptrunk_peers::{Visitor, digest, rtp, sdp, srtp, xei};

struct Timed<'c>(&'c mut Criterion);

impl Visitor for Timed<'_> {
    fn visit<T>(&mut self, work: &str, peer: &str, mut run: impl FnMut() -> T) {
        let mut group = self.0.benchmark_group(format!("peers/{work}"));
        group.bench_function(peer, |bencher| bencher.iter(&mut run));
        group.finish();
    }

    fn visit_each<I, T>(
        &mut self,
        work: &str,
        peer: &str,
        mut prepare: impl FnMut() -> I,
        mut run: impl FnMut(I) -> T,
    ) {
        let mut group = self.0.benchmark_group(format!("peers/{work}"));
        group.bench_function(peer, |bencher| {
            bencher.iter_batched(&mut prepare, &mut run, BatchSize::SmallInput);
        });
        group.finish();
    }
}

fn codecs(criterion: &mut Criterion) {
    let mut timed = Timed(criterion);
    sdp(&mut timed);
    digest(&mut timed);
    rtp(&mut timed);
    srtp(&mut timed);
    xei(&mut timed);
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(100)
        .nresamples(20_000);
    targets = codecs
}
criterion_main!(benches);

//! The INVITE of the benches read and rewritten by us and by other Rust crates, in one run. Ratios count; absolute
//! times are of this machine and day.

use std::hint::black_box;
use std::time::Duration;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use siptrunk_benches::HTTP_TWIN;
use siptrunk_benches::limits::http_twin;
use siptrunk_message::{Index, Message};
use siptrunk_peers::{Ezk, Peer, Rsip, Rsiprtp, Rsipstack, Siptrunk, Sipx, check, invite};

fn limit(group: &mut BenchmarkGroup<'_, WallTime>) {
    group.bench_function("httparse", |bencher| bencher.iter(|| http_twin(black_box(HTTP_TWIN))));
}

fn parse(criterion: &mut Criterion) {
    fn of<P: Peer>(group: &mut BenchmarkGroup<'_, WallTime>) {
        let bytes = invite();
        group.bench_function(P::NAME, |bencher| bencher.iter(|| P::parse(black_box(&bytes))));
    }
    check(&invite());
    let mut group = criterion.benchmark_group("peers/parse");
    limit(&mut group);
    of::<Siptrunk>(&mut group);
    let bytes = invite();
    group.bench_function("siptrunk-message-reused", |bencher| {
        let mut index = Index::new();
        bencher.iter(|| {
            let spent = std::mem::take(&mut index);
            index = black_box(Siptrunk::parse_into(black_box(&bytes), spent)).into_index();
        });
    });
    of::<Rsip>(&mut group);
    of::<Rsipstack>(&mut group);
    of::<Rsiprtp>(&mut group);
    of::<Ezk>(&mut group);
    of::<Sipx>(&mut group);
    group.finish();
}

fn parse_typed(criterion: &mut Criterion) {
    fn of<P: Peer>(group: &mut BenchmarkGroup<'_, WallTime>) {
        let bytes = invite();
        group.bench_function(P::NAME, |bencher| {
            bencher.iter(|| {
                let message = P::parse(black_box(&bytes));
                black_box(P::typed(&message));
            });
        });
    }
    let mut group = criterion.benchmark_group("peers/parse_typed");
    limit(&mut group);
    of::<Siptrunk>(&mut group);
    of::<Rsip>(&mut group);
    of::<Rsipstack>(&mut group);
    of::<Rsiprtp>(&mut group);
    of::<Ezk>(&mut group);
    of::<Sipx>(&mut group);
    group.finish();
}

fn rewrite(criterion: &mut Criterion) {
    fn of<P: Peer>(group: &mut BenchmarkGroup<'_, WallTime>) {
        let message = P::parse(&invite());
        group.bench_function(P::NAME, |bencher| bencher.iter(|| P::rewrite(black_box(&message))));
    }
    let mut group = criterion.benchmark_group("peers/rewrite");
    limit(&mut group);
    of::<Siptrunk>(&mut group);
    let message = Siptrunk::parse(&invite());
    group.bench_function("siptrunk-message-reused", |bencher| {
        let mut index = Index::new();
        bencher.iter(|| {
            let spent = std::mem::take(&mut index);
            let request = black_box(Siptrunk::rewrite_into(black_box(&message), spent));
            index = Message::Request(request).into_index();
        });
    });
    group.bench_function("siptrunk-message-template", |bencher| {
        bencher.iter(|| Siptrunk::rewrite_template(black_box(&message)));
    });
    of::<Rsip>(&mut group);
    of::<Rsipstack>(&mut group);
    of::<Rsiprtp>(&mut group);
    of::<Ezk>(&mut group);
    of::<Sipx>(&mut group);
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(200)
        .nresamples(20_000);
    targets = parse, parse_typed, rewrite
}
criterion_main!(benches);

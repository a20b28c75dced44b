//! X-EI: read the three tokens of a value, write them; beside a memchr scan and a memcpy of the value.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use siptrunk_benches::{X_EI, limits};
use siptrunk_xei::{XEi, encode_uri_component};

/// The values of `S.`, `E.` and `O.`.
fn read(value: &[u8]) -> Option<[&str; 3]> {
    let x_ei = XEi::parse(value).ok()?;
    Some([x_ei.call_id()?, x_ei.external_id()?, x_ei.original()?])
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("xei_parse");
    // Nothing that reads tokens can do less than find where each of them ends.
    group.bench_function("memchr", |bencher| {
        bencher.iter(|| limits::find_all(b';', black_box(X_EI)));
    });
    group.bench_function("siptrunk", |bencher| bencher.iter(|| read(black_box(X_EI))));
    group.bench_function("siptrunk-forgiven", |bencher| {
        bencher.iter(|| XEi::parse(black_box(X_EI)).map(|x_ei| x_ei.forgiven().count()));
    });
    group.finish();
}

fn write(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("xei_write");
    let values = read(X_EI).expect("the INVITE has all three");
    let mut buffer = [0; 256];
    group.bench_function("memcpy", |bencher| {
        bencher.iter(|| {
            let value = black_box(X_EI);
            black_box(&mut buffer)[..value.len()].copy_from_slice(value);
        });
    });
    let gather = |[call_id, external_id, original]: [&'static str; 3]| {
        XEi::builder().call_id(call_id)?.external_id(external_id)?.original(original)
    };
    let gathered = gather(values).expect("the values have no semicolon");
    group.bench_function("siptrunk", |bencher| {
        bencher.iter(|| black_box(&gathered).write_into(black_box(&mut buffer)).is_ok());
    });
    // Each value is judged once, when it is given.
    group.bench_function("siptrunk-gather-and-write", |bencher| {
        bencher.iter(|| {
            let gathered = gather(black_box(values));
            gathered.is_ok_and(|gathered| gathered.write_into(black_box(&mut buffer)).is_ok())
        });
    });
    group.bench_function("siptrunk-uri-component", |bencher| {
        bencher.iter(|| encode_uri_component(black_box(X_EI)).write_into(black_box(&mut buffer)));
    });
    group.finish();
}

criterion_group!(benches, parse, write);
criterion_main!(benches);

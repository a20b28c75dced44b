//! From the text of a challenge to the value of Authorization; beside the three MD5 hashes alone.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use siptrunk_benches::limits;
use siptrunk_benches::limits::challenge::{CNONCE, METHOD, PASSWORD, URI, USERNAME, VALUE};
use siptrunk_digest::{Account, Attempts, Challenge, Client, Request};

/// Answers into a buffer that is used again.
fn answer(client: &mut Client, challenge: &str, out: &mut String) -> usize {
    out.clear();
    let request = Request { method: METHOD, uri: URI, body: b"" };
    let challenges = [challenge.as_bytes()];
    let answered = client.respond_into(&mut Attempts::new(), challenges, &request, CNONCE, out);
    answered.expect("the challenge can be answered");
    out.len()
}

fn respond(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("digest");
    group.bench_function("raw-md5", |bencher| bencher.iter(limits::digest_response));
    group.bench_function("siptrunk-challenge-alone", |bencher| {
        bencher.iter(|| Challenge::parse(black_box(VALUE.as_bytes())).is_ok());
    });
    let account = Account::new(USERNAME, PASSWORD);
    let mut out = String::with_capacity(512);
    // A trunk's first challenge: its client was made when the trunk was, so that is not timed, but
    // it knows neither the realm nor the hash of the password. All three hashes are computed, and
    // what is remembered of the realm is allocated.
    group.bench_function("siptrunk-first", |bencher| {
        bencher.iter_batched_ref(
            || Client::new(account.clone()),
            |client| answer(client, black_box(VALUE), &mut out),
            BatchSize::SmallInput,
        );
    });
    // The same with a client, its account and its end for each challenge.
    group.bench_function("siptrunk-first-and-client", |bencher| {
        bencher.iter(|| {
            answer(&mut Client::new(black_box(&account).clone()), black_box(VALUE), &mut out)
        });
    });
    // What every later challenge takes: the hash of the password is kept, so there are two.
    let mut client = Client::new(account.clone());
    group.bench_function("siptrunk-known", |bencher| {
        bencher.iter(|| answer(&mut client, black_box(VALUE), &mut out));
    });
    let sha256 = VALUE.replace("MD5", "SHA-256");
    let mut client = Client::new(account);
    group.bench_function("siptrunk-known-sha256", |bencher| {
        bencher.iter(|| answer(&mut client, black_box(&sha256), &mut out));
    });
    group.finish();
}

criterion_group!(benches, respond);
criterion_main!(benches);

//! Routing: the route of a call among 10, 1,000 and 100,000, and the headers that go on with it.

use std::hint::black_box;
use std::time::SystemTime;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use siptrunk_benches::INVITE;
use siptrunk_bridge::legs::Parties;
use siptrunk_bridge::{CallQuery, Router};
use siptrunk_message::{Limits, Message, Request};
use siptrunk_profiles::{Config, Generic, HeaderPolicy, Route, Synthflow};
use siptrunk_xei::CallContext;

fn invite() -> Request {
    match Message::parse(INVITE.into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("the INVITE is a request: {other:?}"),
    }
}

/// Numbers of their own, prefixes, skills and routes with a condition on the caller, as configurations
/// mix them; the last route takes what is left.
fn config(routes: usize) -> Config {
    let trunks = ["five9", "synthflow", "carrier"];
    let config = trunks.iter().zip(1..).fold(Config::default(), |config, (name, host)| {
        config.trunk(Generic::trunk(name, format!("192.0.2.{host}")))
    });
    let each = (0..routes - 1).map(|number| {
        let from = Route::from(trunks[number % 3]);
        let route = match number % 5 {
            0 | 1 => from.dialed(format!("+1206{number:07}")),
            2 => from.prefix(format!("+44{number:06}")),
            3 => from.skill(format!("skill {number}")),
            _ => from.caller_prefix("+1").prefix(format!("+49{number:06}")),
        };
        route.to("synthflow")
    });
    each.chain([Route::any().to("five9")]).fold(config, Config::route)
}

fn decision(criterion: &mut Criterion) {
    let invite = invite();
    let mut group = criterion.benchmark_group("route");
    for routes in [10, 1_000, 100_000] {
        let router = Router::new(&config(routes));
        let trunk = router.trunk("five9").expect("it is there");
        // A number with a route of its own in the middle, and one that only the last route takes.
        for (name, dialed) in [
            ("own", format!("+1206{:07}", routes / 2 / 15 * 15)),
            ("last", "+8150001111".to_owned()),
        ] {
            let mut parties = Parties::default();
            parties.dialed = dialed;
            "+18005550100".clone_into(&mut parties.caller);
            let query = CallQuery {
                trunk,
                parties: &parties,
                headers: invite.headers(),
                wall: SystemTime::UNIX_EPOCH,
                draw: 0,
            };
            assert!(router.find(&query).is_some());
            group.bench_with_input(BenchmarkId::new(name, routes), &query, |bencher, query| {
                bencher.iter(|| router.find(black_box(query)));
            });
        }
    }
    group.finish();
}

fn header_map(criterion: &mut Criterion) {
    let invite = invite();
    let mut group = criterion.benchmark_group("header_map");
    let fields = || invite.headers().iter().map(|field| (field.raw_name(), field.value()));
    for (name, policy) in
        [("five9", HeaderPolicy::five9()), ("synthflow", HeaderPolicy::synthflow())]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let context = CallContext::from_headers(fields(), Synthflow::X_EI);
                policy.carry_invite(fields(), &context).headers.len()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, decision, header_map);
criterion_main!(benches);

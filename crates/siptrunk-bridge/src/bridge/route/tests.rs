//! The first route that takes a call, found by the index and by trying one after the other.

use std::time::Duration;

use proptest::prelude::*;
use siptrunk_message::{Limits, Message, Request};
use siptrunk_profiles::{Generic, HeaderChange, ValueMatch};

use super::*;

fn invite(headers: &[(&str, &str)]) -> Request {
    let mut text = String::from(
        "INVITE sip:x@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKx\r\n\
         From: <sip:y@192.0.2.2>;tag=y\r\nTo: <sip:x@192.0.2.1>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n",
    );
    for (name, value) in headers {
        text += name;
        text += ": ";
        text += value;
        text += "\r\n";
    }
    text += "Content-Length: 0\r\n\r\n";
    match Message::parse(text.into_bytes().into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    }
}

/// Three trunks, hours in UTC, and these routes.
fn config(routes: impl IntoIterator<Item = Route>) -> Config {
    let mut config = Config::default()
        .trunk(Generic::trunk("a", "192.0.2.1"))
        .trunk(Generic::trunk("b", "192.0.2.2"))
        .trunk(Generic::trunk("c", "192.0.2.3"))
        .schedule(Schedule::new("day").hours("Daily 08:00-20:00"));
    config.routes = routes.into_iter().collect();
    config
}

struct Call {
    from: &'static str,
    parties: Parties,
    invite: Request,
    hour: u64,
    draw: u64,
}

impl Call {
    fn new(from: &'static str, caller: &str, dialed: &str, headers: &[(&str, &str)]) -> Self {
        let mut parties = Parties::default();
        dialed.clone_into(&mut parties.dialed);
        caller.clone_into(&mut parties.caller);
        Self { from, parties, invite: invite(headers), hour: 12, draw: 0 }
    }

    fn query(&self, router: &Router) -> CallQuery<'_> {
        CallQuery {
            trunk: router.trunk(self.from).expect("a trunk of the test"),
            parties: &self.parties,
            headers: self.invite.headers(),
            wall: SystemTime::UNIX_EPOCH + Duration::from_secs(self.hour * 3_600),
            draw: self.draw,
        }
    }

    fn find(&self, routes: impl IntoIterator<Item = Route>) -> Option<usize> {
        let router = Router::new(&config(routes));
        router.find(&self.query(&router))
    }
}

#[test]
fn each_condition_decides() {
    let call = || {
        let headers = [("X-CallSkill", "billing"), ("X-UserGroup", "night"), ("X-Tier", "gold")];
        Call::new("a", "+4420", "+12065551234", &headers)
    };
    let text = |text: &str| text.to_owned();
    for (route, takes) in [
        (Route::any(), true),
        (Route::from("a"), true),
        (Route::from("b"), false),
        (Route::any().dialed("+12065551234"), true),
        (Route::any().dialed("+1206555123"), false),
        (Route::any().prefix("+1206"), true),
        (Route::any().prefix("+1207"), false),
        (Route::any().prefix("+120655512345"), false),
        (Route::any().pattern("+1206???????"), true),
        (Route::any().pattern("+1206??????"), false),
        (Route::any().caller_prefix("+44"), true),
        (Route::any().caller_prefix("+4420"), true),
        (Route::any().caller_prefix("+44201"), false),
        (Route::any().caller_prefix("+1"), false),
        (Route::any().skill("sales").skill("billing"), true),
        (Route::any().skill("Billing"), false),
        (Route::any().user_group("night"), true),
        (Route::any().user_group("day"), false),
        (Route::any().has("x-tier", ValueMatch::Exact(text("gold"))), true),
        (Route::any().has("x-tier", ValueMatch::Exact(text("silver"))), false),
        (Route::any().has("X-Lang", ValueMatch::Absent), true),
        (Route::any().has("X-Lang", ValueMatch::Present), false),
        (Route::any().when("day"), true),
        (Route::any().when("not day"), false),
        (Route::any().share(100), true),
        (Route::from("a").prefix("+1").skill("billing").when("not day"), false),
        (Route::from("nowhere"), false),
        (Route::any().when("never heard of"), false),
        (Route::any().to("nowhere"), false),
        (Route::any().overflow("nowhere"), false),
    ] {
        assert_eq!(call().find([route.clone()]), takes.then_some(0), "{route:?}");
    }
}

#[test]
fn the_first_of_several_skills_headers_that_is_there_counts() {
    let first = Call::new("a", "", "1", &[("X-Skill", "b"), ("X-CallSkill", "a")]);
    let second = Call::new("a", "", "1", &[("X-Skill", "b")]);
    let routes = || [Route::any().skill("a"), Route::any().skill("b")];
    assert_eq!(first.find(routes()), Some(0));
    assert_eq!(second.find(routes()), Some(1));
    assert_eq!(Call::new("a", "", "1", &[]).find(routes()), None);
}

#[test]
fn the_order_of_the_configuration_wins_over_the_shape_of_a_route() {
    let call = Call::new("a", "", "+12065551234", &[]);
    let routes = [
        Route::from("a").prefix("+1206"),
        Route::any().prefix("+1"),
        Route::any().dialed("+12065551234"),
        Route::any(),
    ];
    for turn in 0..routes.len() {
        let mut routes = routes.clone();
        routes.rotate_left(turn);
        assert_eq!(call.find(routes), Some(0), "{turn}");
    }
    // A route that fits nobody stands in the way of none.
    assert_eq!(call.find([Route::from("nowhere"), Route::any()]), Some(1));
}

#[test]
fn hours_and_shares_are_those_of_the_call() {
    let mut call = Call::new("a", "", "1", &[]);
    let routes = || [Route::any().when("day"), Route::any()];
    assert_eq!(call.find(routes()), Some(0));
    call.hour = 21;
    assert_eq!(call.find(routes()), Some(1));
    let split = || [Route::any().share(30).to("a"), Route::any().share(70).to("b")];
    let mut taken = [0, 0];
    for draw in 0..1_000 {
        call.draw = draw;
        taken[call.find(split()).expect("the split is whole")] += 1;
    }
    assert!((250..350).contains(&taken[0]), "{taken:?}");
}

#[test]
fn a_route_decides_what_is_dialled_and_where() {
    let router = Router::new(&config([
        Route::from("a")
            .to("b")
            .or("c")
            .overflow("a")
            .strip(2)
            .failover([408, 482, 483, 503])
            .change(HeaderChange::Remove { name: "X-A".to_owned() }),
        Route::from("b").reject(480).reason("Closed"),
        Route::from("c").to("a"),
    ]));
    let decide = |from| {
        let call = Call::new(from, "", "+12065551234", &[]);
        router.decide(&call.query(&router))
    };
    let Some(Decision::Onward(onward)) = decide("a") else { panic!("it goes on") };
    assert_eq!(onward.trunks, [TrunkId(1), TrunkId(2)]);
    assert_eq!(onward.overflow, [TrunkId(0)]);
    assert_eq!(onward.dial.as_deref(), Some("2065551234"));
    let failover: Vec<_> = onward.failover.iter().map(|status| status.code()).collect();
    assert_eq!(failover, [408, 503], "a call that goes in a circle is not sent round again");
    assert_eq!(onward.changes.len(), 1);
    match decide("b") {
        Some(Decision::Reject(status, reason)) => {
            assert_eq!((status.code(), reason.as_deref()), (480, Some("Closed")));
        }
        other => panic!("{other:?}"),
    }
    let Some(Decision::Onward(onward)) = decide("c") else { panic!("it goes on") };
    assert_eq!(onward.dial, None);
}

fn route() -> impl Strategy<Value = Route> {
    let maybe = |texts: &'static [&'static str]| prop::option::of(prop::sample::select(texts));
    let from = maybe(&["a", "b", "nowhere"]);
    let dialed = prop::sample::select(
        &["", "=1", "=12", "=123", "1", "12", "2", "~1?", "~1?*", "~[12]2"][..],
    );
    let others = (
        maybe(&["1", "12"]),
        prop::collection::vec(prop::sample::select(&["s", "t"][..]), 0..3),
        maybe(&["g", "h"]),
        maybe(&["X-A"]),
        maybe(&["day", "not day"]),
        prop::option::weighted(0.3, 1..=100_u8),
    );
    (from, dialed, others).prop_map(|(from, dialed, (caller, skills, group, has, when, share))| {
        let mut route = from.map_or_else(Route::any, Route::from).to("b");
        route = match dialed.split_at(dialed.len().min(1)) {
            ("=", number) => route.dialed(number),
            ("~", pattern) => route.pattern(pattern),
            ("", _) => route,
            _ => route.prefix(dialed),
        };
        route = skills.into_iter().fold(route, Route::skill);
        route.caller_prefix = caller.map(str::to_owned);
        route.user_group = group.map(str::to_owned).into_iter().collect();
        route = has.into_iter().fold(route, |route, name| route.has(name, ValueMatch::Present));
        route = when.into_iter().fold(route, Route::when);
        share.into_iter().fold(route, Route::share)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn the_index_finds_what_trying_them_all_finds(
        routes in prop::collection::vec(route(), 0..24),
        from in prop::sample::select(&["a", "b", "c"][..]),
        caller in "[12]{0,3}",
        dialed in "[123]{0,3}",
        skill in prop::option::of(prop::sample::select(&["s", "t", "u"][..])),
        group in prop::option::of(prop::sample::select(&["g", "h"][..])),
        has in any::<bool>(),
        hour in 0..24_u64,
        draw in any::<u64>(),
    ) {
        let mut headers = Vec::new();
        headers.extend(skill.map(|skill| ("X-Skill", skill)));
        headers.extend(group.map(|group| ("X-UserGroup", group)));
        headers.extend(has.then_some(("x-a", "")));
        let mut call = Call::new(from, &caller, &dialed, &headers);
        (call.hour, call.draw) = (hour, draw);
        let router = Router::new(&config(routes));
        let query = call.query(&router);
        let found = router.find(&query);
        prop_assert_eq!(found, router.find_slowly(&query));
        let candidates = router.index.candidates(&router.facts(&query));
        let numbers: Vec<_> = candidates.iter().map(|at| router.rules[*at].number).collect();
        prop_assert!(found.is_none_or(|found| numbers.contains(&found)));
        prop_assert!(numbers.is_sorted());
    }
}

//! Every routing situation of the guide: the example file of each is read, linted without a finding, and
//! sends calls where it says. What only a live call shows is played in a simulated world.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use siptrunk::bridge::{Bridge, Event, Explanation, Outcome, Settings};
use siptrunk::message::{HostPort, Limits, Message, Request, StatusCode, Transport};
use siptrunk::profiles::{Config, HeaderChange, Route};
use siptrunk::transaction::{Listener, Seed};
use siptrunk_tests::phone::{Phone, Switchboard, config_of, header, trunk, voice};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/config")
}

/// The file's configuration, which has no finding.
fn load(name: &str) -> Config {
    let text = std::fs::read_to_string(folder().join(name)).expect("the file is there");
    let environment = |_: &str| Some("secret".to_owned());
    let read = Config::from_toml(&text, &environment, &|path| std::fs::read_to_string(path));
    let (config, warnings) = read.unwrap_or_else(|findings| panic!("{name}: {findings:#?}"));
    assert_eq!(warnings, [], "{name}");
    assert_eq!(config.check(), Ok(Vec::new()), "{name}");
    config
}

/// A Tuesday, at this hour of the office's clock in Los Angeles (UTC-8).
fn at(hour: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_478_400 + (hour + 8) * 3_600)
}

fn explain(
    config: &Config,
    wall: SystemTime,
    from: &str,
    dialed: &str,
    headers: &str,
) -> Explanation {
    let text = format!(
        "INVITE sip:{dialed}@203.0.113.7 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKx\r\n\
         Max-Forwards: 70\r\nFrom: <sip:+18005550199@198.51.100.7>;tag=y\r\nTo: <sip:{dialed}@203.0.113.7>\r\n\
         Call-ID: c\r\nCSeq: 1 INVITE\r\n{headers}Content-Length: 0\r\n\r\n"
    );
    let invite: Request = match Message::parse(text.into_bytes().into(), &Limits::default()) {
        Ok(Message::Request(request)) => request,
        other => panic!("{other:?}"),
    };
    let local = "203.0.113.7:5060".parse().expect("an address");
    let mut listener = Listener::udp(local);
    listener.transport = Transport::Udp;
    listener.advertised = HostPort::from(local);
    let now = Instant::now();
    let seed = Seed([7; 32]);
    let bridge = Bridge::new(config, Settings::default(), vec![listener], &seed, now, wall);
    bridge.expect("the file starts").explain(now, from, &invite)
}

/// Where a call goes: `trunk number`, several with commas; or the status that refuses it.
fn way(explanation: &Explanation) -> String {
    match &explanation.outcome {
        Outcome::Dialled { attempts, .. } => {
            let ways = attempts.iter().map(|attempt| {
                let user = attempt.request_uri.trim_start_matches("sip:");
                let user = user.split('@').next().unwrap_or_default();
                format!("{} {user}", attempt.trunk)
            });
            ways.collect::<Vec<_>>().join(", ")
        }
        Outcome::Refused { status, .. } => status.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_example_sends_calls_where_it_says() {
    let night = at(3);
    let day = at(10);
    // File, time, from, dialled, headers, where it goes.
    let rows = [
        ("route-by-did.toml", day, "five9", "+12065551234", "", "synthflow +12065551234"),
        ("route-by-did.toml", day, "five9", "+442079460000", "", "synthflow +12065551235"),
        ("route-by-did.toml", day, "five9", "+12065559999", "", "404"),
        ("route-by-did.toml", day, "synthflow", "+13125550000", "", "five9 +13125550000"),
        (
            "route-by-skill.toml",
            day,
            "five9",
            "+12065551234",
            "X-Skill: sales\r\n",
            "synthflow +12065551234",
        ),
        ("route-by-skill.toml", day, "five9", "+12065551234", "", "synthflow +12065551234"),
        ("route-overflow.toml", day, "five9", "+12065551234", "", "synthflow +12065551234"),
        ("route-after-hours.toml", day, "five9", "+12065551234", "", "carrier +442071838750"),
        ("route-after-hours.toml", night, "five9", "+12065551234", "", "synthflow +12065551234"),
        ("route-outbound-prefix.toml", day, "synthflow", "+13125550000", "", "five9 +13125550000"),
        ("route-outbound-prefix.toml", day, "synthflow", "+19005550000", "", "403"),
        (
            "route-outbound-prefix.toml",
            day,
            "synthflow",
            "+442079460000",
            "",
            "carrier +442079460000, five9 +442079460000",
        ),
        ("route-outbound-prefix.toml", day, "synthflow", "+4930123456", "", "403"),
        (
            "route-outbound-skill-group.toml",
            day,
            "five9",
            "+13125550000",
            "X-CallSkill: collections\r\n",
            "synthflow +12065551235",
        ),
        (
            "route-outbound-skill-group.toml",
            day,
            "five9",
            "+13125550000",
            "X-CallCampaign: survey-es\r\n",
            "synthflow +12065551234",
        ),
        (
            "route-outbound-skill-group.toml",
            day,
            "five9",
            "+13125550000",
            "",
            "carrier +13125550000",
        ),
        (
            "route-outbound-user-group.toml",
            day,
            "five9",
            "+12065550000",
            "X-CallUserGroup: supervisors\r\n",
            "synthflow +12065551239",
        ),
        (
            "route-outbound-user-group.toml",
            day,
            "five9",
            "+12065550000",
            "X-CallUserGroup: supervisors\r\nX-Five9-StreamingPairId: 1\r\n",
            "carrier +12065550000",
        ),
        (
            "route-outbound-user-group.toml",
            day,
            "five9",
            "+12065550000",
            "X-CallUserGroup: trainees\r\n",
            "403",
        ),
        (
            "route-outbound-user-group.toml",
            day,
            "five9",
            "+12065550000",
            "",
            "carrier +12065550000",
        ),
    ];
    for (file, wall, from, dialed, headers, expected) in rows {
        let explanation = explain(&load(file), wall, from, dialed, headers);
        assert_eq!(way(&explanation), expected, "{file} {dialed} {headers}\n{explanation}");
    }
    let billing =
        explain(&load("route-by-skill.toml"), day, "five9", "+12065551234", "X-Skill: billing\r\n");
    let agents = ["synthflow +12065551235", "synthflow +12065551236"];
    assert!(agents.contains(&way(&billing).as_str()), "{billing}");
}

#[test]
fn every_routing_file_is_told_of_here() {
    let names: BTreeSet<String> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.starts_with("route-"))
        .collect();
    let source = include_str!("routing.rs");
    assert_eq!(names.len(), 7);
    assert!(names.iter().all(|name| source.contains(&format!("\"{name}\""))), "{names:?}");
}

fn dialled(board: &Switchboard) -> Vec<String> {
    let names = board.events.iter().filter_map(|event| match event {
        Event::Dialled { to, .. } => Some(to.clone()),
        _ => None,
    });
    names.collect()
}

/// Trunks a, b1 and b2 with a phone each; b1 takes one call at once.
fn board(route: Route) -> Switchboard {
    let trunks =
        [trunk("a", "127.0.2.1"), trunk("b1", "127.0.3.1").max_calls(1), trunk("b2", "127.0.3.2")];
    let mut board = Switchboard::new(&config_of(trunks, [route]));
    for (name, ip) in [("a", "127.0.2.1"), ("b1", "127.0.3.1"), ("b2", "127.0.3.2")] {
        board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
    }
    board
}

#[test]
fn a_call_overflows_only_while_the_trunk_is_full() {
    let mut board = board(Route::from("a").to("b1").overflow("b2"));
    let first = board.dial("a");
    board.run_ms(500);
    let second = board.dial("a");
    board.run_ms(500);
    assert_eq!(dialled(&board), ["b1", "b2"], "{}", board.ladder());
    board.bye("a", first);
    board.run_ms(500);
    let third = board.dial("a");
    board.run_ms(500);
    assert_eq!(dialled(&board), ["b1", "b2", "b1"]);
    board.bye("a", second);
    board.bye("a", third);
}

#[test]
fn a_route_rewrites_the_number_and_the_headers_on_the_wire() {
    let text = |text: &str| text.to_owned();
    let route = Route::from("a")
        .to("b2")
        .strip(1)
        .prepend("00")
        .change(HeaderChange::Remove { name: text("x-gone") })
        .change(HeaderChange::Rename { from: text("X-OLD"), to: text("X-New_Name") })
        .change(HeaderChange::Set { name: text("X-Tier"), value: text("gold") });
    let mut trunks = [trunk("a", "127.0.2.1"), trunk("b2", "127.0.3.2")];
    trunks[1].header_policy.custom = true;
    let mut board = Switchboard::new(&config_of(trunks, [route]));
    for (name, ip) in [("a", "127.0.2.1"), ("b2", "127.0.3.2")] {
        board.phone(name, &format!("{ip}:5060"), Phone::friendly(&voice(ip)));
    }
    let call = board.dial_with("a", "+2", |invite| {
        for (name, value) in
            [("X-Gone", "1"), ("X-Old", "2"), ("x-Kept_Case", "3"), ("x-tier", "4")]
        {
            invite.headers.push_str(name, value).expect("a header of ours");
        }
    });
    board.run_ms(500);
    assert_eq!(board.final_to("a").status(), StatusCode::OK, "{}", board.ladder());
    let invites = board.requests_to("b2", &siptrunk::message::Method::INVITE);
    let headers = invites[0].headers();
    let user =
        invites[0].request_uri().ok().and_then(|uri| uri.user().map(|user| user.to_string()));
    assert_eq!(user.as_deref(), Some("002"));
    let custom: Vec<_> = headers
        .iter()
        .filter(|field| field.raw_name().starts_with(b"X-") || field.raw_name().starts_with(b"x-"))
        .map(|field| String::from_utf8_lossy(field.raw_name()).into_owned())
        .collect();
    assert_eq!(custom, ["X-New_Name", "x-Kept_Case", "X-Tier"]);
    assert_eq!(header(headers, "X-New_Name"), "2");
    assert_eq!(header(headers, "X-Tier"), "gold");
    board.bye("a", call);
}

//! Routes, schedules and call variables of a file: the same as those built in code, and what is wrong
//! with them told with line, field and remedy.

use std::io;
use std::path::Path;

use siptrunk_profiles::{
    Config, Finding, Five9, Generic, HandBackBy, HeaderChange, Listen, MediaPorts, Region, Route,
    Schedule, Synthflow, ValueMatch,
};

fn read(text: &str) -> Result<(Config, Vec<Finding>), Vec<Finding>> {
    let environment = |_: &str| None;
    let no_files = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    Config::from_toml(text, &environment, &no_files)
}

/// 23 lines; tests put routes below.
const TRUNKS: &str = r#"[[listen]]
bind = "203.0.113.7:5060"
[media]
bind = "203.0.113.7"
ports = "20000-29999"
[[trunk]]
profile = "five9"
kind = "self-service"
hosts = ["gateway.five9.example"]
numbers = ["+12065550100"]
max_calls = 100
hand_back = "bye"
[[trunk]]
profile = "synthflow"
region = "us"
numbers = ["+12065551234"]
max_calls = 10
[[trunk]]
name = "pbx"
profile = "generic"
hosts = ["192.0.2.9"]
numbers = ["100"]
number_form = "verbatim"
"#;

fn trunks() -> Config {
    Config::default()
        .listen(Listen::udp("203.0.113.7:5060"))
        .media(MediaPorts::range("203.0.113.7", 20_000..=29_999))
        .trunk(
            Five9::self_service("gateway.five9.example")
                .number("+12065550100")
                .max_calls(100)
                .hand_back(HandBackBy::Bye),
        )
        .trunk(Synthflow::region(Region::Us).number("+12065551234").max_calls(10))
        .trunk(Generic::trunk("pbx", "192.0.2.9").number("100"))
}

#[test]
fn a_file_says_all_that_code_can() {
    let office = Schedule::new("office")
        .zone("America/New_York")
        .hours("Mon-Fri 09:00-17:00")
        .hours("Sat 10:00-14:00")
        .holiday("2026-11-26")
        .holiday("12-25");
    let text = |text: &str| text.to_owned();
    let mut built = trunks()
        .schedule(office)
        .route(
            Route::from("five9")
                .name("billing at night")
                .pattern("+1206???????")
                .caller_prefix("+1")
                .skill("billing")
                .skill("payments")
                .user_group("night")
                .has("X-Five9-StreamingPairId", ValueMatch::Absent)
                .has("X-Lang", ValueMatch::Prefix(text("es")))
                .has("X-Tier", ValueMatch::Exact(text("gold")))
                .has("X-Vip", ValueMatch::Present)
                .when("not office")
                .share(25)
                .to("synthflow")
                .or("pbx")
                .overflow("pbx")
                .failover([408, 503])
                .strip(2)
                .prepend("+44")
                .change(HeaderChange::Remove { name: text("X-Internal") })
                .change(HeaderChange::Rename { from: text("X-Old"), to: text("X-New") })
                .change(HeaderChange::Set { name: text("X-Skill"), value: text("night billing") }),
        )
        .route(Route::any().reject(480).reason("Closed"));
    built.variables.skill = vec![text("X-Campaign"), text("X-CallSkill")];
    built.variables.user_group = vec![text("X-Team")];
    let routes = r#"
[variables]
skill = ["X-Campaign", "X-CallSkill"]
user_group = "X-Team"

[[schedule]]
name = "office"
zone = "America/New_York"
hours = ["Mon-Fri 09:00-17:00", "Sat 10:00-14:00"]
holidays = ["2026-11-26", "12-25"]

[[route]]
name = "billing at night"
from = "five9"
pattern = "+1206???????"
caller_prefix = "+1"
skill = ["billing", "payments"]
user_group = "night"
when = "not office"
share = 25
to = ["synthflow", "pbx"]
overflow = "pbx"
failover = [408, 503]
strip = 2
prepend = "+44"
[route.has]
X-Five9-StreamingPairId = false
X-Lang = "es*"
X-Tier = "gold"
X-Vip = true
[route.headers]
set = { X-Skill = "night billing" }
remove = ["X-Internal"]
rename = { X-Old = "X-New" }

[[route]]
reject = 480
reason = "Closed"
"#;
    let (config, warnings) = read(&format!("{TRUNKS}{routes}")).expect("a good file");
    // A route has each trunk once, and this one does not, so that every key stands in the test.
    let codes: Vec<_> = warnings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["P110"]);
    assert_eq!(config, built);
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_nearest_key() {
    let routes = r#"[variables]
skil = "X-Skill"
[[schedule]]
name = "office"
hours = ["Mon-Fri 9-17"]
[[schedule]]
zone = "Mars/Olympus"
holidays = 5
[[route]]
from = "five9"
dialed = "+12065551234"
pattern = "+1*"
share = 0
overflw = "pbx"
to = "synthflow"
[route.has]
X-Tier = 5
[route.headers]
sett = {}
set = { X-A = 1 }
remove = [2]
[[route]]
from = "synthflow"
pattern = "1[5"
caller_prefx = "+1"
dial = "+1206"
strip = 1
prepend = "9"
to = "five9"
"#;
    let findings = read(&format!("{TRUNKS}{routes}")).expect_err("much of it is wrong");
    let told: Vec<_> = findings
        .iter()
        .map(|finding| (finding.line.unwrap_or(0), finding.code, finding.field.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (25, "C002", "variables.skil"),
            (26, "C004", "schedule[office].zone"),
            (28, "C005", "schedule[office].hours[0]"),
            (29, "C004", "schedule[1].name"),
            (29, "P101", "schedule[1].hours"),
            (30, "C005", "schedule[1].zone"),
            (31, "C003", "schedule[1].holidays"),
            (35, "C009", "route[0].pattern"),
            (36, "C005", "route[0].share"),
            (37, "C002", "route[0].overflw"),
            (40, "C003", "route[0].has.X-Tier"),
            (42, "C002", "route[0].headers.sett"),
            (43, "C003", "route[0].headers.set.X-A"),
            (44, "C003", "route[0].headers.remove"),
            (47, "C005", "route[1].pattern"),
            (48, "C002", "route[1].caller_prefx"),
            (50, "C009", "route[1].strip"),
            (51, "C009", "route[1].prepend"),
        ]
    );
    let remedies: Vec<_> = findings
        .iter()
        .filter(|finding| finding.code == "C002")
        .map(|finding| finding.remedy.as_str())
        .collect();
    let meant =
        ["skill", "overflow", "set", "caller_prefix"].map(|key| format!("did you mean {key}?"));
    assert_eq!(remedies, meant);
}

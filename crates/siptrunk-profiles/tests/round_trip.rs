//! The same configuration built in code and read from a file is the same, field by field.

use std::io;
use std::path::Path;
use std::time::Duration;

use siptrunk_digest::Algorithm;
use siptrunk_message::Method;
use siptrunk_profiles::{
    Allow, CallFact, CallerAsserted, CallerFrom, Config, ContextValue, Five9, FullAnswer, Generic,
    HandBackBy, Health, IpNet, KeepAlive, Listen, MediaPorts, NationalPlan, NumberPolicy, Region,
    Route, Synthflow, UnknownSource, VerifySource,
};

fn from_toml(text: &str) -> Config {
    let environment = |name: &str| (name == "SECRET").then(|| "secret".to_owned());
    let no_files = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    Config::from_toml(text, &environment, &no_files).expect("a good file").0
}

#[test]
fn the_gateway_of_the_guide() {
    let built = Config::default()
        .listen(Listen::udp("0.0.0.0:5060").advertise("203.0.113.7:5060"))
        .media(MediaPorts::range("0.0.0.0", 20_000..=29_999).advertise("203.0.113.7"))
        .trunk(
            Five9::self_service("gateway.five9.example")
                .number("+12065550100")
                .max_calls(100)
                .hand_back(HandBackBy::Bye),
        )
        .trunk(Synthflow::region(Region::Us).number("+12065551234").outbound("agent", "secret"))
        .route(Route::from("five9").dialed("+12065551234").to("synthflow"))
        .route(Route::from("synthflow").to("five9"));
    let read = from_toml(
        r#"
[[listen]]
transport = "udp"
bind = "0.0.0.0:5060"
advertise = "203.0.113.7:5060"
[media]
bind = "0.0.0.0"
advertise = "203.0.113.7"
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
outbound = { username = "agent", password_env = "SECRET" }
[[route]]
from = "five9"
dialed = "+12065551234"
to = "synthflow"
[[route]]
from = "synthflow"
to = ["five9"]
"#,
    );
    assert_eq!(built, read);
    assert_eq!(built.check(), Ok(Vec::new()));
}

#[test]
fn every_setting_that_a_trunk_has() {
    let network: IpNet = "198.51.100.0/24".parse().expect("a network");
    let mut built = Config::default()
        .listen(Listen::udp("203.0.113.7:5060"))
        .listen(Listen::udp("[2001:db8::7]:5060").advertise("gw.example.com"))
        .media(MediaPorts::range("203.0.113.7", 20_000..=20_399))
        .trunk(
            Generic::trunk("pbx", "pbx.example:5080")
                .host("192.0.2.1")
                .number("100")
                .max_calls(7)
                .calls_per_second(5)
                .full(FullAnswer::TemporarilyUnavailable)
                .outbound_proxy("sip:sbc.example:5065;transport=tcp")
                .takes_tcp(true)
                .return_number("+442079460018")
                .trusted(true)
                .number_policy(NumberPolicy::National(NationalPlan::of(44).expect("a plan")))
                .number_policy_in(NumberPolicy::Extension)
                .keep_alive(KeepAlive::Options { every: Duration::from_secs(45) })
                .health({
                    let mut health = Health::default();
                    (health.every, health.down_after, health.up_after) =
                        (Duration::from_secs(10), 5, 1);
                    health
                })
                .vendor_token("X-Vendor-Auth-Token", "secret")
                .methods([Method::INVITE, Method::OPTIONS, Method::MESSAGE])
                .verify_source(VerifySource::Challenge)
                .nat(true)
                .first_response(Duration::from_millis(2_500))
                .allow_only(Allow::Networks(vec![network]))
                .allow("198.51.101.7")
                .digest("pbx", "secret")
                .outbound("us", "secret")
                .register(true)
                .register_expires(Duration::from_secs(600)),
        )
        .route(Route::any().prefix("1").to("pbx").or("pbx").failover([503]))
        .route(Route::any().reject(486))
        .unknown_source(UnknownSource::Silence);
    built.shutdown_seconds = 9;
    let policy = &mut built.trunks[0].header_policy;
    policy.custom = true;
    policy.cap = 20;
    policy.allow = Some(vec!["X-Route*".to_owned()]);
    policy.rename = vec![("X-CallANI".to_owned(), "X-Ani".to_owned())];
    policy.add = vec![
        ("X-Id".to_owned(), ContextValue::Fact(CallFact::CallId)),
        ("X-By".to_owned(), ContextValue::Text("us".to_owned())),
    ];
    built.trunks[0].hand_back_names.route_type = "X-contained".to_owned();
    built.trunks[0].hand_back_names.max_bytes = 500;
    built.trunks[0].caller_id.from = CallerFrom::Number("+12065550100".to_owned());
    built.trunks[0].caller_id.asserted = CallerAsserted::Caller;
    if let Some(outbound) = &mut built.trunks[0].outbound {
        outbound.account.realm = Some("pbx.example".to_owned());
        outbound.account.minimum_algorithm = Algorithm::Sha256;
    }
    let read = from_toml(
        r#"
unknown_source = "silence"
shutdown_seconds = 9
[[listen]]
bind = "203.0.113.7:5060"
[[listen]]
bind = "[2001:db8::7]:5060"
advertise = "gw.example.com"
[media]
bind = "203.0.113.7"
ports = "20000-20399"
[[trunk]]
name = "pbx"
profile = "generic"
hosts = ["pbx.example:5080", "192.0.2.1"]
numbers = ["100"]
max_calls = 7
calls_per_second = 5
full = 480
outbound_proxy = "sip:sbc.example:5065;transport=tcp"
takes_tcp = true
return_number = "+442079460018"
trusted = true
number_form = "national"
number_form_in = "extension"
country_code = 44
keep_alive = "options"
keep_alive_seconds = 45
health = true
health_seconds = 10
down_after = 5
up_after = 1
nat = true
first_response_ms = 2500
[trunk.inbound]
allow = ["198.51.100.0/24", "198.51.101.7"]
digest = { username = "pbx", password_env = "SECRET" }
vendor_token = { header = "X-Vendor-Auth-Token", value_env = "SECRET" }
methods = ["INVITE", "OPTIONS", "MESSAGE"]
verify_source = "challenge"
[trunk.outbound]
username = "us"
realm = "pbx.example"
minimum_algorithm = "SHA-256"
password_env = "SECRET"
register = true
register_expires = 600
[trunk.headers]
custom = true
cap = 20
allow = "X-Route*"
rename = { X-CallANI = "X-Ani" }
add = { X-Id = "{call-id}", X-By = "us" }
[trunk.hand_back_names]
route_type = "X-contained"
max_bytes = 500
[trunk.caller_id]
from = "+12065550100"
asserted = "caller"
[[route]]
prefix = "1"
to = ["pbx", "pbx"]
failover = [503]
[[route]]
reject = 486
"#,
    );
    assert_eq!(built, read);
}

#[test]
fn another_password_is_another_configuration() {
    let with = |password: &str| {
        Config::default().trunk(Synthflow::region(Region::Us).outbound("agent", password))
    };
    assert_eq!(with("one"), with("one"));
    assert_ne!(with("one"), with("two"));
}

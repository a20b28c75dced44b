//! A configuration without any finding, for tests to break in one place.

use crate::{Config, Five9, HandBackBy, Listen, MediaPorts, Region, Route, Synthflow};

pub(crate) fn good() -> Config {
    Config::default()
        .listen(Listen::udp("0.0.0.0:5060").advertise("203.0.113.7:5060"))
        .listen(
            Listen::tls("0.0.0.0:5061").advertise("203.0.113.7:5061").certificate("chain", "key"),
        )
        .media(MediaPorts::range("0.0.0.0", 20_000..=29_999).advertise("203.0.113.7"))
        .trunk(
            Five9::self_service("gateway.five9.example")
                .number("+12065550100")
                .max_calls(100)
                .hand_back(HandBackBy::Bye),
        )
        .trunk(
            Synthflow::region(Region::Us)
                .number("+12065551234")
                .outbound("agent", "secret")
                .register(true)
                .termination_uri("sip:203.0.113.7:5060"),
        )
        .route(Route::from("five9").dialed("+12065551234").to("synthflow"))
        .route(Route::from("synthflow").to("five9"))
}

/// The codes of the rules that fire, in order.
pub(crate) fn codes(config: &Config) -> Vec<&'static str> {
    config.lint().iter().map(|finding| finding.code).collect()
}

#[test]
fn the_good_configuration_has_no_finding() {
    assert_eq!(good().check(), Ok(Vec::new()));
}

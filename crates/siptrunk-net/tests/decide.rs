//! Where a call goes, while the gateway runs: the application's own decision, and other routes.

#[expect(dead_code, reason = "no call here gets as far as media")]
#[path = "support/phone.rs"]
mod phone;
#[expect(dead_code, reason = "what the telephone uses")]
#[path = "support/sockets.rs"]
mod sockets;

use std::{
    future::pending,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use phone::Phone;
use siptrunk_bridge::Settings;
use siptrunk_net::{Gateway, GatewayBuilder, RoutesError, Stopped};
use siptrunk_profiles::{Config, Generic, Listen, MediaPorts, Route};

/// A gateway between a caller and a callee.
struct Desk {
    gateway: Gateway,
    caller: Phone,
    callee: Phone,
}

impl Desk {
    async fn new(more: impl FnOnce(GatewayBuilder) -> GatewayBuilder) -> Self {
        let [a, b]: [u8; 2] = rand::random();
        let ip = |last| IpAddr::V4(Ipv4Addr::new(127, 64 | (a & 63), b, last));
        let (caller, callee) = (Phone::new(ip(2)).await, Phone::new(ip(3)).await);
        let builder = Gateway::builder()
            .listen(Listen::udp(SocketAddr::new(ip(1), 0)))
            .media(MediaPorts::range(ip(1), 20_000..=20_099))
            .trunk(Generic::trunk("callers", caller.address()).number("+12065550100"))
            .trunk(Generic::trunk("callees", callee.address()).number("+12065551234"))
            .route(Route::from("callers").to("callees"))
            .media_threads(1);
        Self { gateway: more(builder).start().await.unwrap(), caller, callee }
    }

    fn address(&self) -> SocketAddr {
        self.gateway.local_addrs()[0]
    }

    async fn invite(&self, call: &str) {
        let address = self.address();
        let uri = format!("sip:+12065551234@{address}");
        let rest = format!(
            "To: <{uri}>\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n{}",
            self.caller.description()
        );
        self.caller.send(address, &self.caller.request("INVITE", &uri, call, &rest)).await;
    }

    /// Calls, is led to the callee as the configuration says, who is busy.
    async fn calls_the_callee(&self, call: &str) {
        self.invite(call).await;
        let invite = self.callee.expect("INVITE ").await;
        let busy = self.callee.response(&invite, "486 Busy Here", "");
        self.callee.send(self.address(), &busy).await;
        self.caller.expect("SIP/2.0 486").await;
    }
}

#[tokio::test]
async fn the_application_decides_and_otherwise_the_routes_do() {
    let desk = Desk::new(|builder| {
        builder.decide(|call| async move {
            let id = call.invite.headers().call_id().unwrap().unwrap();
            let routes = call.explanation.to_string();
            assert!(routes.contains("callees"), "what the routes say: {routes}");
            // Longer than a step of the endpoint.
            tokio::task::yield_now().await;
            id.starts_with("rejected").then(|| Route::from("callers").reject(603))
        })
    })
    .await;
    desk.invite("rejected").await;
    desk.caller.expect("SIP/2.0 603").await;
    desk.calls_the_callee("elsewhere").await;
    assert_eq!(desk.gateway.statistics().await.unwrap().panics, 0);
}

#[tokio::test]
async fn a_hook_that_panics_or_never_answers_holds_nobody_up_for_long() {
    let mut settings = Settings::default();
    settings.decide = Some(Duration::from_millis(100));
    let desk = Desk::new(|builder| {
        // The order in which a builder is told things is nobody's concern.
        let builder = builder.decide(|call| {
            let id = call.invite.headers().call_id().unwrap().unwrap();
            assert!(!id.starts_with("panics"), "a hook may panic");
            pending()
        });
        builder.settings(settings)
    })
    .await;
    desk.calls_the_callee("panics").await;
    desk.calls_the_callee("silent").await;
    assert_eq!(desk.gateway.statistics().await.unwrap().panics, 0);
    // As soon as the media of the refused calls is closed, nothing is left.
    desk.gateway.shutdown(Duration::from_secs(600)).await;
}

#[tokio::test]
async fn others_are_served_while_a_decision_is_awaited() {
    let mut settings = Settings::default();
    settings.decide = Some(Duration::from_secs(600));
    let desk = Desk::new(|builder| builder.settings(settings).decide(|_| pending())).await;
    desk.invite("waits").await;
    let uri = format!("sip:{}", desk.address());
    let rest = format!("To: <{uri}>\r\nCSeq: 1 OPTIONS\r\n");
    let options = desk.caller.request("OPTIONS", &uri, "options", &rest);
    desk.caller.send(desk.address(), &options).await;
    desk.caller.expect("SIP/2.0 200").await;
    // Who stops does not wait for a decision either.
    desk.gateway.shutdown(Duration::ZERO).await;
    desk.caller.expect("SIP/2.0 503").await;
}

#[tokio::test]
async fn routes_are_set_while_it_runs_and_wrong_ones_are_not() {
    let desk = Desk::new(|builder| builder).await;
    desk.calls_the_callee("old").await;
    let rejecting = Config::default().route(Route::from("callers").reject(480));
    assert_eq!(desk.gateway.set_routes(&rejecting).await, Ok(Vec::new()));
    desk.invite("new").await;
    desk.caller.expect("SIP/2.0 480").await;

    let wrong = Config::default().route(Route::from("callers").to("nobody"));
    let refused = desk.gateway.set_routes(&wrong).await.unwrap_err();
    let RoutesError::Refused { findings } = &refused else { panic!("{refused:?}") };
    assert!(findings.iter().any(|one| one.is_error() && one.field.starts_with("route")));
    assert!(refused.to_string().contains("nobody"), "{refused}");
    desk.invite("after").await;
    desk.caller.expect("SIP/2.0 480").await;

    desk.gateway.shutdown(Duration::ZERO).await;
    assert_eq!(desk.gateway.set_routes(&rejecting).await, Err(RoutesError::Stopped(Stopped)));
}

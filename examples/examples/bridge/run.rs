//! Runs the call of a flow: a gateway and two scripted ends, each on sockets of its own.

use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use siptrunk::bridge::{CallRecord, Event};
use siptrunk::net::{BoundListener, Driver, Events, NoWorld, SharedTap, TapEntry};
use siptrunk::prelude::*;
use siptrunk::sim::five9::{CallReport as Five9Report, Event as Five9Event, Five9Config};
use siptrunk::sim::synthflow::{
    CallReport as SynthflowReport, Event as SynthflowEvent, SynthflowConfig,
};
use siptrunk::sim::{Header, Timers};
use siptrunk::transaction::{Live, Seed};

use crate::fault::{self, Fault};
use crate::flow::Flow;
use crate::setting::{Authority, FIVE9, GATEWAY, Kind, SYNTHFLOW, Setting, over};

/// The number that leads to the agent.
pub(crate) const AGENT: &str = "+12065551234";
/// What a partner trunk dials for it.
const PSEUDO: &str = "777000000001";
/// Who calls.
pub(crate) const CALLER: &str = "+18005550199";
/// The number of Five9's campaign, and of the trunk.
pub(crate) const MAIN: &str = "+18005550100";
/// The longest that anything is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the wire is watched after the call.
const LINGER: Duration = Duration::from_millis(200);
/// Bytes that a tap keeps: far more than one call makes.
const TAP_BYTES: usize = 16 << 20;

/// What was really seen, by whom.
pub(crate) struct Evidence {
    /// Which flow was played.
    pub(crate) flow: Flow,
    /// When the axis of time starts.
    pub(crate) start: Instant,
    /// Every message that the gateway sent and received.
    pub(crate) gateway: Vec<TapEntry>,
    /// Every message and RTP packet that the Five9 end sent and received.
    pub(crate) five9: Vec<TapEntry>,
    /// The same of the Synthflow end.
    pub(crate) synthflow: Vec<TapEntry>,
    /// The addresses: gateway, Five9 and Synthflow signalling.
    pub(crate) sip: [SocketAddr; 3],
    /// The RTP addresses of the Five9 and the Synthflow end.
    pub(crate) rtp: [SocketAddr; 2],
    /// What Synthflow was told to hand back.
    pub(crate) hand_back: Vec<Header>,
    /// What the Five9 end heard, if its call ended.
    pub(crate) five9_report: Option<Five9Report>,
    /// What the Synthflow end heard, if a call reached it and ended.
    pub(crate) synthflow_report: Option<SynthflowReport>,
    /// The gateway's record of the call.
    pub(crate) record: Option<CallRecord>,
    /// What the gateway still held after the call.
    pub(crate) live: Live,
    /// T1 of this run.
    pub(crate) t1: Duration,
}

/// Carries one call over loopback sockets.
pub(crate) async fn run(
    setting: Setting,
    flow: Flow,
    fault: Option<Fault>,
) -> Result<Evidence, Box<dyn Error>> {
    // Lost BYEs are repeated for 64 * T1; nobody wants to look at that for half a minute.
    let t1 = Duration::from_millis(if fault == Some(Fault::DropBye) { 50 } else { 500 });
    let timers = Timers { t1, ..Timers::default() };
    let authority = Authority::new()?;
    let five9_sockets = authority.bind(FIVE9, setting.five9).await?;
    let synthflow_sockets = authority.bind(SYNTHFLOW, setting.synthflow).await?;
    let five9_at = five9_sockets.each_ref().map(BoundListener::local_addr);
    let synthflow_at = synthflow_sockets.each_ref().map(BoundListener::local_addr);

    let (five9_trunk, number) = match setting.kind {
        Kind::SelfService => {
            let trunk = Five9::self_service(five9_at[0]).number(MAIN).max_calls(10);
            (trunk.hand_back(HandBackBy::Bye), AGENT)
        }
        Kind::Partner => (Five9::partner(five9_at[0]).number(PSEUDO), PSEUDO),
    };
    let synthflow_trunk = Synthflow::region(Region::Us).host(synthflow_at[0]).number(AGENT);
    let tap = SharedTap::new(TAP_BYTES);
    let mut builder = Gateway::builder()
        .trunk(authority.trunk(five9_trunk, setting.five9))
        .trunk(authority.trunk(synthflow_trunk, setting.synthflow))
        .route(Route::from("five9").dialed(number).dial(AGENT).to("synthflow"))
        .route(Route::from("synthflow").to("five9"))
        .media(MediaPorts::range(GATEWAY, 20_000..=20_999))
        .t1(t1)
        .tap(tap.clone());
    for transport in setting.transports() {
        builder = builder.listen(authority.listen(transport)?);
    }
    let gateway = builder.start().await?;
    // Five9's transport is the first.
    let at = *gateway.local_addrs().first().ok_or("the gateway listens on nothing")?;

    let dialed = if fault == Some(Fault::WrongDid) { "+12065550000" } else { number };
    let five9 = match setting.kind {
        Kind::SelfService => Five9Config::new(five9_at[0], five9_at[1], at),
        Kind::Partner => Five9Config::partner(five9_at[0], five9_at[1], at, GATEWAY),
    };
    let five9 = five9.over(over(setting.five9)).timers(timers);
    let five9 = flow.at_five9(five9, dialed);
    let synthflow = SynthflowConfig::new(synthflow_at[0], synthflow_at[1])
        .over(over(setting.synthflow))
        .number(AGENT)
        .termination(gateway_of(&gateway, setting)?)
        .timers(timers);
    let synthflow = flow.at_synthflow(synthflow);
    let hand_back = match &synthflow.ending {
        siptrunk::sim::synthflow::Ending::HandBack(headers) => headers.clone(),
        _ => Vec::new(),
    };
    let synthflow = fault::configure(fault, synthflow);

    let start = Instant::now();
    let seed = Seed(rand::random());
    let end = siptrunk::sim::five9::Five9::new(five9, seed.derive(b"five9"), start);
    let end = fault::five9_link(fault, end);
    let five9_tap = SharedTap::new(TAP_BYTES);
    let five9 = Driver::new(end, NoWorld, five9_sockets).tap(five9_tap.clone());
    let five9 = authority.trusted(five9)?;
    let end = siptrunk::sim::synthflow::Synthflow::new(synthflow, seed.derive(b"synthflow"), start);
    let end = fault::synthflow_link(fault, end);
    let synthflow_tap = SharedTap::new(TAP_BYTES);
    let synthflow = Driver::new(end, NoWorld, synthflow_sockets).tap(synthflow_tap.clone());
    let synthflow = authority.trusted(synthflow)?;

    let (five9_events, synthflow_events) = (five9.events(), synthflow.events());
    let (five9_handle, synthflow_handle) = (five9.handle(), synthflow.handle());
    let ends = (tokio::spawn(five9.run()), tokio::spawn(synthflow.run()));

    let record = tokio::time::timeout(PATIENCE, ended(&gateway)).await.ok().flatten();
    let five9_report = within(five9_report(&five9_events)).await;
    // Without a call there is no report of the far end to wait for.
    let reached = record.as_ref().is_none_or(|record| record.b.is_some());
    let synthflow_report =
        if reached { within(synthflow_report(&synthflow_events)).await } else { None };
    // What is still under way (the ACK of a refusal, say) belongs to the picture.
    tokio::time::sleep(LINGER).await;
    let live = gateway.statistics().await.map(|statistics| statistics.live).unwrap_or_default();

    gateway.shutdown(Duration::ZERO).await;
    five9_handle.stop().await;
    synthflow_handle.stop().await;
    let _ends = (ends.0.await?, ends.1.await?);
    Ok(Evidence {
        flow,
        start,
        gateway: tap.take(),
        five9: five9_tap.take(),
        synthflow: synthflow_tap.take(),
        sip: [at, five9_at[0], synthflow_at[0]],
        rtp: [five9_at[1], synthflow_at[1]],
        hand_back,
        five9_report,
        synthflow_report,
        record,
        live,
        t1,
    })
}

/// Where Synthflow's calls go: the gateway's listener of its transport, which is the last one.
fn gateway_of(gateway: &Gateway, setting: Setting) -> Result<SocketAddr, &'static str> {
    let addresses = gateway.local_addrs();
    let at = if setting.five9 == setting.synthflow { addresses.first() } else { addresses.last() };
    at.copied().ok_or("the gateway listens on nothing")
}

async fn within<T>(report: impl Future<Output = Option<T>>) -> Option<T> {
    tokio::time::timeout(Duration::from_secs(5), report).await.ok().flatten()
}

/// The record of the first call that ends or is refused.
async fn ended(gateway: &Gateway) -> Option<CallRecord> {
    while let Some(event) = gateway.next_event().await {
        if let Event::Ended { record } | Event::Refused { record } = event {
            return Some(*record);
        }
    }
    None
}

async fn five9_report(events: &Events<Five9Event>) -> Option<Five9Report> {
    while let Some(event) = events.next().await {
        if let Five9Event::Ended { report, .. } = event {
            return Some(*report);
        }
    }
    None
}

async fn synthflow_report(events: &Events<SynthflowEvent>) -> Option<SynthflowReport> {
    while let Some(event) = events.next().await {
        if let SynthflowEvent::Ended { report, .. } = event {
            return Some(*report);
        }
    }
    None
}

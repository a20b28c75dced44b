//! Verification over loopback sockets: the same diagnoses as in the simulated world.

use std::time::{Duration, Instant};

use siptrunk::Gateway;
use siptrunk::bridge::Symptom;
use siptrunk::bridge::verify::{Check, Plan, Verdict};
use siptrunk::net::{Driver, NoWorld, UdpListener};
use siptrunk::profiles::{Config, Listen, MediaPorts, Region, Route, Synthflow as SynthflowTrunk};
use siptrunk::sim::synthflow::{Fault, Synthflow, SynthflowConfig};
use siptrunk::transaction::Seed;
use siptrunk_tests::scene::AGENT;

/// What failed when a Synthflow with this fault was verified.
async fn failures(row: u16, fault: Option<Fault>) -> Vec<(Check, Symptom)> {
    let sip = UdpListener::bind("127.0.3.1:0").await.expect("a socket");
    let rtp = UdpListener::bind("127.0.3.1:0").await.expect("a socket");
    let at = sip.local_addr();
    let mut end =
        SynthflowConfig::new(at, rtp.local_addr()).number(AGENT).talk(Duration::from_millis(600));
    if let Some(fault) = fault {
        end = end.fault(fault);
    }
    let end = Synthflow::new(end, Seed([7; 32]), Instant::now());
    let end = Driver::new(end, NoWorld, [sip, rtp]);
    let handle = end.handle();
    let running = tokio::spawn(async move { drop(end.run().await) });

    let first = 23_000 + row * 10;
    let config = Config::default()
        .listen(Listen::udp("127.0.1.1:0"))
        .media(MediaPorts::range("127.0.1.1", first..=first + 9))
        .route(Route::any().reject(404))
        .trunk(SynthflowTrunk::region(Region::Us).host(at).number(AGENT));
    let mut plan = Plan::default();
    plan.call = Some(AGENT.into());
    plan.listen = Duration::from_millis(400);
    plan.hand_back = Duration::from_secs(2);
    let verification = Gateway::from_config(config).verify(plan).await;
    let verification = verification.unwrap_or_else(|error| panic!("{error}"));
    let mut failed = Vec::new();
    while let Some(step) = verification.next_step().await {
        if step.verdict == Verdict::Failed {
            failed.push((step.check, step.symptom.expect("a row of the table")));
        }
    }
    handle.stop().await;
    running.await.expect("the end ends");
    failed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_is_told_over_sockets_as_it_is_in_the_simulated_world() {
    let rows = [
        (None, None),
        (Some(Fault::NotAllowed), Some((Check::Call, Symptom::Forbidden))),
        (Some(Fault::NumberNotImported), Some((Check::Call, Symptom::NotFound))),
        (Some(Fault::CallsUsedUp), Some((Check::Call, Symptom::Busy))),
        (Some(Fault::MediaRefused), Some((Check::Call, Symptom::NotAcceptable))),
        (Some(Fault::OneWayAudio), Some((Check::Audio, Symptom::OneWayAudio))),
        (Some(Fault::PrivateAddress), Some((Check::Audio, Symptom::OneWayAudio))),
        (Some(Fault::NoDtmf), Some((Check::Digits, Symptom::NoDigits))),
        (Some(Fault::ByeWithoutHeaders), Some((Check::HandBack, Symptom::HandBackWithoutHeaders))),
    ];
    let running: Vec<_> =
        (0..).zip(rows).map(|(row, (fault, _))| tokio::spawn(failures(row, fault))).collect();
    for ((fault, expected), running) in rows.into_iter().zip(running) {
        let failed = running.await.expect("a verification ends");
        let expected: Option<(Check, Symptom)> = expected;
        assert_eq!(failed, Vec::from_iter(expected), "{fault:?}");
    }
}

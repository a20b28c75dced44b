//! A faithful Synthflow behind our gateway: numbers, registrations, and calls that its agents make.

use std::time::Duration;

use siptrunk::bridge::Event;
use siptrunk::message::{Method, Transport};
use siptrunk::profiles::HandBackBy;
use siptrunk::sim::five9::{self, CallPlan, OutboundRule, Reached, Skill};
use siptrunk::sim::synthflow::{
    Admission, Ending, Fault, JOIN, OutboundCall, Registration, Synthflow, SynthflowConfig,
};
use siptrunk::sim::{Account, AudioPlan, Outcome};
use siptrunk_tests::scene::{AGENT, GATEWAY, address};

use ends::{PHONE, Set, Stage, TRANSPORTS};

mod ends;

/// The number of a live agent.
const LIVE: &str = "+12065550111";

fn account() -> Account {
    Account::new("trunk", "secret")
}

fn calling(transport: Transport) -> Set {
    let set = Set::over(transport).five9(|config| config.call(CallPlan::new(AGENT, PHONE)));
    set.trunks(|[five9, synthflow]| [five9.hand_back(HandBackBy::Bye), synthflow])
}

#[test]
fn an_agent_calls_the_public_network_through_five9() {
    for transport in TRANSPORTS {
        let set = Set::over(transport)
            .five9(|config| config.rule(OutboundRule::pstn("domestic").prefix("+1")))
            .synthflow(|config| config.outbound(OutboundCall::new(PHONE, AGENT)));
        let mut stage = set.play(60);
        let (phone, talk) = (stage.call(0), stage.talk(0));
        let rule = "domestic".into();
        assert_eq!(phone.reached, Some(Reached::Phone { number: PHONE.into(), rule }));
        // Opus was offered, and only what Five9 takes came through.
        let bytes = stage.world.trace().sip().find(|entry| entry.from == address(GATEWAY));
        assert!(bytes.is_some() && phone.audio.exact() && talk.audio.exact(), "{phone}{talk}");
        let sent =
            stage.world.trace().sip().filter(|entry| entry.first_line().starts_with("INVITE"));
        let opus: Vec<bool> = sent.map(|entry| contains(&entry.bytes, b"opus/48000")).collect();
        assert_eq!(opus, [true, false], "{}", stage.ladder());
        stage.assert_over();
    }
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

#[test]
fn we_register_with_it_and_may_call_from_then_on() {
    for transport in TRANSPORTS {
        let set = calling(transport)
            .five9(|mut config| {
                config.calls[0].start = Duration::from_secs(2);
                config
            })
            .synthflow(|config| config.registrar(account()).admission(Admission::Registered))
            .trunks(|[five9, synthflow]| {
                [five9, synthflow.outbound("trunk", "secret").register(true)]
            });
        let stage = set.play(60);
        let now = stage.world.now();
        assert!(stage.world.node::<Synthflow>(stage.synthflow).has_registration(now));
        assert_eq!(stage.call(0).statuses.last(), Some(&200), "{}", stage.ladder());
        assert!(stage.talk(0).audio.exact());
    }
}

#[test]
fn a_refused_registration_keeps_calls_out() {
    for fault in [Fault::RegistrationRefused, Fault::WrongCredentials] {
        let set = calling(Transport::Udp)
            .five9(|mut config| {
                config.calls[0].start = Duration::from_secs(2);
                config
            })
            .synthflow(|config| {
                config.registrar(account()).admission(Admission::Registered).fault(fault)
            })
            .trunks(|[five9, synthflow]| {
                [five9, synthflow.outbound("trunk", "secret").register(true)]
            });
        let stage = set.play(30);
        let now = stage.world.now();
        assert!(!stage.world.node::<Synthflow>(stage.synthflow).has_registration(now), "{fault}");
        assert!(!stage.call(0).answered(), "{}", stage.ladder());
    }
}

#[test]
fn it_registers_with_us_and_is_called_where_it_registered() {
    for transport in TRANSPORTS {
        let set = calling(transport)
            .five9(|mut config| {
                config.calls[0].start = Duration::from_secs(2);
                config
            })
            .synthflow(|config| config.registers(Registration::new(address(GATEWAY), account())))
            .trunks(|[five9, synthflow]| {
                [five9, synthflow.digest("trunk", "secret").registrar(true)]
            });
        let stage = set.play(60);
        let now = stage.world.now();
        let registered = stage.world.node::<Synthflow>(stage.synthflow).is_registered(now);
        assert!(registered, "{}", stage.ladder());
        assert_eq!(stage.call(0).statuses.last(), Some(&200), "{}", stage.ladder());
    }
}

#[test]
fn it_challenges_our_calls_and_we_prove_ourselves() {
    for (transport, status) in TRANSPORTS.into_iter().zip([401, 407, 401]) {
        let set = calling(transport)
            .synthflow(|config| config.account(account()).admission(Admission::Digest(status)))
            .trunks(|[five9, synthflow]| [five9, synthflow.outbound("trunk", "secret")]);
        let mut stage = set.play(60);
        assert!(stage.talk(0).audio.exact(), "{}", stage.ladder());
        stage.assert_over();
    }
}

#[test]
fn what_goes_wrong_at_synthflow_is_seen_through_the_gateway() {
    let with = |fault| {
        let mut stage = calling(Transport::Udp).synthflow(|config| config.fault(fault)).play(120);
        stage.assert_over();
        stage
    };
    for (fault, status) in [
        (Fault::NotAllowed, 403),
        (Fault::WrongRegion, 403),
        (Fault::NumberNotImported, 404),
        (Fault::CallsUsedUp, 486),
        (Fault::MediaRefused, 488),
        (Fault::TimesOut, 504),
        (Fault::Silence, 504),
    ] {
        let stage = with(fault);
        assert_eq!(stage.call(0).outcome, Outcome::Rejected(status), "{fault}");
        assert_eq!(records(&stage), 1, "{fault}");
    }
    assert_eq!(with(Fault::ByeWithoutHeaders).call(0).hand_back().count(), 0);
    let stage = with(Fault::OneWayAudio);
    assert_eq!(stage.call(0).audio.packets_received, 0);
    let stage = with(Fault::XEiStripped);
    assert_eq!(stage.talk(0).external_id(), None);
}

/// How many records the gateway wrote, of calls that ended and of INVITEs that it refused.
fn records(stage: &Stage) -> usize {
    let record = |event: &&Event| matches!(event, Event::Ended { .. } | Event::Refused { .. });
    stage.events.iter().filter(record).count()
}

#[test]
fn a_number_that_is_attached_only_now_is_not_found_for_a_while() {
    let number = "+12065550000";
    let set = Set::over(Transport::Udp)
        .synthflow(|config: SynthflowConfig| config.unattached(number))
        .trunks(|[five9, synthflow]| [five9, synthflow.number(number)]);
    let set = set.five9(|config| {
        let at = |seconds| CallPlan::new(number, PHONE).start(Duration::from_secs(seconds));
        let plans = [at(1), at(30), at(150)];
        plans.into_iter().fold(config, five9::Five9Config::call)
    });
    let mut stage = Set { number, ..set }.play(10);
    stage.world.with(stage.synthflow, |end: &mut Synthflow, now| end.attach(now, number));
    stage.run(200);
    let last = |index: usize| stage.call(index).statuses.last().copied();
    assert_eq!([last(0), last(1), last(2)], [Some(404), Some(404), Some(200)]);
}

/// A caller who stays, an agent that passes callers on, and a live agent under this number.
fn passing_on(transport: Transport, ending: Ending) -> Set {
    let set = Set::over(transport).five9(|config| {
        let talk = CallPlan::new(AGENT, PHONE)
            .audio(AudioPlan::caller().frames(500))
            .ending(five9::Ending::HangUp(Duration::from_secs(12)));
        config.call(talk).skill(Skill::new("live", 1).number(LIVE))
    });
    let set = set.synthflow(|config| config.ending(ending).talk(Duration::from_secs(1)));
    set.trunks(|[five9, synthflow]| {
        let methods = [Method::INVITE, Method::OPTIONS, Method::REFER];
        [five9, synthflow.methods(methods)]
    })
}

#[test]
fn a_cold_transfer_takes_the_caller_to_the_number_that_it_names() {
    for transport in TRANSPORTS {
        let mut stage = passing_on(transport, Ending::ColdTransfer(LIVE.into())).play(60);
        let talk = stage.talk(0);
        assert_eq!(talk.transfer.first(), Some(&202), "{}", stage.ladder());
        assert_eq!(talk.transfer.last(), Some(&200), "{}", stage.ladder());
        let live = stage.call(1);
        assert_eq!(live.reached, Some(Reached::Agent("live".into())));
        assert!(live.audio.packets_received > 100, "the caller is heard: {live}");
        assert!(stage.call(0).audio.foreign > 50, "and hears");
        stage.assert_over();
    }
}

#[test]
fn a_warm_transfer_brings_the_caller_back_to_be_joined_to_the_person() {
    for transport in TRANSPORTS {
        let mut stage = passing_on(transport, Ending::WarmTransfer(LIVE.into())).play(60);
        let first = stage.talk(0);
        assert_eq!(first.transfer.last(), Some(&200), "{}", stage.ladder());
        let back = stage.talk(2);
        assert!(back.dialed.starts_with(JOIN), "{back}");
        let person = stage.call(1);
        assert_eq!(person.reached, Some(Reached::Agent("live".into())));
        assert!(person.audio.packets_received > 100, "the caller is heard: {person}");
        assert!(stage.call(0).audio.foreign > 50, "and hears");
        stage.assert_over();
    }
}

#[test]
fn a_hand_back_by_refer_is_taken_by_a_five9_that_takes_it() {
    for transport in TRANSPORTS {
        let set = passing_on(transport, Ending::phone_transfer(LIVE));
        let set = set.five9(five9::Five9Config::takes_refer);
        let set = set.trunks(|[five9, synthflow]| [five9.hand_back(HandBackBy::Refer), synthflow]);
        let mut stage = set.play(60);
        let to = stage.call(0).refer_to.unwrap_or_default();
        assert!(to.contains(LIVE), "{to}\n{}", stage.ladder());
        stage.assert_over();
    }
}

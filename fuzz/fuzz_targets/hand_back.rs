//! Hand-back headers: whatever a BYE holds is read without harm, what was read is written again within its limits,
//! and what is written reads as what it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use siptrunk_profiles::{HandBack, HandBackAction, HandBackError, HandBackNames};

/// Names that mean something, and some that do not.
const NAMES: [&str; 10] = [
    "X-RouteType",
    "x-routevalue",
    "X-RouteReason",
    "X-ConversationId",
    "X-Other",
    "X-RouteType ",
    "route_type",
    "Via",
    "X-",
    "x-contained",
];

fuzz_target!(|input: &[u8]| {
    let fields: Vec<(&[u8], &[u8])> = input
        .split(|octet| *octet == b'\n')
        .filter_map(|line| {
            let (first, value) = line.split_first()?;
            match NAMES.get(usize::from(first % 16)) {
                Some(name) => Some((name.as_bytes(), value)),
                // A name of the input's own.
                None => Some(value.split_at(value.len().min(usize::from(first >> 4)))),
            }
        })
        .collect();
    for names in [HandBackNames::five9(), HandBackNames::default()] {
        let Some(read) = HandBack::read(&names, fields.iter().copied()) else { continue };
        assert!(read.action.number().is_none_or(|_| read.action.goes_on()));
        for limit in [0, 1, 10, usize::MAX] {
            match read.write(&names, limit) {
                Ok(list) => {
                    assert!(list.len() <= limit);
                    let again: Vec<_> = list
                        .iter()
                        .map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes()))
                        .collect();
                    let again = HandBack::read(&names, again).expect("what was written is there");
                    // Space around a value is no part of it, so the words may have lost some.
                    assert_eq!(kind(&again.action), kind(&read.action));
                    assert_eq!(again.extra.len(), read.extra.len());
                }
                Err(HandBackError::TooMany { count, .. }) => assert!(count > limit),
                Err(_) => {}
            }
        }
    }
});

fn kind(action: &HandBackAction) -> u8 {
    match action {
        HandBackAction::SkillTransfer(_) => 0,
        HandBackAction::PhoneTransfer(_) => 1,
        HandBackAction::Hangup => 2,
        HandBackAction::DispositionOnly(_) => 3,
        _ => 4,
    }
}

//! Where a call goes on: what the headers of a BYE name, as numbers on the caller's trunk.

use std::collections::VecDeque;

use siptrunk_message::Headers;
use siptrunk_profiles::{HandBack, HandBackAction, HandBackBy, Trunk};

use crate::diagnosis::CallFailure;
use crate::legs::TrunkId;

/// The longest number that is dialled: E.164 has 15 digits, and PBXs put a few before them.
const LONGEST_NUMBER: usize = 32;

/// A number to dial on a trunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::bridge) struct Goal {
    pub(super) trunk: TrunkId,
    pub(super) number: String,
}

/// The goals of a BYE of `from` that hands back to `trunk`, in the order in which they are to be tried;
/// none if the call simply ends.
///
/// # Errors
/// What is to be remarked of a BYE that hands back and says nothing that can be used.
pub(super) fn of_hand_back(
    from: &str,
    trunk: &Trunk,
    id: TrunkId,
    headers: &Headers,
) -> Result<VecDeque<Goal>, CallFailure> {
    let fields = headers.iter().map(|field| (field.raw_name(), field.value()));
    let Some(hand_back) = HandBack::read(&trunk.hand_back_names, fields) else {
        if trunk.profile.is_five9() {
            return Err(CallFailure::HandBackWithoutHeaders { trunk: from.to_owned() });
        }
        return Ok(VecDeque::new());
    };
    if trunk.hand_back == HandBackBy::Bye {
        return Ok(VecDeque::new());
    }
    let (named, to) = match &hand_back.action {
        HandBackAction::Hangup | HandBackAction::DispositionOnly(_) => return Ok(VecDeque::new()),
        HandBackAction::PhoneTransfer(number) => (Some(number), number),
        HandBackAction::SkillTransfer(skill) => (None, skill),
        HandBackAction::Custom(kind, value) => (None, value.as_ref().unwrap_or(kind)),
        _ => return Ok(VecDeque::new()),
    };
    let named = named.filter(|number| is_number(number));
    // Where the number cannot be had, the script that leads to agents is better than nothing.
    let numbers = named.into_iter().chain(trunk.return_number.as_ref());
    let mut goals: VecDeque<Goal> =
        numbers.map(|number| Goal { trunk: id, number: number.clone() }).collect();
    if goals.is_empty() {
        let (trunk, to) = (from.to_owned(), to.clone());
        return Err(CallFailure::HandBackWithoutNumber { trunk, to });
    }
    if goals.len() == 2 && goals[0] == goals[1] {
        goals.pop_back();
    }
    Ok(goals)
}

/// Whether this can be dialled: digits as telephones have them, perhaps with a plus before them.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let dialable = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'*' | b'#');
    !digits.is_empty() && digits.len() <= LONGEST_NUMBER && digits.bytes().all(dialable)
}

#[cfg(test)]
mod tests {
    use siptrunk_message::{Limits, Message};
    use siptrunk_profiles::Five9;

    use super::*;

    fn goals(trunk: &Trunk, fields: &str) -> Result<Vec<String>, CallFailure> {
        let bye = format!(
            "BYE sip:a@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.2;branch=z9hG4bKx\r\nTo: <sip:a@b>;tag=1\r\n\
             From: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 BYE\r\nMax-Forwards: 70\r\n{fields}\
             Content-Length: 0\r\n\r\n"
        );
        let message = Message::parse(bye.into_bytes().into(), &Limits::default()).unwrap();
        let found = of_hand_back("synthflow", trunk, TrunkId(3), message.headers())?;
        assert!(found.iter().all(|goal| goal.trunk == TrunkId(3)));
        Ok(found.into_iter().map(|goal| goal.number).collect())
    }

    #[test]
    fn what_a_bye_names_on_a_self_service_trunk() {
        let plain = Five9::self_service("192.0.2.1");
        let returning = plain.clone().return_number("+12065550199");
        let without = CallFailure::HandBackWithoutHeaders { trunk: String::from("synthflow") };
        let nowhere = |to: &str| {
            let (trunk, to) = (String::from("synthflow"), to.to_owned());
            Err(CallFailure::HandBackWithoutNumber { trunk, to })
        };
        let phone = |to: &str| format!("X-RouteType: PhoneTransfer\r\nX-RouteValue: {to}\r\n");
        let own = |numbers: &[&str]| -> Result<Vec<String>, CallFailure> {
            Ok(numbers.iter().map(|&it| it.to_owned()).collect())
        };
        // Fields, what a trunk without a return number does of it, what one with such a number does.
        let rows = [
            (phone("+12065550111"), own(&["+12065550111"]), own(&["+12065550111", "+12065550199"])),
            (phone("+12065550199"), own(&["+12065550199"]), own(&["+12065550199"])),
            (phone("sip:evil@192.0.2.9"), nowhere("sip:evil@192.0.2.9"), own(&["+12065550199"])),
            (phone("+1;ext=2"), nowhere("+1;ext=2"), own(&["+12065550199"])),
            (
                String::from("X-RouteType: SkillTransfer\r\nX-RouteValue: billing\r\n"),
                nowhere("billing"),
                own(&["+12065550199"]),
            ),
            (String::from("X-RouteType: Hangup\r\n"), own(&[]), own(&[])),
            (
                String::from("X-RouteType: DispositionOnly\r\nX-RouteValue: sold\r\n"),
                own(&[]),
                own(&[]),
            ),
            (String::new(), Err(without.clone()), Err(without.clone())),
            (String::from("X-RouteValue: +1\r\n"), Err(without.clone()), Err(without.clone())),
        ];
        for (fields, one, other) in rows {
            assert_eq!(goals(&plain, &fields), one, "{fields}");
            assert_eq!(goals(&returning, &fields), other, "{fields}");
        }
        let by_bye = plain.hand_back(HandBackBy::Bye);
        assert_eq!(goals(&by_bye, &phone("+12065550111")), own(&[]));
        assert_eq!(goals(&by_bye, ""), Err(without));
    }

    #[test]
    fn numbers_are_digits_and_not_many() {
        for good in ["+12065550100", "777000000001", "*98", "0875704225123", "#"] {
            assert!(is_number(good), "{good}");
        }
        let long = "1".repeat(LONGEST_NUMBER + 1);
        for bad in ["", "+", "++1", "1 2", "a", "1;x", "1@h", "sip:1", "%31", long.as_str()] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}

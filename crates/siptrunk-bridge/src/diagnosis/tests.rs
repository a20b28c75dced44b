//! The table of troubles holds together, and a diagnosis speaks the provider's words.

use siptrunk_message::StatusCode;
use siptrunk_profiles::{Profile, Region};

use super::table::TABLE;
use super::*;

#[test]
fn the_table_has_one_row_a_symptom_in_order_and_advice_for_anywhere_at_the_end() {
    for (at, row) in TABLE.iter().enumerate() {
        assert_eq!(row.symptom as usize, at, "{:?}", row.symptom);
        let places: Vec<Place> = row.advice.iter().map(|advice| advice.place).collect();
        assert_eq!(places.last(), Some(&Place::Anywhere), "{:?}", row.symptom);
        for place in &places {
            assert_eq!(places.iter().filter(|it| *it == place).count(), 1, "{:?}", row.symptom);
        }
        for advice in row.advice {
            assert!(!advice.cause.is_empty() && !advice.remedy.is_empty(), "{:?}", row.symptom);
            let text = format!("{}{}{}", row.seen, advice.cause, advice.remedy);
            assert!(!text.contains('|') && !text.contains('\n'), "a cell of the page: {text}");
        }
    }
    assert_eq!(Symptom::all().last(), Some(Symptom::Internal));
}

fn refused(status: u16) -> CallFailure {
    let status = StatusCode::new(status).unwrap();
    CallFailure::Refused { trunk: String::from("t"), status }
}

#[test]
fn a_refusal_means_what_its_status_says() {
    let rows = [
        (401, Symptom::AuthenticationRefused),
        (403, Symptom::Forbidden),
        (404, Symptom::NotFound),
        (408, Symptom::NoResponse),
        (480, Symptom::Busy),
        (484, Symptom::NotFound),
        (486, Symptom::Busy),
        (488, Symptom::NotAcceptable),
        (500, Symptom::OtherRefusal),
        (503, Symptom::Busy),
        (603, Symptom::OtherRefusal),
        (606, Symptom::NotAcceptable),
    ];
    for (status, symptom) in rows {
        assert_eq!(refused(status).symptom(), symptom, "{status}");
        assert_eq!(refused(status).sip_code(), Some(status));
        assert_eq!(refused(status).leg(), Some(FailedLeg::Called));
    }
}

#[test]
fn a_diagnosis_speaks_of_the_providers_own_screens() {
    let rows = [
        (refused(404), Some(Profile::Synthflow(Region::Us)), "Import a Custom Number"),
        (refused(404), Some(Profile::Five9Partner), "pseudo number"),
        (refused(404), Some(Profile::Five9SelfService), "Outbound Rules"),
        (refused(404), Some(Profile::Generic), "check the number"),
        (refused(403), Some(Profile::Synthflow(Region::Eu)), "Customer Region"),
        (refused(486), Some(Profile::Five9SelfService), "Number of Simultaneous Calls"),
        (CallFailure::Draining, None, "tries again"),
    ];
    for (failure, profile, words) in rows {
        let told = Diagnosis::of(&failure, profile);
        assert!(told.remedy.contains(words), "{failure} at {profile:?}: {}", told.remedy);
        assert!(told.to_string().contains(words) && told.to_string().contains(&told.evidence));
    }
    assert_eq!(refused(404).remedy(), Diagnosis::of(&refused(404), None).remedy);
}

#[test]
fn a_transfer_that_failed_is_told_by_its_cause() {
    let cause = Box::new(refused(404));
    let failed = CallFailure::TransferFailed { to: String::from("+1"), cause };
    assert_eq!(failed.symptom(), Symptom::TransferFailed);
    assert_eq!((failed.leg(), failed.sip_code()), (Some(FailedLeg::Transferred), Some(404)));
    assert_eq!(failed.trunk(), Some("t"));
    let told = Diagnosis::of(&failed, Some(Profile::Five9Partner));
    assert!(told.remedy.contains("pseudo number"), "{told}");
    assert!(told.to_string().contains("404"), "{told}");
}

use super::*;

fn national(country: u16) -> NumberPolicy {
    NumberPolicy::National(NationalPlan::of(country).expect("a plan that is known"))
}

/// Form by form: what is dialled there, and the same between trunks.
#[test]
fn a_number_of_each_form_is_read_and_written() {
    use NumberPolicy::{Digits, E164, Extension, Verbatim};
    for (policy, there, between) in [
        (E164, "+12065550100", "+12065550100"),
        (Digits, "12065550100", "+12065550100"),
        (national(1), "12065550100", "+12065550100"),
        (national(1), "011442079460018", "+442079460018"),
        (national(44), "02079460018", "+442079460018"),
        (national(44), "0012065550100", "+12065550100"),
        (national(49), "03012345678", "+493012345678"),
        (national(39), "0612345678", "+390612345678"),
        (national(34), "912345678", "+34912345678"),
        (national(61), "0291234567", "+61291234567"),
        (national(61), "001112065550100", "+12065550100"),
        (national(81), "0312345678", "+81312345678"),
        (national(81), "01012065550100", "+12065550100"),
        (national(65), "61234567", "+6561234567"),
        (Extension, "4711", "4711"),
        (Extension, "*98#", "*98#"),
        (Verbatim, "777000000001", "777000000001"),
        (Verbatim, "+12065550100", "+12065550100"),
    ] {
        assert!(policy.accepts(there), "{policy:?} {there}");
        assert_eq!(policy.read(there), between, "{policy:?} reads {there}");
        assert_eq!(policy.write(between).as_deref(), Some(there), "{policy:?} writes {between}");
    }
}

#[test]
fn what_has_no_such_form_is_not_accepted_and_not_written() {
    use NumberPolicy::{Digits, E164, Extension, Verbatim};
    for (policy, number) in [
        (E164, "12065550100"),
        (E164, ""),
        (E164, "+0123"),
        (Digits, "+12065550100"),
        (Digits, "0123"),
        (Digits, "4711x"),
        (national(44), "2079460018"),
        (national(44), "0"),
        (national(44), "020794600181"),
        (national(34), "91234567"),
        (national(1), "2065550"),
        (Extension, "123456789"),
        (Extension, "+1"),
        (Extension, ""),
        (Verbatim, "a b"),
        (Verbatim, ""),
    ] {
        assert!(!policy.accepts(number), "{policy:?} {number}");
    }
    for (policy, number) in [
        (E164, "4711"),
        (Digits, "4711"),
        (national(44), "4711"),
        (Extension, "+12065550100"),
        (Verbatim, "a b"),
    ] {
        assert_eq!(policy.write(number), None, "{policy:?} {number}");
    }
}

#[test]
fn what_cannot_be_told_stays_as_it_came() {
    use NumberPolicy::{Digits, E164, Extension, Verbatim};
    for policy in [E164, Digits, national(44), Extension, Verbatim] {
        for number in ["anonymous", "+442079460018", ""] {
            assert_eq!(policy.read(number), number, "{policy:?}");
        }
    }
    assert_eq!(E164.read("12065550100"), "12065550100", "nobody said that its plus was lost");
    assert_eq!(E164.write("+1 (206) 555-0100"), None, "a space is no separator of RFC 3966");
    assert_eq!(E164.write("+1(206)555-0100").as_deref(), Some("+12065550100"));
}

#[test]
fn the_table_of_countries_is_whole() {
    let mut before = 0;
    for country in NationalPlan::countries() {
        assert!(country > before, "in order, each once: {country}");
        before = country;
        let plan = NationalPlan::of(country).expect("it is there");
        assert_eq!(plan.country(), country);
        assert!(plan.digits.0 <= plan.digits.1 && plan.digits.1 <= 13, "{plan:?}");
        assert!(!plan.international.is_empty(), "{plan:?}");
        // A national number of each length comes back as it went.
        for length in plan.digits.0..=plan.digits.1 {
            let digits = format!("+{country}{}", "2".repeat(length.into()));
            let policy = NumberPolicy::National(plan);
            let there = policy.write(&digits).expect("a number");
            assert_eq!(policy.read(&there), digits, "{plan:?} {there}");
        }
    }
    assert_eq!(NationalPlan::of(999), None);
}

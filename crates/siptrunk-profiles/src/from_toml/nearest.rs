//! The known word that an unknown one was probably meant to be.

/// The longest word that is compared: what is longer is no slip of the finger.
const LONGEST: usize = 40;

/// The known word closest to `word`, if it is close: a third of its letters may differ, or two.
pub(crate) fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase().replace('-', "_");
    let allowed = (word.chars().count() / 3).max(2);
    known
        .iter()
        .map(|candidate| (distance(&word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Keys that people look for in another table than theirs.
const HOMES: [(&[&str], &str); 6] = [
    (
        &["allow", "digest", "registrar", "vendor_token", "methods", "verify_source"],
        "[trunk.inbound]",
    ),
    (
        &["username", "password", "password_env", "password_file"],
        "[trunk.outbound], or digest of [trunk.inbound] if the other side proves itself to us",
    ),
    (&["register", "register_expires", "realm", "minimum_algorithm"], "[trunk.outbound]"),
    (&["bye_limit", "custom", "xei", "diversion", "internal"], "[trunk.headers]"),
    (&["trusted"], "[[trunk]]"),
    (
        &["unknown_source", "shutdown_seconds", "networks_file"],
        "the top of the file, above every [table]",
    ),
];

/// The table that a key belongs to, if it is one that is often misplaced.
pub(crate) fn home(key: &str) -> Option<&'static str> {
    HOMES.iter().find(|(keys, _)| keys.contains(&key)).map(|(_, home)| *home)
}

/// How many letters must be added, dropped, changed or swapped with their neighbour.
fn distance(one: &str, two: &str) -> usize {
    let one: Vec<char> = one.chars().collect();
    let two: Vec<char> = two.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=two.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in two.iter().enumerate() {
            let mut cost = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == two[j - 1] && one[i - 1] == *b {
                cost = cost.min(before[j - 1] + 1);
            }
            row.push(cost);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[two.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_letters_added_dropped_changed_and_swapped() {
        for (one, two, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("max_calls", "max_calls", 0),
            ("max_call", "max_calls", 1),
            ("max_clals", "max_calls", 1),
            ("nax_calls", "max_calls", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, two), expected, "{one} {two}");
            assert_eq!(distance(two, one), expected, "{two} {one}");
        }
    }

    #[test]
    fn names_what_is_close_and_nothing_else() {
        let known = ["max_calls", "numbers", "name", "nat", "hosts"];
        assert_eq!(nearest("max-calls", &known), Some("max_calls"));
        assert_eq!(nearest("number", &known), Some("numbers"));
        assert_eq!(nearest("Host", &known), Some("hosts"));
        assert_eq!(nearest("schedule", &known), None);
        assert_eq!(nearest(&"x".repeat(10_000), &known), None);
    }
}

//! The table of `docs/security.md`: every class has a row, and every test that a row names exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Classes of the table.
const CLASSES: usize = 34;

#[test]
fn every_class_has_a_row_and_every_named_test_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(root.join("docs/security.md")).expect("the document is there");
    let mut classes = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| T")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let &[id, _class, _defence, shown, status, missing] = &cells[..] else {
            panic!("six cells: {line}")
        };
        assert!(classes.insert(id), "{id} stands twice");
        assert!(["done", "partly", "not yet"].contains(&status), "{id}: {status}");
        assert!(status == "done" || missing != "-", "{id}: {status}, and nothing is missing?");
        let mut source = String::new();
        let mut tests = 0;
        // Every second part stands between backticks: a file, then the tests in it.
        for name in shown.split('`').skip(1).step_by(2) {
            if Path::new(name).extension().is_some_and(|kind| kind == "rs") {
                source = fs::read_to_string(root.join(name))
                    .unwrap_or_else(|error| panic!("{id}: {name}: {error}"));
            } else {
                tests += 1;
                let found = source
                    .split_once(&format!("fn {name}("))
                    .and_then(|(before, _)| before.rsplit_once("#["))
                    .is_some_and(|(_, attribute)| {
                        attribute.starts_with("test]") || attribute.starts_with("tokio::test")
                    });
                assert!(found, "{id}: no test {name} in the file named before it");
            }
        }
        assert!(status != "done" || tests > 0, "{id}: done without a test");
    }
    assert_eq!(classes.len(), CLASSES);
}

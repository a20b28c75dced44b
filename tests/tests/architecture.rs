//! The arrows between the crates, the sizes of their files and the number of their dependencies.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand};

/// Which crates of ours each crate may use. Arrows point down only.
const ARROWS: &[(&str, &[&str])] = &[
    ("siptrunk-message", &[]),
    ("siptrunk-sdp", &[]),
    ("siptrunk-digest", &[]),
    ("siptrunk-xei", &[]),
    ("siptrunk-rtp", &[]),
    ("siptrunk-media", &["rtp"]),
    ("siptrunk-transaction", &["message"]),
    ("siptrunk-ua", &["transaction", "message", "sdp", "digest"]),
    ("siptrunk-profiles", &["message", "sdp", "digest", "xei"]),
    ("siptrunk-sim", &["transaction", "media", "message", "sdp", "digest", "rtp"]),
    (
        "siptrunk-bridge",
        &["ua", "transaction", "profiles", "media", "sdp", "digest", "xei", "rtp", "message"],
    ),
    ("siptrunk-net", &["bridge", "ua", "profiles", "media", "transaction", "message"]),
    (
        "siptrunk",
        &[
            "net",
            "bridge",
            "ua",
            "profiles",
            "media",
            "transaction",
            "sim",
            "message",
            "sdp",
            "digest",
            "xei",
            "rtp",
        ],
    ),
];

/// Crates outside ours that a crate may pull in at run time, proc-macro tool chains not counted, with these features.
/// Seen with `cargo tree -p CRATE FEATURES -e normal,no-proc-macro --prefix none | sort -u`.
const BUDGETS: &[(&str, &[&str], usize)] = &[
    ("siptrunk-message", &[], 5),
    ("siptrunk-sdp", &[], 5),
    ("siptrunk-xei", &[], 5),
    ("siptrunk-digest", &[], 20),
    ("siptrunk-rtp", &[], 20),
    ("siptrunk", &["--no-default-features"], 60),
    ("siptrunk", &["--features=tls,dns"], 150),
];

/// Cores: no async runtime, no sockets, below `siptrunk-net`.
const RUNTIMES: &[&str] = &["tokio", "mio", "socket2", "async-std", "smol", "rand"];

/// Files that may be longer than [`LONGEST`], because each is one table.
const TABLES: &[&str] = &[];

/// Product lines of a file; tests are not counted.
const LONGEST: usize = 500;

fn metadata() -> Metadata {
    MetadataCommand::new().exec().expect("cargo metadata runs")
}

#[test]
fn arrows_point_down_only() {
    let metadata = metadata();
    let mut seen = BTreeSet::new();
    for package in metadata.workspace_packages() {
        let Some((name, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name.as_str())
        else {
            assert_eq!(package.publish, Some(vec![]), "{} has no row of arrows", package.name);
            continue;
        };
        seen.insert(*name);
        for dependency in &package.dependencies {
            let Some(other) = dependency.name.strip_prefix("siptrunk-") else { continue };
            assert!(allowed.contains(&other), "{name} must not use {}", dependency.name);
        }
    }
    assert_eq!(seen.len(), ARROWS.len(), "every crate of the table exists");
}

#[test]
fn dependencies_stay_within_budget() {
    for (name, features, budget) in BUDGETS {
        let outside = outside(name, features);
        let found = outside.len();
        assert!(found > 0, "the crates were found");
        assert!(found <= *budget, "{name} {features:?} pulls in {found} crates: {outside:?}");
    }
}

/// The codecs. Where one uses nom, a test of its own (`tests/public_types.rs`) holds that no public signature shows it.
const CODECS: [&str; 5] =
    ["siptrunk-message", "siptrunk-sdp", "siptrunk-digest", "siptrunk-xei", "siptrunk-rtp"];

#[test]
fn a_crate_that_uses_nom_holds_that_it_does_not_show_it() {
    for name in CODECS {
        if outside(name, &[]).contains("nom") {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name);
            let test = fs::read_to_string(file.join("tests/public_types.rs"));
            let test = test.unwrap_or_else(|error| panic!("{name} uses nom: {error}"));
            assert!(test.contains("fn no_public_signature_shows_a_type_of_nom()"), "{name}");
        }
    }
}

/// `PROPTEST_CASES` has to reach every property of the codecs: `.ci/long properties` runs them with a million.
#[test]
fn properties_of_the_codecs_take_their_cases_from_outside() {
    for name in CODECS {
        let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name);
        let mut open = vec![crate_folder.join("src"), crate_folder.join("tests")];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                let entries = fs::read_dir(&path).expect("a folder of the crate");
                open.extend(entries.map(|entry| entry.expect("an entry").path()));
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(&path).expect("a source file is text");
                // A fraction of `ProptestConfig::default().cases` grows with them; a number does not.
                for before in ["with_cases(", "cases: "] {
                    let mut after = text.split(before).skip(1);
                    let fixed =
                        after.any(|text| text.starts_with(|first: char| first.is_ascii_digit()));
                    assert!(!fixed, "{}: the number of cases is fixed", path.display());
                }
            }
        }
    }
}

#[test]
fn no_runtime_below_net() {
    for (name, _) in ARROWS.iter().filter(|(name, _)| !matches!(*name, "siptrunk" | "siptrunk-net"))
    {
        let outside = outside(name, &[]);
        for runtime in RUNTIMES {
            assert!(!outside.contains(*runtime), "{name} pulls in {runtime}");
        }
    }
}

/// The names of the crates that a crate of ours needs at run time and that are not ours, on the machine that asks.
fn outside(name: &str, features: &[&str]) -> BTreeSet<String> {
    // Metadata would show the features that the whole workspace switches on, tests and examples included.
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "-e", "normal,no-proc-macro", "--prefix", "none"])
        .args(["-p", name])
        .args(features)
        .output()
        .expect("cargo tree runs");
    let text = String::from_utf8(tree.stdout).expect("its output is text");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    text.lines()
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| !name.starts_with("siptrunk"))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn files_stay_readable() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut files = Vec::new();
    collect(&root.join("crates"), &mut files);
    collect(&root.join("examples"), &mut files);
    assert!(files.len() > 50, "the files were found");
    let mut long = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source file is text");
        let lines = text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        let name = file.strip_prefix(&root).unwrap_or(&file).display().to_string();
        if lines > LONGEST && !TABLES.contains(&name.as_str()) {
            long.push(format!("{name}: {lines}"));
        }
    }
    assert!(long.is_empty(), "over {LONGEST} product lines: {long:#?}");
}

/// Source files below a folder, without tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the workspace") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if path.is_dir() {
            if !matches!(name.as_str(), "tests" | "target" | "data") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|kind| kind == "rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

#[test]
fn every_crate_denies_unsafe_and_undocumented_code() {
    for (name, _) in ARROWS {
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates").join(name).join("src/lib.rs");
        let text = fs::read_to_string(file).expect("a lib.rs");
        assert!(text.contains("#![deny(missing_docs, unsafe_code)]"), "{name}");
        assert!(text.contains("include_str!(\"../README.md\")"), "{name}: README is not compiled");
    }
}

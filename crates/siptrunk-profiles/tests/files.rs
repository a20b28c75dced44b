//! The example files that users start from: read, judged, and what they say.

use std::io;
use std::path::Path;

use siptrunk_profiles::{Config, Finding};

fn load(text: &str) -> (Config, Vec<Finding>) {
    let environment = |name: &str| (name == "SYNTHFLOW_SECRET").then(|| "secret".to_owned());
    let no_files = |_: &Path| Err(io::Error::from(io::ErrorKind::NotFound));
    Config::from_toml(text, &environment, &no_files).expect("an example is a good file")
}

#[test]
fn the_file_to_start_from_has_no_finding() {
    let (config, warnings) = load(include_str!("data/five9-synthflow.toml"));
    assert_eq!(warnings, []);
    assert_eq!(config.check(), Ok(Vec::new()));
    let synthflow = config.trunk_named("synthflow").expect("it is there");
    assert_eq!(synthflow.hosts[0].to_string(), "sip.us.synthflow.ai:32681");
    assert!(synthflow.outbound.is_some());
    let five9 = config.trunk_named("five9").expect("it is there");
    assert!(five9.outbound.is_none() && five9.inbound.digest.is_none(), "Five9 goes by address");
}

#[test]
fn the_loopback_file_warns_of_its_plain_password_alone() {
    let (config, warnings) = load(include_str!("data/loopback.toml"));
    let codes: Vec<_> = warnings.iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["C007"]);
    assert_eq!(config.check(), Ok(Vec::new()));
    let hosts: Vec<_> =
        config.trunks.iter().flat_map(|trunk| &trunk.hosts).map(ToString::to_string).collect();
    assert_eq!(hosts, ["127.0.2.1:5060", "127.0.3.1:32681"]);
    assert_eq!(config.listen[0].advertised(config.listen[0].bind).to_string(), "127.0.1.1:5060");
}

/// The files lie here twice, since a published crate has no `examples/` beside it; in the workspace
/// both are the same.
#[test]
fn the_copies_are_those_of_the_examples() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/config");
    if !examples.exists() {
        return;
    }
    for (name, copy) in [
        ("five9-synthflow.toml", include_str!("data/five9-synthflow.toml")),
        ("loopback.toml", include_str!("data/loopback.toml")),
    ] {
        let original = std::fs::read_to_string(examples.join(name)).expect("the example is there");
        assert_eq!(original, copy, "{name}");
    }
}

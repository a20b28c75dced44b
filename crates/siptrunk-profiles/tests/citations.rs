//! The facts about the providers: what the sources cite stands in `docs/providers.md`, and the other way
//! round, with the same values.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use siptrunk_message::Transport;
use siptrunk_profiles::{
    CallFact, DataCentre, Day, Five9, HandBack, HandBackNames, Region, Spelling, Synthflow,
};

const CERTAINTIES: [&str; 5] = ["provider", "third party", "weak", "inferred", "unknown"];
const NOT_USED: &str = "not used yet";

/// One row of a table of facts.
#[derive(Debug)]
struct Row {
    id: String,
    fact: String,
    value: String,
    sources: String,
    certainty: String,
    use_made: String,
}

/// The sheet of facts; `None` outside the workspace, as in a package of this crate alone.
fn sheet() -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).ok()?;
    workspace.contains("[workspace]").then_some(())?;
    Some(fs::read_to_string(root.join("docs/providers.md")).expect("the workspace has the sheet"))
}

fn cells(line: &str) -> Vec<String> {
    let inner = line.trim().trim_start_matches('|').trim_end_matches('|');
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

fn rows(sheet: &str) -> Vec<Row> {
    let facts = sheet.lines().filter(|line| ids(line.get(..6).unwrap_or_default()).len() == 1);
    facts
        .map(|line| {
            let cells: [String; 6] =
                cells(line).try_into().unwrap_or_else(|_| panic!("six cells: {line}"));
            assert!(cells.iter().all(|cell| !cell.is_empty()), "{line}");
            let [id, fact, value, sources, certainty, use_made] = cells;
            Row { id, fact, value, sources, certainty, use_made }
        })
        .collect()
}

/// The ids in a text, such as F-07.
fn ids(text: &str) -> Vec<String> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    for (at, four) in bytes.windows(4).enumerate() {
        let starts = at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphanumeric());
        let ends = bytes.get(at + 4).is_none_or(|after| !after.is_ascii_alphanumeric());
        if let [b'F' | b'S', b'-', tens, ones] = four
            && tens.is_ascii_digit()
            && ones.is_ascii_digit()
            && starts
            && ends
        {
            found.push(String::from_utf8_lossy(four).into_owned());
        }
    }
    found
}

/// The IPv4 addresses in a text, in order.
fn addresses(text: &str) -> Vec<Ipv4Addr> {
    text.split([' ', ',', ';']).filter_map(|word| word.parse().ok()).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The blocks of comments in the sources that cite facts, with their place.
fn citing_blocks() -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    assert!(files.len() > 20, "the sources were found");
    let mut blocks = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a source is text");
        let mut block = String::new();
        // The empty line at the end closes a block that the file ends with.
        for (number, line) in text.lines().chain([""]).enumerate() {
            if line.trim_start().starts_with("//") {
                block.push_str(line);
                block.push('\n');
                continue;
            }
            let block = std::mem::take(&mut block);
            if !ids(&block).is_empty() {
                blocks.push((format!("{}:{number}", file.display()), block));
            }
        }
    }
    blocks
}

fn value<'a>(rows: &'a [Row], id: &str) -> &'a str {
    &rows.iter().find(|row| row.id == id).unwrap_or_else(|| panic!("{id}: no such row")).value
}

#[test]
fn every_cited_fact_has_a_row_and_every_row_is_cited_or_not_used_yet() {
    let Some(sheet) = sheet() else { return };
    let rows = rows(&sheet);
    assert!(rows.len() > 40, "the rows were found: {}", rows.len());
    let mut cited: BTreeMap<String, String> = BTreeMap::new();
    for (place, block) in citing_blocks() {
        for id in ids(&block) {
            assert!(rows.iter().any(|row| row.id == id), "{place}: {id} is no row of the sheet");
            cited.entry(id).or_insert_with(|| place.clone());
        }
    }
    for row in &rows {
        match (cited.get(&row.id), row.use_made == NOT_USED) {
            (Some(place), true) => panic!("{}: {NOT_USED}, and cited at {place}", row.id),
            (None, false) => panic!("{}: nothing in src/ cites it", row.id),
            _ => {}
        }
    }
}

#[test]
fn every_citation_has_its_date() {
    // Without the sheet as well: years are those that a source can have.
    for (place, block) in citing_blocks() {
        let dated = (2023..=2099).any(|year| block.contains(&year.to_string()));
        assert!(dated, "{place}: no date beside the ids\n{block}");
    }
}

#[test]
fn every_row_has_an_id_of_its_own_a_source_and_a_certainty() {
    let Some(sheet) = sheet() else { return };
    let keys: BTreeSet<String> = sheet
        .lines()
        .skip_while(|line| *line != "## Sources")
        .take_while(|line| *line != "## Five9")
        .filter(|line| line.starts_with("| "))
        .map(|line| cells(line).swap_remove(0))
        .collect();
    let mut seen = BTreeSet::new();
    for row in rows(&sheet) {
        assert!(seen.insert(row.id.clone()), "{} stands twice", row.id);
        assert!(CERTAINTIES.contains(&row.certainty.as_str()), "{}: {}", row.id, row.certainty);
        let unknown = row.sources == "-" && row.certainty == "unknown";
        for key in row.sources.split(", ").filter(|_| !unknown) {
            assert!(keys.contains(key), "{}: no source {key}", row.id);
        }
    }
}

#[test]
fn the_values_of_the_rows_are_those_of_the_code() {
    let Some(sheet) = sheet() else { return };
    let rows = rows(&sheet);

    let centres: Vec<_> = DataCentre::ALL.iter().map(|centre| centre.address).collect();
    assert_eq!(addresses(value(&rows, "F-07")), centres);
    for centre in DataCentre::ALL {
        let named = format!("{} {}", centre.code, centre.address);
        assert!(value(&rows, "F-07").contains(&named), "{named}");
    }
    for (id, names) in [
        ("F-11", &Five9::INVITE_HEADERS[..]),
        ("F-16", &Five9::BYE_HEADERS),
        ("F-17", &Five9::ROUTE_TYPES),
        ("F-13", &[Five9::STREAMING_HEADER]),
    ] {
        for name in names {
            assert!(value(&rows, id).contains(name), "{id}: {name}");
        }
    }

    let regions = |of: fn(Region) -> &'static [Ipv4Addr]| -> Vec<Ipv4Addr> {
        Region::ALL.into_iter().flat_map(of).copied().collect()
    };
    assert_eq!(addresses(value(&rows, "S-06")), regions(Region::signalling_addresses));
    assert_eq!(addresses(value(&rows, "S-07")), regions(Region::media_addresses));
    for region in Region::ALL {
        assert!(value(&rows, "S-02").contains(region.host()), "{region:?}");
        for transport in [Transport::Udp, Transport::Tcp, Transport::Tls] {
            let port = region.port(transport).to_string();
            assert!(value(&rows, "S-03").contains(&port), "{region:?} {transport:?}");
        }
    }
    let names = HandBackNames::five9();
    for (id, text) in [
        ("F-16", &names.route_type),
        ("F-16", &names.route_value),
        ("F-16", &names.reason),
        ("F-16", &names.conversation_id),
        ("F-17", &names.skill_transfer),
        ("F-17", &names.phone_transfer),
        ("F-17", &names.hangup),
        ("F-17", &names.disposition_only),
        ("F-18", &HandBack::LIMIT.to_string()),
        ("F-12", &Five9::self_service("x").header_policy.call_id_names[0]),
        ("F-12", &Five9::self_service("x").header_policy.call_id_names[1]),
    ] {
        assert!(value(&rows, id).contains(text.as_str()), "{id}: {text}");
    }
    for fact in CallFact::ALL {
        for spelling in [Spelling::AgentConnect, Spelling::Studio] {
            let name = fact.header(spelling).unwrap_or_default();
            assert!(value(&rows, "F-11").contains(name), "F-11: {name}");
        }
    }
    let warm = rows.iter().find(|row| row.id == "S-25").expect("the row");
    assert!(warm.fact.contains(Synthflow::WARM_TRANSFER));
    let age = Region::NETWORKS_AS_OF.parse::<Day>().expect("a day");
    assert!(sheet.contains(&format!("was read on {age}")), "the day that the sheet was read");
    for port in [Region::MEDIA_PORTS.start(), Region::MEDIA_PORTS.end()] {
        assert!(value(&rows, "S-10").contains(&port.to_string()), "{port}");
    }
}

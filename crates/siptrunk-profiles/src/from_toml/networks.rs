//! Reads the file that `networks_file` names: networks that a provider published later than those known
//! here.
//!
//! ```toml
//! as_of = "2027-01-15"
//! [synthflow.us]
//! signalling = ["198.51.100.0/24"]
//! media = ["203.0.113.0/24"]
//! ```

use std::path::Path;

use ::toml::de::{DeTable, DeValue};
use ipnet::IpNet;

use crate::from_toml::Surroundings;
use crate::from_toml::table::{Table, Text};
use crate::trunk::network;
use crate::{Day, Finding, Networks, Profile, Region};

/// What the file says, by profile.
#[derive(Default)]
pub(super) struct Published(Vec<(Profile, Networks)>);

impl Published {
    pub(super) fn of(&self, profile: Profile) -> Option<Networks> {
        self.0.iter().find(|(of, _)| *of == profile).map(|(_, networks)| networks.clone())
    }
}

pub(super) fn read(top: &mut Table<'_, '_>, surroundings: Surroundings<'_>) -> Published {
    let Some(path) = top.string("networks_file") else { return Published::default() };
    let text = (surroundings.read_file)(Path::new(path.text))
        .map_err(|error| format!("cannot be read: {}", error.kind()));
    text.and_then(|text| parse(&text)).unwrap_or_else(|reason| {
        refuse(top, &path, reason);
        Published::default()
    })
}

fn refuse(top: &mut Table<'_, '_>, path: &Text<'_>, reason: String) {
    let remedy = "write as_of = \"2027-01-15\", then [synthflow.us] with signalling and media, lists of \
                  networks";
    let finding = Finding::error("C011", top.field("networks_file"), reason, remedy);
    top.note("networks_file", finding.with_value(path.text));
}

/// The first thing that is wrong, in words: the file is short.
fn parse(text: &str) -> Result<Published, String> {
    let document =
        DeTable::parse(text).map_err(|error| format!("not TOML: {}", error.message()))?;
    let mut as_of = None;
    let mut lists = Vec::new();
    for (name, value) in document.get_ref() {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("as_of", DeValue::String(text)) => as_of = Some(text.parse::<Day>()?),
            ("synthflow", DeValue::Table(regions)) => {
                for (name, value) in regions {
                    let name: &str = name.get_ref();
                    let region = Region::ALL.into_iter().find(|region| region.as_str() == name);
                    let region = region.ok_or_else(|| format!("{name:?} is no region"))?;
                    lists.push((Profile::Synthflow(region), region_lists(name, value.get_ref())?));
                }
            }
            (name, _) => return Err(format!("{name:?} has no place in it, or is no such thing")),
        }
    }
    let as_of = as_of.ok_or("as_of, the day of the lists, is missing")?;
    let networks = lists
        .into_iter()
        .map(|(profile, [signalling, media])| (profile, Networks::new(as_of, signalling, media)));
    Ok(Published(networks.collect()))
}

fn region_lists(region: &str, value: &DeValue<'_>) -> Result<[Vec<IpNet>; 2], String> {
    let table = value.as_table().ok_or_else(|| format!("{region} is no table"))?;
    let mut lists = [Vec::new(), Vec::new()];
    for (name, value) in table {
        let name: &str = name.get_ref();
        let list = match name {
            "signalling" => &mut lists[0],
            "media" => &mut lists[1],
            _ => return Err(format!("{region} has signalling and media, and no {name:?}")),
        };
        let array = value.get_ref().as_array().ok_or_else(|| format!("{name} is no list"))?;
        for element in array.iter().take(super::MAX_TABLES) {
            let text = element.get_ref().as_str().ok_or_else(|| format!("{name} has no text"))?;
            list.push(network(text).map_err(|reason| format!("{text:?} in {name}: {reason}"))?);
        }
    }
    Ok(lists)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "as_of = \"2027-01-15\"\n[synthflow.us]\nsignalling = [\"198.51.100.0/24\", \
                        \"192.0.2.1\"]\nmedia = [\"203.0.113.0/24\"]\n";

    #[test]
    fn newer_lists_stand_in_place_of_those_known_here() {
        let published = parse(GOOD).map_err(|reason| panic!("{reason}")).expect("a good file");
        let us = published.of(Profile::Synthflow(Region::Us)).expect("it is there");
        assert_eq!(us.as_of.to_string(), "2027-01-15");
        assert_eq!((us.signalling.len(), us.media.len()), (2, 1));
        assert!(published.of(Profile::Synthflow(Region::Eu)).is_none());
    }

    #[test]
    fn what_is_wrong_with_the_file_is_told_in_words() {
        for (text, word) in [
            ("=", "not TOML"),
            ("", "as_of"),
            ("as_of = \"yesterday\"", "no day"),
            ("as_of = 7", "as_of"),
            ("other = 1", "other"),
            ("[synthflow.apac]", "apac"),
            ("[synthflow]\nus = 1", "us is no table"),
            ("[synthflow.us]\naudio = []", "audio"),
            ("[synthflow.us]\nmedia = \"1\"", "no list"),
            ("[synthflow.us]\nmedia = [1]", "no text"),
            ("[synthflow.us]\nmedia = [\"gw.example\"]", "gw.example"),
        ] {
            let reason = parse(text).map(|_| ()).expect_err(text);
            assert!(reason.contains(word), "{text}: {reason}");
        }
    }
}

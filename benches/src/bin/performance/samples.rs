//! What criterion measured: the samples of every bench below a folder.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Nanoseconds an iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Time {
    /// Of the fastest sample: the one that nothing else on the machine disturbed.
    pub(crate) fastest: f64,
    /// Of the median sample.
    pub(crate) median: f64,
}

/// Benches by their full id: group, slash, function.
#[derive(Debug, Default)]
pub(crate) struct Times(BTreeMap<String, Time>);

impl Times {
    /// Reads every bench below a folder of criterion's. Rounds saved as baselines `round-*` are taken together; where
    /// there are none, the latest run counts.
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let mut samples = BTreeMap::<String, Vec<f64>>::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            let inside = folders_in(&folder)?;
            let rounds: Vec<_> =
                inside.iter().filter(|path| is_run(path) && named(path, "round-")).collect();
            let runs = if rounds.is_empty() {
                inside.iter().filter(|path| is_run(path) && named(path, "new")).collect()
            } else {
                rounds
            };
            for run in runs {
                let (id, times) = read_run(run)?;
                samples.entry(id).or_default().extend(times);
            }
            folders.extend(inside.into_iter().filter(|path| !is_run(path)));
        }
        if samples.is_empty() {
            return Err(format!("{}: no samples of criterion's here", folder.display()));
        }
        Ok(Self(samples.into_iter().filter_map(|(id, times)| Some((id, time(times)?))).collect()))
    }

    /// Adds a bench of another folder under another name.
    pub(crate) fn add_as(&mut self, id: String, other: &Self, of: &str) -> Result<(), String> {
        self.0.insert(id, other.get(of)?);
        Ok(())
    }

    /// The ids of all benches.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The time of one bench.
    pub(crate) fn get(&self, id: &str) -> Result<Time, String> {
        self.0.get(id).copied().ok_or_else(|| format!("{id}: not measured"))
    }

    /// The benches of a group, without its name.
    pub(crate) fn group(&self, group: &str) -> impl Iterator<Item = (&str, Time)> + use<'_> {
        let start = format!("{group}/");
        self.0.iter().filter_map(move |(id, time)| Some((id.strip_prefix(&start)?, *time)))
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, f64); N]> for Times {
    /// Times without noise.
    fn from(times: [(&str, f64); N]) -> Self {
        times.into_iter().map(|(id, fastest)| (id.to_owned(), fastest)).collect()
    }
}

#[cfg(test)]
impl FromIterator<(String, f64)> for Times {
    fn from_iter<T: IntoIterator<Item = (String, f64)>>(times: T) -> Self {
        let time = |fastest| Time { fastest, median: fastest };
        Self(times.into_iter().map(|(id, fastest)| (id, time(fastest))).collect())
    }
}

fn folders_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let fail = |error| format!("{}: {error}", folder.display());
    let mut inside = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            inside.push(path);
        }
    }
    Ok(inside)
}

fn is_run(folder: &Path) -> bool {
    folder.join("sample.json").exists()
}

fn named(folder: &Path, start: &str) -> bool {
    folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start))
}

/// A bench's full id, and its samples.
fn read_run(folder: &Path) -> Result<(String, Vec<f64>), String> {
    let read = |name: &str| {
        let path = folder.join(name);
        let text =
            fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str::<Value>(&text).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (benchmark, sample) = (read("benchmark.json")?, read("sample.json")?);
    let numbers = |name: &str| {
        sample[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect::<Vec<_>>()
    };
    let id = benchmark["full_id"].as_str();
    let id = id.ok_or_else(|| format!("{}: benchmark.json has no full_id", folder.display()))?;
    let times = numbers("times").iter().zip(numbers("iters")).map(|(ns, n)| ns / n).collect();
    Ok((id.to_owned(), times))
}

/// `None` without samples.
fn time(mut samples: Vec<f64>) -> Option<Time> {
    samples.sort_by(f64::total_cmp);
    Some(Time { fastest: *samples.first()?, median: *samples.get(samples.len() / 2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(folder: &Path, id: &str, times: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join("benchmark.json"), format!(r#"{{"full_id":"{id}"}}"#)).unwrap();
        let sample = format!(r#"{{"iters":[1.0,2.0,4.0],"times":{times}}}"#);
        fs::write(folder.join("sample.json"), sample).unwrap();
    }

    #[test]
    fn rounds_are_taken_together_and_else_the_latest_run_counts() {
        let root = std::env::temp_dir().join(format!("siptrunk-samples-{}", std::process::id()));
        save(&root.join("a_b/c/new"), "a/b/c", "[9.0, 9.0, 9.0]");
        save(&root.join("a_b/c/round-1"), "a/b/c", "[30.0, 40.0, 80.0]");
        save(&root.join("a_b/c/round-2"), "a/b/c", "[11.0, 100.0, 200.0]");
        save(&root.join("a_b/d/new"), "a/b/d", "[7.0, 16.0, 36.0]");
        save(&root.join("a_b/d/base"), "a/b/d", "[1.0, 1.0, 1.0]");
        let times = Times::read(&root).unwrap();
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(times.get("a/b/c").unwrap(), Time { fastest: 11.0, median: 30.0 });
        assert_eq!(times.get("a/b/d").unwrap(), Time { fastest: 7.0, median: 8.0 });
        assert_eq!(times.group("a/b").map(|(id, _)| id).collect::<Vec<_>>(), ["c", "d"]);
        assert!(times.get("a/b").unwrap_err().contains("not measured"));
    }
}

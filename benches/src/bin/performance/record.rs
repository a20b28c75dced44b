//! What a run of `.ci/long peers` wrote down: how it was run, on what, the counted allocations, the CPU time
//! of servers, and loads of calls.

use std::collections::BTreeMap;

/// The calls of the allocator, and the octets asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allocations {
    pub(crate) calls: u64,
    pub(crate) octets: u64,
}

/// The raw file.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// `key: value` from before the first empty line.
    pub(crate) facts: Vec<(String, String)>,
    /// The load average before each round and after the last.
    pub(crate) loads: Vec<String>,
    allocations: BTreeMap<(String, String), Allocations>,
    cpu: BTreeMap<String, BTreeMap<String, Vec<f64>>>,
    /// What the example `load` said of each of its runs.
    pub(crate) calls: Vec<serde_json::Value>,
}

impl Record {
    pub(crate) fn read(text: &str) -> Self {
        let mut record = Self::default();
        for line in text.lines().take_while(|line| !line.is_empty()) {
            if let Some((key, value)) = line.split_once(": ") {
                record.facts.push((key.to_owned(), value.trim().to_owned()));
            }
        }
        for line in text.lines() {
            if let Some(load) = line.strip_prefix("load: ") {
                record.loads.push(load.to_owned());
            }
            if let Some(figures) = line.strip_prefix("calls: ") {
                record.calls.extend(serde_json::from_str(figures).ok());
            }
            if let ["cpu", work, server, nanoseconds] = line.split('\t').collect::<Vec<_>>()[..]
                && let Ok(nanoseconds) = nanoseconds.parse()
            {
                let servers = record.cpu.entry(work.to_owned()).or_default();
                servers.entry(server.to_owned()).or_default().push(nanoseconds);
            }
            if let [work, peer, calls, octets] = line.split('\t').collect::<Vec<_>>()[..]
                && let (Ok(calls), Ok(octets)) = (calls.parse(), octets.parse())
            {
                let counted = Allocations { calls, octets };
                record.allocations.insert((work.to_owned(), peer.to_owned()), counted);
            }
        }
        record
    }

    /// Requests by their methods, and who served them: nanoseconds of CPU a request, in each round.
    pub(crate) fn cpu(&self) -> impl Iterator<Item = (&str, &BTreeMap<String, Vec<f64>>)> {
        self.cpu.iter().map(|(work, servers)| (work.as_str(), servers))
    }

    /// What a peer allocates for a piece of work.
    pub(crate) fn allocations(&self, work: &str, peer: &str) -> Option<Allocations> {
        self.allocations.get(&(work.to_owned(), peer.to_owned())).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_loads_allocations_and_cpu_are_told_from_the_rest() {
        let record = Record::read(
            "command: .ci/long peers \ncommit: 0a1b\n\nload: 1.2\nparse  time: [1 2 3]\n\
             parse\tours\t1\t512\ncpu\tINVITE\tours\t900\ncpu\tINVITE\tours\t800\nload: 0.4\n\
             calls: {\"rate\":500}\ncalls: noise\n",
        );
        let fact = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(record.facts, [fact("command", ".ci/long peers"), fact("commit", "0a1b")]);
        assert_eq!(record.loads, ["1.2", "0.4"]);
        let one = Allocations { calls: 1, octets: 512 };
        assert_eq!(record.allocations("parse", "ours"), Some(one));
        assert_eq!(record.allocations("parse", "theirs"), None);
        assert_eq!(record.allocations("INVITE", "ours"), None);
        assert_eq!(record.calls, [serde_json::json!({ "rate": 500 })]);
        let cpu: Vec<_> = record.cpu().map(|(work, of)| (work, of["ours"].clone())).collect();
        assert_eq!(cpu, [("INVITE", vec![900.0, 800.0])]);
    }
}

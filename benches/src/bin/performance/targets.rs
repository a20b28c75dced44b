//! The targets of the message crate, and whether a run reaches them.

use crate::record::Record;
use crate::samples::{Time, Times};

/// Ours, as the peers bench names it; `-reused` and `-template` are other ways to do the same with it.
pub(crate) const OURS: &str = "siptrunk-message";

/// The limit that the parsers are measured by: it reads lines, and knows no SIP.
pub(crate) const LIMIT: &str = "httparse";

/// A target and what was measured.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) what: String,
    pub(crate) target: String,
    /// By the fastest samples, which the target is judged by; then by the medians.
    pub(crate) measured: String,
    /// `None`: reached. Else by how much it is missed.
    pub(crate) missed: Option<String>,
}

/// Judges a run.
pub(crate) fn judge(record: &Record, times: &Times) -> Result<Vec<Verdict>, String> {
    let reused = format!("{OURS}-reused");
    let template = format!("{OURS}-template");
    Ok(vec![
        at_most("parse the INVITE", times, "parse", OURS, 1.3)?,
        at_most("parse the INVITE, index reused", times, "parse", &reused, 1.3)?,
        at_least_faster("parse, then read six headers", times, "parse_typed", 4.0)?,
        at_most("rewrite", times, "rewrite", OURS, 0.8)?,
        at_most("rewrite, index reused", times, "rewrite", &reused, 0.8)?,
        at_most("rewrite, kept as a template", times, "rewrite", &template, 0.8)?,
        calls("parse the INVITE", record, "parse", OURS, 1)?,
        calls("parse the INVITE, index reused", record, "parse", &reused, 0)?,
        calls("parse, then read six headers", record, "parse_typed", OURS, 1)?,
        calls("rewrite, index reused", record, "rewrite", &reused, 1)?,
    ])
}

/// The peer that is best at a piece of work by its fastest sample.
pub(crate) fn best_peer<'a>(times: &'a Times, group: &'a str) -> Result<(&'a str, Time), String> {
    times
        .group(group)
        .filter(|(name, _)| *name != LIMIT && !name.starts_with(OURS))
        .min_by(|(_, one), (_, other)| one.fastest.total_cmp(&other.fastest))
        .ok_or_else(|| format!("{group}: no peer was measured"))
}

fn at_most(
    what: &str,
    times: &Times,
    work: &str,
    name: &str,
    target: f64,
) -> Result<Verdict, String> {
    let ours = times.get(&format!("peers/{work}/{name}"))?;
    let limit = times.get(&format!("peers/{work}/{LIMIT}"))?;
    let ratio = ours.fastest / limit.fastest;
    let medians = ours.median / limit.median;
    Ok(Verdict {
        what: what.to_owned(),
        target: format!("at most {target:.1} x {LIMIT}'s time"),
        measured: format!("{ratio:.2} x (medians {medians:.2} x)"),
        missed: (ratio > target).then(|| {
            let over = ours.fastest - target * limit.fastest;
            format!("by {over:.0} ns, {:.0} % too slow", (ratio / target - 1.0) * 100.0)
        }),
    })
}

fn at_least_faster(what: &str, times: &Times, work: &str, target: f64) -> Result<Verdict, String> {
    let group = format!("peers/{work}");
    let ours = times.get(&format!("{group}/{OURS}"))?;
    let (peer, best) = best_peer(times, &group)?;
    let ratio = best.fastest / ours.fastest;
    let medians = best.median / ours.median;
    Ok(Verdict {
        what: what.to_owned(),
        target: format!("at least {target:.0} x faster than the best Rust peer, {peer}"),
        measured: format!("{ratio:.2} x (medians {medians:.2} x)"),
        missed: (ratio < target).then(|| {
            let over = ours.fastest - best.fastest / target;
            format!("by {over:.0} ns, {:.0} % too slow", (target / ratio - 1.0) * 100.0)
        }),
    })
}

fn calls(
    what: &str,
    record: &Record,
    work: &str,
    name: &str,
    target: u64,
) -> Result<Verdict, String> {
    let counted = record.allocations(work, name);
    let counted = counted.ok_or_else(|| format!("{work} by {name}: allocations not counted"))?;
    let plural = |calls| if calls == 1 { "call" } else { "calls" };
    Ok(Verdict {
        what: what.to_owned(),
        target: format!("at most {target} {} of the allocator", plural(target)),
        measured: counted.calls.to_string(),
        missed: counted
            .calls
            .checked_sub(target)
            .filter(|over| *over > 0)
            .map(|over| format!("by {over} {}", plural(over))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(ours: f64) -> Times {
        Times::from([
            ("peers/parse/httparse", 100.0),
            ("peers/parse/siptrunk-message", ours),
            ("peers/parse/siptrunk-message-reused", 1.0),
            ("peers/parse/quick", 400.0),
            ("peers/parse/slow", 900.0),
        ])
    }

    #[test]
    fn a_limit_is_missed_by_what_is_over_it() {
        let verdict = at_most("parse", &times(130.0), "parse", OURS, 1.3).unwrap();
        assert_eq!((verdict.measured.as_str(), verdict.missed), ("1.30 x (medians 1.30 x)", None));
        let verdict = at_most("parse", &times(143.0), "parse", OURS, 1.3).unwrap();
        assert_eq!(verdict.missed.as_deref(), Some("by 13 ns, 10 % too slow"));
    }

    #[test]
    fn the_best_peer_is_neither_the_limit_nor_ourselves() {
        assert_eq!(best_peer(&times(50.0), "peers/parse").unwrap().0, "quick");
        let verdict = at_least_faster("parse", &times(100.0), "parse", 4.0).unwrap();
        assert_eq!(verdict.missed, None);
        let verdict = at_least_faster("parse", &times(125.0), "parse", 4.0).unwrap();
        assert_eq!(verdict.missed.as_deref(), Some("by 25 ns, 25 % too slow"));
    }

    #[test]
    fn allocations_are_held_to_the_call() {
        let record = Record::read("parse\tsiptrunk-message\t2\t600\n");
        let judge = |target| calls("parse", &record, "parse", OURS, target).unwrap().missed;
        assert_eq!(judge(2), None);
        assert_eq!(judge(1).as_deref(), Some("by 1 call"));
        assert!(calls("parse", &record, "rewrite", OURS, 1).is_err());
    }
}

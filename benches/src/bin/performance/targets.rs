//! The targets of the codecs, and whether a run reaches them.

use crate::record::Record;
use crate::samples::{Time, Times};

/// A piece of work that ours and other crates are timed at: a criterion group below `peers/`.
pub(crate) struct Work {
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// Ours, as the peers bench names it; more after a `-` is another way to do the same with it.
    pub(crate) ours: &'static str,
    /// The least that could be done, which is no crate's whole work; empty where there is none.
    pub(crate) limit: &'static str,
}

/// All of it, in the order of the page.
pub(crate) const WORK: [Work; 11] = [
    work("parse", "Parse a message", "siptrunk-message", "httparse"),
    work("parse_typed", "Parse a message, then read six headers", "siptrunk-message", "httparse"),
    work("rewrite", "Rewrite a message", "siptrunk-message", "httparse"),
    work("sdp", "Parse and read a session description", "siptrunk-sdp", "memchr"),
    work("digest", "Answer a challenge", "siptrunk-digest", "raw-md5"),
    work("rtp_parse", "Read an RTP packet", "siptrunk-rtp", "minimum"),
    work("rtp_build", "Write an RTP packet", "siptrunk-rtp", "minimum"),
    work("srtp_protect", "Protect an RTP packet", "siptrunk-rtp", ""),
    work("srtp_unprotect", "Unprotect an RTP packet", "siptrunk-rtp", ""),
    work("xei_parse", "Read X-EI", "siptrunk-xei", "memchr"),
    work("xei_write", "Write X-EI", "siptrunk-xei", "memcpy"),
];

const fn work(
    name: &'static str,
    title: &'static str,
    ours: &'static str,
    limit: &'static str,
) -> Work {
    Work { name, title, ours, limit }
}

impl Work {
    pub(crate) fn group(&self) -> String {
        format!("peers/{}", self.name)
    }

    /// The other crate that is best at it by its fastest sample; X-EI has none.
    pub(crate) fn best_peer<'a>(&self, times: &'a Times) -> Option<(&'a str, Time)> {
        times
            .group(&self.group())
            .filter(|(name, _)| *name != self.limit && !name.starts_with(self.ours))
            .min_by(|(_, one), (_, other)| one.fastest.total_cmp(&other.fastest))
    }
}

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

/// A target: what is judged, which bench of ours, against what.
struct Target {
    what: &'static str,
    work: &'static str,
    name: &'static str,
    aim: Aim,
}

enum Aim {
    /// At most so many times the time of another bench of the same work.
    AtMost(f64, &'static str),
    /// At least so many times faster than the best other crate.
    Faster(f64),
    /// At most so many calls of the allocator.
    Calls(u64),
}

use Aim::{AtMost, Calls, Faster};

const fn target(what: &'static str, work: &'static str, name: &'static str, aim: Aim) -> Target {
    Target { what, work, name, aim }
}

const MESSAGE: &str = "siptrunk-message";
const REUSED: &str = "siptrunk-message-reused";
const TEMPLATE: &str = "siptrunk-message-template";
const SDP: &str = "siptrunk-sdp";
const DIGEST: &str = "siptrunk-digest";
const KNOWN: &str = "siptrunk-digest-known";
const RTP: &str = "siptrunk-rtp";
const XEI: &str = "siptrunk-xei";

const TARGETS: [Target; 29] = [
    target("parse the INVITE", "parse", MESSAGE, AtMost(1.3, "httparse")),
    target("parse the INVITE, index reused", "parse", REUSED, AtMost(1.3, "httparse")),
    target("parse, then read six headers", "parse_typed", MESSAGE, Faster(4.0)),
    target("rewrite", "rewrite", MESSAGE, AtMost(0.8, "httparse")),
    target("rewrite, index reused", "rewrite", REUSED, AtMost(0.8, "httparse")),
    target("rewrite, kept as a template", "rewrite", TEMPLATE, AtMost(0.8, "httparse")),
    target("parse the INVITE", "parse", MESSAGE, Calls(1)),
    target("parse the INVITE, index reused", "parse", REUSED, Calls(0)),
    target("parse, then read six headers", "parse_typed", MESSAGE, Calls(1)),
    target("rewrite, index reused", "rewrite", REUSED, Calls(1)),
    target("session description, typed", "sdp", SDP, Faster(3.0)),
    target("session description, typed", "sdp", SDP, Calls(1)),
    target("a realm's first challenge", "digest", DIGEST, AtMost(1.3, "raw-md5")),
    target("a further challenge", "digest", KNOWN, AtMost(1.3, "raw-md5")),
    target("a further challenge", "digest", KNOWN, Calls(0)),
    target("read an RTP packet", "rtp_parse", RTP, AtMost(1.3, "minimum")),
    target("write an RTP packet", "rtp_build", RTP, AtMost(1.3, "minimum")),
    target("read an RTP packet", "rtp_parse", RTP, Calls(0)),
    target("write an RTP packet", "rtp_build", RTP, Calls(0)),
    target("protect an RTP packet", "srtp_protect", RTP, AtMost(0.7, "webrtc-srtp")),
    target("unprotect an RTP packet", "srtp_unprotect", RTP, AtMost(0.7, "webrtc-srtp")),
    target("protect an RTP packet", "srtp_protect", RTP, Calls(0)),
    target("unprotect an RTP packet", "srtp_unprotect", RTP, Calls(0)),
    target("protect, built for the native processor", "srtp_protect", NATIVE, AtMost(1.1, RTP)),
    target("unprotect, built for the native processor", "srtp_unprotect", NATIVE, AtMost(1.1, RTP)),
    target("read X-EI", "xei_parse", XEI, AtMost(3.0, "memchr")),
    target("write X-EI", "xei_write", XEI, AtMost(3.0, "memcpy")),
    target("read X-EI", "xei_parse", XEI, Calls(0)),
    target("write X-EI", "xei_write", XEI, Calls(0)),
];

/// Ours in a build with `target-cpu=native`: may cost no more than the tenth by which two builds differ anyway.
pub(crate) const NATIVE: &str = "siptrunk-rtp-native";

/// Judges a run.
pub(crate) fn judge(record: &Record, times: &Times) -> Result<Vec<Verdict>, String> {
    TARGETS.iter().map(|target| target.judge(record, times)).collect()
}

impl Target {
    fn judge(&self, record: &Record, times: &Times) -> Result<Verdict, String> {
        let work = WORK.iter().find(|work| work.name == self.work);
        let work = work.ok_or_else(|| format!("{}: no such work", self.work))?;
        match self.aim {
            AtMost(most, other) => self.at_most(times, work, most, other),
            Faster(least) => self.at_least_faster(times, work, least),
            Calls(most) => self.calls(record, most),
        }
    }

    fn at_most(
        &self,
        times: &Times,
        work: &Work,
        most: f64,
        other: &str,
    ) -> Result<Verdict, String> {
        let ours = times.get(&format!("{}/{}", work.group(), self.name))?;
        let limit = times.get(&format!("{}/{other}", work.group()))?;
        let ratio = ours.fastest / limit.fastest;
        let medians = ours.median / limit.median;
        Ok(Verdict {
            what: self.what.to_owned(),
            target: format!("at most {most:.1} x the time of {other}"),
            measured: format!("{ratio:.2} x (medians {medians:.2} x)"),
            missed: (ratio > most).then(|| {
                let over = ours.fastest - most * limit.fastest;
                format!("by {over:.0} ns, {:.0} % too slow", (ratio / most - 1.0) * 100.0)
            }),
        })
    }

    fn at_least_faster(&self, times: &Times, work: &Work, least: f64) -> Result<Verdict, String> {
        let ours = times.get(&format!("{}/{}", work.group(), self.name))?;
        let best = work.best_peer(times);
        let (peer, best) = best.ok_or_else(|| format!("{}: no peer was measured", work.group()))?;
        let ratio = best.fastest / ours.fastest;
        let medians = best.median / ours.median;
        Ok(Verdict {
            what: self.what.to_owned(),
            target: format!("at least {least:.0} x faster than the best Rust peer, {peer}"),
            measured: format!("{ratio:.2} x (medians {medians:.2} x)"),
            missed: (ratio < least).then(|| {
                let over = ours.fastest - best.fastest / least;
                format!("by {over:.0} ns, {:.0} % too slow", (least / ratio - 1.0) * 100.0)
            }),
        })
    }

    fn calls(&self, record: &Record, most: u64) -> Result<Verdict, String> {
        let (work, name) = (self.work, self.name);
        let counted = record.allocations(work, name);
        let counted =
            counted.ok_or_else(|| format!("{work} by {name}: allocations not counted"))?;
        let plural = |calls| if calls == 1 { "call" } else { "calls" };
        Ok(Verdict {
            what: self.what.to_owned(),
            target: format!("at most {most} {} of the allocator", plural(most)),
            measured: counted.calls.to_string(),
            missed: counted
                .calls
                .checked_sub(most)
                .filter(|over| *over > 0)
                .map(|over| format!("by {over} {}", plural(over))),
        })
    }
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

    fn judged(aim: Aim, record: &str, ours: f64) -> Result<Verdict, String> {
        target("parse", "parse", MESSAGE, aim).judge(&Record::read(record), &times(ours))
    }

    #[test]
    fn a_limit_is_missed_by_what_is_over_it() {
        let verdict = judged(AtMost(1.3, "httparse"), "", 130.0).unwrap();
        assert_eq!((verdict.measured.as_str(), verdict.missed), ("1.30 x (medians 1.30 x)", None));
        let verdict = judged(AtMost(1.3, "httparse"), "", 143.0).unwrap();
        assert_eq!(verdict.missed.as_deref(), Some("by 13 ns, 10 % too slow"));
        let verdict = judged(AtMost(0.3, "quick"), "", 120.0).unwrap();
        assert_eq!(
            (verdict.target.as_str(), verdict.missed),
            ("at most 0.3 x the time of quick", None)
        );
    }

    #[test]
    fn the_best_peer_is_neither_the_limit_nor_ourselves() {
        assert_eq!(WORK[0].best_peer(&times(50.0)).unwrap().0, "quick");
        assert_eq!(judged(Faster(4.0), "", 100.0).unwrap().missed, None);
        let verdict = judged(Faster(4.0), "", 125.0).unwrap();
        assert_eq!(verdict.missed.as_deref(), Some("by 25 ns, 25 % too slow"));
    }

    #[test]
    fn allocations_are_held_to_the_call() {
        let record = "parse\tsiptrunk-message\t2\t600\n";
        assert_eq!(judged(Calls(2), record, 1.0).unwrap().missed, None);
        assert_eq!(judged(Calls(1), record, 1.0).unwrap().missed.as_deref(), Some("by 1 call"));
        assert!(judged(Calls(1), "", 1.0).is_err());
    }

    #[test]
    fn every_target_is_of_work_that_is_timed() {
        for target in &TARGETS {
            let work = WORK.iter().find(|work| work.name == target.work).unwrap();
            assert!(target.name.starts_with(work.ours), "{}", target.what);
        }
    }
}

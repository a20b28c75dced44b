//! What is printed of a load.

use std::fmt::Write as _;
use std::time::Duration;

use crate::arguments::Arguments;
use crate::caller::Outcome;
use crate::gateway::Report;
use crate::streams::Heard;

/// What came of a load.
pub(crate) struct Figures {
    /// From the first INVITE to the last call's end.
    pub(crate) took: Duration,
    /// Processor time of this process: both ends.
    pub(crate) generator: Duration,
    /// What the gateway used, if it is ours.
    pub(crate) gateway: Option<Report>,
    /// Datagrams that the ends dropped since they could not keep up.
    pub(crate) dropped_by_ends: u64,
    /// The calling end.
    pub(crate) caller: Outcome,
    /// Calls that the called end answered.
    pub(crate) callee_answered: u64,
    /// The called end's audio.
    pub(crate) callee_heard: Heard,
}

impl Figures {
    /// Whether every call was set up and ended, and nothing was lost or left behind.
    pub(crate) fn is_good(&self, arguments: &Arguments) -> bool {
        let calls = arguments.calls();
        self.caller.ended == calls
            && self.callee_answered == calls
            && self.caller.failed.is_empty()
            && self.missing() == 0
            && self.dropped_by_ends == 0
            && self.gateway.is_none_or(|gateway| gateway.calls == 0 && gateway.limited == 0)
    }

    fn missing(&self) -> u64 {
        self.caller.heard.missing + self.callee_heard.missing
    }

    fn packets(&self) -> u64 {
        self.caller.heard.received + self.callee_heard.received
    }

    /// Milliseconds of processor time, a call.
    fn per_call(&self, used: Duration) -> f64 {
        let calls = u32::try_from(self.caller.answered).unwrap_or(u32::MAX);
        milliseconds(used / calls.max(1))
    }

    /// The set-up time that so many of a thousand calls did not exceed, in milliseconds.
    fn set_up(&self, per_mille: usize) -> f64 {
        let mut sorted = self.caller.set_up.clone();
        sorted.sort_unstable();
        let at = sorted.len().saturating_sub(1) * per_mille / 1_000;
        sorted.get(at).copied().map_or(f64::NAN, milliseconds)
    }

    pub(crate) fn text(&self, arguments: &Arguments) -> String {
        let caller = &self.caller;
        let mut text = String::new();
        let mut line = |name: &str, value: String| {
            let _written = writeln!(text, "{name:<34}{value}");
        };
        let (rate, hold) = (arguments.rate, arguments.hold);
        line("calls begun", format!("{} at {rate}/s, held {hold:?}", caller.begun));
        line("answered, ended", format!("{}, {}", caller.answered, caller.ended));
        for (how, count) in &caller.failed {
            line("failed", format!("{count}: {how}"));
        }
        line("took", format!("{:.1} s", self.took.as_secs_f64()));
        let [median, most, longest] = [500, 990, 1_000].map(|share| self.set_up(share));
        line("set-up, p50 p99 longest", format!("{median:.2} {most:.2} {longest:.2} ms"));
        line("sent again by the caller", caller.retransmitted.to_string());
        line("dropped by the ends", self.dropped_by_ends.to_string());
        if arguments.media {
            line("packets received, missing", format!("{}, {}", self.packets(), self.missing()));
        }
        let own = self.generator;
        let per_call = self.per_call(own);
        line("processor time of the ends", format!("{own:.2?}, {per_call:.3} ms a call"));
        if let Some(gateway) = self.gateway {
            let used = gateway.used;
            let per_call = self.per_call(used);
            line("processor time of the gateway", format!("{used:.2?}, {per_call:.3} ms a call"));
            line("dropped by the gateway", gateway.limited.to_string());
            let left = format!("{} calls, {} objects", gateway.calls, gateway.live);
            line("left at the gateway", left);
        }
        text.truncate(text.trim_end().len());
        text
    }

    pub(crate) fn json(&self, arguments: &Arguments) -> String {
        let caller = &self.caller;
        let per_call = |gateway: Report| self.per_call(gateway.used);
        serde_json::json!({
            "rate": arguments.rate,
            "seconds": self.took.as_secs_f64(),
            "media": arguments.media,
            "begun": caller.begun,
            "answered": caller.answered,
            "ended": caller.ended,
            "failed": caller.failed,
            "set_up_p50_ms": self.set_up(500),
            "set_up_p99_ms": self.set_up(990),
            "set_up_longest_ms": self.set_up(1_000),
            "retransmitted": caller.retransmitted,
            "dropped_by_ends": self.dropped_by_ends,
            "packets": self.packets(),
            "packets_missing": self.missing(),
            "ends_ms_a_call": self.per_call(self.generator),
            "gateway_ms_a_call": self.gateway.map(per_call),
            "gateway_dropped": self.gateway.map(|gateway| gateway.limited),
            "gateway_calls_left": self.gateway.map(|gateway| gateway.calls),
        })
        .to_string()
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

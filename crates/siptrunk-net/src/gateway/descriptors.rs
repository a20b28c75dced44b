//! Whether the process may open as many sockets as its media ports and its connections promise.

use siptrunk_profiles::{Finding, MediaPorts};

use crate::StreamOptions;

/// Sockets of a call: RTP and RTCP for either side.
const PER_CALL: u64 = 4;

/// Descriptors that are not media: listeners, pollers, standard streams, some for the application.
const SPARE: u64 = 64;

/// A warning if descriptors run out before media ports and connections do. `streams` is for
/// gateways that have connections at all.
pub(super) fn check(ports: &MediaPorts, streams: Option<&StreamOptions>) -> Option<Finding> {
    judge(ports, streams, soft_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)?)
}

fn judge(ports: &MediaPorts, streams: Option<&StreamOptions>, limit: u64) -> Option<Finding> {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let calls = count(ports.calls());
    // Strangers', and our own; how many a trunk opens is the trunk's choice, and few.
    let connections =
        streams.map_or(0, |streams| count(streams.connections.saturating_add(streams.opened)));
    let others = connections.saturating_add(SPARE);
    let fit = limit.saturating_sub(others) / PER_CALL;
    (fit < calls).then(|| {
        let beside = match connections {
            0 => String::new(),
            some => format!(" beside {some} connections"),
        };
        let wanted = calls.saturating_mul(PER_CALL).saturating_add(others);
        Finding::warning(
            "S003",
            "media.ports",
            format!(
                "the range holds {calls} calls, but this process may open {limit} descriptors, \
                 enough for {fit}{beside}; calls beyond are refused with 503"
            ),
            format!("allow it {wanted} or more, as by ulimit -n"),
        )
    })
}

/// The soft limit of open files in the text of Linux's `/proc/self/limits`; `None` if unlimited.
fn soft_limit(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_is_the_first_number() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units     \n\
                      Max processes             7823                 7823                 processes \n\
                      Max open files            1024                 524288               files     \n";
        assert_eq!(soft_limit(limits), Some(1024));
        assert_eq!(soft_limit("Max open files  unlimited  unlimited  files\n"), None);
        assert_eq!(soft_limit("anything"), None);
    }

    #[test]
    fn a_range_beyond_the_descriptors_is_a_warning_with_numbers() {
        let ports = MediaPorts::range("127.0.0.1", 20_000..=29_999);
        let finding = judge(&ports, None, 1024).unwrap();
        assert!(!finding.is_error());
        assert!(finding.reason.contains("2500") && finding.reason.contains("240"), "{finding}");
        assert!(finding.remedy.contains("10064"), "{finding}");
        assert_eq!(judge(&ports, None, 10_064), None);
    }

    #[test]
    fn connections_take_descriptors_too() {
        let ports = MediaPorts::range("127.0.0.1", 20_000..=20_399);
        let mut streams = StreamOptions::default();
        (streams.connections, streams.opened) = (600, 300);
        assert_eq!(judge(&ports, None, 1024), None, "100 calls");
        let finding = judge(&ports, Some(&streams), 1024).unwrap();
        for part in ["enough for 15", "900 connections"] {
            assert!(finding.reason.contains(part), "{finding}");
        }
        assert!(finding.remedy.contains("1364"), "{finding}");
        assert_eq!(judge(&ports, Some(&streams), 1364), None);
    }
}

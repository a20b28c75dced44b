//! Whether the process may open as many sockets as its media ports promise.

use siptrunk_profiles::{Finding, MediaPorts};

/// Sockets of a call: RTP and RTCP for either side.
const PER_CALL: u64 = 4;

/// Descriptors that are not media: listeners, pollers, standard streams, some for the application.
const SPARE: u64 = 64;

/// A warning if descriptors run out before the media ports do.
pub(super) fn check(ports: &MediaPorts) -> Option<Finding> {
    judge(ports, soft_limit(&std::fs::read_to_string("/proc/self/limits").ok()?)?)
}

fn judge(ports: &MediaPorts, limit: u64) -> Option<Finding> {
    let calls = u64::try_from(ports.calls()).unwrap_or(u64::MAX);
    let fit = limit.saturating_sub(SPARE) / PER_CALL;
    (fit < calls).then(|| {
        Finding::warning(
            "S003",
            "media.ports",
            format!(
                "the range holds {calls} calls, but this process may open {limit} descriptors, \
                 enough for {fit}; calls beyond are refused with 503"
            ),
            format!("allow it {} or more, as by ulimit -n", calls * PER_CALL + SPARE),
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
        let finding = judge(&ports, 1024).unwrap();
        assert!(!finding.is_error());
        assert!(finding.reason.contains("2500") && finding.reason.contains("240"), "{finding}");
        assert!(finding.remedy.contains("10064"), "{finding}");
        assert_eq!(judge(&ports, 10_064), None);
    }
}

//! How much time lies between two reports of one participant (RFC 3550 sections 6.2 and 6.3.1).

use std::time::Duration;

/// What the participants of a session agree on. All must use the same values, or they time each
/// other out.
///
/// ```
/// use std::time::Duration;
///
/// use siptrunk_rtp::rtcp::ReportConfig;
///
/// // G.711 at 64 kbit/s: 5 % are 400 octets a second, a quarter of it for senders.
/// let config = ReportConfig::for_session(64_000);
/// assert_eq!((config.sender_bandwidth, config.receiver_bandwidth), (100, 300));
/// assert_eq!(config.minimum, Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportConfig {
    /// What all participants that send data may use for RTCP together, in octets a second (S of
    /// section 6.2; `b=RS` of RFC 3556 in bits). With 0 there are no sender reports.
    pub sender_bandwidth: u32,
    /// The same of those that only receive (R; `b=RR`). With 0 they do not report.
    pub receiver_bandwidth: u32,
    /// Least time between two reports of a participant, on average: 5 s.
    pub minimum: Duration,
    /// A smaller value of it, if the session scales it. Used by senders, and by receivers if
    /// [`unicast`](Self::unicast); never for timing out others.
    pub reduced_minimum: Option<Duration>,
    /// Whether there are two participants and no multicast.
    pub unicast: bool,
    /// A participant not heard for so many intervals is gone: 5.
    pub timeout_intervals: u32,
    /// Octets of the headers below RTCP that count in a packet's size: 28 for UDP over IPv4.
    pub overhead: usize,
    /// The probable size of the first report, without overhead: 100 octets.
    pub first_size: usize,
    /// Participants that are kept in mind. With more the interval no longer grows; a participant
    /// that has not proved real makes room for a new one. 256 by default.
    pub max_members: usize,
}

impl ReportConfig {
    /// The values that RFC 3550 recommends, for a session of this bandwidth: 1.25 % for senders
    /// and 3.75 % for receivers.
    pub fn for_session(bits_per_second: u32) -> Self {
        // 1.25 % of the octets.
        let share = bits_per_second / 640;
        Self {
            sender_bandwidth: share,
            receiver_bandwidth: share.saturating_mul(3),
            minimum: Duration::from_secs(5),
            reduced_minimum: None,
            unicast: false,
            timeout_intervals: 5,
            overhead: 28,
            first_size: 100,
            max_members: 256,
        }
    }

    /// The same with the reduced minimum of section 6.2, 360 s divided by the kilobits per second
    /// of the session; none if that is not smaller than the fixed one.
    #[must_use]
    pub fn with_reduced_minimum(mut self, bits_per_second: u32) -> Self {
        let reduced = Duration::from_secs(360_000).checked_div(bits_per_second);
        self.reduced_minimum = reduced.filter(|reduced| *reduced < self.minimum);
        self
    }

    /// The deterministic calculated interval of a participant in seconds, `None` if it never
    /// reports.
    pub(super) fn interval(&self, group: &Group) -> Option<f64> {
        let reduced = self.reduced_minimum.filter(|_| group.we_sent || self.unicast);
        let minimum = reduced.unwrap_or(self.minimum).as_secs_f64();
        self.scaled(group)
            .map(|scaled| scaled.max(if group.initial { minimum / 2.0 } else { minimum }))
    }

    /// The time after which a participant that is not heard is gone (section 6.3.5): intervals of
    /// a receiver, with the fixed minimum.
    pub(super) fn timeout(&self, group: &Group) -> Duration {
        let scaled = self.scaled(&Group { we_sent: false, ..*group }).unwrap_or(0.0);
        let interval = scaled.max(self.minimum.as_secs_f64());
        seconds(interval * f64::from(self.timeout_intervals))
    }

    /// `n * C` of section 6.3.1: how long the group takes for a packet of each, within its share.
    fn scaled(&self, group: &Group) -> Option<f64> {
        let (senders, members) = (f64::from(group.senders), f64::from(group.members));
        let (s, r) = (f64::from(self.sender_bandwidth), f64::from(self.receiver_bandwidth));
        let few_senders = senders * (s + r) <= members * s;
        let (bandwidth, n) = match (few_senders, group.we_sent) {
            (true, true) => (s, senders),
            (true, false) => (r, members - senders),
            (false, _) => (s + r, members),
        };
        (bandwidth > 0.0).then(|| group.average_size * n / bandwidth)
    }
}

/// What the interval depends on, in the names of section 6.3.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) members: u32,
    pub(super) senders: u32,
    pub(super) we_sent: bool,
    /// In octets, with overhead.
    pub(super) average_size: f64,
    pub(super) initial: bool,
}

/// What an interval is multiplied with: 0.5 to 1.5 at random, less what timer reconsideration
/// adds (steps 4 and 5 of section 6.3.1).
pub(super) fn spread(random: u32) -> f64 {
    const COMPENSATION: f64 = std::f64::consts::E - 1.5;
    (f64::from(random) / 4_294_967_296.0 + 0.5) / COMPENSATION
}

/// A time from seconds; what no `Duration` holds is the longest.
pub(super) fn seconds(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `rtcp_interval` as appendix A.7 prints it, with `drand48` for an argument.
    #[allow(clippy::too_many_arguments, clippy::approx_constant)] // The RFC's.
    fn printed(
        members: u32,
        senders: u32,
        mut rtcp_bw: f64,
        we_sent: bool,
        avg_rtcp_size: f64,
        initial: bool,
        drand48: f64,
    ) -> f64 {
        let mut rtcp_min_time = 5.0;
        if initial {
            rtcp_min_time /= 2.0;
        }
        let mut n = members;
        if f64::from(senders) <= f64::from(members) * 0.25 {
            if we_sent {
                rtcp_bw *= 0.25;
                n = senders;
            } else {
                rtcp_bw *= 0.75;
                n -= senders;
            }
        }
        let mut t = avg_rtcp_size * f64::from(n) / rtcp_bw;
        if t < rtcp_min_time {
            t = rtcp_min_time;
        }
        t *= drand48 + 0.5;
        t / (2.71828 - 1.5)
    }

    #[test]
    fn intervals_are_those_of_the_routine_that_the_rfc_prints() {
        let config = ReportConfig::for_session(64_000);
        let mut random = 1_u32;
        for members in (1..60).chain([100, 1000, 65_000]) {
            for senders in [0, 1, 2, members / 4, members / 4 + 1, members] {
                let senders = senders.min(members);
                for flags in 0..4 {
                    let (we_sent, initial) = (flags & 1 != 0 && senders > 0, flags & 2 != 0);
                    let average_size = 60.0 + f64::from(members);
                    let group = Group { members, senders, we_sent, average_size, initial };
                    random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let ours = config.interval(&group).unwrap() * spread(random);
                    let drand48 = f64::from(random) / 4_294_967_296.0;
                    let theirs =
                        printed(members, senders, 400.0, we_sent, average_size, initial, drand48);
                    // The RFC's constant has six digits.
                    assert!((ours / theirs - 1.0).abs() < 1e-5, "{group:?}: {ours} {theirs}");
                }
            }
        }
    }

    const PAIR: Group =
        Group { members: 2, senders: 1, we_sent: false, average_size: 128.0, initial: false };

    #[test]
    fn the_reduced_minimum_is_for_senders_and_in_unicast_for_receivers_too() {
        let config = ReportConfig::for_session(640_000).with_reduced_minimum(640_000);
        assert_eq!(config.reduced_minimum, Some(Duration::from_micros(562_500)));
        let sender = Group { we_sent: true, ..PAIR };
        assert_eq!(config.interval(&sender), Some(0.5625));
        assert_eq!(config.interval(&PAIR), Some(5.0));
        let unicast = ReportConfig { unicast: true, ..config };
        assert_eq!(unicast.interval(&PAIR), Some(0.5625));
        assert_eq!(unicast.interval(&Group { initial: true, ..PAIR }), Some(0.28125));
        assert_eq!(unicast.timeout(&sender), Duration::from_secs(25), "the fixed one for timeouts");
        for slow in [72_000, 64_000, 0] {
            assert_eq!(config.with_reduced_minimum(slow).reduced_minimum, None, "{slow}");
        }
        let edge = config.with_reduced_minimum(72_001).reduced_minimum.unwrap();
        assert!(edge < Duration::from_secs(5));
    }

    #[test]
    fn a_bandwidth_of_zero_is_no_report_and_no_division() {
        let config = ReportConfig::for_session(64_000);
        let silent = ReportConfig { receiver_bandwidth: 0, ..config };
        assert_eq!(silent.interval(&PAIR), None);
        assert_eq!(silent.interval(&Group { we_sent: true, ..PAIR }), Some(5.0));
        let all = Group { members: 2, senders: 2, we_sent: true, ..PAIR };
        assert_eq!(silent.interval(&all), Some(5.0));
        assert_eq!(silent.timeout(&PAIR), Duration::from_secs(25));
        let nobody = ReportConfig::for_session(0);
        assert_eq!((nobody.interval(&PAIR), nobody.interval(&all)), (None, None));
    }

    #[test]
    fn timeouts_scale_with_the_group() {
        let config = ReportConfig::for_session(64_000);
        // 1000 receivers at 128 octets in 300 octets a second.
        let group = Group { members: 1000, senders: 0, we_sent: true, ..PAIR };
        let expected = 5.0 * 128_000.0 / 300.0;
        assert!((config.timeout(&group).as_secs_f64() - expected).abs() < 1e-6);
        assert_eq!(seconds(f64::INFINITY), Duration::MAX);
    }
}

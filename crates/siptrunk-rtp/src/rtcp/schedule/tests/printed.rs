//! The machine beside the routines of appendix A.7, step by step.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// `OnExpire` and `OnReceive` as appendix A.7 prints them, with the timeouts of section 6.3.5, in
/// seconds. `tc` is the current time.
struct Printed {
    /// When each member was heard, and when it sent RTP.
    list: HashMap<u32, (f64, Option<f64>)>,
    pmembers: u32,
    rtcp_bw: f64,
    we_sent: Option<f64>,
    avg_rtcp_size: f64,
    initial: bool,
    tp: f64,
    tn: f64,
}

impl Printed {
    fn members(&self) -> u32 {
        u32::try_from(self.list.len()).unwrap() + 1
    }

    fn senders(&self) -> u32 {
        let others = self.list.values().filter(|(_, sent)| sent.is_some()).count();
        u32::try_from(others).unwrap() + u32::from(self.we_sent.is_some())
    }

    /// Td, with `drand48` of one half and no compensation.
    fn deterministic(&self, we_sent: bool, initial: bool) -> f64 {
        let (members, senders) = (f64::from(self.members()), f64::from(self.senders()));
        let (mut n, mut rtcp_bw) = (members, self.rtcp_bw);
        if senders <= members * 0.25 {
            if we_sent {
                rtcp_bw *= 0.25;
                n = senders;
            } else {
                rtcp_bw *= 0.75;
                n -= senders;
            }
        }
        (self.avg_rtcp_size * n / rtcp_bw).max(if initial { 2.5 } else { 5.0 })
    }

    fn interval(&self, drand48: f64) -> f64 {
        // The RFC's 2.71828, more exactly.
        let compensation = std::f64::consts::E - 1.5;
        self.deterministic(self.we_sent.is_some(), self.initial) * (drand48 + 0.5) / compensation
    }

    fn reverse_reconsideration(&mut self, tc: f64) {
        let members = self.members();
        if members < self.pmembers {
            let ratio = f64::from(members) / f64::from(self.pmembers);
            self.tn = tc + ratio * (self.tn - tc);
            self.tp = tc - ratio * (tc - self.tp);
            self.pmembers = members;
        }
    }

    fn average(&mut self, octets: usize) {
        let size = f64::from(u32::try_from(octets).unwrap()) + 28.0;
        self.avg_rtcp_size = (1. / 16.) * size + (15. / 16.) * self.avg_rtcp_size;
    }

    fn on_expire(&mut self, tc: f64, draws: (f64, f64), octets: usize) -> bool {
        let silent = tc - 5.0 * self.deterministic(false, false);
        let paused = tc - 2.0 * self.deterministic(self.we_sent.is_some(), self.initial);
        self.list.retain(|_, (heard, _)| *heard >= silent);
        for (_, sent) in self.list.values_mut() {
            *sent = sent.filter(|sent| *sent >= paused);
        }
        self.we_sent = self.we_sent.filter(|sent| *sent >= paused);
        self.reverse_reconsideration(tc);

        let t = self.interval(draws.0);
        self.tn = self.tp + t;
        let due = self.tn <= tc;
        if due {
            self.average(octets);
            self.tp = tc;
            self.tn = self.interval(draws.1) + tc;
            self.initial = false;
        }
        self.pmembers = self.members();
        due
    }

    fn on_rtcp(&mut self, tc: f64, ssrc: u32, octets: usize, bye: bool) {
        self.average(octets);
        if bye {
            self.list.remove(&ssrc);
            self.reverse_reconsideration(tc);
        } else {
            self.list.entry(ssrc).or_default().0 = tc;
        }
    }

    fn on_rtp(&mut self, tc: f64, ssrc: u32) {
        self.list.insert(ssrc, (tc, Some(tc)));
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// Milliseconds pass; what is due in them happens.
    Pass(u64),
    /// Someone new reports.
    Join,
    /// A member reports, by its place among all that ever joined.
    Report(usize),
    /// A member sends RTP.
    Rtp(usize),
    /// A member leaves.
    Leave(usize),
    /// We send RTP.
    Send,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (1..4_000_u64).prop_map(Step::Pass),
        6 => Just(Step::Join),
        3 => any::<usize>().prop_map(Step::Report),
        3 => any::<usize>().prop_map(Step::Rtp),
        2 => any::<usize>().prop_map(Step::Leave),
        1 => Just(Step::Send),
    ];
    prop::collection::vec(step, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 2))]

    #[test]
    fn every_time_is_that_of_the_routines_that_the_rfc_prints(
        steps in steps(),
        mut random: u64,
    ) {
        let start = Instant::now();
        let mut schedule = ReportSchedule::new(start, 1, config(), random);
        let drand = |random: u64| {
            let (upper, lower) = (random >> 32, random & 0xffff_ffff);
            let unit = |half: u64| f64::from(u32::try_from(half).unwrap()) / 4_294_967_296.0;
            (unit(upper), unit(lower))
        };
        let mut printed = Printed {
            list: HashMap::new(),
            pmembers: 1,
            rtcp_bw: 400.0,
            we_sent: None,
            avg_rtcp_size: 128.0,
            initial: true,
            tp: 0.0,
            tn: 0.0,
        };
        printed.tn = printed.interval(drand(random).0);
        let (mut now, mut joined) = (start, Vec::new());
        for step in steps {
            let tc = now.duration_since(start).as_secs_f64();
            let member = |place: usize| {
                let ssrc: Option<&u32> = joined.get(place % joined.len().max(1));
                ssrc.copied().filter(|ssrc| printed.list.contains_key(ssrc))
            };
            match step {
                Step::Pass(milliseconds) => {
                    let until = now + Duration::from_millis(milliseconds);
                    while let Some(next) = schedule.poll_timeout().filter(|next| *next <= until) {
                        now = now.max(next);
                        random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
                        let tc = now.duration_since(start).as_secs_f64();
                        let due = schedule.handle_timeout(now, random);
                        if due.is_some() {
                            schedule.handle_sent(76);
                        }
                        prop_assert_eq!(printed.on_expire(tc, drand(random), 76), due.is_some());
                        let as_sender = due == Some(Due::SenderReport);
                        prop_assert_eq!(due.is_some() && printed.we_sent.is_some(), as_sender);
                    }
                    now = until;
                }
                Step::Join => {
                    let ssrc = 1000 + u32::try_from(joined.len()).unwrap();
                    let datagram = datagram(ssrc, false);
                    printed.on_rtcp(tc, ssrc, datagram.len(), false);
                    hear(&mut schedule, now, &datagram);
                    joined.push(ssrc);
                }
                Step::Report(place) => {
                    let Some(ssrc) = member(place) else { continue };
                    let datagram = datagram(ssrc, false);
                    printed.on_rtcp(tc, ssrc, datagram.len(), false);
                    hear(&mut schedule, now, &datagram);
                }
                Step::Rtp(place) => {
                    let Some(ssrc) = member(place) else { continue };
                    printed.on_rtp(tc, ssrc);
                    hear_rtp(&mut schedule, now, ssrc, &[]);
                }
                Step::Leave(place) => {
                    let Some(ssrc) = member(place) else { continue };
                    let datagram = datagram(ssrc, true);
                    printed.on_rtcp(tc, ssrc, datagram.len(), true);
                    hear(&mut schedule, now, &datagram);
                }
                Step::Send => {
                    printed.we_sent = Some(tc);
                    schedule.handle_rtp_sent(now);
                }
            }
            prop_assert_eq!(schedule.members(), printed.members());
            prop_assert_eq!(schedule.senders(), printed.senders());
            let next = schedule.poll_timeout().unwrap().duration_since(start).as_secs_f64();
            prop_assert!((next - printed.tn).abs() < 1e-6, "{} {}", next, printed.tn);
            prop_assert!((schedule.average_size - printed.avg_rtcp_size).abs() < 1e-9);
        }
    }
}

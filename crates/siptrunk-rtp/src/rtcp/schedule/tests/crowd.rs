//! Many participants in simulated time: what the rules are for.

use super::*;

/// A session in which every datagram reaches everyone at once.
struct World {
    now: Instant,
    participants: Vec<ReportSchedule>,
    random: u64,
    /// What was sent: when, its size with overhead, and what it was.
    sent: Vec<(Instant, usize, Due)>,
}

impl World {
    fn new(participants: u32) -> Self {
        let now = Instant::now();
        let mut world = Self { now, participants: Vec::new(), random: 1, sent: Vec::new() };
        for ssrc in 0..participants {
            let random = world.roll();
            world.participants.push(ReportSchedule::new(now, ssrc, config(), random));
        }
        world
    }

    fn roll(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e);
        // The lower bits of such a generator are poor.
        self.random ^ (self.random >> 29)
    }

    fn run(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let next = self.participants.iter().enumerate().filter_map(|(index, schedule)| {
                schedule.poll_timeout().map(|deadline| (deadline, index))
            });
            let Some((deadline, index)) = next.min().filter(|(next, _)| *next <= until) else {
                break;
            };
            self.now = deadline;
            let random = self.roll();
            if let Some(due) = self.participants[index].handle_timeout(deadline, random) {
                self.send(index, due);
            }
        }
        self.now = until;
    }

    fn send(&mut self, index: usize, due: Due) {
        let datagram = datagram(u32::try_from(index).unwrap(), due == Due::Bye);
        self.sent.push((self.now, datagram.len() + 28, due));
        let compound = Compound::parse(&datagram).unwrap();
        for (other, schedule) in self.participants.iter_mut().enumerate() {
            if other == index {
                schedule.handle_sent(datagram.len());
            } else {
                schedule.handle_rtcp(self.now, &compound);
            }
        }
    }

    /// Octets a second since `start`.
    fn rate(&self, start: Instant) -> f64 {
        let sent = self.sent.iter().filter(|(at, ..)| *at >= start);
        let octets: usize = sent.map(|(_, octets, _)| octets).sum();
        let time = self.now.duration_since(start).as_secs_f64();
        f64::from(u32::try_from(octets).unwrap()) / time
    }

    fn sent_within(&self, start: Instant, time: Duration) -> usize {
        self.sent.iter().filter(|(at, ..)| (start..start + time).contains(at)).count()
    }
}

/// Section 6.2: receivers have three quarters of 5 %, however many they are.
#[test]
fn reports_of_a_crowd_stay_within_their_bandwidth() {
    for participants in [10, 60] {
        let mut world = World::new(participants);
        world.run(Duration::from_secs(120));
        assert!(world.participants.iter().all(|one| one.members() == participants));
        let start = world.now;
        world.run(Duration::from_secs(1000));
        let rate = world.rate(start);
        // 10 are within the share at the least interval already.
        let octets = f64::from(u32::try_from(datagram(1, false).len() + 28).unwrap());
        let expected = (octets * f64::from(participants) / 5.0).min(300.0);
        assert!((rate / expected - 1.0).abs() < 0.12, "{participants}: {rate}, not {expected}");
    }
}

/// Section 6.2, timer reconsideration: all would report within 3.1 s if none held back.
#[test]
fn a_crowd_that_joins_at_once_holds_back() {
    let mut world = World::new(200);
    let start = world.now;
    world.run(Duration::from_secs(20));
    let early = world.sent_within(start, Duration::from_millis(3100));
    assert!((5..60).contains(&early), "{early}");
}

/// Section 6.3.7: the goodbyes of all at once are spread over time, and all are said.
#[test]
fn a_crowd_that_leaves_at_once_takes_turns() {
    let mut world = World::new(120);
    world.run(Duration::from_secs(150));
    let start = world.now;
    for index in 0..world.participants.len() {
        let random = world.roll();
        assert_eq!(world.participants[index].leave(start, 60, random), None);
    }
    world.run(Duration::from_secs(600));
    let byes = world.sent.iter().filter(|(_, _, due)| *due == Due::Bye).count();
    assert_eq!(byes, 120);
    let early = world.sent_within(start, Duration::from_secs(5));
    assert!((3..40).contains(&early), "{early}");
    assert!(world.participants.iter().all(|one| one.poll_timeout().is_none()));
}

/// Section 6.3.4: those who stay report as often as a small group does, soon after the rest left.
#[test]
fn those_who_stay_behind_speed_up() {
    let mut world = World::new(120);
    world.run(Duration::from_secs(150));
    let start = world.now;
    for index in 4..120 {
        let datagram = datagram(index, true);
        for schedule in &mut world.participants[..4] {
            hear(schedule, start, &datagram);
        }
    }
    world.participants.truncate(4);
    world.run(Duration::from_secs(12));
    let reports = world.sent_within(start, Duration::from_secs(12));
    assert!(reports >= 8, "{reports} reports of four in 12 s");
}

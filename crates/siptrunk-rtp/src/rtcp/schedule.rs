//! When a participant sends its reports (RFC 3550 section 6.3, appendix A.7).

use std::time::{Duration, Instant};

use super::interval::{Group, seconds, spread};
use super::members::Members;
use super::{Compound, Packet, ReportConfig};

/// With more members a goodbye waits its turn (section 6.3.7).
const CROWD: u32 = 50;

/// What is to be sent now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Due {
    /// A compound packet with a sender report: data was sent since the report before the last.
    SenderReport,
    /// A compound packet with a receiver report.
    ReceiverReport,
    /// A compound packet with a BYE, the last of all.
    Bye,
}

/// When to report, as a machine without clock, socket or randomness.
///
/// It learns of everything that is received and sent, and after each call
/// [`poll_timeout`](Self::poll_timeout) says when [`handle_timeout`](Self::handle_timeout) is to
/// be called. What that returns is sent, and its size told by [`handle_sent`](Self::handle_sent).
/// Timer reconsideration, reverse reconsideration after a BYE, and the timeout of members are
/// those of the RFC. Random numbers must differ between participants, no more.
///
/// ```
/// use std::time::Instant;
///
/// use siptrunk_rtp::rtcp::{CompoundWriter, Due, ReportConfig, ReportSchedule};
///
/// # let random = || 0x8000_0000_8000_0000_u64;
/// let config = ReportConfig::for_session(64_000);
/// let mut now = Instant::now();
/// let mut schedule = ReportSchedule::new(now, 0x5eed, config, random());
/// while let Some(deadline) = schedule.poll_timeout() {
///     now = now.max(deadline); // or sleep until then
///     if let Some(Due::ReceiverReport) = schedule.handle_timeout(now, random()) {
///         let mut packet = [0; 128];
///         let mut writer = CompoundWriter::new(&mut packet);
///         writer.receiver_report(0x5eed, &[])?.cname(0x5eed, "gateway@192.0.2.1")?;
///         schedule.handle_sent(writer.finish()?);
///         break;
///     }
/// }
/// # assert_eq!(schedule.leave(now, 100, random()), Some(Due::Bye));
/// # Ok::<(), siptrunk_rtp::RtcpWriteError>(())
/// ```
#[derive(Debug, Clone)]
pub struct ReportSchedule {
    config: ReportConfig,
    ssrc: u32,
    others: Members,
    phase: Phase,
    /// The names of section 6.3 from here on. `tp`:
    last_sent: Instant,
    /// `tn`; `None` if we may not report, or have left.
    next: Option<Instant>,
    /// What the interval after the last report is multiplied with, until a draw puts it off.
    spread: f64,
    /// `pmembers`.
    members_before: u32,
    average_size: f64,
    initial: bool,
    /// When we last sent RTP, if we are a sender (`we_sent`).
    we_sent: Option<Instant>,
    has_sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Reporting,
    /// Waiting to say goodbye, with the count of those that do so too (section 6.3.7).
    Leaving {
        members: u32,
    },
    Left,
}

impl ReportSchedule {
    /// Joins a session (section 6.3.2) as `ssrc`. Each `random` is uniform in all its 64 bits.
    pub fn new(now: Instant, ssrc: u32, config: ReportConfig, random: u64) -> Self {
        let mut schedule = Self {
            config,
            ssrc,
            others: Members::new(config.max_members),
            phase: Phase::Reporting,
            last_sent: now,
            next: None,
            spread: halves(random).0,
            members_before: 1,
            average_size: 0.0,
            initial: true,
            we_sent: None,
            has_sent: false,
        };
        schedule.average_size = schedule.size(config.first_size);
        schedule.next = schedule.after(schedule.spread);
        schedule
    }

    /// Notes an RTP packet that was received (section 6.3.3).
    pub fn handle_rtp(&mut self, now: Instant, packet: &crate::Packet<'_>) {
        if self.phase != Phase::Reporting || packet.ssrc() == self.ssrc {
            return;
        }
        if self.others.hear(now, packet.ssrc(), true) {
            for contributor in packet.csrc().filter(|csrc| *csrc != self.ssrc) {
                self.others.prove(now, contributor);
            }
        }
    }

    /// Notes an RTCP datagram that was received (sections 6.3.3, 6.3.4 and 6.3.7).
    pub fn handle_rtcp(&mut self, now: Instant, compound: &Compound<'_>) {
        let size = compound.bytes().len();
        match &mut self.phase {
            Phase::Left => {}
            Phase::Leaving { members } => {
                let byes = compound.packets().filter(|packet| matches!(packet, Packet::Bye(_)));
                let count = u32::try_from(byes.count()).unwrap_or(u32::MAX);
                *members = members.saturating_add(count);
                if count > 0 {
                    self.average(size);
                }
            }
            Phase::Reporting => {
                self.average(size);
                let mut has_bye = false;
                for packet in compound.packets() {
                    has_bye |= matches!(packet, Packet::Bye(_));
                    self.note(now, packet);
                }
                if has_bye {
                    self.reconsider(now);
                }
            }
        }
    }

    fn note(&mut self, now: Instant, packet: Packet<'_>) {
        let sender = match packet {
            Packet::SenderReport(report) => report.ssrc(),
            Packet::ReceiverReport(report) => report.ssrc(),
            Packet::App(app) => app.ssrc(),
            Packet::Feedback(feedback) => feedback.sender_ssrc(),
            Packet::ExtendedReport(report) => report.ssrc(),
            Packet::Unknown(_) => return,
            Packet::Sdes(sdes) => {
                let named = sdes.chunks().filter(|chunk| chunk.cname().is_some());
                for chunk in named.filter(|chunk| chunk.ssrc() != self.ssrc) {
                    self.others.prove(now, chunk.ssrc());
                }
                return;
            }
            Packet::Bye(bye) => {
                for source in bye.sources() {
                    self.others.leave(source);
                }
                return;
            }
        };
        if sender != self.ssrc {
            self.others.hear(now, sender, false);
        }
    }

    /// Notes an RTP packet of our own that was sent (section 6.3.8).
    pub fn handle_rtp_sent(&mut self, now: Instant) {
        self.has_sent = true;
        if self.phase == Phase::Reporting {
            self.we_sent = Some(now);
            // Receivers may not report, but senders may.
            if self.next.is_none() {
                self.last_sent = now;
                self.next = self.after(self.spread);
            }
        }
    }

    /// The time may have come (section 6.3.6). A call too early changes nothing.
    ///
    /// If something is due, the next time is set already: a report that cannot be sent is left
    /// out.
    pub fn handle_timeout(&mut self, now: Instant, random: u64) -> Option<Due> {
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        if self.phase == Phase::Reporting {
            self.expire(now);
        }
        let (spread, again) = halves(random);
        self.next = self.after(spread);
        self.members_before = self.members();
        if self.next.is_none_or(|next| next > now) {
            return None;
        }
        if self.phase != Phase::Reporting {
            return Some(self.goodbye());
        }
        // Another draw: the first one was small enough to send now.
        self.last_sent = now;
        self.spread = again;
        self.next = self.after(again);
        Some(if self.we_sent.is_some() { Due::SenderReport } else { Due::ReceiverReport })
    }

    /// Notes that what was due has been sent, as a datagram of so many octets.
    pub fn handle_sent(&mut self, octets: usize) {
        self.has_sent = true;
        self.average(octets);
        if self.phase == Phase::Reporting {
            self.next = self.after(self.spread);
            self.initial = false;
        }
    }

    /// Leaves the session (section 6.3.7) with a goodbye of so many octets: due at once, or, in a
    /// session of more than 50 members, when [`handle_timeout`](Self::handle_timeout) says. If
    /// nothing was ever sent, none is due.
    pub fn leave(&mut self, now: Instant, octets: usize, random: u64) -> Option<Due> {
        if self.phase != Phase::Reporting {
            return None;
        }
        if !self.has_sent {
            self.goodbye();
            return None;
        }
        if self.members() <= CROWD {
            return Some(self.goodbye());
        }
        self.phase = Phase::Leaving { members: 1 };
        self.last_sent = now;
        self.initial = true;
        self.we_sent = None;
        self.average_size = self.size(octets);
        self.spread = halves(random).0;
        self.next = self.after(self.spread);
        None
    }

    fn goodbye(&mut self) -> Due {
        self.phase = Phase::Left;
        self.next = None;
        Due::Bye
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; changes with each call of
    /// another method. `None` after leaving, and as long as the session grants us no bandwidth.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next
    }

    /// How many take part, ourselves included; while a goodbye waits, how many are leaving.
    pub fn members(&self) -> u32 {
        self.group().members
    }

    /// How many of them send data.
    pub fn senders(&self) -> u32 {
        self.group().senders
    }

    fn group(&self) -> Group {
        let we_sent = self.we_sent.is_some();
        let (members, senders) = match self.phase {
            Phase::Leaving { members } => (members, 0),
            Phase::Reporting | Phase::Left => {
                let (members, senders) = self.others.count();
                (members.saturating_add(1), senders.saturating_add(u32::from(we_sent)))
            }
        };
        let Self { average_size, initial, .. } = *self;
        Group { members, senders, we_sent, average_size, initial }
    }

    /// An interval after the last report, multiplied with `spread`.
    fn after(&self, spread: f64) -> Option<Instant> {
        let interval = seconds(self.config.interval(&self.group())? * spread);
        self.last_sent.checked_add(interval)
    }

    /// Times out who is silent (section 6.3.5), and ourselves as a sender (section 6.3.8). The
    /// two intervals of a sender are taken without their random part, which differs from report to
    /// report.
    fn expire(&mut self, now: Instant) {
        let group = self.group();
        let interval = self.config.interval(&group).map_or(self.config.minimum, seconds);
        let pause = interval.saturating_mul(2);
        self.others.expire(now, self.config.timeout(&group), pause);
        self.we_sent = self.we_sent.filter(|sent| now.saturating_duration_since(*sent) <= pause);
        self.reconsider(now);
    }

    /// Reverse reconsideration (section 6.3.4), if the group has shrunk.
    fn reconsider(&mut self, now: Instant) {
        let (members, before) = (self.members(), self.members_before);
        if members >= before {
            return;
        }
        let ratio = f64::from(members) / f64::from(before);
        let scale = |time: Duration| seconds(time.as_secs_f64() * ratio);
        self.next =
            self.next.and_then(|next| now.checked_add(scale(next.saturating_duration_since(now))));
        let since = scale(now.saturating_duration_since(self.last_sent));
        self.last_sent = now.checked_sub(since).unwrap_or(now);
        self.members_before = members;
    }

    fn average(&mut self, octets: usize) {
        self.average_size = self.size(octets) / 16.0 + self.average_size * 15.0 / 16.0;
    }

    fn size(&self, octets: usize) -> f64 {
        let size = octets.saturating_add(self.config.overhead);
        f64::from(u32::try_from(size).unwrap_or(u32::MAX))
    }
}

/// The spreads that the two halves of a random number give.
fn halves(random: u64) -> (f64, f64) {
    #[allow(clippy::cast_possible_truncation)] // The lower half.
    let lower = random as u32;
    let upper = u32::try_from(random >> 32).unwrap_or(u32::MAX);
    (spread(upper), spread(lower))
}

#[cfg(test)]
mod tests;

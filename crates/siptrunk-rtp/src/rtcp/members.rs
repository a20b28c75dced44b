//! Who takes part in a session (RFC 3550 section 6.2.1).

use std::time::{Duration, Instant};

/// Packets after which a source is real even without a CNAME.
const PROOF: u8 = 2;

/// The other participants, by SSRC. Never more than a limit.
#[derive(Debug, Clone)]
pub(super) struct Members {
    /// In the order of SSRCs.
    entries: Vec<Member>,
    limit: usize,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    ssrc: u32,
    heard: Instant,
    /// When the last RTP packet came, if it is a sender.
    sent: Option<Instant>,
    packets: u8,
    /// It said goodbye; it stays for a while, so that packets on the way do not revive it.
    has_left: bool,
}

impl Member {
    fn counts(&self) -> bool {
        self.packets >= PROOF && !self.has_left
    }
}

impl Members {
    pub(super) fn new(limit: usize) -> Self {
        Self { entries: Vec::new(), limit }
    }

    /// Notes a packet of `ssrc`; says whether it is proved to be a participant.
    pub(super) fn hear(&mut self, now: Instant, ssrc: u32, is_rtp: bool) -> bool {
        let Some(member) = self.entry(now, ssrc) else { return false };
        if member.has_left {
            return false;
        }
        member.heard = now;
        member.packets = member.packets.saturating_add(1);
        if is_rtp {
            member.sent = Some(now);
        }
        member.counts()
    }

    /// Notes that something else than its own packets proves `ssrc`: its CNAME, or a mixer.
    pub(super) fn prove(&mut self, now: Instant, ssrc: u32) {
        if let Some(member) = self.entry(now, ssrc).filter(|member| !member.has_left) {
            member.heard = now;
            member.packets = PROOF.max(member.packets);
        }
    }

    /// Notes that `ssrc` said goodbye.
    pub(super) fn leave(&mut self, ssrc: u32) {
        if let Ok(place) = self.place(ssrc)
            && let Some(member) = self.entries.get_mut(place)
        {
            member.has_left = true;
        }
    }

    fn place(&self, ssrc: u32) -> Result<usize, usize> {
        self.entries.binary_search_by_key(&ssrc, |member| member.ssrc)
    }

    /// The entry of `ssrc`, made if there is room.
    fn entry(&mut self, now: Instant, ssrc: u32) -> Option<&mut Member> {
        let place = match self.place(ssrc) {
            Ok(place) => place,
            Err(mut place) => {
                if self.entries.len() >= self.limit {
                    let stranger = self.entries.iter().position(|m| m.packets < PROOF)?;
                    self.entries.remove(stranger);
                    place = place.wrapping_sub(usize::from(stranger < place));
                }
                let member = Member { ssrc, heard: now, sent: None, packets: 0, has_left: false };
                self.entries.insert(place, member);
                place
            }
        };
        self.entries.get_mut(place)
    }

    /// Forgets who was not heard for `silence`, and takes those off the senders that sent no RTP
    /// for `pause` (section 6.3.5).
    pub(super) fn expire(&mut self, now: Instant, silence: Duration, pause: Duration) {
        let since = |time: Instant| now.saturating_duration_since(time);
        self.entries.retain(|member| since(member.heard) <= silence);
        for member in &mut self.entries {
            member.sent = member.sent.filter(|sent| since(*sent) <= pause);
        }
    }

    /// How many there are, and how many of them send.
    pub(super) fn count(&self) -> (u32, u32) {
        let mut counts = (0_u32, 0_u32);
        for member in self.entries.iter().filter(|member| member.counts()) {
            counts.0 = counts.0.saturating_add(1);
            counts.1 = counts.1.saturating_add(u32::from(member.sent.is_some()));
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_packets_or_a_cname_make_a_member() {
        let now = Instant::now();
        let mut members = Members::new(10);
        assert!(!members.hear(now, 5, true));
        assert_eq!(members.count(), (0, 0));
        assert!(members.hear(now, 5, false));
        assert_eq!(members.count(), (1, 1));
        members.prove(now, 3);
        assert_eq!(members.count(), (2, 1));
    }

    #[test]
    fn packets_on_the_way_do_not_revive_who_left() {
        let now = Instant::now();
        let mut members = Members::new(10);
        members.prove(now, 5);
        members.leave(5);
        members.leave(6);
        assert!(!members.hear(now, 5, true));
        members.prove(now, 5);
        assert_eq!(members.count(), (0, 0));
        let second = Duration::from_secs(1);
        members.expire(now + second * 2, second, second);
        members.prove(now, 5);
        assert_eq!(members.count(), (1, 0));
    }

    #[test]
    fn silence_ends_membership_and_a_pause_ends_sending() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut members = Members::new(10);
        for _ in 0..2 {
            members.hear(start, 1, true);
        }
        members.expire(start + second, second * 2, second);
        assert_eq!(members.count(), (1, 1));
        members.expire(start + second + Duration::from_nanos(1), second * 2, second);
        assert_eq!(members.count(), (1, 0));
        members.expire(start + second * 2, second * 2, second);
        assert_eq!(members.count(), (1, 0));
        members.expire(start + second * 2 + Duration::from_nanos(1), second * 2, second);
        assert_eq!(members.count(), (0, 0));
    }

    /// As the sources that a mixer names do, who send nothing by themselves.
    #[test]
    fn who_is_proved_again_is_not_silent() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut members = Members::new(10);
        for time in [start, start + second * 2] {
            members.prove(time, 1);
        }
        members.expire(start + second * 3, second, second);
        assert_eq!(members.count(), (1, 0));
    }

    #[test]
    fn a_flood_of_sources_displaces_none_that_is_proved() {
        let now = Instant::now();
        let mut members = Members::new(4);
        for ssrc in [10, 20, 30] {
            members.prove(now, ssrc);
        }
        for ssrc in (0..1000).rev() {
            assert!(!members.hear(now, 100 + ssrc, true));
        }
        for ssrc in 0..9 {
            assert!(!members.hear(now, ssrc, true));
        }
        assert_eq!(members.entries.len(), 4);
        assert_eq!(members.count(), (3, 0));
        assert!(members.hear(now, 8, true), "the last one still has its place");
        assert!(!members.hear(now, 7, true) && !members.hear(now, 7, true), "no room");
        assert!(members.entries.is_sorted_by_key(|member| member.ssrc));
    }
}

//! The branches of our requests: unguessable, and known again when their transaction is gone.
//!
//! A branch is the magic cookie, 60 random bits, and a tag: a keyed hash of those bits, the time, the
//! method and the Call-ID. Nobody but the layer can make one, and who saw one can use it for
//! nothing but its own request and time.

use std::{
    hash::Hasher,
    time::{Duration, Instant},
};

use siphasher::sip::SipHasher24;
use siptrunk_message::Method;

use crate::{Rng, Seed, seed::ALPHABET};

/// Marks branches that are unique across space and time (RFC 3261 section 8.1.1.7).
pub(crate) const MAGIC_COOKIE: &str = "z9hG4bK";

/// Random characters, five bits each.
const RANDOM: usize = 12;

/// Characters of the tag, which has 64 bits.
const TAG: usize = 13;

/// Characters of a branch.
pub(crate) const BRANCH: usize = MAGIC_COOKIE.len() + RANDOM + TAG;

/// The bit of a client's key that tells a CANCEL from the INVITE whose branch it shares.
pub(crate) const CANCEL: u128 = 1;

/// The key of a client transaction: its branch's 125 bits, and whether it is a CANCEL, which shares
/// the branch of its INVITE.
pub(crate) fn key(branch: &str, method: &Method) -> Option<u128> {
    let token = branch.strip_prefix(MAGIC_COOKIE)?;
    if token.len() != RANDOM + TAG {
        return None;
    }
    let mut bits: u128 = 0;
    for byte in token.bytes() {
        let value = match byte {
            b'a'..=b'z' => byte - b'a',
            b'2'..=b'7' => byte - b'2' + 26,
            _ => return None,
        };
        bits = bits << 5 | u128::from(value);
    }
    Some(bits << 1 | if *method == Method::CANCEL { CANCEL } else { 0 })
}

/// Makes branches, and knows its own. It has no `Debug`: it holds the key.
pub(crate) struct Branches {
    rng: Rng,
    tags: (u64, u64),
    /// The first moment that a branch was made at.
    began: Option<Instant>,
    /// How long a branch is known at least, and half of how long at most.
    known: Duration,
}

impl Branches {
    /// Branches that are known again for `known`, and no longer than twice that.
    pub(crate) fn new(seed: &Seed, known: Duration) -> Self {
        let mut keys = seed.derive(b"branch tags").rng();
        Self {
            rng: seed.derive(b"branches").rng(),
            tags: (keys.u64(), keys.u64()),
            began: None,
            known,
        }
    }

    /// Appends a new branch for a request.
    pub(crate) fn push(&mut self, now: Instant, of: (&Method, &[u8]), out: &mut String) {
        self.began.get_or_insert(now);
        out.push_str(MAGIC_COOKIE);
        let start = out.len();
        self.rng.push_token(RANDOM, out);
        let tag = self.tag(self.period(now), &out.as_bytes()[start..], of);
        out.extend(tag.map(char::from));
    }

    /// Whether this is the branch that a request of ours had, not too long ago, with this method
    /// and Call-ID.
    pub(crate) fn knows(&self, now: Instant, branch: &str, of: (&Method, &[u8])) -> bool {
        let Some((random, tag)) = branch
            .strip_prefix(MAGIC_COOKIE)
            .filter(|token| token.len() == RANDOM + TAG)
            .and_then(|token| token.split_at_checked(RANDOM))
        else {
            return false;
        };
        let latest = self.period(now);
        self.began.is_some()
            && [latest, latest.wrapping_sub(1)]
                .iter()
                .any(|period| self.tag(*period, random.as_bytes(), of) == tag.as_bytes())
    }

    /// The tag depends on a number that changes from time to time.
    fn period(&self, now: Instant) -> u64 {
        let elapsed = self.began.map_or(Duration::ZERO, |began| now.duration_since(began));
        // 584 years.
        u64::try_from(elapsed.as_nanos() / self.known.as_nanos().max(1)).unwrap_or(u64::MAX)
    }

    fn tag(&self, period: u64, random: &[u8], (method, call_id): (&Method, &[u8])) -> [u8; TAG] {
        let mut hasher = SipHasher24::new_with_keys(self.tags.0, self.tags.1);
        hasher.write_u64(period);
        hasher.write(random);
        // No method has a NUL in it.
        hasher.write(method.as_str().as_bytes());
        hasher.write_u8(0);
        hasher.write(call_id);
        let mut bits = hasher.finish();
        std::array::from_fn(|_| {
            let character = ALPHABET[(bits & 31) as usize];
            bits >>= 5;
            character
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const INVITE: (&Method, &[u8]) = (&Method::INVITE, b"call-1");

    fn made(branches: &mut Branches, now: Instant) -> String {
        let mut branch = String::new();
        branches.push(now, INVITE, &mut branch);
        branch
    }

    #[test]
    fn branches_read_back_whole() {
        let mut branches = Branches::new(&Seed([3; 32]), HOUR);
        let branch = made(&mut branches, Instant::now());
        assert_eq!(branch.len(), 7 + 25);
        let invite = key(&branch, &Method::INVITE).unwrap();
        assert_eq!(key(&branch, &Method::BYE), Some(invite));
        assert_eq!(key(&branch, &Method::CANCEL), Some(invite | 1));
        for at in 0..branch.len() {
            let mut other = branch.clone().into_bytes();
            other[at] = if other[at] == b'a' { b'b' } else { b'a' };
            let other = String::from_utf8(other).unwrap();
            assert_ne!(key(&other, &Method::INVITE), Some(invite), "{other}");
        }
        let last = format!("{}1", &branch[..branch.len() - 1]);
        for foreign in ["", "z9hG4bK", "z9hG4bKabc", &branch[1..], &format!("{branch}a"), &last] {
            assert_eq!(key(foreign, &Method::INVITE), None, "{foreign}");
        }
    }

    #[test]
    fn a_branch_is_known_for_its_own_request_and_time() {
        let start = Instant::now();
        let mut branches = Branches::new(&Seed([3; 32]), HOUR);
        let second = Duration::from_secs(1);
        assert!(!branches.knows(start, "z9hG4bKaaaaaaaaaaaaaaaaaaaaaaaaa", INVITE));
        for (at, ends) in [(0, 2), (3_599, 2), (3_600, 3), (36_001, 12)] {
            let at = start + Duration::from_secs(at);
            let branch = made(&mut branches, at);
            let end = start + HOUR * ends;
            assert!(end.duration_since(at) > HOUR);
            assert!(branches.knows(at, &branch, INVITE));
            let before = end.checked_sub(second).unwrap();
            assert!(branches.knows(before, &branch, INVITE));
            assert!(!branches.knows(end, &branch, INVITE));
            for other in [(&Method::OPTIONS, INVITE.1), (INVITE.0, b"call-2"), (INVITE.0, b"")] {
                assert!(!branches.knows(at, &branch, other), "{other:?}");
            }
            // Not any character may differ.
            for place in 0..branch.len() {
                let mut other = branch.clone().into_bytes();
                other[place] = if other[place] == b'q' { b'r' } else { b'q' };
                let other = String::from_utf8(other).unwrap();
                assert!(!branches.knows(at, &other, INVITE), "{other}");
            }
            let stranger = Branches { began: Some(start), ..Branches::new(&Seed([4; 32]), HOUR) };
            assert!(!stranger.knows(at, &branch, INVITE));
        }
        for foreign in ["", "z9hG4bK", "z9hG4bKé", "z9hG4bKaaaaaaaaaaaéaaaaaaaaaaaa"] {
            assert!(!branches.knows(start, foreign, INVITE), "{foreign}");
        }
    }
}

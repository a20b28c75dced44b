//! Which request counts of which nonces were used: a bounded table.

use std::collections::BTreeMap;

use crate::nonce::Nonce;

/// How far behind the highest count of a nonce a request may come: requests in flight on UDP
/// overtake each other.
const WINDOW: u32 = 64;

/// The longest client nonce that a session is remembered by, in bytes.
const CNONCE: usize = 128;

/// What was used under one nonce.
#[derive(Debug, Clone)]
struct Used {
    issued: u64,
    highest: u32,
    /// Bit `n`: `highest - n` was used.
    bits: u64,
    /// The client's nonce with which a session of a `-sess` algorithm began.
    session: Option<Box<str>>,
}

/// The counts of the nonces that were used and are not expired, oldest first.
#[derive(Debug)]
pub(crate) struct Windows {
    capacity: usize,
    used: BTreeMap<u64, Used>,
    /// Nonces with a lower serial number lost their place and are never accepted again.
    floor: u64,
}

impl Windows {
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity: capacity.max(1), used: BTreeMap::new(), floor: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.used.len()
    }

    /// Whether this count is new under this nonce.
    pub(crate) fn is_fresh(&self, nonce: Nonce, nc: u32) -> bool {
        if nc == 0 || nonce.serial < self.floor {
            return false;
        }
        let Some(used) = self.used.get(&nonce.serial) else {
            return true;
        };
        match used.highest.checked_sub(nc) {
            None => true,
            Some(behind) if behind < WINDOW => used.bits & bit(behind) == 0,
            Some(_) => false,
        }
    }

    /// The client's nonce with which the session under this nonce began.
    pub(crate) fn session(&self, nonce: Nonce) -> Option<&str> {
        self.used.get(&nonce.serial)?.session.as_deref()
    }

    /// Marks a count as used, by a session if that is its algorithm. Only for requests whose
    /// response was right: else anyone could close the window for the true client.
    pub(crate) fn mark(&mut self, nonce: Nonce, nc: u32, session: Option<&str>) {
        if let Some(used) = self.used.get_mut(&nonce.serial) {
            match nc.checked_sub(used.highest) {
                None | Some(0) => {
                    used.bits |= bit(used.highest.saturating_sub(nc));
                }
                Some(ahead) => {
                    used.bits = used.bits.checked_shl(ahead).unwrap_or(0) | 1;
                    used.highest = nc;
                }
            }
            return;
        }
        if self.used.len() >= self.capacity
            && let Some((serial, _)) = self.used.pop_first()
        {
            self.floor = self.floor.max(serial.saturating_add(1));
        }
        let session = session.filter(|cnonce| cnonce.len() <= CNONCE).map(Into::into);
        let used = Used { issued: nonce.issued, highest: nc, bits: 1, session };
        self.used.insert(nonce.serial, used);
    }

    /// Forgets nonces issued before `oldest`: they are expired and need no window.
    pub(crate) fn expire(&mut self, oldest: u64) {
        while let Some(entry) = self.used.first_entry() {
            if entry.get().issued >= oldest {
                return;
            }
            entry.remove();
        }
    }
}

fn bit(behind: u32) -> u64 {
    1u64.checked_shl(behind).unwrap_or(0)
}

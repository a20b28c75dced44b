//! What transactions are found by: 128-bit keyed hashes of what RFC 3261 section 17 compares.
//!
//! A secret key and 128 bits make a collision as unlikely as a guessed branch, so nothing of the
//! message is kept for comparison. The tables that they index need no second hash.

use std::{
    collections::HashMap,
    hash::{BuildHasher, BuildHasherDefault, Hasher},
};

use siphasher::sip128::{Hasher128, SipHasher13};
use siptrunk_message::{Host, Method};

use crate::{Essentials, KeyedHash, Seed, branch::MAGIC_COOKIE, slots::Handle, spare::is_to_spare};

/// A table of transactions by such keys.
#[derive(Debug, Default)]
pub(crate) struct KeyMap(HashMap<u128, Handle, BuildHasherDefault<Prehashed>>);

impl KeyMap {
    pub(crate) fn get(&self, key: u128) -> Option<Handle> {
        self.0.get(&key).copied()
    }

    pub(crate) fn insert(&mut self, key: u128, handle: Handle) {
        self.0.insert(key, handle);
    }

    /// Takes the key out, unless it belongs to another transaction by now.
    pub(crate) fn remove(&mut self, key: u128, handle: Handle) {
        if self.get(key) == Some(handle) {
            self.0.remove(&key);
            if is_to_spare(self.0.len(), self.0.capacity()) {
                self.0 = HashMap::default();
            }
        }
    }
}

/// Takes the lower half of a key that is a hash already.
#[derive(Debug, Default)]
pub(crate) struct Prehashed(u64);

impl Hasher for Prehashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "half a hash is a hash")]
    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The secret under which server transactions are hashed. It has no `Debug`.
pub(crate) struct ServerKeys {
    keys: (u64, u64),
    tags: KeyedHash,
}

impl ServerKeys {
    pub(crate) fn new(seed: &Seed) -> Self {
        let mut rng = seed.derive(b"server transaction keys").rng();
        Self { keys: (rng.u64(), rng.u64()), tags: seed.derive(b"stateless tags").hasher() }
    }

    /// Branch, sent-by and method (RFC 3261 section 17.2.3). `method` is the one of the
    /// transaction that is looked for: INVITE for an ACK.
    ///
    /// A branch without the magic cookie is a client's of RFC 2543: then the Request-URI, From
    /// tag, Call-ID, CSeq number and the whole top Via are compared. To tags are left out, since
    /// those of an ACK and of its INVITE differ; none of the others is the same in two requests.
    pub(crate) fn transaction(&self, of: &Essentials, uri: &[u8], method: &Method) -> u128 {
        let mut parts = self.parts();
        match of.branch() {
            Some(branch) if branch.starts_with(MAGIC_COOKIE) => {
                parts.push(branch.as_bytes());
                let sent_by = of.sent_by();
                match &sent_by.host {
                    Host::Name(name) => parts.push_lowercase(name.as_bytes()),
                    Host::V4(address) => parts.push(&address.octets()),
                    Host::V6(address) => parts.push(&address.octets()),
                }
                parts.push(&sent_by.port.unwrap_or_default().to_be_bytes());
            }
            _ => {
                parts.push(uri);
                parts.push(of.from_tag().unwrap_or_default().as_bytes());
                parts.push(of.call_id().as_bytes());
                parts.push(&of.cseq().number.to_be_bytes());
                parts.push(of.via());
            }
        }
        parts.push(method.as_str().as_bytes());
        parts.finish()
    }

    /// From tag, Call-ID and CSeq: the same for every copy of a request that was forked on its way
    /// (RFC 3261 section 8.2.2.2). `None` inside dialogs, where nothing forks.
    pub(crate) fn merge(&self, of: &Essentials) -> Option<u128> {
        if of.to_tag().is_some() {
            return None;
        }
        let mut parts = self.parts();
        parts.push(b"merge");
        parts.push(of.from_tag().unwrap_or_default().as_bytes());
        parts.push(of.call_id().as_bytes());
        parts.push(&of.cseq().number.to_be_bytes());
        parts.push(of.cseq().method.as_str().as_bytes());
        Some(parts.finish())
    }

    /// The To tag of a stateless response: the same for each copy of the request (RFC 3261 section
    /// 8.2.7), and known again in the ACK, which has the same Call-ID and branch.
    pub(crate) fn stateless_tag(&self, call_id: &[u8], branch: Option<&str>) -> String {
        let mut hasher = self.tags.build_hasher();
        for part in [call_id, branch.unwrap_or_default().as_bytes()] {
            hasher.write(&length(part));
            hasher.write(part);
        }
        format!("s-{:016x}", hasher.finish())
    }

    fn parts(&self) -> Parts {
        Parts(SipHasher13::new_with_keys(self.keys.0, self.keys.1))
    }
}

/// Parts of a key, each with its length, so that no two lists of parts are the same bytes.
struct Parts(SipHasher13);

impl Parts {
    fn push(&mut self, part: &[u8]) {
        self.0.write(&length(part));
        self.0.write(part);
    }

    fn push_lowercase(&mut self, part: &[u8]) {
        self.0.write(&length(part));
        for byte in part {
            self.0.write_u8(byte.to_ascii_lowercase());
        }
    }

    fn finish(self) -> u128 {
        self.0.finish128().as_u128()
    }
}

fn length(part: &[u8]) -> [u8; 4] {
    // Messages are far shorter than 4 GiB.
    u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes()
}

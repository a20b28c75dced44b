//! Who may send to a port: the address of the session description, or with `nat` the one that was
//! locked.

use std::net::{IpAddr, SocketAddr};

use crate::TargetClass;

/// The one address that a port exchanges packets with.
#[derive(Debug, Default)]
pub(crate) struct Latch {
    /// What signalling says now.
    signalled: Option<SocketAddr>,
    /// What signalling said last that was an address: a lock belongs to it and outlives a hold.
    named: Option<SocketAddr>,
    nat: bool,
    locked: Option<SocketAddr>,
}

/// What a source is to a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    /// The address that the port is pinned or locked to.
    Known,
    /// Not known, but the port is not locked yet.
    Learnable,
    /// Another address than the one.
    Stranger,
    /// No packet may come: signalling has named no address.
    NoAddress,
}

impl Latch {
    /// Takes what signalling says. A new address, or the end of `nat`, opens the lock.
    pub(crate) fn signal(&mut self, remote: Option<SocketAddr>, nat: bool) {
        let remote = remote
            .filter(|address| TargetClass::of(*address) != TargetClass::Forbidden)
            .map(canonical);
        if !nat || (remote.is_some() && remote != self.named) {
            self.locked = None;
        }
        self.named = remote.or(self.named);
        self.signalled = remote;
        self.nat = nat;
    }

    pub(crate) fn admit(&self, source: SocketAddr) -> Admission {
        let Some(signalled) = self.signalled else { return Admission::NoAddress };
        let source = canonical(source);
        match self.locked {
            Some(locked) if locked == source => Admission::Known,
            Some(_) => Admission::Stranger,
            None if self.nat => Admission::Learnable,
            None if signalled == source => Admission::Known,
            None => Admission::Stranger,
        }
    }

    /// Locks a port that is open to learning to `source`; a locked one stays as it is.
    pub(crate) fn lock(&mut self, source: SocketAddr) {
        if self.nat && self.signalled.is_some() && self.locked.is_none() {
            self.locked = Some(canonical(source));
        }
    }

    /// Where packets to this peer go: where it was heard from, before that where it says.
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        self.signalled.map(|signalled| self.locked.unwrap_or(signalled))
    }

    /// Whether `source` has the address, port aside, that the port is locked to.
    pub(crate) fn is_locked_to_host(&self, source: SocketAddr) -> bool {
        self.locked.is_some_and(|locked| locked.ip() == canonical(source).ip())
    }

    pub(crate) fn has_address(&self) -> bool {
        self.signalled.is_some()
    }
}

/// Address and port alone: a dual-stack socket reports IPv4 peers as mapped, and flow labels and
/// scopes are the local stack's business.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V6(ip) if ip.is_unicast_link_local() => address,
        ip => SocketAddr::new(ip, address.port()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_lock_is_taken_once_and_only_behind_nat() {
        let (said, first, second) =
            (address("10.0.0.1:4000"), address("192.0.2.1:9"), address("192.0.2.2:9"));
        let mut latch = Latch::default();
        latch.lock(first);
        assert_eq!((latch.target(), latch.admit(first)), (None, Admission::NoAddress));
        latch.signal(Some(said), false);
        latch.lock(first);
        assert_eq!((latch.target(), latch.admit(first)), (Some(said), Admission::Stranger));
        latch.signal(Some(said), true);
        assert_eq!(latch.admit(said), Admission::Learnable);
        latch.lock(first);
        latch.lock(second);
        assert_eq!(latch.target(), Some(first));
        assert_eq!(latch.admit(second), Admission::Stranger);
        assert_eq!(latch.admit(said), Admission::Stranger);
    }

    #[test]
    fn link_local_addresses_of_two_interfaces_are_two() {
        let mut latch = Latch::default();
        latch.signal(Some(address("[fe80::1%2]:4000")), false);
        assert_eq!(latch.admit(address("[fe80::1%2]:4000")), Admission::Known);
        assert_eq!(latch.admit(address("[fe80::1%3]:4000")), Admission::Stranger);
    }
}

//! Whose connections and datagrams are a trunk's: by networks that are written down, and by the
//! addresses that the trunks' names have now.

use std::{
    net::IpAddr,
    sync::{Arc, PoisonError, RwLock},
};

use ipnet::IpNet;

/// Shared by readers, listeners and the world that learns addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trusted(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    written: Vec<IpNet>,
    named: RwLock<Vec<IpAddr>>,
}

impl Trusted {
    /// Those that are written down, and none by name yet.
    pub(crate) fn new(written: Vec<IpNet>) -> Self {
        Self(Arc::new(Inner { written, named: RwLock::default() }))
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        // What comes over one socket for both families is the same peer.
        let address = address.to_canonical();
        self.0.written.iter().any(|network| network.contains(&address))
            || self.named().binary_search(&address).is_ok()
    }

    /// The names have these addresses from now on.
    pub(crate) fn name(&self, mut addresses: Vec<IpAddr>) {
        addresses.sort_unstable();
        addresses.dedup();
        if *self.named() != addresses {
            *self.0.named.write().unwrap_or_else(PoisonError::into_inner) = addresses;
        }
    }

    fn named(&self) -> std::sync::RwLockReadGuard<'_, Vec<IpAddr>> {
        // A list is replaced as a whole: a panicked holder leaves nothing half done.
        self.0.named.read().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_and_go_and_what_is_written_stays() {
        let trusted = Trusted::new(vec!["192.0.2.0/28".parse().unwrap()]);
        let reader = trusted.clone();
        let knows = |text: &str| reader.contains(text.parse().unwrap());
        assert!(knows("192.0.2.1") && !knows("198.51.100.7") && !knows("2001:db8::1"));
        trusted.name(
            ["198.51.100.7", "2001:db8::1", "198.51.100.7"].map(|ip| ip.parse().unwrap()).to_vec(),
        );
        assert!(knows("192.0.2.1") && knows("198.51.100.7") && knows("2001:db8::1"));
        assert!(knows("::ffff:198.51.100.7"), "the same host");
        trusted.name(vec!["198.51.100.8".parse().unwrap()]);
        assert!(knows("192.0.2.1") && knows("198.51.100.8"));
        assert!(!knows("198.51.100.7") && !knows("2001:db8::1"));
    }
}

//! How many connections each source has: the bounds of [`StreamOptions`](super::StreamOptions).

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::StreamOptions;

/// Counts of accepted connections, shared by all listeners of a driver.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    strangers: usize,
    by_source: HashMap<IpAddr, usize>,
}

/// One connection's place; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share {
    shares: Shares,
    source: IpAddr,
    trusted: bool,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoShare {
    /// The source has its share.
    Source,
    /// The table is full of strangers.
    Table,
}

impl Shares {
    /// Takes a place for a connection from `source`. Trunks have places of their own, so no crowd of
    /// strangers can lock them out.
    pub(crate) fn take(
        &self,
        source: IpAddr,
        trusted: bool,
        options: &StreamOptions,
    ) -> Result<Share, NoShare> {
        let most = if trusted { options.per_trusted_source } else { options.per_source };
        self.with(|counts| {
            if !trusted && counts.strangers >= options.connections {
                return Err(NoShare::Table);
            }
            let here = counts.by_source.get(&source).copied().unwrap_or_default();
            if here >= most {
                return Err(NoShare::Source);
            }
            counts.by_source.insert(source, here + 1);
            counts.strangers += usize::from(!trusted);
            Ok(Share { shares: self.clone(), source, trusted })
        })
    }

    fn with<R>(&self, work: impl FnOnce(&mut Counts) -> R) -> R {
        // Counts are whole between these statements: a panicked holder leaves nothing half done.
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Share {
    /// Whether it is a trunk's.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trusted
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shares.with(|counts| {
            counts.strangers -= usize::from(!self.trusted);
            if let Some(here) = counts.by_source.get_mut(&self.source) {
                *here -= 1;
                if *here == 0 {
                    counts.by_source.remove(&self.source);
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn strangers_share_a_table_and_trunks_stand_apart() {
        let options = StreamOptions {
            connections: 3,
            per_source: 2,
            per_trusted_source: 1,
            ..StreamOptions::default()
        };
        let shares = Shares::default();
        let take = |last| shares.take(from(last), last == 9, &options);
        let held = [take(1).unwrap(), take(1).unwrap()];
        assert_eq!(take(1).unwrap_err(), NoShare::Source);
        let third = take(2).unwrap();
        assert_eq!(take(2).unwrap_err(), NoShare::Table);
        let trunk = take(9).unwrap();
        assert!(trunk.is_trusted() && !third.is_trusted());
        assert_eq!(take(9).unwrap_err(), NoShare::Source);
        drop(held);
        assert!(take(2).is_ok(), "places come back");
        drop((trunk, third));
        assert!(shares.with(|counts| counts.by_source.is_empty() && counts.strangers == 0));
    }
}

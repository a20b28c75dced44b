//! The ledger of live objects that each core can be asked for.

use std::{collections::BTreeMap, fmt};

/// How many objects of each kind a core holds. Empty when nothing is left behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live(BTreeMap<&'static str, usize>);

impl Live {
    /// Adds `n` objects of a kind, named in the plural: `"client transactions"`.
    pub fn add(&mut self, kind: &'static str, n: usize) {
        if n > 0 {
            *self.0.entry(kind).or_default() += n;
        }
    }

    /// How many objects of this kind are alive.
    pub fn get(&self, kind: &str) -> usize {
        self.0.get(kind).copied().unwrap_or_default()
    }

    /// How many objects of any kind are alive.
    pub fn total(&self) -> usize {
        self.0.values().sum()
    }

    /// Whether nothing is alive.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kinds that have live objects, in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, usize)> + '_ {
        self.0.iter().map(|(kind, n)| (*kind, *n))
    }

    /// Adds the ledger of a core below.
    pub fn merge(&mut self, other: Self) {
        for (kind, n) in other.0 {
            self.add(kind, n);
        }
    }
}

impl fmt::Display for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing");
        }
        for (at, (kind, n)) in self.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{n} {kind}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_add_up_and_zero_leaves_no_trace() {
        let mut live = Live::default();
        live.add("dialogs", 0);
        assert!(live.is_empty());
        assert_eq!(live.to_string(), "nothing");

        live.add("dialogs", 2);
        let mut below = Live::default();
        below.add("client transactions", 1);
        below.add("dialogs", 1);
        live.merge(below);
        assert_eq!(live.get("dialogs"), 3);
        assert_eq!(live.total(), 4);
        assert_eq!(live.to_string(), "1 client transactions, 3 dialogs");
    }
}

//! How routes with the same conditions share their calls.

use std::collections::HashMap;

use super::{Conditions, Route};

/// The part of the calls that one route takes of those that several routes share.
///
/// Routes whose conditions are the same but for the share are one split: each takes what its own share
/// of a hundred leaves to it, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Share {
    /// The first route of the split.
    pub split: usize,
    /// How many percent the routes above in the split take.
    pub start: u32,
    /// How many percent are taken with this one; above 100 where shares do not add up.
    pub end: u32,
}

impl Share {
    /// The shares of some routes, by their place; none for a route that takes all of its calls.
    pub fn of(routes: &[Route]) -> Vec<Option<Self>> {
        let mut splits = HashMap::new();
        let shares = routes.iter().enumerate().map(|(index, route)| {
            let share = route.share?;
            let (split, taken) = splits.entry(Conditions::of(route)).or_insert((index, 0));
            let start = *taken;
            *taken += u32::from(share);
            Some(Self { split: *split, start, end: *taken })
        });
        shares.collect()
    }

    /// Where a call falls in this split, from 0 to 99: `draw` is 64 random bits of the call, the same
    /// for each split, and different splits are independent of each other.
    pub fn drawn(&self, draw: u64) -> u32 {
        // SplitMix64: its output over different inputs is as good as random.
        let split = u64::try_from(self.split).unwrap_or(u64::MAX);
        let mut bits = draw ^ split.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The upper half of bits times a hundred is below a hundred.
        u32::try_from((u128::from(bits) * 100) >> 64).unwrap_or(0)
    }

    /// Whether the route takes the call of this draw.
    pub fn takes(&self, draw: u64) -> bool {
        (self.start..self.end).contains(&self.drawn(draw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ValueMatch;

    fn share(split: usize, start: u32, end: u32) -> Share {
        Share { split, start, end }
    }

    #[test]
    fn routes_share_if_nothing_else_tells_them_apart() {
        let base = || Route::from("five9").prefix("+1").share(40);
        let routes = [
            base(),
            Route::any().prefix("+1").share(40),
            base().prefix("+2"),
            base().caller_prefix("+1"),
            base().skill("x"),
            base().user_group("x"),
            base().has("X-A", ValueMatch::Present),
            base().when("office"),
            Route::from("five9").prefix("+1"),
            base().to("other"),
            base(),
        ];
        let shares = Share::of(&routes);
        assert_eq!(shares[0], Some(share(0, 0, 40)));
        for (index, alone) in shares.iter().enumerate().take(8).skip(1) {
            assert_eq!(*alone, Some(share(index, 0, 40)));
        }
        assert_eq!(shares[8..], [None, Some(share(0, 40, 80)), Some(share(0, 80, 120))]);
    }

    #[test]
    fn calls_fall_evenly_and_splits_do_not_hang_together() {
        let (one, two) = (share(0, 0, 30), share(7, 0, 50));
        let draws: Vec<u64> = (0..10_000).collect();
        let both = |draw: &&u64| one.takes(**draw) && two.takes(**draw);
        for (count, expected) in [
            (draws.iter().filter(|draw| one.takes(**draw)).count(), 3_000),
            (draws.iter().filter(|draw| two.takes(**draw)).count(), 5_000),
            (draws.iter().filter(both).count(), 1_500),
        ] {
            assert!(count.abs_diff(expected) < 150, "{count} {expected}");
        }
        assert!(draws.iter().all(|draw| one.drawn(*draw) < 100));
        assert_eq!(one.takes(5), one.takes(5));
    }

    #[test]
    fn each_call_is_taken_once_in_a_whole_split() {
        let routes = [Route::any().share(70), Route::any().share(29), Route::any().share(1)];
        let shares: Vec<_> = Share::of(&routes).into_iter().flatten().collect();
        for draw in 0..1_000 {
            assert_eq!(shares.iter().filter(|share| share.takes(draw)).count(), 1);
        }
    }
}

//! The order of SRV records (RFC 2782, "Usage rules").

/// Puts groups in the order in which they are tried: lowest priority first, and those of one priority
/// by chance, each with its weight. `dice(n)` gives a number from 0 to `n`, both included.
pub(super) fn by_priority_and_weight<T>(
    groups: &mut [T],
    rank: impl Fn(&T) -> (u16, u16),
    mut dice: impl FnMut(u64) -> u64,
) {
    // Those of weight 0 stand first among equals, so that they have a small chance at all.
    groups.sort_by_key(&rank);
    let mut start = 0;
    while start < groups.len() {
        let priority = rank(&groups[start]).0;
        let alike = groups[start..].iter().take_while(|group| rank(group).0 == priority).count();
        let mut left = &mut groups[start..start + alike];
        while left.len() > 1 {
            let sum: u64 = left.iter().map(|group| u64::from(rank(group).1)).sum();
            let drawn = dice(sum);
            let mut running = 0;
            let chosen = left.iter().position(|group| {
                running += u64::from(rank(group).1);
                running >= drawn
            });
            // The running sum ends at `sum`, which is never below what was drawn.
            left[..=chosen.unwrap_or(0)].rotate_right(1);
            left = &mut left[1..];
        }
        start += alike;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_stand_in_order_and_weights_decide_by_chance() {
        let groups = [(10, 0, 'z'), (5, 10, 'a'), (10, 60, 'x'), (10, 40, 'y')];
        let ordered = |draws: [u64; 2]| {
            let mut groups = groups;
            let mut draws = draws.into_iter();
            let rank = |group: &(u16, u16, char)| (group.0, group.1);
            by_priority_and_weight(&mut groups, rank, |sum| draws.next().unwrap().min(sum));
            groups.map(|group| group.2).iter().collect::<String>()
        };
        // Of priority 10: z has 0, y 1 to 40, x 41 to 100; then again among those that are left.
        assert_eq!(ordered([0, 0]), "azyx", "zero is drawn, then the lowest left");
        assert_eq!(ordered([41, 1]), "axyz");
        assert_eq!(ordered([40, 0]), "ayzx");
        assert_eq!(ordered([100, 0]), "axzy");
    }

    #[test]
    fn over_many_draws_each_comes_first_by_its_weight() {
        let mut first = [0; 3];
        for drawn in 0..=100 {
            let mut groups = [(1, 70, 0_usize), (1, 30, 1), (1, 0, 2)];
            let mut draws = [drawn, 0].into_iter();
            by_priority_and_weight(
                &mut groups,
                |group| (group.0, group.1),
                |_| draws.next().unwrap(),
            );
            first[groups[0].2] += 1;
        }
        assert_eq!(first, [70, 30, 1]);
    }
}

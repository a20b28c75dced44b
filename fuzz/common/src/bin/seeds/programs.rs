//! Programs for the stateful targets: octets that are as good as any others, of several lengths.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;

use crate::folder::put;

pub fn seed() -> io::Result<()> {
    for program in 0..32_u64 {
        let octets = (0..8 + 4 * program).flat_map(|at| {
            let mut hasher = DefaultHasher::new();
            (program, at).hash(&mut hasher);
            hasher.finish().to_le_bytes()
        });
        put("transaction_ops", &octets.collect::<Vec<_>>())?;
    }
    Ok(())
}

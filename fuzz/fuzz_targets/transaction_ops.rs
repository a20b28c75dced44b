//! Two transaction layers, a bad link, strangers, and users whose every choice is read from the input: whatever they
//! do, each request ends once and in time, every message is accounted for, and nothing is left.
//!
//! World and rig are those of the crate's own random programs.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/siptrunk-transaction/tests/layer/rig.rs"]
#[allow(dead_code, reason = "the crate's tests use more of it")]
mod rig;
#[path = "../../crates/siptrunk-transaction/tests/layer/world.rs"]
#[allow(dead_code, reason = "a seeded generator's dice are for programs")]
mod world;

use world::{Dice, World};

/// Longer programs only repeat themselves.
const STEPS: usize = 64;

fuzz_target!(|input: &[u8]| {
    let mut world = World::new(Input(input));
    // A step reads some four octets, and what it sends some more.
    for _ in 0..(input.len() / 8).min(STEPS) {
        world.step();
    }
    world.finish();
});

/// The input as dice: as few octets a throw as the bound needs, and zero when they are used up.
struct Input<'a>(&'a [u8]);

impl Dice for Input<'_> {
    fn below(&mut self, bound: u64) -> u64 {
        let octets = bound.saturating_sub(1).checked_ilog2().unwrap_or(0) / 8 + 1;
        let (taken, rest) = self.0.split_at(self.0.len().min(octets as usize));
        self.0 = rest;
        let number = taken.iter().fold(0, |number, octet| number << 8 | u64::from(*octet));
        number % bound.max(1)
    }
}

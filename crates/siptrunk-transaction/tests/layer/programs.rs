//! Thousands of random programs in the world of two layers.

use std::time::Duration;

use siptrunk_transaction::Seed;

use crate::world::World;

/// More of them by the environment variable `SIPTRUNK_PROGRAMS`.
const PROGRAMS: u64 = 2_000;
const STEPS: usize = 24;

fn run(program: u64) -> Vec<(Duration, Vec<u8>)> {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&program.to_le_bytes());
    let mut world = World::new(Seed(seed).rng());
    for _ in 0..STEPS {
        world.step();
    }
    world.finish()
}

#[test]
fn random_programs_keep_every_invariant() {
    let mut messages = 0;
    let programs = std::env::var("SIPTRUNK_PROGRAMS").ok().and_then(|n| n.parse().ok());
    for program in 0..programs.unwrap_or(PROGRAMS) {
        let log = std::panic::catch_unwind(|| run(program));
        messages += log.unwrap_or_else(|_| panic!("program {program} failed")).len();
    }
    assert!(messages > 50_000, "the programs hardly spoke: {messages}");
}

#[test]
fn the_same_program_says_the_same_bytes_at_the_same_time() {
    for program in 0..30 {
        assert!(run(program) == run(program), "program {program}");
    }
}

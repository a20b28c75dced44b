//! Thousands of random programs in the world of two layers.

use std::time::Duration;

use siptrunk_transaction::Seed;

use crate::world::World;

/// More of them by the environment variable `SIPTRUNK_PROGRAMS`, from the one in `SIPTRUNK_PROGRAM`.
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
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse().ok());
    let first = number("SIPTRUNK_PROGRAM").unwrap_or(0);
    let programs = number("SIPTRUNK_PROGRAMS").unwrap_or(PROGRAMS);
    let mut messages = 0;
    for program in first..first + programs {
        let log = std::panic::catch_unwind(|| run(program));
        messages += log
            .unwrap_or_else(|_| {
                panic!(
                    "program {program} failed: SIPTRUNK_PROGRAM={program} SIPTRUNK_PROGRAMS=1 \
                     cargo test -p siptrunk-transaction --test layer random_programs"
                )
            })
            .len();
    }
    let least = if programs < PROGRAMS { 0 } else { 25 * usize::try_from(programs).unwrap() };
    assert!(messages >= least, "the programs hardly spoke: {messages}");
}

#[test]
fn the_same_program_says_the_same_bytes_at_the_same_time() {
    for program in 0..30 {
        assert!(run(program) == run(program), "program {program}");
    }
}

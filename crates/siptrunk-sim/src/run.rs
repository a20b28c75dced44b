//! Scenarios by seed: the same world again from one number, and the command that does it.

use std::{env, ops::Range, path::Path, thread};

use crate::world::World;

/// The environment variable that narrows [`seeds`] down to one.
const VARIABLE: &str = "SIPTRUNK_SEED";

/// Plays a scenario in a strict world of this seed.
///
/// The scenario adds nodes, lets time pass and asserts what it wants. After each event the world
/// asserts that every core keeps its [`contract`](crate::contract), that no transaction outlives its
/// deadline, and that the witness is content; after the scenario it runs on until no node holds an
/// object, and asserts that each INVITE got one final response or ran into its timeout
/// ([`World::assert_finished`]).
///
/// Whatever fails, the seed, the command that plays it again and the ladder are printed.
///
/// ```
/// use std::time::Duration;
/// use siptrunk_sim::{NoHost, World, run, seeds, synthflow::{Synthflow, SynthflowConfig}};
///
/// for seed in seeds(0..3) {
///     run(seed, |world| {
///         let at = ["127.0.3.1:5060", "127.0.3.1:4000"].map(|text| text.parse().unwrap());
///         let config = SynthflowConfig::new(at[0], at[1]);
///         let core = Synthflow::new(config, world.seed_for("end"), world.now());
///         world.add("synthflow", at.to_vec(), core, NoHost);
///         world.run_for(Duration::from_secs(1));
///     });
/// }
/// ```
///
/// # Panics
///
/// If the scenario does, or if anything of the above does not hold.
pub fn run<R>(seed: u64, scenario: impl FnOnce(&mut World) -> R) -> R {
    let mut world = World::new(seed).strict(command(seed));
    let result = scenario(&mut world);
    world.assert_finished();
    result
}

/// The seeds of a test: these, or the one that `SIPTRUNK_SEED` names.
///
/// # Panics
///
/// If `SIPTRUNK_SEED` is there and is no number.
pub fn seeds(seeds: Range<u64>) -> Range<u64> {
    match env::var(VARIABLE) {
        Ok(text) => one(&text),
        Err(_) => seeds,
    }
}

fn one(text: &str) -> Range<u64> {
    let Ok(seed) = text.parse() else { panic!("{VARIABLE}={text}: not a seed") };
    seed..seed + 1
}

/// The shell command that plays this seed again.
fn command(seed: u64) -> String {
    let package = env::var("CARGO_PKG_NAME").ok();
    let binary = env::current_exe().ok();
    let thread = thread::current();
    let test = thread.name().filter(|name| *name != "main");
    spell(seed, package.as_deref(), binary.as_deref(), test)
}

fn spell(seed: u64, package: Option<&str>, binary: Option<&Path>, test: Option<&str>) -> String {
    let name = binary.and_then(Path::file_stem).and_then(|stem| stem.to_str()).unwrap_or_default();
    let (Some(package), Some(test)) = (package, test) else {
        return format!("{VARIABLE}={seed} {name}");
    };
    // Cargo names what it builds by the target and a hash.
    let target = name.rsplit_once('-').map_or(name, |(target, _)| target);
    let target = if target == package.replace('-', "_") {
        "--lib".to_owned()
    } else {
        format!("--test {target}")
    };
    format!("{VARIABLE}={seed} cargo test -p {package} {target} -- --exact {test}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_names_package_target_and_test() {
        let spelled = |binary: &str| {
            spell(7, Some("my-app"), Some(Path::new(binary)), Some("calls::one_is_carried"))
        };
        assert_eq!(
            spelled("/target/debug/deps/seeds-0123456789abcdef"),
            "SIPTRUNK_SEED=7 cargo test -p my-app --test seeds -- --exact calls::one_is_carried"
        );
        assert_eq!(
            spelled("/target/debug/deps/my_app-0123456789abcdef"),
            "SIPTRUNK_SEED=7 cargo test -p my-app --lib -- --exact calls::one_is_carried"
        );
        assert_eq!(spell(7, None, Some(Path::new("/bin/soak")), None), "SIPTRUNK_SEED=7 soak");
    }

    #[test]
    fn one_seed_takes_the_place_of_many() {
        assert_eq!(one("12"), 12..13);
        assert!(std::panic::catch_unwind(|| one("twelve")).is_err());
    }

    #[test]
    fn this_very_test_is_what_the_command_names() {
        let test = concat!(module_path!(), "::this_very_test_is_what_the_command_names");
        let (_, test) = test.split_once("::").unwrap();
        assert!(command(3).ends_with(&format!("--lib -- --exact {test}")), "{}", command(3));
    }
}

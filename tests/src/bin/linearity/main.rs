//! Linear work: the instructions that valgrind counts for each adversarial shape at 1 KiB and at 64 KiB, where 64 would
//! be a straight line and more than [`MOST`] fails; and how long 64 KiB take. Each shape is read to its end.
//!
//! ```text
//! linearity [SHAPE...]          the table of all shapes, or of some
//! linearity --one SHAPE SIZE    reads one shape once: what runs under valgrind
//! ```

use std::process::{Command, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

mod bodies;
mod credentials;
mod descriptions;
mod messages;
mod packets;
mod shape;
mod streams;
mod tokens;
mod uris;

use shape::Shape;

const SMALL: usize = 1 << 10;
const LARGE: usize = 1 << 16;

/// Instructions at 64 KiB in multiples of those at 1 KiB: a straight line has 64.
const MOST: f64 = 80.0;

/// What 64 KiB may take.
const LONGEST: Duration = Duration::from_millis(2);

/// Runs of which the quickest counts: others have been interrupted.
const RUNS: usize = 25;

fn shapes() -> Vec<Shape> {
    [
        messages::SHAPES,
        uris::SHAPES,
        streams::SHAPES,
        descriptions::SHAPES,
        bodies::SHAPES,
        credentials::SHAPES,
        tokens::SHAPES,
        packets::SHAPES,
    ]
    .concat()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut shapes = shapes();
    if let ["--one", name, size] = arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        let size = size.parse().expect("a size");
        let shape = shapes.iter().find(|shape| shape.name == name).expect("a shape");
        println!("{}", measured(shape, &shape.octets(size)));
        return ExitCode::SUCCESS;
    }
    shapes.retain(|shape| arguments.is_empty() || arguments.iter().any(|name| name == shape.name));
    println!(
        "{:34} {:>10} {:>12} {:>7} {:>9}",
        "shape", "at 1 KiB", "at 64 KiB", "times", "64 KiB us"
    );
    let mut faults = 0;
    for (shape, [small, large]) in shapes.iter().zip(count_all(&shapes)) {
        // Instruction counts are far below what a double holds exactly.
        #[allow(clippy::cast_precision_loss)]
        let times = large as f64 / small as f64;
        let longest = quickest(shape);
        let read = (measured(shape, &shape.octets(SMALL)), measured(shape, &shape.octets(LARGE)));
        let found = [
            (times > MOST).then(|| format!("  more than {MOST} times")),
            (longest > LONGEST).then(|| format!("  longer than {} us", LONGEST.as_micros())),
            // A reader that gives up would be quick.
            (!(48..=80).contains(&(read.1 / read.0.max(1))))
                .then(|| format!("  not read to its end: {} units, then {}", read.0, read.1)),
        ];
        let fault = found.into_iter().flatten().collect::<String>();
        faults += usize::from(!fault.is_empty());
        println!(
            "{:34} {small:>10} {large:>12} {times:>7.1} {:>9}{fault}",
            shape.name,
            longest.as_micros()
        );
    }
    println!("{} shapes, {faults} at fault", shapes.len());
    if faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Reads a shape. Valgrind counts what happens in this function and below it alone.
#[inline(never)]
fn measured(shape: &Shape, octets: &[u8]) -> usize {
    std::hint::black_box((shape.read)(std::hint::black_box(octets)))
}

fn quickest(shape: &Shape) -> Duration {
    let octets = shape.octets(LARGE);
    let runs = (0..RUNS).map(|_| {
        let start = Instant::now();
        measured(shape, &octets);
        start.elapsed()
    });
    runs.min().unwrap_or_default()
}

/// The instructions of each shape at both sizes; as many processes at once as there are cores.
fn count_all(shapes: &[Shape]) -> Vec<[u64; 2]> {
    let next = AtomicUsize::new(0);
    let counts = Mutex::new(vec![[0; 2]; shapes.len()]);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(shape) = shapes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let both = [count(shape, SMALL), count(shape, LARGE)];
                    let at = shapes.iter().position(|one| one.name == shape.name);
                    counts.lock().expect("no thread panics")[at.expect("it is one")] = both;
                }
            });
        }
    });
    counts.into_inner().expect("no thread panics")
}

fn count(shape: &Shape, size: usize) -> u64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*measured*"])
        .arg(env::current_exe().expect("this program has a path"))
        .args(["--one", shape.name, &size.to_string()])
        .output()
        .expect("valgrind is installed: see .ci/setup");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} at {size}: {said}", shape.name);
    said.lines()
        .find_map(|line| line.split_once("Collected :")?.1.trim().parse().ok())
        .unwrap_or_else(|| panic!("no count: {said}"))
}

//! Writes the seeds of every target into `fuzz/corpus/`, from the vectors that the crates' tests hold: nothing is
//! stored twice, and what a test gains the fuzzers gain. `cargo run --manifest-path fuzz/common/Cargo.toml`.

use std::io;

mod bodies;
mod configurations;
mod descriptions;
mod folder;
mod headers;
mod literals;
mod media;
mod messages;
mod programs;
mod values;

fn main() -> io::Result<()> {
    let messages = messages::read()?;
    messages::seed(&messages)?;
    headers::seed(&messages)?;
    values::seed()?;
    bodies::seed(&messages)?;
    configurations::seed(&messages)?;
    descriptions::seed(&messages)?;
    media::seed()?;
    programs::seed()
}

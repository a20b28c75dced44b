//! Judges a configuration file: every problem at once, with its line and what to write instead.
//!
//! ```text
//! cargo run --release --example check_config -- FILE.toml... [--json]
//! ```
//!
//! `--json` prints an array of findings for each file. The exit status is 0 if a gateway would start with each file, 1 if one has an error, 2 if one cannot be read.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use siptrunk::profiles::Findings;
use siptrunk_examples::config_file::ConfigFile;

const USAGE: &str = "usage: check_config FILE.toml... [--json]";

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    let json = words.iter().any(|word| word == "--json");
    let files: Vec<_> = words.iter().filter(|word| *word != "--json").collect();
    if files.is_empty() || files.iter().any(|file| file.as_encoded_bytes().starts_with(b"--")) {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    }
    let coloured = std::io::stdout().is_terminal();
    let mut status = 0;
    for file in files {
        match ConfigFile::read(Path::new(file)) {
            Ok(read) => {
                let name = read.path.display();
                match (json, read.findings.is_empty()) {
                    (true, _) => println!("{}", Findings::new(&read.findings).to_json()),
                    (false, true) => println!("{name}: good"),
                    (false, false) => print!("{name}:\n{}", read.shown(coloured)),
                }
                status = status.max(u8::from(read.config.is_none()));
            }
            Err(problem) => {
                eprintln!("{problem}");
                status = 2;
            }
        }
    }
    ExitCode::from(status)
}

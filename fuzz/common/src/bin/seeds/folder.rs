//! The places: files of the crates to read, folders of the corpus to write.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A file of a crate.
pub fn path(name: &str) -> PathBuf {
    root().join("crates").join(name)
}

/// The files below a folder of a crate that end like that, in order; or the one file.
pub fn files(place: &str, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![path(place)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Puts one input into a target's corpus. Its name is its content's, so that it is there once.
pub fn put(target: &str, input: &[u8]) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let folder = root().join("fuzz/corpus").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), input)
}

//! What a reader asks of the world, and is told from outside.

use std::fmt;
use std::io;
use std::path::Path;

use crate::Day;

/// What reading a configuration asks of the world: nothing here opens a file or looks at a clock.
///
/// ```
/// use std::path::Path;
/// use siptrunk_profiles::{Config, Day, Surroundings};
///
/// let environment = |name: &str| std::env::var(name).ok();
/// let read_file = |path: &Path| std::fs::read_to_string(path);
/// let mut surroundings = Surroundings::new(&environment, &read_file);
/// surroundings.today = Some(Day::from(std::time::SystemTime::now()));
/// assert!(Config::from_toml_with("", &surroundings).is_err());
/// ```
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Surroundings<'a> {
    /// Looks up `password_env` and its like.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Opens `password_file`, its like, and `networks_file`.
    pub read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    /// Whether others than its owner may read a file. Default nobody looks.
    pub readable_by_others: &'a dyn Fn(&Path) -> bool,
    /// The file that is being read. Default it has none.
    pub file: Option<&'a Path>,
    /// What day it is, for what grows old. Default nobody knows.
    pub today: Option<Day>,
}

impl<'a> Surroundings<'a> {
    /// These two, and nothing else.
    pub fn new(
        environment: &'a dyn Fn(&str) -> Option<String>,
        read_file: &'a dyn Fn(&Path) -> io::Result<String>,
    ) -> Self {
        Self { environment, read_file, readable_by_others: &|_| false, file: None, today: None }
    }
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("file", &self.file)
            .field("today", &self.today)
            .finish_non_exhaustive()
    }
}

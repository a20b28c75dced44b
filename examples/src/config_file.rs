//! Reads a configuration file, its passwords from where it says, and everything that is wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use siptrunk::profiles::{Config, Day, Finding, Findings, Surroundings};

/// A file that was read, and what there is to be said of it.
#[derive(Debug)]
pub struct ConfigFile {
    /// Its path, for messages.
    pub path: PathBuf,
    /// The configuration, unless an error stands against it.
    pub config: Option<Config>,
    /// Every finding, errors and warnings, in the file's order.
    pub findings: Vec<Finding>,
    text: String,
}

impl ConfigFile {
    /// Reads a file and judges it as of today. Paths in it are meant from the folder that it is in.
    ///
    /// # Errors
    /// The file cannot be read, or is no text.
    pub fn read(path: &Path) -> Result<Self, String> {
        let unreadable = |error| format!("{}: cannot be read: {error}", path.display());
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let read_file = |path: &Path| fs::read_to_string(folder.join(path));
        let environment = |name: &str| std::env::var(name).ok();
        let readable_by_others = |path: &Path| readable_by_others(&folder.join(path));
        let today = Day::from(SystemTime::now());
        let mut surroundings = Surroundings::new(&environment, &read_file);
        surroundings.readable_by_others = &readable_by_others;
        surroundings.file = path.file_name().map(Path::new);
        surroundings.today = Some(today);
        let path = path.to_owned();
        let (config, mut findings) = match Config::from_toml_with(&text, &surroundings) {
            Ok(read) => read,
            Err(findings) => return Ok(Self { path, config: None, findings, text }),
        };
        let config = config.relative_to(folder);
        let judged = config.check_at(today);
        let good = judged.is_ok();
        let (Ok(more) | Err(more)) = judged;
        for finding in more {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
        Ok(Self { path, config: good.then_some(config), findings, text })
    }

    /// The findings, a line each, with the file's name before it.
    pub fn lines(&self) -> String {
        let name = self.path.display();
        let lines: Vec<_> = self.findings.iter().map(|it| format!("{name}: {it}")).collect();
        lines.join("\n")
    }

    /// The findings with the lines of the file that they are about, in colours if wanted.
    pub fn shown(&self, coloured: bool) -> String {
        Findings::new(&self.findings).with_source(&self.text).coloured(coloured).to_string()
    }
}

/// Whether others than its owner may read a file; one that is not there is read by nobody.
#[cfg(unix)]
fn readable_by_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn readable_by_others(_: &Path) -> bool {
    false
}

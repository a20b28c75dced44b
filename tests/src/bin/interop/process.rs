//! A program that was started, with its output in files and a limit to its life.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How often something that others bring about is looked for.
const LOOK: Duration = Duration::from_millis(5);

/// A child process; it does not outlive this value.
pub(crate) struct Process {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts `command`; what it prints goes to `NAME.out` in `folder`.
    pub(crate) fn start(name: &str, command: &mut Command, folder: &Path) -> Result<Self, String> {
        let output = folder.join(format!("{name}.out"));
        let wrong = |error| format!("{}: {error}", output.display());
        let file = File::create(&output).map_err(wrong)?;
        let errors = file.try_clone().map_err(wrong)?;
        let child =
            command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn().map_err(|error| {
                format!("`{}` cannot be started: {error}", command.get_program().display())
            })?;
        Ok(Self { name: name.to_owned(), child, output })
    }

    /// Starts `command` as the head of a process group, for a program that starts others.
    pub(crate) fn start_group(
        name: &str,
        command: &mut Command,
        folder: &Path,
    ) -> Result<Self, String> {
        Self::start(name, command.process_group(0), folder)
    }

    /// Ends what [`start_group`](Self::start_group) started and all that it started: by SIGTERM, and what
    /// is left after `limit` by SIGKILL.
    pub(crate) fn end_group(&mut self, limit: Duration) {
        if matches!(self.child.try_wait(), Ok(None)) && self.terminate().is_ok() {
            let _ = self.wait(limit);
        }
        // Fails if nobody of the group is left.
        let kill = format!("kill -KILL -- -{} 2>/dev/null", self.child.id());
        let _ = Command::new("sh").args(["-c", &kill]).status();
    }

    /// What it has printed so far.
    pub(crate) fn output(&self) -> String {
        let bytes = fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Waits until its output has `text`.
    pub(crate) fn expect(&mut self, text: &str, limit: Duration) -> Result<(), String> {
        let begin = Instant::now();
        while !self.output().contains(text) {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("{} ended ({status}) without `{text}`", self.name));
            }
            if begin.elapsed() > limit {
                return Err(format!("{} did not print `{text}` in {limit:?}", self.name));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits until `done`, which is an error if the process ends first.
    pub(crate) fn until(
        &mut self,
        what: &str,
        limit: Duration,
        done: impl Fn() -> bool,
    ) -> Result<(), String> {
        let begin = Instant::now();
        while !done() {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("{} ended ({status}) before it {what}", self.name));
            }
            if begin.elapsed() > limit {
                return Err(format!("{} had not {what} in {limit:?}", self.name));
            }
            thread::sleep(LOOK);
        }
        Ok(())
    }

    /// Waits for its end, which is an error if it takes longer than `limit`.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus, String> {
        let begin = Instant::now();
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) if begin.elapsed() > limit => {
                    return Err(format!("{} still ran after {limit:?}", self.name));
                }
                Ok(None) => thread::sleep(LOOK),
                Err(error) => return Err(format!("{}: {error}", self.name)),
            }
        }
    }

    /// Sends SIGTERM. The standard library knows SIGKILL only, the shell has the rest built in.
    pub(crate) fn terminate(&self) -> Result<(), String> {
        let kill = format!("kill -TERM {}", self.child.id());
        let status = Command::new("sh").args(["-c", &kill]).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            other => Err(format!("{}: `{kill}` failed: {other:?}", self.name)),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail if it has ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

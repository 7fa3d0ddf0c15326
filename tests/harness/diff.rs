//! Runs of `zoneprobe diff`.

use std::process::{Command, Stdio};

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Diff {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command of a run with these arguments.
pub(crate) fn diff_command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    // No test may query anything outside this host.
    command.arg("diff").args(arguments).args(["--resolver", "127.0.0.1:1"]).stdin(Stdio::null());
    command
}

impl Diff {
    /// Runs the command.
    pub(crate) fn run(arguments: &[&str]) -> Self {
        let output = diff_command(arguments).output().expect("the command starts");
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("it prints ASCII"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Asserts the exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The lines of standard output that begin with this text.
    pub(crate) fn lines(&self, start: &str) -> Vec<&str> {
        self.stdout.lines().filter(|line| line.starts_with(start)).collect()
    }
}

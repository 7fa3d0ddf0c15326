//! One run of a control program, without a shell.

use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

use super::quote::quoted;
use crate::dns::Name;
use crate::observe::StatusFailure;
use crate::plan::ControlCommand;

/// The most bytes that a program may print.
const MAX_OUTPUT_BYTES: usize = 64 << 10;

/// The variable by which programs are found: the only one that they get.
const PATH: &str = "PATH";

/// What a program printed, and how it ended.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

impl Output {
    /// What a program prints that ends with this code.
    #[cfg(test)]
    pub(super) fn new(code: i32, stdout: &str, stderr: &str) -> Self {
        use std::os::unix::process::ExitStatusExt as _;
        // A status has the code above the number of a signal.
        Self { status: ExitStatus::from_raw(code << 8), stdout: stdout.into(), stderr: stderr.into() }
    }

    /// The failure of a program that ended badly, in its own words.
    pub(super) fn failure(&self) -> StatusFailure {
        let said = if self.stderr.trim_ascii().is_empty() { &self.stdout } else { &self.stderr };
        StatusFailure::CommandFailed(quoted(
            said.trim_ascii().split(|&octet| octet == b'\n').next().unwrap_or_default(),
        ))
    }

    /// Whether the program said this on either stream.
    pub(super) fn says(&self, text: &[u8]) -> bool {
        [&self.stdout, &self.stderr].iter().any(|stream| stream.windows(text.len()).any(|part| part == text))
    }
}

/// Runs a program with a subcommand and a zone behind its arguments.
///
/// It has no end of its own: its caller limits the time. Dropping it kills the program and all that it has started.
pub(super) async fn run(
    command: &ControlCommand,
    subcommand: &str,
    zone: &Name,
) -> Result<Output, StatusFailure> {
    let zone = argument(zone).ok_or(StatusFailure::NameNotPassed)?;
    let mut started = Group::start(command, &[subcommand, &zone]).map_err(|error| not_run(&error))?;
    let streams = (started.child.stdout.take(), started.child.stderr.take());
    let (stdout, stderr) = tokio::try_join!(read(streams.0), read(streams.1))?;
    let status = started.wait().await.map_err(|error| not_run(&error))?;
    Ok(Output { status, stdout, stderr })
}

/// Returns the name of a zone as an argument; `None` if it has other characters than hosts and reverse zones do.
///
/// Names come from catalogs too, and a program such as `ssh` hands its arguments to a shell. None begins like an option.
fn argument(zone: &Name) -> Option<String> {
    let name = zone.without_final_dot();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    (name.bytes().all(is_plain) && !name.starts_with('-')).then_some(name)
}

/// A running program in a process group of its own, which is killed if nobody waits for its end.
#[derive(Debug)]
struct Group {
    child: Child,
    has_ended: bool,
}

impl Group {
    fn start(command: &ControlCommand, arguments: &[&str]) -> io::Result<Self> {
        let path: Option<OsString> = env::var_os(PATH);
        let child = Command::new(&command.program)
            .args(&command.arguments)
            .args(arguments)
            .env_clear()
            .envs(path.map(|path| (PATH, path)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, has_ended: false })
    }

    async fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait().await?;
        self.has_ended = true;
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // The number is not used again before the program was waited for.
        let group = self.child.id().filter(|_| !self.has_ended).and_then(|id| i32::try_from(id).ok());
        if let Some(group) = group {
            // It may have ended by itself.
            let _ = killpg(Pid::from_raw(group), Signal::SIGKILL);
        }
    }
}

/// Reads what a program prints.
async fn read(stream: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, StatusFailure> {
    let Some(stream) = stream else { return Ok(Vec::new()) };
    let mut output = Vec::new();
    let limit = MAX_OUTPUT_BYTES as u64 + 1;
    stream.take(limit).read_to_end(&mut output).await.map_err(|error| not_run(&error))?;
    if output.len() > MAX_OUTPUT_BYTES {
        return Err(StatusFailure::TooLarge(MAX_OUTPUT_BYTES));
    }
    Ok(output)
}

fn not_run(error: &io::Error) -> StatusFailure {
    StatusFailure::NotRun(quoted(error.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    use super::*;

    fn zone() -> Name {
        "example.com".parse().unwrap()
    }

    /// A shell that runs a script, whose `$1` is the zone.
    fn shell(script: &str) -> ControlCommand {
        let arguments = ["-c", script].map(str::to_owned).to_vec();
        ControlCommand { program: "sh".to_owned(), arguments }
    }

    async fn run_script(script: &str) -> Result<Output, StatusFailure> {
        run(&shell(script), "zonestatus", &zone()).await
    }

    #[tokio::test]
    async fn a_program_gets_the_zone_and_nothing_else() {
        let output = run_script("echo $0 $1 $#; env | cut -d= -f1 | sort; cat").await.unwrap();
        assert!(output.status.success());
        let printed = String::from_utf8(output.stdout).unwrap();
        let variables: Vec<&str> =
            printed.lines().skip(1).filter(|it| !["PWD", "SHLVL", "_", "OLDPWD"].contains(it)).collect();
        assert_eq!(
            (printed.lines().next(), variables.as_slice()),
            (Some("zonestatus example.com 1"), ["PATH"].as_slice())
        );
    }

    #[tokio::test]
    async fn a_program_that_is_missing_or_fails_or_prints_too_much_is_told() {
        let missing =
            ControlCommand { program: "/nonexistent/nsd-control".to_owned(), arguments: Vec::new() };
        let failure = run(&missing, "zonestatus", &zone()).await.unwrap_err();
        assert!(failure.to_string().contains("No such file"), "{failure}");
        let failed = run_script("printf 'error: \\033[31mno\\nmore' >&2; exit 1").await.unwrap();
        assert!(!failed.status.success() && failed.says(b"more"));
        assert_eq!(failed.failure(), StatusFailure::CommandFailed("error: \\027[31mno".to_owned()));
        for script in ["yes", "yes >&2"] {
            assert_eq!(run_script(script).await.unwrap_err(), StatusFailure::TooLarge(MAX_OUTPUT_BYTES));
        }
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_killed_with_all_that_it_has_started() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait", file.display());
        let (command, zone) = (shell(&script), zone());
        let hanging = run(&command, "zonestatus", &zone);
        let started = async {
            while !file.exists() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            ended = hanging => panic!("{ended:?}"),
            () = started => {}
        }
        let pid = fs::read_to_string(&file).unwrap();
        while is_alive(pid.trim()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether a process runs: one that was killed may wait for its parent to notice.
    fn is_alive(pid: &str) -> bool {
        let status = fs::read_to_string(Path::new("/proc").join(pid).join("status")).unwrap_or_default();
        status.lines().any(|line| line.starts_with("State:") && !line.contains('Z'))
    }

    #[test]
    fn only_plain_names_are_passed() {
        let argument = |name: &str| argument(&name.parse().unwrap());
        for (name, passed) in [
            ("example.com", Some("example.com")),
            ("_acme-challenge.Example.com", Some("_acme-challenge.example.com")),
            ("0/25.2.0.192.in-addr.arpa", Some("0/25.2.0.192.in-addr.arpa")),
            (".", Some(".")),
            ("-c.example", None),
            ("$(reboot).example", None),
            ("a`reboot`.example", None),
            ("a\\032b.example", None),
            ("a|b.example", None),
            ("a\\;b.example", None),
            ("a'b.example", None),
            ("\\010.example", None),
        ] {
            assert_eq!(argument(name).as_deref(), passed, "{name}");
        }
    }
}

//! Child processes that do not outlive the test.

use std::env;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::POLL;

/// The time a server may take to end on SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// A signal to a server.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    /// Reloads the zone files.
    Hup,
    /// Suspends it.
    Stop,
    /// Resumes it.
    Continue,
    /// Ends it in good order: NSD waits for its own children.
    Term,
    /// Ends it at once.
    Kill,
}

/// Creates a temporary directory under the build directory, from which programs may be run.
pub(crate) fn directory() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo makes the directory for tests")
}

/// Finds a program on the path of a system administrator.
#[track_caller]
pub(crate) fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let of_python = concat!(env!("CARGO_MANIFEST_DIR"), "/target/python/bin");
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin", of_python].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed: `tests/run` and `benches/run` install it"))
}

/// The file with the output of a server.
pub(super) fn log(directory: &Path) -> PathBuf {
    directory.join("log")
}

/// Starts a server in its own process group, with its output in the log.
///
/// The kernel kills it when the thread of the test ends, in whatever way.
pub(super) fn spawn(command: &Command, directory: &Path) -> Child {
    let log = File::create(log(directory)).expect("the directory is ours");
    Command::new(program("setpriv"))
        .args(["--pdeathsig", "KILL"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(directory)
        .stdin(Stdio::null())
        .stdout(log.try_clone().expect("a file is open"))
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("`setpriv` was found")
}

/// Sends a signal to a server. It goes to the whole process group where its other processes would carry on.
pub(super) fn signal(child: &Child, signal: Signal) {
    let pid = child.id();
    let (name, target) = match signal {
        Signal::Hup => ("HUP", format!("{pid}")),
        Signal::Term => ("TERM", format!("{pid}")),
        Signal::Stop => ("STOP", format!("-{pid}")),
        Signal::Continue => ("CONT", format!("-{pid}")),
        Signal::Kill => ("KILL", format!("-{pid}")),
    };
    // The shell's own `kill`: the program of that name is not on every system.
    let status = Command::new("sh")
        .args(["-c", "kill -s \"$0\" -- \"$1\"", name, &target])
        .status()
        .expect("every system has a shell");
    assert!(status.success(), "process {pid} cannot be sent {name}");
}

/// Ends a server by SIGTERM, or by SIGKILL if that takes too long, and waits for it.
pub(super) fn end(child: &mut Child) {
    if has_ended(child) {
        return;
    }
    signal(child, Signal::Continue);
    signal(child, Signal::Term);
    let deadline = Instant::now() + GRACE;
    while !has_ended(child) {
        if Instant::now() > deadline {
            kill(child);
        }
        thread::sleep(POLL);
    }
}

/// Ends a server by SIGKILL and waits for it.
pub(super) fn kill(child: &mut Child) {
    if has_ended(child) {
        return;
    }
    // The group's number is not in use again: nothing has waited for the child yet.
    signal(child, Signal::Kill);
    child.wait().expect("the child is ours");
}

/// Whether a server has ended.
pub(super) fn has_ended(child: &mut Child) -> bool {
    child.try_wait().expect("the child is ours").is_some()
}

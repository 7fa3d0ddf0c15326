//! Child processes that never outlive the test.

use std::env;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::POLL;

/// How long a server may take to end by itself.
const POLITE: Duration = Duration::from_secs(5);

/// A signal a server understands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Signal {
    /// Read the zone files again.
    Hup,
    /// Stand still.
    Stop,
    /// Go on.
    Continue,
    /// End in good order: NSD waits for its own children.
    Term,
    /// End at once.
    Kill,
}

/// Returns a new directory for one server, under the build directory: programs may be run from it.
pub(super) fn directory() -> TempDir {
    TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("cargo makes the directory for tests")
}

/// Returns where a program is that system administrators have on their path.
#[track_caller]
pub(crate) fn program(name: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|program| program.is_file())
        .unwrap_or_else(|| panic!("`{name}` is not installed: run `tests/run`, which installs it"))
}

/// Returns where a server's output goes.
pub(super) fn log(directory: &Path) -> PathBuf {
    directory.join("log")
}

/// Starts a server in a process group of its own, with its output in the log.
///
/// The kernel kills it when the thread of the test ends, however that comes about.
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

/// Sends a signal to a server; to all of its processes, where they must not answer for one another.
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

/// Ends a server and waits for it, politely at first; does nothing if it has ended.
pub(super) fn end(child: &mut Child) {
    if has_ended(child) {
        return;
    }
    signal(child, Signal::Continue);
    signal(child, Signal::Term);
    let deadline = Instant::now() + POLITE;
    while !has_ended(child) {
        if Instant::now() > deadline {
            kill(child);
        }
        thread::sleep(POLL);
    }
}

/// Ends a server at once and waits for it; does nothing if it has ended.
pub(super) fn kill(child: &mut Child) {
    if has_ended(child) {
        return;
    }
    // The group's number cannot be anybody else's: nobody has waited for the child yet.
    signal(child, Signal::Kill);
    child.wait().expect("the child is ours");
}

/// Returns whether a server runs no more.
pub(super) fn has_ended(child: &mut Child) -> bool {
    child.try_wait().expect("the child is ours").is_some()
}

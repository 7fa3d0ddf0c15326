//! Runs a command and tells what it took.
//!
//! Between this program and the command stands a small one, this program again: the kernel counts
//! the memory of whoever starts a process as that of the process, until it is another program.

use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// The argument that makes this program run a command and tell what it took.
pub(crate) const MODE: &str = "--measure";

/// What a command took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    /// User and system time of it and its children.
    pub(crate) cpu: Duration,
    /// The peak of memory of the largest process, in KiB.
    pub(crate) peak: u64,
    pub(crate) code: i32,
    /// Lines it printed, if those are counted.
    pub(crate) lines: u64,
}

/// Where the output of a command goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// To a file, to be looked at.
    Kept,
    /// Through a pipe; its lines are counted.
    Counted,
}

/// A command to be measured.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) arguments: Vec<String>,
    pub(crate) input: Option<PathBuf>,
    pub(crate) output: Output,
}

impl Job {
    /// Runs it in a directory; its output is left there in [`output`].
    pub(crate) fn run(&self, directory: &Path) -> Usage {
        let own = std::env::current_exe().expect("a program knows where it is");
        let input = self.input.as_ref().map_or_else(Stdio::null, |path| open(path).into());
        let kept = File::create(output(directory)).expect("the directory is ours");
        let log = File::create(errors(directory)).expect("the directory is ours");
        let stdout = if self.output == Output::Kept { Stdio::from(kept) } else { Stdio::piped() };
        let told = directory.join("usage");
        let mut child = Command::new(own)
            .arg(MODE)
            .arg(&told)
            .args(&self.arguments)
            .current_dir(directory)
            .stdin(input)
            .stdout(stdout)
            .stderr(log)
            .spawn()
            .expect("this program can be run");
        let lines = child.stdout.take().map_or(0, count_lines);
        let status = child.wait().expect("the child is ours");
        assert!(status.success(), "{:?} was not measured: {}", self.arguments, error_text(directory));
        Usage { lines, ..parse(&fs::read_to_string(told).expect("it was written")) }
    }
}

/// Returns the file with the output of the last command.
pub(crate) fn output(directory: &Path) -> PathBuf {
    directory.join("output")
}

fn errors(directory: &Path) -> PathBuf {
    directory.join("errors")
}

/// Returns what the last command wrote to standard error.
pub(crate) fn error_text(directory: &Path) -> String {
    fs::read_to_string(errors(directory)).unwrap_or_default()
}

fn open(path: &Path) -> File {
    File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn count_lines(mut pipe: impl Read) -> u64 {
    let mut buffer = vec![0; 1 << 20];
    let mut lines = 0;
    loop {
        match pipe.read(&mut buffer).expect("a pipe can be read") {
            0 => return lines,
            read => lines += buffer[..read].iter().map(|&octet| u64::from(octet == b'\n')).sum::<u64>(),
        }
    }
}

fn parse(told: &str) -> Usage {
    let numbers: Vec<u64> = told.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let &[wall, cpu, peak, code] = numbers.as_slice() else { panic!("`{told}` tells no usage") };
    Usage {
        wall: Duration::from_nanos(wall),
        cpu: Duration::from_micros(cpu),
        peak,
        code: i32::try_from(code).expect("an exit code is small"),
        lines: 0,
    }
}

/// Runs a command as the one in between, and writes what it took to a file.
pub(crate) fn between(arguments: &[String]) {
    let [told, program, arguments @ ..] = arguments else { panic!("{MODE} FILE PROGRAM ARGUMENTS") };
    let started = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let wall = started.elapsed();
    let status = status.unwrap_or_else(|error| panic!("`{program}` cannot be run: {error}"));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel tells");
    let cpu = [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    let code = status.code().unwrap_or(255);
    let mut file = File::create(told).expect("the directory is ours");
    writeln!(file, "{} {} {} {code}", wall.as_nanos(), cpu.iter().sum::<i64>(), usage.max_rss())
        .expect("the file is ours");
}

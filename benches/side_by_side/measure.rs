//! Runs a command and measures its time and memory.
//!
//! The command is started by another process of this program, which is small: until a process runs another program,
//! the kernel counts the memory of its parent as its own.

use std::fs::{self, File};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};

/// The first argument that makes this program run and measure a command.
pub(crate) const MODE: &str = "--measure";

/// The time and memory of a command, and its exit code.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage {
    pub(crate) wall: Duration,
    /// User and system time, with those of its children.
    pub(crate) cpu: Duration,
    /// Peak memory of its largest process, in KiB.
    pub(crate) peak: u64,
    pub(crate) code: i32,
    /// Lines on standard output, if they are counted.
    pub(crate) lines: u64,
}

/// What is done with the standard output of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StdoutMode {
    /// It is written to the file [`output`].
    Kept,
    /// Its lines are counted.
    Counted,
}

/// A command to measure.
#[derive(Clone, Debug)]
pub(crate) struct MeasuredCommand {
    /// The program and its arguments.
    pub(crate) arguments: Vec<String>,
    /// The file on standard input, if any.
    pub(crate) input: Option<PathBuf>,
    pub(crate) stdout: StdoutMode,
}

impl MeasuredCommand {
    /// Runs it in a directory.
    pub(crate) fn run(&self, directory: &Path) -> Usage {
        let own = std::env::current_exe().expect("the path of this program is known");
        let input = self.input.as_ref().map_or_else(Stdio::null, |path| open(path).into());
        let kept = File::create(output(directory)).expect("the directory is ours");
        let log = File::create(errors(directory)).expect("the directory is ours");
        let stdout = if self.stdout == StdoutMode::Kept { Stdio::from(kept) } else { Stdio::piped() };
        let usage = directory.join("usage");
        let mut child = Command::new(own)
            .arg(MODE)
            .arg(&usage)
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
        Usage { lines, ..parse(&fs::read_to_string(usage).expect("it was written")) }
    }
}

/// The file with the output of the last command.
pub(crate) fn output(directory: &Path) -> PathBuf {
    directory.join("output")
}

fn errors(directory: &Path) -> PathBuf {
    directory.join("errors")
}

/// The standard error of the last command.
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
            read => lines += buffer[..read].iter().map(|&byte| u64::from(byte == b'\n')).sum::<u64>(),
        }
    }
}

fn parse(text: &str) -> Usage {
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|number| number.parse().ok()).collect();
    let &[wall, cpu, peak, code] = numbers.as_slice() else { panic!("`{text}` is not a usage") };
    Usage {
        wall: Duration::from_nanos(wall),
        cpu: Duration::from_micros(cpu),
        peak,
        code: i32::try_from(code).expect("an exit code is small"),
        lines: 0,
    }
}

/// Runs `FILE PROGRAM ARGUMENTS…` and writes its usage to the file.
pub(crate) fn run_measured(arguments: &[String]) {
    let [usage_file, program, arguments @ ..] = arguments else { panic!("{MODE} FILE PROGRAM ARGUMENTS…") };
    let started = Instant::now();
    let status = Command::new(program).args(arguments).status();
    let wall = started.elapsed();
    let status = status.unwrap_or_else(|error| panic!("`{program}` cannot be run: {error}"));
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the kernel has the usage of children");
    let cpu = [usage.user_time(), usage.system_time()].map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    let code = status.code().unwrap_or(255);
    let mut file = File::create(usage_file).expect("the directory is ours");
    writeln!(file, "{} {} {} {code}", wall.as_nanos(), cpu.iter().sum::<i64>(), usage.max_rss())
        .expect("the file is ours");
}

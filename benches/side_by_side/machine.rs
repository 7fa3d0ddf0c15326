//! The machine that the figures are measured on, and its programs.

use std::fs;
use std::path::Path;
use std::process::Command;

/// The machine as an entry of a Markdown list.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown", |(_, model)| model);
    format!("- machine: {cores} cores, {model}\n")
}

/// The first line that a program prints, without a commit in angle brackets.
pub(crate) fn first_line(program: &Path, flag: &str) -> String {
    let text = output(program, flag);
    let line = text.lines().next().unwrap_or_default();
    line.split('<').next().unwrap_or(line).trim().to_owned()
}

/// What a program prints on standard output and standard error.
pub(crate) fn output(program: &Path, flag: &str) -> String {
    let Ok(output) = Command::new(program).arg(flag).output() else { return String::new() };
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&text).into_owned()
}

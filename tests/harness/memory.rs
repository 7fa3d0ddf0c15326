//! The memory of a child process.

use std::process::Child;
use std::time::Duration;
use std::{fs, thread};

/// Waits for a process to end and returns its peak memory in KiB.
///
/// The kernel drops the figure when the process ends, so it is read until then. It never falls.
pub(crate) fn peak_memory(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("the child is ours").is_none() {
        let status = fs::read_to_string(&status).unwrap_or_default();
        let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let mark = mark.and_then(|mark| mark.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(mark.unwrap_or(0));
        thread::sleep(Duration::from_millis(5));
    }
    assert!(peak > 0, "/proc has the peak memory of a process");
    peak
}

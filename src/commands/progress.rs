//! What is shown on standard error while zones are checked or a change is waited for.

use std::fmt::Write;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::console::print_message;
use crate::dns::{Name, duration_text};
use crate::judge::Verdict;
use crate::plan::Role;
use crate::report::ZoneReport;
use crate::report::model::ServerReport;

/// How long a run lasts before its progress is shown, and how often that is redrawn.
const ZONES_TICK: Duration = Duration::from_millis(700);

/// How often a line is printed where there is no terminal.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// How often the time that is left is redrawn.
const TIME_TICK: Duration = Duration::from_millis(200);

/// The most servers that are named in a line.
const MAX_NAMED: usize = 5;

/// The progress of a run over zones, on a terminal.
pub(super) fn zone_progress(count: impl FnOnce() -> Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (progress, template) = match count() {
        Some(count) => {
            (ProgressBar::new(count), "{spinner} {bar:20} {pos} of {len} zones{rate}, {elapsed}{left}")
        }
        None => (ProgressBar::no_length(), "{spinner} {pos} zones{rate}, {elapsed}"),
    };
    progress.set_style(style(template).with_key("left", write_eta).with_key("rate", write_rate));
    progress.enable_steady_tick(ZONES_TICK);
    progress
}

/// Writes how many zones are checked in a second, once that is known.
fn write_rate(state: &ProgressState, text: &mut dyn Write) {
    let rate = state.per_sec();
    if rate >= 0.1 {
        let digits = usize::from(rate < 10.0);
        // Writing to the line in memory cannot fail.
        let _ = write!(text, ", {rate:.digits$}/s");
    }
}

/// Writes the estimated time left, once there is an estimate.
fn write_eta(state: &ProgressState, text: &mut dyn Write) {
    let left = state.eta();
    if !left.is_zero() {
        // Writing to the line in memory cannot fail.
        let _ = write!(text, ", {} left", duration_text(whole_seconds(left)));
    }
}

/// The progress of servers that a change is waited for.
pub(super) struct WaitProgress {
    zone: String,
    began: Instant,
    last_line: Instant,
    /// On a terminal, the lines of the addresses, and below them that of the time.
    screen: Option<(MultiProgress, ProgressBar)>,
    lines: Vec<(String, ProgressBar)>,
}

impl WaitProgress {
    /// Shows the time that is left of `wait`, and no address yet.
    pub(super) fn new(zone: &Name, began: Instant, wait: Duration) -> Self {
        let screen = io::stderr().is_terminal().then(|| {
            let screen = MultiProgress::new();
            let time = screen.add(time_line(began, wait));
            (screen, time)
        });
        Self { zone: zone.without_final_dot(), began, last_line: began, screen, lines: Vec::new() }
    }

    /// Shows what a check has found; `is_pending` is true of the servers that are waited for.
    pub(super) fn show(&mut self, report: &ZoneReport, is_pending: impl Fn(&ServerReport) -> bool) {
        if let Some((screen, time)) = self.screen.clone() {
            for server in &report.servers {
                let state =
                    if is_pending(server) { pending_state(report, server) } else { final_state(server) };
                self.address_line(&screen, &time, server).set_message(state);
            }
            return;
        }
        if self.last_line.elapsed() < LINE_INTERVAL {
            return;
        }
        self.last_line = Instant::now();
        print_message(&self.plain_line(report, is_pending));
    }

    fn plain_line(&self, report: &ZoneReport, is_pending: impl Fn(&ServerReport) -> bool) -> String {
        let pending: Vec<&ServerReport> = report.servers.iter().filter(|it| is_pending(it)).collect();
        let named = pending.iter().take(MAX_NAMED);
        let mut names: Vec<String> =
            named.map(|server| format!("{} ({})", label(server), pending_state(report, server))).collect();
        let more = pending.len().saturating_sub(MAX_NAMED);
        names.extend((more > 0).then(|| format!("{more} more")));
        let lacks_change = |it: &&ServerReport| it.role == Role::Primary && !report.meets_expectations(it);
        let primary =
            if pending.iter().any(lacks_change) { "the change is not on the primary yet; " } else { "" };
        let elapsed = duration_text(whole_seconds(self.began.elapsed()));
        let names = if names.is_empty() { "one more check".to_owned() } else { names.join("; ") };
        format!("{}: {elapsed}: {primary}waiting for {names}\n", self.zone)
    }

    /// The line of an address, which is added when it is first needed.
    fn address_line(
        &mut self,
        screen: &MultiProgress,
        time: &ProgressBar,
        server: &ServerReport,
    ) -> ProgressBar {
        let label = label(server);
        if let Some((_, line)) = self.lines.iter().find(|(known, _)| *known == label) {
            return line.clone();
        }
        let line = screen.insert_before(time, ProgressBar::new_spinner());
        line.set_style(style("{prefix}  {msg}"));
        line.set_prefix(label.clone());
        self.lines.push((label, line.clone()));
        line
    }
}

impl Drop for WaitProgress {
    fn drop(&mut self) {
        let lines = self.lines.iter().map(|(_, line)| line);
        for line in lines.chain(self.screen.iter().map(|(_, time)| time)) {
            line.finish_and_clear();
        }
    }
}

/// A line with a moving spinner, the time elapsed and the time left.
fn time_line(began: Instant, wait: Duration) -> ProgressBar {
    let left = move |state: &ProgressState, text: &mut dyn Write| {
        // Writing to the line in memory cannot fail.
        let left = wait.saturating_sub(state.elapsed());
        let _ = write!(text, "{}", duration_text(whole_seconds(left)));
    };
    let time = ProgressBar::new_spinner().with_elapsed(began.elapsed());
    time.set_style(style("{spinner} {elapsed}, {left} left").with_key("left", left));
    time.enable_steady_tick(TIME_TICK);
    time
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner());
    style.with_key("elapsed", |state: &ProgressState, text: &mut dyn Write| {
        // Writing to the line in memory cannot fail.
        let _ = write!(text, "{}", duration_text(whole_seconds(state.elapsed())));
    })
}

/// A duration that is shown while it changes.
fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}

fn label(server: &ServerReport) -> String {
    format!("{} {}", server.server, server.address_text()).trim_end().to_owned()
}

/// The state of a server that is not waited for; its records are compared at the end.
fn final_state(server: &ServerReport) -> String {
    match server.serial {
        Some(serial) => format!("has serial {serial}"),
        None => format!("{}, not waited for", server.verdict.code()),
    }
}

/// The state of a server that is waited for.
fn pending_state(report: &ZoneReport, server: &ServerReport) -> String {
    let is_unmet = !report.meets_expectations(server);
    match (server.verdict, server.lag_in_words(), server.serial) {
        (Verdict::InSync, _, Some(serial)) if is_unmet && server.role == Role::Primary => {
            format!("serial {serial}: the change is not on the primary yet")
        }
        (Verdict::InSync, _, Some(serial)) if is_unmet => format!("serial {serial}: not as expected yet"),
        (verdict, Some(lag), Some(serial)) => format!("{}, serial {serial}: {lag}", verdict.code()),
        (verdict, None, Some(serial)) => format!("{}, serial {serial}", verdict.code()),
        (verdict, _, None) => verdict.code().to_owned(),
    }
}

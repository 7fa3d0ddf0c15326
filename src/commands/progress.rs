//! What is said on standard error while a change is waited for, and how often servers are asked.

use std::fmt::Write;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, MultiProgress, ProgressBar, ProgressState, ProgressStyle};

use super::output::complain;
use crate::dns::Name;
use crate::judge::Verdict;
use crate::plan::Role;
use crate::report::ZoneReport;
use crate::report::model::ServerReport;

/// How often a line is written where there is no terminal.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How often the line of the time is redrawn.
const TICK: Duration = Duration::from_millis(200);

/// The most servers that are named in a line.
const MOST_NAMED: usize = 5;

/// Returns how long to wait before servers are asked again.
pub(super) fn pause(elapsed: Duration) -> Duration {
    Duration::from_secs(match elapsed.as_secs() {
        0..60 => 1,
        60..180 => 2,
        180..600 => 5,
        _ => 10,
    })
}

/// What goes on, for whoever waits.
pub(super) struct Progress {
    zone: String,
    begun: Instant,
    last: Instant,
    /// On a terminal, the lines of the addresses, and below them that of the time.
    screen: Option<(MultiProgress, ProgressBar)>,
    lines: Vec<(String, ProgressBar)>,
}

impl Progress {
    /// Shows the time left of `wait`, and no address yet.
    pub(super) fn new(zone: &Name, begun: Instant, wait: Duration) -> Self {
        let screen = io::stderr().is_terminal().then(|| {
            let screen = MultiProgress::new();
            let time = screen.add(time_left(begun, wait));
            (screen, time)
        });
        Self { zone: zone.without_final_dot(), begun, last: begun, screen, lines: Vec::new() }
    }

    /// Tells what a look found; `waited_for` says who is waited for.
    pub(super) fn tell(&mut self, report: &ZoneReport, waited_for: impl Fn(&ServerReport) -> bool) {
        if let Some((screen, time)) = self.screen.clone() {
            for server in &report.servers {
                let state = if waited_for(server) { state(report, server) } else { arrived(server) };
                self.line(&screen, &time, server).set_message(state);
            }
            return;
        }
        if self.last.elapsed() < BETWEEN_LINES {
            return;
        }
        self.last = Instant::now();
        complain(&self.plain(report, waited_for));
    }

    fn plain(&self, report: &ZoneReport, waited_for: impl Fn(&ServerReport) -> bool) -> String {
        let servers: Vec<&ServerReport> = report.servers.iter().filter(|it| waited_for(it)).collect();
        let named = servers.iter().take(MOST_NAMED);
        let mut what: Vec<String> =
            named.map(|server| format!("{} ({})", name(server), state(report, server))).collect();
        let more = servers.len().saturating_sub(MOST_NAMED);
        what.extend((more > 0).then(|| format!("{more} more")));
        let lacks = |it: &&ServerReport| it.role == Role::Primary && !report.meets_expectations(it);
        let not_yet = if servers.iter().any(lacks) { "the change is not on the primary yet; " } else { "" };
        let what = if what.is_empty() { "one more check".to_owned() } else { what.join("; ") };
        let what = format!("{not_yet}waiting for {what}");
        format!("{}: {} s: {what}\n", self.zone, self.begun.elapsed().as_secs())
    }

    /// Returns the line of an address.
    fn line(&mut self, screen: &MultiProgress, time: &ProgressBar, server: &ServerReport) -> ProgressBar {
        let name = name(server);
        if let Some((_, line)) = self.lines.iter().find(|(known, _)| *known == name) {
            return line.clone();
        }
        let line = screen.insert_before(time, ProgressBar::new_spinner());
        line.set_style(style("{prefix}  {msg}"));
        line.set_prefix(name.clone());
        self.lines.push((name, line.clone()));
        line
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let lines = self.lines.iter().map(|(_, line)| line);
        for line in lines.chain(self.screen.iter().map(|(_, time)| time)) {
            line.finish_and_clear();
        }
    }
}

/// Returns a line with a moving spinner, the time elapsed and the time left.
fn time_left(begun: Instant, wait: Duration) -> ProgressBar {
    let left = move |state: &ProgressState, text: &mut dyn Write| {
        // Writing to the line in memory cannot fail.
        let _ = write!(text, "{:#}", HumanDuration(wait.saturating_sub(state.elapsed())));
    };
    let time = ProgressBar::new_spinner().with_elapsed(begun.elapsed());
    time.set_style(style("{spinner} {elapsed}, {left} left").with_key("left", left));
    time.enable_steady_tick(TICK);
    time
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn name(server: &ServerReport) -> String {
    format!("{} {}", server.server, server.address)
}

/// Returns what is known of a server that is not waited for: its records are compared in the end.
fn arrived(server: &ServerReport) -> String {
    match server.serial {
        Some(serial) => format!("has serial {serial}"),
        None => format!("{}, not waited for", server.verdict.code()),
    }
}

/// Returns how far a server is, in words.
fn state(report: &ZoneReport, server: &ServerReport) -> String {
    let unmet = !report.meets_expectations(server);
    match (server.verdict, server.lag_in_words(), server.serial) {
        (Verdict::InSync, _, Some(serial)) if unmet && server.role == Role::Primary => {
            format!("serial {serial}: the change is not on the primary yet")
        }
        (Verdict::InSync, _, Some(serial)) if unmet => format!("serial {serial}: not as expected yet"),
        (verdict, Some(lag), Some(serial)) => format!("{}, serial {serial}: {lag}", verdict.code()),
        (verdict, None, Some(serial)) => format!("{}, serial {serial}", verdict.code()),
        (verdict, _, None) => verdict.code().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_asked_less_and_less_often() {
        let asked =
            [0, 59, 60, 179, 180, 599, 600, 100_000].map(|at| pause(Duration::from_secs(at)).as_secs());
        assert_eq!(asked, [1, 1, 2, 2, 5, 5, 10, 10]);
    }
}

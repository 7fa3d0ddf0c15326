//! The list of addresses, one line for each, and what each said of itself.

use crate::compare::Kind;
use crate::judge::{Severity, Verdict};
use crate::observe::Transport;
use crate::plan::Role;
use crate::report::model::{AnswerReport, DifferencesReport, Reference, ServerReport, ZoneReport};
use crate::report::page::{Page, plain, style, styled, symbol};
use crate::report::text::{self, columns};

/// The narrowest that a server's name is cut to, before the list gives up on columns.
const NARROWEST_NAME: usize = 16;

/// The narrowest column in which a remark is pleasant to read; with less it goes beneath.
const NARROWEST_REMARK: usize = 20;

/// One address in words.
#[derive(Debug)]
struct Row<'r> {
    severity: Severity,
    verdict: &'static str,
    server: &'r str,
    address: &'r str,
    serial: String,
    lag: String,
    remark: String,
}

/// How wide each column is.
#[derive(Debug)]
struct Widths {
    verdict: usize,
    server: usize,
    address: usize,
    serial: usize,
    lag: usize,
}

/// Writes one line for each address.
pub(super) fn rows(page: &mut Page, zone: &ZoneReport) {
    let rows: Vec<Row<'_>> =
        zone.servers.iter().map(|server| Row::of(server, zone.reference.as_ref())).collect();
    let widths = Widths::of(&rows, page.width);
    for row in &rows {
        match &widths {
            Some(widths) => in_columns(page, row, widths),
            None => stacked(page, row),
        }
    }
}

impl<'r> Row<'r> {
    fn of(server: &'r ServerReport, reference: Option<&Reference>) -> Self {
        let lag = match server.serial_lag {
            None | Some(0) => String::new(),
            Some(lag) if lag > 0 => format!("{lag} behind"),
            Some(lag) => format!("{} ahead", lag.unsigned_abs()),
        };
        Self {
            severity: server.severity,
            verdict: server.verdict.code(),
            server: &server.server,
            address: &server.address,
            serial: server.serial.map_or_else(|| "-".to_owned(), |serial| serial.to_string()),
            lag,
            remark: remark(server, reference),
        }
    }
}

impl Widths {
    /// Returns how wide each column must be; `None` if the page is too narrow for columns.
    fn of(rows: &[Row<'_>], width: usize) -> Option<Self> {
        let widest = |cell: fn(&Row<'_>) -> usize| rows.iter().map(cell).max().unwrap_or_default();
        let mut widths = Self {
            verdict: widest(|row| columns(row.verdict)),
            server: widest(|row| columns(row.server)),
            address: widest(|row| columns(row.address)),
            serial: widest(|row| columns(&row.serial)),
            lag: widest(|row| columns(&row.lag)),
        };
        let excess = widths.head().saturating_sub(width);
        if excess > 0 {
            let server = widths.server.checked_sub(excess).filter(|server| *server >= NARROWEST_NAME)?;
            widths.server = server;
        }
        Some(widths)
    }

    /// Returns the column at which the name of the server begins.
    fn name(&self) -> usize {
        4 + self.verdict + 2
    }

    /// Returns how much all columns take before the remark.
    fn head(&self) -> usize {
        let lag = if self.lag == 0 { 0 } else { self.lag + 2 };
        self.name() + self.server + 2 + self.address + 2 + self.serial + lag
    }
}

fn in_columns(page: &mut Page, row: &Row<'_>, widths: &Widths) {
    let verdict = format!("  {} {:<2$}  ", symbol(row.severity), row.verdict, widths.verdict);
    let mut cells = format!(
        "{:<1$}  {2:<3$}  {4:<5$}",
        text::cut_middle(row.server, widths.server),
        widths.server,
        row.address,
        widths.address,
        row.serial,
        widths.serial,
    );
    if widths.lag > 0 {
        cells += &format!("  {:>1$}", row.lag, widths.lag);
    }
    let lead = [styled(style(row.severity), verdict), plain(cells)];
    let at = widths.head() + 2;
    if row.remark.is_empty() {
        page.line(lead);
    } else if at + NARROWEST_REMARK.min(columns(&row.remark)) <= page.width {
        page.prose(lead.into_iter().chain([plain("  ")]), at, &row.remark);
    } else {
        page.line(lead);
        page.prose([plain(" ".repeat(widths.name()))], widths.name(), &row.remark);
    }
}

/// Writes an address on lines of its own, for names and addresses too wide for columns.
fn stacked(page: &mut Page, row: &Row<'_>) {
    let verdict = format!("  {} {}  ", symbol(row.severity), row.verdict);
    let room = page.width.saturating_sub(columns(&verdict));
    page.line([styled(style(row.severity), verdict), plain(text::cut_middle(row.server, room))]);
    let serial = if row.serial == "-" { String::new() } else { format!("serial {}", row.serial) };
    let parts = [row.address, &serial, &row.lag, &row.remark];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    page.prose([plain("      ")], 6, &parts.join(", "));
}

/// Returns what is to be said of an address in a few words.
fn remark(server: &ServerReport, reference: Option<&Reference>) -> String {
    let is_reference = reference.is_some_and(|it| it.server == server.server && it.address == server.address);
    let role = match server.role {
        _ if is_reference => Some("reference".to_owned()),
        Role::Primary => Some("primary".to_owned()),
        Role::Secondary => None,
    };
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(counts);
    let counted = server.findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let codes: Vec<String> = counted
        .filter(|finding| finding.code != server.verdict.code())
        .map(|finding| finding.code.to_owned())
        .collect();
    let codes = Some(text::list(&codes)).filter(|codes| !codes.is_empty());
    let parts: Vec<String> = [role, failure, differences, codes].into_iter().flatten().collect();
    parts.join(", ")
}

/// Returns how many RRsets differ in each way.
fn counts(differences: &DifferencesReport) -> Option<String> {
    let words = [
        (Kind::Missing, "missing"),
        (Kind::Extra, "extra"),
        (Kind::Changed, "changed"),
        (Kind::Ttl, "in TTL only"),
    ];
    let counted = words.map(|(kind, word)| (differences.count(kind), word));
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    if parts.is_empty() {
        return None;
    }
    Some(format!("{}{}", if differences.complete { "" } else { "at least " }, parts.join(", ")))
}

/// Returns what an address that has something to it said, and what is known of its lag.
pub(super) fn notes(server: &ServerReport) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if server.verdict == Verdict::InSync && server.findings.is_empty() {
        return notes;
    }
    if let Some(lag) = lag(server) {
        notes.push(("time", lag));
    }
    if let Some(answer) = &server.answer {
        notes.push(("answer", answered(answer)));
        notes.extend(answer.extended_errors.iter().map(|error| {
            let text = if error.text.is_empty() { String::new() } else { format!(": {}", error.text) };
            ("extended error", format!("{}{text}", error.code))
        }));
    }
    if server.instances.len() > 1 {
        notes.extend(server.instances.iter().map(|instance| {
            let nsid = instance.nsid.as_deref().unwrap_or("without NSID");
            let serial = instance.serial.map_or_else(|| "no serial".to_owned(), |it| format!("serial {it}"));
            let share = text::percent(instance.share).unwrap_or_else(|| "none".to_owned());
            ("instance", format!("{nsid}, {serial}, {share} of answers"))
        }));
    }
    notes
}

/// Returns since when an address lags, and until when that may heal.
fn lag(server: &ServerReport) -> Option<String> {
    let since = server.since.as_ref().map(|since| format!("out of sync since {since}"));
    let deadline = server.deadline.as_ref().map(|deadline| match server.self_heals {
        Some(false) => format!("should have caught up by {deadline}"),
        Some(true) | None => format!("due to catch up by {deadline}"),
    });
    let parts: Vec<String> = [since, deadline].into_iter().flatten().collect();
    Some(parts.join(", ")).filter(|parts| !parts.is_empty())
}

fn answered(answer: &AnswerReport) -> String {
    let authority = if answer.authoritative { "with authority" } else { "without authority" };
    let transport = match answer.transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
    };
    let rtt = text::duration(answer.rtt_seconds);
    let mut text = format!("{} {authority} over {transport} in {rtt}", answer.rcode);
    if let Some(nsid) = &answer.nsid {
        text += &format!(", NSID {nsid}");
    }
    if let Some(seconds) = answer.expire_seconds {
        let left = humantime::format_duration(std::time::Duration::from_secs(seconds.into()));
        text += &format!(", zone expires there in {left}");
    }
    text
}

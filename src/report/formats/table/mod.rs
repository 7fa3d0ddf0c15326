//! The table for a terminal: what is wrong, at which server, which commands to type next, and a conclusion.

mod differences;
mod servers;

use crate::judge::{Severity, Verdict};
use crate::report::model::{Compared, FindingReport, ServerReport, UnreadLine, ZoneReport};
use crate::report::outages::Outages;
use crate::report::text::caches::{self, CacheState};
use crate::report::text::conclusion::{Conclusion, server_label};
use crate::report::text::notes::notes;
use crate::report::text::page::{BOLD, COMMAND, TerminalPage, plain, style, styled, symbol};
use crate::report::text::scope::{reference, scope};
use crate::report::text::{self, columns};
use crate::report::{RenderOptions, RunScope, RunSummary, ZoneCounts};

/// Columns of the narrowest page: with less, the parts of a line do not fit.
const MIN_WIDTH: usize = 60;

/// Columns of the widest page: longer lines are hard to read.
const MAX_WIDTH: usize = 120;

/// Columns for the name of a zone: one of 255 bytes would take half a screen each time.
const MAX_ZONE_WIDTH: usize = 56;

/// Columns that the name of a zone keeps; rather than shorten it further, its line is wrapped.
const MIN_ZONE_WIDTH: usize = 24;

/// Columns for the name of a server at the head of its details.
const MAX_SERVER_WIDTH: usize = 40;

/// How a zone is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ZoneLayout {
    /// One line, for a zone that is ok among many.
    Line,
    /// The list of addresses, the details and the conclusion.
    Block,
}

/// The zones written so far.
#[derive(Debug)]
pub(crate) struct Table {
    options: RenderOptions,
    last: Option<ZoneLayout>,
    outages: Outages<String>,
}

impl Table {
    /// A table without any zone.
    pub(crate) fn new(options: RenderOptions) -> Self {
        let width = options.width.clamp(MIN_WIDTH, MAX_WIDTH);
        let outages = Outages::new(options.scope);
        Self { options: RenderOptions { width, ..options }, last: None, outages }
    }

    /// Returns the text for a zone: one line if it is ok and one of many, else a block.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        if let Some(outages) = self.outages.add(zone) {
            let width = self.options.width;
            self.outages.hold(outages, || {
                let mut page = TerminalPage::new(width);
                block(&mut page, zone);
                page.into_text()
            });
            return String::new();
        }
        let layout = match (zone.severity, self.options.scope) {
            (Severity::Ok, _) if self.options.quiet => return String::new(),
            (Severity::Ok, RunScope::ManyZones) => ZoneLayout::Line,
            _ => ZoneLayout::Block,
        };
        let mut page = self.next_page(layout);
        match layout {
            ZoneLayout::Line => line(&mut page, zone),
            ZoneLayout::Block => block(&mut page, zone),
        }
        page.into_text()
    }

    /// Returns the text for a line that cannot be read.
    pub(crate) fn unread(&mut self, line: &UnreadLine) -> String {
        let mut page = self.next_page(ZoneLayout::Line);
        let unknown = style(Severity::Unknown);
        let lead = styled(unknown, format!("{} ", symbol(Severity::Unknown)));
        let number = styled(BOLD, format!("line {}", line.line));
        page.prose([lead, number, styled(unknown, "  unread  ")], 4, &plain(&line.error));
        page.prose([plain("    ")], 4, &plain(&line.input));
        page.into_text()
    }

    /// Returns the summary of all zones, unless there is exactly one.
    pub(crate) fn end(mut self, run: &RunSummary, counts: &ZoneCounts) -> String {
        let severity = counts.severity();
        let place = run.place_in_words();
        if self.options.quiet && severity == Severity::Ok {
            return String::new();
        }
        if self.options.scope == RunScope::OneZone {
            let mut page = TerminalPage::new(self.options.width);
            if let Some(place) = place {
                page.prose([plain("")], 0, &plain(format!("Checked {place}.")));
            }
            return page.into_text();
        }
        let ended = self.outages.end();
        let mut zones = String::new();
        for zone in ended.zones {
            zones += &self.next_page(ZoneLayout::Block).into_text();
            zones += &zone;
        }
        let mut page = self.next_page(ZoneLayout::Block);
        if ended.omitted > 0 {
            let zones = text::count(ended.omitted, "more zone", "more zones");
            page.prose([plain("")], 0, &plain(format!("... and {zones} (use --format ndjson)")));
        }
        for server in ended.servers {
            conclusion(&mut page, Verdict::Unreachable.severity(), server);
        }
        let verdicts = match counts.zones() {
            0 => String::new(),
            _ => format!(": {}", counts.by_verdict()),
        };
        let time = text::duration(run.duration_seconds);
        let sentence = format!(
            "{}{verdicts} (in {time}{})",
            counts.summary(),
            place.map(|place| format!(", {place}")).unwrap_or_default()
        );
        conclusion(&mut page, severity, sentence);
        zones + &page.into_text()
    }

    /// Returns a page that begins with an empty line, unless it is the first or continues a list of lines.
    fn next_page(&mut self, layout: ZoneLayout) -> TerminalPage {
        let mut page = TerminalPage::new(self.options.width);
        if self.last.is_some_and(|last| last == ZoneLayout::Block || layout == ZoneLayout::Block) {
            page.blank();
        }
        self.last = Some(layout);
        page
    }
}

/// Writes a zone in one line.
fn line(page: &mut TerminalPage, zone: &ZoneReport) {
    let serial = zone.reference.as_ref().map(|it| format!("{}, ", it.serial)).unwrap_or_default();
    let addresses = text::count(zone.addresses() as u64, "address", "addresses");
    let compared = match zone.compared {
        Compared::None => "nothing compared",
        other => other.subject(),
    };
    let rest = format!("{serial}{addresses}, {compared}");
    let taken = columns("x   ") + columns(&zone.headline()) + columns("  ") + columns(&rest);
    head(page, zone, page.width.saturating_sub(taken).max(MIN_ZONE_WIDTH), rest);
}

/// Writes a zone in full, the conclusion last.
fn block(page: &mut TerminalPage, zone: &ZoneReport) {
    head(page, zone, MAX_ZONE_WIDTH, scope(zone));
    if let Some(origin) = zone.origin_in_words() {
        page.prose([plain("  ")], 4, &plain(origin));
    }
    page.prose([plain("  reference: ")], 4, &plain(reference(zone.reference.as_ref())));
    if let Some(signer) = &zone.secondaries_reference {
        page.prose(
            [plain("  secondaries: ")],
            4,
            &plain(format!("held against {}", reference(Some(signer)))),
        );
    }
    if let Some(url) = zone.page_of_trouble() {
        // Terminals make a link of it as long as it is in one line.
        page.line([plain("  page: "), plain(url)]);
    }
    if !zone.servers.is_empty() {
        page.blank();
        servers::rows(page, zone);
    }
    for server in &zone.servers {
        details(page, server);
    }
    if !zone.findings.is_empty() {
        page.blank();
        page.line([styled(BOLD, "  the zone as a whole")]);
        zone.findings.iter().for_each(|it| finding(page, it));
    }
    caches(page, zone);
    page.blank();
    let label = text::cut_middle(zone.label(), MAX_ZONE_WIDTH);
    conclusion(page, zone.severity, format!("{label}: {}", Conclusion::of(zone).sentence()));
}

/// Writes the name and the verdict of a zone, then the rest of the line.
fn head(page: &mut TerminalPage, zone: &ZoneReport, widest: usize, rest: String) {
    let severity = style(zone.severity);
    let lead = [
        styled(severity, format!("{} ", symbol(zone.severity))),
        styled(BOLD, text::cut_middle(zone.label(), widest)),
        styled(severity, format!("  {}  ", zone.headline())),
    ];
    page.prose(lead, 4, &plain(rest));
}

/// Writes what is wrong at one address, if anything is.
fn details(page: &mut TerminalPage, server: &ServerReport) {
    let notes = notes(server);
    let differences = server.differences.as_ref().filter(|it| !it.rrsets.is_empty());
    if notes.is_empty() && differences.is_none() && server.findings.is_empty() {
        return;
    }
    page.blank();
    let lead = format!("  {} {}  ", symbol(server.severity), server.headline());
    let name = server_label(&text::cut_middle(&server.server, MAX_SERVER_WIDTH), server.address_text());
    page.prose([styled(style(server.severity), lead)], 6, &styled(BOLD, name));
    for (what, note) in notes {
        page.prose([plain(format!("    {what}: "))], 6, &plain(note));
    }
    if let Some(differences) = differences {
        differences::rrsets(page, differences);
    }
    server.findings.iter().for_each(|it| finding(page, it));
}

/// Writes what caches hold, with the commands that drop what is wrong.
fn caches(page: &mut TerminalPage, zone: &ZoneReport) {
    let sentences = caches::sentences(zone);
    if sentences.is_empty() {
        return;
    }
    page.blank();
    page.line([styled(BOLD, "  caches")]);
    for (state, sentence) in sentences {
        let lead = match state {
            CacheState::Fine => plain("    · "),
            CacheState::Wrong => styled(style(Severity::Warning), "    ! "),
            CacheState::Unknown => styled(style(Severity::Unknown), "    ? "),
        };
        page.prose([lead], 6, &plain(sentence));
    }
    next(page, &caches::advice(zone));
}

/// Writes the commands to type next, if there are any.
fn next(page: &mut TerminalPage, commands: &[String]) {
    if !commands.is_empty() {
        page.line([plain("      next:")]);
    }
    for command in commands {
        advice(page, command);
    }
}

/// Writes a finding with the commands to type next.
fn finding(page: &mut TerminalPage, finding: &FindingReport) {
    let lead = match finding.severity {
        Severity::Ok => plain("    · "),
        severity => styled(style(severity), format!("    {} ", symbol(severity))),
    };
    page.prose([lead, styled(BOLD, finding.code), plain(": ")], 6, &plain(&finding.message));
    if finding.advice.is_empty() {
        return;
    }
    if finding.severity == Severity::Ok {
        // It is no problem, so its commands would only take room from those that are needed.
        page.line([plain("      more: "), styled(COMMAND, format!("zoneprobe explain {}", finding.code))]);
        return;
    }
    next(page, &finding.advice);
}

/// Writes a command with its comment, each on lines of its own if they do not fit into one.
///
/// The command is never wrapped: it will be pasted into a shell, and so may be the comment.
fn advice(page: &mut TerminalPage, line: &str) {
    const INDENT: usize = 8;
    let (command, comment) = line.split_once("  # ").unwrap_or(("", line));
    if INDENT + columns(line) <= page.width || (command.is_empty() && !comment.starts_with("# ")) {
        page.line([plain(" ".repeat(INDENT)), styled(COMMAND, line)]);
        return;
    }
    let lead = format!("{}# ", " ".repeat(INDENT));
    let comment = comment.trim_start_matches("# ");
    for text in text::wrap(comment, page.width - columns(&lead), page.width - columns(&lead)) {
        page.line([styled(COMMAND, format!("{lead}{text}"))]);
    }
    if !command.is_empty() {
        page.line([plain(" ".repeat(INDENT)), styled(COMMAND, command)]);
    }
}

/// Writes the severity and the conclusion.
fn conclusion(page: &mut TerminalPage, severity: Severity, sentence: String) {
    let status = format!("{}:", severity.name().to_uppercase());
    page.prose([styled(style(severity), status), plain(" ")], 0, &plain(sentence));
}

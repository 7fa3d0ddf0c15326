//! For people: what is wrong, where, what to type next, and at the end who is to blame.

mod differences;
mod servers;

use crate::judge::Severity;

use crate::report::model::{FindingReport, ReferenceKind, ReferenceReport, ServerReport, ZoneReport};
use crate::report::text::conclusion::{Conclusion, named};
use crate::report::text::page::{BOLD, COMMAND, Page, plain, style, styled, symbol};
use crate::report::text::{self, columns};
use crate::report::{RenderOptions, RunScope, RunSummary, ZoneCounts};

/// The narrowest and the widest page; beyond that, lines are hard to write and to read.
const WIDTHS: (usize, usize) = (60, 120);

/// The widest that the name of a zone is shown; one of 255 octets would take half a screen each time.
const WIDEST_ZONE: usize = 56;

/// The narrowest that the name of a zone is cut to, before its line is broken instead.
const NARROWEST_ZONE: usize = 24;

/// The widest that the name of a server is shown above what there is to say of it.
const WIDEST_SERVER: usize = 40;

/// How a zone was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Line,
    Block,
}

/// Zones for people, one after the other.
#[derive(Debug)]
pub(crate) struct Table {
    view: RenderOptions,
    last: Option<Shape>,
}

impl Table {
    /// A table without zones.
    pub(crate) fn new(view: RenderOptions) -> Self {
        let width = view.width.clamp(WIDTHS.0, WIDTHS.1);
        Self { view: RenderOptions { width, ..view }, last: None }
    }

    /// Returns a zone: one line where many are looked at and this one is ok, else everything about it.
    pub(crate) fn zone(&mut self, zone: &ZoneReport) -> String {
        let shape = match (zone.severity, self.view.scope) {
            (Severity::Ok, _) if self.view.quiet => return String::new(),
            (Severity::Ok, RunScope::ManyZones) => Shape::Line,
            _ => Shape::Block,
        };
        let mut page = self.next_page(shape);
        match shape {
            Shape::Line => line(&mut page, zone),
            Shape::Block => block(&mut page, zone),
        }
        page.into_text()
    }

    /// Returns how many zones there were of each verdict, where there were several.
    pub(crate) fn end(mut self, run: &RunSummary, tally: &ZoneCounts) -> String {
        let severity = tally.severity();
        if self.view.scope == RunScope::OneZone || (self.view.quiet && severity == Severity::Ok) {
            return String::new();
        }
        let mut page = self.next_page(Shape::Block);
        let counts = match tally.zones() {
            0 => String::new(),
            _ => format!(": {}", tally.by_verdict()),
        };
        let time = text::duration(run.duration_seconds);
        let sentence = format!("{}{counts} (in {time})", tally.trouble());
        conclusion(&mut page, severity, sentence);
        page.into_text()
    }

    /// Returns a page that begins with an empty line, unless nothing or a line like it stands above.
    fn next_page(&mut self, shape: Shape) -> Page {
        let mut page = Page::new(self.view.width);
        if self.last.is_some_and(|last| last == Shape::Block || shape == Shape::Block) {
            page.blank();
        }
        self.last = Some(shape);
        page
    }
}

/// Writes a zone that is ok.
fn line(page: &mut Page, zone: &ZoneReport) {
    let serial = zone.reference.as_ref().map(|it| format!("{}, ", it.serial)).unwrap_or_default();
    let addresses = text::count(zone.servers.len() as u64, "address", "addresses");
    let rest = format!("{serial}{addresses}, {}", zone.compared.what());
    let taken = columns("x   ") + columns(zone.verdict.code()) + columns("  ") + columns(&rest);
    head(page, zone, page.width.saturating_sub(taken).max(NARROWEST_ZONE), rest);
}

/// Writes all that is to be said of a zone, the conclusion last.
fn block(page: &mut Page, zone: &ZoneReport) {
    head(page, zone, WIDEST_ZONE, scope(zone));
    page.prose([plain("  reference: ")], 4, &plain(reference(zone.reference.as_ref())));
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
    page.blank();
    let label = text::cut_middle(zone.label(), WIDEST_ZONE);
    conclusion(page, zone.severity, format!("{label}: {}", Conclusion::of(zone).sentence()));
}

/// Writes which zone it is, its verdict, and what was looked at.
fn head(page: &mut Page, zone: &ZoneReport, widest: usize, rest: String) {
    let severity = style(zone.severity);
    let lead = [
        styled(severity, format!("{} ", symbol(zone.severity))),
        styled(BOLD, text::cut_middle(zone.label(), widest)),
        styled(severity, format!("  {}  ", zone.verdict.code())),
    ];
    page.prose(lead, 4, &plain(rest));
}

/// Returns what was compared, on how many servers.
fn scope(zone: &ZoneReport) -> String {
    let mut names: Vec<&str> = zone.servers.iter().map(|server| server.server.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let (servers, addresses) = (names.len() as u64, zone.servers.len() as u64);
    if servers == 0 {
        return "no server was asked".to_owned();
    }
    let mut scope = vec![zone.compared.what().to_owned(), "compared on".to_owned()];
    scope.push(text::count(servers, "server", "servers"));
    if addresses != servers {
        scope.push(format!("({})", text::count(addresses, "address", "addresses")));
    }
    scope.join(" ")
}

/// Returns what the servers were held against.
pub(crate) fn reference(reference: Option<&ReferenceReport>) -> String {
    let Some(reference) = reference else { return "none".to_owned() };
    let why = match reference.kind {
        ReferenceKind::ZoneFile => "zone file",
        ReferenceKind::Primary => "primary",
        ReferenceKind::Mname => "MNAME",
        ReferenceKind::Newest => "newest",
    };
    let named = reference
        .address
        .as_ref()
        .map_or_else(|| reference.server.clone(), |address| named(&reference.server, address));
    let dropped = reference.copy.as_ref().map_or(0, |copy| copy.dropped);
    let outside = match dropped {
        0 => String::new(),
        dropped => format!(", {} out of zone", text::count(dropped, "record", "records")),
    };
    format!("{named}, {why}, serial {}{outside}", reference.serial)
}

/// Writes what there is to say of one address beyond its line in the list.
fn details(page: &mut Page, server: &ServerReport) {
    let notes = servers::notes(server);
    let differing = server.differences.as_ref().filter(|it| !it.rrsets.is_empty());
    if notes.is_empty() && differing.is_none() && server.findings.is_empty() {
        return;
    }
    page.blank();
    let lead = format!("  {} {}  ", symbol(server.severity), server.verdict.code());
    let name = named(&text::cut_middle(&server.server, WIDEST_SERVER), &server.address);
    page.prose([styled(style(server.severity), lead)], 6, &styled(BOLD, name));
    for (what, note) in notes {
        page.prose([plain(format!("    {what}: "))], 6, &plain(note));
    }
    if let Some(differences) = differing {
        differences::rrsets(page, differences);
    }
    server.findings.iter().for_each(|it| finding(page, it));
}

/// Writes a finding with the commands to type next.
fn finding(page: &mut Page, finding: &FindingReport) {
    let lead = match finding.severity {
        Severity::Ok => plain("    · "),
        severity => styled(style(severity), format!("    {} ", symbol(severity))),
    };
    page.prose([lead, styled(BOLD, finding.code), plain(": ")], 6, &plain(&finding.message));
    if finding.advice.is_empty() {
        return;
    }
    if finding.severity == Severity::Ok {
        // Told, not counted: one screen is for what has to be done.
        page.line([plain("      more: "), styled(COMMAND, format!("zoneprobe explain {}", finding.code))]);
        return;
    }
    page.line([plain("      next:")]);
    for command in &finding.advice {
        // Whole, however long: it will be pasted into a shell.
        page.line([plain("        "), styled(COMMAND, command)]);
    }
}

/// Writes the last word.
fn conclusion(page: &mut Page, severity: Severity, sentence: String) {
    let word = format!("{}:", severity.name().to_uppercase());
    page.prose([styled(style(severity), word), plain(" ")], 0, &plain(sentence));
}

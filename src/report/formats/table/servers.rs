//! The list of addresses, one line for each.

use crate::judge::{Severity, Verdict};
use crate::plan::Role;
use crate::report::model::{DifferencesReport, ReferenceReport, ServerReport, ZoneReport};
use crate::report::text::conclusion::is_address;
use crate::report::text::page::{TerminalPage, plain, style, styled, symbol};
use crate::report::text::{self, columns};

/// Columns that the name of a server keeps; rather than shorten it further, the list has no columns.
const MIN_NAME_WIDTH: usize = 16;

/// Columns in which a remark is pleasant to read; with less, it goes on a line of its own.
const MIN_REMARK_WIDTH: usize = 20;

/// One address, in the cells of the list.
#[derive(Debug)]
struct AddressRow<'r> {
    severity: Severity,
    verdict: &'static str,
    server: &'r str,
    address: &'r str,
    serial: String,
    remark: String,
}

/// The width of each column.
#[derive(Debug)]
struct ColumnWidths {
    verdict: usize,
    server: usize,
    address: usize,
    serial: usize,
}

/// Writes one line for each address.
pub(super) fn rows(page: &mut TerminalPage, zone: &ZoneReport) {
    let rows: Vec<AddressRow<'_>> =
        zone.servers.iter().map(|server| AddressRow::of(server, zone.reference.as_ref())).collect();
    let widths = ColumnWidths::of(&rows, page.width);
    let widest = rows.iter().map(|row| columns(row.verdict)).max().unwrap_or_default();
    for row in &rows {
        match &widths {
            Some(widths) => in_columns(page, row, widths),
            None => stacked(page, row, widest),
        }
    }
}

impl<'r> AddressRow<'r> {
    fn of(server: &'r ServerReport, reference: Option<&ReferenceReport>) -> Self {
        Self {
            severity: server.severity,
            verdict: server.verdict.code(),
            server: if is_address(&server.server, server.address_text()) { "" } else { &server.server },
            address: server.address.as_deref().unwrap_or("-"),
            serial: server.serial.map_or_else(|| "-".to_owned(), |serial| serial.to_string()),
            remark: remark(server, reference),
        }
    }
}

impl ColumnWidths {
    /// The widths that the rows need; `None` if the page is too narrow for columns.
    fn of(rows: &[AddressRow<'_>], width: usize) -> Option<Self> {
        let widest = |cell: fn(&AddressRow<'_>) -> usize| rows.iter().map(cell).max().unwrap_or_default();
        let mut widths = Self {
            verdict: widest(|row| columns(row.verdict)),
            server: widest(|row| columns(row.server)),
            address: widest(|row| columns(row.address)),
            serial: widest(|row| columns(&row.serial)),
        };
        let excess = widths.head().saturating_sub(width);
        if excess > 0 {
            let server = widths.server.checked_sub(excess).filter(|server| *server >= MIN_NAME_WIDTH)?;
            widths.server = server;
        }
        Some(widths)
    }

    /// The column at which the name of the server begins.
    fn name(&self) -> usize {
        4 + self.verdict + 2
    }

    /// The width of the names and the space after them; 0 if no server has a name.
    fn server(&self) -> usize {
        if self.server == 0 { 0 } else { self.server + 2 }
    }

    /// The width of all columns before the remark.
    fn head(&self) -> usize {
        self.name() + self.server() + self.address + 2 + self.serial
    }
}

fn in_columns(page: &mut TerminalPage, row: &AddressRow<'_>, widths: &ColumnWidths) {
    let verdict = format!("  {} {:<2$}  ", symbol(row.severity), row.verdict, widths.verdict);
    let cells = format!(
        "{:<1$}{2:<3$}  {4:<5$}",
        text::cut_middle(row.server, widths.server),
        widths.server(),
        row.address,
        widths.address,
        row.serial,
        widths.serial,
    );
    let lead = [styled(style(row.severity), verdict), plain(cells)];
    let at = widths.head() + 2;
    if row.remark.is_empty() {
        page.line(lead);
    } else if at + MIN_REMARK_WIDTH.min(columns(&row.remark)) <= page.width {
        page.prose(lead.into_iter().chain([plain("  ")]), at, &plain(&row.remark));
    } else {
        page.line(lead);
        page.prose([plain(" ".repeat(widths.name()))], widths.name(), &plain(&row.remark));
    }
}

/// Writes an address on several lines, where names or addresses are too wide for columns.
fn stacked(page: &mut TerminalPage, row: &AddressRow<'_>, widest: usize) {
    let verdict = format!("  {} {:<widest$}  ", symbol(row.severity), row.verdict);
    let room = page.width.saturating_sub(columns(&verdict));
    let (server, address) = if row.server.is_empty() { (row.address, "") } else { (row.server, row.address) };
    page.line([styled(style(row.severity), verdict), plain(text::cut_middle(server, room))]);
    let serial = if row.serial == "-" { String::new() } else { format!("serial {}", row.serial) };
    let parts = [address, &serial, &row.remark];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    page.prose([plain("      ")], 6, &plain(parts.join(", ")));
}

/// Describes an address in a few words.
fn remark(server: &ServerReport, reference: Option<&ReferenceReport>) -> String {
    let is_reference = reference
        .is_some_and(|it| it.server == server.server && it.address.is_some() && it.address == server.address);
    let role = match server.role {
        _ if is_reference => Some("reference".to_owned()),
        Role::Primary => Some("primary".to_owned()),
        Role::Signer => Some("signer".to_owned()),
        Role::Secondary => None,
    };
    let lag = server.lag_in_words();
    let versions = Some(other_serials(server)).filter(|_| server.verdict == Verdict::Mixed);
    let failure = server.failure.as_ref().map(|failure| failure.message.clone());
    let differences = server.differences.as_ref().and_then(DifferencesReport::in_words);
    let counted = server.findings.iter().filter(|finding| finding.severity != Severity::Ok);
    let codes = counted.map(|finding| finding.code).filter(|code| *code != server.verdict.code());
    let codes = Some(text::list(&text::counted(codes))).filter(|codes| !codes.is_empty());
    let asked = server.asked_in_words();
    let verified = server.verified_in_words();
    let parts = [role, lag, versions, failure, asked, differences, verified, codes];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// Lists the serials that instances served besides the one in the list.
fn other_serials(server: &ServerReport) -> String {
    let mut others: Vec<String> = server
        .instances
        .iter()
        .filter(|instance| instance.serial != server.serial)
        .filter_map(|instance| Some(format!("also {}", instance.serial?)))
        .collect();
    others.dedup();
    text::list(&others)
}

//! The table of zones: a row for each zone of a page.

use maud::{Markup, html};

use super::fleet::Listed;
use crate::http::pages::badge::badge;
use crate::http::pages::layout::Site;
use crate::http::pages::links;
use crate::http::pages::text::{in_words, name, shortened, visible};
use crate::http::pages::time::moment;
use crate::judge::{Severity, Verdict};
use crate::monitor::Results;
use crate::report::{Conclusion, RecordsState, ZoneReport};

/// The most characters of what is wrong with a zone; its page says it all.
const MAX_CAUSE: usize = 160;

/// The table of these zones.
pub(super) fn table(site: &Site, results: &Results, zones: &[Listed]) -> Markup {
    html! {
        div.scroll.list tabindex="0" role="region" aria-labelledby="zones" {
            table {
                thead {
                    tr {
                        th scope="col" { "Zone" }
                        th scope="col" { "State" }
                        th scope="col" { "What is wrong" }
                        th.number scope="col" { "In sync" }
                        th.number scope="col" { "Serial" }
                        th scope="col" { "Checked" }
                        th scope="col" { "Compared" }
                    }
                }
                tbody { @for zone in zones { (row(site, results, zone)) } }
            }
        }
    }
}

fn row(site: &Site, results: &Results, listed: &Listed) -> Markup {
    let snapshot = listed.snapshot.as_ref().map(|snapshot| snapshot.unpack());
    let report = snapshot.as_ref().map(|snapshot| &snapshot.report);
    html! {
        tr {
            th scope="row" {
                a href=(links::zone(&site.base, &listed.zone)) { (name(&listed.zone)) }
                @if let Some(id) = results.id(&listed.zone) { p.muted { "id " (visible(&id.to_string())) } }
                @if let Some(origin) = report.and_then(ZoneReport::origin_in_words) {
                    p.muted { (visible(&origin)) }
                }
            }
            @match &snapshot {
                None => td colspan="6" { span.muted { "not checked yet" } },
                Some(snapshot) => {
                    (state(&snapshot.report))
                    td data-label="Checked" { (moment(snapshot.checked, site.now)) }
                    td data-label="Compared" { (compared(site, snapshot.records)) }
                }
            }
        }
    }
}

/// What is true of a zone, in words and numbers.
fn state(report: &ZoneReport) -> Markup {
    let in_sync = report.servers.iter().filter(|server| server.verdict == Verdict::InSync).count();
    let conclusion = || visible(&shortened(&Conclusion::of(report).sentence(), MAX_CAUSE));
    html! {
        td.state { (badge(report.severity, &in_words(&report.headline()))) }
        td.cause { @if report.severity != Severity::Ok { (conclusion()) } }
        td.number data-label="In sync" { (in_sync) " of " (report.servers.len()) }
        td.number.serial data-label="Serial" {
            @if let Some(reference) = &report.reference { (reference.serial) } @else { span.muted { "unknown" } }
        }
    }
}

/// When records were compared.
fn compared(site: &Site, records: RecordsState) -> Markup {
    html! {
        @match records {
            RecordsState { interval: None, .. } => span.muted { "serials only" },
            RecordsState { compared: None, .. } => span.muted { "not yet" },
            RecordsState { compared: Some(at), .. } => (moment(at, site.now)),
        }
    }
}

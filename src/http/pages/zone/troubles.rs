//! What was found: about the zone as a whole, and at each address, the worst first.

use maud::{Markup, html};

use super::differences;
use super::findings::{Shown, finding};
use super::view::ZoneView;
use crate::http::pages::badge::{badge, class};
use crate::http::pages::text::{in_words, visible};
use crate::http::pages::time::moment_of;
use crate::judge::Severity;
use crate::report::model::{FindingReport, ServerReport, StatusReport};
use crate::report::{answer_notes, server_label};

/// The most cards of each sort: a zone may have very many addresses.
const MAX_CARDS: usize = 40;

/// What a card is about.
#[derive(Clone, Copy)]
enum Subject<'r> {
    Zone(&'r FindingReport),
    Server(&'r ServerReport),
}

impl Subject<'_> {
    fn severity(self) -> Severity {
        match self {
            Self::Zone(finding) => finding.severity,
            Self::Server(server) => server.severity,
        }
    }
}

/// A card for each address with findings or differences, and for each finding about the zone.
pub(super) fn troubles(view: &ZoneView<'_>) -> Markup {
    let report = &view.snapshot.report;
    let has_details = |server: &&ServerReport| {
        let differs = server.differences.as_ref().is_some_and(|it| !it.rrsets.is_empty());
        differs || !server.findings.is_empty() || server.status.is_some()
    };
    let of_zone = report.findings.iter().map(Subject::Zone);
    let mut subjects: Vec<Subject<'_>> =
        of_zone.chain(report.servers.iter().filter(has_details).map(Subject::Server)).collect();
    subjects.sort_by_key(|subject| subject.severity());
    let (wrong, noted) = subjects.split_at(subjects.partition_point(|it| it.severity() != Severity::Ok));
    let mut shown = Shown::default();
    html! {
        @if !wrong.is_empty() {
            h2 { "What is wrong" }
            @for subject in wrong.iter().take(MAX_CARDS) { (card(view, *subject, &mut shown)) }
            @if wrong.len() > MAX_CARDS { p.muted { "and " (wrong.len() - MAX_CARDS) " more" } }
        }
        @if !noted.is_empty() {
            h2 { "Worth knowing" }
            @for subject in noted.iter().take(MAX_CARDS) { (card(view, *subject, &mut shown)) }
        }
    }
}

fn card(view: &ZoneView<'_>, subject: Subject<'_>, shown: &mut Shown) -> Markup {
    match subject {
        Subject::Zone(it) => html! {
            section class={ "card " (class(it.severity)) } {
                h3 { "The zone" }
                (finding(view, it, shown))
            }
        },
        Subject::Server(it) => server(view, it, shown),
    }
}

fn server(view: &ZoneView<'_>, server: &ServerReport, shown: &mut Shown) -> Markup {
    let notes = answer_notes(server);
    html! {
        section class={ "card " (class(server.severity)) } {
            h3 {
                (visible(&server_label(&server.server, server.address_text()))) " "
                (badge(server.severity, &in_words(&server.headline())))
            }
            @if !notes.is_empty() {
                dl.facts {
                    @for (label, note) in &notes { dt { (visible(label)) } dd { (visible(note)) } }
                }
            }
            @if let Some(differences) = &server.differences { (differences::differences(differences, &mut shown.rrsets)) }
            @for it in &server.findings { (finding(view, it, shown)) }
            @if let Some(status) = &server.status { (says(view, status)) }
        }
    }
}

/// What the server says itself.
fn says(view: &ZoneView<'_>, status: &StatusReport) -> Markup {
    let now = view.site.now;
    let text = |text: &Option<String>| text.as_ref().map(|text| html! { (visible(text)) });
    let time = |time: &Option<String>| time.as_deref().map(|time| moment_of(time, now));
    let failure = status.failure.as_ref().map(|failure| html! { "nothing: " (visible(&failure.message)) });
    let facts = [
        ("State", text(&status.state)),
        ("Serial", status.serial.map(|serial| html! { span.serial { (serial) } })),
        ("Last good check", time(&status.last_good_check)),
        ("Next check", time(&status.next_refresh)),
        ("Copy expires", time(&status.expires)),
        ("Transfer", text(&status.transfer)),
        ("Answer", failure),
    ];
    html! {
        div.says {
            h4 { "What the server says itself " span.muted { "(" (status.source) ")" } }
            dl.facts {
                @for (label, fact) in facts {
                    @if let Some(fact) = fact { dt { (label) } dd { (fact) } }
                }
            }
        }
    }
}

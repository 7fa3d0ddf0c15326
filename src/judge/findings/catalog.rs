//! Findings about a catalog zone, from its last reading: they stay until another one.

use super::code::{Code, Finding};
use super::lagging::time;
use super::tls::destination;
use crate::advice;
use crate::dns::Serial;
use crate::dns::catalog::{CatalogFault, CatalogVersion};
use crate::judge::catalog::{CatalogState, MemberList, ReadingOutcome};
use crate::judge::evidence::Evidence;
use crate::judge::verdict::reference::Reference;
use crate::plan::Source;

/// Returns the findings about a catalog.
pub(in crate::judge) fn findings(
    evidence: &Evidence,
    state: &CatalogState,
    reference: Option<Reference>,
) -> Vec<Finding> {
    let Some(last) = &state.last else { return Vec::new() };
    let zone = &evidence.plan.zone;
    let target = reference.and_then(|reference| match reference.source {
        Source::Target(target) => evidence.plan.target(target),
        Source::ZoneFile => None,
    });
    let read = target.map(|target| advice::read_catalog(zone, &destination(target)));
    let finding = match &last.outcome {
        ReadingOutcome::Good => version_1(state),
        ReadingOutcome::Broken(fault) => {
            let version = target.map(|target| advice::ask_catalog_version(zone, &destination(target)));
            let ask = if is_of_version(fault) { version } else { read };
            let finding = Finding::new(Code::CatalogBroken, broken(state, last.serial, fault));
            Some(finding.advise(ask.into_iter().collect()))
        }
        ReadingOutcome::Shrank { was, lost, since, until } => {
            let message = format!(
                "the catalog lost {lost} of its {was} members at serial {} (first read at {}); the list before stays in \
                 force until {}, then the short one is taken: if it is a mistake, put them back before servers \
                 remove these zones; if it is meant, a shorter `max_lag` of the catalog and a reload take the short \
                 one sooner",
                last.serial,
                time(*since),
                time(*until)
            );
            Some(Finding::new(Code::CatalogShrank, message).advise(read.into_iter().collect()))
        }
    };
    finding.into_iter().collect()
}

/// A note about the version before RFC 9432.
fn version_1(state: &CatalogState) -> Option<Finding> {
    let list = state.list.as_ref().filter(|list| list.version == CatalogVersion::One)?;
    let message = format!(
        "the catalog has version \"1\" at serial {}, which BIND and PowerDNS read and Knot refuses: RFC 9432 \
         has version \"2\"",
        list.serial
    );
    Some(Finding::new(Code::CatalogVersion1, message))
}

fn broken(state: &CatalogState, serial: Serial, fault: &CatalogFault) -> String {
    let list = match &state.list {
        Some(list) => format!("{} stays in force", last_good(list)),
        None => "no good list was read before, so no member is checked".to_owned(),
    };
    format!(
        "the catalog cannot be used at serial {serial}: {fault}; {list}; BIND and PowerDNS serve such a catalog and \
         do not do what it says, Knot keeps its old serial"
    )
}

/// `the last good list (1 member, serial 5, read at 2026-01-01T00:00:00Z)`.
fn last_good(list: &MemberList) -> String {
    let members = match list.members.len() {
        1 => "1 member".to_owned(),
        count => format!("{count} members"),
    };
    format!("the last good list ({members}, serial {}, read at {})", list.serial, time(list.read))
}

fn is_of_version(fault: &CatalogFault) -> bool {
    matches!(fault, CatalogFault::NoVersion | CatalogFault::SeveralVersions | CatalogFault::UnknownVersion(_))
}

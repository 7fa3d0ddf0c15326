//! Whether the primary itself is sound. It is suspected before all its secondaries are blamed.

use super::code::{Code, Finding};
use crate::advice;
use crate::dns::Serial;
use crate::judge::evidence::Evidence;
use crate::judge::evidence::regression::{PrimaryAnomaly, anomalies, forward_only, is_confirmed, went_back};
use crate::judge::verdict::reference::{Reference, ReferenceKind};
use crate::plan::{Source, TargetId};

/// Returns all that is odd about what the primaries and the reference serve.
pub(crate) fn findings(evidence: &Evidence, reference: Option<Reference>) -> Vec<Finding> {
    let source = reference.map(|reference| reference.source);
    let fallen = forward_only(evidence, source).into_iter().filter_map(|target| fall(evidence, target));
    let odd = reference.into_iter().flat_map(|reference| {
        let confirmed = is_confirmed(evidence, reference.source);
        doubts(evidence, reference).into_iter().filter(move |_| confirmed).filter_map(move |oddity| {
            let copy = evidence.track(reference.source)?.copy.as_ref()?;
            Some(told(evidence, reference.source, copy.summary.soa.serial, oddity))
        })
    });
    fallen.chain(odd).collect()
}

/// Returns what is odd about the reference's copy and not to be expected of such a reference.
pub(crate) fn doubts(evidence: &Evidence, reference: Reference) -> Vec<PrimaryAnomaly> {
    let mut anomalies = anomalies(evidence, reference.source);
    // A secondary that stands in may have been mended.
    let may_be_mended = reference.kind == ReferenceKind::Newest;
    anomalies.retain(|anomaly| !may_be_mended || *anomaly != PrimaryAnomaly::SerialReused);
    anomalies
}

fn fall(evidence: &Evidence, place: TargetId) -> Option<Finding> {
    let from = went_back(evidence, place)?;
    let target = evidence.plan.target(place)?;
    let serial = evidence.track(place)?.last()?.serial;
    let message = format!(
        "{} {} went back from serial {from} to {serial}: who has {from} takes nothing from it until it passes that",
        target.server, target.address
    );
    let place = advice::on_server(&target.server);
    let advice = advice::raise_serial(&evidence.plan.zone, (serial, from), &place, &target.server);
    Some(Finding::new(Code::SerialWentBack, message).advise(advice))
}

fn told(evidence: &Evidence, source: Source, serial: Serial, oddity: PrimaryAnomaly) -> Finding {
    let zone = &evidence.plan.zone;
    let target = source.target().and_then(|target| evidence.plan.target(target));
    let file = evidence.zone_file.as_ref().map(|file| file.name.as_str()).unwrap_or_default();
    let (who, serves) = match target {
        Some(target) => (format!("{} {}", target.server, target.address), "serves"),
        None => (file.to_owned(), "holds"),
    };
    match oddity {
        PrimaryAnomaly::Shrank { before, now } => {
            let percent = before.saturating_sub(now).saturating_mul(100) / before.max(1);
            let message = format!(
                "{who} lost {percent} % of its RRsets since its last version: {now} of {before} are left at serial {serial}"
            );
            let advice = target.map(|target| advice::zone_status(zone, &target.server)).unwrap_or_default();
            Finding::new(Code::ReferenceShrank, message).advise(advice)
        }
        PrimaryAnomaly::SerialReused => {
            let message = format!(
                "{who} {serves} other records at serial {serial} than it did before: who has the first ones has no \
                 reason to take these"
            );
            let loads = evidence.primaries().next().and_then(|primary| evidence.plan.target(primary));
            let server = target.or(loads).map_or("the primary", |target| target.server.as_str());
            let place = if target.is_some() { advice::on_server(server) } else { advice::in_file(file) };
            let advice = advice::raise_serial(zone, (serial, serial), &place, server);
            Finding::new(Code::SerialReused, message).advise(advice)
        }
        PrimaryAnomaly::OldVersion(old) => {
            let message =
                format!("{who} {serves} at serial {serial} the same records as it did at serial {old}");
            Finding::new(Code::OlderVersionReturned, message)
        }
    }
}

//! Findings about the primaries and the reference. They are suspected before all their secondaries are accused.

use super::code::{Code, Finding};
use super::{mixed_ttls, zonemd};
use crate::advice;
use crate::dns::Serial;
use crate::judge::evidence::Evidence;
use crate::judge::evidence::regression::{
    ReferenceAnomaly, anomalies, confirmed_regression, forward_only, is_copy_confirmed,
};
use crate::judge::verdict::reference::{Reference, ReferenceKind};
use crate::plan::{Source, TargetId};

/// Returns the findings about the serials of all primaries, the copy of the reference, and the zone file.
pub(crate) fn findings(evidence: &Evidence, reference: Option<Reference>) -> Vec<Finding> {
    let source = reference.map(|reference| reference.source);
    let targets = forward_only(evidence, source).into_iter();
    let regressions = targets.filter_map(|target| serial_went_back(evidence, target));
    let of_copy = reference.into_iter().flat_map(|reference| {
        let confirmed = is_copy_confirmed(evidence, reference.source);
        suspicions(evidence, reference).into_iter().filter(move |_| confirmed).filter_map(move |anomaly| {
            let copy = evidence.responses(reference.source)?.copy()?;
            Some(finding(evidence, reference.source, copy.summary.soa.serial, anomaly))
        })
    });
    regressions
        .chain(of_copy)
        .chain(unstated_ttls(evidence))
        .chain(mixed_ttls::of_zone_file(evidence))
        .chain(zonemd::of_zone_file(evidence))
        .collect()
}

/// Each server has a default of its own for records without a TTL: one finding for the file.
fn unstated_ttls(evidence: &Evidence) -> Option<Finding> {
    let file = evidence.zone_file.as_ref()?;
    let records = match file.responses.copy()?.summary.unstated_ttls {
        0 => return None,
        1 => "1 record has".to_owned(),
        count => format!("{count} records have"),
    };
    let path = &file.path;
    let message = format!(
        "{path}: {records} no TTL, and no $TTL before: BIND takes the last TTL before, or the minimum of the \
         SOA; NSD and Knot take 3600"
    );
    let advice =
        format!("# {}: write the TTL that you mean above all records: $TTL 3600", advice::in_file(path));
    Some(Finding::new(Code::TtlUnstated, message).advise(vec![advice]))
}

/// Returns what looks wrong about the copy of the reference, except what its kind excuses.
pub(crate) fn suspicions(evidence: &Evidence, reference: Reference) -> Vec<ReferenceAnomaly> {
    let mut anomalies = anomalies(evidence, reference.source);
    // A secondary that stands in may have been repaired: new records at an old serial are no fault of its own.
    let may_be_repaired = reference.kind == ReferenceKind::Newest;
    anomalies.retain(|anomaly| !may_be_repaired || *anomaly != ReferenceAnomaly::SerialReused);
    anomalies
}

fn serial_went_back(evidence: &Evidence, id: TargetId) -> Option<Finding> {
    let from = confirmed_regression(evidence, id)?;
    let target = evidence.plan.target(id)?;
    let serial = evidence.responses(id)?.latest()?.serial;
    let message = format!(
        "{} {} went back from serial {from} to {serial}: secondaries at {from} take no version from it until its serial passes that",
        target.server, target.address
    );
    let place = advice::on_server(&target.server);
    let advice = advice::raise_serial(&evidence.plan.zone, (serial, from), &place, &target.server);
    Some(Finding::new(Code::SerialWentBack, message).advise(advice))
}

fn finding(evidence: &Evidence, source: Source, serial: Serial, anomaly: ReferenceAnomaly) -> Finding {
    let zone = &evidence.plan.zone;
    let target = source.target().and_then(|target| evidence.plan.target(target));
    let file = evidence.zone_file.as_ref().map(|file| file.path.as_str()).unwrap_or_default();
    let (who, serves) = match target {
        Some(target) => (format!("{} {}", target.server, target.address), "serves"),
        None => (file.to_owned(), "holds"),
    };
    match anomaly {
        ReferenceAnomaly::Shrank { before, now } => {
            let percent = before.saturating_sub(now).saturating_mul(100) / before.max(1);
            let message = format!(
                "{who} lost {percent} % of its RRsets since its last version: {now} of {before} are left at serial {serial}"
            );
            let advice = target.map(|target| advice::zone_status(zone, &target.server)).unwrap_or_default();
            Finding::new(Code::ReferenceShrank, message).advise(advice)
        }
        ReferenceAnomaly::SerialReused => {
            let message = format!(
                "{who} {serves} other records at serial {serial} than before: secondaries with the earlier ones do \
                 not transfer these"
            );
            let loads = evidence.primaries().next().and_then(|primary| evidence.plan.target(primary));
            let server = target.or(loads).map_or("the primary", |target| target.server.as_str());
            let place = if target.is_some() { advice::on_server(server) } else { advice::in_file(file) };
            let advice = advice::raise_serial(zone, (serial, serial), &place, server);
            Finding::new(Code::SerialReused, message).advise(advice)
        }
        ReferenceAnomaly::OldVersion(old) => {
            let message =
                format!("{who} {serves} at serial {serial} the same records as it did at serial {old}");
            Finding::new(Code::OlderVersionReturned, message)
        }
    }
}

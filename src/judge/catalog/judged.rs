//! The state of a catalog after a check.

use std::sync::Arc;
use std::time::Duration;

use super::{CatalogPatience, CatalogState};
use crate::judge::evidence::{Evidence, Responses};
use crate::judge::verdict::lag::{longest_lag, propagation_time};
use crate::judge::verdict::reference::Reference;

/// How long a shrunken list waits where the operator sets no longest lag.
const SHRINK_PATIENCE: Duration = Duration::from_hours(1);

/// Returns what is known of a catalog after a check; `None` if the zone is none.
pub(in crate::judge) fn next_catalog(
    evidence: &Evidence,
    reference: Option<Reference>,
) -> Option<Arc<CatalogState>> {
    let first = evidence.first_link();
    first.plan.rules.catalog?;
    let before = &first.catalog;
    let Some(reading) = first.catalog_reading.as_ref().or(evidence.catalog_reading.as_ref()) else {
        let aged = before.without_forgotten(evidence.start_time());
        return Some(aged.map_or_else(|| Arc::clone(before), Arc::new));
    };
    let after = before.after(reading, catalog_patience(first, reference));
    let after = after.without_forgotten(reading.at).unwrap_or(after);
    Some(if after == **before { Arc::clone(before) } else { Arc::new(after) })
}

/// How long a catalog is waited for: by its own SOA, and no longer than the operator allows.
pub(in crate::judge) fn catalog_patience(
    evidence: &Evidence,
    reference: Option<Reference>,
) -> CatalogPatience {
    let responses = reference.and_then(|reference| evidence.responses(reference.source));
    let (soa, rules) = (responses.and_then(Responses::soa_or_copied), &evidence.plan.rules);
    let longest = soa.and_then(|soa| Some(longest_lag(soa, rules.max_lag?)));
    let follow = soa.map_or(SHRINK_PATIENCE, |soa| propagation_time(soa, rules.grace));
    CatalogPatience {
        follow: longest.map_or(follow, |longest| follow.min(longest)),
        shrink: longest.unwrap_or(SHRINK_PATIENCE),
    }
}

//! `/sd`: every zone as a target of `/probe`, for the HTTP service discovery of Prometheus.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;

use super::response::HttpResponse;
use super::state::AppState;
use crate::monitor::WantedZone;

/// The zones of the configuration, or those of one group of a catalog.
#[derive(Debug, Serialize)]
struct TargetGroup {
    targets: Vec<String>,
    labels: Labels,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Labels {
    job: &'static str,
    /// The catalog that lists the zones.
    #[serde(skip_serializing_if = "Option::is_none")]
    catalog: Option<String>,
    /// The value of their `group` property.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
}

pub(super) fn respond(state: &AppState) -> HttpResponse {
    let named = Labels { job: "zoneprobe", catalog: None, group: None };
    // The zones of the configuration are a group even if there are none.
    let mut targets: BTreeMap<Labels, Vec<String>> = [(named.clone(), Vec::new())].into();
    for WantedZone { zone, membership, .. } in state.results.zones() {
        let labels = membership.map_or_else(
            || named.clone(),
            |membership| Labels {
                catalog: Some(membership.catalog.without_final_dot()),
                group: membership.group.as_deref().map(str::to_owned),
                ..named.clone()
            },
        );
        targets.entry(labels).or_default().push(zone.without_final_dot());
    }
    let groups = targets.into_iter().map(|(labels, targets)| TargetGroup { targets, labels });
    HttpResponse::json(StatusCode::OK, &groups.collect::<Vec<_>>())
}

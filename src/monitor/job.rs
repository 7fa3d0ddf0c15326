//! One check of one zone, as the scheduler runs it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::FutureExt as _;

use super::schedule::CheckKind;
use super::wanted::WantedZone;
use super::zone_id::ZoneId;
use crate::check::{CheckRequest, CheckResult, Checker};
use crate::clock;
use crate::judge::catalog::CatalogState;
use crate::judge::{EarlierResponses, History};
use crate::plan::{ComparisonRules, NameServer};
use crate::report::{ZoneReport, zone_report};

/// The longest that a comparison of records may take: a transfer that trickles must not hold up others for ever.
const COMPARE_TIMEOUT: Duration = Duration::from_mins(15);

/// How long a comparison of records sends queries. It then ends with the records that it has.
const COMPARE_LIMIT: Duration = Duration::from_mins(14);

/// A check to be run.
#[derive(Debug)]
pub(super) struct CheckJob {
    /// The number of the monitored zone.
    pub(super) id: ZoneId,
    pub(super) wanted: WantedZone,
    pub(super) kind: CheckKind,
    pub(super) rules: ComparisonRules,
    /// The NS set, for a check that does not ask for it.
    pub(super) name_servers: Option<Vec<NameServer>>,
    /// The addresses that take part, as far as they are known.
    pub(super) addresses: Vec<String>,
    pub(super) history: History,
    /// The responses of the addresses that are not asked again.
    pub(super) earlier: Vec<EarlierResponses>,
    /// What is known of the zone, if it is a catalog.
    pub(super) catalog: Arc<CatalogState>,
}

/// A check that has ended.
#[derive(Debug)]
pub(super) struct FinishedCheck {
    /// The number of the monitored zone.
    pub(super) id: ZoneId,
    /// The zone as it was to be monitored when the check began.
    pub(super) wanted: WantedZone,
    pub(super) kind: CheckKind,
    pub(super) addresses: Vec<String>,
    pub(super) took: Duration,
    /// Absent if it timed out or failed.
    pub(super) outcome: Option<CheckOutcome>,
}

/// The result of a check.
#[derive(Debug)]
pub(super) struct CheckOutcome {
    pub(super) report: ZoneReport,
    pub(super) history: History,
    /// The NS set of the zone, if it was asked for.
    pub(super) name_servers: Option<Vec<NameServer>>,
    /// The responses of every address, for a check that asks only some of them.
    pub(super) earlier: Vec<EarlierResponses>,
    /// What is known of the zone now, if it is a catalog.
    pub(super) catalog: Option<Arc<CatalogState>>,
}

impl From<CheckResult> for CheckOutcome {
    fn from(result: CheckResult) -> Self {
        let CheckResult { evidence, judgement, history, caches, statuses } = result;
        Self {
            report: zone_report(&evidence, &judgement, &caches, &statuses),
            history: history.unwrap_or_default(),
            name_servers: evidence.plan.name_servers.clone(),
            earlier: evidence.into_earlier(),
            catalog: judgement.catalog,
        }
    }
}

impl CheckJob {
    /// Runs the check; a panic in it ends no other.
    pub(super) async fn run(self, checker: Arc<Checker>) -> FinishedCheck {
        let Self { id, wanted, kind, rules, name_servers, addresses, history, earlier, catalog } = self;
        let WantedZone { zone, settings, membership, .. } = &wanted;
        let began = Instant::now();
        // A catalog is transferred in any check that finds a new serial.
        let reads_records = kind == CheckKind::Records || rules.catalog.is_some();
        let check = async {
            let servers = &settings.zone.servers;
            let mut plan = checker.finder.plan(zone.clone(), servers, rules).await;
            plan.name_servers = plan.name_servers.or(name_servers);
            plan.membership = membership.clone();
            let history = Some(history);
            let until = reads_records.then(|| began + COMPARE_LIMIT);
            let request = CheckRequest {
                history,
                earlier,
                catalog,
                until,
                ..CheckRequest::planned(plan, servers, clock::now())
            };
            let result = checker.check(request).await;
            result.inspect_err(|error| tracing::error!(%zone, %error, "cannot read the zone file")).ok()
        };
        let check = async {
            let result = if reads_records {
                tokio::time::timeout(COMPARE_TIMEOUT, check).await.ok().flatten()
            } else {
                check.await
            };
            result.map(CheckOutcome::from)
        };
        // What checks share is behind locks that outlive a panic.
        let outcome = AssertUnwindSafe(check).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!(%zone, "internal error: the check panicked");
            None
        });
        FinishedCheck { id, wanted, kind, addresses, took: began.elapsed(), outcome }
    }
}

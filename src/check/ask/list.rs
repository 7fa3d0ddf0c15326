//! The RRsets to ask for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::dns::{Name, Rtype, Soa};
use crate::net::BulkQuery;
use crate::plan::queries::{Draw, QuerySelection, RrsetQueries, RrsetQuery};
use crate::plan::{ComparisonRules, Plan};
use crate::transfer::SortedRrsets;

/// Queries in one batch.
const BATCH: usize = 64;

/// How many batches wait to be sent.
const QUEUED_BATCHES: usize = 4;

/// Stands for a number of RRsets that is not known yet.
const NOT_COUNTED: u64 = u64::MAX;

impl BulkQuery for RrsetQuery {
    fn question(&self) -> (&Name, Rtype) {
        (&self.qname, self.qtype)
    }
}

/// The RRsets to ask for, with the answers that they require.
pub(super) struct RrsetList {
    /// The SOA of the version that the answers are of.
    pub(super) soa: Soa,
    /// Whether the records are those of a zone file.
    pub(super) is_of_file: bool,
    source: ListSource,
}

/// Where the queries come from.
enum ListSource {
    /// All records of the zone.
    Records(Arc<ZoneRrsets>),
    /// Some queries, which the reference has answered. Nobody knows which others there are.
    Known(Vec<RrsetQuery>),
}

/// All RRsets of a zone.
struct ZoneRrsets {
    zone: Name,
    rrsets: SortedRrsets,
    rules: ComparisonRules,
    extra: Vec<(Name, Option<Rtype>)>,
    seed: [u8; 16],
    /// The number of RRsets that queries can see, once it was counted.
    askable: AtomicU64,
}

impl RrsetList {
    /// The list of all RRsets of a zone.
    pub(super) fn of_records(
        plan: &Plan,
        rrsets: SortedRrsets,
        soa: Soa,
        extra: Vec<(Name, Option<Rtype>)>,
    ) -> Self {
        let zone = ZoneRrsets {
            zone: plan.zone.clone(),
            rrsets,
            rules: plan.rules.clone(),
            extra,
            seed: rand::random(),
            askable: AtomicU64::new(NOT_COUNTED),
        };
        Self { soa, is_of_file: false, source: ListSource::Records(Arc::new(zone)) }
    }

    /// The same list, of a zone file or not.
    pub(super) fn of_file(self, is_of_file: bool) -> Self {
        Self { is_of_file, ..self }
    }

    /// A list of queries that the reference has answered.
    pub(super) fn of_answers(queries: Vec<RrsetQuery>, soa: Soa) -> Self {
        Self { soa, is_of_file: false, source: ListSource::Known(queries) }
    }

    /// The number of RRsets that queries can see; `None` where nobody knows.
    pub(super) fn askable(&self) -> Option<u64> {
        match &self.source {
            ListSource::Records(zone) => match zone.askable.load(Ordering::Acquire) {
                NOT_COUNTED => Some(zone.rrsets.rrsets()),
                counted => Some(counted),
            },
            ListSource::Known(_) => None,
        }
    }

    /// The queries for the names that are drawn, in batches, from a thread of their own: reading records may wait for a
    /// disk.
    pub(super) fn queries(&self, draw: &Draw) -> mpsc::Receiver<Vec<RrsetQuery>> {
        let (batches, receiver) = mpsc::channel(QUEUED_BATCHES);
        match &self.source {
            ListSource::Records(zone) => {
                let (zone, draw) = (Arc::clone(zone), draw.clone());
                spawn_blocking(move || zone.send_queries(draw, &batches));
            }
            ListSource::Known(queries) => {
                let queries = queries.clone();
                spawn_blocking(move || {
                    let mut rest = queries.into_iter().peekable();
                    while rest.peek().is_some() {
                        let batch = rest.by_ref().take(BATCH).collect();
                        if batches.blocking_send(batch).is_err() {
                            return;
                        }
                    }
                });
            }
        }
        receiver
    }
}

impl ZoneRrsets {
    fn send_queries(&self, draw: Draw, batches: &mpsc::Sender<Vec<RrsetQuery>>) {
        let mut error = None;
        let rrsets = self.rrsets.iter().map_while(|rrset| rrset.map_err(|failed| error = Some(failed)).ok());
        let selection =
            QuerySelection { rules: &self.rules, extra: self.extra.clone(), draw, seed: self.seed };
        let mut queries = RrsetQueries::new(self.zone.clone(), rrsets, selection);
        loop {
            // The SOA is asked for before all others and after them.
            let is_soa = |query: &RrsetQuery| query.qtype == Rtype::SOA && query.qname == self.zone;
            let batch: Vec<RrsetQuery> =
                queries.by_ref().filter(|query| !is_soa(query)).take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            if batches.blocking_send(batch).is_err() {
                // Nobody waits for more queries; the RRsets are counted all the same.
                queries.by_ref().for_each(drop);
            }
        }
        let askable = queries.askable();
        drop(queries);
        if let Some(error) = error {
            tracing::warn!(zone = %self.zone, %error, "could not read the list of RRsets");
        }
        self.askable.store(askable, Ordering::Release);
    }
}

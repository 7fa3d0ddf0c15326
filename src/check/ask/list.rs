//! The RRsets to ask for.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::conversation::{BATCH, QUEUED_BATCHES};
use crate::blocking;
use crate::dns::{Name, Rrset, Rtype, Soa};
use crate::net::BulkQuery;
use crate::plan::queries::{Draw, ExpectedAnswer, QuerySelection, RrsetQueries, RrsetQuery};
use crate::plan::{ComparisonRules, Plan};
use crate::transfer::SortedRrsets;

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
#[derive(Clone)]
enum ListSource {
    /// All records of the zone.
    Records(Arc<ZoneRrsets>),
    /// A part of the zone. Nobody knows which other RRsets there are.
    Part(Arc<KnownPart>),
}

/// What is known of a zone whose records are not all known.
struct KnownPart {
    /// Queries that the reference has answered.
    answered: Vec<RrsetQuery>,
    /// Their names and types.
    questions: HashSet<(Name, Rtype)>,
    /// RRsets that a walk has found.
    walked: Option<ZoneRrsets>,
    /// Whether NSEC records are compared: some servers make one for each query.
    shows_nsec: bool,
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
        let zone = ZoneRrsets::new(plan, rrsets, extra);
        Self { soa, is_of_file: false, source: ListSource::Records(Arc::new(zone)) }
    }

    /// The same list, of a zone file or not.
    pub(super) fn of_file(self, is_of_file: bool) -> Self {
        Self { is_of_file, ..self }
    }

    /// A list of queries that the reference has answered.
    pub(super) fn of_answers(answered: Vec<RrsetQuery>, soa: Soa) -> Self {
        let part = KnownPart::new(answered, None, true);
        Self { soa, is_of_file: false, source: ListSource::Part(Arc::new(part)) }
    }

    /// A list of queries that the reference has answered, and of RRsets that a walk has found, with or without NSEC.
    pub(super) fn of_part(
        plan: &Plan,
        (walked, shows_nsec): (SortedRrsets, bool),
        answered: Vec<RrsetQuery>,
        soa: Soa,
    ) -> Self {
        let walked = Some(ZoneRrsets::new(plan, walked, Vec::new()));
        let part = KnownPart::new(answered, walked, shows_nsec);
        Self { soa, is_of_file: false, source: ListSource::Part(Arc::new(part)) }
    }

    /// The queries of the list about some owners, as a list of their own.
    pub(super) async fn of_owners(&self, owners: HashSet<Name>) -> Self {
        let source = self.source.clone();
        let queries = blocking::run(move || {
            let is_glue_of = |glue: &[Rrset]| glue.iter().any(|rrset| owners.contains(&rrset.owner));
            let is_of_owners = |query: &RrsetQuery| match &query.expected {
                ExpectedAnswer::Referral { glue, .. } if is_glue_of(glue) => true,
                _ => owners.contains(query.owner()),
            };
            let mut queries = Vec::new();
            source.visit_queries(Draw::all(), |query| {
                queries.extend(Some(query).filter(is_of_owners));
                ControlFlow::Continue(())
            });
            queries
        });
        Self::of_answers(queries.await, self.soa.clone())
    }

    /// Counts the RRsets that queries can see, of all records; of a part, those to ask for, without the SOA of the zone.
    pub(super) async fn count(&self) -> u64 {
        let source = self.source.clone();
        let rrsets = blocking::run(move || {
            let mut rrsets = 0;
            source.visit_queries(Draw::all(), |query| {
                rrsets += query.rrsets();
                ControlFlow::Continue(())
            });
            rrsets
        });
        let rrsets = rrsets.await;
        self.askable().unwrap_or(rrsets)
    }

    /// The number of RRsets that queries can see; `None` where nobody knows.
    pub(super) fn askable(&self) -> Option<u64> {
        match &self.source {
            ListSource::Records(zone) => match zone.askable.load(Ordering::Acquire) {
                NOT_COUNTED => Some(zone.rrsets.rrsets()),
                counted => Some(counted),
            },
            ListSource::Part(_) => None,
        }
    }

    /// The queries for the names that are drawn, in batches, from a thread of their own: reading records may wait for a
    /// disk.
    pub(super) fn queries(&self, draw: &Draw) -> mpsc::Receiver<Vec<RrsetQuery>> {
        let (batches, receiver) = mpsc::channel(QUEUED_BATCHES);
        let (source, draw) = (self.source.clone(), draw.clone());
        spawn_blocking(move || {
            let mut batcher = Batcher::new(&batches);
            source.visit_queries(draw, |query| batcher.push(query));
            batcher.finish();
        });
        receiver
    }
}

impl ListSource {
    /// Hands over each query until `visit` breaks. Of a part, every query is.
    fn visit_queries(&self, draw: Draw, visit: impl FnMut(RrsetQuery) -> ControlFlow<()>) {
        match self {
            Self::Records(zone) => zone.visit_queries(draw, visit),
            Self::Part(part) => part.visit_queries(visit),
        }
    }
}

impl KnownPart {
    fn new(answered: Vec<RrsetQuery>, walked: Option<ZoneRrsets>, shows_nsec: bool) -> Self {
        let questions = answered.iter().map(|query| (query.qname.clone(), query.qtype)).collect();
        Self { answered, questions, walked, shows_nsec }
    }

    fn visit_queries(&self, mut visit: impl FnMut(RrsetQuery) -> ControlFlow<()>) {
        if self.answered.iter().cloned().try_for_each(&mut visit).is_break() {
            return;
        }
        if let Some(walked) = &self.walked {
            walked.visit_queries(Draw::all(), |query| {
                if self.is_new(&query) { visit(query) } else { ControlFlow::Continue(()) }
            });
        }
    }

    /// Whether a query is for an RRset that only the walk has found. What a part of a zone does not have may still be
    /// in the zone, so nothing is asked that should not exist.
    fn is_new(&self, query: &RrsetQuery) -> bool {
        let shows_rrset = match &query.expected {
            ExpectedAnswer::Rrset(_) | ExpectedAnswer::Synthesized(_) | ExpectedAnswer::Referral { .. } => {
                true
            }
            ExpectedAnswer::NoData | ExpectedAnswer::NxDomain => false,
        };
        let is_answered = || self.questions.contains(&(query.qname.clone(), query.qtype));
        shows_rrset && (self.shows_nsec || query.qtype != Rtype::NSEC) && !is_answered()
    }
}

/// Sends queries in batches.
struct Batcher<'a> {
    batches: &'a mpsc::Sender<Vec<RrsetQuery>>,
    batch: Vec<RrsetQuery>,
}

impl<'a> Batcher<'a> {
    fn new(batches: &'a mpsc::Sender<Vec<RrsetQuery>>) -> Self {
        Self { batches, batch: Vec::new() }
    }

    /// Adds a query; breaks if nobody waits for more.
    fn push(&mut self, query: RrsetQuery) -> ControlFlow<()> {
        self.batch.push(query);
        if self.batch.len() >= BATCH { self.send() } else { ControlFlow::Continue(()) }
    }

    fn send(&mut self) -> ControlFlow<()> {
        let batch = std::mem::take(&mut self.batch);
        match self.batches.blocking_send(batch) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }

    /// Sends what is left.
    fn finish(mut self) {
        if !self.batch.is_empty() {
            // If nobody waits, nothing is lost.
            let _ = self.send();
        }
    }
}

impl ZoneRrsets {
    fn new(plan: &Plan, rrsets: SortedRrsets, extra: Vec<(Name, Option<Rtype>)>) -> Self {
        Self {
            zone: plan.zone.clone(),
            rrsets,
            rules: plan.rules.clone(),
            extra,
            seed: rand::random(),
            askable: AtomicU64::new(NOT_COUNTED),
        }
    }

    /// Hands over each query until `visit` breaks, and counts the RRsets that queries can see.
    fn visit_queries(&self, draw: Draw, mut visit: impl FnMut(RrsetQuery) -> ControlFlow<()>) {
        let mut error = None;
        let rrsets = self.rrsets.iter().map_while(|rrset| rrset.map_err(|failed| error = Some(failed)).ok());
        let selection =
            QuerySelection { rules: &self.rules, extra: self.extra.clone(), draw, seed: self.seed };
        let mut queries = RrsetQueries::new(self.zone.clone(), rrsets, selection);
        // The SOA is asked for before all others and after them.
        let is_soa = |query: &RrsetQuery| query.qtype == Rtype::SOA && query.qname == self.zone;
        let _ = queries.by_ref().filter(|query| !is_soa(query)).try_for_each(&mut visit);
        // Nobody waits for more queries; the RRsets are counted all the same.
        queries.by_ref().for_each(drop);
        let askable = queries.askable();
        drop(queries);
        if let Some(error) = error {
            tracing::warn!(zone = %self.zone, %error, "could not read the list of RRsets");
            return;
        }
        self.askable.store(askable, Ordering::Release);
    }
}

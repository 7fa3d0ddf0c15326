//! Validates copies, and remembers what it found.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{fmt, io};

use super::cache::SignatureCache;
use super::chain::{DsRecords, chain};
use super::keys::{Key, Keys};
use super::nsec3::{ChainCheck, NameHasher, Parameters, label_below};
use super::outcome::Outcome;
use super::pass::Pass;
use super::results::{CopyId, Results};
use super::verify::{Duty, Job, Verifier, judge};
use super::workers::{self, Shared};
use crate::dns::{Name, Rrset, Rtype, Soa};
use crate::observe::{ChainOfTrust, FaultReason, NotValidated, Validation};
use crate::transfer::SortedRrsets;

/// The most chains of NSEC3 records that are checked; a zone has two while its salt changes.
const MAX_CHAINS: usize = 4;

/// Validates copies on all cores. There is one in a process: it remembers valid signatures, and whole results.
pub struct Validator {
    cache: SignatureCache,
    results: Results,
    threads: usize,
    /// The validations that run now, which share the cores.
    running: AtomicUsize,
}

/// Counts a validation while it runs, even if it ends by a panic.
struct Running<'a> {
    count: &'a AtomicUsize,
    others_and_this: usize,
}

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicUsize) -> Self {
        Self { count, others_and_this: count.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One validation.
#[derive(Clone, Copy)]
struct Task<'a> {
    zone: &'a Name,
    rrsets: &'a SortedRrsets,
    ds: &'a DsRecords,
    now: SystemTime,
    threads: usize,
}

/// What is read of the apex before anything else.
struct Apex {
    soa: Soa,
    /// Absent if the zone has no DNSKEY records.
    dnskeys: Option<Rrset>,
    /// The NSEC3 parameters that the zone publishes.
    parameters: Vec<Parameters>,
}

impl fmt::Debug for Validator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Validator").field("threads", &self.threads).finish_non_exhaustive()
    }
}

impl Default for Validator {
    fn default() -> Self {
        Self::new()
    }
}

impl Validator {
    /// Creates a validator that has seen nothing.
    pub fn new() -> Self {
        let threads = available_parallelism().map_or(1, usize::from);
        let (cache, results) = (SignatureCache::new(rand::random()), Results::default());
        Self { cache, results, threads, running: AtomicUsize::new(0) }
    }

    /// Validates a copy, which [`RecordSorter::of_signed`](crate::transfer::RecordSorter) has sorted. It blocks until
    /// all is verified.
    pub fn validate(
        &self,
        zone: &Name,
        rrsets: &SortedRrsets,
        ds: &DsRecords,
        now: SystemTime,
    ) -> Result<Validation, NotValidated> {
        let running = Running::begin(&self.running);
        let threads = (self.threads / running.others_and_this).max(1);
        let task = Task { zone, rrsets, ds, now: whole_second(now), threads };
        task.run(&self.cache).map_err(|error| NotValidated(error.to_string()))
    }

    /// The result of a copy that was validated before, if it still holds.
    pub fn known(&self, copy: CopyId, ds: &DsRecords, now: SystemTime) -> Option<Arc<Validation>> {
        self.results.get(copy, ds, now)
    }

    /// Remembers the result of a copy.
    pub fn remember(&self, copy: CopyId, ds: &DsRecords, validation: Arc<Validation>) {
        self.results.insert(copy, ds, validation);
    }
}

impl Task<'_> {
    fn run(&self, cache: &SignatureCache) -> io::Result<Validation> {
        let Self { zone, rrsets, ds, now, threads } = *self;
        let apex = Apex::read(zone, rrsets)?;
        let Some(dnskeys) = &apex.dnskeys else { return self.run_without_keys() };
        let keys = Keys::new(dnskeys);
        let verifier = Verifier { keys: &keys, cache, now };
        let mut outcome = Outcome::new(now);
        let signatures = verifier.signatures(dnskeys, &mut outcome);
        let by = |key: &Key| signatures.iter().filter_map(|it| it.by(key)).max();
        let chain = chain(ds, &keys, by);
        if keys.are_all_unknown() {
            return Ok(count_unverified(rrsets, outcome)?.finish(chain.trust));
        }
        judge(&Job::new(dnskeys.clone(), Duty::Signed), &signatures, &mut outcome);
        let is_explained = chain.is_attempted && outcome.fault_count() > 0;
        if chain.trust == ChainOfTrust::Broken && !is_explained {
            outcome.fault(zone, Rtype::DNSKEY, None, FaultReason::NoMatchingDs);
        }
        outcome.merge(check_all(verifier, threads, &apex, rrsets)?);
        if *ds == DsRecords::NONE && outcome.signatures == 0 {
            // A zone that is about to be signed, and has its keys already.
            outcome = Outcome::new(now);
        }
        Ok(outcome.finish(chain.trust))
    }

    /// The result of a zone without keys: it is not signed, or all of its signatures are by keys that are gone.
    fn run_without_keys(&self) -> io::Result<Validation> {
        let Self { zone, rrsets, ds, now, .. } = *self;
        let no_keys = Keys::new(&Rrset::new(zone.clone(), Rtype::DNSKEY, Vec::new(), Vec::new()));
        let trust = chain(ds, &no_keys, |_| None).trust;
        let mut outcome = count_unverified(rrsets, Outcome::new(now))?;
        if outcome.signatures > 0 && trust != ChainOfTrust::Insecure {
            outcome.unverified = 0;
            outcome.fault(zone, Rtype::DNSKEY, None, FaultReason::NoKeys);
        }
        if trust == ChainOfTrust::Broken {
            outcome.fault(zone, Rtype::DNSKEY, None, FaultReason::NoMatchingDs);
        }
        Ok(outcome.finish(trust))
    }
}

/// Verifies everything but the keys.
fn check_all(
    verifier: Verifier<'_>,
    threads: usize,
    apex: &Apex,
    rrsets: &SortedRrsets,
) -> io::Result<Outcome> {
    let zone = &verifier.keys.zone.clone();
    let (keys, cache, now) = (verifier.keys, verifier.cache, verifier.now);
    let affordable = apex.parameters.iter().filter(|one| one.are_affordable()).take(MAX_CHAINS);
    let hashers: Vec<NameHasher> = affordable.map(|one| NameHasher::new(zone, one.clone())).collect();
    let shared = Shared { verifier, hashers: &hashers };
    let (last_links, mut outcome) = workers::run(&shared, threads, |workers| {
        Pass::new(zone, &apex.parameters, &hashers).run(rrsets, workers)
    });
    let last_links = last_links?;
    let chains: Vec<Parameters> = hashers.iter().map(|hasher| hasher.parameters().clone()).collect();
    for (at, (hasher, last)) in hashers.into_iter().zip(last_links).enumerate() {
        let Some(last) = last else {
            outcome.fault(zone, Rtype::NSEC3, None, FaultReason::DenialMissing);
            continue;
        };
        let (parameters, names) = hasher.finish(&apex.soa)?;
        let check = ChainCheck::new(zone, parameters, &names, last);
        let before = chains.get(..at).unwrap_or_default();
        let shared = Shared { verifier: Verifier { keys, cache, now }, hashers: &[] };
        outcome.merge(check_chain(check, before, &shared, threads, rrsets)?);
    }
    Ok(outcome)
}

/// Checks a chain of NSEC3 records, and verifies those that are in none of the chains before.
fn check_chain(
    mut check: ChainCheck,
    before: &[Parameters],
    shared: &Shared<'_>,
    threads: usize,
    rrsets: &SortedRrsets,
) -> io::Result<Outcome> {
    let (result, outcome) = workers::run(shared, threads, |workers| {
        for rrset in rrsets {
            let rrset = rrset?;
            let Some(label) = label_below(&rrset.owner, &shared.verifier.keys.zone) else { continue };
            let is_of = |chain: &Parameters| chain.records_of(&rrset).next().is_some();
            if rrset.rtype != Rtype::NSEC3 || before.iter().any(is_of) || !is_of(check.parameters()) {
                continue;
            }
            let job = check.add(label, rrset, &mut workers.outcome)?;
            workers.verify(job);
            workers.check_time()?;
        }
        let job = check.finish(&mut workers.outcome)?;
        workers.verify(job);
        Ok(())
    });
    result.map(|()| outcome)
}

impl Apex {
    fn read(zone: &Name, rrsets: &SortedRrsets) -> io::Result<Self> {
        let (mut soa, mut dnskeys, mut parameters) = (None, None, Vec::new());
        for rrset in rrsets.iter().with_unaskable() {
            let rrset = rrset?;
            if rrset.owner != *zone {
                break;
            }
            let is_whole = !rrset.records.is_empty() || !rrset.signatures.is_empty();
            let has_records = !rrset.records.is_empty();
            match rrset.rtype {
                Rtype::SOA => soa = rrset.records.first().and_then(|(_, rdata)| Soa::from_rdata(rdata)),
                Rtype::DNSKEY if !is_whole => {
                    return Err(io::Error::other("its DNSKEY records fit in no response"));
                }
                Rtype::DNSKEY if has_records => dnskeys = Some(rrset),
                Rtype::NSEC3PARAM => {
                    let records = rrset.records.iter().map(|(_, rdata)| rdata);
                    parameters.extend(records.filter_map(|rdata| Parameters::of_record(rdata)));
                }
                _ => {}
            }
        }
        parameters.dedup();
        let soa = soa.ok_or_else(|| io::Error::other("it has no SOA record"))?;
        Ok(Self { soa, dnskeys, parameters })
    }
}

/// Counts all signatures of a copy as not verified.
fn count_unverified(rrsets: &SortedRrsets, mut outcome: Outcome) -> io::Result<Outcome> {
    for rrset in rrsets {
        outcome.add_unverified(rrset?.signatures.len() as u64);
    }
    Ok(outcome)
}

/// A time without its fraction: signatures are valid for whole seconds.
fn whole_second(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

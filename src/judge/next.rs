//! What to do next: query, read, look up, or judge. Each step adds to the evidence, and the next one follows
//! from the evidence alone.
//!
//! ```text
//! QuerySoa        every target, once
//!    │
//! LookUpMname     once, if no primary is configured; its new addresses start at QuerySoa
//!    │
//! QueryNs         once, if some servers have names, or a primary is silent; neither is asked about a catalog, whose
//!    │            SOA and NS records name no server (RFC 9432 section 4.1)
//!    │
//! QueryUnsigned   every target with a TSIG key, once
//!    │
//! FollowChanges   in a check of serials, every target with a newer version than the one up to which it is known to have
//!    │            the records of the reference, once
//!    │
//! ReadCopies ◀─┐  every copy once, and from those that refused the SOA twice; then those that differ from the
//!    │    └────┘  reference's, and the reference's with them, until the difference is confirmed or the attempts
//!    │            are used up; and copies that do not match their ZONEMD record, or whose digest is not known
//!    │
//! ReadCatalog     once, from the reference, if the zone is a catalog that may list something else than before
//!    │
//! AskRrsets       every target that gives no transfer, or that the user wants to be asked
//!    │
//! FetchDeltas     every serial that lags with copies that differ, and that nothing else explains, once
//!    │
//! QuerySoa ◀───┐  every suspect again, and the reference after them; a new serial leads back to ReadCopies
//!    │    └────┘
//!    │
//! Validate ◀───┐  each different copy, if its signatures are to be verified; one that has changed leads back to
//!    │    └────┘  ReadCopies
//!    │
//! AskDelegation   once, if the delegation is to be looked at, and again over TCP if something is wrong with it
//!    │
//!    ▼
//! Done
//! ```
//!
//! No server is accused before it was queried or read again, and the reference after it.

use super::catalog::catalog_patience;
use super::evidence::alternation::{
    alternates, alternates_in_answers, changed_content, other_view, serves_two_contents,
};
use super::evidence::asking::{QueryList, is_to_be_asked, query_list};
use super::evidence::changes::ChangesQuery;
use super::evidence::comparison::{compare, is_confirmed, is_current, resemblance};
use super::evidence::copies::{is_zonemd_unsettled, sources, sources_of_same_copy};
use super::evidence::keys::are_keys_in_doubt;
use super::evidence::membership::is_membership_doubtful;
use super::evidence::mismatch::{
    VersionMismatch, is_contradicted, latest_version, stored_resemblance, version_mismatch,
};
use super::evidence::regression::{forward_only, is_copy_confirmed, suspected_regression};
use super::evidence::relation::{Relation, relation};
use super::evidence::validation::sources_to_validate;
use super::evidence::{Evidence, Responses};
use super::findings::delegation;
use super::findings::primary::suspicions;
use super::verdict::Verdict;
use super::verdict::decide::decide;
use super::verdict::reference::{Reference, reference};
use crate::digest::{Buckets, Resemblance};
use crate::dns::{Name, Serial, Soa};
use crate::observe::{Copy, Failure, Transport};
use crate::plan::{Compare, Source, TargetId};

/// A copy is read at most so often in a check: a zone that changes faster cannot be read whole.
const MAX_COPY_ATTEMPTS: u32 = 4;

/// A copy that changes without a new serial is read at most so often.
const MAX_COPY_ATTEMPTS_ALTERNATING: u32 = 7;

/// The reference is queried at most so often in a check.
const MAX_ATTEMPTS: u32 = 6;

/// SOA queries in one attempt at an address that seems to serve two versions.
const MIXED_SAMPLES: u32 = 8;

/// The reference is asked for the changes since at most so many serials in a check.
const MAX_DELTAS: usize = 4;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Query each of these for the SOA.
    QuerySoa(Vec<SoaQuery>),
    /// Ask each of these what has changed since an earlier check.
    FollowChanges(ChangesQuery),
    /// Read each of these copies.
    ReadCopies(Vec<CopyRead>),
    /// Look up the primary that the SOA names.
    LookUpMname(Name),
    /// Query this target for the NS set of the zone.
    QueryNs(TargetId),
    /// Query each of these for the SOA without its TSIG key.
    QueryUnsigned(Vec<TargetId>),
    /// Read the zone as a catalog.
    ReadCatalog(Source),
    /// Ask these for their RRsets.
    AskRrsets(RrsetQuestions),
    /// Ask the reference for the changes since older serials.
    FetchDeltas(DeltaQuery),
    /// Read each of these copies once more, and verify its signatures.
    Validate(Vec<Source>),
    /// Ask the servers of the parent and of the zone about its delegation.
    AskDelegation(DelegationQuery),
    /// Judge: nothing is missing.
    Done,
}

/// A target to query for the SOA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoaQuery {
    /// The target.
    pub target: TargetId,
    /// The number of queries, each from a source port of its own.
    pub samples: u32,
    /// Over UDP first, or over TCP alone.
    pub transport: Transport,
}

/// A copy to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyRead {
    /// Where it is read.
    pub source: Source,
    /// The records to keep of a large copy.
    pub keep: Buckets,
}

/// The targets to ask for RRsets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RrsetQuestions {
    /// Where the list of RRsets comes from.
    pub list: QueryList,
    /// The targets.
    pub targets: Vec<TargetId>,
}

/// The changes to ask a reference for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaQuery {
    /// The reference.
    pub reference: TargetId,
    /// The older versions, which others still serve.
    pub since: Vec<Soa>,
}

/// How to look at the delegation of the zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelegationQuery {
    /// The server that is asked what the zone itself has, if any answers with authority.
    pub child: Option<TargetId>,
    /// Over UDP first, or over TCP where that can be.
    pub transport: Transport,
}

/// Returns what to do next.
pub fn next(evidence: &Evidence) -> Step {
    query_new_targets(evidence)
        .or_else(|| look_up_mname(evidence))
        .or_else(|| query_ns(evidence))
        .or_else(|| query_unsigned(evidence))
        .or_else(|| follow_changes(evidence))
        .or_else(|| read_copies(evidence))
        .or_else(|| read_for_zonemd(evidence))
        .or_else(|| read_catalog(evidence))
        .or_else(|| ask_rrsets(evidence))
        .or_else(|| fetch_deltas(evidence))
        .or_else(|| query_suspects(evidence))
        .or_else(|| validate(evidence))
        .or_else(|| ask_delegation(evidence))
        .unwrap_or(Step::Done)
}

fn query_soa(evidence: &Evidence, targets: impl Iterator<Item = TargetId>) -> Option<Step> {
    let samples = evidence.plan.rules.samples;
    let query = |target| SoaQuery { target, samples, transport: Transport::Udp };
    let queries: Vec<SoaQuery> = targets.map(query).collect();
    (!queries.is_empty()).then_some(Step::QuerySoa(queries))
}

fn query_new_targets(evidence: &Evidence) -> Option<Step> {
    let new = evidence.by_target().filter(|(_, responses)| responses.attempts == 0);
    query_soa(evidence, new.map(|(id, _)| id))
}

fn look_up_mname(evidence: &Evidence) -> Option<Step> {
    let has_reference = evidence.zone_file.is_some() || evidence.primaries().next().is_some();
    let is_catalog = evidence.plan.rules.catalog.is_some();
    if evidence.mname.is_some() || has_reference || is_catalog {
        return None;
    }
    // Where the serials alone give no reference, the primary that the first server names may.
    let soa = |source: Source| evidence.responses(source).and_then(Responses::soa);
    let soa = match reference(evidence) {
        Some(Reference { source, .. }) => soa(source),
        None => evidence.judged().find_map(|target| soa(target.into())),
    };
    Some(Step::LookUpMname(soa?.mname.clone()))
}

/// The NS set tells which servers users query: for the ratio of wrong answers, and to know a hidden primary.
fn query_ns(evidence: &Evidence) -> Option<Step> {
    if evidence.plan.name_servers.is_some() || evidence.plan.rules.catalog.is_some() {
        return None;
    }
    let silent = |id: TargetId| evidence.responses(id).is_some_and(|responses| responses.soa().is_none());
    let target = match reference(evidence)?.source {
        Source::Target(target) => target,
        Source::ZoneFile => evidence.judged().find(|&id| !silent(id))?,
    };
    let is_host_name = |name: &str| name.contains('.') && name.parse::<std::net::IpAddr>().is_err();
    let mut targets = evidence.plan.targets.iter();
    let have_names = targets.any(|target| target.host.is_some() || is_host_name(&target.server));
    (have_names || evidence.primaries().any(silent)).then_some(Step::QueryNs(target))
}

/// A key may select another view of the zone than users see.
fn query_unsigned(evidence: &Evidence) -> Option<Step> {
    let has_key = |id| evidence.plan.target(id).is_some_and(|target| target.key.is_some());
    let is_missing = |responses: &Responses| responses.soa().is_some() && responses.unsigned.is_none();
    let targets: Vec<TargetId> = evidence
        .judged()
        .filter(|&id| has_key(id) && evidence.responses(id).is_some_and(is_missing))
        .collect();
    (!targets.is_empty()).then_some(Step::QueryUnsigned(targets))
}

fn follow_changes(evidence: &Evidence) -> Option<Step> {
    evidence.changes_to_ask(reference(evidence)?.source).map(Step::FollowChanges)
}

fn read_copies(evidence: &Evidence) -> Option<Step> {
    if evidence.plan.rules.compare != Compare::Records {
        return None;
    }
    let reference = reference(evidence);
    // Some servers refuse queries and give the zone by transfer. Of one that gives none, no second is asked for.
    let may_have_copy = |responses: &Responses| match responses.soa() {
        Some(_) => reference.is_some(),
        None => responses.refuses_queries() && (responses.copy_attempts == 0 || responses.is_transfer_only()),
    };
    let targets: Vec<TargetId> =
        evidence.judged().filter(|&id| evidence.responses(id).is_some_and(may_have_copy)).collect();
    let is_unread =
        |id: &&TargetId| evidence.responses(**id).is_some_and(|responses| responses.copy_attempts == 0);
    let first = |&target: &TargetId| CopyRead { source: target.into(), keep: Buckets::none() };
    let first: Vec<CopyRead> = targets.iter().filter(is_unread).map(first).collect();
    if !first.is_empty() {
        return Some(Step::ReadCopies(first));
    }
    let again = reference.and_then(|reference| read_again(evidence, reference, &targets));
    again.or_else(|| read_keys_again(evidence, reference, &targets))
}

/// Reads the copies again that lack a key by which another server signs.
fn read_keys_again(evidence: &Evidence, reference: Option<Reference>, targets: &[TargetId]) -> Option<Step> {
    let reference = reference.map(|reference| reference.source);
    let again = |&target: &TargetId| {
        let responses = evidence.responses(target)?;
        let is_wanted =
            may_read_again(responses) && are_keys_in_doubt(evidence, target, responses, reference);
        is_wanted.then(|| CopyRead { source: target.into(), keep: kept(responses) })
    };
    let reads: Vec<CopyRead> = targets.iter().filter_map(again).collect();
    (!reads.is_empty()).then_some(Step::ReadCopies(reads))
}

/// Reads the copies that differ from the reference's again, and that of the reference after them.
fn read_again(evidence: &Evidence, reference: Reference, targets: &[TargetId]) -> Option<Step> {
    let source = reference.source;
    let responses = evidence.responses(source)?;
    let Some(ours) = responses.copy() else {
        let retry = || Step::ReadCopies(vec![CopyRead { source, keep: Buckets::none() }]);
        return may_read_again(responses).then(retry);
    };
    let mut all = Buckets::none();
    let mut reads: Vec<CopyRead> = Vec::new();
    for &target in targets.iter().filter(|&&target| Source::Target(target) != source) {
        if let Some(keep) = records_to_keep(evidence, target, source, ours) {
            all.unite(&keep);
            reads.push(CopyRead { source: target.into(), keep });
        }
    }
    let is_suspicious = may_read_again(responses)
        && !is_copy_confirmed(evidence, source)
        && !suspicions(evidence, reference).is_empty();
    if reads.is_empty() && !may_alternate(responses) && !is_suspicious {
        return None;
    }
    reads.push(CopyRead { source, keep: all });
    Some(Step::ReadCopies(reads))
}

/// Returns the records to keep when a copy is read again; `None` if it need not be.
fn records_to_keep(evidence: &Evidence, target: TargetId, reference: Source, ours: &Copy) -> Option<Buckets> {
    let responses = evidence.responses(target)?;
    if may_alternate(responses) {
        return Some(Buckets::none());
    }
    if !may_read_again(responses) || resemblance(evidence, target, reference) == Resemblance::Same {
        return None;
    }
    let Some(theirs) = responses.copy() else { return Some(Buckets::none()) };
    let differing = ours.digest.differing(&theirs.digest);
    let kept = ours.digest.kept_buckets().common(&theirs.digest.kept_buckets());
    let lags = evidence.serials_count(target)
        && !matches!(relation(evidence, target, reference), Some(Relation::Current));
    let is_settled = if lags {
        // A lagging copy is accused only of not being what the reference served at its serial.
        version_mismatch(evidence, target, reference) != Some(VersionMismatch::Suspected)
    } else {
        is_confirmed(evidence, target, reference) && is_current(evidence, reference)
    };
    let is_named = differing.is_within(&kept) || is_named_enough(&differing, &kept, [ours, theirs]);
    (!is_settled || !is_named).then_some(differing)
}

/// Whether some records of the buckets that differ were kept, and reading again would bring no more: the copies
/// differ in too much.
fn is_named_enough(differing: &Buckets, kept: &Buckets, copies: [&Copy; 2]) -> bool {
    // A copy that is read for several others is reduced by those that differ in many buckets. What it kept shows
    // how much fits.
    let is_reduced_by_this = |copy: &Copy| {
        copy.digest.is_reduced()
            && differing.count().saturating_mul(2) >= copy.digest.initially_wanted()
            && differing.size() > copy.digest.kept_buckets().size()
    };
    differing.common(kept).count() > 0 && copies.into_iter().any(is_reduced_by_this)
}

/// Whether a target served other content at one serial, and it is not clear yet whether it alternates.
fn may_alternate(responses: &Responses) -> bool {
    let changed = changed_content(responses) && !serves_two_contents(responses);
    changed && responses.copy_failure.is_none() && responses.copy_attempts < MAX_COPY_ATTEMPTS_ALTERNATING
}

/// Whether another attempt may bring a copy that the last one did not, or another copy.
fn may_read_again(responses: &Responses) -> bool {
    let attempts = match &responses.copy_failure {
        None
        | Some(
            Failure::TransferIncomplete(_) | Failure::ChangedDuringTransfer(..) | Failure::Superseded { .. },
        ) => MAX_COPY_ATTEMPTS,
        // Some servers refuse transfers in this way.
        Some(Failure::Closed) => 2,
        Some(_) => 0,
    };
    responses.copy_attempts < attempts
}

/// A copy that does not match its ZONEMD record is read twice, from whatever source; and so is one whose digest was
/// not computed, since the record came late.
fn read_for_zonemd(evidence: &Evidence) -> Option<Step> {
    let mut reads: Vec<CopyRead> = Vec::new();
    let mut settled: Vec<Source> = Vec::new();
    for source in sources(evidence).filter(|&source| is_zonemd_unsettled(evidence, source)) {
        let Some(responses) = evidence.responses(source) else { continue };
        if !settled.contains(&source) && may_read_again(responses) {
            settled.extend(sources_of_same_copy(evidence, source));
            reads.push(CopyRead { source, keep: kept(responses) });
        }
    }
    (!reads.is_empty()).then_some(Step::ReadCopies(reads))
}

/// A catalog is read at a version that is not known, and in every check that reads the copies.
fn read_catalog(evidence: &Evidence) -> Option<Step> {
    let rules = &evidence.plan.rules;
    if rules.catalog.is_none() || evidence.is_catalog_read() {
        return None;
    }
    let chosen = reference(evidence)?;
    let reference = chosen.source;
    let serial = evidence.responses(reference)?.soa_or_copied()?.serial;
    let first = evidence.first_link();
    match rules.compare {
        Compare::Records => catalog_source(evidence, reference, serial).map(Step::ReadCatalog),
        Compare::Serials | Compare::PreviousRecords => {
            let patience = catalog_patience(first, Some(chosen));
            let is_due = first.catalog.needs_reading(serial, evidence.start_time(), patience);
            is_due.then_some(Step::ReadCatalog(reference))
        }
    }
}

/// Returns where a version is read as a catalog: at the reference, or at another server if that gives no transfer.
fn catalog_source(evidence: &Evidence, reference: Source, serial: Serial) -> Option<Source> {
    let gives = |&source: &Source| {
        let copied = evidence.responses(source).and_then(Responses::copied_version);
        copied.is_some_and(|version| source == reference || version.soa.serial == serial)
    };
    std::iter::once(reference).chain(evidence.judged().map(Source::Target)).find(gives)
}

fn ask_rrsets(evidence: &Evidence) -> Option<Step> {
    if evidence.plan.rules.compare != Compare::Records || evidence.has_nothing_to_compare() {
        return None;
    }
    let list = query_list(evidence, reference(evidence)?.source)?;
    let targets = evidence.judged().filter(|&target| is_to_be_asked(evidence, target, list));
    let targets: Vec<TargetId> = targets.collect();
    (!targets.is_empty()).then_some(Step::AskRrsets(RrsetQuestions { list, targets }))
}

/// Where two lagging copies of one serial differ, and the history has no copy of that version, the reference is asked
/// what has changed since. About a single copy its delta tells nothing: either may be wrong.
fn fetch_deltas(evidence: &Evidence) -> Option<Step> {
    let rules = &evidence.plan.rules;
    let Source::Target(reference) = reference(evidence)?.source else { return None };
    let left = MAX_DELTAS.saturating_sub(evidence.deltas.len());
    let compares = rules.compare == Compare::Records && rules.serials_count();
    if !compares || left == 0 {
        return None;
    }
    let mut since: Vec<Soa> = Vec::new();
    for target in evidence.judged().filter(|&target| target != reference) {
        if let Some(soa) = unexplained_version(evidence, target, reference.into())
            && since.len() < left
            && since.iter().all(|other| other.serial != soa.serial)
        {
            since.push(soa.clone());
        }
    }
    (!since.is_empty()).then_some(Step::FetchDeltas(DeltaQuery { reference, since }))
}

/// Returns the version of a lagging copy that differs, unless the history or a delta explains it.
fn unexplained_version(evidence: &Evidence, target: TargetId, reference: Source) -> Option<&Soa> {
    if !evidence.serials_count(target) {
        return None;
    }
    let Some(Relation::Behind(_)) = relation(evidence, target, reference) else { return None };
    let version = latest_version(evidence.responses(target)?)?;
    let soa = &version.soa;
    let is_fetched = evidence.deltas.iter().any(|delta| delta.since == soa.serial);
    let is_settled = is_fetched || !is_contradicted(evidence, version);
    if is_settled || stored_resemblance(evidence, version) != Resemblance::Unknown {
        return None;
    }
    let differences = compare(evidence, target, reference, None)?.differences;
    (differences.content() > 0).then_some(soa)
}

fn query_suspects(evidence: &Evidence) -> Option<Step> {
    let reference = reference(evidence);
    let suspects: Vec<TargetId> =
        evidence.judged().filter(|&target| is_suspect(evidence, target, reference)).collect();
    if suspects.is_empty() {
        return None;
    }
    let again = |&target: &TargetId| query_again(evidence, target, reference);
    let again: Vec<SoaQuery> = suspects.iter().filter_map(again).collect();
    if !again.is_empty() {
        return Some(Step::QuerySoa(again));
    }
    // The reference comes after all of them.
    let source = reference?.source;
    let responses = evidence.responses(source)?;
    let last = responses.latest()?;
    let is_before_last = |suspect: &TargetId| {
        let latest = evidence.responses(*suspect).and_then(Responses::latest);
        Source::Target(*suspect) == source || latest.is_none_or(|latest| latest.span.is_before(last.span))
    };
    let is_after_all = suspects.iter().all(is_before_last);
    match source {
        Source::Target(target) if !responses.is_transfer_only() => {
            let again = !is_after_all && responses.attempts < MAX_ATTEMPTS;
            if again { query_soa(evidence, std::iter::once(target)) } else { None }
        }
        Source::Target(_) | Source::ZoneFile => {
            let again = !is_after_all && may_read_again(responses);
            again.then(|| Step::ReadCopies(vec![CopyRead { source, keep: kept(responses) }]))
        }
    }
}

/// Returns the records that were kept of the last copy: the next one is to name the same differences.
fn kept(responses: &Responses) -> Buckets {
    responses.copy().map_or_else(Buckets::none, |copy| copy.digest.kept_buckets())
}

fn query_again(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> Option<SoaQuery> {
    let responses = evidence.responses(target)?;
    let usual = evidence.plan.rules.samples;
    let many = SoaQuery { target, samples: usual.max(MIXED_SAMPLES), transport: Transport::Udp };
    if may_have_gone_back(evidence, target, reference) {
        return Some(many);
    }
    if alternates_in_answers(responses) {
        return (responses.attempts < 2).then_some(many);
    }
    if alternates(&responses.serial_observations()) {
        return (responses.attempts < 3).then_some(many);
    }
    if evidence.is_udp_doubtful(target) {
        return Some(SoaQuery { target, samples: usual, transport: Transport::Udp });
    }
    // A copy is as good as a response, except about views.
    let is_read = !responses.versions.is_empty() || responses.asked.is_some();
    let is_answered = is_read && other_view(responses).is_none();
    // Some servers refuse over UDP what they serve over TCP: Knot does with catalog zones.
    let transport = if responses.soa().is_none() { Transport::Tcp } else { Transport::Udp };
    (responses.attempts < 2 && !is_answered).then_some(SoaQuery { target, samples: usual, transport })
}

/// Whether a target would be accused of something that may have passed meanwhile.
///
/// An unreachable target has been queried again already: three datagrams and a connection.
fn is_suspect(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> bool {
    let Some(responses) = evidence.responses(target) else { return false };
    // The zone may have changed between the signed query and the unsigned one.
    let may_pass = other_view(responses).is_some() && responses.attempts < 2;
    if may_pass
        || is_membership_doubtful(evidence, target)
        || evidence.is_udp_doubtful(target)
        || may_have_gone_back(evidence, target, reference)
    {
        return true;
    }
    let alternates = || alternates(&responses.serial_observations());
    if reference.is_some_and(|reference| reference.source == Source::Target(target)) {
        return alternates();
    }
    match decide(evidence, target, reference).verdict {
        Verdict::Lame
        | Verdict::Mixed
        | Verdict::Incomparable
        | Verdict::Ahead
        | Verdict::Diverged
        | Verdict::Stuck => true,
        Verdict::Unreachable
        | Verdict::Behind
        | Verdict::Propagating
        | Verdict::Unknown
        | Verdict::InSync => alternates(),
    }
}

/// Whether a target seems to have gone back to an older serial. It is queried often before it is accused, to
/// find several instances that answer by turns.
fn may_have_gone_back(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> bool {
    let Some(responses) = evidence.responses(target) else { return false };
    let is_known = evidence.address_history(target).is_none_or(|history| history.went_back_from.is_some());
    responses.attempts < 2
        && !is_known
        && suspected_regression(evidence, target).is_some()
        && forward_only(evidence, reference.map(|reference| reference.source)).contains(&target)
}

fn validate(evidence: &Evidence) -> Option<Step> {
    let reference = reference(evidence).map(|reference| reference.source);
    let sources = sources_to_validate(evidence, reference);
    (!sources.is_empty()).then_some(Step::Validate(sources))
}

/// The delegation of a zone is held against what its users get: of a chain, that is the last link.
fn ask_delegation(evidence: &Evidence) -> Option<Step> {
    evidence.plan.rules.delegation.as_ref()?;
    let transport = match &evidence.delegation {
        None => Transport::Udp,
        Some(seen) if !seen.is_confirmed && delegation::is_in_doubt(&evidence.plan.zone, seen) => {
            Transport::Tcp
        }
        Some(_) => return None,
    };
    let answers = |&id: &TargetId| evidence.responses(id).is_some_and(|responses| responses.soa().is_some());
    let of_reference = reference(evidence).and_then(|reference| match reference.source {
        Source::Target(target) => Some(target),
        Source::ZoneFile => None,
    });
    let child = of_reference.filter(answers).or_else(|| evidence.judged().find(answers));
    Some(Step::AskDelegation(DelegationQuery { child, transport }))
}

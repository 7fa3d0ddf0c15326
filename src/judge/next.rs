//! What to do next: ask, read, look up, or be done.
//!
//! Before anybody is accused, they are asked again, and the reference after them.

use super::evidence::alternation::{alternates, changed_content, other_view, serves_two_contents};
use super::evidence::comparison::{Agreement, agreement, is_confirmed, is_current, named_differences};
use super::evidence::mismatch::{Corruption, corruption, lagging_copy, remembered};
use super::evidence::regression::{self, fell_from, forward_only};
use super::evidence::relation::{Relation, relation};
use super::evidence::{Evidence, Responses};
use super::findings::primary::doubts;
use super::verdict::Verdict;
use super::verdict::decide::decide;
use super::verdict::reference::{Reference, reference};
use crate::digest::{Buckets, Resemblance};
use crate::dns::{Name, Soa};
use crate::observe::{Copy, Failure, Transport};
use crate::plan::{Compare, Serials, Source, TargetId};

/// The most readings of one copy in a round; a zone that changes faster cannot be read whole.
const MOST_READINGS: u32 = 4;

/// The most readings of a copy that changes without a new serial.
const MOST_READINGS_IF_FLAPPING: u32 = 7;

/// The most looks at one target in a round.
const MOST_LOOKS: u32 = 6;

/// Questions in a look at an address that seems to serve two versions.
const MIXED_SAMPLES: u32 = 8;

/// The most versions that a reference is asked about in a round.
const MOST_EXPLANATIONS: usize = 4;

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask each of these for the SOA.
    Ask(Vec<Ask>),
    /// Read the copy of each of these.
    Read(Vec<Read>),
    /// Find the primary that the SOA names.
    FindMname(Name),
    /// Ask this target for the NS set of the zone.
    FindNameServers(TargetId),
    /// Ask each of these for the SOA without its key.
    AskUnsigned(Vec<TargetId>),
    /// Ask the reference what it has changed since.
    Explain(Explain),
    /// Nothing: it can be judged.
    Done,
}

/// A target to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which one.
    pub target: TargetId,
    /// How many questions, each from a port of its own.
    pub times: u32,
    /// Whether in datagrams first, or over a connection alone.
    pub over: Transport,
}

/// A copy to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where it is read.
    pub source: Source,
    /// The records to keep of a large copy.
    pub wanted: Buckets,
}

/// Lags to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explain {
    /// The reference.
    pub reference: TargetId,
    /// The versions that others still show.
    pub since: Vec<Soa>,
}

/// Returns what to do next.
pub fn next(evidence: &Evidence) -> Step {
    first_look(evidence)
        .or_else(|| find_mname(evidence))
        .or_else(|| find_name_servers(evidence))
        .or_else(|| look_unsigned(evidence))
        .or_else(|| read(evidence))
        .or_else(|| explain(evidence))
        .or_else(|| ask_again(evidence))
        .unwrap_or(Step::Done)
}

fn ask(evidence: &Evidence, targets: impl Iterator<Item = TargetId>) -> Option<Step> {
    let ask = |target| Ask { target, times: evidence.plan.rules.samples, over: Transport::Udp };
    let asks: Vec<Ask> = targets.map(ask).collect();
    (!asks.is_empty()).then_some(Step::Ask(asks))
}

fn first_look(evidence: &Evidence) -> Option<Step> {
    let unasked = evidence.tracks().filter(|(_, track)| track.looks == 0);
    ask(evidence, unasked.map(|(id, _)| id))
}

fn find_mname(evidence: &Evidence) -> Option<Step> {
    let chosen = evidence.zone_file.is_some() || evidence.primaries().next().is_some();
    if evidence.mname.is_some() || chosen {
        return None;
    }
    // Where serials alone give no reference, the first server's word for the primary may.
    let soa = |source: Source| evidence.track(source).and_then(Responses::soa);
    let told = match reference(evidence) {
        Some(Reference { source, .. }) => soa(source),
        None => evidence.judged().find_map(|target| soa(target.into())),
    };
    Some(Step::FindMname(told?.mname.clone()))
}

/// The NS set tells which servers users ask: for the share of wrong answers, and to know a hidden primary.
fn find_name_servers(evidence: &Evidence) -> Option<Step> {
    if evidence.plan.name_servers.is_some() {
        return None;
    }
    let silent = |id: TargetId| evidence.track(id).is_some_and(|track| track.soa().is_none());
    let target = match reference(evidence)?.source {
        Source::Target(target) => target,
        Source::ZoneFile => evidence.judged().find(|&id| !silent(id))?,
    };
    let is_named = |name: &str| name.contains('.') && name.parse::<std::net::IpAddr>().is_err();
    let named = evidence.plan.targets.iter().any(|target| target.host.is_some() || is_named(&target.server));
    (named || evidence.primaries().any(silent)).then_some(Step::FindNameServers(target))
}

/// A key may select another view of the zone than users see.
fn look_unsigned(evidence: &Evidence) -> Option<Step> {
    let signed = |id: &TargetId| {
        let target = evidence.plan.target(*id);
        let track = evidence.track(*id);
        target.is_some_and(|target| target.key.is_some())
            && track.is_some_and(|track| track.soa().is_some() && track.unsigned.is_none())
    };
    let targets: Vec<TargetId> = evidence.judged().filter(signed).collect();
    (!targets.is_empty()).then_some(Step::AskUnsigned(targets))
}

fn read(evidence: &Evidence) -> Option<Step> {
    let chosen = reference(evidence)?;
    let reference = chosen.source;
    if evidence.plan.rules.compare != Compare::Records {
        return None;
    }
    let usable = |id: &TargetId| evidence.track(*id).is_some_and(|track| track.soa().is_some());
    let targets: Vec<TargetId> = evidence.judged().filter(usable).collect();
    let unread = |id: &&TargetId| evidence.track(**id).is_some_and(|track| track.readings == 0);
    let first = |&target: &TargetId| Read { source: target.into(), wanted: Buckets::none() };
    let first: Vec<Read> = targets.iter().filter(unread).map(first).collect();
    if !first.is_empty() {
        return Some(Step::Read(first));
    }
    let Some(ours) = evidence.track(reference)?.copy.as_ref() else {
        let retry = may_read_again(evidence.track(reference)?);
        return retry.then(|| Step::Read(vec![Read { source: reference, wanted: Buckets::none() }]));
    };
    let mut all = Buckets::none();
    let mut reads: Vec<Read> = Vec::new();
    for target in targets.into_iter().filter(|&target| Source::Target(target) != reference) {
        if let Some(wanted) = wanted(evidence, target, reference, ours) {
            all.unite(&wanted);
            reads.push(Read { source: target.into(), wanted });
        }
    }
    let track = evidence.track(reference)?;
    let doubted = may_read_again(track) && is_to_be_read_again(evidence, chosen);
    if reads.is_empty() && !is_flapping(track) && !doubted {
        return None;
    }
    reads.push(Read { source: reference, wanted: all });
    Some(Step::Read(reads))
}

/// Returns which records to keep when a copy is read again; `None` if it need not be.
fn wanted(evidence: &Evidence, target: TargetId, reference: Source, ours: &Copy) -> Option<Buckets> {
    let track = evidence.track(target)?;
    if is_flapping(track) {
        return Some(Buckets::none());
    }
    if !may_read_again(track) || agreement(evidence, target, reference) == Agreement::Same {
        return None;
    }
    let Some(theirs) = &track.copy else { return Some(Buckets::none()) };
    let differing = ours.digest.differing(&theirs.digest);
    let kept = ours.digest.kept_buckets().common(&theirs.digest.kept_buckets());
    let lagging = evidence.plan.rules.serials == Serials::Shared
        && !matches!(relation(evidence, target, reference), Some(Relation::Current));
    let settled = if lagging {
        // A lagging copy is accused only for being another than the reference's of that serial was.
        corruption(evidence, target, reference) != Some(Corruption::Suspected)
    } else {
        is_confirmed(evidence, target, reference) && is_current(evidence, reference)
    };
    (!settled || !differing.is_within(&kept)).then_some(differing)
}

/// Returns whether a target served other content at one serial, and it is not clear yet whether it does
/// so by turns.
fn is_flapping(track: &Responses) -> bool {
    let flaps = changed_content(track) && !serves_two_contents(track);
    flaps && track.copy_failure.is_none() && track.readings < MOST_READINGS_IF_FLAPPING
}

/// Returns whether another reading may bring what the last one did not.
fn may_read_again(track: &Responses) -> bool {
    let passing = match &track.copy_failure {
        None
        | Some(Failure::Closed | Failure::TransferIncomplete(_) | Failure::ChangedDuringTransfer(..)) => true,
        Some(_) => false,
    };
    passing && track.readings < MOST_READINGS
}

/// A copy that lags is held against what has changed since, where no copy of its version is remembered.
fn explain(evidence: &Evidence) -> Option<Step> {
    let rules = &evidence.plan.rules;
    let Source::Target(reference) = reference(evidence)?.source else { return None };
    let left = MOST_EXPLANATIONS.saturating_sub(evidence.explanations.len());
    let compares = rules.compare == Compare::Records && rules.serials == Serials::Shared;
    if !compares || left == 0 {
        return None;
    }
    let mut since: Vec<Soa> = Vec::new();
    for target in evidence.judged().filter(|&target| target != reference) {
        if let Some(soa) = unexplained(evidence, target, reference.into())
            && since.len() < left
            && since.iter().all(|other| other.serial != soa.serial)
        {
            since.push(soa.clone());
        }
    }
    (!since.is_empty()).then_some(Step::Explain(Explain { reference, since }))
}

/// Returns the version of a copy that lags, if the reference was not asked yet what has changed since.
fn unexplained(evidence: &Evidence, target: TargetId, reference: Source) -> Option<&Soa> {
    let Some(Relation::Behind(_)) = relation(evidence, target, reference) else { return None };
    let copy = lagging_copy(evidence.track(target)?)?;
    let soa = &copy.summary.soa;
    let asked = evidence.explanations.iter().any(|asked| asked.since == soa.serial);
    if asked || remembered(evidence, copy) != Resemblance::Unknown {
        return None;
    }
    let differences = named_differences(evidence, target, reference)?;
    (differences.complete && differences.content() > 0).then_some(soa)
}

fn ask_again(evidence: &Evidence) -> Option<Step> {
    let reference = reference(evidence);
    let mut suspects = evidence.judged().filter(|&target| is_suspect(evidence, target, reference)).peekable();
    suspects.peek()?;
    let suspects: Vec<TargetId> = suspects.collect();
    let again = |&target: &TargetId| again(evidence, target, reference);
    let again: Vec<Ask> = suspects.iter().filter_map(again).collect();
    if !again.is_empty() {
        return Some(Step::Ask(again));
    }
    // The reference is asked after all of them.
    let reference = reference?.source;
    let track = evidence.track(reference)?;
    let last = track.last()?;
    let after = |suspect: &TargetId| {
        let seen = evidence.track(*suspect).and_then(Responses::last);
        Source::Target(*suspect) == reference || seen.is_none_or(|seen| seen.span.is_before(last.span))
    };
    match reference {
        Source::Target(target) => {
            let asked = suspects.iter().all(after) || track.looks >= MOST_LOOKS;
            if asked { None } else { ask(evidence, std::iter::once(target)) }
        }
        Source::ZoneFile => {
            let read = suspects.iter().all(after) || !may_read_again(track);
            (!read).then(|| Step::Read(vec![Read { source: reference, wanted: kept(track) }]))
        }
    }
}

/// Returns the records that were kept of the last copy: another one is to name the same differences.
fn kept(track: &Responses) -> Buckets {
    track.copy.as_ref().map_or_else(Buckets::none, |copy| copy.digest.kept_buckets())
}

fn again(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> Option<Ask> {
    let track = evidence.track(target)?;
    let usual = evidence.plan.rules.samples;
    if is_to_be_asked_again(evidence, target, reference) {
        return Some(Ask { target, times: usual.max(MIXED_SAMPLES), over: Transport::Udp });
    }
    if alternates(&track.serial_observations()) {
        let times = usual.max(MIXED_SAMPLES);
        return (track.looks < 3).then_some(Ask { target, times, over: Transport::Udp });
    }
    // A transfer that brought no copy has said nothing, and none says anything of UDP.
    let told = !track.versions.is_empty() && !track.is_udp_unanswered() && other_view(track).is_none();
    // Some servers refuse over UDP what they serve over TCP: Knot does with catalog zones.
    let over = if track.soa().is_none() { Transport::Tcp } else { Transport::Udp };
    (track.looks < 2 && !told).then_some(Ask { target, times: usual, over })
}

/// Returns whether a target would be accused of something that may have passed meanwhile.
///
/// Who is `unreachable` has been asked again already: three datagrams and a connection.
fn is_suspect(evidence: &Evidence, target: TargetId, reference: Option<Reference>) -> bool {
    // The zone may have moved on between the signed question and the unsigned one.
    if evidence.track(target).is_some_and(|track| other_view(track).is_some() && track.looks < 2) {
        return true;
    }
    // One bad moment of the network is no server that answers on TCP alone.
    if evidence.track(target).is_some_and(|track| track.is_udp_unanswered() && track.looks < 2) {
        return true;
    }
    if is_to_be_asked_again(evidence, target, reference) {
        return true;
    }
    if reference.is_some_and(|reference| reference.source == Source::Target(target)) {
        return evidence.track(target).is_some_and(|track| alternates(&track.serial_observations()));
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
        | Verdict::InSync => {
            evidence.track(target).is_some_and(|track| alternates(&track.serial_observations()))
        }
    }
}

/// Returns whether a target seems to have gone back, and must be asked again before that is said: often, so
/// that it shows if several instances answer by turns.
fn is_to_be_asked_again(evidence: &Evidence, place: TargetId, reference: Option<Reference>) -> bool {
    let Some(track) = evidence.track(place) else { return false };
    let known = evidence.past(place).is_none_or(|past| past.went_back_from.is_some());
    track.looks < 2
        && !known
        && fell_from(evidence, place).is_some()
        && forward_only(evidence, reference.map(|reference| reference.source)).contains(&place)
}

/// Returns whether the reference's copy must be read once more before it is said to be bad.
fn is_to_be_read_again(evidence: &Evidence, reference: Reference) -> bool {
    !regression::is_confirmed(evidence, reference.source) && !doubts(evidence, reference).is_empty()
}

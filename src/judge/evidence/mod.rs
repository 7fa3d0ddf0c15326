//! Everything that one check has learnt so far, and the facts that follow from it. No opinion.

pub(crate) mod alternation;
pub mod asking;
pub mod changes;
pub(crate) mod comparison;
pub mod copies;
pub(crate) mod earlier;
pub(crate) mod keys;
pub(crate) mod membership;
pub(crate) mod mismatch;
mod received_changes;
pub(crate) mod regression;
pub mod relation;
mod responses;
pub(crate) mod timeline;
mod validated;
pub(crate) mod validation;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use self::received_changes::ChangedAlike;
pub use self::received_changes::{ChangesSince, ReceivedChanges};
pub use self::responses::{Responses, SerialObservation, ServedVersion};
use self::validated::ValidatedCopy;
pub use self::validated::ValidationResult;

use super::catalog::{CatalogReading, CatalogState};
use super::history::{AddressHistory, DivergedRrset, History, ZONE_FILE};
use crate::digest::{Fingerprint, Profile};
use crate::dns::{Name, Serial};
use crate::observe::{AskedAttempt, Copy, CopyAttempt, DelegationSighting, Delta, KeySighting, Observation};
use crate::plan::{
    Compare, ComparisonRules, Link, Membership, MembershipState, Plan, ReadBy, Role, Serials, Source, Target,
    TargetId,
};

/// Copies of more bytes than this in all are compared on a thread of their own.
const MAX_INLINE_BYTES: usize = 64 * 1024;

/// What one check over one zone has learnt.
#[derive(Debug)]
pub struct Evidence {
    /// What was to be done. The check may add to it: the primary that the SOA names, the NS set.
    pub plan: Plan,
    /// The link of the chain that is looked at. Only its servers are queried and judged.
    pub link: Link,
    /// What was learnt of the link before, if this one begins at a signer.
    pub upstream: Option<Box<Evidence>>,
    /// How digests are made.
    pub profile: Arc<Profile>,
    /// The wall time from which all spans count.
    pub origin: SystemTime,
    /// When this check started, as a span: what ended before that is from an earlier check.
    pub start: Duration,
    /// What earlier checks have learnt.
    pub history: History,
    /// What each target answered, in the order of the plan.
    responses: Vec<Responses>,
    /// The primary that the SOA names, once it was looked up.
    pub mname: Option<MnameLookup>,
    /// The zone file that every server is compared with, once it was read.
    pub zone_file: Option<ZoneFileCopies>,
    /// What has changed at the reference since older serials, each serial once.
    pub deltas: Vec<ReferenceDelta>,
    /// How far addresses and the reference have changed alike since an earlier check, if they were asked.
    alike: Option<Vec<ChangedAlike>>,
    /// The copies whose signatures were verified, or could not be.
    validated: Vec<ValidatedCopy>,
    /// Each source that was read once more to be validated.
    validation_attempts: Vec<Source>,
    /// What earlier checks have read of the zone, if it is a catalog.
    pub catalog: Arc<CatalogState>,
    /// What it lists in this check, if it was read.
    pub catalog_reading: Option<CatalogReading>,
    /// Whether it was read, or a read was tried.
    is_catalog_read: bool,
    /// Why the DS records of the zone are not known, where they were looked up without success.
    pub unknown_ds: Option<String>,
    /// What was seen of the delegation of the zone, the last time that it was looked at.
    pub delegation: Option<DelegationSighting>,
}

/// What has changed at a reference since a serial that another server still serves.
#[derive(Debug)]
pub struct ReferenceDelta {
    /// The reference.
    pub reference: TargetId,
    /// The older serial.
    pub since: Serial,
    /// What has changed, if the reference sent a complete delta.
    pub delta: Option<Delta>,
}

/// A zone file, as it was read in this check.
#[derive(Debug)]
pub struct ZoneFileCopies {
    /// Its path, as its user gave it.
    pub path: String,
    /// Every copy that was read from it.
    pub responses: Responses,
}

/// The look-up of the primary that the SOA names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MnameLookup {
    /// Its name.
    pub name: Name,
    /// Its addresses.
    pub targets: Vec<TargetId>,
    /// The first target that was added for it; it and all after it are not servers that the user named.
    added_from: Option<TargetId>,
}

/// What one target answered in an earlier check.
#[derive(Debug)]
pub struct EarlierResponses {
    /// The address, as [`Target::id`] identifies it.
    pub address: String,
    /// The wall time from which its spans count.
    pub origin: SystemTime,
    /// What it answered, without the copies.
    pub responses: Responses,
}

impl Evidence {
    /// Evidence of the first link of a chain before the first query; spans count from `origin`.
    pub fn new(mut plan: Plan, link: Link, profile: Arc<Profile>, origin: SystemTime) -> Self {
        plan.rules = rules_of(plan.membership.as_deref(), link.rules(plan.rules));
        let responses = plan.targets.iter().map(|_| Responses::default()).collect();
        Self {
            plan,
            link,
            upstream: None,
            profile,
            origin,
            start: Duration::ZERO,
            history: History::default(),
            responses,
            mname: None,
            zone_file: None,
            deltas: Vec::new(),
            alike: None,
            validated: Vec::new(),
            validation_attempts: Vec::new(),
            catalog: Arc::default(),
            catalog_reading: None,
            is_catalog_read: false,
            unknown_ds: None,
            delegation: None,
        }
    }

    /// Evidence of the link that begins at the signers, by the rules of the zone. What the signers answered about their
    /// SOA is known already; their copies are read anew, since other records count.
    #[must_use]
    pub fn after(mut upstream: Box<Self>, rules: ComparisonRules, profile: Arc<Profile>) -> Self {
        let history = upstream.history.downstream.take().map(|history| *history).unwrap_or_default();
        let rules = rules_of(upstream.plan.membership.as_deref(), rules);
        let plan = Plan { rules, ..upstream.plan.clone() };
        let known = |(target, responses): (&Target, &mut Responses)| match target.role {
            Role::Primary => Responses::default(),
            Role::Signer => responses.of_soa_queries(),
            Role::Secondary => std::mem::take(responses),
        };
        let responses = plan.targets.iter().zip(&mut upstream.responses).map(known).collect();
        let (origin, start) = (upstream.origin, upstream.start);
        let evidence = Self::new(plan, Link::FromSigner, profile, origin);
        let catalog = Arc::clone(&upstream.catalog);
        Self { upstream: Some(upstream), responses, start, catalog, ..evidence }.with_history(history)
    }

    /// The same with what earlier checks have learnt. RRsets in which servers diverged are asked for again, if any are.
    #[must_use]
    pub fn with_history(mut self, mut history: History) -> Self {
        if self.link == Link::Whole {
            // There was a signer once.
            history.downstream = None;
        }
        for (owner, rtype) in history.diverged.iter().filter_map(DivergedRrset::named) {
            let rrset = (owner, Some(rtype));
            if !self.plan.rules.names.contains(&rrset) {
                self.plan.rules.names.push(rrset);
            }
        }
        Self { history, ..self }
    }

    /// The same with what earlier checks have read of the zone, if it is a catalog.
    #[must_use]
    pub fn with_catalog(self, catalog: Arc<CatalogState>) -> Self {
        Self { catalog, ..self }
    }

    /// The same with what some targets answered before: they are not queried again without a reason.
    #[must_use]
    pub fn with_earlier(mut self, earlier: Vec<EarlierResponses>) -> Self {
        let now = self.origin;
        let first = earlier.iter().map(|earlier| earlier.origin).min().map_or(now, |first| first.min(now));
        self.origin = first;
        self.start = now.duration_since(first).unwrap_or_default();
        for EarlierResponses { address, origin, mut responses } in earlier {
            let offset = origin.duration_since(first).unwrap_or_default();
            for observation in responses.observations.iter_mut().chain(&mut responses.unsigned) {
                observation.span = observation.span.shifted_by(offset);
            }
            let id = self.plan.iter().find(|(_, target)| target.id() == address).map(|(id, _)| id);
            if let Some(known) = id.and_then(|id| self.responses.get_mut(id.index())) {
                *known = responses;
            }
        }
        self
    }

    /// Returns what every target answered, for a check that queries only some of them.
    pub fn into_earlier(self) -> Vec<EarlierResponses> {
        let origin = self.origin;
        let earlier = |(id, target): (TargetId, &Target)| {
            let responses = self.of(id).responses(id).map(Responses::of_soa_queries).unwrap_or_default();
            EarlierResponses { address: target.id(), origin, responses }
        };
        self.plan.iter().map(earlier).collect()
    }

    /// Returns the evidence of the last link that a target is part of.
    pub fn of(&self, target: TargetId) -> &Self {
        let is_member = || self.plan.target(target).is_some_and(|target| self.link.has(target.role));
        match &self.upstream {
            Some(upstream) if !is_member() => upstream,
            _ => self,
        }
    }

    /// Returns the evidence of the first link, which has the reference of the zone.
    pub fn first_link(&self) -> &Self {
        self.upstream.as_deref().unwrap_or(self)
    }

    /// Takes in the responses to the SOA queries of one attempt.
    pub fn observe_soa(&mut self, target: TargetId, observations: Vec<Observation>) {
        if let Some(responses) = self.responses.get_mut(target.index()) {
            responses.attempts += 1;
            responses.observations.extend(observations);
            responses.observations.sort_by_key(|observation| observation.span.end);
        }
    }

    /// Takes in the response to a SOA query without a TSIG key.
    pub fn observe_unsigned(&mut self, target: TargetId, observation: Observation) {
        if let Some(responses) = self.responses.get_mut(target.index()) {
            responses.unsigned = Some(observation);
        }
    }

    /// Takes in a zone file that was read for the first time.
    pub fn observe_zone_file(&mut self, path: String, attempt: CopyAttempt) {
        self.zone_file = Some(ZoneFileCopies { path, responses: Responses::default() });
        self.observe_copy(Source::ZoneFile, attempt);
    }

    /// Takes in a copy, or why there is none.
    pub fn observe_copy(&mut self, source: Source, attempt: CopyAttempt) {
        let compares_soa = match source {
            Source::Target(target) => self.compares_soa(target),
            Source::ZoneFile => self.plan.rules.compares_soa(&self.plan.zone),
        };
        // The fingerprints of one link are held against each other, whoever numbers the versions.
        let has_soa = compares_soa && self.link != Link::ToSigner;
        let fingerprint = |Copy { digest, summary, .. }: &Copy| {
            let soa = has_soa.then_some(&summary.soa);
            Fingerprint::of(digest, &self.plan.zone, soa, summary.records)
        };
        let fingerprint = attempt.copy.as_ref().ok().map(fingerprint);
        let has_own_keys = |_: &&Copy| self.plan.rules.content.multi_signer;
        let keys = attempt.copy.as_ref().ok().filter(has_own_keys).map(|copy| copy.digest.keys().clone());
        let sighting = keys.map(|keys| KeySighting { span: attempt.span, keys });
        let responses = match source {
            Source::Target(target) => self.responses.get_mut(target.index()),
            Source::ZoneFile => self.zone_file.as_mut().map(|file| &mut file.responses),
        };
        if let Some(responses) = responses {
            responses.observe_copy(attempt, fingerprint, compares_soa);
            responses.keys.extend(sighting);
        }
    }

    /// Takes in what a target answered when it was asked for RRsets.
    pub fn observe_asked(&mut self, target: TargetId, attempt: AskedAttempt) {
        if let Some(responses) = self.responses.get_mut(target.index()) {
            responses.observe_asked(attempt);
        }
    }

    /// Takes in what the zone lists as a catalog, if it could be read.
    pub fn observe_catalog(&mut self, reading: Option<CatalogReading>) {
        self.is_catalog_read = true;
        self.catalog_reading = reading;
    }

    /// Whether the zone was read as a catalog in this check, or a read was tried.
    pub(super) fn is_catalog_read(&self) -> bool {
        self.is_catalog_read || self.first_link().is_catalog_read
    }

    /// Whether it was seen only once that a target answers over TCP and not over UDP. Some servers give catalogs over TCP
    /// alone, as Knot does.
    pub(super) fn is_udp_doubtful(&self, target: TargetId) -> bool {
        let is_doubtful = self.responses(target).is_some_and(Responses::is_udp_doubtful);
        is_doubtful && self.plan.rules.catalog.is_none()
    }

    /// Whether a target that has the serial of the reference has its version.
    pub(super) fn serials_count(&self, target: TargetId) -> bool {
        self.plan.rules.serials_count() && !self.renumbers(target)
    }

    /// Whether the SOA of a target, apart from its serial, is content like other records.
    pub(super) fn compares_soa(&self, target: TargetId) -> bool {
        self.plan.rules.compares_soa(&self.plan.zone) && !self.renumbers(target)
    }

    /// Whether a target numbers its versions by itself, and its SOA is its own.
    pub(super) fn is_independent(&self, target: TargetId) -> bool {
        self.plan.rules.serials == Serials::Independent || self.renumbers(target)
    }

    /// Whether a target is one of the signers at which this link begins.
    pub(super) fn is_signer(&self, target: TargetId) -> bool {
        self.link == Link::FromSigner && self.is_origin(target)
    }

    /// Whether others get the zone from a target on this link.
    pub(super) fn is_origin(&self, target: TargetId) -> bool {
        self.plan.target(target).is_some_and(|target| target.role == self.link.origin())
    }

    /// Whether a target numbers the versions anew that it gets on this link.
    pub(super) fn renumbers(&self, target: TargetId) -> bool {
        self.plan.target(target).is_some_and(|target| self.link.renumbers(target.role))
    }

    /// Returns how the records of a target are read.
    pub(super) fn read_by(&self, target: TargetId) -> ReadBy {
        self.plan.target(target).map_or(self.plan.rules.by, |target| self.plan.read_by(target))
    }

    /// Takes in the addresses of the primary that the SOA names; those that are new become targets.
    pub fn observe_mname(&mut self, name: Name, candidates: Vec<Target>) {
        let named = |(_, target): &(TargetId, &Target)| target.host.as_ref() == Some(&name);
        let mut targets: Vec<TargetId> = self.plan.iter().filter(named).map(|(id, _)| id).collect();
        let mut added_from = None;
        for candidate in candidates {
            let known = self.plan.iter().find(|(_, target)| target.address == candidate.address);
            if let Some((id, _)) = known {
                targets.push(id);
                continue;
            }
            let id = self.plan.add(candidate);
            self.responses.push(Responses::default());
            added_from = added_from.or(Some(id));
            targets.push(id);
        }
        targets.sort_unstable();
        targets.dedup();
        self.mname = Some(MnameLookup { name, targets, added_from });
    }

    /// Takes in what has changed at a reference since a serial, if it sent a complete delta.
    pub fn observe_delta(&mut self, reference: TargetId, since: Serial, delta: Option<Delta>) {
        self.deltas.push(ReferenceDelta { reference, since, delta });
    }

    /// Takes in what addresses have sent when they were asked what has changed.
    pub fn observe_changes(&mut self, changes: ReceivedChanges) {
        self.alike = Some(changes.held_against_reference());
    }

    /// Returns what has changed at a reference between two serials, if it sent a delta and the delta holds: it turns
    /// a copy of the one serial, read from whatever server, into the reference's copy of the other.
    ///
    /// A delta that turns no copy into the reference's may be wrong itself, so it is no evidence against a server.
    pub(super) fn proven_delta(&self, reference: Source, from: Serial, to: &Copy) -> Option<&Delta> {
        let of_reference = self.deltas.iter().filter(|delta| Source::Target(delta.reference) == reference);
        let mut known = of_reference.filter_map(|delta| delta.delta.as_ref());
        let serials = (from, to.summary.soa.serial);
        let delta = known.find(|delta| (delta.changed.from, delta.changed.to) == serials)?;
        let is_start = |version: &ServedVersion| {
            version.soa.serial == from && delta.digest.turns(version.sums, to.digest.sums())
        };
        let mut versions = self.responses.iter().flat_map(|responses| &responses.versions);
        versions.any(is_start).then_some(delta)
    }

    /// Returns what a target answered, or what was read from the zone file.
    pub fn responses(&self, source: impl Into<Source>) -> Option<&Responses> {
        match source.into() {
            Source::Target(target) => self.responses.get(target.index()),
            Source::ZoneFile => self.zone_file.as_ref().map(|file| &file.responses),
        }
    }

    /// Returns what every target of the link answered, in the order of the plan.
    pub fn by_target(&self) -> impl Iterator<Item = (TargetId, &Responses)> {
        let of_link = self.plan.iter().zip(&self.responses);
        let of_link = of_link.filter(|((_, target), _)| self.link.has(target.role));
        of_link.map(|((id, _), responses)| (id, responses))
    }

    /// Returns what every target answered, and what was read from the zone file.
    pub(super) fn all_responses(&self) -> impl Iterator<Item = &Responses> {
        self.responses.iter().chain(self.responses(Source::ZoneFile))
    }

    /// Whether a target answered anything in this check.
    pub(super) fn was_queried(&self, responses: &Responses) -> bool {
        responses.observations.iter().any(|observation| observation.span.end >= self.start)
    }

    /// Returns the targets that are judged: not those that this host cannot reach at all, nor a primary that
    /// only the SOA names and that does not answer as one.
    pub fn judged(&self) -> impl Iterator<Item = TargetId> {
        self.by_target().filter_map(|(id, responses)| {
            let wanted = !self.is_added(id) || responses.soa().is_some();
            (wanted && !responses.is_unusable_family()).then_some(id)
        })
    }

    /// Whether one address alone was asked, and there is nothing else that it could be compared with.
    pub(super) fn has_nothing_to_compare(&self) -> bool {
        if self.zone_file.is_some() || self.link != Link::Whole || self.plan.rules.has_expectations {
            return false;
        }
        let mut targets = self.judged().filter_map(|id| self.plan.target(id));
        targets.next().is_some_and(|first| targets.all(|other| other.is_same_address(first)))
    }

    /// Returns the configured primaries; on the link that begins at the signers, these.
    pub fn primaries(&self) -> impl Iterator<Item = TargetId> {
        self.plan.with_role(self.link.origin()).filter(|&id| !self.is_added(id))
    }

    /// Whether a target is known from the MNAME of the SOA alone.
    pub(super) fn is_added(&self, id: TargetId) -> bool {
        let added_from = self.mname.as_ref().and_then(|mname| mname.added_from);
        added_from.is_some_and(|added_from| id >= added_from)
    }

    /// Whether comparing the copies takes so long that the sockets must not wait for it.
    pub fn is_large(&self) -> bool {
        let copies = self.all_responses().filter_map(Responses::copy);
        copies.map(|copy| copy.digest.kept_bytes()).sum::<usize>() > MAX_INLINE_BYTES
    }

    /// The wall time at which this check started.
    pub fn start_time(&self) -> SystemTime {
        self.wall_time(self.start)
    }

    /// The wall time of a moment of this check.
    pub fn wall_time(&self, moment: Duration) -> SystemTime {
        self.origin.checked_add(moment).unwrap_or(self.origin)
    }

    /// Returns what earlier checks have learnt of a target.
    pub fn address_history(&self, target: TargetId) -> Option<&AddressHistory> {
        // Without a history the identity need not even be made.
        if self.history.addresses.is_empty() {
            return None;
        }
        self.history.addresses.get(&self.plan.target(target)?.id())
    }

    /// Returns the name of a source in the history.
    pub(super) fn source_name(&self, source: Source) -> Option<String> {
        match source {
            Source::Target(target) => self.plan.target(target).map(Target::id),
            Source::ZoneFile => Some(ZONE_FILE.to_owned()),
        }
    }
}

/// What counts as a difference in a zone. Of one that has left its catalog, no records are compared,
/// and its delegation may be gone too.
fn rules_of(membership: Option<&Membership>, rules: ComparisonRules) -> ComparisonRules {
    match membership.map(|membership| membership.state) {
        Some(MembershipState::Left) => {
            ComparisonRules { compare: Compare::Serials, delegation: None, ..rules }
        }
        Some(MembershipState::Listed) | None => rules,
    }
}

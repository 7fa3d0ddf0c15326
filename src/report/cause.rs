//! What is wrong with a zone, as causes that it may share with other zones.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::model::ZoneReport;
use crate::dns::Name;
use crate::judge::{Code, Severity, Verdict};
use crate::plan::Role;

/// The most zones that are named for a cause.
const MAX_NAMED: usize = 3;

/// With at least this many zones, an address that is down for most of them is one cause, and not one for each.
const MIN_ZONES: u64 = 10;

/// Something that is wrong with zones, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Cause<'r> {
    pub(crate) severity: Severity,
    pub(crate) kind: CauseKind,
    /// The name and the address of the server; `None` for the zone as a whole.
    pub(crate) server: Option<(&'r str, &'r str)>,
}

/// The verdict or the code of the finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum CauseKind {
    Verdict(Verdict),
    Finding(&'static str),
}

impl CauseKind {
    /// The code of the verdict or of the finding.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Verdict(verdict) => verdict.code(),
            Self::Finding(code) => code,
        }
    }
}

impl<'r> Cause<'r> {
    /// Everything that is wrong with a zone; nothing for a new version that is propagating in time.
    pub(crate) fn all_of(zone: &'r ZoneReport) -> BTreeSet<Self> {
        let mut causes = BTreeSet::new();
        for server in &zone.servers {
            let at = Some((server.server.as_str(), server.address_text()));
            let is_fine = matches!(server.verdict, Verdict::InSync | Verdict::Propagating);
            if !is_fine && !server.misses_member() {
                let kind = CauseKind::Verdict(server.verdict);
                causes.insert(Self { severity: server.verdict.severity(), kind, server: at });
            }
            // A finding with the code of the verdict only explains it.
            let findings = server.findings.iter().filter(|finding| finding.code != server.verdict.code());
            causes.extend(findings.map(|finding| {
                let kind = CauseKind::Finding(finding.code);
                Self { severity: finding.severity, kind, server: at }
            }));
        }
        // The verdict of the primary says already that it is down.
        let primary_is_down =
            zone.servers.iter().any(|it| it.role != Role::Secondary && it.verdict.is_outage());
        let is_implied = |code| primary_is_down && code == Code::PrimaryUnreachable.name();
        let findings = zone.findings.iter().filter(|finding| !is_implied(finding.code));
        causes.extend(findings.map(|finding| {
            let kind = CauseKind::Finding(finding.code);
            Self { severity: finding.severity, kind, server: None }
        }));
        causes.retain(|cause| {
            cause.severity != Severity::Ok && cause.kind != CauseKind::Finding(Verdict::Propagating.code())
        });
        causes
    }

    /// Whether the address gives no answer for the zone.
    pub(crate) fn is_outage(self) -> bool {
        match self.kind {
            CauseKind::Verdict(verdict) => verdict.is_outage(),
            CauseKind::Finding(code) => code == Code::MemberNotServed.name(),
        }
    }
}

/// How many zones have each cause, and how many are at each address.
#[derive(Debug, Default)]
pub(crate) struct Causes<'r> {
    zones: HashMap<Cause<'r>, SomeZones<'r>>,
    addresses: HashMap<(&'r str, &'r str), u64>,
}

/// How many zones there are, and the names of a few of them.
#[derive(Debug, Default)]
struct SomeZones<'r> {
    count: u64,
    named: Vec<&'r Name>,
}

/// A cause, and the zones that have it.
#[derive(Debug)]
pub(crate) struct SharedCause<'r> {
    pub(crate) cause: Cause<'r>,
    /// How many zones have it.
    pub(crate) zones: u64,
    /// How many zones are at the address, if it is one of an address.
    pub(crate) of: Option<u64>,
    /// Whether the address is down for most of these, and they are many.
    pub(crate) is_server_wide: bool,
    /// A few of the zones.
    pub(crate) named: Vec<&'r Name>,
}

impl<'r> Causes<'r> {
    /// Counts so many zones with this report, and keeps these names of them while there are few.
    pub(crate) fn add(&mut self, zone: &'r ZoneReport, count: u64, names: &[&'r Name]) {
        for cause in Cause::all_of(zone) {
            let zones = self.zones.entry(cause).or_default();
            zones.count += count;
            zones.named.extend(names.iter().take(MAX_NAMED.saturating_sub(zones.named.len())));
        }
        for address in zone.distinct_addresses() {
            *self.addresses.entry(address).or_default() += count;
        }
    }

    /// Returns the cause that a zone shares with the fewest others, so that what is particular about it is not lost
    /// among what is common; `None` if nothing is wrong but servers that are down for most of their zones.
    pub(crate) fn rarest(&self, zone: &'r ZoneReport) -> Option<Cause<'r>> {
        let causes = Cause::all_of(zone);
        if causes.is_empty() {
            return Some(Cause {
                severity: zone.severity,
                kind: CauseKind::Verdict(zone.verdict),
                server: None,
            });
        }
        let own = causes.into_iter().filter(|cause| !self.is_server_wide(cause));
        own.min_by_key(|cause| (self.count(cause), *cause))
    }

    /// Returns the causes that matter most, at most `max`, and how many others there are: servers that are down first,
    /// then the worst, and of these the ones that most zones have.
    pub(crate) fn most_important(&self, max: usize) -> (Vec<SharedCause<'r>>, usize) {
        let rank = |(cause, is_server_wide): &(Cause<'r>, bool)| {
            (!is_server_wide, cause.severity, Reverse(self.count(cause)), *cause)
        };
        let mut causes: Vec<_> =
            self.zones.keys().map(|cause| (*cause, self.is_server_wide(cause))).collect();
        let omitted = causes.len().saturating_sub(max);
        if omitted > 0 {
            causes.select_nth_unstable_by_key(max, rank);
            causes.truncate(max);
        }
        causes.sort_unstable_by_key(rank);
        let shared = |(cause, is_server_wide): (Cause<'r>, bool)| SharedCause {
            cause,
            zones: self.count(&cause),
            of: cause.server.and_then(|address| self.addresses.get(&address)).copied(),
            is_server_wide,
            named: self.zones.get(&cause).map(|zones| zones.named.clone()).unwrap_or_default(),
        };
        (causes.into_iter().map(shared).collect(), omitted)
    }

    /// How many zones have a cause.
    fn count(&self, cause: &Cause<'_>) -> u64 {
        self.zones.get(cause).map_or(0, |zones| zones.count)
    }

    /// Whether the address is down for most of its zones, and these are many.
    fn is_server_wide(&self, cause: &Cause<'_>) -> bool {
        let zones = self.count(cause);
        let all = cause.server.and_then(|address| self.addresses.get(&address)).copied().unwrap_or_default();
        cause.is_outage() && is_server_wide(zones, all)
    }
}

/// Whether an address is down for most of its zones, and these are many.
pub(crate) fn is_server_wide(down: u64, all: u64) -> bool {
    down >= MIN_ZONES && 2 * down > all
}

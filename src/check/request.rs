//! What to check, and the result.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::caches::CachesReading;
use crate::dns::Name;
use crate::judge::catalog::CatalogState;
use crate::judge::{EarlierResponses, Evidence, History, Judgement};
use crate::observe::ServerStatus;
use crate::plan::{Compare, ComparisonRules, Plan, Role, ServerSelection, TargetId, ZoneSettings};

/// A check to be made.
#[derive(Debug)]
pub struct CheckRequest<'a> {
    /// The addresses that are asked.
    pub scope: CheckScope<'a>,
    /// The servers that were named, and the keys: they decide how a primary that the SOA names is asked.
    pub servers: &'a ServerSelection,
    /// What earlier checks have shown; without it, the result has no history either.
    pub history: Option<History>,
    /// Responses of an earlier check; their addresses are not asked again without a reason.
    pub earlier: Vec<EarlierResponses>,
    /// What earlier checks have read of the zone, if it is a catalog.
    pub catalog: Arc<CatalogState>,
    /// The wall time from which this check's responses are dated.
    pub now: SystemTime,
    /// When queries and transfers end at the latest, and the check with what is known then. It begins before that,
    /// and does not include the lookups of [`CheckScope::All`].
    pub until: Option<Instant>,
    /// Whether servers at which something is wrong are asked what they say themselves.
    pub asks_status: bool,
}

/// The addresses that a check asks.
#[derive(Debug)]
pub enum CheckScope<'a> {
    /// Those of all servers of a zone, which are looked up first.
    All(Name, &'a ComparisonRules),
    /// Those of a plan.
    Planned(Box<Plan>),
}

impl<'a> CheckRequest<'a> {
    /// A check of all servers of a zone, which are looked up first.
    pub fn all(zone: Name, settings: &'a ZoneSettings, now: SystemTime) -> Self {
        Self::new(CheckScope::All(zone, &settings.comparison), &settings.servers, now)
    }

    /// A check of the targets of a plan.
    pub fn planned(plan: Plan, servers: &'a ServerSelection, now: SystemTime) -> Self {
        Self::new(CheckScope::Planned(Box::new(plan)), servers, now)
    }

    /// A check of the serials of a plan's targets, and of nothing else.
    pub fn serials(plan: Plan, servers: &'a ServerSelection, now: SystemTime) -> Self {
        // The other servers may have been found good already.
        let rules = ComparisonRules {
            compare: Compare::Serials,
            samples: 1,
            caches: None,
            delegation: None,
            has_expectations: true,
            ..plan.rules
        };
        // The NS set is left to the check that follows, so here it counts as known.
        let plan = Plan { rules, name_servers: Some(Vec::new()), ..plan };
        Self { asks_status: false, ..Self::planned(plan, servers, now) }
    }

    fn new(scope: CheckScope<'a>, servers: &'a ServerSelection, now: SystemTime) -> Self {
        Self {
            scope,
            servers,
            history: None,
            earlier: Vec::new(),
            catalog: Arc::default(),
            now,
            until: None,
            asks_status: true,
        }
    }
}

impl CheckScope<'_> {
    pub(super) fn zone(&self) -> &Name {
        match self {
            Self::All(zone, _) => zone,
            Self::Planned(plan) => &plan.zone,
        }
    }

    /// The roles of the servers, so far as they are known before the first look-up.
    pub(super) fn roles<'s>(&'s self, servers: &'s ServerSelection) -> impl Iterator<Item = Role> + 's {
        let (selected, plan) = match self {
            Self::All(..) => (servers.servers.as_slice(), None),
            Self::Planned(plan) => ([].as_slice(), Some(plan)),
        };
        let targets = plan.into_iter().flat_map(|plan| &plan.targets).map(|target| target.role);
        let unasked = plan.into_iter().flat_map(|plan| &plan.unasked).map(|unasked| unasked.role);
        selected.iter().map(|(role, _)| *role).chain(targets).chain(unasked)
    }

    pub(super) fn rules(&self) -> &ComparisonRules {
        match self {
            Self::All(_, rules) => rules,
            Self::Planned(plan) => &plan.rules,
        }
    }
}

/// The result of a check.
#[derive(Debug)]
pub struct CheckResult {
    /// What each address answered.
    pub evidence: Box<Evidence>,
    /// What follows from it.
    pub judgement: Judgement,
    /// What this and earlier checks have shown, if the request came with a history.
    pub history: Option<History>,
    /// What the caches of resolvers hold.
    pub caches: CachesReading,
    /// What servers at which something is wrong say themselves: for the report, and no part of the evidence.
    pub statuses: Vec<(TargetId, ServerStatus)>,
}

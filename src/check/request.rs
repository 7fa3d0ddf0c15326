//! What is to be checked, and what came of it.

use std::time::SystemTime;

use crate::dns::Name;
use crate::judge::{EarlierResponses, Evidence, History, Judgement};
use crate::plan::{Compare, ComparisonRules, Plan, ServerSelection, ZoneSettings};

/// A check that is asked for.
#[derive(Debug)]
pub struct CheckRequest<'a> {
    /// The addresses that are asked.
    pub scope: Scope<'a>,
    /// The servers that were named, and the keys: they decide how a primary that the SOA names is asked.
    pub servers: &'a ServerSelection,
    /// What earlier checks have shown; nothing is remembered after a check without it.
    pub history: Option<History>,
    /// Responses of an earlier check; their addresses are not asked again without a reason.
    pub earlier: Vec<EarlierResponses>,
    /// The wall time from which this check's responses are dated.
    pub now: SystemTime,
}

/// The addresses that a check asks.
#[derive(Debug)]
pub enum Scope<'a> {
    /// Those of all servers of a zone, which are looked up first.
    All(Name, &'a ComparisonRules),
    /// Those of a plan.
    Planned(Plan),
}

impl<'a> CheckRequest<'a> {
    /// A check of all servers of a zone, which are looked up first.
    pub fn all(zone: Name, settings: &'a ZoneSettings, now: SystemTime) -> Self {
        Self::new(Scope::All(zone, &settings.comparison), &settings.servers, now)
    }

    /// A check of the targets of a plan.
    pub fn planned(plan: Plan, servers: &'a ServerSelection, now: SystemTime) -> Self {
        Self::new(Scope::Planned(plan), servers, now)
    }

    /// A check of the serials of a plan's targets, and of nothing else.
    pub fn serials(plan: Plan, servers: &'a ServerSelection, now: SystemTime) -> Self {
        let rules = ComparisonRules { compare: Compare::Serials, samples: 1, ..plan.rules };
        // An empty NS set is not asked for: no answer of this check depends on it.
        let plan = Plan { rules, name_servers: Some(Vec::new()), ..plan };
        Self::planned(plan, servers, now)
    }

    fn new(scope: Scope<'a>, servers: &'a ServerSelection, now: SystemTime) -> Self {
        Self { scope, servers, history: None, earlier: Vec::new(), now }
    }
}

impl Scope<'_> {
    pub(super) fn zone(&self) -> &Name {
        match self {
            Self::All(zone, _) => zone,
            Self::Planned(plan) => &plan.zone,
        }
    }

    pub(super) fn rules(&self) -> &ComparisonRules {
        match self {
            Self::All(_, rules) => rules,
            Self::Planned(plan) => &plan.rules,
        }
    }
}

/// What came of a check.
#[derive(Debug)]
pub struct CheckResult {
    /// What each address answered.
    pub evidence: Box<Evidence>,
    /// What follows from it.
    pub judgement: Judgement,
    /// What this and earlier checks have shown, if the request came with a history.
    pub history: Option<History>,
}

//! What may be set for the probe, for a group and for a zone: each begins with what the one above says.

use std::time::Duration;

use super::keys::PROBE_KEYS;
use super::reader::{Fields, Reader};
use super::yaml::Node;
use crate::plan::{
    Compare, ComparisonRules, ContentRules, Grace, MaxLag, Serials, SignatureComparison, TtlDifference,
};

/// What may be set for each zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choices {
    /// How often the SOA of every server is asked for.
    pub(super) interval: Duration,
    /// How often whole copies are compared when nothing seems to have changed.
    pub(super) compare_interval: Duration,
    /// What is compared, if that was said.
    pub(super) compare: Option<Compare>,
    /// How long a lagging secondary has to catch up.
    pub(super) grace: Grace,
    /// The longest lag that is put up with.
    pub(super) max_lag: Option<MaxLag>,
    /// SOA questions per address and check.
    pub(super) samples: u32,
    /// What counts as content.
    pub(super) content: ContentRules,
    /// What TTLs count.
    pub(super) ttl: TtlDifference,
    /// Whether serials are shared.
    pub(super) serials: Serials,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            interval: Duration::from_mins(1),
            compare_interval: Duration::from_hours(1),
            compare: None,
            grace: Grace::Auto,
            max_lag: None,
            samples: 1,
            content: ContentRules::default(),
            ttl: TtlDifference::Noted,
            serials: Serials::Shared,
        }
    }
}

/// Independent serials and nothing but serials to compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NothingToCompare;

impl Choices {
    /// Returns the rules of a round at servers that were `named` by somebody, or looked up.
    pub(super) fn rules(self, named: bool) -> Result<ComparisonRules, NothingToCompare> {
        let independent = self.serials == Serials::Independent;
        // Whole copies of other people's zones are read only when asked for.
        let usual = if named || independent { Compare::Records } else { Compare::Serials };
        let compare = self.compare.unwrap_or(usual);
        if independent && compare == Compare::Serials {
            return Err(NothingToCompare);
        }
        Ok(ComparisonRules {
            content: self.content,
            ttl: self.ttl,
            serials: self.serials,
            grace: self.grace,
            max_lag: self.max_lag,
            samples: self.samples,
            ..ComparisonRules::new(compare)
        })
    }

    /// Returns them with what a map says otherwise.
    pub(super) fn but(&self, fields: Fields<'_>, reader: &mut Reader<'_>) -> Self {
        let mut choices = self.clone();
        if let Some(node) = fields.get("ignore_types") {
            choices.content.ignored = reader.types(node);
        }
        let compare = [("serials", Compare::Serials), ("records", Compare::Records)];
        set(fields, "compare", &mut choices.compare, |node| reader.word(node, &compare).map(Some));
        set(fields, "interval", &mut choices.interval, |node| reader.interval(node));
        set(fields, "compare_interval", &mut choices.compare_interval, |node| reader.interval(node));
        set(fields, "grace", &mut choices.grace, |node| {
            reader.duration_or_auto(node, Grace::Auto, Grace::Fixed)
        });
        set(fields, "max_lag", &mut choices.max_lag, |node| {
            reader.duration_or_auto(node, MaxLag::Auto, MaxLag::Fixed).map(Some)
        });
        set(fields, "samples", &mut choices.samples, |node| reader.count(node));
        let ttl = |strict| if strict { TtlDifference::Diverged } else { TtlDifference::Noted };
        set(fields, "strict_ttl", &mut choices.ttl, |node| reader.flag(node).map(ttl));
        let dnssec = [
            ("meaning", SignatureComparison::Meaning),
            ("bytes", SignatureComparison::Bytes),
            ("ignore", SignatureComparison::Ignore),
        ];
        set(fields, "dnssec", &mut choices.content.dnssec, |node| reader.word(node, &dnssec));
        let serials = [("shared", Serials::Shared), ("independent", Serials::Independent)];
        set(fields, "serials", &mut choices.serials, |node| reader.word(node, &serials));
        choices
    }
}

/// What it may cost, for all zones together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long the answer to a question is waited for.
    pub timeout: Duration,
    /// Questions and transfers under way at once.
    pub concurrency: usize,
    /// New questions a second to each address.
    pub max_qps: Option<u32>,
    /// Transfers at once from each address.
    pub max_transfers: usize,
    /// A transfer that brings less than 1 KiB in this time is dropped.
    pub idle_timeout: Duration,
    /// The most bytes of one copy.
    pub max_transfer_bytes: u64,
    /// The most records of one copy.
    pub max_transfer_records: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(2),
            concurrency: 512,
            max_qps: None,
            max_transfers: 2,
            idle_timeout: Duration::from_secs(10),
            max_transfer_bytes: 16_000_000_000,
            max_transfer_records: 200_000_000,
        }
    }
}

/// Reads what is set for the probe.
pub(super) fn probe(node: Option<&Node<'_>>, reader: &mut Reader<'_>) -> (Choices, Limits) {
    let mut costs = Limits::default();
    let Some(node) = node else { return (Choices::default(), costs) };
    let fields = reader.fields(node, PROBE_KEYS);
    let choices = Choices::default().but(fields, reader);
    set(fields, "timeout", &mut costs.timeout, |node| reader.duration(node));
    set(fields, "concurrency", &mut costs.concurrency, |node| reader.count(node));
    set(fields, "max_qps", &mut costs.max_qps, |node| reader.count(node).map(Some));
    set(fields, "max_transfers", &mut costs.max_transfers, |node| reader.count(node));
    set(fields, "idle_timeout", &mut costs.idle_timeout, |node| reader.duration(node));
    set(fields, "max_transfer_bytes", &mut costs.max_transfer_bytes, |node| reader.count(node));
    set(fields, "max_transfer_records", &mut costs.max_transfer_records, |node| reader.count(node));
    (choices, costs)
}

/// Sets what a map says, if it says so and that can be read.
pub(super) fn set<'n, T>(
    fields: Fields<'n>,
    key: &str,
    slot: &mut T,
    read: impl FnOnce(&'n Node<'n>) -> Option<T>,
) {
    if let Some(value) = fields.get(key).and_then(read) {
        *slot = value;
    }
}

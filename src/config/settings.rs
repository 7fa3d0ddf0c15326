//! The settings that `probe`, a group and a zone may have: each inherits those it does not set itself.

use std::sync::Arc;
use std::time::Duration;

use super::error::ConfigErrorKind;
use super::reader::{ConfigReader, Mapping};
use super::yaml::Mark;
use crate::dns::{Name, Rtype};
use crate::plan::{
    CacheLookup, CacheResolver, CacheSettings, Compare, ComparisonRules, ContentRules, Cover,
    DelegationRules, Grace, MaxLag, ReadBy, Serials, SignatureComparison, TtlDifference, ValidationRules,
    ZoneSettings,
};

/// The settings of `probe`, of a group or of a zone, those it inherits among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InheritedSettings {
    /// The group whose settings these are, or those of its zones.
    pub(super) group: Option<Arc<str>>,
    /// How often every server is asked for its SOA.
    pub(super) interval: Duration,
    /// How often whole copies are compared when nothing seems to have changed.
    pub(super) compare_interval: Duration,
    /// Whether copies are followed by the changes that servers send.
    pub(super) follows_changes: bool,
    /// The longest time from one comparison of whole copies to the next.
    pub(super) whole_interval: Duration,
    /// What is compared, if that is set anywhere.
    pub(super) compare: Option<Compare>,
    /// How records are read.
    pub(super) by: ReadBy,
    /// What to ask for beside the records that are known.
    pub(super) names: Vec<(Name, Option<Rtype>)>,
    /// How much is asked for.
    pub(super) cover: Option<Cover>,
    /// How long a lagging secondary has to catch up.
    pub(super) grace: Grace,
    /// The longest acceptable lag.
    pub(super) max_lag: Option<MaxLag>,
    /// SOA queries to each address in a check.
    pub(super) samples: u32,
    /// What counts as content: `ignore_types` and `dnssec`.
    pub(super) content: ContentRules,
    /// Whether signatures are verified.
    pub(super) validate: bool,
    /// The file of the DS records that keys are held against, and where it is named.
    pub(super) ds: Option<(String, Mark)>,
    /// Whether the delegation is looked at, if that is set anywhere.
    pub(super) delegation: Option<bool>,
    /// The servers of the parent as they are written, and where.
    pub(super) parents: Vec<(String, Mark)>,
    /// What a difference in the TTL alone is.
    pub(super) ttl: TtlDifference,
    /// Whether the servers share their serials.
    pub(super) serials: Serials,
    /// The resolvers that are asked for what servers answer wrongly.
    pub(super) caches: Vec<CacheResolver>,
    /// Whether these may look up what they do not have.
    pub(super) cache_lookup: CacheLookup,
}

impl Default for InheritedSettings {
    fn default() -> Self {
        Self {
            group: None,
            interval: Duration::from_mins(1),
            compare_interval: Duration::from_hours(1),
            follows_changes: true,
            whole_interval: Duration::from_hours(24),
            compare: None,
            by: ReadBy::Auto,
            names: Vec::new(),
            cover: None,
            grace: Grace::Auto,
            max_lag: None,
            samples: 1,
            content: ContentRules::default(),
            validate: false,
            ds: None,
            delegation: None,
            parents: Vec::new(),
            ttl: TtlDifference::Noted,
            serials: Serials::Shared,
            caches: Vec::new(),
            cache_lookup: CacheLookup::Never,
        }
    }
}

/// Serials are independent, and nothing but serials is to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NothingToCompare;

impl InheritedSettings {
    /// Returns the rules for a zone whose servers are defined, or else are looked up.
    pub(super) fn rules(self, are_servers_defined: bool) -> Result<ComparisonRules, NothingToCompare> {
        let independent = self.serials == Serials::Independent;
        // Whole copies of other people's zones are read only when that is asked for.
        let is_asked_for = are_servers_defined
            || independent
            || self.content.multi_signer
            || !self.names.is_empty()
            || self.validate;
        let default = if is_asked_for { Compare::Records } else { Compare::Serials };
        let compare = self.compare.unwrap_or(default);
        if independent && compare == Compare::Serials {
            return Err(NothingToCompare);
        }
        let looks_at_delegation = self.delegation.unwrap_or(!self.parents.is_empty());
        Ok(ComparisonRules {
            by: self.by,
            names: self.names,
            cover: self.cover,
            follows_changes: self.follows_changes,
            content: self.content,
            validation: self.validate.then(ValidationRules::default),
            delegation: looks_at_delegation.then(DelegationRules::default),
            ttl: self.ttl,
            serials: self.serials,
            grace: self.grace,
            max_lag: self.max_lag,
            samples: self.samples,
            caches: CacheSettings::of(&self.caches, self.cache_lookup),
            ..ComparisonRules::new(compare)
        })
    }

    /// Returns the settings of a mapping that inherits these.
    pub(super) fn overridden_by(&self, mapping: Mapping<'_>, reader: &mut ConfigReader<'_>) -> Self {
        let mut settings = self.clone();
        if let Some(node) = mapping.get("ignore_types") {
            settings.content.ignored = reader.rr_types(node);
        }
        let compare = [("serials", Compare::Serials), ("records", Compare::Records)];
        mapping.set("compare", &mut settings.compare, |node| reader.one_of(node, &compare).map(Some));
        mapping.set("by", &mut settings.by, |node| reader.one_of(node, &READ_BY));
        mapping.set("cover", &mut settings.cover, |node| reader.cover(node).map(Some));
        if let Some(node) = mapping.get("names") {
            settings.names = reader.named_rrsets(node).into_iter().map(|(_, named)| named).collect();
        }
        settings.check_reading(mapping, reader);
        mapping.set("interval", &mut settings.interval, |node| reader.interval(node));
        mapping.set("compare_interval", &mut settings.compare_interval, |node| reader.interval(node));
        let changes = [("auto", true), ("never", false)];
        mapping.set("changes", &mut settings.follows_changes, |node| reader.one_of(node, &changes));
        mapping.set("whole_interval", &mut settings.whole_interval, |node| reader.interval(node));
        mapping.set("grace", &mut settings.grace, |node| {
            reader.duration_or_auto(node, Grace::Auto, Grace::Fixed)
        });
        mapping.set("max_lag", &mut settings.max_lag, |node| {
            reader.duration_or_auto(node, MaxLag::Auto, MaxLag::Fixed).map(Some)
        });
        mapping.set("samples", &mut settings.samples, |node| reader.count(node));
        let ttl = |strict| if strict { TtlDifference::Diverged } else { TtlDifference::Noted };
        mapping.set("strict_ttl", &mut settings.ttl, |node| reader.boolean(node).map(ttl));
        let dnssec = [
            ("meaning", SignatureComparison::Semantic),
            ("bytes", SignatureComparison::Exact),
            ("ignore", SignatureComparison::Ignore),
        ];
        mapping.set("dnssec", &mut settings.content.dnssec, |node| reader.one_of(node, &dnssec));
        mapping.set("multi_signer", &mut settings.content.multi_signer, |node| reader.boolean(node));
        settings.check_signers(mapping, reader);
        mapping.set("validate", &mut settings.validate, |node| reader.boolean(node));
        mapping.set("ds", &mut settings.ds, |node| Some(Some((reader.string(node)?.to_owned(), node.mark))));
        settings.check_validation(mapping, reader);
        mapping.set("delegation", &mut settings.delegation, |node| reader.boolean(node).map(Some));
        if let Some(node) = mapping.get("parent") {
            settings.parents = reader.strings(node);
        }
        let serials = [("shared", Serials::Shared), ("independent", Serials::Independent)];
        mapping.set("serials", &mut settings.serials, |node| reader.one_of(node, &serials));
        mapping.set("caches", &mut settings.caches, |node| Some(reader.cache_resolvers(node)));
        let lookup = |recurses| if recurses { CacheLookup::Allowed } else { CacheLookup::Never };
        mapping.set("cache_recurse", &mut settings.cache_lookup, |node| reader.boolean(node).map(lookup));
        settings
    }
}

/// How records are read, by the words for it.
pub(super) const READ_BY: [(&str, ReadBy); 3] =
    [("auto", ReadBy::Auto), ("transfer", ReadBy::Transfer), ("query", ReadBy::Query)];

impl InheritedSettings {
    /// Checks that records are read where their signatures are to be verified.
    fn check_validation(&self, mapping: Mapping<'_>, reader: &mut ConfigReader<'_>) {
        if let Some(node) = mapping.get("validate")
            && self.validate
            && self.compare == Some(Compare::Serials)
        {
            reader.error(node.mark, ConfigErrorKind::NothingToValidate);
        }
    }

    /// Checks that the keys of several signers are compared.
    fn check_signers(&self, mapping: Mapping<'_>, reader: &mut ConfigReader<'_>) {
        let set_here = ["multi_signer", "dnssec", "ignore_types"].iter().find_map(|key| mapping.get(key));
        if let Some(node) = set_here.filter(|_| self.content.contradicts_multi_signer()) {
            reader.error(node.mark, ConfigErrorKind::KeysNotCompared);
        }
    }

    /// Checks that what a mapping says to ask for is asked for.
    fn check_reading(&self, mapping: Mapping<'_>, reader: &mut ConfigReader<'_>) {
        for key in ["names", "cover"] {
            let Some(node) = mapping.get(key) else { continue };
            if self.by == ReadBy::Transfer {
                reader.error(node.mark, ConfigErrorKind::NothingToAsk(key));
            } else if self.compare == Some(Compare::Serials) {
                reader.error(node.mark, ConfigErrorKind::NoRecords(key));
            }
        }
    }
}

/// The addresses that a zone is taken to have whose servers are looked up.
pub const ESTIMATED_ADDRESSES: u64 = 4;

/// The settings of one zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorSettings {
    /// The group of the configuration that the zone is in, if any.
    pub group: Option<Arc<str>>,
    /// Its servers and their keys, and what counts as a difference; without servers, its NS set is looked up.
    pub zone: ZoneSettings,
    /// How often every server is asked for its SOA.
    pub interval: Duration,
    /// How often whole copies are compared when nothing seems to have changed, and they are not followed: not more than
    /// `whole_interval`.
    pub compare_interval: Duration,
    /// The longest time from one comparison of whole copies to the next, also where changes are followed.
    pub whole_interval: Duration,
}

impl MonitorSettings {
    /// The number of addresses that a zone with these settings has, about.
    pub fn estimated_addresses(&self) -> u64 {
        match self.zone.servers.servers.len() {
            0 => ESTIMATED_ADDRESSES,
            count => count as u64,
        }
    }

    /// Returns the rules of a scheduled check that compares this much: its interval counts for deadlines. It does not look
    /// at the delegation.
    pub fn rules(&self, compare: Compare) -> ComparisonRules {
        let interval = self.interval;
        ComparisonRules { compare, interval, delegation: None, ..self.zone.comparison.clone() }
    }
}

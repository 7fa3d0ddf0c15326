//! The DS records of the parent, held against the keys of the zone.

use super::{Problem, Sides, at};
use crate::advice;
use crate::dns::Rtype;
use crate::dns::dnssec::{Dnskey, Ds, supported_ds};
use crate::judge::findings::list::{first, first_described};
use crate::judge::verdict::Severity;
use crate::observe::{ChildSide, ParentServer};

impl Sides<'_> {
    /// The servers of the parent have different DS records, or none that matches a key of the zone.
    pub(super) fn keys(&self) -> Vec<Problem> {
        let mut views: Vec<(&[Ds], &ParentServer)> = Vec::new();
        for parent in self.parents {
            let Some(ds) = parent.ds.as_deref() else { continue };
            if views.iter().all(|(known, _)| *known != ds) {
                views.push((ds, parent));
            }
        }
        let mut problems: Vec<Problem> = different(&views).into_iter().collect();
        let Some(child) = self.child() else { return problems };
        let Some(keys) = &child.keys else { return problems };
        let usable: Vec<&Dnskey> = keys.iter().filter(|key| key.is_zone_key() && !key.is_revoked()).collect();
        views.retain(|(ds, _)| !ds.is_empty() && !self.is_matched(ds, &usable));
        problems.extend(views.into_iter().map(|view| self.mismatch(view, child, &usable)));
        problems
    }

    fn mismatch(&self, (ds, parent): (&[Ds], &ParentServer), child: &ChildSide, keys: &[&Dnskey]) -> Problem {
        let (at, tags) = (at(parent), tags(ds.iter().map(|ds| ds.key_tag)));
        let what = if keys.is_empty() {
            format!("the parent ({at}) has DS records of {tags}, and the zone is not signed")
        } else {
            let ours = self::tags(keys.iter().map(|key| key.key_tag()));
            format!("no DS record of the parent ({at}: {tags}) matches a key of the zone ({ours})")
        };
        let mut advice = vec![advice::ask_rrset(self.zone, Rtype::DS, &parent.address.into())];
        advice.push(if keys.is_empty() {
            advice::remove_ds(self.zone)
        } else {
            advice::make_ds(self.zone, &child.address.into())
        });
        let message = format!("{what}: validating resolvers reject the zone");
        Problem { severity: Severity::Critical, message, advice }
    }

    /// Whether a resolver that validates finds a key by these DS records, or may find one.
    fn is_matched(&self, ds: &[Ds], keys: &[&Dnskey]) -> bool {
        let supported = supported_ds(ds);
        let used = if supported.is_empty() { ds.iter().collect() } else { supported };
        let may_match = |ds: &Ds, key: &Dnskey| {
            let is_named = ds.algorithm == key.algorithm && ds.key_tag == key.key_tag();
            if ds.has_known_digest_type() { ds.matches(self.zone, key) } else { is_named }
        };
        used.iter().any(|ds| keys.iter().any(|key| may_match(ds, key)))
    }
}

/// The servers of the parent have different DS records.
fn different(views: &[(&[Ds], &ParentServer)]) -> Option<Problem> {
    let view = |(ds, parent): &(&[Ds], &ParentServer)| {
        let tags = if ds.is_empty() { "none".to_owned() } else { tags(ds.iter().map(|ds| ds.key_tag)) };
        format!("{} has {tags}", at(parent))
    };
    let described: Vec<String> = views.iter().map(view).collect();
    let described = first_described(&described, views.len());
    let message = format!("the servers of the parent have different DS records: {described}");
    (views.len() > 1).then(|| Problem { severity: Severity::Warning, message, advice: Vec::new() })
}

/// `key tag 1`, `key tags 1, 2`, or the first of more.
pub(super) fn tags(tags: impl Iterator<Item = u16>) -> String {
    let mut tags: Vec<u16> = tags.collect();
    tags.sort_unstable();
    tags.dedup();
    let listed: Vec<String> = tags.iter().map(u16::to_string).collect();
    format!("key {} {}", if tags.len() == 1 { "tag" } else { "tags" }, first(&listed, listed.len()))
}

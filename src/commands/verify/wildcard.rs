//! Finds out which wildcard an answer was synthesized from (RFC 4592).

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::check::{Checker, TimeLimit};
use crate::dns::message::{NOERROR, Redirect};
use crate::dns::name::is_within;
use crate::dns::{Name, Rtype};
use crate::observe::RrsetAnswer;
use crate::plan::Target;

/// The most ancestors of a name whose wildcards are asked for.
const MAX_ANCESTORS: usize = 8;

/// A name and a type that a server was asked for.
pub(super) struct WildcardSearch<'a> {
    pub(super) checker: &'a Checker,
    pub(super) target: &'a Target,
    pub(super) zone: &'a Name,
    pub(super) question: (&'a Name, Rtype),
    pub(super) limit: TimeLimit,
}

impl WildcardSearch<'_> {
    /// The wildcard that an answer was synthesized from, if it is certain.
    ///
    /// The name does not exist if a name below it gets the same answer: a wildcard does not cover what is below a name
    /// that exists. For the same reason a wildcard exists if names below it do not get its answer.
    pub(super) async fn source(&self, answer: &RrsetAnswer) -> Option<Name> {
        let (owner, _) = self.question;
        if !is_synthesizable(answer) || owner.labels().next() == Some(b"*") {
            return None;
        }
        let candidates: Vec<Name> = ancestors(owner, self.zone).filter_map(|it| child(b"*", &it)).collect();
        let below_owner = self.has_below(owner, answer);
        let below_candidates = join_all(candidates.iter().map(|it| self.has_below(it, answer)));
        let at_candidates = join_all(candidates.iter().map(|it| self.has(Some(it.clone()), answer)));
        let (below_owner, below, at) = futures_util::join!(below_owner, below_candidates, at_candidates);
        let is_source = |(below, at): (Option<bool>, Option<bool>)| at == Some(true) && below == Some(false);
        let source = below.into_iter().zip(at).position(is_source).filter(|_| below_owner == Some(true))?;
        candidates.into_iter().nth(source)
    }

    /// Whether a name that does not exist, right below another one, gets the same answer.
    async fn has_below(&self, name: &Name, answer: &RrsetAnswer) -> Option<bool> {
        let label = format!("zoneprobe-{:016x}", rand::random::<u64>());
        self.has(child(label.as_bytes(), name), answer).await
    }

    /// Whether a name gets the same answer.
    async fn has(&self, name: Option<Name>, answer: &RrsetAnswer) -> Option<bool> {
        let name = name?;
        let (_, rtype) = self.question;
        let query = self.checker.client.rrset(self.target, &name, rtype);
        let other = self.limit.within(query).await?.ok()?;
        Some(is_synthesizable(&other) && content(&other) == content(answer))
    }
}

/// Whether an answer may come from a wildcard.
fn is_synthesizable(answer: &RrsetAnswer) -> bool {
    let is_alias = matches!(answer.redirect, Some(Redirect::Cname(_)));
    answer.authoritative && ((answer.rcode == NOERROR && !answer.records.is_empty()) || is_alias)
}

/// What a wildcard gives to every name: the records, or the target of the alias.
fn content(answer: &RrsetAnswer) -> (BTreeSet<&[u8]>, Option<&Redirect>) {
    (answer.records.iter().map(|(_, rdata)| rdata.as_slice()).collect(), answer.redirect.as_ref())
}

/// The names above a name, from the closest up to the zone's.
fn ancestors<'a>(name: &'a Name, zone: &'a Name) -> impl Iterator<Item = Name> + 'a {
    let mut rest = name.as_wire();
    let parents = std::iter::from_fn(move || {
        let (&length, tail) = rest.split_first()?;
        rest = tail.get(usize::from(length)..).filter(|_| length > 0)?;
        Some(rest)
    });
    let within = parents.take_while(|parent| is_within(parent, zone.as_wire()));
    within.take(MAX_ANCESTORS).filter_map(Name::from_wire)
}

/// The name with one more label; `None` if that is too long.
fn child(label: &[u8], name: &Name) -> Option<Name> {
    let length = u8::try_from(label.len()).ok()?;
    Name::from_wire(&[&[length], label, name.as_wire()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ancestors_end_at_the_zone() {
        let name = |text: &str| -> Name { text.parse().unwrap() };
        let (owner, zone) = (name("a.b.example.com"), name("example.com"));
        let all: Vec<Name> = ancestors(&owner, &zone).collect();
        assert_eq!(all, [name("b.example.com"), name("example.com")]);
        assert_eq!(ancestors(&zone, &zone).count(), 0);
        assert_eq!(child(b"*", &zone), Some(name("*.example.com")));
        assert_eq!(child(b"x", &name(&"y.".repeat(127))), None);
    }
}

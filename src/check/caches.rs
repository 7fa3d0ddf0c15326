//! Asks resolvers what their caches hold, once a zone is judged.

use futures_util::future::join_all;

use super::checker::Checker;
use super::time_limit::TimeLimit;
use crate::caches::{self, CacheFailure, MAX_SUSPECTS, ResolverReading, Suspect};
use crate::dns::whole::{QueryKind, WholeMessage};
use crate::dns::{Name, Rtype};
use crate::judge::{Evidence, Judgement, ServerJudgement, Verdict};
use crate::net::SingleQuery;
use crate::observe::Failure;
use crate::plan::queries::name_questions;
use crate::plan::{CacheLookup, CacheResolver, Compare, ServerSelection, Source, Target};

/// What asks resolvers about one zone.
pub(super) struct CacheReader<'a> {
    pub(super) checker: &'a Checker,
    /// The servers that were named: they have the source address of queries.
    pub(super) servers: &'a ServerSelection,
    pub(super) limit: TimeLimit,
}

impl CacheReader<'_> {
    /// Asks every resolver of the rules for what servers answer wrongly, and for the names that the user gave.
    ///
    /// A check that rests on an earlier comparison of records asks none.
    pub(super) async fn read(&self, evidence: &Evidence, judgement: &Judgement) -> Vec<ResolverReading> {
        let rules = &evidence.plan.rules;
        let Some(settings) = rules.caches.as_ref().filter(|_| rules.compare != Compare::PreviousRecords)
        else {
            return Vec::new();
        };
        let mut suspects = caches::suspects(judgement);
        self.add_named(&mut suspects, evidence, judgement).await;
        let (zone, suspects) = (&evidence.plan.zone, &suspects);
        let resolvers = settings.resolvers.iter();
        join_all(resolvers.map(|resolver| self.read_one(zone, resolver, settings.lookup, suspects))).await
    }

    /// Asks a server of the zone what the RRsets must be that the user named.
    async fn add_named(&self, suspects: &mut Vec<Suspect>, evidence: &Evidence, judgement: &Judgement) {
        let questions = name_questions(&evidence.plan.zone, &evidence.plan.rules.names);
        let Some(target) = authority(evidence, judgement).filter(|_| !questions.is_empty()) else { return };
        for (owner, rtype) in questions.into_iter().take(MAX_SUSPECTS) {
            let asked = self.ask(target, (&owner, rtype), QueryKind::Iterative).await;
            let Ok(message) = asked else { return };
            if let Ok(answer) = caches::sighting(&message, (&owner, rtype))
                && message.header.is_authoritative()
            {
                caches::named(suspects, (&owner, rtype), answer);
            }
        }
    }

    /// Asks one resolver for the RRsets, one after the other, until it fails.
    async fn read_one(
        &self,
        zone: &Name,
        resolver: &CacheResolver,
        lookup: CacheLookup,
        suspects: &[Suspect],
    ) -> ResolverReading {
        let target = self.target(resolver);
        let kind = match lookup {
            CacheLookup::Never => QueryKind::Iterative,
            CacheLookup::Allowed => QueryKind::Recursive,
        };
        let (mut answers, mut failure) = (Vec::new(), None);
        for suspect in suspects {
            let rrset = (&suspect.owner, suspect.rtype);
            let message = self.ask(&target, rrset, kind).await.map_err(CacheFailure::Failed);
            match message.and_then(|message| caches::cached(&message, rrset)) {
                Ok(answer) => answers.push((suspect, answer)),
                Err(error) => {
                    let is_final = error.is_final();
                    failure.get_or_insert(error);
                    if is_final {
                        break;
                    }
                }
            }
        }
        caches::read(zone, resolver, (&answers, failure))
    }

    /// The resolver as an address that is asked.
    fn target(&self, resolver: &CacheResolver) -> Target {
        let CacheResolver { name, address } = resolver.clone();
        let source = self.servers.source.filter(|source| source.is_ipv4() == address.is_ipv4());
        Target { source, ..Target::at(name, address) }
    }

    async fn ask(
        &self,
        target: &Target,
        (owner, rtype): (&Name, Rtype),
        kind: QueryKind,
    ) -> Result<WholeMessage, Failure> {
        let query = SingleQuery { qname: owner.clone(), qtype: rtype, kind, dnssec: false };
        let exchange = Box::pin(self.checker.client.single(target, &query));
        let exchanged = self.limit.within(exchange).await.unwrap_or(Err(Failure::Timeout));
        exchanged.map(|(message, _)| message)
    }
}

/// The address that has the zone as users must get it: the reference, or a server that is in sync with the zone file.
fn authority<'e>(evidence: &'e Evidence, judgement: &Judgement) -> Option<&'e Target> {
    let judgement = judgement.links.as_ref().map_or(judgement, |links| {
        let [_, last] = links.as_ref();
        last
    });
    let is_in_sync = |server: &&ServerJudgement| server.decision.verdict == Verdict::InSync;
    let id = match judgement.reference?.source {
        Source::Target(id) => id,
        Source::ZoneFile => judgement.servers.iter().find(is_in_sync)?.target,
    };
    evidence.plan.target(id)
}

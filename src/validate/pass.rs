//! The pass over all RRsets of a copy: what each name is, which signatures it needs, and what its chain must say of it.

use std::io;

use super::names::{EmptyNonTerminal, Names, place};
use super::nsec::NsecChain;
use super::nsec3::{HashedName, LastLink, NameHasher, Parameters, label_below};
use super::types::{OwnerTypes, Place};
use super::verify::{Duty, Job};
use super::workers::{Work, Workers};
use crate::dns::{Name, Rrset, Rtype};
use crate::transfer::SortedRrsets;

/// One pass over all RRsets.
pub(super) struct Pass<'p> {
    apex: &'p Name,
    /// All NSEC3 parameters that the zone publishes.
    published: &'p [Parameters],
    /// Those by which names are hashed.
    hashers: &'p [NameHasher],
    names: Names,
    /// Present where the zone publishes no NSEC3 parameters.
    nsec: Option<NsecChain>,
    owner: Option<Owner>,
    /// The last record of each chain of `hashers`, if it has any.
    last_links: Vec<Option<LastLink>>,
    has_nsec3: bool,
}

/// The owner name whose RRsets are read.
struct Owner {
    name: Name,
    is_occluded: bool,
    /// Absent until it is known whether the name has NS records.
    place: Option<Place>,
    /// The RRsets that came before that.
    held: Vec<Rrset>,
    types: OwnerTypes,
    /// Its NSEC RRset, which is verified when the next name is known.
    nsec: Option<Rrset>,
}

impl<'p> Pass<'p> {
    pub(super) fn new(apex: &'p Name, published: &'p [Parameters], hashers: &'p [NameHasher]) -> Self {
        Self {
            apex,
            published,
            hashers,
            names: Names::new(apex.clone()),
            nsec: published.is_empty().then(|| NsecChain::new(apex.clone())),
            owner: None,
            last_links: vec![None; hashers.len()],
            has_nsec3: false,
        }
    }

    /// Reads all RRsets; returns the last record of each chain of NSEC3 records.
    pub(super) fn run(
        mut self,
        rrsets: &SortedRrsets,
        workers: &mut Workers<'_, '_>,
    ) -> io::Result<Vec<Option<LastLink>>> {
        for rrset in rrsets.iter().with_unaskable() {
            self.take(rrset?, workers);
            workers.check_time()?;
        }
        self.end_owner(workers);
        let Self { names, nsec, hashers, .. } = self;
        hash_empty(names.finish(), hashers, workers);
        if let Some(chain) = nsec {
            let last = chain.finish(self.has_nsec3, &mut workers.outcome);
            workers.verify(last);
        }
        Ok(self.last_links)
    }

    fn take(&mut self, rrset: Rrset, workers: &mut Workers<'_, '_>) {
        if rrset.rtype == Rtype::NSEC3 && label_below(&rrset.owner, self.apex).is_some() {
            self.take_nsec3(rrset, workers);
            return;
        }
        if self.owner.as_ref().is_none_or(|owner| owner.name != rrset.owner) {
            self.end_owner(workers);
            let is_occluded = self.names.is_occluded(&rrset.owner);
            self.owner = Some(Owner::new(rrset.owner.clone(), is_occluded));
        }
        let Some(owner) = &mut self.owner else { return };
        if owner.place.is_none() {
            // Types come in the order of their numbers.
            if rrset.rtype < Rtype::NS {
                owner.held.push(rrset);
                return;
            }
            let has_ns = rrset.rtype == Rtype::NS && !is_orphaned(&rrset);
            owner.settle(self.apex, has_ns, self.nsec.is_some(), workers);
        }
        owner.take(rrset, self.apex, self.nsec.is_some(), workers);
    }

    /// Takes an NSEC3 RRset: one of a chain is verified beside the names.
    fn take_nsec3(&mut self, rrset: Rrset, workers: &mut Workers<'_, '_>) {
        self.has_nsec3 |= !rrset.records.is_empty();
        let mut is_of_chain = false;
        for (hasher, last) in self.hashers.iter().zip(&mut self.last_links) {
            if let Some(nsec3) = hasher.parameters().records_of(&rrset).next() {
                *last = Some(LastLink::of(&nsec3));
                is_of_chain = true;
            }
        }
        if is_of_chain {
            return;
        }
        if rrset.records.is_empty() {
            workers.outcome.add_unverified(rrset.signatures.len() as u64);
            return;
        }
        // A chain that is not published is being built or taken down; no server puts its records into a response.
        let is_published = self.published.iter().any(|one| one.records_of(&rrset).next().is_some());
        let duty = if is_published { Duty::Signed } else { Duty::Free };
        workers.verify([Job::new(rrset, duty)]);
    }

    /// Ends the current owner name, if there is one.
    fn end_owner(&mut self, workers: &mut Workers<'_, '_>) {
        let Some(mut owner) = self.owner.take() else { return };
        if owner.place.is_none() {
            owner.settle(self.apex, false, self.nsec.is_some(), workers);
        }
        let Owner { name, types, nsec, .. } = owner;
        if let Some(chain) = &mut self.nsec {
            let job = chain.add(&name, &types, nsec, &mut workers.outcome);
            workers.verify(job);
        }
        let is_cut = types.place == Place::Delegation
            || types.place == Place::Authoritative && types.has(Rtype::DNAME);
        if is_cut {
            self.names.occlude_below(&name);
        }
        if types.is_empty() {
            return;
        }
        if types.place != Place::Occluded {
            hash_empty(self.names.enter(&name, types.need()), self.hashers, workers);
        }
        if !self.hashers.is_empty() {
            let (name, need) = (name.as_wire().to_vec(), types.need());
            workers.add(Work::Hash(HashedName { name, need, types }));
        }
    }
}

impl Owner {
    fn new(name: Name, is_occluded: bool) -> Self {
        let types = OwnerTypes::new(Place::Authoritative);
        Self { name, is_occluded, place: None, held: Vec::new(), types, nsec: None }
    }

    /// Settles what the name is, and takes what was held back until then.
    fn settle(&mut self, apex: &Name, has_ns: bool, follows_nsec: bool, workers: &mut Workers<'_, '_>) {
        let place = place(self.is_occluded, self.name == *apex, has_ns);
        self.place = Some(place);
        self.types.place = place;
        for rrset in std::mem::take(&mut self.held) {
            self.take(rrset, apex, follows_nsec, workers);
        }
    }

    fn take(&mut self, rrset: Rrset, apex: &Name, follows_nsec: bool, workers: &mut Workers<'_, '_>) {
        self.types.add(&rrset);
        if rrset.records.is_empty() {
            workers.outcome.add_unverified(rrset.signatures.len() as u64);
            return;
        }
        if rrset.rtype == Rtype::NSEC && follows_nsec {
            self.nsec = Some(rrset);
            return;
        }
        // The keys were verified first.
        if rrset.rtype == Rtype::DNSKEY && self.name == *apex {
            return;
        }
        let duty = match self.types.place {
            Place::Authoritative => Duty::Signed,
            Place::Delegation if [Rtype::DS, Rtype::NSEC].contains(&rrset.rtype) => Duty::Signed,
            Place::Delegation | Place::Occluded => Duty::Free,
        };
        if duty == Duty::Signed || !rrset.signatures.is_empty() {
            workers.verify([Job::new(rrset, duty)]);
        }
    }
}

/// Whether an RRset has signatures and no records; one that fits in no response has neither.
fn is_orphaned(rrset: &Rrset) -> bool {
    rrset.records.is_empty() && !rrset.signatures.is_empty()
}

fn hash_empty(empty: Vec<EmptyNonTerminal>, hashers: &[NameHasher], workers: &mut Workers<'_, '_>) {
    for (name, need) in empty.into_iter().filter(|_| !hashers.is_empty()) {
        let types = OwnerTypes::new(Place::Authoritative);
        workers.add(Work::Hash(HashedName { name, need, types }));
    }
}

//! The chains of NSEC3 records (RFC 5155): the records, and the hashes of all names, side by side in the order of the
//! hashes.

use std::io;
use std::iter::Peekable;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE32_DNSSEC;

use super::outcome::Outcome;
use super::types::{Need, OwnerTypes};
use super::verify::{Duty, Job};
use crate::dns::dnssec::{Nsec3, Nsec3Parameters, nsec3_hash};
use crate::dns::wire::Record;
use crate::dns::{Name, Rrset, Rtype, Soa};
use crate::observe::FaultReason;
use crate::transfer::{RecordSorter, RrsetReader, SortError, SortedRrsets};

/// The most iterations with which names are hashed. Past that, resolvers take the zone for unsigned where a name does
/// not exist (RFC 9276 section 3.2; Unbound's limit, and the highest of any).
pub(super) const MAX_ITERATIONS: u16 = 150;

/// The length of a hash in an owner name, as the octet in front of it.
const LABEL_LEN: u8 = 32;

/// How names are hashed in one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    iterations: u16,
    salt: Vec<u8>,
}

/// The label of a hash, in lower case, without its length.
pub(super) type Label = [u8; LABEL_LEN as usize];

/// A name of the zone that may have an NSEC3 record.
pub(super) struct HashedName {
    /// In wire format.
    pub(super) name: Vec<u8>,
    pub(super) need: Need,
    pub(super) types: OwnerTypes,
}

/// Sorts the names of a zone by their hashes.
pub(super) struct NameHasher {
    zone: Name,
    parameters: Parameters,
    sorter: Mutex<RecordSorter>,
}

impl Parameters {
    /// The parameters in an NSEC3PARAM record, if resolvers and servers use them.
    pub(super) fn of_record(rdata: &[u8]) -> Option<Self> {
        Nsec3Parameters::from_rdata(rdata).map(Self::from)
    }

    /// Whether names are hashed with them.
    pub(super) fn are_affordable(&self) -> bool {
        self.iterations <= MAX_ITERATIONS
    }

    /// The records of the chain in an RRset.
    pub(super) fn records_of<'r>(&self, rrset: &'r Rrset) -> impl Iterator<Item = Nsec3<'r>> {
        let all = rrset.records.iter().filter_map(|(_, rdata)| Nsec3::from_rdata(rdata));
        all.filter(|nsec3| {
            let Nsec3Parameters { iterations, salt, .. } = nsec3.parameters;
            self.iterations == iterations && self.salt == salt
        })
    }

    fn hash(&self, name: &[u8]) -> Label {
        label_of(&nsec3_hash(name, &self.salt, self.iterations))
    }
}

impl From<Nsec3Parameters<'_>> for Parameters {
    fn from(parameters: Nsec3Parameters<'_>) -> Self {
        Self { iterations: parameters.iterations, salt: parameters.salt.to_vec() }
    }
}

fn label_of(hash: &[u8; 20]) -> Label {
    let mut label = [0; LABEL_LEN as usize];
    BASE32_DNSSEC.encode_mut(hash, &mut label);
    label
}

/// The label of an owner directly below the apex, if it can be a hash.
pub(super) fn label_below(owner: &Name, apex: &Name) -> Option<Label> {
    let (&length, rest) = owner.as_wire().split_first()?;
    let (label, parent) = rest.split_at_checked(length.into())?;
    (parent == apex.as_wire()).then(|| label.try_into().ok()).flatten()
}

impl HashedName {
    /// The bytes that it takes.
    pub(super) fn len(&self) -> usize {
        self.name.len() + size_of::<Self>() + 2 * (self.types.signed.len() + self.types.unsigned.len())
    }
}

impl NameHasher {
    pub(super) fn new(zone: &Name, parameters: Parameters) -> Self {
        let sorter = Mutex::new(RecordSorter::new(zone, RecordSorter::DEFAULT_MEMORY));
        Self { zone: zone.clone(), parameters, sorter }
    }

    pub(super) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Adds a name.
    pub(super) fn add(&self, name: &HashedName) {
        let label = self.parameters.hash(&name.name);
        let owner = [&[LABEL_LEN][..], &label, self.zone.as_wire()].concat();
        let rdata = name.encode();
        let record = Record::new(&owner, Rtype::NSEC3, 0, &rdata);
        self.sorter.lock().unwrap_or_else(PoisonError::into_inner).add(&record);
    }

    /// Sorts what was added.
    pub(super) fn finish(self, soa: &Soa) -> Result<(Parameters, SortedRrsets), SortError> {
        let sorter = self.sorter.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok((self.parameters, sorter.finish(soa, 0)?))
    }
}

impl HashedName {
    fn encode(&self) -> Vec<u8> {
        let mut out = vec![self.need as u8, u8::try_from(self.name.len()).unwrap_or(u8::MAX)];
        out.extend_from_slice(&self.name);
        self.types.push(&mut out);
        out
    }

    fn decode(octets: &[u8]) -> Option<Self> {
        let (&[need, length], rest) = octets.split_first_chunk::<2>()?;
        let (name, types) = rest.split_at_checked(length.into())?;
        let need = match need {
            0 => Need::Optional,
            1 => Need::UnlessOptOut,
            _ => Need::Required,
        };
        Some(Self { name: name.to_vec(), need, types: OwnerTypes::parse(types)? })
    }
}

/// What is known of the last record of a chain, which also covers what is before the first one.
#[derive(Clone, Debug, Default)]
pub(super) struct LastLink {
    pub(super) next: Option<Label>,
    pub(super) is_opt_out: bool,
}

impl LastLink {
    /// What a record says, if it has a hash of the usual length.
    pub(super) fn of(nsec3: &Nsec3<'_>) -> Self {
        let next = <&[u8; 20]>::try_from(nsec3.next).ok().map(label_of);
        Self { next, is_opt_out: nsec3.is_opt_out() }
    }
}

/// Checks a chain against the names of the zone.
pub(super) struct ChainCheck {
    zone: Name,
    parameters: Parameters,
    names: Peekable<RrsetReader>,
    /// The record before the current place.
    before: LastLink,
    /// Whether the name that it says is next has come, and has no record itself.
    is_met: bool,
    /// The RRset of that record; absent in front of the first one.
    job: Option<Job>,
    /// The hash of the first record, and whether what the last record says is next came in front of it.
    first: Option<(Label, bool)>,
}

impl ChainCheck {
    /// A check that stands in front of the first hash, where the last record of the chain covers.
    pub(super) fn new(zone: &Name, parameters: Parameters, names: &SortedRrsets, last: LastLink) -> Self {
        let names = names.iter().peekable();
        Self { zone: zone.clone(), parameters, names, before: last, is_met: false, job: None, first: None }
    }

    pub(super) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Takes the next RRset with records of the chain; returns the one before it, now that its next one is known.
    pub(super) fn add(
        &mut self,
        label: Label,
        rrset: Rrset,
        outcome: &mut Outcome,
    ) -> io::Result<Option<Job>> {
        self.pass_names(Some(label), outcome)?;
        let before = self.close(label);
        let mut names = Vec::new();
        if let Some(same) = self.names.next_if(|next| self_label(next, &self.zone) == Some(label)) {
            names = decode(&same?);
        }
        let mut denial = names.is_empty().then_some(FaultReason::DenialUnneeded);
        let link = self.link_of(&rrset);
        for nsec3 in self.parameters.records_of(&rrset) {
            for HashedName { name, types, .. } in &names {
                if !types.are_listed_in(nsec3.types) {
                    denial = Some(FaultReason::DenialTypes);
                }
                let Some(owner) = Name::from_wire(name) else { continue };
                for orphan in types.lost(nsec3.types) {
                    outcome.lost(&owner, orphan.rtype, orphan.key_tag, orphan.signatures);
                }
            }
        }
        self.before = link;
        self.is_met = false;
        self.job = Some(Job { rrset, duty: Duty::Signed, denial });
        Ok(before)
    }

    /// What an RRset says; of several records with different next hashes, none counts.
    fn link_of(&self, rrset: &Rrset) -> LastLink {
        let mut links = self.parameters.records_of(rrset).map(|nsec3| LastLink::of(&nsec3));
        let mut link = links.next().unwrap_or_default();
        if links.any(|other| other.next != link.next) {
            link.next = None;
        }
        link
    }

    /// Ends the check; returns the last RRset.
    pub(super) fn finish(mut self, outcome: &mut Outcome) -> io::Result<Option<Job>> {
        self.pass_names(None, outcome)?;
        let Some((first, was_met)) = self.first else { return Ok(None) };
        self.is_met |= was_met;
        Ok(self.close(first))
    }

    /// The RRset of the record before this one, which says what is next.
    fn close(&mut self, label: Label) -> Option<Job> {
        self.first.get_or_insert((label, self.is_met));
        let mut job = self.job.take()?;
        if !self.is_met && self.before.next != Some(label) {
            job.denial = Some(FaultReason::DenialNext);
        }
        Some(job)
    }

    /// Passes the names that have no record, up to a hash.
    fn pass_names(&mut self, up_to: Option<Label>, outcome: &mut Outcome) -> io::Result<()> {
        let zone = self.zone.clone();
        let is_before = |next: &io::Result<Rrset>| match (self_label(next, &zone), up_to) {
            (Some(label), Some(up_to)) => label < up_to,
            // Errors, and the SOA record that every sorter has.
            _ => up_to.is_none() || self_label(next, &zone).is_none(),
        };
        while let Some(next) = self.names.next_if(is_before) {
            let rrset = next?;
            self.is_met |= self.before.next == label_below(&rrset.owner, &zone) && self.before.next.is_some();
            for HashedName { name, need, .. } in decode(&rrset) {
                let is_missing = match need {
                    Need::Optional => false,
                    Need::UnlessOptOut => !self.before.is_opt_out,
                    Need::Required => true,
                };
                if let Some(owner) = Name::from_wire(&name).filter(|_| is_missing) {
                    outcome.fault(&owner, Rtype::NSEC3, None, FaultReason::DenialMissing);
                }
            }
        }
        Ok(())
    }
}

/// The hash of a name that was sorted; `None` of an error, and of what is no name.
fn self_label(next: &io::Result<Rrset>, zone: &Name) -> Option<Label> {
    label_below(&next.as_ref().ok()?.owner, zone)
}

fn decode(rrset: &Rrset) -> Vec<HashedName> {
    let of_names = rrset.records.iter().filter(|_| rrset.rtype == Rtype::NSEC3);
    of_names.filter_map(|(_, rdata)| HashedName::decode(rdata)).collect()
}

//! A slow authoritative server: RFC 1034 section 4.3.2, step by step, over all records of a zone.

use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Response {
    Rrset(Rrset),
    Alias(Rrset),
    Redirected(Name),
    /// An RRset of a wildcard, or its CNAME RRset.
    Synthesized(Rrset),
    Referral {
        ns: Rrset,
        glue: Vec<Rrset>,
    },
    NoData,
    NxDomain,
}

pub(super) struct Authority<'z> {
    pub(super) zone: &'z Name,
    pub(super) rrsets: &'z [Rrset],
}

impl Authority<'_> {
    pub(super) fn find(&self, owner: &Name, rtype: Rtype) -> Option<&Rrset> {
        let is_it =
            |rrset: &&Rrset| rrset.owner == *owner && rrset.rtype == rtype && !rrset.records.is_empty();
        self.rrsets.iter().find(is_it)
    }

    /// Whether a name has RRsets, or a name below it has (RFC 4592 section 2.2.2). NSEC3 makes no names.
    fn exists(&self, name: &Name) -> bool {
        let makes = |it: &Rrset| it.rtype != Rtype::NSEC3 && !it.records.is_empty();
        self.rrsets.iter().any(|it| makes(it) && is_within(it.owner.as_wire(), name.as_wire()))
    }

    pub(super) fn answer(&self, qname: &Name, qtype: Rtype) -> Response {
        let mut node = self.zone.clone();
        loop {
            let is_qname = node == *qname;
            if node != *self.zone
                && !(is_qname && qtype == Rtype::DS)
                && let Some(ns) = self.find(&node, Rtype::NS)
            {
                return Response::Referral { ns: ns.clone(), glue: self.glue(ns) };
            }
            if is_qname {
                return self.at(qname, qtype);
            }
            if self.find(&node, Rtype::DNAME).is_some() {
                return Response::Redirected(node);
            }
            let next = parents(qname).find(|it| parent(it).as_ref() == Some(&node)).unwrap();
            if !self.exists(&next) {
                return self.synthesize(&child(b"*", &node), qtype);
            }
            node = next;
        }
    }

    fn at(&self, node: &Name, qtype: Rtype) -> Response {
        match (self.find(node, qtype), self.find(node, Rtype::CNAME)) {
            (_, Some(alias)) if qtype != Rtype::CNAME => Response::Alias(alias.clone()),
            (Some(rrset), _) => Response::Rrset(rrset.clone()),
            (None, _) => Response::NoData,
        }
    }

    fn synthesize(&self, wildcard: &Name, qtype: Rtype) -> Response {
        if !self.exists(wildcard) {
            return Response::NxDomain;
        }
        match self.at(wildcard, qtype) {
            Response::Rrset(rrset) | Response::Alias(rrset) => Response::Synthesized(rrset),
            other => other,
        }
    }

    /// The addresses at or below the cut of the names of its NS set.
    fn glue(&self, ns: &Rrset) -> Vec<Rrset> {
        let is_glue = |it: &&Rrset| {
            matches!(it.rtype.0, 1 | 28)
                && !it.records.is_empty()
                && is_within(it.owner.as_wire(), ns.owner.as_wire())
                && ns.records.iter().any(|(_, rdata)| rdata == it.owner.as_wire())
        };
        self.rrsets.iter().filter(is_glue).cloned().collect()
    }
}

pub(super) fn child(label: &[u8], name: &Name) -> Name {
    let length = u8::try_from(label.len()).unwrap();
    Name::from_wire(&[&[length], label, name.as_wire()].concat()).unwrap()
}

pub(super) fn parent(name: &Name) -> Option<Name> {
    let length = usize::from(name.as_wire()[0]);
    (length > 0).then(|| Name::from_wire(&name.as_wire()[length + 1..]).unwrap())
}

/// The name, and all above it.
pub(super) fn parents(name: &Name) -> impl Iterator<Item = Name> {
    std::iter::successors(Some(name.clone()), parent)
}

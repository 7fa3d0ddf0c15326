//! Zones in a few words a record, and random ones.

use proptest::prelude::*;

use super::authority::child;
use crate::dns::name::push_sort_key;
use crate::dns::{Name, Rrset, Rtype};

pub(super) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

pub(super) fn key(name: &Name) -> Vec<u8> {
    let mut key = Vec::new();
    push_sort_key(&mut key, name.as_wire());
    key
}

/// The RRset of an owner and type, as in `sub.example NS ns.sub.example`. Data of other types than NS mean nothing.
pub(super) fn rrset(owner: &Name, rtype: Rtype, targets: &[Name]) -> Rrset {
    let records = match rtype {
        Rtype::NS => targets.iter().map(|target| (60, target.as_wire().to_vec())).collect(),
        _ => vec![(60, vec![192, 0, 2, 1])],
    };
    Rrset::new(owner.clone(), rtype, records, Vec::new())
}

/// RRsets of lines such as `www.example A TXT`, sorted. Behind NS is its target, behind `RRSIG-` the type of an RRset
/// without records.
pub(super) fn zone(lines: &[&str]) -> Vec<Rrset> {
    let mut rrsets = Vec::new();
    for line in lines {
        let mut words = line.split(' ');
        let owner = name(words.next().unwrap());
        while let Some(word) = words.next() {
            if let Some(covered) = word.strip_prefix("RRSIG-") {
                let signatures = vec![(60, vec![1])];
                rrsets.push(Rrset::new(owner.clone(), covered.parse().unwrap(), Vec::new(), signatures));
                continue;
            }
            let rtype: Rtype = word.parse().unwrap();
            let targets: Vec<Name> = match rtype {
                Rtype::NS => words.next().unwrap().split(',').map(name).collect(),
                _ => Vec::new(),
            };
            rrsets.push(rrset(&owner, rtype, &targets));
        }
    }
    sorted(rrsets)
}

pub(super) fn sorted(mut rrsets: Vec<Rrset>) -> Vec<Rrset> {
    rrsets.sort_by_key(|rrset| (key(&rrset.owner), rrset.rtype));
    rrsets.dedup_by(|a, b| a.owner == b.owner && a.rtype == b.rtype);
    rrsets
}

/// Names below a zone of few labels, some of them before `*` in canonical order.
pub(super) fn names(zone: Name) -> impl Strategy<Value = Name> {
    let label = prop::sample::select(vec![&b"a"[..], b"a", b"b", b"*", b"*", b"!", b"\0"]);
    prop::collection::vec(label, 0..4)
        .prop_map(move |labels| labels.iter().fold(zone.clone(), |name, label| child(label, &name)))
}

/// RRsets of a zone: any type at any name, whether servers would load that or not.
pub(super) fn rrsets(zone: &Name) -> impl Strategy<Value = Vec<Rrset>> + use<> {
    let types = [1, 1, 1, 28, 16, 15, 2, 2, 5, 39, 43, 47, 50, 6, 65401, 65280];
    let rtype = prop::sample::select(types.map(Rtype).to_vec());
    let one = (names(zone.clone()), rtype, prop::collection::vec(names(zone.clone()), 1..4));
    let apex = [rrset(zone, Rtype::SOA, &[]), rrset(zone, Rtype::NS, &[name("ns.other")])];
    prop::collection::vec(one, 0..14).prop_map(move |all| {
        let others = all.iter().map(|(owner, rtype, targets)| rrset(owner, *rtype, targets));
        sorted(others.chain(apex.clone()).collect())
    })
}

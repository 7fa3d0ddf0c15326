//! The whole zone as it must be, as a zone file (RFC 1035 section 5).

use std::fmt::Write as _;

use super::data::RrsetData;
use super::left_out::{DiffRules, Exclusion};
use super::merge::RrsetPair;
use super::presentation::{owner_text, rdata_text, type_text};
use crate::dns::{Name, Rtype};

/// Writes what the file has of an RRset: the records of the reference, without those that a signer makes; of types that the
/// user leaves out, those of the target; of an NS set of the zone that the reference lacks, those of the target.
pub fn push_rrset(out: &mut String, rules: &DiffRules, pair: &RrsetPair) {
    let data = match rules.exclusion_of(pair) {
        // The SOA stands at the head of the file.
        Some(Exclusion::MadeBySigner | Exclusion::Soa) => None,
        Some(Exclusion::Ignored | Exclusion::LastNameServers) => pair.from.as_ref(),
        None => pair.to.as_ref(),
    };
    if let Some(data) = data {
        push_records(out, &pair.owner, pair.rtype, data);
    }
}

/// Writes records, each on a line.
pub fn push_records(out: &mut String, owner: &Name, rtype: Rtype, data: &RrsetData) {
    let (owner, kind, ttl) = (owner_text(owner), type_text(rtype), data.ttl);
    for rdata in &data.rdata {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{owner} {ttl} IN {kind} {}", rdata_text(rtype, rdata));
    }
}

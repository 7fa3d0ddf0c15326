//! Questions for a zone of which no records are known: there is no answer to expect, and servers are held against
//! each other.

use super::askable::is_askable;
use super::extra::USUAL_TYPES;
use crate::dns::name::is_within;
use crate::dns::{Name, Rrset, Rtype};

/// The types that an apex has in practice: those that every zone has, mail and web (MX, TXT with SPF and
/// verifications, A, AAAA, HTTPS), CAA, DNAME, and what signing adds (DNSKEY, CDS, CDNSKEY, NSEC3PARAM). ZONEMD is
/// the best of all: a digest over the zone.
///
/// SVCB and SRV are not among them, because their owners have a prefix (RFC 9460 section 2.3, RFC 2782), nor is SPF,
/// which is obsolete (RFC 7208 section 3.1).
const APEX_TYPES: [Rtype; 14] = [
    Rtype::SOA,
    Rtype::NS,
    Rtype::A,
    Rtype::AAAA,
    Rtype::MX,
    Rtype::TXT,
    Rtype::CAA,
    Rtype::HTTPS,
    Rtype::DNAME,
    Rtype::DNSKEY,
    Rtype::CDS,
    Rtype::CDNSKEY,
    Rtype::NSEC3PARAM,
    Rtype::ZONEMD,
];

/// The questions at the apex.
pub fn apex_questions(zone: &Name) -> Vec<(Name, Rtype)> {
    APEX_TYPES.into_iter().map(|rtype| (zone.clone(), rtype)).collect()
}

/// The questions for names, each with a type or without one. Names outside the zone are left out.
pub fn name_questions(zone: &Name, named: &[(Name, Option<Rtype>)]) -> Vec<(Name, Rtype)> {
    let mut questions = Vec::new();
    for (name, rtype) in named.iter().filter(|(name, _)| is_within(name.as_wire(), zone.as_wire())) {
        let types = rtype.map_or(USUAL_TYPES.to_vec(), |rtype| vec![rtype]);
        for rtype in types.into_iter().filter(|&rtype| is_askable(rtype)) {
            push(&mut questions, name, rtype);
        }
    }
    questions
}

/// The questions for the addresses of the name servers and mail exchanges in RRsets whose names are in the zone.
pub fn target_questions(zone: &Name, rrsets: &[Rrset]) -> Vec<(Name, Rtype)> {
    let mut questions = Vec::new();
    for rrset in rrsets {
        // RFC 1035 section 3.3.9: a preference comes before the name.
        let skipped = match rrset.rtype {
            Rtype::NS => 0,
            Rtype::MX => 2,
            _ => continue,
        };
        let names = rrset.records.iter().filter_map(|(_, rdata)| Name::from_wire(rdata.get(skipped..)?));
        for name in names.filter(|name| is_within(name.as_wire(), zone.as_wire())) {
            push(&mut questions, &name, Rtype::A);
            push(&mut questions, &name, Rtype::AAAA);
        }
    }
    questions
}

/// Adds a question that is not there yet.
fn push(questions: &mut Vec<(Name, Rtype)>, name: &Name, rtype: Rtype) {
    let question = (name.clone(), rtype);
    if !questions.contains(&question) {
        questions.push(question);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn lines(questions: &[(Name, Rtype)]) -> Vec<String> {
        questions.iter().map(|(name, rtype)| format!("{name} {rtype}")).collect()
    }

    #[test]
    fn every_type_at_the_apex_is_one_that_servers_answer() {
        let questions = apex_questions(&name("example"));
        assert!(questions.iter().all(|(owner, rtype)| *owner == name("example") && is_askable(*rtype)));
    }

    #[test]
    fn a_name_without_a_type_is_asked_for_the_usual_types_and_each_question_comes_once() {
        let named = [
            (name("www.example"), Some(Rtype::TXT)),
            (name("www.example"), None),
            (name("www.example"), Some(Rtype::RRSIG)),
            (name("www.test"), None),
        ];
        let questions = lines(&name_questions(&name("example"), &named));
        let types = ["TXT", "A", "AAAA", "CNAME", "MX"];
        assert_eq!(questions, types.map(|rtype| format!("www.example. {rtype}")));
    }

    #[test]
    fn the_addresses_of_servers_in_the_zone_are_asked() {
        let records = |targets: &[(&[u8], &str)]| {
            let rdata = |(front, target): &(&[u8], &str)| [front, name(target).as_wire()].concat();
            targets.iter().map(|target| (60, rdata(target))).collect()
        };
        let ns = records(&[(b"", "ns.example"), (b"", "ns.test")]);
        let mut mx: Vec<_> = records(&[(&[0, 10], "mail.example"), (&[0, 20], "ns.example"), (&[0, 0], ".")]);
        mx.push((60, vec![0]));
        let rrsets = [(Rtype::NS, ns), (Rtype::MX, mx)];
        let rrsets = rrsets.map(|(rtype, records)| Rrset::new(name("example"), rtype, records, Vec::new()));
        let expected = ["ns.example. A", "ns.example. AAAA", "mail.example. A", "mail.example. AAAA"];
        assert_eq!(lines(&target_questions(&name("example"), &rrsets)), expected);
    }
}

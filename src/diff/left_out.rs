//! What is never changed, and how much of that differs.

use super::merge::RrsetPair;
use crate::dns::{Name, Rtype};

/// What signers made before RFC 4034: SIG and NXT. BIND takes no update of SIG.
const OBSOLETE: [Rtype; 2] = [Rtype(24), Rtype(30)];

/// Which differences are changes.
#[derive(Clone, Debug)]
pub struct DiffRules {
    /// The zone.
    pub zone: Name,
    /// Types that the user leaves out.
    pub ignored: Vec<Rtype>,
}

/// Why an RRset is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exclusion {
    /// The server that is changed counts its own serials.
    Soa,
    /// The server that signs the zone makes it.
    MadeBySigner,
    /// The user leaves it out.
    Ignored,
    /// A zone without name servers is none (RFC 1035 section 5.2).
    LastNameServers,
}

/// How many RRsets differ, and are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Whether the SOA of the zone differs.
    pub soa: bool,
    /// Those that a signer makes, signatures among them.
    pub made_by_signer: u64,
    /// Those of types that the user leaves out.
    pub ignored: u64,
    /// Whether the NS set of the zone is absent from the reference.
    pub name_servers: bool,
    /// Those of which a record is too large for a message, or for the program that is to read it.
    pub too_large: u64,
    /// Those that are changed, and whose records disagree in their TTL on one side: the least counts.
    pub mixed_ttls: u64,
}

impl DiffRules {
    /// Why the user or the protocol keeps an RRset from being changed, if it is.
    pub(super) fn exclusion(&self, owner: &Name, rtype: Rtype) -> Option<Exclusion> {
        match rtype {
            Rtype::SOA if *owner == self.zone => Some(Exclusion::Soa),
            rtype if self.ignored.contains(&rtype) => Some(Exclusion::Ignored),
            rtype if rtype.is_made_by_signers() || OBSOLETE.contains(&rtype) => Some(Exclusion::MadeBySigner),
            _ => None,
        }
    }

    /// Why a pair that differs is not changed, if it is not.
    pub(super) fn exclusion_of(&self, pair: &RrsetPair) -> Option<Exclusion> {
        let empties_name_servers = pair.rtype == Rtype::NS && pair.owner == self.zone && pair.to.is_none();
        self.exclusion(&pair.owner, pair.rtype)
            .or_else(|| empties_name_servers.then_some(Exclusion::LastNameServers))
    }
}

impl LeftOut {
    /// Counts an RRset that differs.
    pub(super) fn count(&mut self, exclusion: Exclusion) {
        match exclusion {
            Exclusion::Soa => self.soa = true,
            Exclusion::MadeBySigner => self.made_by_signer += 1,
            Exclusion::Ignored => self.ignored += 1,
            Exclusion::LastNameServers => self.name_servers = true,
        }
    }

    /// Whether something is left out that would have to be changed for the two to be equal.
    pub fn has_rest(&self) -> bool {
        self.name_servers || self.too_large > 0
    }

    /// What is left out, a line for each reason.
    pub fn lines(&self) -> Vec<String> {
        let of = |count: u64, what: &str| {
            (count > 0).then(|| format!("{count} {} {what}", if count == 1 { "RRset" } else { "RRsets" }))
        };
        let lines = [
            self.soa.then(|| "the SOA, which belongs to each server".to_owned()),
            of(
                self.made_by_signer,
                "that a signer makes (RRSIG, NSEC, NSEC3, DNSKEY, CDS, ZONEMD and others)",
            ),
            of(self.ignored, "of types that --ignore-type leaves out"),
            self.name_servers.then(|| "the NS set of the zone, which the reference does not have".to_owned()),
            of(self.too_large, "with a record that is too large to be changed so"),
        ];
        lines.into_iter().flatten().collect()
    }

    /// What a zone file has otherwise than the reference, a line for each reason.
    pub fn zone_lines(&self) -> Vec<String> {
        let lines = [
            (
                self.made_by_signer > 0,
                "without what a signer makes (RRSIG, NSEC, NSEC3, DNSKEY, CDS, ZONEMD and others)",
            ),
            (
                self.ignored > 0,
                "with the records of the server itself, of types that --ignore-type leaves out",
            ),
            (self.name_servers, "with the NS set of the server itself, since the reference has none"),
        ];
        lines.into_iter().filter(|(is_so, _)| *is_so).map(|(_, line)| line.to_owned()).collect()
    }

    /// What is changed otherwise than the reference has it, if anything is.
    pub fn mixed_ttls_line(&self) -> Option<String> {
        let (rrsets, have) = match self.mixed_ttls {
            0 => return None,
            1 => ("1 RRset".to_owned(), "has"),
            count => (format!("{count} RRsets"), "have"),
        };
        Some(format!("{rrsets} {have} records with different TTLs on one side: the least of them counts"))
    }
}

//! What counts as a difference, and how long a lag may last.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::caches::CacheSettings;
use super::delegation::DelegationRules;
use super::membership::CatalogRules;
use super::reading::{Cover, ReadBy};
use crate::dns::dsfile::DsFile;
use crate::dns::{Name, Rtype};

/// The start of what [`ComparisonRules::records_id`] hashes; a new encoding gets a new number.
const RULES_ENCODING: &[u8] = b"zoneprobe rules 2\n";

/// How much of the zone is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compare {
    /// The SOA alone.
    Serials,
    /// Every record.
    Records,
    /// The SOA alone; about the records, the result of their last comparison at the same serial.
    PreviousRecords,
}

/// Whether the serials of several servers number the same versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serials {
    /// A secondary has the serial of the version that it transferred.
    Shared,
    /// Each server numbers its own versions, and content alone decides. The SOA belongs to the server, and is no
    /// content.
    Independent,
    /// The reference is a version from before, whose serial does not count; the other fields of the SOA do.
    Superseded,
}

/// What a difference in TTL alone is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TtlDifference {
    /// A finding.
    Noted,
    /// A divergence.
    Diverged,
}

/// How long a lagging secondary has to catch up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// One refresh and one retry, from the server's own SOA.
    Auto,
    /// A fixed time.
    Fixed(Duration),
}

/// The longest lag that an operator allows, whatever the protocol heals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaxLag {
    /// One refresh and one retry, and 65 minutes at most.
    Auto,
    /// A fixed time.
    Fixed(Duration),
}

/// How signatures and proofs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureComparison {
    /// By what a signature covers and which key made it, whatever its bytes and times.
    #[default]
    Semantic,
    /// By their bytes.
    Exact,
    /// Not at all: every type that a signer makes is left out ([`Rtype::is_made_by_signers`]).
    Ignore,
}

/// What counts as content of the zone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentRules {
    /// Types that are left out.
    pub ignored: Vec<Rtype>,
    /// How signatures are compared.
    pub dnssec: SignatureComparison,
    /// RRsets that are left out, with the signatures over them.
    pub permitted: Vec<(Name, Rtype)>,
    /// Whether several servers sign the zone, each by keys of its own (RFC 8901): every type of which each of them has
    /// its own records is left out ([`Rtype::is_of_each_signer`]), and each must publish the keys of all.
    pub multi_signer: bool,
}

impl ContentRules {
    /// Whether all records of a type are left out.
    pub fn leaves_out_type(&self, rtype: Rtype) -> bool {
        (self.dnssec == SignatureComparison::Ignore && rtype.is_made_by_signers())
            || (self.multi_signer && rtype.is_of_each_signer())
            || self.ignored.contains(&rtype)
    }

    /// Whether the keys of several signers are left out or compared, where each must have its own.
    pub fn contradicts_multi_signer(&self) -> bool {
        self.multi_signer
            && (self.dnssec != SignatureComparison::Semantic || self.ignored.contains(&Rtype::DNSKEY))
    }
}

/// What the signatures of a copy are verified by, beside its own keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ValidationRules {
    /// The DS records that its keys are held against; without them, those that a resolver gives.
    pub ds: Option<Arc<DsFile>>,
}

/// What counts as a difference, and how long a lag may last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComparisonRules {
    /// How much is compared.
    pub compare: Compare,
    /// How records are read, where a server does not say otherwise ([`super::Plan::read_by`]).
    pub by: ReadBy,
    /// What to ask beside the records that are known: owners, with a type or without one. An owner outside the zone
    /// is not asked.
    pub names: Vec<(Name, Option<Rtype>)>,
    /// How much is asked of servers that are read by queries; all of it without this.
    pub cover: Option<Cover>,
    /// Whether a check of serials follows the copies to newer versions, by the changes that servers send.
    pub follows_changes: bool,
    /// What counts as content.
    pub content: ContentRules,
    /// Whether the signatures of copies are verified, and by what.
    pub validation: Option<ValidationRules>,
    /// What is looked for in the zone, if it is a catalog.
    pub catalog: Option<CatalogRules>,
    /// Whether the delegation of the zone is looked at, and how.
    pub delegation: Option<DelegationRules>,
    /// What a difference in TTL alone is.
    pub ttl: TtlDifference,
    /// Whether serials are shared.
    pub serials: Serials,
    /// How long a lagging secondary has to catch up.
    pub grace: Grace,
    /// The longest lag that the operator allows.
    pub max_lag: Option<MaxLag>,
    /// SOA queries for each address and check, from different ports.
    pub samples: u32,
    /// RRsets listed for each address.
    pub max_differences: usize,
    /// The resolvers that are asked for what servers answer wrongly, if there are any.
    pub caches: Option<Arc<CacheSettings>>,
    /// Whether each address is held against more than the reference, as `verify` does with what is expected: then
    /// one address alone can be right.
    pub has_expectations: bool,
    /// The time between two checks, by which the beginning of a lag may be off; zero for a single check.
    pub interval: Duration,
}

impl ComparisonRules {
    /// The default rules.
    pub fn new(compare: Compare) -> Self {
        Self {
            compare,
            by: ReadBy::Auto,
            names: Vec::new(),
            cover: None,
            follows_changes: false,
            content: ContentRules::default(),
            validation: None,
            catalog: None,
            delegation: None,
            ttl: TtlDifference::Noted,
            serials: Serials::Shared,
            grace: Grace::Auto,
            max_lag: None,
            samples: 1,
            max_differences: 100,
            caches: None,
            has_expectations: false,
            interval: Duration::ZERO,
        }
    }

    /// Returns the rules for a catalog with so many members at most, each of which is checked by these.
    ///
    /// A catalog is always compared whole, and need be neither signed nor delegated: no user asks for it. So what is
    /// compared, whether signatures are verified, whether the delegation is looked at and which caches are asked is for its
    /// members.
    #[must_use]
    pub fn of_catalog(self, max_members: usize) -> Self {
        let catalog = Some(CatalogRules { max_members });
        Self { compare: Compare::Records, validation: None, delegation: None, caches: None, catalog, ..self }
    }

    /// Whether servers with one serial have one version of the zone.
    pub fn serials_count(&self) -> bool {
        match self.serials {
            Serials::Shared => true,
            Serials::Independent | Serials::Superseded => false,
        }
    }

    /// Whether the SOA of a zone, apart from its serial, is content like other records.
    pub fn compares_soa(&self, zone: &Name) -> bool {
        let ContentRules { ignored, permitted, .. } = &self.content;
        let is_permitted = |(owner, rtype): &(Name, Rtype)| *rtype == Rtype::SOA && owner == zone;
        self.serials != Serials::Independent
            && !ignored.contains(&Rtype::SOA)
            && !permitted.iter().any(is_permitted)
    }

    /// Identifies the rules that say which records are the same, across runs and builds.
    ///
    /// It is the first eight bytes of a SHA-256 hash over `RULES_ENCODING`, then a byte each for how
    /// signatures, TTLs and serials are compared, then the ignored types and the permitted RRsets. A list is its
    /// length in eight bytes and its members in the order given; a type is two bytes, a name its wire form.
    /// Numbers are big-endian. With several signers, 128 is added to the byte for signatures.
    pub fn records_id(&self) -> u64 {
        // Every field is named, so that a new one cannot be forgotten.
        let Self {
            content: ContentRules { ignored, dnssec, permitted, multi_signer },
            ttl,
            serials,
            compare: _,
            // They say how records are read, and which; not which of them are the same.
            by: _,
            names: _,
            cover: _,
            follows_changes: _,
            // It is about a copy by itself.
            validation: _,
            catalog: _,
            delegation: _,
            grace: _,
            max_lag: _,
            samples: _,
            max_differences: _,
            // They change no verdict.
            caches: _,
            has_expectations: _,
            interval: _,
        } = self;
        let mut hash = Sha256::new_with_prefix(RULES_ENCODING);
        hash.update([
            match dnssec {
                SignatureComparison::Semantic => 0,
                SignatureComparison::Exact => 1,
                SignatureComparison::Ignore => 2,
            } | (u8::from(*multi_signer) << 7),
            match ttl {
                TtlDifference::Noted => 0,
                TtlDifference::Diverged => 1,
            },
            match serials {
                Serials::Shared => 0,
                Serials::Independent => 1,
                Serials::Superseded => 2,
            },
        ]);
        hash.update((ignored.len() as u64).to_be_bytes());
        for rtype in ignored {
            hash.update(rtype.0.to_be_bytes());
        }
        hash.update((permitted.len() as u64).to_be_bytes());
        for (owner, rtype) in permitted {
            hash.update(owner.as_wire());
            hash.update(rtype.0.to_be_bytes());
        }
        let hash: [u8; 32] = hash.finalize().into();
        let (&id, _) = hash.split_first_chunk().expect("a hash has more than eight bytes");
        u64::from_be_bytes(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    fn id_with(change: impl FnOnce(&mut ComparisonRules)) -> u64 {
        let mut rules = ComparisonRules::new(Compare::Records);
        change(&mut rules);
        rules.records_id()
    }

    // State files hold these values: they change only with `RULES_ENCODING`.
    #[test]
    fn rules_of_records_have_the_same_id_in_every_build() {
        assert_eq!(id_with(|_| ()), 0x2561_e432_37b0_3807);
        assert_eq!(id_with(|rules| rules.content.dnssec = SignatureComparison::Exact), 0x02e1_33e4_cbc1_3970);
        assert_eq!(
            id_with(|rules| rules.content.dnssec = SignatureComparison::Ignore),
            0x692d_4518_6461_34b9
        );
        assert_eq!(id_with(|rules| rules.ttl = TtlDifference::Diverged), 0xe6c0_1489_62d1_97c8);
        assert_eq!(id_with(|rules| rules.serials = Serials::Independent), 0x212b_fa35_991a_d844);
        assert_eq!(id_with(|rules| rules.serials = Serials::Superseded), 0x67d4_d4d8_6d68_6a0e);
        assert_eq!(id_with(|rules| rules.content.ignored = vec![Rtype(16)]), 0x3d72_582d_2a81_6720);
        let permitted = vec![(name("www.example.com"), Rtype(1))];
        assert_eq!(id_with(|rules| rules.content.permitted = permitted), 0x6860_bd11_fc6d_d94f);
        let all = id_with(|rules| {
            rules.content = ContentRules {
                ignored: vec![Rtype(65280)],
                dnssec: SignatureComparison::Ignore,
                permitted: vec![(name("www.example.com"), Rtype(1)), (name("."), Rtype::SOA)],
                multi_signer: false,
            };
            rules.ttl = TtlDifference::Diverged;
            rules.serials = Serials::Independent;
        });
        assert_eq!(all, 0xaed1_d558_81dc_8376);
    }

    #[test]
    fn each_rule_of_records_and_the_order_of_a_list_change_the_id() {
        let ignored = |types: &[u16]| {
            let types = types.iter().copied().map(Rtype).collect();
            id_with(|rules| rules.content.ignored = types)
        };
        let permitted = |rrsets: &[(&str, u16)]| {
            let rrsets = rrsets.iter().map(|&(owner, rtype)| (name(owner), Rtype(rtype))).collect();
            id_with(|rules| rules.content.permitted = rrsets)
        };
        let ids = [
            id_with(|_| ()),
            id_with(|rules| rules.content.dnssec = SignatureComparison::Exact),
            id_with(|rules| rules.content.dnssec = SignatureComparison::Ignore),
            id_with(|rules| rules.content.multi_signer = true),
            id_with(|rules| rules.ttl = TtlDifference::Diverged),
            id_with(|rules| rules.serials = Serials::Independent),
            id_with(|rules| rules.serials = Serials::Superseded),
            ignored(&[1]),
            ignored(&[16]),
            ignored(&[1, 16]),
            ignored(&[16, 1]),
            ignored(&[1, 1]),
            permitted(&[("a.example", 1)]),
            permitted(&[("a.example", 16)]),
            permitted(&[("b.example", 1)]),
            permitted(&[("a.example", 1), ("b.example", 1)]),
            permitted(&[("b.example", 1), ("a.example", 1)]),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids[..index].contains(id), "{index}: {id:#x}");
        }
    }

    #[test]
    fn rules_that_are_not_about_records_do_not_change_the_id() {
        let other = ComparisonRules {
            by: ReadBy::Query,
            names: vec![(name("www.example.com"), None)],
            cover: Some(Cover::Count(1)),
            validation: Some(ValidationRules::default()),
            delegation: Some(DelegationRules::default()),
            grace: Grace::Fixed(Duration::from_secs(1)),
            max_lag: Some(MaxLag::Auto),
            samples: 3,
            max_differences: 0,
            interval: Duration::from_mins(1),
            ..ComparisonRules::new(Compare::PreviousRecords)
        };
        assert_eq!(other.records_id(), id_with(|_| ()));
    }
}

//! The records of the zones.

use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::BASE32HEX_NOPAD;
use sha1::{Digest as _, Sha1};

use super::record::SIGNED_TTL;
use super::{Rdata, Record};

/// A zone of the benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GeneratedZone {
    /// A, AAAA, MX and TXT at every name; exactly so many records.
    Mixed(u64),
    /// Two NS, DS and RRSIG at every name, and an NSEC3 with its RRSIG; at most so many records.
    Registry(u64),
}

/// One of the two copies of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Variant {
    Good,
    /// The copy in which the [`planted`] RRsets differ.
    Planted,
    /// The copy of a mixed zone in which the [`stale`] RRset has another address.
    Stale,
}

/// Records of each name of a mixed zone.
const RECORDS_PER_NAME: usize = 4;

/// Records of each name of a registry's zone, with its NSEC3 and the RRSIG over that.
const RECORDS_PER_DELEGATION: u64 = 6;

/// The number of RRsets that differ in a planted copy.
const PLANTED: u64 = 25;

/// The distance between two of them, in names; all are within the first 1,000,000 records.
const STRIDE: u64 = 9_973;

const WORDS: [&str; 8] =
    ["www", "mail-gateway", "shop", "static-content", "api", "edge", "internal-tools", "db"];

/// The planted differences by turns: type and kind.
const KINDS: [(&str, &str); 5] =
    [("TXT", "missing"), ("A", "extra"), ("A", "changed"), ("MX", "changed"), ("AAAA", "ttl")];

/// The name whose A record is stale in a stale copy.
const STALE: u64 = 20_000;

/// The owner of the stale RRset of a mixed zone.
pub(crate) fn stale(zone: GeneratedZone) -> String {
    name(STALE, &zone.name())
}

/// The planted differences as owner, type and kind, sorted.
pub(crate) fn planted() -> Vec<(String, String, String)> {
    let zone = GeneratedZone::Mixed(1_000_000).name();
    let planted = (1..=PLANTED).map(|turn| {
        let (rtype, kind) = kind(turn);
        let owner =
            if kind == "extra" { extra_name(turn * STRIDE, &zone) } else { name(turn * STRIDE, &zone) };
        (owner, rtype.to_owned(), kind.to_owned())
    });
    let mut planted: Vec<_> = planted.collect();
    planted.sort();
    planted
}

fn kind(turn: u64) -> (&'static str, &'static str) {
    let turn = usize::try_from(turn).expect("there are few");
    KINDS[turn % KINDS.len()]
}

impl GeneratedZone {
    /// Its name, with the final dot.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Mixed(records) => format!("records-{records}.test."),
            Self::Registry(_) => "registry.test.".to_owned(),
        }
    }

    /// Calls `sink` with every record, the SOA first.
    pub(crate) fn for_each_record(self, copy: Variant, mut sink: impl FnMut(&Record)) {
        match self {
            Self::Mixed(records) => mixed(&self.name(), records, copy, &mut sink),
            Self::Registry(records) => registry(&self.name(), records, &mut sink),
        }
    }
}

/// SOA, two NS, and the addresses of the two name servers.
fn apex(zone: &str, sink: &mut impl FnMut(&Record)) {
    let soa = Rdata::Soa { mname: format!("ns0.{zone}"), rname: format!("hostmaster.{zone}") };
    let name_server = |number: u8| Rdata::Ns(format!("ns{number}.{zone}"));
    for data in [soa, name_server(0), name_server(1)] {
        sink(&Record { owner: zone.to_owned(), ttl: 3600, data });
    }
    for number in [0, 1] {
        let data = Rdata::A(Ipv4Addr::new(192, 0, 2, number));
        sink(&Record { owner: format!("ns{number}.{zone}"), ttl: 3600, data });
    }
}

/// The number of records of [`apex`].
const APEX_RECORDS: u64 = 5;

fn name(number: u64, zone: &str) -> String {
    let word = WORDS[usize::try_from(number % 8).expect("it is below eight")];
    format!("{word}-{number}.{zone}")
}

fn extra_name(number: u64, zone: &str) -> String {
    format!("planted-{number}.{zone}")
}

fn mixed(zone: &str, records: u64, copy: Variant, sink: &mut impl FnMut(&Record)) {
    apex(zone, sink);
    let mut left = records - APEX_RECORDS;
    let mut number = 0;
    while left > 0 {
        number += 1;
        let turn = number / STRIDE;
        let is_turn = number.is_multiple_of(STRIDE) && (1..=PLANTED).contains(&turn);
        let kind = match copy {
            Variant::Good => None,
            Variant::Planted => is_turn.then(|| kind(turn)),
            Variant::Stale => (number == STALE).then_some(("A", "changed")),
        };
        for (rtype, data) in
            records_of_name(number, zone).into_iter().take(usize::try_from(left).unwrap_or(RECORDS_PER_NAME))
        {
            let is_planted = kind.is_some_and(|(planted, _)| planted == rtype);
            plant_record(number, zone, data, kind.filter(|_| is_planted).map(|(_, kind)| kind), sink);
            left -= 1;
        }
    }
    let last_planted = match copy {
        Variant::Good => 0,
        Variant::Planted => PLANTED * STRIDE,
        Variant::Stale => STALE,
    };
    assert!(number >= last_planted, "the zone is too small for what is planted in it");
}

/// Calls `sink` with one record of a name, or with what is planted instead.
fn plant_record(number: u64, zone: &str, data: Rdata, kind: Option<&str>, sink: &mut impl FnMut(&Record)) {
    let owner = name(number, zone);
    match kind {
        None => sink(&Record { owner, ttl: 3600, data }),
        Some("missing") => {}
        Some("extra") => {
            let extra = Rdata::A(Ipv4Addr::new(192, 0, 2, 99));
            sink(&Record { owner, ttl: 3600, data });
            sink(&Record { owner: extra_name(number, zone), ttl: 3600, data: extra });
        }
        Some("ttl") => sink(&Record { owner, ttl: 7, data }),
        Some(_) => {
            let data = match data {
                Rdata::Mx(_, host) => Rdata::Mx(77, host),
                _ => Rdata::A(Ipv4Addr::new(192, 0, 2, 77)),
            };
            sink(&Record { owner, ttl: 3600, data });
        }
    }
}

fn records_of_name(number: u64, zone: &str) -> [(&'static str, Rdata); RECORDS_PER_NAME] {
    let [_, _, _, _, _, a, b, c] = number.to_be_bytes();
    let text = format!("v=spf1 ip4:10.{a}.{b}.{c} include:_spf{}.{zone} -all", number % 32);
    [
        ("A", Rdata::A(Ipv4Addr::new(10, a, b, c))),
        ("AAAA", Rdata::Aaaa(Ipv6Addr::from(0x2001_0db8_0000_0000_0000_0000_0000_0000 | u128::from(number)))),
        ("MX", Rdata::Mx(10, format!("mx{}.{zone}", number % 16))),
        ("TXT", Rdata::Txt(text)),
    ]
}

fn registry(zone: &str, records: u64, sink: &mut impl FnMut(&Record)) {
    let apex_types: &[u16] = &[2, 6, 46, 48, 51];
    let delegation_types: &[u16] = &[2, 43, 46];
    let mut random = SplitMix64(1);
    apex(zone, sink);
    let owner = || zone.to_owned();
    sink(&Record { owner: owner(), ttl: 3600, data: Rdata::Dnskey(random.bytes()) });
    sink(&Record { owner: owner(), ttl: 0, data: Rdata::Nsec3Param });
    for &covered in apex_types.iter().filter(|&&rtype| rtype != 46) {
        sink(&signature(zone, owner(), covered, 2, &mut random));
    }
    let mut chain = vec![(hash(zone), apex_types)];
    for number in 1..=(records - 13) / RECORDS_PER_DELEGATION {
        let owner = name(number, zone);
        chain.push((hash(&owner), delegation_types));
        let operator = random.next() % 4096;
        for host in 1..=2 {
            let data = Rdata::Ns(format!("ns{host}.operator-{operator}.example."));
            sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data });
        }
        let data =
            Rdata::Ds { tag: u16::try_from(random.next() & 0xffff).unwrap_or(0), digest: random.bytes() };
        sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data });
        sink(&signature(zone, owner, 43, 3, &mut random));
    }
    chain.sort_unstable();
    let nexts = chain.iter().cycle().skip(1);
    for ((hash, types), (next, _)) in chain.iter().zip(nexts) {
        let owner = format!("{}.{zone}", BASE32HEX_NOPAD.encode(hash).to_ascii_lowercase());
        sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data: Rdata::Nsec3 { next: *next, types } });
        sink(&signature(zone, owner, 50, 3, &mut random));
    }
}

/// A well-formed signature that does not validate.
fn signature(zone: &str, owner: String, covered: u16, labels: u8, random: &mut SplitMix64) -> Record {
    let data = Rdata::Rrsig { covered, labels, signer: zone.to_owned(), signature: random.bytes() };
    Record { owner, ttl: SIGNED_TTL, data }
}

/// The NSEC3 hash of a name in lower case, without salt and additional iterations (RFC 5155 section 5).
fn hash(name: &str) -> [u8; 20] {
    Sha1::digest(super::wire::name(name)).into()
}

/// A pseudo-random generator (`SplitMix64`), which yields the same bytes in every run.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}

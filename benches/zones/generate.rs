//! Which records the zones hold.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr};

use data_encoding::BASE32HEX_NOPAD;
use sha1::{Digest as _, Sha1};

use super::record::SIGNED_TTL;
use super::{Data, Record};

/// A zone of the benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// A, AAAA, MX and TXT at every name; exactly so many records.
    Mixed(u64),
    /// NS, NS, DS, RRSIG at every name, an NSEC3 with its RRSIG for each; at most so many records.
    Registry(u64),
}

/// Which of two copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Copy {
    Good,
    /// The one in which [`planted`] RRsets differ.
    Planted,
}

/// Records of each name of a mixed zone.
const PER_NAME: usize = 4;

/// Records of each name of a registry's zone, those of its proof included.
const PER_DELEGATION: u64 = 6;

/// How many RRsets differ in a planted copy.
pub(crate) const PLANTED: u64 = 25;

/// How far apart they are, in names; all of them are within the first 1,000,000 records.
const STRIDE: u64 = 9_973;

const WORDS: [&str; 8] =
    ["www", "mail-gateway", "shop", "static-content", "api", "edge", "internal-tools", "db"];

/// How an RRset of a planted copy differs, by the turn.
const KINDS: [(&str, &str); 5] =
    [("TXT", "missing"), ("A", "extra"), ("A", "changed"), ("MX", "changed"), ("AAAA", "ttl")];

/// Returns the planted differences: owner, type, kind.
pub(crate) fn planted() -> Vec<(String, String, String)> {
    let zone = Zone::Mixed(1_000_000).name();
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

impl Zone {
    /// Returns its name, with the final dot.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Mixed(records) => format!("records-{records}.test."),
            Self::Registry(_) => "registry.test.".to_owned(),
        }
    }

    /// Gives all its records, the SOA first.
    pub(crate) fn each(self, copy: Copy, mut sink: impl FnMut(&Record)) {
        match self {
            Self::Mixed(records) => mixed(&self.name(), records, copy, &mut sink),
            Self::Registry(records) => registry(&self.name(), records, &mut sink),
        }
    }

    /// Writes it as zone-file text.
    pub(crate) fn write(self, copy: Copy, out: &mut impl Write) -> io::Result<()> {
        let mut written = Ok(());
        self.each(copy, |record| {
            if written.is_ok() {
                written = writeln!(out, "{record}");
            }
        });
        written
    }
}

/// SOA, two name servers and the address of one.
fn apex(zone: &str, sink: &mut impl FnMut(&Record)) {
    let soa = Data::Soa { mname: format!("ns0.{zone}"), rname: format!("hostmaster.{zone}") };
    let name_server = |number: u8| Data::Ns(format!("ns{number}.{zone}"));
    for data in [soa, name_server(0), name_server(1)] {
        sink(&Record { owner: zone.to_owned(), ttl: 3600, data });
    }
    for number in [0, 1] {
        let data = Data::A(Ipv4Addr::new(192, 0, 2, number));
        sink(&Record { owner: format!("ns{number}.{zone}"), ttl: 3600, data });
    }
}

/// Records that [`apex`] gives.
const APEX: u64 = 5;

fn name(number: u64, zone: &str) -> String {
    let word = WORDS[usize::try_from(number % 8).expect("it is below eight")];
    format!("{word}-{number}.{zone}")
}

fn extra_name(number: u64, zone: &str) -> String {
    format!("planted-{number}.{zone}")
}

fn mixed(zone: &str, records: u64, copy: Copy, sink: &mut impl FnMut(&Record)) {
    apex(zone, sink);
    let mut left = records - APEX;
    let mut number = 0;
    while left > 0 {
        number += 1;
        let turn = number / STRIDE;
        let plant = number.is_multiple_of(STRIDE) && (1..=PLANTED).contains(&turn) && copy == Copy::Planted;
        let kind = plant.then(|| kind(turn));
        for (rtype, data) in of_name(number, zone).into_iter().take(usize::try_from(left).unwrap_or(PER_NAME))
        {
            let is_planted = kind.is_some_and(|(planted, _)| planted == rtype);
            plant_record(number, zone, data, kind.filter(|_| is_planted).map(|(_, kind)| kind), sink);
            left -= 1;
        }
    }
    assert!(copy == Copy::Good || number >= PLANTED * STRIDE, "a planted copy is of 1,000,000 records");
}

/// Gives one record of a name, or what is planted in its place.
fn plant_record(number: u64, zone: &str, data: Data, kind: Option<&str>, sink: &mut impl FnMut(&Record)) {
    let owner = name(number, zone);
    match kind {
        None => sink(&Record { owner, ttl: 3600, data }),
        Some("missing") => {}
        Some("extra") => {
            let extra = Data::A(Ipv4Addr::new(192, 0, 2, 99));
            sink(&Record { owner, ttl: 3600, data });
            sink(&Record { owner: extra_name(number, zone), ttl: 3600, data: extra });
        }
        Some("ttl") => sink(&Record { owner, ttl: 7, data }),
        Some(_) => {
            let data = match data {
                Data::Mx(_, host) => Data::Mx(77, host),
                _ => Data::A(Ipv4Addr::new(192, 0, 2, 77)),
            };
            sink(&Record { owner, ttl: 3600, data });
        }
    }
}

fn of_name(number: u64, zone: &str) -> [(&'static str, Data); PER_NAME] {
    let [_, _, _, _, _, a, b, c] = number.to_be_bytes();
    let text = format!("v=spf1 ip4:10.{a}.{b}.{c} include:_spf{}.{zone} -all", number % 32);
    [
        ("A", Data::A(Ipv4Addr::new(10, a, b, c))),
        ("AAAA", Data::Aaaa(Ipv6Addr::from(0x2001_0db8_0000_0000_0000_0000_0000_0000 | u128::from(number)))),
        ("MX", Data::Mx(10, format!("mx{}.{zone}", number % 16))),
        ("TXT", Data::Txt(text)),
    ]
}

fn registry(zone: &str, records: u64, sink: &mut impl FnMut(&Record)) {
    let apex_types: &[u16] = &[2, 6, 46, 48, 51];
    let delegation_types: &[u16] = &[2, 43, 46];
    let mut noise = Noise(1);
    apex(zone, sink);
    let owner = || zone.to_owned();
    sink(&Record { owner: owner(), ttl: 3600, data: Data::Dnskey(noise.octets()) });
    sink(&Record { owner: owner(), ttl: 0, data: Data::Nsec3Param });
    for &covered in apex_types.iter().filter(|&&rtype| rtype != 46) {
        sink(&signature(zone, owner(), covered, 2, &mut noise));
    }
    let mut chain = vec![(hash(zone), apex_types)];
    for number in 1..=(records - 13) / PER_DELEGATION {
        let owner = name(number, zone);
        chain.push((hash(&owner), delegation_types));
        let operator = noise.next() % 4096;
        for host in 1..=2 {
            let data = Data::Ns(format!("ns{host}.operator-{operator}.example."));
            sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data });
        }
        let data =
            Data::Ds { tag: u16::try_from(noise.next() & 0xffff).unwrap_or(0), digest: noise.octets() };
        sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data });
        sink(&signature(zone, owner, 43, 3, &mut noise));
    }
    chain.sort_unstable();
    let nexts = chain.iter().cycle().skip(1);
    for ((hash, types), (next, _)) in chain.iter().zip(nexts) {
        let owner = format!("{}.{zone}", BASE32HEX_NOPAD.encode(hash).to_ascii_lowercase());
        sink(&Record { owner: owner.clone(), ttl: SIGNED_TTL, data: Data::Nsec3 { next: *next, types } });
        sink(&signature(zone, owner, 50, 3, &mut noise));
    }
}

/// A signature of the right form; nobody validates it.
fn signature(zone: &str, owner: String, covered: u16, labels: u8, noise: &mut Noise) -> Record {
    let data = Data::Rrsig { covered, labels, signer: zone.to_owned(), signature: noise.octets() };
    Record { owner, ttl: SIGNED_TTL, data }
}

/// Returns the NSEC3 hash of a name in lower case, without salt and further iterations (RFC 5155 section 5).
fn hash(name: &str) -> [u8; 20] {
    Sha1::digest(super::wire::name(name)).into()
}

/// Octets that look like chance and are the same every time (`SplitMix64`).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn octets<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.next().to_be_bytes()[0])
    }
}

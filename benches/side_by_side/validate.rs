//! Validation of a large signed zone, beside the bare arithmetic and the programs that verify zone files.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::{self, available_parallelism};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use zoneprobe::dns::dnssec::{Dnskey, Rrsig, VerifyingKey};
use zoneprobe::dns::wire::Record;
use zoneprobe::dns::{Name, Rrset, Rtype, Soa, rdata};
use zoneprobe::transfer::{RecordSorter, SortedRrsets};
use zoneprobe::validate::{DsRecords, Validator};

use crate::machine::machine;
use crate::measurements::median;
use crate::versions::is_installed;

/// The signatures of the zone, unless another number is given.
const SIGNATURES: usize = 1_000_000;

/// How much longer than the bare arithmetic validation may take.
const TARGET: f64 = 1.3;

const ZONE: &str = "signed.test";

/// How long all signatures are valid, before and after now.
const VALIDITY: u32 = 30 * 86_400;

/// Measures validation of a zone with so many signatures, and prints a table.
pub(crate) fn bench(signatures: Option<usize>, runs: usize) {
    let threads = available_parallelism().map_or(1, usize::from);
    let zone = SignedZone::new(signatures.unwrap_or(SIGNATURES), threads);
    let sorted = zone.sorted();
    let trials = trials(&sorted);
    let count = trials.len();
    let (mut bare, mut ours, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        bare.push(Times::of(|| zone.verify_bare(&trials, threads)));
        let validator = Validator::new();
        ours.push(Times::of(|| zone.validate(&validator, &sorted, count)));
        again.push(Times::of(|| zone.validate(&validator, &sorted, count)));
    }
    let [bare, ours, again] = [bare, ours, again].map(|times| Times::medians(&times));
    println!("{}", machine());
    println!(
        "| {count} P-256 signatures, {threads} threads | took | CPU | compared with the bare arithmetic | in CPU |"
    );
    println!("|---|---|---|---|---|");
    bare.print("the bare arithmetic (`ring`)", bare);
    ours.print("`Validator::validate`", bare);
    again.print("the same again, with its cache", bare);
    let directory = tempfile::tempdir().expect("a temporary directory can be created");
    let path = directory.path().join("zone");
    write(&sorted, &path);
    for (program, arguments) in [
        ("ldns-verify-zone", ["-V", "0"].as_slice()),
        // One key signs everything.
        ("dnssec-verify", &["-q", "-z", "-o", ZONE]),
        ("kzonecheck", &["-o", ZONE, "-d", "on"]),
    ] {
        if is_installed(program) {
            Times::of(|| verify_file(program, arguments, &path)).print(&format!("`{program}`"), bare);
        } else {
            println!("| `{program}` | not installed | | | |");
        }
    }
    let ratio = ours.wall.as_secs_f64() / bare.wall.as_secs_f64();
    let verdict = if ratio <= TARGET { "met" } else { "missed" };
    println!("\ntarget: ≤ {TARGET} × the bare arithmetic; measured {ratio:.2}; {verdict}");
}

/// How long something took, and how much time of all cores.
#[derive(Clone, Copy)]
struct Times {
    wall: Duration,
    cpu: Duration,
}

impl Times {
    fn of(work: impl FnOnce()) -> Self {
        let (start, before) = (Instant::now(), cpu());
        work();
        Self { wall: start.elapsed(), cpu: cpu().saturating_sub(before) }
    }

    fn medians(all: &[Self]) -> Self {
        let wall = median(all.iter().map(|times| times.wall));
        Self { wall, cpu: median(all.iter().map(|times| times.cpu)) }
    }

    fn print(self, what: &str, bare: Self) {
        let [wall, cpu] = [self.wall, self.cpu].map(|time| time.as_secs_f64());
        let (of_wall, of_cpu) = (wall / bare.wall.as_secs_f64(), cpu / bare.cpu.as_secs_f64());
        println!("| {what} | {wall:.2} s | {cpu:.2} s | {of_wall:.2} × | {of_cpu:.2} × |");
    }
}

/// The CPU time of this process and of the children that have ended.
fn cpu() -> Duration {
    let of = |who| {
        let usage = getrusage(who).expect("the kernel counts it");
        [usage.user_time(), usage.system_time()].map(|time| {
            let microseconds = time.num_microseconds();
            Duration::from_micros(u64::try_from(microseconds).unwrap_or(0))
        })
    };
    [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].into_iter().flat_map(of).sum()
}

fn verify_file(program: &str, arguments: &[&str], path: &Path) {
    let status = Command::new(program).args(arguments).arg(path).stdout(Stdio::null()).status();
    assert!(status.is_ok_and(|status| status.success()), "{program} finds a fault");
}

/// A zone of names with one address each, signed by one key.
struct SignedZone {
    zone: Name,
    key: EcdsaKeyPair,
    dnskey: Dnskey,
    now: SystemTime,
    /// Owner, type and RDATA of all records but the SOA.
    records: Vec<(Name, Rtype, Vec<u8>)>,
    soa: Soa,
}

/// What one signature is over, and the signature.
struct Trial {
    data: Vec<u8>,
    signature: Vec<u8>,
}

impl SignedZone {
    /// Signs a zone with about so many signatures: two for each name.
    fn new(signatures: usize, threads: usize) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let pkcs8 = pkcs8.expect("keys can be made");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        let key = key.expect("it is the key");
        let public_key = key.public_key().as_ref()[1..].to_vec();
        let dnskey = Dnskey { flags: 257, protocol: 3, algorithm: 13, public_key };
        let zone: Name = ZONE.parse().expect("it is a name");
        let numbers = [7, 3600, 900, 604_800, 300].map(u32::to_be_bytes).concat();
        let soa = Soa::from_rdata(&[zone.as_wire(), zone.as_wire(), &numbers].concat()).expect("it is a SOA");
        let now = zoneprobe::clock::now();
        let mut signed = Self { records: Vec::new(), zone, key, dnskey, now, soa };
        let rrsets = signed.rrsets((signatures / 2).saturating_sub(2));
        let part = rrsets.len().div_ceil(threads);
        let signatures: Vec<_> = thread::scope(|scope| {
            let signed = &signed;
            let sign = |part| scope.spawn(move || signed.sign_all(part));
            let handles: Vec<_> = rrsets.chunks(part).map(sign).collect();
            handles.into_iter().flat_map(|handle| handle.join().expect("signing works")).collect()
        });
        let is_soa = |rtype: &Rtype| *rtype == Rtype::SOA;
        signed.records =
            rrsets.into_iter().filter(|(_, rtype, _)| !is_soa(rtype)).chain(signatures).collect();
        signed
    }

    /// The RRsets of the zone, each of one record.
    fn rrsets(&self, names: usize) -> Vec<(Name, Rtype, Vec<u8>)> {
        let zone = &self.zone;
        let owner = |number: usize| -> Name {
            if number == 0 {
                zone.clone()
            } else {
                format!("h{number:07}.{ZONE}").parse().expect("it is a name")
            }
        };
        let nsec = |number: usize, types: &[u8]| {
            let next = owner(if number == names { 0 } else { number + 1 });
            (owner(number), Rtype::NSEC, [next.as_wire(), types].concat())
        };
        // NS, SOA, RRSIG, NSEC, DNSKEY; A, RRSIG, NSEC.
        let mut rrsets = vec![
            (zone.clone(), Rtype::SOA, self.soa.to_rdata()),
            (zone.clone(), Rtype::NS, owner(1).as_wire().to_vec()),
            (zone.clone(), Rtype::DNSKEY, self.dnskey.to_rdata()),
            nsec(0, &[0, 7, 0x22, 0, 0, 0, 0, 3, 0x80]),
        ];
        for number in 1..=names {
            let address = 10 << 24 | u32::try_from(number).expect("there are fewer names");
            rrsets.push((owner(number), Rtype::A, address.to_be_bytes().to_vec()));
            rrsets.push(nsec(number, &[0, 6, 0x40, 0, 0, 0, 0, 3]));
        }
        rrsets
    }

    fn sign_all(&self, rrsets: &[(Name, Rtype, Vec<u8>)]) -> Vec<(Name, Rtype, Vec<u8>)> {
        let random = SystemRandom::new();
        let now = u32::try_from(seconds(self.now)).expect("it is not 2106 yet");
        let tag = self.dnskey.key_tag().to_be_bytes();
        let sign = |(owner, rtype, rdata): &(Name, Rtype, Vec<u8>)| {
            let labels = u8::try_from(owner.labels().count()).expect("a name is short");
            let times = [3600, now + VALIDITY, now - VALIDITY].map(u32::to_be_bytes).concat();
            let front =
                [&rtype.0.to_be_bytes()[..], &[13, labels], &times, &tag, self.zone.as_wire()].concat();
            let records = [(3600, rdata.clone())];
            let mut data = Vec::new();
            let rrsig = Rrsig::from_rdata(&front).expect("it is a signature");
            assert!(rrsig.push_signed_data(&mut data, owner, &records));
            let signature = self.key.sign(&random, &data).expect("signing works");
            (owner.clone(), Rtype::RRSIG, [&front, signature.as_ref()].concat())
        };
        rrsets.iter().map(sign).collect()
    }

    fn sorted(&self) -> SortedRrsets {
        let mut sorter = RecordSorter::of_signed(&self.zone, RecordSorter::DEFAULT_MEMORY);
        for (owner, rtype, rdata) in &self.records {
            sorter.add(&Record::new(owner.as_wire(), *rtype, 3600, rdata));
        }
        sorter.finish(&self.soa, 3600).expect("there is room for temporary files")
    }

    /// Verifies all signatures, and does nothing else.
    fn verify_bare(&self, trials: &[Trial], threads: usize) {
        let key = VerifyingKey::new(&self.dnskey).expect("the algorithm is known");
        thread::scope(|scope| {
            for part in trials.chunks(trials.len().div_ceil(threads)) {
                let key = &key;
                scope.spawn(move || {
                    for trial in part {
                        assert!(key.verify(&trial.data, &trial.signature));
                    }
                });
            }
        });
    }

    fn validate(&self, validator: &Validator, sorted: &SortedRrsets, count: usize) {
        let validation = validator.validate(&self.zone, sorted, &DsRecords::NONE, self.now);
        let validation = validation.expect("the copy can be read");
        assert_eq!((validation.valid, validation.fault_count), (count as u64, 0));
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// All signatures with what they are over.
fn trials(sorted: &SortedRrsets) -> Vec<Trial> {
    let trials = sorted.iter().flat_map(|rrset| {
        let Rrset { owner, records, signatures, .. } = rrset.expect("the file is there");
        let trial = move |(_, rdata): (u32, Vec<u8>)| {
            let rrsig = Rrsig::from_rdata(&rdata).expect("it is a signature");
            let mut data = Vec::new();
            assert!(rrsig.push_signed_data(&mut data, &owner, &records));
            Trial { data, signature: rrsig.signature.to_vec() }
        };
        signatures.into_iter().map(trial)
    });
    trials.collect()
}

/// Writes the zone as a file.
fn write(sorted: &SortedRrsets, path: &Path) {
    let mut out = BufWriter::new(File::create(path).expect("the directory is ours"));
    for rrset in sorted {
        let Rrset { owner, rtype, records, signatures } = rrset.expect("the file is there");
        let sides =
            records.iter().map(|it| (rtype, it)).chain(signatures.iter().map(|it| (Rtype::RRSIG, it)));
        for (rtype, (ttl, data)) in sides {
            writeln!(out, "{owner} {ttl} IN {rtype} {}", rdata::to_text(rtype, data))
                .expect("the disk has room");
        }
    }
    out.flush().expect("the disk has room");
}

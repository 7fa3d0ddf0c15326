//! Zones of real signers: what they sign is valid, and what is damaged afterwards is not, as `ldns-verify-zone` says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zoneprobe::clock;
use zoneprobe::digest::{Buckets, Digest, HashKey, Profile};
use zoneprobe::dns::Name;
use zoneprobe::dns::dnssec::Ds;
use zoneprobe::dns::dsfile::DsFile;
use zoneprobe::observe::{ChainOfTrust, Validation};
use zoneprobe::plan::ContentRules;
use zoneprobe::transfer::{CopyOptions, RecordSorter, TransferLimits, ZoneFile};
use zoneprobe::validate::{DsRecords, Validator};

use super::dnssec::ALL;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{self, Daemon, Kind, program};

/// Records of each kind that signers treat in a way of its own.
const RECORDS: &str = "www A 192.0.2.1\nwww A 192.0.2.2\nwww AAAA 2001:db8::1\n*.wild TXT \"any\"\n\
    a.deep.tree MX 10 WWW\nchild NS ns.child\nns.child A 192.0.2.4\na.b.child A 192.0.2.5\n\
    insecure.under.ent NS ns.elsewhere.test.\nsecure NS ns0\nsecure A 192.0.2.9\n\
    secure DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n\
    alias CNAME WWW\ndn DNAME other.Example.\n_tcp.srv SRV 1 2 3 WWW\ntext TXT \"Upper Case\"\n";

const LIMITS: TransferLimits =
    TransferLimits { max_bytes: 1 << 30, max_records: 1 << 20, idle_timeout: Duration::from_secs(10) };

/// Validates a zone file.
#[track_caller]
fn validate(path: &Path, ds: &DsRecords) -> Validation {
    let zone: Name = ZONE.parse().unwrap();
    let profile = Arc::new(Profile { key: HashKey([7; 16]), content: ContentRules::default() });
    let digest = Digest::new(profile, Buckets::none(), clock::now());
    let sorter = RecordSorter::of_signed(&zone, RecordSorter::DEFAULT_MEMORY);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let file = ZoneFile::new(path.to_owned(), LIMITS);
    let read = file.read_again_sorted(&zone, (digest, sorter, CopyOptions::default()), Instant::now());
    let (attempt, sorted) = runtime.block_on(read);
    let sorted = sorted.unwrap_or_else(|| panic!("{:?}", attempt.copy.err()));
    Validator::new().validate(&zone, &sorted, ds, clock::now()).unwrap()
}

/// Asserts that every signature is valid, and that nothing is wrong.
#[track_caller]
fn assert_valid(validation: &Validation, chain: ChainOfTrust, what: &str) {
    assert_eq!(validation.faults, [], "{what}");
    assert_eq!((validation.valid, validation.unverified), (validation.signatures, 0), "{what}");
    assert!(validation.signatures > 10, "{what}: {validation:?}");
    assert_eq!(validation.chain, chain, "{what}");
}

#[track_caller]
fn run(name: &str, directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new(program(name)).args(arguments).current_dir(directory).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "`{name} {}`: {errors}", arguments.join(" "));
    String::from_utf8(output.stdout).unwrap()
}

/// The DS records in a file of a signer.
fn ds_records(text: &str) -> DsRecords {
    let file = DsFile::parse(text).unwrap();
    DsRecords::Known(file.of(&ZONE.parse().unwrap()).map(|rdata| Ds::from_rdata(rdata).unwrap()).collect())
}

/// Signs the zone of a directory with `dnssec-signzone`.
fn sign_with_bind(directory: &Path, algorithm: &str, more: &[&str]) -> DsRecords {
    let size: &[&str] = if algorithm.contains("RSA") { &["-b", "1024"] } else { &[] };
    for role in [&["-f", "KSK", "-P", "sync", "now"][..], &[]] {
        let arguments = [&["-q", "-a", algorithm], size, role, &[ZONE]].concat();
        run("dnssec-keygen", directory, &arguments);
    }
    let format = ["-q", "-S", "-O", "full", "-o", ZONE, "-f", "signed"];
    run("dnssec-signzone", directory, &[&format[..], more, &["zone"]].concat());
    ds_records(&fs::read_to_string(directory.join(format!("dsset-{ZONE}."))).unwrap())
}

#[test]
fn zones_of_dnssec_signzone_are_valid() {
    let chains: [&[&str]; 3] = [&[], &["-3", "ABCD", "-H", "5"], &["-3", "-", "-H", "0", "-A"]];
    for algorithm in
        ["NSEC3RSASHA1", "RSASHA256", "RSASHA512", "ECDSAP256SHA256", "ECDSAP384SHA384", "ED25519"]
    {
        for chain in chains {
            let directory = daemon::directory();
            fs::write(directory.path().join("zone"), zone(7, RECORDS)).unwrap();
            let ds = sign_with_bind(directory.path(), algorithm, chain);
            let validation = validate(&directory.path().join("signed"), &ds);
            assert_valid(&validation, ChainOfTrust::Secure, &format!("{algorithm} {chain:?}"));
        }
    }
    // Algorithm 5 has NSEC records only.
    let directory = daemon::directory();
    fs::write(directory.path().join("zone"), zone(7, RECORDS)).unwrap();
    let ds = sign_with_bind(directory.path(), "RSASHA1", &[]);
    assert_valid(&validate(&directory.path().join("signed"), &ds), ChainOfTrust::Secure, "RSASHA1");
}

#[test]
fn zones_of_ldns_signzone_are_valid() {
    for chain in [&[][..], &["-n"], &["-n", "-p", "-t", "3", "-s", "abcd"]] {
        let directory = daemon::directory();
        fs::write(directory.path().join("zone"), zone(7, RECORDS)).unwrap();
        let key = |role: &[&str]| {
            let arguments = [role, &["-a", "ECDSAP256SHA256", ZONE]].concat();
            run("ldns-keygen", directory.path(), &arguments).trim().to_owned()
        };
        let (ksk, zsk) = (key(&["-k"]), key(&[]));
        run("ldns-signzone", directory.path(), &[chain, &["-f", "signed", "zone", &ksk, &zsk]].concat());
        let ds = ds_records(&fs::read_to_string(directory.path().join(format!("{ksk}.ds"))).unwrap());
        let validation = validate(&directory.path().join("signed"), &ds);
        assert_valid(&validation, ChainOfTrust::Secure, &format!("{chain:?}"));
    }
}

/// The zone as a server transfers it, once it has all signatures.
#[track_caller]
fn transferred(server: &Daemon, directory: &Path) -> PathBuf {
    let address = server.address();
    let (at, port) = (format!("@{}", address.ip()), address.port().to_string());
    let arguments = [at.as_str(), "-p", &port, "+noall", "+answer", "+onesoa", ZONE, "AXFR"];
    let is_signed = |text: &str| ["RRSIG\tA ", "RRSIG\tMX "].iter().all(|part| text.contains(part));
    let deadline = Instant::now() + Duration::from_mins(1);
    // BIND signs a zone after it has loaded it.
    let text = loop {
        let text = run("dig", directory, &arguments);
        if is_signed(&text) {
            break text;
        }
        assert!(Instant::now() < deadline, "{:?} signs the zone\n{text}", server.kind());
        std::thread::sleep(Duration::from_millis(100));
    };
    let path = directory.join("transferred");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn zones_that_servers_sign_themselves_are_valid() {
    for kind in [Kind::Bind, Kind::Knot, Kind::Pdns] {
        let server = kind.primary(ZONE, zone(7, RECORDS)).signing().start();
        let directory = daemon::directory();
        let validation = validate(&transferred(&server, directory.path()), &DsRecords::NONE);
        assert_valid(&validation, ChainOfTrust::Insecure, &format!("{kind:?}"));
    }
}

#[test]
fn a_signed_zone_is_valid_on_every_software() {
    for chain in [&[][..], &["-3", "ABCD", "-H", "5"]] {
        let directory = daemon::directory();
        fs::write(directory.path().join("zone"), zone(7, RECORDS)).unwrap();
        let ds = sign_with_bind(directory.path(), "ECDSAP256SHA256", chain);
        let text = fs::read_to_string(directory.path().join("signed")).unwrap();
        // YADIFA 2.6 loads no zone with a DNAME record.
        for kind in ALL.into_iter().filter(|kind| *kind != Kind::Yadifa) {
            let server = kind.primary(ZONE, text.clone()).start();
            let validation = validate(&transferred(&server, directory.path()), &ds);
            assert_valid(&validation, ChainOfTrust::Secure, &format!("{kind:?} {chain:?}"));
        }
    }
}

/// Whether `ldns-verify-zone` finds a zone file valid.
fn is_valid_for_ldns(path: &Path) -> bool {
    let output = Command::new(program("ldns-verify-zone")).arg(path).output().unwrap();
    output.status.success()
}

#[test]
fn ldns_verify_zone_rejects_the_same_damaged_zones() {
    for chain in [&[][..], &["-3", "ABCD", "-H", "5"]] {
        let directory = daemon::directory();
        fs::write(directory.path().join("zone"), zone(7, RECORDS)).unwrap();
        let ds = sign_with_bind(directory.path(), "ECDSAP256SHA256", chain);
        let text = fs::read_to_string(directory.path().join("signed")).unwrap();
        let filtered = |keep: &dyn Fn(&str) -> bool| -> String {
            text.lines().filter(|line| keep(line)).flat_map(|line| [line, "\n"]).collect()
        };
        // An owner with nothing else, in a chain of NSEC3 records; a whole name, in one of NSEC records.
        let denial = if chain.is_empty() { "NSEC" } else { "NSEC3" };
        let is_of_chain = |line: &&str| line.split_whitespace().nth(3) == Some(denial);
        let of_chain = text.lines().filter(is_of_chain).nth(1).unwrap();
        let of_chain = of_chain.split_whitespace().next().unwrap();
        let damaged = [
            ("the zone as it is", text.clone()),
            ("another address", text.replace("192.0.2.1\n", "192.0.2.77\n")),
            ("an address that is gone", filtered(&|line| !line.ends_with("192.0.2.2"))),
            (
                "a signature that is gone",
                filtered(&|line| !(line.starts_with("www.") && line.contains("RRSIG\tA "))),
            ),
            ("a part of the chain that is gone", filtered(&|line| !line.starts_with(of_chain))),
            ("signatures that are gone", filtered(&|line| !line.contains("RRSIG\tMX "))),
            ("a name more", text.clone() + &format!("new.{ZONE}. 60 IN TXT \"new\"\n")),
        ];
        for (what, text) in damaged {
            let path = directory.path().join("damaged");
            fs::write(&path, &text).unwrap();
            let validation = validate(&path, &ds);
            let is_valid = validation.fault_count == 0;
            assert_eq!(is_valid, what == "the zone as it is", "{what}: {:?}", validation.faults);
            assert_eq!(is_valid, is_valid_for_ldns(&path), "{what} {chain:?}: {:?}", validation.faults);
        }
    }
}

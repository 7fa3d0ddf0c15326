//! Digests of zones (ZONEMD), as other programs make and verify them, and as servers transfer them.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use zoneprobe::digest::{Buckets, Digest, HashKey, Profile};
use zoneprobe::net::{Client, QueryLimiter};
use zoneprobe::observe::{CopyAttempt, ZonemdCheck, ZonemdHash};
use zoneprobe::plan::{ContentRules, Role, Target};
use zoneprobe::transfer::{CopyOptions, TransferClient, TransferLimits, ZoneFile};

use super::dnssec::{ALL, Denial, sign, unsigned_zone_of};
use super::zones::{ZONE, zone};
use crate::harness::daemon::{self, Daemon, Kind, program};

/// What the rules of RFC 8976 are about: letters in upper case, glue, occluded records, a wildcard, a ZONEMD below the
/// apex, and RRsets out of order.
const RECORDS: &str = "UPPER TXT \"upper\"\nmail MX 20 MAIL2\nmail MX 10 mail.Example.Test.\n\
    child NS ns.Child\nns.child A 192.0.2.4\noccluded.child TXT \"occluded\"\n*.wild PTR Wild\n\
    deep.empty.tree AAAA 2001:db8::2\ndeep.empty.tree AAAA 2001:db8::1\nwww HTTPS 1 . alpn=h2\n\
    www A 192.0.2.80\nodd TYPE65280 \\# 2 ABCD\nbelow 900 ZONEMD 7 1 1 \
    000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f\n";

/// The check of the digest in a copy.
#[track_caller]
fn check_of(attempt: CopyAttempt) -> Option<ZonemdCheck> {
    attempt.copy.expect("the copy is whole").zonemd
}

const LIMITS: TransferLimits =
    TransferLimits { max_bytes: 1 << 30, max_records: 1 << 30, idle_timeout: Duration::from_secs(10) };

fn digest() -> Digest {
    let profile = Profile { key: HashKey([7; 16]), content: ContentRules::default() };
    Digest::new(Arc::new(profile), Buckets::none(), SystemTime::UNIX_EPOCH)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a thread can run one").block_on(future)
}

#[track_caller]
fn check_of_file(path: &Path) -> Option<ZonemdCheck> {
    let zone = ZONE.parse().expect("it is a name");
    let file = ZoneFile::new(path.to_owned(), LIMITS);
    check_of(block_on(file.read_again(&zone, (digest(), CopyOptions::default()), Instant::now())))
}

#[track_caller]
fn check_of_server(address: SocketAddr) -> Option<ZonemdCheck> {
    let zone = ZONE.parse().expect("it is a name");
    let target = Target { role: Role::Primary, ..Target::at("ns", address) };
    let limiter = Arc::new(QueryLimiter::new(4, 1, None));
    let client = Arc::new(Client::new(Duration::from_secs(10), limiter));
    let client = TransferClient { client, limits: LIMITS };
    let copy = (digest(), CopyOptions::default());
    check_of(block_on(client.axfr(&target, &zone, copy, Instant::now())))
}

/// Adds digests to a zone with `ldns-signzone`.
#[track_caller]
fn digested(directory: &Path, text: &str) -> String {
    fs::write(directory.join("plain"), text).expect("the directory is ours");
    let mut command = Command::new(program("ldns-signzone"));
    command.args(["-Z", "-z", "1:1", "-z", "1:2", "-o", ZONE, "-f", "digested", "plain"]);
    let output = command.current_dir(directory).output().expect("the program was found");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read_to_string(directory.join("digested")).expect("it was just written")
}

/// Whether `pdnsutil` verifies the digest of a zone file.
#[track_caller]
fn is_verified_by_pdnsutil(path: &Path) -> bool {
    let configuration = daemon::directory();
    fs::write(configuration.path().join("pdns.conf"), "launch=\n").expect("the directory is ours");
    let mut command = Command::new(program("pdnsutil"));
    command.arg("--config-dir").arg(configuration.path()).args(["zonemd-verify-file", ZONE]).arg(path);
    let output = command.output().expect("the program was found");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    let is_verified = text.contains("Verification of ZONEMD record succeeded");
    assert!(is_verified || text.contains("Verification of ZONEMD record(s) failed"), "{text}");
    is_verified
}

/// Verifies the digest of a zone file with `dnspython`.
const DNSPYTHON: &str = "
import sys
import dns.zone
zone = dns.zone.from_file(sys.argv[2], origin=sys.argv[1], relativize=False)
try:
    zone.verify_digest()
    print('verified')
except dns.zone.DigestVerificationFailure:
    print('failed')
";

/// Whether `dnspython` verifies the digest of a zone file.
#[track_caller]
fn is_verified_by_dnspython(path: &Path) -> bool {
    // Debian's own: another Python has other modules.
    let output = Command::new("/usr/bin/python3").args(["-c", DNSPYTHON, ZONE]).arg(path).output();
    let output = output.expect("`tests/run` installs it");
    match output.stdout.as_slice() {
        b"verified\n" => true,
        b"failed\n" => false,
        _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
    }
}

const VERIFIED: Option<ZonemdCheck> = Some(ZonemdCheck::Verified(ZonemdHash::Sha384));

#[test]
fn other_programs_agree_on_the_digest_of_a_zone_file() {
    let directory = daemon::directory();
    let text = digested(directory.path(), &zone(7, RECORDS));
    let path = directory.path().join("digested");
    assert_eq!(check_of_file(&path), VERIFIED, "{text}");
    assert!(is_verified_by_pdnsutil(&path) && is_verified_by_dnspython(&path), "{text}");
    let sha512_alone: Vec<&str> = text.lines().filter(|line| !line.contains("ZONEMD\t7 1 1 ")).collect();
    // The one below the apex has the same serial and algorithm.
    let below = text.lines().filter(|line| line.starts_with("below"));
    let sha512_alone: Vec<&str> = sha512_alone.into_iter().chain(below).collect();
    fs::write(&path, sha512_alone.join("\n") + "\n").expect("the directory is ours");
    assert_eq!(check_of_file(&path), Some(ZonemdCheck::Verified(ZonemdHash::Sha512)), "{text}");
    assert!(is_verified_by_pdnsutil(&path) && is_verified_by_dnspython(&path), "{text}");
}

#[test]
fn other_programs_agree_on_a_zone_file_that_was_changed() {
    let directory = daemon::directory();
    let text = digested(directory.path(), &zone(7, RECORDS));
    let path = directory.path().join("digested");
    for (what, from, to) in [
        ("an address", "192.0.2.80", "192.0.2.81"),
        ("occluded data", "\"occluded\"", "\"Occluded\""),
        ("glue", "192.0.2.4", "192.0.2.5"),
        ("a TTL", "mail.example.test.\t3600\tIN\tMX", "mail.example.test.\t3601\tIN\tMX"),
        ("the TTL of the SOA", "\t3600\tIN\tSOA", "\t3601\tIN\tSOA"),
        ("the ZONEMD below the apex", "7 1 1 00010203", "7 1 1 01010203"),
        ("the owner of a wildcard", "*.wild", "x.wild"),
    ] {
        let changed = text.replace(from, to);
        assert_ne!(changed, text, "{what}");
        fs::write(&path, &changed).expect("the directory is ours");
        let check = check_of_file(&path);
        assert!(matches!(check, Some(ZonemdCheck::Mismatch(_))), "{what}: {check:?}");
        assert!(!is_verified_by_pdnsutil(&path), "{what}");
        assert!(!is_verified_by_dnspython(&path), "{what}");
    }
    // PowerDNS takes a ZONEMD that is there twice for two.
    let again = text.lines().filter(|line| !line.contains("ZONEMD")).map(|line| format!("{line}\n"));
    let again = again.collect::<String>().replace("mail.example.test.", "MAIL.example.TEST.");
    fs::write(&path, text + &again).expect("the directory is ours");
    assert_eq!(check_of_file(&path), VERIFIED, "letter case and duplicates mean nothing\n{again}");
    assert!(is_verified_by_pdnsutil(&path) && is_verified_by_dnspython(&path), "{again}");
}

/// `ldns-signzone` digests each record with its own TTL, and keeps the case of names where RFC 6840 section 5.1 has it.
#[test]
fn mixed_ttls_and_letters_in_the_names_of_later_types_are_digested_as_they_are() {
    let directory = daemon::directory();
    let records = "mixed 60 A 192.0.2.1\nmixed 120 A 192.0.2.2\nsvc SVCB 1 Target alpn=h2\n\
                   www HTTPS 1 Other.Example.TEST.\nlp LP 10 L64\n";
    let text = digested(directory.path(), &zone(7, records));
    assert_eq!(check_of_file(&directory.path().join("digested")), VERIFIED, "{text}");
}

#[test]
fn the_digest_is_verified_in_the_copies_of_every_software() {
    for denial in [None, Some(Denial::Nsec), Some(Denial::Nsec3)] {
        let unsigned = unsigned_zone_of(RECORDS);
        let text = match denial {
            None => zone(7, RECORDS),
            Some(denial) => sign(unsigned.path(), denial, &[]),
        };
        let directory = daemon::directory();
        let text = digested(directory.path(), &text);
        assert_eq!(check_of_file(&directory.path().join("digested")), VERIFIED, "{denial:?}\n{text}");
        // YADIFA cannot read ZONEMD. PowerDNS makes NSEC records and an NSEC3PARAM of its own.
        let serves = |kind: &Kind| match kind {
            Kind::Bind | Kind::Nsd | Kind::Knot => true,
            Kind::Pdns => denial.is_none(),
            Kind::Yadifa => false,
        };
        let kinds = ALL.into_iter().filter(serves);
        let mut servers: Vec<Daemon> = kinds.map(|kind| kind.primary(ZONE, text.clone()).spawn()).collect();
        servers.iter_mut().for_each(Daemon::await_zones);
        for server in &servers {
            assert_eq!(check_of_server(server.address()), VERIFIED, "{denial:?}, {:?}", server.kind());
        }
    }
}

#[test]
fn the_digests_that_knot_makes_are_verified_there_and_at_its_secondaries() {
    for (algorithm, hash) in [("zonemd-sha384", ZonemdHash::Sha384), ("zonemd-sha512", ZonemdHash::Sha512)] {
        for signs in [false, true] {
            let setup = Kind::Knot.primary(ZONE, zone(7, RECORDS)).digesting(algorithm);
            let primary = if signs { setup.signing() } else { setup }.start();
            let mut secondaries = [Kind::Bind, Kind::Nsd, Kind::Knot]
                .map(|kind| kind.secondary(ZONE, primary.address()).spawn());
            secondaries.iter_mut().for_each(Daemon::await_zones);
            for server in [&primary].into_iter().chain(&secondaries) {
                let check = check_of_server(server.address());
                let who = (algorithm, signs, server.kind());
                assert_eq!(check, Some(ZonemdCheck::Verified(hash)), "{who:?}");
            }
        }
    }
}

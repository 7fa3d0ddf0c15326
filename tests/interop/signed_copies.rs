//! `--validate`, `--ds` and ZONEMD as users see them: scripted servers of zones that a real signer has signed.

use std::fs;
use std::net::SocketAddr;

use serde_json::{Value, json};
use tempfile::TempDir;
use zoneprobe::dns::dsfile::DsFile;
use zoneprobe::dns::{Name, Rtype};
use zoneprobe::testserver::Zone;

use super::dnssec::{Denial, day, sign, unsigned_zone};
use super::zones::ZONE;
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver, Service, service};

/// The simple zone of RFC 8976 appendix A.1.
const WITH_ZONEMD: &str = include_str!("../../fixtures/zones/rfc8976/simple.zone");

/// A signed zone, and the directory with its keys and its DS records.
struct Signed {
    directory: TempDir,
    text: String,
}

impl Signed {
    fn new(denial: Denial, more: &[&str]) -> Self {
        let directory = unsigned_zone();
        let text = sign(directory.path(), denial, more);
        Self { directory, text }
    }

    fn server(&self) -> Nameserver {
        Nameserver::new().any_zone(ZONE, &self.text)
    }

    fn ds(&self) -> String {
        self.directory.path().join(format!("dsset-{ZONE}.")).to_str().unwrap().to_owned()
    }

    /// A resolver that knows the DS records, as the parent has them.
    fn resolver(&self) -> RunningNameserver {
        let file = DsFile::parse(&fs::read_to_string(self.ds()).unwrap()).unwrap();
        let zone: Name = ZONE.parse().unwrap();
        let parent =
            Nameserver::new().zone_text("test", "@ 60 IN SOA ns host 1 3600 600 86400 60\n@ 60 IN NS ns");
        file.of(&zone).fold(parent, |parent, rdata| parent.record("example", 43, 60, rdata)).start()
    }
}

/// Changes the first octet behind the type of the RRset of one owner.
fn with_other_address(server: Nameserver, owner: &str) -> Nameserver {
    let owner = format!("{owner}.{ZONE}");
    server.edit(|zone| {
        let soa = zone.soa().clone();
        let start = Zone::parse(ZONE, "@ 3600 IN SOA . . 0 0 0 0 0").unwrap().with_soa(|it| *it = soa);
        let start = start.with_soa_ttl(zone.soa_record().ttl);
        zone.records().iter().cloned().fold(start, |changed, mut record| {
            if record.rtype == Rtype::A && record.owner == owner.parse().unwrap() {
                record.rdata[3] ^= 1;
            }
            changed.record(record)
        })
    })
}

fn check<'n>(servers: &[&'n RunningNameserver]) -> Probe<'n> {
    let (primary, secondaries) = servers.split_first().unwrap();
    secondaries
        .iter()
        .fold(Probe::check(ZONE).primary(primary), |probe, it| probe.secondary(it))
        .arg("--validate")
}

fn transfers(server: &RunningNameserver) -> usize {
    server.queries().iter().filter(|line| line.contains("AXFR")).count()
}

#[track_caller]
fn message(outcome: &Outcome, server: &str, code: &str) -> String {
    let server = outcome.server(server);
    let findings = server["findings"].as_array().unwrap();
    let finding =
        findings.iter().find(|finding| finding["code"] == code).unwrap_or_else(|| panic!("{server:#}"));
    finding["message"].as_str().unwrap().to_owned()
}

#[test]
fn copies_that_a_signer_made_validate_by_one_more_transfer() {
    for denial in [Denial::Nsec, Denial::Nsec3] {
        let signed = Signed::new(denial, &[]);
        let servers = [(); 3].map(|()| signed.server().start());
        let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds()]).ok();
        for name in ["ns0", "ns1", "ns2"] {
            let validation = outcome.server(name)["copy"]["validation"].clone();
            let count = &validation["signatures"];
            assert!(count.as_u64().unwrap() > 20, "{validation}");
            assert_eq!(
                validation,
                json!({"signatures": count, "valid": count, "unverified": 0, "invalid": 0, "chain": "secure",
                    "fault_count": 0, "faults": []})
            );
            assert_eq!(outcome.findings(name), [""; 0]);
        }
        assert_eq!(servers.each_ref().map(transfers), [2, 1, 1]);
        let table = check(&servers.each_ref()).args(["--ds", &signed.ds()]).format("table").ok();
        let count = outcome.server("ns1")["copy"]["validation"]["signatures"].clone();
        assert!(table.stdout().contains(&format!("{count} signatures verified")), "{}", table.stdout());
        assert!(table.stdout().lines().all(|line| line.chars().count() <= 80), "{}", table.stdout());
    }
}

#[test]
fn one_octet_changed_under_a_good_signature_is_told_at_that_server_alone() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let servers = [signed.server(), with_other_address(signed.server(), "www"), signed.server()];
    let servers = servers.map(Nameserver::start);
    let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds()]).critical();
    assert_eq!(["ns0", "ns1", "ns2"].map(|name| outcome.verdict(name)), ["in_sync", "diverged", "in_sync"]);
    assert!(outcome.findings("ns1").contains(&"signatures_invalid".to_owned()), "{}", outcome.transcript());
    assert_eq!([outcome.findings("ns0"), outcome.findings("ns2")], [[""; 0]; 2]);
    assert_eq!(outcome.zone_findings(), [""; 0]);
    let validation = &outcome.server("ns1")["copy"]["validation"];
    let fault = &validation["faults"][0];
    assert_eq!((&validation["invalid"], &validation["fault_count"]), (&1.into(), &1.into()));
    assert_eq!((&fault["owner"], &fault["type"]), (&"www.example.test.".into(), &"A".into()));
    assert_eq!(fault["reason"], "wrong_data");
    assert_eq!(
        message(&outcome, "ns1", "signatures_invalid"),
        format!(
            "1 RRset of its copy does not validate: www.example.test. A: wrong data, the signature is not over these \
             records (key tag {})",
            fault["key_tag"]
        )
    );
    for format in ["table", "nagios", "junit", "markdown", "github", "ndjson", "prometheus"] {
        let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds()]).format(format).run();
        assert!(outcome.stdout().contains("signatures_invalid"), "{format}: {}", outcome.stdout());
        if format == "table" {
            let is_narrow = |line: &str| line.chars().count() <= 80 || line.trim_start().starts_with("dig ");
            assert!(outcome.stdout().lines().all(is_narrow), "{}", outcome.stdout());
        }
    }
}

#[test]
fn a_fault_that_every_copy_shares_is_told_at_the_primary_alone() {
    let signed = Signed::new(Denial::Nsec3, &[]);
    let servers = [(); 3].map(|()| with_other_address(signed.server(), "www").start());
    let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds()]).critical();
    assert_eq!(outcome.findings("ns0"), ["signatures_invalid"]);
    assert_eq!([outcome.findings("ns1"), outcome.findings("ns2")], [[""; 0]; 2]);
    assert_eq!(["ns0", "ns1", "ns2"].map(|name| outcome.verdict(name)), ["in_sync"; 3]);
    // Without the flag nothing is verified.
    let (primary, rest) = (&servers[0], &servers[1]);
    let outcome = Probe::check(ZONE).primary(primary).secondary(rest).ok();
    assert_eq!(outcome.server("ns0")["copy"]["validation"], Value::Null);
}

#[test]
fn a_zone_file_is_verified_if_it_is_signed() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let server = signed.server().start();
    let probe = |file: &str| {
        check(&[&server]).args(["-z", file, "--ds", &signed.ds()]).current_dir(signed.directory.path())
    };
    let outcome = probe("signed").ok();
    assert_eq!(outcome.zone()["reference"]["copy"]["validation"]["chain"], "secure");
    let damaged = signed.text.replace("192.0.2.1\n", "192.0.2.99\n");
    assert_ne!(damaged, signed.text);
    fs::write(signed.directory.path().join("damaged"), damaged).unwrap();
    let outcome = probe("damaged").critical();
    assert!(outcome.zone_findings().contains(&"signatures_invalid".to_owned()), "{}", outcome.transcript());
    assert!(!outcome.findings("ns0").contains(&"signatures_invalid".to_owned()));
    let outcome = probe("zone").args(["--dnssec", "ignore"]).ok();
    assert_eq!(outcome.zone()["reference"]["copy"]["validation"], Value::Null);
    assert_eq!(outcome.server("ns0")["copy"]["validation"]["chain"], "secure");
}

#[test]
fn ds_records_come_from_the_resolver_or_from_a_file() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let other = Signed::new(Denial::Nsec, &[]);
    let servers = [signed.server().start(), signed.server().start()];
    let servers = servers.each_ref();
    let chain = |outcome: &Outcome| outcome.server("ns0")["copy"]["validation"]["chain"].clone();
    let (right, wrong) = (signed.resolver(), other.resolver());
    assert_eq!(chain(&check(&servers).resolver(&right).ok()), "secure");
    for outcome in
        [check(&servers).resolver(&wrong).critical(), check(&servers).args(["--ds", &other.ds()]).critical()]
    {
        assert_eq!(chain(&outcome), "broken");
        let message = message(&outcome, "ns0", "signatures_invalid");
        let expected =
            "example.test. DNSKEY: no DS record of the parent matches a key that signs the DNSKEY RRset";
        assert!(message.contains(expected), "{message}");
        assert_eq!(outcome.findings("ns1"), [""; 0]);
    }
    // Nothing at the parent, and no parent.
    let empty =
        Nameserver::new().zone_text("test", "@ 60 IN SOA ns host 1 3600 600 86400 60\nexample 60 IN NS ns");
    let empty = empty.start();
    assert_eq!(chain(&check(&servers).resolver(&empty).ok()), "insecure");
    let failing = Nameserver::new().zone("test", 1).servfail().start();
    let outcome = check(&servers).resolver(&failing).ok();
    assert_eq!(
        (chain(&outcome), outcome.zone_findings()),
        ("unknown".into(), vec!["not_validated".to_owned()])
    );
}

#[test]
fn a_file_of_ds_records_that_is_of_no_use_is_refused_before_any_query() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let server = signed.server().start();
    let path = signed.directory.path().join("ds");
    let probe = |text: &str, arguments: &[&str]| {
        fs::write(&path, text).unwrap();
        let probe = Probe::check(ZONE).primary(&server).args(["--ds", path.to_str().unwrap()]);
        let outcome = probe.args(arguments.iter().copied()).format("table").run();
        assert_eq!(outcome.code(), 3, "{}", outcome.transcript());
        outcome.stderr().to_owned()
    };
    let digest = "E2D3C916F6DEEAC73294E8268FB5885044A833FC5459588F4A9184CFC41A5766";
    let other = format!("example.org. IN DS 60485 13 2 {digest}\n");
    let error = probe(&other, &["--validate"]);
    assert!(error.contains("has none of `example.test`; it has those of `example.org`"), "{error}");
    let error = probe("example.test. IN DNSKEY 257 3 13 AwEAAQ==\n", &["--validate"]);
    assert!(error.contains("it has no DS record; it has DNSKEY records"), "{error}");
    let error = probe(&other, &[]);
    assert!(
        error.contains("`--ds` says what keys are held against") && error.contains("add --validate"),
        "{error}"
    );
    let error = probe(&other, &["--validate", "--compare", "serials"]);
    assert!(error.contains("`--validate` verifies the signatures of records"), "{error}");
    assert_eq!(transfers(&server), 0);
}

#[test]
fn expired_signatures_are_told_once() {
    let signed = Signed::new(Denial::Nsec, &["-P", "-s", &day(-40), "-e", &day(-10)]);
    let servers = [signed.server().start(), signed.server().start()];
    let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds()]).critical();
    assert_eq!(outcome.findings("ns1"), ["signatures_expired"]);
    let message = message(&outcome, "ns0", "signatures_invalid");
    assert!(message.contains("expired at ") && message.contains("and "), "{message}");
    let expired = outcome.server("ns0")["findings"].clone();
    assert_eq!(expired.as_array().unwrap().len(), 2, "{expired:#}");
}

#[test]
fn a_server_that_refuses_transfers_is_not_validated() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let servers = [signed.server().start(), signed.server().transfer_refused().start()];
    // The scripted servers answer without signatures.
    let outcome = check(&servers.each_ref()).args(["--ds", &signed.ds(), "--dnssec", "ignore"]).ok();
    assert_eq!(outcome.findings("ns1"), ["not_validated", "transfer_refused"]);
}

#[test]
fn what_a_comparison_has_found_stays_reported_and_is_not_verified_again() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let servers = [signed.server().start(), with_other_address(signed.server(), "www").start()];
    let directory = signed.directory.path().display();
    let service = Service::start(&format!(
        "probe: {{interval: 1s, compare_interval: 1s, validate: true, ds: {directory}/dsset-{ZONE}.}}\n{}zones: [{ZONE}]\n",
        service::servers(&servers.each_ref())
    ));
    let has = |code: &str| {
        let server = service.server(ZONE, "ns1");
        let findings = server["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().any(|finding| finding["code"] == code)
    };
    service.until("the finding", || has("signatures_invalid"));
    let checks = || service.sample("zoneprobe_checks_total", &[]).unwrap();
    let before = checks();
    while checks() < before + 4.0 {
        assert!(has("signatures_invalid"));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(service.sample("zoneprobe_server_finding", &["ns1", "signatures_invalid"]), Some(1.0));
    assert_eq!(service.sample("zoneprobe_server_finding", &["ns0", "signatures_invalid"]), None);
}

#[test]
fn verify_validates_in_its_last_check() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let servers = [signed.server().start(), with_other_address(signed.server(), "www").start()];
    let probe = Probe::verify(ZONE).primary(&servers[0]).secondary(&servers[1]);
    let outcome = probe.args(["--validate", "--ds", &signed.ds()]).critical();
    assert!(outcome.findings("ns1").contains(&"signatures_invalid".to_owned()), "{}", outcome.transcript());
}

/// A server of the zone of the RFC.
fn with_zonemd() -> Nameserver {
    Nameserver::new().any_zone("example", WITH_ZONEMD)
}

fn check_zonemd(servers: [SocketAddr; 2]) -> Probe<'static> {
    Probe::check("example").primary_at("ns0", servers[0]).secondary_at("ns1", servers[1])
}

#[test]
fn the_digest_of_each_whole_copy_is_verified() {
    let servers = [with_zonemd().start(), with_zonemd().start()];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).ok();
    assert_eq!(["ns0", "ns1"].map(|name| outcome.server(name)["copy"]["zonemd"].clone()), ["verified"; 2]);
    assert_eq!(servers.each_ref().map(transfers), [1, 1]);
}

#[test]
fn a_copy_that_is_not_what_its_zonemd_says_is_told_so() {
    let other = || with_zonemd().with("more 300 IN A 192.0.2.1").start();
    let servers = [with_zonemd().start(), other()];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).critical();
    assert_eq!(outcome.server("ns1")["copy"]["zonemd"], "mismatch");
    assert!(outcome.findings("ns1").contains(&"zonemd_mismatch".to_owned()));
    let message = message(&outcome, "ns1", "zonemd_mismatch");
    assert!(message.contains("SIMPLE SHA-384 c68090d90a7aed71… is published"), "{message}");
    assert_eq!(outcome.findings("ns0"), [""; 0]);
    // All servers have the same fault: it is the primary's.
    let servers = [other(), other()];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).critical();
    assert_eq!(
        (outcome.findings("ns0"), outcome.findings("ns1")),
        (vec!["zonemd_mismatch".to_owned()], vec!["zonemd_mismatch".to_owned()])
    );
    assert_eq!(
        (&outcome.server("ns0")["severity"], &outcome.server("ns1")["severity"]),
        (&"critical".into(), &"ok".into())
    );
    // Another serial.
    let servers = [with_zonemd().start(), with_zonemd().start()];
    for server in &servers {
        server.set_serial(2_018_031_901);
    }
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).critical();
    let message = self::message(&outcome, "ns0", "zonemd_mismatch");
    assert!(
        message.contains("the record is for serial 2018031900, and the serial of the SOA is 2018031901"),
        "{message}"
    );
}

#[test]
fn a_record_that_comes_late_is_verified_by_one_more_transfer_of_one_copy() {
    // A small copy is held until its end, be the record late or not.
    let late = || {
        with_zonemd()
            .hosts(8000)
            .edit(|zone| {
                let zonemd =
                    zone.records().iter().find(|record| record.rtype == Rtype::ZONEMD).cloned().unwrap();
                zone.without("@ ZONEMD").unwrap().record(zonemd)
            })
            .start()
    };
    let servers = [late(), late()];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).critical();
    assert_eq!(["ns0", "ns1"].map(|name| outcome.server(name)["copy"]["zonemd"].clone()), ["mismatch"; 2]);
    assert_eq!(["ns0", "ns1"].map(|name| outcome.server(name)["severity"].clone()), ["critical", "ok"]);
    assert_eq!(servers.each_ref().map(transfers), [2, 1]);
}

#[test]
fn a_copy_without_the_record_and_one_that_is_asked_for_it_say_so() {
    let without = with_zonemd().edit(|zone| zone.without("@ ZONEMD").unwrap()).start();
    let servers = [with_zonemd().start(), without];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).critical();
    assert!(outcome.findings("ns1").contains(&"zonemd_absent_here".to_owned()), "{}", outcome.transcript());
    let servers = [with_zonemd().start(), with_zonemd().transfer_refused().start()];
    let outcome = check_zonemd(servers.each_ref().map(RunningNameserver::address)).ok();
    let message = message(&outcome, "ns1", "transfer_refused");
    assert!(
        message.ends_with("its ZONEMD record is that of the reference, which matches the records there"),
        "{message}"
    );
}

#[test]
fn behind_a_signer_its_copy_is_verified_and_not_what_it_takes_in() {
    let signed = Signed::new(Denial::Nsec, &[]);
    let unsigned = fs::read_to_string(signed.directory.path().join("zone")).unwrap();
    let primary = Nameserver::new().any_zone(ZONE, &unsigned).start();
    let chain = |signer: Nameserver, secondary: Nameserver| {
        let (signer, secondary) = (signer.start(), secondary.start());
        let probe = Probe::check(ZONE).primary(&primary).signer_at("sig", signer.address());
        let probe = probe.secondary_at("sec", secondary.address()).args(["--validate", "--ds", &signed.ds()]);
        probe.run()
    };
    let outcome = chain(signed.server(), signed.server());
    assert_eq!(outcome.code(), 0, "{}", outcome.transcript());
    let validation = |name: &str| outcome.server(name)["copy"]["validation"]["chain"].clone();
    assert_eq!(["ns0", "sig", "sec"].map(validation), [Value::Null, "secure".into(), "secure".into()]);
    // A signature that the signer damages, at both.
    let removed = |server: Nameserver| {
        server.edit(|zone| {
            let is_key = |record: &&zoneprobe::testserver::ZoneRecord| record.rtype == Rtype::DNSKEY;
            let key = zone.records().iter().rfind(is_key).cloned().unwrap();
            let kept = zone.records().iter().filter(|record| **record != key).cloned();
            let soa = zone.soa().clone();
            let start = Zone::parse(ZONE, "@ 3600 IN SOA . . 0 0 0 0 0").unwrap().with_soa(|it| *it = soa);
            let start = start.with_soa_ttl(zone.soa_record().ttl);
            kept.fold(start, Zone::record)
        })
    };
    let outcome = chain(removed(signed.server()), removed(signed.server()));
    assert_eq!(outcome.findings("sig"), ["signatures_invalid"], "{}", outcome.transcript());
    assert_eq!([outcome.findings("ns0"), outcome.findings("sec")], [[""; 0]; 2]);
    // One octet at the secondary.
    let outcome = chain(signed.server(), with_other_address(signed.server(), "www"));
    assert!(outcome.findings("sec").contains(&"signatures_invalid".to_owned()), "{}", outcome.transcript());
    assert_eq!([outcome.findings("ns0"), outcome.findings("sig")], [[""; 0]; 2]);
}

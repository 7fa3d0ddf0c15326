//! Servers compared with a zone file.

use std::path::Path;

use domain::base::rdata::ComposeRecordData as _;
use domain::zonefile::inplace::{Entry, Zonefile};
use zoneprobe::dns::zonefile::ZoneFileReader;

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";

/// A zone file with a TTL directive, parentheses and a comment.
fn text(serial: u32, www: &str) -> String {
    format!(
        "$TTL 300\n@ 3600 SOA ns0 hostmaster ( {serial} ; serial\n 3600 600 86400 300 )\n\
         @ 3600 NS ns0\n@ 3600 NS ns1\nns0 3600 A 192.0.2.10\nns1 3600 A 192.0.2.11\nWWW A {www}\n"
    )
}

fn server() -> RunningNameserver {
    Nameserver::new().zone(ZONE, 7).start()
}

fn check<'n>(directory: &Path, text: &str, server: &'n RunningNameserver) -> Probe<'n> {
    std::fs::write(directory.join("db.example"), text).unwrap();
    Probe::check(ZONE).primary(server).current_dir(directory).args(["-z", "db.example"])
}

/// The zone of the server, a record a line, as the report shows it.
fn reported_zone() -> String {
    let directory = tempfile::tempdir().unwrap();
    let server = server();
    let empty = "@ 60 SOA . . 7 1 1 1 1\n";
    let outcome = check(directory.path(), empty, &server).critical();
    let json = outcome.json();
    let mut text = String::new();
    for rrset in json["zones"][0]["servers"][0]["differences"]["rrsets"].as_array().unwrap() {
        let (found, rtype) = (&rrset["found"], rrset["type"].as_str().unwrap());
        for data in found["rdata"].as_array().unwrap() {
            let owner = rrset["owner"].as_str().unwrap();
            text += &format!("{owner} {} IN {rtype} {}\n", found["ttl"], data.as_str().unwrap());
        }
    }
    text
}

#[test]
fn a_server_is_in_sync_with_a_file_of_the_records_in_its_report() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let outcome = check(directory.path(), &reported_zone(), &server).ok();
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    let json = outcome.json();
    let reference = &json["zones"][0]["reference"];
    assert_eq!((&reference["kind"], &reference["server"]), (&"zone_file".into(), &"db.example".into()));
    assert_eq!((&reference["address"], &reference["copy"]["method"]), (&().into(), &"zone_file".into()));
}

#[test]
fn a_difference_from_the_file_is_named_and_a_record_out_of_zone_is_counted() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let text = reported_zone() + "new 300 A 192.0.2.1\nwww.example.net. 300 A 192.0.2.1\n";
    let outcome = check(directory.path(), &text, &server).critical();
    assert_eq!(outcome.verdict("ns0"), "diverged");
    assert_eq!(
        outcome.differences("ns0"),
        [("new.example.test.".to_owned(), "A".to_owned(), "missing".to_owned())]
    );
    assert_eq!(outcome.json()["zones"][0]["reference"]["copy"]["dropped"], 1);
    let table = check(directory.path(), &text, &server).default_format().critical();
    let line = "  reference: db.example, zone file, serial 7, 1 record out of zone";
    assert!(table.stdout().lines().any(|it| it == line), "{}", table.stdout());
}

#[test]
fn a_server_is_ahead_of_an_older_file() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let outcome = check(directory.path(), &text(6, "192.0.2.1"), &server).critical();
    assert_eq!(outcome.verdict("ns0"), "ahead");
}

#[test]
fn an_error_in_the_file_is_shown_with_its_line_before_any_query() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let outcome = check(directory.path(), &text(7, "192.0.2.300"), &server).unknown();
    assert_eq!(outcome.json()["zones"], serde_json::json!([]));
    assert_eq!(
        outcome.stderr(),
        "error: cannot read the zone file of `example.test`\n\
        \x20 db.example:8:7: `192.0.2.300` is not an IPv4 address\n\
        \x20   8 | WWW A 192.0.2.300\n\
        \x20     |       ^^^^^^^^^^^\n\
        hint: write four numbers from 0 to 255, as in 192.0.2.1\n"
    );
    assert!(server.queries().is_empty());
}

#[test]
fn records_without_a_stated_ttl_are_told_once_for_the_file() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let file = "@ SOA ns0 hostmaster 7 3600 600 86400 300\n@ 3600 NS ns0\n@ 3600 NS ns1\n\
                ns0 A 192.0.2.10\nns1 3600 A 192.0.2.11\nWWW 300 A 192.0.2.1\n";
    let outcome = check(directory.path(), file, &server).run();
    assert_eq!(outcome.zone_findings().iter().filter(|code| *code == "ttl_unstated").count(), 1);
    let json = outcome.json();
    let findings = json["zones"][0]["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "ttl_unstated").unwrap();
    assert_eq!(finding["severity"], "ok");
    let message = finding["message"].as_str().unwrap();
    assert!(message.starts_with("db.example: 2 records have no TTL, and no $TTL before"), "{message}");
    let stated = check(directory.path(), &format!("$TTL 300\n{file}"), &server).run();
    assert!(!stated.zone_findings().contains(&"ttl_unstated".to_owned()));
}

#[test]
fn generic_data_of_a_known_type_is_refused_in_its_place_before_any_query() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    for (record, message) in [
        (r"a 60 IN A \# 5 0A00000100", r"8:11: the octets are not valid A data: 1 too many"),
        (
            r"a TYPE28 \# 4 0A000001",
            "8:10: the octets are not valid AAAA data: they end within the IPv6 address",
        ),
        (r"a DNAME \# 2 0161", "8:9: the octets are not valid DNAME data: they end within a name"),
        (
            r"a SVCB \# 8 0001000003000101",
            "8:8: the octets are not valid SVCB data: the list of parameters is malformed",
        ),
    ] {
        let text = text(7, "192.0.2.1").replace("WWW A 192.0.2.1", record);
        let outcome = check(directory.path(), &text, &server).unknown();
        assert!(outcome.stderr().contains(message), "{}", outcome.stderr());
    }
    assert!(server.queries().is_empty());
}

#[test]
fn a_byte_order_mark_at_the_start_of_a_zone_file_is_skipped() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let text = format!("\u{feff}{}", reported_zone());
    assert_eq!(check(directory.path(), &text, &server).ok().verdict("ns0"), "in_sync");
}

#[test]
fn a_zone_file_with_several_zones_is_an_error() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let outcome = check(directory.path(), "", &server).zone("example.net").unknown();
    assert!(outcome.stderr().contains("is the file of one zone"), "{}", outcome.stderr());
    let outcome = check(directory.path(), "", &server).args(["--zones", "-"]).unknown();
    assert!(outcome.stderr().contains("cannot be used with"), "{}", outcome.stderr());
}

/// Only the records that differ are kept of a large copy, from a file as from a transfer.
#[test]
fn all_differences_from_a_large_file_are_counted() {
    let (directory, server) = (tempfile::tempdir().unwrap(), server());
    let text = reported_zone() + "$GENERATE 1-20000 host-$ 300 A 192.0.2.1\n";
    let outcome = check(directory.path(), &text, &server).args(["--max-differences", "1"]).critical();
    let json = outcome.json();
    let differences = &json["zones"][0]["servers"][0]["differences"];
    assert_eq!((&differences["missing"], &differences["complete"]), (&20_000.into(), &true.into()));
}

/// Records that both zoneprobe and `domain` read.
const KNOWN_TO_BOTH: &str = r#"a 60 A 192.0.2.1
a 60 AAAA 2001:db8::1
a 60 CAA 0 issue "ca.example; account=1"
a 60 CNAME b
a 60 DS 12345 13 2 0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF
a 60 DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
a 60 HINFO "PC" "Linux"
a 60 HTTPS 1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1
a 60 MX 10 mail
a 60 NAPTR 100 10 "u" "e2u+sip" "!^.*$!sip:info@example.test!" .
a 60 NS ns.other.test.
a 60 OPENPGPKEY mQENBFVHm5sBCACzYjyKGNBDHQiLGEcvX7cXHPjpTmMBzAAL
a 60 PTR b
a 60 SRV 0 5 5060 b
a 60 SSHFP 4 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
a 60 SVCB 0 b
a 60 TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
a 60 RRSIG A 13 2 3600 20241122035232 20241110003616 4660 example.test. //8=
a 60 NSEC b.example.test. A MX RRSIG TYPE65280
a 60 NSEC3 1 1 10 AABB 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG
a 60 NSEC3PARAM 1 0 0 -
a 60 CDS 0 0 0 00
a 60 CDNSKEY 0 3 0 AA==
a 60 ZONEMD 2026112201 1 241 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
a 60 DNAME b
a 60 RP b c
a 60 TYPE65280 \# 3 010203
a 60 TXT "one" two "th ree"
"#;

/// Type and RDATA of each record, as `domain` reads them.
fn read_with_domain(text: &str) -> Vec<(u16, Vec<u8>)> {
    let mut file = Zonefile::load(&mut text.as_bytes()).unwrap();
    file.set_origin(ZONE.parse().unwrap());
    file.set_default_class(domain::base::iana::Class::IN);
    let mut records = Vec::new();
    while let Some(entry) = file.next_entry().unwrap() {
        let Entry::Record(record) = entry else { panic!("{entry:?}") };
        let mut data = Vec::new();
        record.data().compose_rdata(&mut data).unwrap();
        records.push((record.rtype().to_int(), data));
    }
    records
}

#[test]
fn domain_reads_the_same_rdata_from_a_zone_file() {
    let mut ours = Vec::new();
    let mut reader = ZoneFileReader::new(ZONE.parse().unwrap());
    for line in KNOWN_TO_BOTH.lines() {
        reader.read_line(line.as_bytes(), &mut |it| ours.push((it.rtype.0, it.rdata.to_vec()))).unwrap();
    }
    assert_eq!(ours, read_with_domain(KNOWN_TO_BOTH));
    assert_eq!(ours.len(), KNOWN_TO_BOTH.lines().count());
}

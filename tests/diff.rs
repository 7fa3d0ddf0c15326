//! `diff` of zone files and of scripted servers: what it prints, and how it ends.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use zoneprobe::testserver::{Action, ResponseBuilder, Section, Zone};

use crate::harness::{Diff, Nameserver, diff_command, peak_memory};

const ZONE: &str = "example.test";

/// The front of each zone file.
const FRONT: &str = "$ORIGIN example.test.\n$TTL 3600\n@ NS ns0\nns0 A 192.0.2.1\n";

/// Two zone files in a directory of their own.
struct Files {
    directory: TempDir,
}

impl Files {
    fn new(reference: &str, target: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for (name, serial, text) in [("reference", 9, reference), ("target", 7, target)] {
            let soa = format!("@ SOA ns0 host {serial} 3600 600 86400 300\n");
            fs::write(directory.path().join(name), format!("{FRONT}{soa}{text}")).unwrap();
        }
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn diff(&self, arguments: &[&str]) -> Diff {
        let (reference, target) = (self.path("reference"), self.path("target"));
        let files = ["-z", text(&reference), "--target-file", text(&target)];
        Diff::run(&[&[ZONE], files.as_slice(), arguments].concat())
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn text_shows_what_goes_and_comes_and_what_was_compared() {
    let files = Files::new(
        "www 300 A 192.0.2.80\nttl 60 A 192.0.2.5\nnew TXT \"a;b\"\n",
        "www 300 A 192.0.2.99\nttl 300 A 192.0.2.5\nold MX 10 ns0\n",
    );
    let shown = files.diff(&[]).exits(1);
    let (reference, target) = (files.path("reference"), files.path("target"));
    let (reference, target) = (text(&reference), text(&target));
    let expected = format!(
        "--- {target}, serial 7
+++ {reference}, serial 9
+ new.example.test. 3600 TXT \"a;b\"
- old.example.test. 3600 MX 10 ns0.example.test.
- ttl.example.test. 300 A 192.0.2.5
+ ttl.example.test. 60 A 192.0.2.5
- www.example.test. 300 A 192.0.2.99
+ www.example.test. 300 A 192.0.2.80
4 RRsets differ: 1 to add, 1 to remove, 1 to replace, 1 to change in the TTL alone
compared: all records, 6 RRsets of {target} with 6 RRsets of {reference}
left out: the SOA, which belongs to each server
"
    );
    assert_eq!(shown.stdout, expected);
    assert_eq!(shown.stderr, "");
}

#[test]
fn equal_records_are_said_to_be_equal() {
    let files = Files::new("www A 192.0.2.80\n", "www A 192.0.2.80\n");
    let equal = files.diff(&[]).exits(0);
    assert!(equal.stdout.contains("has the records of"), "{}", equal.stdout);
    for (output, empty) in [("nsupdate", false), ("knotc", true), ("zone", false)] {
        let equal = files.diff(&["-o", output]).exits(0);
        assert_eq!(equal.stdout.is_empty(), empty, "{output}: {}", equal.stdout);
        assert!(!equal.stdout.contains("send") && equal.stderr.contains("has the records of"), "{output}");
    }
}

#[test]
fn scripts_say_what_they_do_in_comments() {
    let files = Files::new("www A 192.0.2.80\n", "www A 192.0.2.99\n");
    let script = files.diff(&["-o", "nsupdate"]).exits(1);
    assert!(script.lines("server").is_empty(), "a file has no address");
    assert!(script.lines("; ").iter().any(|line| line.contains("nsupdate -k KEYFILE")), "{}", script.stdout);
    assert!(script.stderr.contains("1 RRset differs: 1 to replace"), "{}", script.stderr);
    let zone = files.diff(&["-o", "zone"]).exits(1);
    assert_eq!(zone.lines("example.test. 3600 IN SOA").len(), 1, "{}", zone.stdout);
    assert_eq!(zone.lines("www.").len(), 1);
}

#[test]
fn types_that_are_ignored_stay_as_they_are() {
    let files = Files::new("www TXT \"right\"\n", "www TXT \"here\"\n");
    let shown = files.diff(&["--ignore-type", "TXT"]).exits(0);
    assert!(shown.stdout.contains("left out: 1 RRset of types that --ignore-type"), "{}", shown.stdout);
    let zone = files.diff(&["--ignore-type", "TXT", "-o", "zone"]).exits(0);
    assert_eq!(zone.lines("www."), ["www.example.test. 3600 IN TXT \"here\""]);
}

#[test]
fn an_older_reference_is_a_warning() {
    let files = Files::new("www A 192.0.2.80\n", "www A 192.0.2.99\n");
    let (reference, target) = (files.path("reference"), files.path("target"));
    let turned = Diff::run(&[ZONE, "-z", text(&target), "--target-file", text(&reference)]).exits(1);
    assert!(turned.stderr.contains("are they the right way round?"), "{}", turned.stderr);
}

#[test]
fn what_cannot_be_read_is_unknown() {
    let files = Files::new("", "");
    let reference = files.path("reference");
    let reference = text(&reference);
    let server = Nameserver::new().zone(ZONE, 7).start();
    let address = server.address().to_string();
    let refusing = Nameserver::new().zone(ZONE, 7).transfer_refused().start();
    let refusing = refusing.address().to_string();
    for (arguments, said) in [
        ([ZONE, "-z", reference, "-s", "127.0.0.1:1"], "connection refused"),
        ([ZONE, "-p", "127.0.0.1:1", "-s", &refusing], "the zone from 127.0.0.1:1 by queries"),
        ([ZONE, "-p", &refusing, "-s", "127.0.0.1:1"], "the zone from 127.0.0.1:1 by queries"),
        ([ZONE, "-z", "/nowhere/zone", "-s", &address], "/nowhere/zone"),
        ([ZONE, "-p", &address, "-s", &address], "there is nothing to compare"),
        ([ZONE, "-z", reference, "-s", "nowhere.test"], "cannot look up `nowhere.test`"),
        (
            ["other.test", "-z", reference, "-s", &address],
            "the SOA is of `example.test.`, and not of `other.test.`",
        ),
    ] {
        let failed = Diff::run(&arguments).exits(3);
        assert!(failed.stderr.contains(said), "{said}\n{}", failed.stderr);
        assert_eq!(failed.stdout, "");
    }
    Diff::run(&[ZONE, "-z", reference]).exits(3);
    Diff::run(&[ZONE, "-z", reference, "-p", &address, "-s", &address]).exits(3);
}

#[test]
fn a_server_that_changes_while_it_is_read_is_unknown() {
    let files = Files::new("www A 192.0.2.80\n", "");
    // Each transfer is of a version that is gone when the server is asked for its serial.
    let version = AtomicU32::new(7);
    let server = Nameserver::new().zone(ZONE, 7).handler(move |asked| {
        let query = asked.query.as_ref().filter(|query| query.qtype.0 == 6)?;
        let serial = version.fetch_add(1, Ordering::SeqCst) + 1;
        let soa = Zone::parse(ZONE, &format!("@ 60 IN SOA ns0 host {serial} 3600 600 86400 60")).unwrap();
        let response = ResponseBuilder::new(query).authoritative().record(Section::Answer, &soa.soa_record());
        Some(vec![Action::Send(response.into_message())])
    });
    let server = server.start();
    let reference = files.path("reference");
    let changed = Diff::run(&[ZONE, "-z", text(&reference), "-s", &server.address().to_string()]).exits(3);
    assert!(changed.stderr.contains("has changed while it was read"), "{}", changed.stderr);
}

#[test]
fn servers_of_a_configuration_are_named() {
    let right = Nameserver::new().zone(ZONE, 7).start();
    let others = [Nameserver::new().zone(ZONE, 7).start(), Nameserver::new().zone(ZONE, 7).start()];
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zoneprobe.yaml");
    let configuration = format!(
        "servers:\n  ns0: {{address: \"{}\", role: primary}}\n  ns1: {{address: \"{}\", role: secondary}}\n  \
         ns2: {{address: \"{}\", role: secondary}}\nzones: [{ZONE}]\n",
        right.address(),
        others[0].address(),
        others[1].address()
    );
    fs::write(&path, configuration).unwrap();
    let named = Diff::run(&[ZONE, "-c", text(&path), "-s", "ns2"]).exits(0);
    assert!(named.stdout.contains(&format!("ns2 ({})", others[1].address())), "{}", named.stdout);
    let several = Diff::run(&[ZONE, "-c", text(&path)]).exits(3);
    assert!(
        several.stderr.contains("more than one secondary of `example.test`: ns1, ns2"),
        "{}",
        several.stderr
    );
    let unknown = Diff::run(&["other.test", "-c", text(&path)]).exits(3);
    assert!(unknown.stderr.contains("is no zone of the configuration"), "{}", unknown.stderr);
}

#[test]
fn what_queries_have_shown_is_no_more_than_that() {
    let servers = [Nameserver::new().zone(ZONE, 7), Nameserver::new().zone(ZONE, 7).transfer_refused()];
    let servers = servers.map(Nameserver::start);
    let [open, refusing] = [0, 1].map(|number: usize| servers[number].address().to_string());
    let shown = Diff::run(&[ZONE, "-p", &open, "-s", &refusing]).exits(0);
    let said = format!("{refusing} and {open} have answered alike for what was compared\n");
    assert!(shown.stdout.starts_with(&said), "{}", shown.stdout);
    let [compared] = shown.lines("compared: ")[..] else { panic!("{}", shown.stdout) };
    // The SOA, which belongs to each server, is not one of those that queries might have shown.
    let words: Vec<&str> = compared.split(' ').collect();
    assert_eq!(words[1], words[4], "{compared}");
}

/// A zone with so many TXT records of 255 octets at one owner, the first of which has another octet.
fn texts(count: u32, first: u8) -> Nameserver {
    let apex = Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0").unwrap();
    let server = Nameserver::new().zone_copy(apex);
    (0..count).fold(server, |server, number| {
        let last = if number == 0 { first } else { 0xee };
        let text = [[255].as_slice(), &number.to_be_bytes(), &[0xee; 250], &[last]].concat();
        server.record("many", 16, 60, &text)
    })
}

#[test]
fn an_rrset_that_fits_in_no_message_is_compared_too() {
    let (reference, target) = (texts(1000, 1).start(), texts(1000, 2).start());
    let (reference, target) = (reference.address().to_string(), target.address().to_string());
    let servers = [ZONE, "-p", &reference, "-s", &target];
    let shown = Diff::run(&servers).exits(1);
    assert_eq!((shown.lines("- many.").len(), shown.lines("+ many.").len()), (1, 1));
    let script = Diff::run(&[&servers, ["-o", "nsupdate"].as_slice()].concat()).exits(1);
    assert_eq!(script.lines("update ").len(), 2, "one record goes, and one comes");
}

#[test]
fn a_reader_that_goes_is_no_error() {
    let files = Files::new(&many(20_000, 1), &many(20_000, 2));
    let (reference, target) = (files.path("reference"), files.path("target"));
    let mut child = diff_command(&[ZONE, "-z", text(&reference), "--target-file", text(&target)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    reader.read_line(&mut first).unwrap();
    drop(reader);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

/// So many RRsets with this octet.
fn many(count: u32, octet: u8) -> String {
    let mut text = String::new();
    for number in 0..count {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "n{number} A 192.0.2.{octet}");
    }
    text
}

#[test]
fn a_million_rrsets_that_differ_take_little_memory() {
    let files = Files::new(&many(1_000_000, 1), &many(1_000_000, 2));
    let (reference, target) = (files.path("reference"), files.path("target"));
    let arguments = [ZONE, "-z", text(&reference), "--target-file", text(&target), "-o", "nsupdate"];
    let mut child = diff_command(&arguments).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let counted = std::thread::spawn(move || {
        let (mut additions, mut messages) = (0, 0);
        for line in stdout.lines().map(Result::unwrap) {
            additions += u32::from(line.starts_with("update add n"));
            messages += u32::from(line == "send");
        }
        (additions, messages)
    });
    let peak = peak_memory(&mut child);
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let (additions, messages) = counted.join().unwrap();
    assert_eq!(additions, 1_000_000);
    assert!(messages > 1000, "{messages}");
    assert!(peak < 64 * 1024, "{peak} KiB");
}

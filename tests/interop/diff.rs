//! `diff` between real servers, and what other programs make of what it prints.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use super::forms::forms_of;
use super::zones::{ZONE, zone};
use crate::harness::Diff;
use crate::harness::daemon::{Daemon, Kind, program};

/// The serial of a zone with all forms: one of them is its SOA.
const FORMS_SERIAL: u32 = 7;

/// Records that a reference has.
const RIGHT: &str = "www 300 A 192.0.2.80\nalias CNAME www\nttl 300 A 192.0.2.5\n";

/// The records that a target has and the reference does not have.
const STALE: &str = "www 300 A 192.0.2.99\nold MX 10 www\nalias TXT \"was text\"\nttl 60 A 192.0.2.5\n\
                     sub NS ns.sub\nns.sub A 192.0.2.8\nf1 A 192.0.2.1\n";

/// Runs `diff` of two servers.
fn diff(reference: &Daemon, target: &Daemon, arguments: &[&str]) -> Diff {
    let (reference, target) = (reference.address().to_string(), target.address().to_string());
    Diff::run(&[&[ZONE, "-p", &reference, "-s", &target], arguments].concat())
}

#[track_caller]
fn assert_equal(reference: &Daemon, target: &Daemon) {
    let equal = diff(reference, target, &[]);
    assert_eq!(equal.code, Some(0), "{}\n{}", equal.stdout, equal.stderr);
}

/// Runs a program with a text on its standard input.
fn feed(command: &mut Command, text: &str) -> Output {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program was found");
    let mut input = child.stdin.take().expect("its input is piped");
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    let _ = writer.join();
    output
}

fn nsupdate(script: &str) -> Output {
    feed(&mut Command::new(program("nsupdate")), script)
}

#[track_caller]
fn assert_takes(script: &str) {
    let output = nsupdate(script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// An update by somebody else.
#[track_caller]
fn update(server: &Daemon, change: &str) {
    let address = server.address();
    assert_takes(&format!(
        "server {} {}\nzone {ZONE}\nupdate {change}\nsend\n",
        address.ip(),
        address.port()
    ));
}

/// A server with these records, which takes updates.
fn updatable(serial: u32, records: &str) -> Daemon {
    Kind::Bind.primary(ZONE, zone(serial, records)).updatable().start()
}

/// So many records that differ from those of another octet, for several messages.
fn many(ttl: u32, octet: u8) -> String {
    let mut text = String::new();
    for number in 0..4000 {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "n{number} {ttl} A 192.0.{octet}.{}", number % 256);
    }
    text
}

/// The NS record that belongs to a DS record, for each name that a line generates.
fn delegation(line: &str) -> Option<String> {
    let (owner, _) = line.split_once(" DS ")?;
    let is_owner = !owner.contains(' ') || owner.starts_with("$GENERATE ");
    is_owner.then(|| format!("{owner} NS ns0"))
}

#[test]
fn a_script_makes_one_bind_equal_to_another_in_every_kind_of_record() {
    // BIND takes no update with an MX record whose host has no address, or with a DS record where nothing is delegated.
    let forms = forms_of('B');
    let delegations: Vec<String> = forms.lines().filter_map(delegation).collect();
    let forms: Vec<&str> = forms.lines().filter(|line| !line.contains(" MX ")).collect();
    let (forms, delegations) = (forms.join("\n"), delegations.join("\n"));
    let forms = format!("{RIGHT}mail MX 10 mail\nmail A 192.0.2.25\n{forms}\n{delegations}\n");
    let reference = Kind::Bind.primary(ZONE, zone(FORMS_SERIAL, &forms)).start();
    let target = updatable(3, STALE);
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1);
    assert!(script.stdout.contains("\nprereq yxrrset example.test. SOA "), "{}", script.stdout);
    assert_takes(&script.stdout);
    let equal = diff(&reference, &target, &[]).exits(0);
    assert!(equal.stdout.contains("left out: the SOA"), "{}", equal.stdout);
    // What it does it undoes.
    let back = Kind::Bind.primary(ZONE, zone(9, STALE)).start();
    let script = diff(&back, &target, &["--output", "nsupdate"]).exits(1);
    assert_takes(&script.stdout);
    assert_equal(&back, &target);
}

#[test]
fn a_script_stops_whole_where_the_server_has_changed() {
    let reference = Kind::Bind.primary(ZONE, zone(9, "www A 192.0.2.80\n")).start();
    let target = updatable(3, STALE);
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
    update(&target, &format!("add other.{ZONE}. 60 A 192.0.2.1"));
    let output = nsupdate(&script);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("NXRRSET"));
    let after = diff(&reference, &target, &[]).exits(1);
    assert_eq!(after.lines("- www"), [format!("- www.{ZONE}. 300 A 192.0.2.99")]);
}

#[test]
fn several_messages_make_the_servers_equal() {
    // The host of a mail exchange gets its address in a later message, if nothing is done about it.
    let records = many(300, 2) + "aaa MX 10 zzz\nzzz A 192.0.2.77\nstay MX 10 stay\nstay A 192.0.2.78\n";
    let reference = Kind::Bind.primary(ZONE, zone(9, &records)).start();
    let target = updatable(3, &(many(300, 3) + STALE));
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
    assert!(script.matches("\nsend\n").count() > 2, "{} characters", script.len());
    assert_takes(&script);
    assert_equal(&reference, &target);
}

#[test]
fn another_update_stops_the_messages_behind_it() {
    let reference = Kind::Bind.primary(ZONE, zone(9, &many(300, 2))).start();
    let target = updatable(3, &many(300, 3));
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
    let (first, rest) = script.split_once("send\n").unwrap();
    let head = &first[..first.find("; message").unwrap()];
    assert_takes(&format!("{first}send\n"));
    let left = |diff: Diff| diff.lines("+ ").len();
    let before = left(diff(&reference, &target, &[]));
    assert!((1..4000).contains(&before), "{before}");
    update(&target, &format!("add other.{ZONE}. 60 A 192.0.2.1"));
    assert!(!nsupdate(&format!("{head}{rest}")).status.success());
    assert_eq!(left(diff(&reference, &target, &[])), before);
}

/// The update takes the serial of the first message, so that the second one finds the serial that it expects.
#[test]
fn another_update_in_place_of_the_first_message_stops_them_all() {
    for (stale, name) in [(many(300, 3), "records"), (many(60, 2), "TTLs")] {
        let reference = Kind::Bind.primary(ZONE, zone(9, &many(300, 2))).start();
        let target = updatable(3, &stale);
        let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
        update(&target, &format!("add other.{ZONE}. 60 A 192.0.2.1"));
        assert!(!nsupdate(&script).status.success(), "{name}");
        assert_eq!(diff(&reference, &target, &[]).lines("+ ").len(), 4000, "{name}");
    }
}

#[test]
fn marks_of_messages_with_ttls_alone_are_gone_in_the_end() {
    let reference = Kind::Bind.primary(ZONE, zone(9, &many(300, 2))).start();
    let target = updatable(3, &many(60, 2));
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
    assert!(script.contains("update add _zoneprobe-diff."));
    assert_takes(&script);
    assert_equal(&reference, &target);
}

#[test]
fn name_servers_change_with_their_addresses_in_one_message() {
    let text = |servers: [&str; 2], octet: u8| {
        let names: String = servers.map(|name| format!("@ NS {name}\n")).concat();
        let addresses: String = servers.map(|name| format!("{name} A 192.0.2.7\n")).concat();
        format!("$TTL 300\n@ SOA ns host 3 3600 600 86400 300\n{names}{addresses}{}", many(300, octet))
    };
    let reference = Kind::Bind.primary(ZONE, text(["zz-new1", "zz-new2"], 2)).start();
    let target = Kind::Bind.primary(ZONE, text(["aa-old1", "zz-new2"], 3)).updatable().start();
    let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1).stdout;
    let first = script.split("send\n").next().unwrap();
    for line in [
        format!("update add {ZONE}. 300 NS zz-new1.{ZONE}."),
        format!("update delete {ZONE}. NS aa-old1.{ZONE}."),
        format!("update delete aa-old1.{ZONE}. A"),
        format!("update add zz-new1.{ZONE}. 300 A 192.0.2.7"),
    ] {
        assert_eq!(first.matches(&format!("{line}\n")).count(), 1, "{line}");
        assert_eq!(script.matches(&format!("{line}\n")).count(), 1, "{line}");
    }
    assert_takes(&script);
    assert_equal(&reference, &target);
}

#[test]
fn a_signed_server_keeps_what_its_signer_makes() {
    let reference = Kind::Bind.primary(ZONE, zone(9, "www 300 A 192.0.2.80\n")).start();
    let target = Kind::Knot.primary(ZONE, zone(3, STALE)).signing().start();
    let shown = diff(&reference, &target, &[]).exits(1);
    assert!(shown.stdout.contains("that a signer makes"), "{}", shown.stdout);
    assert!(!shown.stdout.contains("RRSIG ") && !shown.stdout.contains("DNSKEY 257"), "{}", shown.stdout);
}

#[test]
fn knotc_makes_a_knot_equal_to_a_bind() {
    let odd = "q TXT \"a;b\" \"c\\\"d\\\\e'f\" \"\\000\\255 $@\"\no\\'d\\\"x A 192.0.2.7\n";
    let forms = format!("{RIGHT}{odd}{}", forms_of('K'));
    let reference = Kind::Knot.primary(ZONE, zone(FORMS_SERIAL, &forms)).start();
    let target = Kind::Knot.primary(ZONE, zone(3, STALE)).start();
    let commands = diff(&reference, &target, &["--output", "knotc"]).exits(1).stdout;
    let mut knotc = Command::new(program("knotc"));
    let output = feed(knotc.arg("-s").arg(target.file("knot.sock")), &commands);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let printed = printed + &String::from_utf8_lossy(&output.stderr);
    let refused: Vec<&str> = printed.lines().filter(|line| !matches!(*line, "OK" | "")).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    assert_equal(&reference, &target);
}

/// Prints the zone file of a reference with all forms that a software reads, and lets another server read it.
#[track_caller]
fn assert_reads_zone_file(kind: Kind, letter: char) {
    let forms = format!("{RIGHT}{}", forms_of(letter));
    let reference = kind.primary(ZONE, zone(FORMS_SERIAL, &forms)).start();
    let target = kind.primary(ZONE, zone(3, STALE)).start();
    let file = diff(&reference, &target, &["--output", "zone"]).exits(1).stdout;
    target.reload(&file);
    target.await_serial(FORMS_SERIAL);
    assert_equal(&reference, &target);
}

#[test]
fn a_zone_file_makes_one_nsd_equal_to_another() {
    assert_reads_zone_file(Kind::Nsd, 'N');
}

#[test]
fn a_zone_file_makes_one_bind_equal_to_another() {
    assert_reads_zone_file(Kind::Bind, 'B');
}

#[test]
fn a_server_that_refuses_transfers_is_asked() {
    let reference = Kind::Bind.primary(ZONE, zone(9, RIGHT)).start();
    let target = Kind::Nsd.primary(ZONE, zone(3, STALE)).refusing_transfers().start();
    let shown = diff(&reference, &target, &[]).exits(1);
    assert_eq!(shown.lines("- www"), [format!("- www.{ZONE}. 300 A 192.0.2.99")]);
    assert_eq!(shown.lines("+ ttl"), [format!("+ ttl.{ZONE}. 300 A 192.0.2.5")]);
    assert!(shown.stdout.contains("by queries to") && shown.stdout.contains("alone has is not seen"));
    assert!(shown.lines("- old").is_empty(), "what the server alone has is not asked for");
    let named = format!("old.{ZONE}/MX");
    let named = diff(&reference, &target, &["--name", &named]).exits(1);
    assert_eq!(named.lines("- old"), [format!("- old.{ZONE}. 3600 MX 10 www.{ZONE}.")]);
    diff(&reference, &target, &["--by", "transfer"]).exits(3);
    diff(&reference, &target, &["--output", "zone"]).exits(3);
}

#[test]
fn a_reference_that_refuses_transfers_is_asked_for_what_the_server_has() {
    let reference = Kind::Nsd.primary(ZONE, zone(9, "www 300 A 192.0.2.80\n")).refusing_transfers().start();
    let target = updatable(3, STALE);
    // What is below a delegation is seen once that is gone.
    for _ in 0..2 {
        let script = diff(&reference, &target, &["--output", "nsupdate"]).exits(1);
        assert_takes(&script.stdout);
    }
    let shown = diff(&reference, &target, &[]).exits(0);
    assert!(shown.stdout.contains("alone has is not seen"), "{}", shown.stdout);
    let closed = Kind::Nsd.primary(ZONE, zone(3, STALE)).refusing_transfers().start();
    let named = format!("www.{ZONE}/A");
    let both = diff(&reference, &closed, &["--name", &named]).exits(1);
    assert_eq!(both.lines("+ "), [format!("+ www.{ZONE}. 300 A 192.0.2.80")]);
}

//! The pages on servers that refuse transfers, and on another provider: each command in them is run as it stands.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use super::zones::{ZONE, zone};
use crate::documentation::{blocks, text};
use crate::harness::daemon::{Daemon, DaemonSetup, Kind};

/// The page on servers that refuse transfers.
const REFUSED: &str = "docs/transfers-refused.md";

/// The page on the move of a zone.
const MOVING: &str = "docs/moving-providers.md";

/// The zone of the pages.
const WRITTEN: &str = "example.com";

/// The record that is stale somewhere.
const RIGHT: &str = "www 300 A 192.0.2.80\n";
const STALE: &str = "www 300 A 192.0.2.99\n";

/// The other records of the zone.
const OTHERS: &str = "@ MX 10 mail\nmail A 192.0.2.25\n_dmarc TXT \"v=DMARC1; p=none\"\n*.any TXT x\n\
                      a.deep.name A 192.0.2.7\nsub NS ns.sub\nns.sub A 192.0.2.8\n";

/// The servers that the addresses of a page stand for, and the zone file that it names.
struct Stage<'s> {
    servers: &'s [(&'static str, &'s Daemon)],
    zone_file: String,
}

impl Stage<'_> {
    /// Runs a block of a page in a shell, in a directory with all that it names.
    fn run(&self, block: &str, directory: &Path) -> Output {
        fs::create_dir_all(directory.join("zones")).unwrap();
        for path in [format!("zones/db.{ZONE}"), format!("{ZONE}.zone")] {
            fs::write(directory.join(path), &self.zone_file).unwrap();
        }
        let names = ["www", "_dmarc", "mail", "nowhere"].map(|name| format!("{name}.{ZONE}\n")).concat();
        fs::write(directory.join("names.txt"), names).unwrap();
        let mut script = block.replace(WRITTEN, ZONE);
        for (written, server) in self.servers {
            for end in [" ", "\n"] {
                script = script.replace(&format!("={written}{end}"), &format!("={}{end}", server.address()));
            }
        }
        assert!(!script.contains("=192.0.2.") && !script.contains("=198.51.100."), "{script}");
        let command = Path::new(env!("CARGO_BIN_EXE_zoneprobe"));
        let folder = command.parent().unwrap().display();
        Command::new("sh")
            .args(["-euc", &script])
            .current_dir(directory)
            .env("PATH", format!("{folder}:/usr/bin:/bin"))
            .output()
            .expect("there is a shell")
    }

    /// Runs a block in a directory of its own; returns the exit code, and what was printed.
    fn result(&self, block: &str) -> (Option<i32>, String) {
        let directory = tempfile::tempdir().unwrap();
        result(&self.run(block, directory.path()))
    }
}

fn result(output: &Output) -> (Option<i32>, String) {
    let printed = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    (output.status.code(), printed.concat())
}

#[track_caller]
fn assert_passes(block: &str, (code, printed): &(Option<i32>, String)) {
    assert_eq!(*code, Some(0), "{block}\n{printed}");
    let is_quiet = block.contains(" -q");
    assert!(is_quiet || printed.contains(&format!("✓ {ZONE}  in_sync")), "{block}\n{printed}");
}

/// A command that fails ends with 2; of those that `xargs` runs, `xargs` ends with 123.
#[track_caller]
fn assert_finds_the_stale_record(block: &str, (code, printed): &(Option<i32>, String)) {
    let critical = if block.contains("xargs") { 123 } else { 2 };
    assert_eq!(*code, Some(critical), "{block}\n{printed}");
    assert!(printed.contains(&format!("changed www.{ZONE}. A")), "{block}\n{printed}");
}

fn start<const N: usize>(setups: [DaemonSetup; N]) -> [Daemon; N] {
    let mut servers = setups.map(DaemonSetup::spawn);
    servers.iter_mut().for_each(Daemon::await_zones);
    servers
}

/// Three servers, of which the first is the primary, and their zone.
fn refusing(is_primary_open: bool, record: &str) -> [Daemon; 3] {
    let of = |kind: Kind, record: &str| kind.primary(ZONE, zone(7, &format!("{OTHERS}{record}")));
    let primary = of(Kind::Bind, RIGHT);
    let primary = if is_primary_open { primary } else { primary.refusing_transfers() };
    start([primary, of(Kind::Nsd, record).refusing_transfers(), of(Kind::Knot, record).refusing_transfers()])
}

#[test]
fn each_command_on_refused_transfers_passes_and_finds_a_stale_record() {
    let page = text(REFUSED);
    let commands = blocks(&page, "sh");
    assert_eq!(commands.len(), 6, "the commands of the page");
    for record in [RIGHT, STALE] {
        let [open, closed] = [true, false].map(|is_open| refusing(is_open, record));
        let stage = |servers: &[Daemon; 3], block: &str| {
            let addresses = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
            let servers: Vec<_> = addresses.into_iter().zip(servers).collect();
            let zone_file = zone(7, &format!("{OTHERS}{RIGHT}"));
            Stage { servers: &servers, zone_file }.result(block)
        };
        for block in commands.iter().filter(|block| !block.contains("--cover")) {
            // Without a list of names, what is compared comes from the primary or from the file.
            let is_listed = block.contains("--name");
            let result = stage(if is_listed { &closed } else { &open }, block);
            if record == RIGHT {
                assert_passes(block, &result);
                let (_, printed) = &result;
                assert_eq!(printed.contains("sample of the records"), is_listed, "{block}\n{printed}");
            } else {
                assert_finds_the_stale_record(block, &result);
            }
        }
    }
}

/// Each check draws other names, so that one of the first few finds the record.
#[test]
fn the_sample_finds_a_stale_record_in_its_turn() {
    let page = text(REFUSED);
    let block = blocks(&page, "sh").into_iter().find(|block| block.contains("--cover")).unwrap();
    let [primary, secondary, _other] = refusing(true, STALE);
    let directory = tempfile::tempdir().unwrap();
    let servers = [("192.0.2.1", &primary), ("192.0.2.2", &secondary)];
    let stage = Stage { servers: &servers, zone_file: String::new() };
    let mut checks = (0..11).map(|_| result(&stage.run(block, directory.path())));
    let failed = checks.find(|(code, _)| *code != Some(0)).expect("one of eleven tenths has the record");
    assert_finds_the_stale_record(block, &failed);
}

#[test]
fn the_configuration_on_refused_transfers_is_accepted() {
    let page = text(REFUSED);
    let [configuration] = blocks(&page, "yaml")[..] else { panic!("one configuration") };
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("zoneprobe.yaml");
    fs::write(&path, configuration).unwrap();
    let output =
        Command::new(env!("CARGO_BIN_EXE_zoneprobe")).args(["config", "check"]).arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// The zone at a provider, which has name servers and serials of its own.
fn at_provider(provider: &str, serial: u32, record: &str) -> String {
    let text = zone(serial, &format!("{OTHERS}{record}"));
    let text = text.replace("@ NS ns", &format!("@ NS {provider}-ns"));
    let names = "old-ns0 A 192.0.2.10\nold-ns1 A 192.0.2.11\nnew-ns0 A 192.0.2.12\nnew-ns1 A 192.0.2.13\n";
    text.replace("SOA ns0", &format!("SOA {provider}-ns0")) + names
}

/// The servers of two providers: the old one, and two of the new one.
struct Providers([Daemon; 3]);

impl Providers {
    fn start(old: &str, new: &str, change: impl Fn(DaemonSetup) -> DaemonSetup) -> Self {
        let old = Kind::Bind.primary(ZONE, at_provider("old", 2_026_112_201, old));
        let [first, second] =
            [Kind::Nsd, Kind::Knot].map(|kind| kind.primary(ZONE, at_provider("new", 1, new)));
        Self(start([change(old), change(first), change(second)]))
    }

    fn result(&self, block: &str) -> (Option<i32>, String) {
        let [old, first, second] = &self.0;
        // Where there is one new server, its name is `new`.
        let servers = [("192.0.2.1", old), ("198.51.100.1", first), ("198.51.100.2", second)];
        let zone_file = at_provider("old", 2_026_112_201, RIGHT);
        Stage { servers: &servers, zone_file }.result(&block.replace("--wait 10m", "--wait 1s"))
    }
}

#[test]
fn each_command_on_another_provider_passes_and_finds_a_stale_record() {
    let page = text(MOVING);
    let commands = blocks(&page, "sh");
    assert_eq!(commands.len(), 8, "the commands of the page");
    let open = |setup| setup;
    let (right, stale_old, stale_new) = (
        Providers::start(RIGHT, RIGHT, open),
        Providers::start(STALE, RIGHT, open),
        Providers::start(RIGHT, STALE, open),
    );
    for block in commands {
        assert_passes(block, &right.result(block));
        let is_about_old = block.contains("-s old=") && block.contains("-z ");
        let stale = if is_about_old { &stale_old } else { &stale_new };
        // The last one is about the servers of the new provider alone, which agree.
        if !block.contains(" -q") && !block.contains("--delegation") {
            assert_finds_the_stale_record(block, &stale.result(block));
        }
    }
}

#[test]
fn the_commands_on_another_provider_do_the_same_where_no_server_gives_the_zone() {
    let page = text(MOVING);
    let closed = DaemonSetup::refusing_transfers;
    let (right, stale) = (Providers::start(RIGHT, RIGHT, closed), Providers::start(RIGHT, STALE, closed));
    for block in blocks(&page, "sh") {
        assert_passes(block, &right.result(block));
        // Without a file or a list of names, nothing but the apex is known.
        if block.contains("-z ") && !block.contains("-s old=") || block.contains("--name") {
            assert_finds_the_stale_record(block, &stale.result(block));
        }
    }
}

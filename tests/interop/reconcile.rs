//! The page on what to do when servers have diverged: each command in it is run as it stands, on real servers.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::zones::{ZONE, zone};
use crate::documentation::{blocks, text};
use crate::harness::daemon::resolver::{Cache, CacheAccess, Resolver};
use crate::harness::daemon::{Daemon, Kind, program};

const PAGE: &str = "docs/reconcile.md";

/// The zone of the page.
const WRITTEN: &str = "example.com";

/// The address of the resolver on the page.
const RESOLVER: &str = "192.0.2.53";

/// An address at which nothing answers.
const NOWHERE: &str = "127.0.0.1:1";

/// What the reference has, and what the other server has.
const RIGHT: &str = "www 300 A 192.0.2.80\nmail A 192.0.2.25\n@ MX 10 mail\n";
const STALE: &str = "www 300 A 192.0.2.99\nmail A 192.0.2.25\nold TXT \"to go\"\n";

/// Name, algorithm, and secret in Base64 of the key that signs changes.
const KEY: (&str, &str, &str) = ("update", "hmac-sha256", "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE=");

/// A part of the page, from its heading on.
struct Section<'p> {
    page: &'p str,
    text: &'p str,
}

impl<'p> Section<'p> {
    fn new(page: &'p str, heading: &str) -> Self {
        let start = page.find(&format!("## {heading}\n")).unwrap_or_else(|| panic!("no section {heading}"));
        let rest = &page[start + 3..];
        Self { page, text: rest.split("\n## ").next().unwrap() }
    }

    /// Its shell blocks, of which there must be so many.
    fn commands<const N: usize>(&self) -> [&'p str; N] {
        let found = blocks(self.text, "sh");
        let count = found.len();
        found.try_into().unwrap_or_else(|_| panic!("{count} commands in {}", self.text))
    }

    /// The last configuration before its end.
    fn configuration(&self) -> &'p str {
        let end = self.page.find(self.text).unwrap() + self.text.len();
        let mut configurations = blocks(&self.page[..end], "yaml").into_iter();
        configurations.rfind(|it| it.starts_with("servers:")).expect("the page has a configuration")
    }
}

/// Two servers, and the directory in which an operator works on them.
struct Desk {
    /// It runs as long as the desk is there.
    _reference: Daemon,
    target: Daemon,
    directory: TempDir,
}

/// What a shell did with a block.
struct Ran {
    code: Option<i32>,
    printed: String,
}

impl Desk {
    /// A desk with the configuration of a section, and the programs that control the target.
    fn new(reference: Daemon, target: Daemon, section: &Section, resolver: Option<&Resolver>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path();
        let resolver = resolver.map_or_else(|| NOWHERE.to_owned(), |it| it.address().to_string());
        let configuration = section
            .configuration()
            .replace("\"192.0.2.1\"", &format!("\"{}\"", reference.address()))
            .replace("\"192.0.2.2\"", &format!("\"{}\"", target.address()))
            .replace(&format!("[office={RESOLVER}]"), &format!("[\"office={resolver}\"]"))
            .replace(WRITTEN, ZONE);
        fs::write(path.join("zoneprobe.yaml"), configuration).unwrap();
        let (name, algorithm, secret) = KEY;
        let key = format!("key \"{name}\" {{ algorithm {algorithm}; secret \"{secret}\"; }};\n");
        fs::write(path.join("update.key"), key).unwrap();
        fs::write(path.join("zones.txt"), format!("{ZONE}\n")).unwrap();
        fs::create_dir(path.join("zones")).unwrap();
        let tools = path.join("tools");
        fs::create_dir(&tools).unwrap();
        tool(&tools, "zoneprobe", &format!("exec '{}' \"$@\"", env!("CARGO_BIN_EXE_zoneprobe")));
        let (name, command) = target.control();
        tool(&tools, name, &format!("exec {command} \"$@\""));
        Self { _reference: reference, target, directory }
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Puts a program on the desk that does not exist here.
    fn add_tool(&self, name: &str, script: &str) {
        tool(&self.path().join("tools"), name, script);
    }

    /// Runs a block as it stands.
    fn run(&self, block: &str) -> Ran {
        let zone_file = self.target.file("zone").display().to_string();
        let script = ["nsd", "powerdns"].iter().fold(block.to_owned(), |script, software| {
            script.replace(&format!("/etc/{software}/zones/{WRITTEN}.zone"), &zone_file)
        });
        let programs = program("nsupdate").parent().expect("a program is in a folder").to_owned();
        let output = Command::new("sh")
            .args(["-uc", &script.replace(WRITTEN, ZONE)])
            .current_dir(self.path())
            .env(
                "PATH",
                format!("{}:{}:/usr/bin:/bin", self.path().join("tools").display(), programs.display()),
            )
            .output()
            .expect("there is a shell");
        let printed = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
        Ran { code: output.status.code(), printed: printed.concat() }
    }

    /// Runs a block that must end with a code.
    #[track_caller]
    fn ends(&self, code: i32, block: &str) -> String {
        let Ran { code: ended, printed } = self.run(block);
        assert_eq!(ended, Some(code), "{block}\n{printed}");
        printed
    }

    /// The difference, by the first command of the page.
    #[track_caller]
    fn difference(&self, code: i32) -> String {
        let page = text(PAGE);
        let [see, ..]: [&str; 6] = Section::new(&page, "At three in the morning").commands();
        self.ends(code, see)
    }
}

fn tool(folder: &Path, name: &str, script: &str) {
    let file = folder.join(name);
    fs::write(&file, format!("#!/bin/sh\nset -eu\n{script}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

/// A primary, and a secondary that has the version before and is told nothing.
fn lagging(secondary: Kind) -> [Daemon; 2] {
    let primary = Kind::Bind.primary(ZONE, zone(7, STALE)).start();
    let secondary = secondary.secondary(ZONE, primary.address()).controllable().start();
    primary.reload(&zone(8, RIGHT));
    primary.await_serial(8);
    [primary, secondary]
}

/// A primary, and a secondary that has other records at the same serial.
fn diverged(secondary: Kind) -> [Daemon; 2] {
    let mut primary = Kind::Bind.primary(ZONE, zone(7, STALE)).start();
    let secondary = secondary.secondary(ZONE, primary.address()).controllable().start();
    primary.restart(|setup| setup.zone_text(zone(7, RIGHT)));
    [primary, secondary]
}

/// Two primaries with serials of their own, each with a zone file.
fn written_apart(target: Kind) -> [Daemon; 2] {
    let reference = Kind::Bind.primary(ZONE, zone(2_026_112_201, RIGHT)).start();
    [reference, target.primary(ZONE, zone(3, STALE)).controllable().start()]
}

/// The same, the second of which takes updates.
fn updated_apart(target: Kind) -> [Daemon; 2] {
    let reference = Kind::Bind.primary(ZONE, zone(2_026_112_201, RIGHT)).start();
    let (name, algorithm, secret) = KEY;
    let target = target.primary(ZONE, zone(3, STALE)).controllable().updatable().key(name, algorithm, secret);
    [reference, target.start()]
}

#[test]
fn the_steps_of_an_alert_end_with_equal_servers_and_a_cache_that_is_right() {
    let page = text(PAGE);
    let section = Section::new(&page, "At three in the morning");
    let [see, why, turned, caches, flush, verify] = section.commands();
    let [notify] = Section::new(&page, "A secondary with an older serial").commands();
    let [primary, secondary] = lagging(Kind::Nsd);
    let resolver = Cache::Unbound.start(ZONE, secondary.address(), CacheAccess::Shown);
    let www = format!("www.{ZONE}");
    resolver.look_up(&www, "A");
    let desk = Desk::new(primary, secondary, &section, Some(&resolver));

    let seen = desk.ends(1, see);
    assert!(seen.contains(&format!("- {www}. 300 A 192.0.2.99\n+ {www}. 300 A 192.0.2.80\n")), "{seen}");
    let reason = desk.run(why).printed;
    assert!(reason.contains("ns1"), "{reason}");
    let turned = desk.ends(1, turned);
    assert!(turned.contains(&format!("- {www}. 300 A 192.0.2.80\n+ {www}. 300 A 192.0.2.99\n")), "{turned}");
    desk.ends(0, notify);
    desk.difference(0);

    let held = desk.ends(0, caches);
    let flush = flush.trim().replace(WRITTEN, ZONE);
    let words = held.split_whitespace().collect::<Vec<&str>>().join(" ");
    assert!(words.contains("192.0.2.99") && words.contains(&flush), "{held}");
    resolver.flush(&flush);
    resolver.look_up(&www, "A");
    let held = desk.ends(0, caches);
    assert!(!held.contains("192.0.2.99"), "{held}");
    desk.ends(0, verify);
}

#[test]
fn a_whole_transfer_makes_a_diverged_secondary_equal() {
    let page = text(PAGE);
    let section = Section::new(&page, "A secondary with other records");
    let blocks: [&str; 4] = section.commands();
    for (kind, block) in [Kind::Bind, Kind::Nsd, Kind::Knot, Kind::Pdns].into_iter().zip(blocks) {
        let [primary, secondary] = diverged(kind);
        let desk = Desk::new(primary, secondary, &section, None);
        desk.difference(1);
        desk.ends(0, block);
        desk.difference(0);
    }
}

#[test]
fn the_difference_makes_a_server_with_a_writer_of_its_own_equal() {
    let page = text(PAGE);
    let section = Section::new(&page, "A server with a writer of its own");
    let blocks: [&str; 4] = section.commands();
    let [.., verify]: [&str; 6] = Section::new(&page, "At three in the morning").commands();
    let [update, knot, nsd, pdns] = blocks;
    for ([reference, target], block) in [
        (updated_apart(Kind::Bind), update),
        (updated_apart(Kind::Pdns), update),
        (written_apart(Kind::Knot), knot),
        (written_apart(Kind::Nsd), nsd),
        (written_apart(Kind::Pdns), pdns),
    ] {
        let desk = Desk::new(reference, target, &section, None);
        desk.difference(1);
        desk.ends(0, block);
        desk.ends(0, verify);
        desk.difference(0);
    }
}

/// The records of [`RIGHT`], with those that every zone has here, as files of octoDNS have them.
const RIGHT_IN_YAML: &str = "\
    '': [{type: MX, value: {exchange: mail.example.test., preference: 10}},\n\
         {type: NS, values: [ns0.example.test., ns1.example.test.]}]\n\
    mail: {type: A, value: 192.0.2.25}\n\
    ns0: {type: A, value: 192.0.2.10}\n\
    ns1: {type: A, value: 192.0.2.11}\n\
    www: {ttl: 300, type: A, value: 192.0.2.80}\n";

#[test]
fn the_files_of_octodns_are_what_a_server_is_held_against_and_mended_by() {
    let page = text(PAGE);
    let section = Section::new(&page, "octoDNS");
    let [held, mend] = section.commands();
    let [providers] = blocks(section.text, "yaml")[..] else { panic!("one configuration of octoDNS") };
    let [reference, target] = updated_apart(Kind::Bind);
    let desk = Desk::new(reference, target, &section, None);
    let (ip, port) = (desk.target.address().ip(), desk.target.address().port());
    let (name, algorithm, secret) = KEY;
    let key = format!("key_name: {name}, key_algorithm: {algorithm}, key_secret: \"{secret}\"");
    let providers = providers
        .replace("host: 192.0.2.2", &format!("host: {ip}, port: {port}, {key}"))
        .replace(WRITTEN, ZONE);
    fs::write(desk.path().join("octodns.yaml"), providers).unwrap();
    fs::create_dir(desk.path().join("config")).unwrap();
    fs::write(desk.path().join(format!("config/{ZONE}.yaml")), RIGHT_IN_YAML).unwrap();
    let octodns = program("octodns-sync").display().to_string();
    desk.add_tool("octodns-sync", &format!("exec '{octodns}' \"$@\""));

    let seen = desk.ends(1, held);
    let www = format!("www.{ZONE}.");
    assert!(seen.contains(&format!("- {www} 300 A 192.0.2.99\n+ {www} 300 A 192.0.2.80\n")), "{seen}");
    assert!(seen.contains(&format!("- old.{ZONE}. 3600 TXT \"to go\"\n")), "{seen}");
    assert!(seen.contains("3 RRsets differ: 1 to add, 1 to remove, 1 to replace"), "{seen}");
    let planned = desk.ends(0, mend);
    for change in ["192.0.2.99", "192.0.2.80", "to go", &format!("mail.{ZONE}.")] {
        assert!(planned.contains(change), "{planned}");
    }
    desk.ends(0, held);
    desk.difference(0);
}

/// dnscontrol is a package neither of Debian nor of PyPI: what stands in for it makes the change that it makes, and
/// writes the zone file that it writes.
#[test]
fn the_zone_file_of_dnscontrol_is_what_a_server_is_held_against() {
    let page = text(PAGE);
    let section = Section::new(&page, "dnscontrol");
    let [push] = section.commands();
    let [reference, target] = updated_apart(Kind::Bind);
    let desk = Desk::new(reference, target, &section, None);
    fs::write(desk.path().join("truth"), zone(1_795_960_800, RIGHT)).unwrap();
    let (ip, port) = (desk.target.address().ip(), desk.target.address().port());
    let change = format!(
        "server {ip} {port}\nupdate delete www.{ZONE}. A\nupdate add www.{ZONE}. 300 A 192.0.2.80\n\
         update delete old.{ZONE}.\nupdate add {ZONE}. 3600 MX 10 mail.{ZONE}.\nsend\n"
    );
    fs::write(desk.path().join("planned.txt"), change).unwrap();
    let push_script = format!("case $1 in push) nsupdate planned.txt; cp truth zones/{ZONE}.zone ;; esac");
    desk.add_tool("dnscontrol", &push_script);
    desk.ends(0, push);
    desk.difference(0);
}

#[test]
fn a_nightly_job_leaves_a_script_to_review_which_applies_once() {
    let page = text(PAGE);
    let section = Section::new(&page, "Each night");
    let [job, list, apply, notify] = section.commands();
    let [reference, target] = updated_apart(Kind::Bind);
    let desk = Desk::new(reference, target, &section, None);
    let script = desk.path().join(format!("review/{ZONE}.ns1.txt"));

    desk.ends(0, list);
    assert_eq!(fs::read_to_string(desk.path().join("zones.txt")).unwrap(), format!("{ZONE}\n"));
    let told = desk.ends(0, job);
    assert!(told.contains("to review") && script.exists(), "{told}");
    // Somebody changes the zone before it is applied: it is refused, and stays until the next night.
    let address = desk.target.address();
    let other = format!(
        "server {} {}\\nupdate add other.{ZONE}. 60 A 192.0.2.1\\nsend\\n",
        address.ip(),
        address.port()
    );
    desk.ends(0, &format!("printf '{other}' | nsupdate"));
    let refused = desk.run(apply);
    assert!(refused.code != Some(0) && script.exists(), "{}", refused.printed);
    desk.difference(1);
    desk.ends(0, job);
    desk.ends(0, apply);
    desk.ends(0, apply);
    assert!(!script.exists());
    desk.difference(0);
    assert_eq!(desk.ends(0, job), "");
    desk.ends(0, notify);
    desk.ends(0, &format!("cp zones.txt all.txt\n{list}\ntest ! -s zones.txt && mv all.txt zones.txt"));

    fs::write(&script, "of an earlier night").unwrap();
    desk.ends(0, job);
    assert!(!script.exists(), "what is equal needs no review");
    let mut desk = desk;
    desk.target.stop();
    let told = desk.ends(1, job);
    assert!(told.contains("not compared") && fs::read_dir(desk.path().join("review")).unwrap().count() == 0);
}

#[test]
fn the_job_of_gitlab_prepares_the_change_and_another_applies_it() {
    let page = text(PAGE);
    let section = Section::new(&page, "Each night");
    let [jobs] = blocks(section.text, "yaml")[..] else { panic!("one pipeline") };
    let scripts = jobs.split("script:\n").skip(1).map(|script| {
        let lines = script.lines().take_while(|line| line.starts_with("    - "));
        lines.map(|line| line.trim_start_matches("    - ")).collect::<Vec<&str>>().join("\n")
    });
    let [reference, target] = updated_apart(Kind::Bind);
    let desk = Desk::new(reference, target, &section, None);
    for _ in 0..2 {
        for script in scripts.clone() {
            desk.ends(0, &format!("set -e\n{script}"));
        }
    }
    desk.difference(0);
}

//! `init`: the configuration that is written for a zone, from what its servers answer.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::harness::{Nameserver, RunningNameserver};

const ZONE: &str = "example.test";

/// A run that has ended.
struct Init {
    output: Output,
}

impl Init {
    fn run(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
        command.arg("init").args(arguments).stdin(Stdio::null());
        Self { output: command.output().unwrap() }
    }

    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.output.status.code(), Some(code), "{}\n{}", self.stdout(), self.stderr());
        self
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).unwrap()
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).unwrap()
    }
}

/// Runs the program with these arguments and a file at the end.
fn zoneprobe(arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoneprobe"));
    command.args(arguments).arg(file).stdin(Stdio::null()).output().unwrap()
}

/// Asserts that `config check` accepts a configuration.
#[track_caller]
fn assert_is_accepted(text: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("zoneprobe.yaml");
    fs::write(&path, text).unwrap();
    let output = zoneprobe(&["config", "check"], &path);
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}

/// A resolver at which the addresses of the name servers are unreachable, and the SOA names a server that is not among them.
fn resolver() -> RunningNameserver {
    let text = "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns1\n@ 60 IN NS gone\n\
        ns0 60 IN A 127.9.9.1\nns1 60 IN A 127.9.9.2\nlo 60 IN A 127.0.0.1";
    Nameserver::new().zone_text(ZONE, text).start()
}

#[test]
fn servers_that_are_given_are_written_with_what_they_answered() {
    let primary = Nameserver::new().zone(ZONE, 7).start();
    let refusing = Nameserver::new().zone(ZONE, 6).transfer_refused().start();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("zoneprobe.yaml");
    let (p, s) = (format!("ns0={}", primary.address()), format!("ns1={}", refusing.address()));
    let arguments = [ZONE, "-p", &p, "-s", &s, "-o", path.to_str().unwrap()];
    let init = Init::run(&arguments).exits(0);
    assert_eq!(init.stdout(), "");
    let said = init.stderr();
    let summary = "2 servers, 2 addresses: 2 of them answer, and 1 of these give transfers to this host\n";
    assert!(said.starts_with(&format!("{ZONE}: {summary}")), "{said}");
    assert!(said.contains("no transfers from ns1") && said.contains("different serials (7, 6)"), "{said}");
    assert!(said.ends_with(&format!("next: zoneprobe check -c {}\n", path.display())), "{said}");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema=zoneprobe.schema.json\n"), "{text}");
    let line = format!("- \"{}\"   # serial 7, gives transfers to this host\n", primary.address());
    assert!(text.contains(&line) && text.contains("compare: records"), "{text}");
    assert_is_accepted(&text);
    // What is written works as it is.
    let checked = zoneprobe(&["check", "-c"], &path);
    let checked = String::from_utf8(checked.stdout).unwrap();
    assert!(checked.contains("ns0") && checked.contains("ns1") && checked.contains("in_sync"), "{checked}");
}

#[test]
fn only_the_first_message_of_a_transfer_is_read() {
    let endless = Nameserver::new().zone(ZONE, 7).endless_transfer().start();
    let began = Instant::now();
    let init = Init::run(&[ZONE, "-p", &endless.address().to_string()]).exits(0);
    assert!(init.stdout().contains("gives transfers to this host\n"), "{}", init.stdout());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[test]
fn an_existing_file_is_never_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("mine.yaml");
    fs::write(&path, "mine").unwrap();
    for zone in [&[][..], &[ZONE, "-p", "127.0.0.1:1"]] {
        let init = Init::run(&[zone, &["-o", path.to_str().unwrap()]].concat()).exits(3);
        assert!(init.stderr().contains("is there already"), "{}", init.stderr());
        assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    }
    let dangling = folder.path().join("dangling.yaml");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &dangling).unwrap();
    Init::run(&["-o", dangling.to_str().unwrap()]).exits(3);
    let no_folder = folder.path().join("none/zoneprobe.yaml");
    let init = Init::run(&["-o", no_folder.to_str().unwrap()]).exits(3);
    assert!(init.stderr().contains("cannot write"), "{}", init.stderr());
}

#[test]
fn without_a_zone_the_example_is_written() {
    let init = Init::run(&[]).exits(0);
    assert!(init.stdout().contains("example.org") && init.stderr().contains("zoneprobe init ZONE"));
    assert_is_accepted(&init.stdout());
    Init::run(&["-p", "127.0.0.1"]).exits(3);
}

#[test]
fn servers_that_are_looked_up_and_silent_are_written_too() {
    let resolver = resolver();
    let at = resolver.address().to_string();
    let init = Init::run(&[ZONE, "--resolver", &at, "--timeout", "200ms"]).exits(1);
    let (text, said) = (init.stdout(), init.stderr());
    assert!(
        text.contains("  ns1.example.test:\n") && text.contains("- \"127.9.9.2\"   # gives no SOA"),
        "{text}"
    );
    assert!(said.contains("gone.example.test is left out"), "{said}");
    assert!(said.contains("mend that, or remove the address"), "{said}");
    assert_is_accepted(&text);
    let init = Init::run(&["no.example.test", "--resolver", &at]).exits(1);
    assert!(init.stderr().contains("the NS set is not found"), "{}", init.stderr());
    assert_is_accepted(&init.stdout());
}

#[test]
fn the_server_that_the_soa_names_is_the_primary_if_it_answers() {
    let resolver = resolver();
    let at = resolver.address().to_string();
    let text = |mname: &str| format!("@ 60 IN SOA {mname} host 7 3600 600 86400 60\n@ 60 IN NS ns1");
    let named = Nameserver::new().zone_text(ZONE, &text("lo")).start();
    let other = Nameserver::new().zone_text(ZONE, &text("lo")).start();
    let (one, two) =
        (format!("lo.example.test:{}", named.address().port()), format!("ns1={}", other.address()));
    let init = Init::run(&[ZONE, "--resolver", &at, "-s", &two, "-s", &one]).exits(0);
    let written = init.stdout();
    assert!(written.contains("  lo.example.test:\n    role: primary   # the SOA names it\n"), "{written}");
    assert!(!init.stderr().contains("the primary is not known"), "{}", init.stderr());
    assert_is_accepted(&written);
    let unseen = Nameserver::new().zone_text(ZONE, &text("ns0")).start();
    let unseen = format!("ns1={}", unseen.address());
    let init = Init::run(&[ZONE, "--resolver", &at, "-s", &unseen, "--timeout", "300ms"]).exits(0);
    assert!(
        init.stderr().contains("the SOA names ns0.example.test, which is not added"),
        "{}",
        init.stderr()
    );
    assert!(init.stdout().contains("# ns0: {address:"), "{}", init.stdout());
}

#[test]
fn keys_are_named_in_the_configuration() {
    let server = Nameserver::new().zone(ZONE, 7).start();
    let folder = TempDir::new().unwrap();
    let key = folder.path().join("xfr.key");
    fs::write(&key, "key \"xfr\" { algorithm hmac-sha256; secret \"c2VjcmV0c2VjcmV0c2VjcmV0\"; };\n")
        .unwrap();
    let server = server.address().to_string();
    // The server signs nothing, so it does not answer as it must; the key is named all the same.
    let init = Init::run(&[ZONE, "-p", &server, "--tsig-file", key.to_str().unwrap()]).exits(1);
    let text = init.stdout();
    assert!(
        text.contains(&format!("  - \"{}\"\n", key.display())) && text.contains("    key: xfr\n"),
        "{text}"
    );
    assert!(!text.contains("c2VjcmV0") && !init.stderr().contains("c2VjcmV0"));
    assert_is_accepted(&text);
}

//! `check` with TSIG keys: signed queries, verified responses, and the messages for wrong keys.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use zoneprobe::testserver::{Action, Authority, Zone};

use crate::harness::{Nameserver, Probe, RunningNameserver};

const ZONE: &str = "example.test";
const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(1000)
}

/// A directory of key files.
struct KeyFiles(tempfile::TempDir);

impl KeyFiles {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a key file that other users cannot read.
    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }
}

fn probe<'n>(primary: &'n RunningNameserver, other: &'n RunningNameserver, file: &str) -> Probe<'n> {
    let probe = Probe::check(ZONE).primary(primary).secondary(other);
    probe.args(["--timeout", "500ms", "--tsig-file", file])
}

#[test]
fn queries_and_transfers_are_signed_with_the_only_key() {
    let keys = KeyFiles::new();
    let (primary, other) =
        (server().key(KEY).requiring_key().start(), server().key(KEY).requiring_key().start());
    let outcome = probe(&primary, &other, &keys.file("key", KEY)).ok();
    assert_eq!(outcome.server("ns1")["key"], "xfr");
    assert_eq!(outcome.server("ns1")["copy"]["method"], "axfr");
    assert_eq!(outcome.stderr(), "");
    // Without the key, the server refuses.
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
}

#[test]
fn every_allowed_pattern_of_signed_messages_is_verified() {
    let keys = KeyFiles::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let signing = || server().key(KEY).records_per_message(12);
    for (pattern, other) in [
        ("every message", signing()),
        ("every tenth", signing().signing_every(10)),
        ("the first and the last of a hundred", signing().signing_first_and_last()),
    ] {
        let other = other.start();
        assert_eq!(probe(&primary, &other, &file).ok().verdict("ns1"), "in_sync", "{pattern}");
    }
}

/// A server that ignores signatures, as old ones do.
fn without_tsig() -> Nameserver {
    let zone = Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0").unwrap();
    let authority = Authority { zones: vec![zone], ..Authority::default() };
    server().handler(move |asked| {
        Some(authority.respond(&asked.message, asked.transport).into_iter().map(Action::Send).collect())
    })
}

#[test]
fn every_tsig_error_has_its_own_message_and_is_never_lame() {
    let keys = KeyFiles::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let other_secret = KEY.replace("c2VjcmV0", "b3RoZXIt");
    for (error, other, expected) in [
        ("an unknown key", server().key(&KEY.replace("xfr", "other")), "BADKEY"),
        ("another secret", server().key(&other_secret), "BADSIG"),
        ("a clock that is ahead", server().key(KEY).clock_skewed(1000), "BADTIME"),
        ("no TSIG at all", without_tsig(), "is not signed"),
        ("a signature that does not verify", server().key(KEY).wrong_mac_at(1), "does not verify"),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other, &file).unknown();
        let report = outcome.server("ns1");
        assert_eq!(report["verdict"], "unknown", "{error}\n{}", outcome.transcript());
        assert_eq!(report["failure"]["kind"], "tsig", "{error}\n{}", outcome.transcript());
        let message = report["failure"]["message"].as_str().unwrap();
        assert!(message.contains(expected) && message.contains("`xfr`"), "{error}: {message}");
        assert!(outcome.findings("ns1").contains(&"tsig_failed".to_owned()), "{error}");
        assert!(!outcome.transcript().contains("c2VjcmV0"), "{error}: the secret is shown");
    }
}

#[test]
fn a_transfer_whose_signatures_do_not_verify_is_not_compared() {
    let keys = KeyFiles::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let transfer = || server().key(KEY).records_per_message(10);
    for (error, other) in [
        ("a wrong signature in the middle", transfer().wrong_mac_at(40)),
        ("the last message unsigned", transfer().signing_every(7).last_unsigned()),
        ("too many unsigned", transfer().hosts(1500).signing_every(150)),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other, &file).unknown();
        assert_eq!(outcome.server("ns1")["failure"]["kind"], "tsig", "{error}\n{}", outcome.transcript());
        assert!(outcome.server("ns1")["differences"].is_null(), "{error}");
    }
}

#[test]
fn a_known_key_that_is_not_allowed_to_transfer_is_transfer_refused() {
    let keys = KeyFiles::new();
    let (primary, other) = (server().key(KEY).start(), server().key(KEY).transfer_refused().start());
    let by_transfer = probe(&primary, &other, &keys.file("key", KEY)).args(["--by", "transfer"]);
    let outcome = by_transfer.unknown();
    assert_eq!(outcome.server("ns1")["failure"]["kind"], "transfer_refused", "{}", outcome.transcript());
    assert!(outcome.findings("ns1").contains(&"transfer_refused".to_owned()));
}

#[test]
fn a_key_file_that_is_too_large_is_refused_and_not_read_in_part() {
    let keys = KeyFiles::new();
    let (primary, other) = (server().key(KEY).start(), server().key(KEY).start());
    let comments = "# nothing but comments\n".repeat(50_000);
    let file = keys.file("keys", &format!("{KEY}\n{comments}"));
    let outcome = probe(&primary, &other, &file).unknown();
    let expected = format!("cannot read the key file `{file}`\n  it has more than 1048576 bytes");
    assert!(outcome.stderr().contains(&expected), "{}", outcome.stderr());
    assert_eq!([primary.queries(), other.queries()].concat(), Vec::<String>::new());
}

#[test]
fn servers_may_have_different_keys() {
    let keys = KeyFiles::new();
    let second = KEY.replace("xfr", "second").replace("sha256", "sha512");
    let file = keys.file("keys", &format!("{KEY}\n{second}"));
    let (one, two) =
        (server().key(KEY).requiring_key().start(), server().key(&second).requiring_key().start());
    let argument =
        |name: &str, server: &RunningNameserver, key: &str| format!("{name}={},key={key}", server.address());
    let probe = Probe::check(ZONE).args(["--tsig-file", file.as_str()]);
    let outcome =
        probe.args(["-p", &argument("one", &one, "xfr"), "-s", &argument("two", &two, "second.")]).ok();
    assert_eq!(outcome.server("two")["key"], "second");
    let probe = Probe::check(ZONE).args(["--tsig-file", file.as_str()]);
    let outcome = probe.args(["-p", &argument("one", &one, "xrf")]).unknown();
    assert!(outcome.stderr().contains("there is no key `xrf`"), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("the key files hold `xfr`, `second`"), "{}", outcome.stderr());
}

#[test]
fn another_view_for_the_key_is_a_warning() {
    let keys = KeyFiles::new();
    let primary = server().key(KEY).start();
    let views = server().edit(|zone| zone.with_serial(6)).key(KEY).signed_serial(7).start();
    let outcome = probe(&primary, &views, &keys.file("key", KEY)).args(["--compare", "serials"]).warning();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["view_differs"]);
}

#[test]
fn key_files_that_all_users_can_read_are_a_warning_and_invalid_ones_an_error() {
    let keys = KeyFiles::new();
    let server = server().key(KEY).start();
    let probe = |file: &str| Probe::check(ZONE).primary(&server).args(["--tsig-file", file]);
    let open = keys.file("open", KEY);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(probe(&open).unknown().stderr().contains("everybody on this host can read the key file"));
    let broken = keys.file("broken", "key \"xfr\" {\n  algorithm hmac-sha256;\n  secret \"c2Vjc-mV0\";\n};");
    let outcome = probe(&broken).unknown();
    assert!(outcome.stderr().contains("broken:3:10: the secret of the key `xfr`"), "{}", outcome.stderr());
    assert!(!outcome.stderr().contains("c2Vj"), "{}", outcome.stderr());
    let twice = probe(&keys.file("one", KEY)).args(["--tsig-file", &keys.file("two", KEY)]).unknown();
    assert!(twice.stderr().contains("the key `xfr` stands in two files"), "{}", twice.stderr());
}

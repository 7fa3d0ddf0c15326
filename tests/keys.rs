//! `check` with TSIG keys: what is signed, what is believed, and what is said when a key does not fit.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use zoneprobe::testserver::{Action, Authority, Zone};

use crate::harness::{Listening, Nameserver, Probe};

const ZONE: &str = "example.test";
const KEY: &str = r#"key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0LW9mLXRoaXMtdGVzdA=="; };"#;

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(1000)
}

/// Key files in a folder of their own.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Writes a key file that nobody else can read.
    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        path.display().to_string()
    }
}

fn probe<'n>(primary: &'n Listening, other: &'n Listening, file: &str) -> Probe<'n> {
    let probe = Probe::check(ZONE).primary(primary).secondary(other);
    probe.args(["--timeout", "500ms", "--tsig-file", file])
}

#[test]
fn questions_and_transfers_are_signed_with_the_only_key() {
    let keys = Keys::new();
    let (primary, other) =
        (server().key(KEY).requiring_key().start(), server().key(KEY).requiring_key().start());
    let outcome = probe(&primary, &other, &keys.file("key", KEY)).ok();
    assert_eq!(outcome.server("ns1")["key"], "xfr");
    assert_eq!(outcome.server("ns1")["copy"]["method"], "axfr");
    assert_eq!(outcome.stderr(), "");
    // Without the key there is nothing to be had.
    let outcome = Probe::check(ZONE).primary(&primary).secondary(&other).critical();
    assert_eq!(outcome.verdict("ns1"), "lame");
}

#[test]
fn every_way_to_sign_a_stream_is_verified() {
    let keys = Keys::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let ways = || server().key(KEY).records_per_message(12);
    for (way, other) in [
        ("every message", ways()),
        ("every tenth", ways().signing_every(10)),
        ("the first and the last of a hundred", ways().signing_first_and_last()),
    ] {
        let other = other.start();
        assert_eq!(probe(&primary, &other, &file).ok().verdict("ns1"), "in_sync", "{way}");
    }
}

/// A server that passes signatures over, as old ones do.
fn without_tsig() -> Nameserver {
    let zone = Zone::parse(ZONE, "@ 60 IN SOA ns0 host 7 3600 600 86400 60\n@ 60 IN NS ns0").unwrap();
    let authority = Authority { zones: vec![zone], ..Authority::default() };
    server().handler(move |asked| {
        Some(authority.respond(&asked.message, asked.transport).into_iter().map(Action::Send).collect())
    })
}

#[test]
fn each_mistake_has_its_own_message_and_is_never_lame() {
    let keys = Keys::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let other_secret = KEY.replace("c2VjcmV0", "b3RoZXIt");
    for (mistake, other, said) in [
        ("an unknown key", server().key(&KEY.replace("xfr", "other")), "BADKEY"),
        ("another secret", server().key(&other_secret), "BADSIG"),
        ("a clock that is ahead", server().key(KEY).clock_skewed(1000), "BADTIME"),
        ("no TSIG at all", without_tsig(), "is not signed"),
        ("a signature that does not hold", server().key(KEY).wrong_mac_at(1), "does not verify"),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other, &file).unknown();
        let report = outcome.server("ns1");
        assert_eq!(report["verdict"], "unknown", "{mistake}\n{}", outcome.transcript());
        assert_eq!(report["failure"]["kind"], "tsig", "{mistake}\n{}", outcome.transcript());
        let message = report["failure"]["message"].as_str().unwrap();
        assert!(message.contains(said) && message.contains("`xfr`"), "{mistake}: {message}");
        assert!(outcome.findings("ns1").contains(&"tsig_failed".to_owned()), "{mistake}");
        assert!(!outcome.transcript().contains("c2VjcmV0"), "{mistake}: the secret is shown");
    }
}

#[test]
fn a_stream_whose_signatures_do_not_hold_is_no_copy() {
    let keys = Keys::new();
    let file = keys.file("key", KEY);
    let primary = server().key(KEY).start();
    let stream = || server().key(KEY).records_per_message(10);
    for (way, other) in [
        ("a wrong signature in the middle", stream().wrong_mac_at(40)),
        ("the last message unsigned", stream().signing_every(7).last_unsigned()),
        ("too many unsigned", stream().hosts(1500).signing_every(150)),
    ] {
        let other = other.start();
        let outcome = probe(&primary, &other, &file).unknown();
        assert_eq!(outcome.server("ns1")["failure"]["kind"], "tsig", "{way}\n{}", outcome.transcript());
        assert!(outcome.server("ns1")["differences"].is_null(), "{way}");
    }
}

#[test]
fn a_known_key_that_is_not_allowed_is_a_refused_transfer() {
    let keys = Keys::new();
    let (primary, other) = (server().key(KEY).start(), server().key(KEY).transfer_refused().start());
    let outcome = probe(&primary, &other, &keys.file("key", KEY)).unknown();
    assert_eq!(outcome.server("ns1")["failure"]["kind"], "transfer_refused", "{}", outcome.transcript());
    assert!(outcome.findings("ns1").contains(&"transfer_refused".to_owned()));
}

#[test]
fn each_server_may_have_a_key_of_its_own() {
    let keys = Keys::new();
    let second = KEY.replace("xfr", "second").replace("sha256", "sha512");
    let file = keys.file("keys", &format!("{KEY}\n{second}"));
    let (one, two) =
        (server().key(KEY).requiring_key().start(), server().key(&second).requiring_key().start());
    let place = |name: &str, server: &Listening, key: &str| format!("{name}={},key={key}", server.address());
    let probe = Probe::check(ZONE).args(["--tsig-file", file.as_str()]);
    let outcome = probe.args(["-p", &place("one", &one, "xfr"), "-s", &place("two", &two, "second.")]).ok();
    assert_eq!(outcome.server("two")["key"], "second");
    let probe = Probe::check(ZONE).args(["--tsig-file", file.as_str()]);
    let outcome = probe.args(["-p", &place("one", &one, "xrf")]).unknown();
    assert!(outcome.stderr().contains("there is no key `xrf`"), "{}", outcome.stderr());
    assert!(outcome.stderr().contains("the key files hold `xfr`, `second`"), "{}", outcome.stderr());
}

#[test]
fn a_key_that_sees_another_view_is_told() {
    let keys = Keys::new();
    let primary = server().key(KEY).start();
    let views = server().edit(|zone| zone.with_serial(6)).key(KEY).signed_serial(7).start();
    let outcome = probe(&primary, &views, &keys.file("key", KEY)).args(["--compare", "serials"]).warning();
    assert_eq!(outcome.verdict("ns1"), "in_sync");
    assert_eq!(outcome.findings("ns1"), ["view_differs"]);
}

#[test]
fn key_files_that_others_can_read_or_that_are_none_are_told() {
    let keys = Keys::new();
    let server = server().key(KEY).start();
    let probe = |file: &str| Probe::check(ZONE).primary(&server).args(["--tsig-file", file]);
    let open = keys.file("open", KEY);
    std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(probe(&open).ok().stderr().contains("everybody on this host can read the key file"));
    let broken = keys.file("broken", "key \"xfr\" {\n  algorithm hmac-sha256;\n  secret \"c2Vjc-mV0\";\n};");
    let outcome = probe(&broken).unknown();
    assert!(outcome.stderr().contains("broken:3:10: the secret of the key `xfr`"), "{}", outcome.stderr());
    assert!(!outcome.stderr().contains("c2Vj"), "{}", outcome.stderr());
    let twice = probe(&keys.file("one", KEY)).args(["--tsig-file", &keys.file("two", KEY)]).unknown();
    assert!(twice.stderr().contains("the key `xfr` stands in two files"), "{}", twice.stderr());
}

//! Every software as the primary of every software.

use std::os::unix::fs::PermissionsExt as _;

use super::record_types::every_record;
use super::zones::{ZONE, zone};
use super::{Pair, differences};
use crate::harness::daemon::Kind;

/// Makes a test of each scenario for each pair of primary and secondary.
///
/// YADIFA accepts no transfer from Knot, whose AXFR responses do not have AA set.
macro_rules! every_pair {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            every_pair! { @from from_bind $scenario Kind::Bind; to_bind to_nsd to_knot to_powerdns to_yadifa }
            every_pair! { @from from_nsd $scenario Kind::Nsd; to_bind to_nsd to_knot to_powerdns to_yadifa }
            every_pair! { @from from_knot $scenario Kind::Knot; to_bind to_nsd to_knot to_powerdns }
            every_pair! { @from from_powerdns $scenario Kind::Pdns; to_bind to_nsd to_knot to_powerdns to_yadifa }
            every_pair! { @from from_yadifa $scenario Kind::Yadifa; to_bind to_nsd to_knot to_powerdns to_yadifa }
        }
    )*};
    (@from $from:ident $scenario:ident $primary:expr; $($to:ident)*) => {
        mod $from {
            use crate::harness::daemon::Kind;
            use super::super::$scenario;

            $(every_pair! { @to $to $scenario $primary })*
        }
    };
    (@to to_bind $scenario:ident $primary:expr) => {
        every_pair! { @test to_bind $scenario $primary, Kind::Bind }
    };
    (@to to_nsd $scenario:ident $primary:expr) => {
        every_pair! { @test to_nsd $scenario $primary, Kind::Nsd }
    };
    (@to to_knot $scenario:ident $primary:expr) => {
        every_pair! { @test to_knot $scenario $primary, Kind::Knot }
    };
    (@to to_powerdns $scenario:ident $primary:expr) => {
        every_pair! { @test to_powerdns $scenario $primary, Kind::Pdns }
    };
    (@to to_yadifa $scenario:ident $primary:expr) => {
        every_pair! { @test to_yadifa $scenario $primary, Kind::Yadifa }
    };
    (@test $name:ident $scenario:ident $primary:expr, $secondary:expr) => {
        #[test]
        fn $name() {
            $scenario($primary, $secondary);
        }
    };
}

every_pair! {
    a_copy_of_every_record_that_the_pair_can_transfer_is_in_sync
    a_secondary_whose_transfer_is_refused_lags_and_every_rrset_is_named
    other_records_with_the_same_serial_diverge_and_every_rrset_is_named
    with_the_key_the_pair_is_in_sync_and_without_it_nothing_is_compared
}

/// Name, algorithm and secret of the key.
const KEY: [&str; 3] = ["probe", "hmac-sha256", "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE="];

fn with_the_key_the_pair_is_in_sync_and_without_it_nothing_is_compared(primary: Kind, secondary: Kind) {
    let [name, algorithm, secret] = KEY;
    let primary = primary
        .primary(ZONE, zone(1, "www A 192.0.2.1\n"))
        .key(name, algorithm, secret)
        .requiring_key()
        .start();
    let secondary = secondary.secondary(ZONE, primary.address()).primary_key(name, algorithm, secret);
    let pair = Pair { secondary: secondary.key(name, algorithm, secret).requiring_key().start(), primary };
    let directory = tempfile::tempdir().unwrap();
    let signed = |name: &str, secret: &str| {
        let file = directory.path().join("key");
        std::fs::write(&file, format!("key {name} {{ algorithm {algorithm}; secret \"{secret}\"; }};"))
            .unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        pair.check().arg("--tsig-file").arg(file.display().to_string())
    };

    let outcome = signed(name, secret).ok();
    assert_eq!(
        (outcome.verdict("ns0"), outcome.verdict("ns1")),
        ("in_sync".to_owned(), "in_sync".to_owned())
    );
    for server in ["ns0", "ns1"] {
        assert_eq!(outcome.server(server)["key"], name);
    }
    for (mistake, outcome) in [
        ("an unknown key", signed("nobody", secret).unknown()),
        ("another secret", signed(name, "YW5vdGhlcg==").unknown()),
    ] {
        for server in ["ns0", "ns1"] {
            let report = outcome.server(server);
            assert_eq!(report["verdict"], "unknown", "{mistake}\n{}", outcome.transcript());
            assert_eq!(report["failure"]["kind"], "tsig", "{mistake}\n{}", outcome.transcript());
        }
    }
    let outcome = pair.check().args(["--by", "transfer"]).run();
    assert!(outcome.server("ns1")["copy"].is_null() && outcome.server("ns1")["differences"].is_null());
    assert_ne!(outcome.verdict("ns1"), "in_sync");
}

fn a_copy_of_every_record_that_the_pair_can_transfer_is_in_sync(primary: Kind, secondary: Kind) {
    let (text, records) = every_record(2_026_112_201, primary, secondary);
    let pair = Pair::start(primary, secondary, &text);

    let outcome = pair.check().ok();

    for name in ["ns0", "ns1"] {
        let server = outcome.server(name);
        assert_eq!(server["verdict"], "in_sync", "{server:#}");
        assert_eq!(server["severity"], "ok", "{server:#}");
        assert_eq!(server["serial"], 2_026_112_201, "{server:#}");
        assert_eq!(server["copy"]["method"], "axfr", "{server:#}");
        assert_eq!(server["copy"]["coverage"], "whole", "{server:#}");
        assert_eq!(server["copy"]["records"], records, "{server:#}");
        assert_eq!(server["copy"]["dropped"], 0, "{server:#}");
        let findings = server["findings"].as_array().expect("findings are a list");
        assert!(findings.iter().all(|finding| finding["severity"] == "ok"), "{server:#}");
    }
    assert_eq!(outcome.zone()["compared"], "records");
    assert_eq!(outcome.differences("ns1"), differences(&[]));
    let copy = |name| outcome.server(name)["copy"]["fingerprint"].clone();
    assert_eq!(copy("ns0"), copy("ns1"));
}

fn a_secondary_whose_transfer_is_refused_lags_and_every_rrset_is_named(primary: Kind, secondary: Kind) {
    let kept = "kept A 192.0.2.1\nkept TXT \"as it was\"\n";
    let old = zone(1, &format!("{kept}moved A 192.0.2.2\ngone A 192.0.2.3\n"));
    let new = zone(4, &format!("{kept}moved A 192.0.2.9\nnew A 192.0.2.4\nkept AAAA 2001:db8::1\n"));
    let mut pair = Pair::start(primary, secondary, &old);
    pair.publish_refusing_transfers(&new);
    pair.primary.await_refused_transfer();
    let verdict = pair.verdict_on_lag();

    let outcome = pair.check().warning();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], verdict, "{server:#}");
    assert_eq!(server["serial"], 1, "{server:#}");
    assert_eq!(server["serial_lag"], 3, "{server:#}");
    assert_eq!(outcome.verdict("ns0"), "in_sync");
    assert_eq!(
        outcome.differences("ns1"),
        differences(&[
            ("new.example.test.", "A", "missing"),
            ("kept.example.test.", "AAAA", "missing"),
            ("gone.example.test.", "A", "extra"),
            ("moved.example.test.", "A", "changed"),
        ])
    );
}

fn other_records_with_the_same_serial_diverge_and_every_rrset_is_named(primary: Kind, secondary: Kind) {
    let kept = "kept A 192.0.2.1\nkept MX 10 Mail.Example.Test.\n";
    let mut pair = Pair::start(primary, secondary, &zone(5, &format!("{kept}www A 192.0.2.1\ngone TXT x\n")));
    pair.publish_refusing_transfers(&zone(5, &format!("{kept}www A 192.0.2.9\nnew AAAA ::1\n")));

    let outcome = pair.check().critical();

    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "diverged", "{server:#}");
    assert_eq!(server["serial_lag"], 0, "{server:#}");
    assert_eq!(
        outcome.differences("ns1"),
        differences(&[
            ("new.example.test.", "AAAA", "missing"),
            ("gone.example.test.", "TXT", "extra"),
            ("www.example.test.", "A", "changed"),
        ])
    );
    let findings = outcome.findings("ns1");
    assert!(findings.iter().any(|code| code == "serial_not_raised"), "{findings:?}");
}

//! A signer between the primary and the secondaries, over real sockets.

use serde_json::{Value, json};

use crate::harness::{Nameserver, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

/// The unsigned zone.
fn plain(serial: u32) -> Nameserver {
    Nameserver::new().zone(ZONE, serial)
}

/// The zone with a key and a signature, as a signer serves it.
fn signed(serial: u32) -> Nameserver {
    // Type covered A, algorithm 13, 3 labels, TTL 300; expiration in 2080, inception; key tag 4660, signer.
    let mut rrsig = vec![0, 1, 13, 3, 0, 0, 1, 44, 0xcf, 0, 0, 0, 0x66, 0, 0, 0, 0x12, 0x34];
    rrsig.extend_from_slice(b"\x07example\x04test\0");
    rrsig.extend_from_slice(&[7; 64]);
    let dnskey = [&[1, 1, 3, 13][..], &[7; 64]].concat();
    plain(serial).record("www", 46, 300, &rrsig).record("@", 48, 3600, &dnskey)
}

fn check<'n>(
    primary: &'n RunningNameserver,
    signer: &'n RunningNameserver,
    secondary: &'n RunningNameserver,
) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).signer(signer).secondary(secondary)
}

#[test]
fn a_chain_in_sync_is_told_as_such_in_every_format() {
    let (primary, signer, secondary) = (plain(7).start(), signed(90).start(), signed(90).start());
    let outcome = check(&primary, &signer, &secondary).ok();
    let zone = outcome.zone();
    assert_eq!(zone["compared"], "records");
    assert_eq!((&zone["reference"]["kind"], &zone["reference"]["serial"]), (&json!("primary"), &json!(7)));
    let reference = &zone["secondaries_reference"];
    assert_eq!((&reference["kind"], &reference["server"]), (&json!("signer"), &json!("ns1")));
    assert_eq!(reference["serial"], 90);
    for (name, role, lag) in
        [("ns0", "primary", json!(0)), ("ns1", "signer", Value::Null), ("ns2", "secondary", json!(0))]
    {
        let server = outcome.server(name);
        assert_eq!((&server["verdict"], &server["role"]), (&json!("in_sync"), &json!(role)), "{server}");
        assert_eq!((&server["serial_lag"], &server["compared"]), (&lag, &json!("records")), "{server}");
        assert_eq!(server["findings"], json!([]), "{server}");
    }
    let table = check(&primary, &signer, &secondary).format("table").ok();
    let address = signer.address();
    let lines = [
        format!("  secondaries: held against ns1 ({address}), signer, serial 90"),
        "OK: example.test: all 3 addresses are in sync with the records of serial 7, signed as serial 90."
            .to_owned(),
    ];
    let unwrapped = table.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    for line in lines {
        assert!(unwrapped.contains(line.trim_start()), "{line}\n{}", table.stdout());
    }
    for format in ["ndjson", "nagios", "junit", "markdown", "prometheus"] {
        check(&primary, &signer, &secondary).format(format).ok();
    }
}

#[test]
fn each_fault_is_told_where_it_is_and_nobody_else_is_accused() {
    let own = "own 300 A 192.0.2.99";
    let other = "www 300 A 192.0.2.99";
    let rows: [([Nameserver; 3], [&str; 3]); 9] = [
        ([plain(7), signed(90).with(own), signed(90).with(own)], ["in_sync", "diverged", "in_sync"]),
        (
            [plain(7), signed(90).without("www A"), signed(90).without("www A")],
            ["in_sync", "diverged", "in_sync"],
        ),
        ([plain(7), signed(90), signed(89).with(own)], ["in_sync", "in_sync", "behind"]),
        ([plain(7), signed(90), signed(90).replace(other)], ["in_sync", "in_sync", "diverged"]),
        ([plain(7), signed(90), plain(90)], ["in_sync", "in_sync", "diverged"]),
        ([plain(7), signed(90), signed(91)], ["in_sync", "in_sync", "ahead"]),
        ([plain(7), signed(90).silent(), signed(90)], ["in_sync", "unreachable", "in_sync"]),
        ([plain(7).silent(), signed(90), signed(90)], ["unreachable", "in_sync", "in_sync"]),
        ([plain(7), signed(90).refusing(), signed(90)], ["in_sync", "lame", "in_sync"]),
    ];
    for (servers, verdicts) in rows {
        let [primary, signer, secondary] = servers.map(Nameserver::start);
        let outcome = check(&primary, &signer, &secondary).args(["--timeout", "400ms"]).run();
        let found = ["ns0", "ns1", "ns2"].map(|name| outcome.verdict(name));
        assert_eq!(found, verdicts, "{}", outcome.transcript());
        for (name, verdict) in ["ns0", "ns1", "ns2"].into_iter().zip(verdicts) {
            if verdict == "in_sync" {
                assert_eq!(outcome.server(name)["severity"], "ok", "{}", outcome.transcript());
            }
        }
    }
}

#[test]
fn a_signer_that_has_stopped_lags_with_a_clock_and_is_stuck_in_the_end() {
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state.redb");
    let (primary, signer, secondary) = (plain(7).start(), signed(90).start(), signed(90).start());
    let check = || check(&primary, &signer, &secondary).args(["--state", state.to_str().unwrap()]);
    check().ok();
    primary.edit(|zone| zone.with("new A 192.0.2.9").unwrap());
    primary.set_serial(8);
    let outcome = check().warning();
    let stopped = outcome.server("ns1");
    assert_eq!(stopped["verdict"], "propagating", "{}", outcome.transcript());
    assert!(stopped["since"].is_string() && stopped["deadline"].is_string(), "{stopped}");
    assert_eq!(outcome.verdict("ns2"), "in_sync");
    let outcome = check().args(["--grace", "1ms"]).critical();
    assert_eq!([outcome.verdict("ns1"), outcome.verdict("ns2")], ["stuck", "in_sync"]);
    signer.edit(|zone| zone.with("new A 192.0.2.9").unwrap());
    signer.set_serial(91);
    let outcome = check().warning();
    assert_eq!([outcome.verdict("ns1"), outcome.verdict("ns2")], ["in_sync", "propagating"]);
}

#[test]
fn a_zone_file_is_the_beginning_of_a_chain() {
    let directory = tempfile::tempdir().unwrap();
    let (signer, secondary) = (signed(90).start(), signed(90).start());
    let text = |www: &str| {
        format!(
            "@ 3600 SOA ns0 hostmaster 7 3600 600 604800 300\n@ 3600 NS ns0\n@ 3600 NS ns1\n@ 3600 MX 10 mail\n\
             @ 3600 TXT \"v=spf1 mx -all\"\nns0 3600 A 192.0.2.53\nns1 3600 A 198.51.100.53\nmail 3600 A 192.0.2.25\n\
             www 300 A {www}\nwww 300 AAAA 2001:db8::80\n"
        )
    };
    let check = |www: &str| {
        std::fs::write(directory.path().join("zone"), text(www)).unwrap();
        let probe = Probe::check(ZONE).signer(&signer).secondary(&secondary);
        probe.args(["-z", "zone"]).current_dir(directory.path())
    };
    let outcome = check("192.0.2.80").ok();
    assert_eq!(outcome.zone()["reference"]["kind"], "zone_file", "{}", outcome.transcript());
    assert_eq!([outcome.verdict("ns0"), outcome.verdict("ns1")], ["in_sync", "in_sync"]);
    let outcome = check("192.0.2.81").critical();
    assert_eq!([outcome.verdict("ns0"), outcome.verdict("ns1")], ["diverged", "in_sync"]);
    assert_eq!(outcome.differences("ns0"), [("www.example.test.".into(), "A".into(), "changed".into())]);
}

#[test]
fn a_signer_among_the_name_servers_and_a_hidden_primary_are_counted_as_such() {
    let (primary, signer, secondary) = (plain(7).start(), signed(90).start(), signed(90).start());
    let probe = |primary: String| {
        let probe = Probe::check(ZONE).args(["-p", &primary]).args(["--timeout", "400ms"]);
        probe
            .signer_at("ns0.example.test", signer.address())
            .secondary_at("ns1.example.test", secondary.address())
    };
    let outcome = probe(format!("master={},hidden", primary.address())).ok();
    assert_eq!(outcome.zone()["wrong_answer_ratio"], 0.0);
    primary.set_silent(true);
    let outcome = probe(format!("master={},hidden", primary.address())).warning();
    assert_eq!(outcome.verdict("ns0.example.test"), "in_sync", "{}", outcome.transcript());
    assert_eq!(outcome.zone()["wrong_answer_ratio"], 0.0);
}

#[test]
fn servers_that_make_no_chain_are_refused_with_what_to_do() {
    let rows: [(&[&str], &str); 4] = [
        (
            &["--signer", "sig=192.0.2.2", "-s", "192.0.2.3"],
            "the signer `sig` has nothing to sign: there is no primary\nhint: name the primary with --primary, or the \
             unsigned zone with --zone-file",
        ),
        (
            &["-p", "192.0.2.1", "--signer", "sig=192.0.2.2", "-s", "ns=192.0.2.2"],
            "`sig` and `ns` are one server, which cannot be a signer and more than that\nhint: name it with --signer alone",
        ),
        (
            &["-p", "192.0.2.1", "--signer", "sig=192.0.2.1"],
            "`sig` and `192.0.2.1` are one server, which cannot be a signer and more than that",
        ),
        (
            &["-p", "192.0.2.1", "--signer", "sig=192.0.2.2", "--compare", "serials"],
            "a signer counts its own serials, which leaves nothing to compare with `--compare serials`",
        ),
    ];
    for (arguments, message) in rows {
        for probe in [Probe::check(ZONE), Probe::verify(ZONE)] {
            let outcome = probe.args(arguments.iter().copied()).default_format().unknown();
            assert!(outcome.stderr().contains(message), "{message}\n{}", outcome.transcript());
        }
    }
}

#[test]
fn verify_waits_for_the_signer_and_its_secondaries() {
    let (primary, signer, secondary) = (plain(7).start(), signed(90).start(), signed(90).start());
    let new = "new A 192.0.2.9";
    primary.edit(|zone| zone.with(new).unwrap());
    primary.set_serial(8);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            std::thread::sleep(std::time::Duration::from_millis(1200));
            signer.edit(|zone| zone.with(new).unwrap());
            signer.set_serial(91);
            std::thread::sleep(std::time::Duration::from_millis(1200));
            secondary.edit(|zone| zone.with(new).unwrap());
            secondary.set_serial(91);
        });
        let probe = Probe::verify(ZONE).primary(&primary).signer(&signer).secondary(&secondary);
        let outcome = probe.args(["--wait", "30s", "--expect", "new A 192.0.2.9"]).ok();
        assert_eq!(outcome.server("ns2")["serial"], 91, "{}", outcome.transcript());
    });
}

#[test]
fn verify_expects_the_serial_of_primaries_alone() {
    let (primary, signer, secondary) = (plain(8).start(), signed(90).start(), signed(90).start());
    let probe = |serial| {
        let probe = Probe::verify(ZONE).primary(&primary).signer(&signer).secondary(&secondary);
        probe.args(["--serial", serial])
    };
    probe("8").ok();
    let outcome = probe("9").critical();
    assert!(outcome.findings("ns0").contains(&"expectation_unmet".to_owned()), "{}", outcome.transcript());
    assert_eq!(outcome.findings("ns1"), [""; 0], "{}", outcome.transcript());
    let probe = Probe::verify(ZONE).signer(&signer).args(["-z", "zone", "--serial", "8"]).default_format();
    let message =
        "no server can have the serial of `--serial`: the signer counts its own, and there is no primary";
    let outcome = probe.unknown();
    assert!(outcome.stderr().contains(message), "{}", outcome.transcript());
}

#[test]
fn serve_judges_both_links_between_comparisons_and_after_a_restart() {
    let (primary, signer, secondary) = (plain(7).start(), signed(90).start(), signed(90).start());
    let configuration = format!(
        "probe: {{interval: 1s}}\nservers:\n  pri: {{address: \"{}\", role: primary}}\n  sig: {{address: \"{}\", role: \
         signer}}\n  sec: {{address: \"{}\"}}\nzones: [{ZONE}]\nstate: state.redb\n",
        primary.address(),
        signer.address(),
        secondary.address()
    );
    let service = Service::start(&configuration);
    for server in ["pri", "sig", "sec"] {
        service.await_verdict(ZONE, server, "in_sync");
        service.until("a comparison", || service.server(ZONE, server)["compared_at"].is_string());
    }
    primary.edit(|zone| zone.with("new A 192.0.2.9").unwrap());
    primary.set_serial(8);
    let server = service.await_verdict(ZONE, "sig", "propagating");
    assert!(server["since"].is_string(), "{server}");
    assert_eq!(service.server(ZONE, "sec")["verdict"], "in_sync");
    let probe = service.get(&format!("/probe?target={ZONE}"));
    let verdict = |server: &str, address, verdict: &str| {
        format!("zone=\"{ZONE}\",server=\"{server}\",address=\"{address}\",verdict=\"{verdict}\"}} 1")
    };
    for line in
        [verdict("sig", signer.address(), "propagating"), verdict("sec", secondary.address(), "in_sync")]
    {
        assert!(probe.text.contains(&line), "{line}\n{}", probe.text);
    }
    // The signer has the new version, and the secondary has not.
    signer.edit(|zone| zone.with("new A 192.0.2.9").unwrap());
    signer.set_serial(91);
    service.await_verdict(ZONE, "sig", "in_sync");
    service.await_verdict(ZONE, "sec", "propagating");
    let since = service.server(ZONE, "sec")["since"].clone();
    let directory = service.directory();
    service.signal("TERM");
    service.await_end();
    let service = Service::in_directory(&directory, &configuration, &[]).expect("it starts again");
    let server = service.await_verdict(ZONE, "sec", "propagating");
    assert_eq!(server["since"], since);
    secondary.edit(|zone| zone.with("new A 192.0.2.9").unwrap());
    secondary.set_serial(91);
    service.await_verdict(ZONE, "sec", "in_sync");
    assert!(service.sample("zoneprobe_server_publication_latency_seconds", &["sec"]).is_some());
}

//! What people type: servers, zones and files that are not what they should be are refused with the right form.

use std::fs;
use std::process::Command;

use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe, RunningNameserver, Service};

const ZONE: &str = "example.test";

fn at(serial: u32) -> RunningNameserver {
    Nameserver::new().zone(ZONE, serial).start()
}

#[test]
fn what_is_no_zone_is_refused_and_no_query_is_sent() {
    let (primary, other) = (at(7), at(7));
    for (zone, part) in [
        ("127.0.0.1#53", "write `127.0.0.1:53`"),
        ("127.0.0.1@53", "write `127.0.0.1:53`"),
        ("@127.0.0.1", "write `127.0.0.1`"),
        ("tls:127.0.0.1:853", "write `127.0.0.1:853`"),
        ("http://example.com/", "it is a URL; write example.com"),
        ("example.net,example.org", "it is a list"),
        ("example.net example.org", "it has white space inside"),
        ("", "it is empty"),
        ("127.0.0.1", "it is an address, and not a zone"),
    ] {
        for command in [Probe::check, Probe::verify] {
            let outcome = command(zone).primary(&primary).secondary(&other).unknown();
            assert!(outcome.stderr().contains(part), "{zone}: {}", outcome.stderr());
        }
        // A comment begins at `#` in a list, and an empty line is none.
        if zone.is_empty() || zone.contains('#') {
            continue;
        }
        let probe = Probe::check_no_zone().primary(&primary).secondary(&other).args(["--zones", "-"]);
        let outcome = probe.stdin(&format!("{zone}\n{ZONE}\n")).unknown();
        assert!(
            outcome.stderr().contains("line 1") && outcome.stderr().contains(part),
            "{}",
            outcome.stderr()
        );
        assert_eq!(outcome.json()["zones"].as_array().unwrap().len(), 1);
    }
    let queries = [primary.queries(), other.queries()].concat();
    assert!(queries.iter().all(|query| query.contains(ZONE)), "{queries:?}");
}

#[test]
fn what_is_no_server_is_refused_for_every_option() {
    for (text, part) in [
        ("127.0.0.1#53", "127.0.0.1:53"),
        ("127.0.0.1@53", "127.0.0.1:53"),
        ("@127.0.0.1", "127.0.0.1"),
        ("tls:127.0.0.1:853", "127.0.0.1:853"),
        ("http://example.com/", "example.com"),
        ("127.0.0.1:0", "is not a port from 1 to 65535"),
        ("127.0.0.1:99999", "is not a port from 1 to 65535"),
        ("", "HOST"),
        (" ", "it is empty"),
        ("192.0.2.1 192.0.2.2", "white space"),
    ] {
        for option in ["-p", "-s"] {
            let outcome = Probe::check(ZONE).args([option, text]).unknown();
            assert!(outcome.stderr().contains(part), "{text}: {}", outcome.stderr());
        }
        for option in ["--resolver", "--source"] {
            let command =
                Command::new(env!("CARGO_BIN_EXE_zoneprobe")).args(["check", ZONE, option, text]).output();
            let output = command.unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(3), "{option} {text}: {stderr}");
            assert!(stderr.starts_with("error: "), "{option} {text}: {stderr}");
            assert!(option == "--source" || stderr.contains(part) || text.is_empty(), "{text}: {stderr}");
        }
    }
}

#[test]
fn a_server_that_is_given_twice_is_asked_once() {
    let (primary, one) = (at(7), at(7));
    let probe = || Probe::check(ZONE).primary(&primary).secondary_named("ns1", &one);
    let outcome = probe().secondary_named("ns1", &one).ok();
    assert_eq!(outcome.zone()["servers"].as_array().unwrap().len(), 2);
    assert!(outcome.stderr().contains("warning: the server `ns1` is given twice"), "{}", outcome.stderr());
    // Two names of one address are two rows.
    let outcome = probe().secondary_named("ns2", &one).ok();
    assert_eq!(outcome.zone()["servers"].as_array().unwrap().len(), 3);
    assert_eq!(outcome.stderr(), "");
}

#[test]
fn a_byte_order_mark_is_skipped_and_utf_16_is_refused() {
    let (primary, one) = (at(7), at(7));
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let utf_16: Vec<u8> = "\u{feff}example.test\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(path("zones"), "\u{feff}example.test\n").unwrap();
    fs::write(path("wide"), &utf_16).unwrap();
    let probe = || Probe::check_no_zone().primary(&primary).secondary(&one);
    let outcome = probe().args(["--zones", &path("zones")]).ok();
    assert_eq!(outcome.zone()["zone"], "example.test.");
    let outcome = probe().args(["--zones", &path("wide")]).unknown();
    assert!(outcome.stderr().contains("it is UTF-16"), "{}", outcome.stderr());
    let configuration = format!("\u{feff}{}zone_lists: [zones]\n", servers(&[&primary, &one]));
    fs::write(path("config.yaml"), &configuration).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path("config.yaml")]).ok();
    assert_eq!(outcome.zone()["zone"], "example.test.");
    fs::write(path("config.yaml"), configuration.replace("[zones]", "[wide]")).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path("config.yaml")]).unknown();
    assert!(outcome.stderr().contains("it is UTF-16"), "{}", outcome.stderr());
    fs::write(path("config.yaml"), &utf_16).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path("config.yaml")]).unknown();
    assert!(outcome.stderr().contains("it is UTF-16"), "{}", outcome.stderr());
    fs::write(path("baseline"), "\u{feff}{\"schema\": \"zoneprobe/report/1\"}").unwrap();
    let probe = Probe::verify(ZONE).primary(&primary).secondary(&one);
    let outcome = probe.args(["--baseline", &path("baseline")]).unknown();
    assert!(outcome.stderr().contains("is JSON"), "{}", outcome.stderr());
}

#[test]
fn a_link_local_address_has_its_interface() {
    let (primary, one) = (at(7), at(7));
    let probe = || Probe::check(ZONE).primary(&primary).secondary(&one);
    let outcome = probe().args(["-s", "ns9=fe80::1"]).critical();
    let failure = outcome.server("ns9")["failure"]["message"].as_str().unwrap().to_owned();
    assert!(failure.contains("a link-local address takes an interface"), "{failure}");
    let outcome = probe().args(["-s", "ns9=[fe80::1%no-such-if]:53"]).unknown();
    let error = "cannot ask `fe80::1%no-such-if`: this host has no such interface";
    assert!(outcome.stderr().contains(error), "{}", outcome.stderr());
    // On loopback, any address may have one.
    let six = Nameserver::new().zone(ZONE, 7).on("::1").start();
    for interface in ["lo", "1"] {
        let argument = format!("[::1%{interface}]:{}", six.address().port());
        let outcome = probe().args(["-s", &argument]).ok();
        assert_eq!(outcome.verdict(&format!("::1%{interface}")), "in_sync");
    }
}

#[test]
fn the_configuration_has_unsigned_and_hidden_servers_and_no_doubles() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.yaml").to_str().unwrap().to_owned();
    let (primary, one) = (at(7), at(7));
    let text = |more: &str, addresses: &str| {
        format!(
            "servers:\n  ns0: {{address: \"{}\", role: primary{more}}}\n  ns1: {{address: {addresses}}}\n\
             zones: [{ZONE}]\n",
            primary.address()
        )
    };
    let address = format!("\"{}\"", one.address());
    fs::write(&path, text(", hidden: true, key: none", &address)).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path]).ok();
    assert!(outcome.server("ns0")["key"].is_null());
    fs::write(&path, text("", &format!("[{address}, {address}]"))).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path]).unknown();
    assert!(outcome.stderr().contains("is already in this list"), "{}", outcome.stderr());
    fs::write(&path, text(", hidden: perhaps", &address)).unwrap();
    let outcome = Probe::check_no_zone().args(["-c", &path]).unknown();
    assert!(outcome.stderr().contains("`true` or `false`"), "{}", outcome.stderr());
}

#[test]
fn a_target_of_a_probe_that_is_no_zone_is_refused() {
    let primary = at(7);
    let text = format!("servers: {{ns0: {{address: \"{}\"}}}}\nzones: [{ZONE}]\n", primary.address());
    let service = Service::start(&text);
    for target in ["127.0.0.1%2353", "http%3A%2F%2Fexample.com%2F", "a.test,b.test", "127.0.0.1", ""] {
        let response = service.get(&format!("/probe?target={target}"));
        assert_eq!(response.status, 400, "{target}: {}", response.text);
        assert!(response.text.contains("is not a zone name"), "{}", response.text);
    }
}

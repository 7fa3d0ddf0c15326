//! Expositions, checked by `promtool`.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::harness::daemon::program;
use crate::harness::service::servers;
use crate::harness::{Nameserver, Probe, Service};

const ZONE: &str = "example.test";

/// Asserts that `promtool check metrics` accepts an exposition without a warning.
#[track_caller]
fn assert_accepted(text: &str, what: &str) {
    let mut promtool = Command::new(program("promtool"));
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("the program was found");
    let mut input = child.stdin.take().expect("its input is piped");
    input.write_all(text.as_bytes()).expect("`promtool` reads its input");
    drop(input);
    let output = child.wait_with_output().expect("the child is ours");
    let text = [output.stdout, output.stderr].concat();
    assert!(output.status.success() && text.is_empty(), "{what}: {}", String::from_utf8_lossy(&text));
}

#[test]
fn every_golden_exposition_is_accepted_hostile_names_included() {
    let directory = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/golden/report");
    let files = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let expositions: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|extension| extension == "prom")).collect();
    assert!(expositions.len() >= 10, "{} files", expositions.len());
    for path in expositions {
        assert_accepted(&std::fs::read_to_string(&path).unwrap(), &path.display().to_string());
    }
}

#[test]
fn the_exposition_of_serve_is_accepted_in_every_detail() {
    let hostile = "q\\034uote\\\\.test";
    let zones = || Nameserver::new().zone(ZONE, 7);
    let (primary, other) = (zones().start(), zones().replace("www 300 A 192.0.2.99").start());
    for detail in ["server", "zone", "exceptions", "auto"] {
        let text = format!(
            "probe: {{interval: 1s, timeout: 100ms}}\n{}zones: [{ZONE}, '{hostile}']\nmetrics: {{detail: {detail}}}\n",
            servers(&[&primary, &other])
        );
        let service = Service::start(&text);
        service
            .until("two checks of each zone", || service.sample("zoneprobe_checks_total", &[]) >= Some(4.0));
        let metrics = service.metrics();
        assert_accepted(&metrics, detail);
        let effective = if detail == "auto" { "server" } else { detail };
        assert!(
            metrics.contains(&format!("zoneprobe_metrics_detail{{detail=\"{effective}\"}} 1\n")),
            "{metrics}"
        );
        assert!(
            metrics.contains(&format!("zoneprobe_zone_finding{{zone=\"{ZONE}\",code=\"diverged\"}} 1\n"))
        );
        let by_server = metrics.contains(&format!("zoneprobe_server_verdict{{zone=\"{ZONE}\""));
        assert_eq!(by_server, detail != "zone", "{metrics}");
        let zones = format!("zoneprobe_server_zones{{server=\"ns1\",address=\"{}\"", other.address());
        for (verdict, count) in [("diverged", 1), ("in_sync", 0)] {
            assert!(metrics.contains(&format!("{zones},verdict=\"{verdict}\"}} {count}\n")), "{metrics}");
        }
        let probe = service.get(&format!("/probe?target={ZONE}"));
        assert_accepted(&probe.text, "a probe");
    }
}

#[test]
fn the_exposition_of_check_is_accepted_and_has_every_verdict_and_difference() {
    let at = |serial| Nameserver::new().zone(ZONE, serial);
    let primary = at(7).start();
    let (same, other) = (at(7).start(), at(7).replace("www 300 A 192.0.2.99").start());
    let silent = at(7).silent().tcp_closed().start();
    let probe = Probe::check(ZONE).primary(&primary).secondary(&same).secondary(&other).secondary(&silent);
    let outcome = probe.args(["--timeout", "100ms"]).format("prometheus").run();
    assert_eq!(outcome.code(), 2);
    let text = outcome.stdout();
    assert_accepted(text, "a check");
    for line in [
        "zoneprobe_zones{verdict=\"unreachable\"} 1".to_owned(),
        format!("zoneprobe_zone_in_sync{{zone=\"{ZONE}\"}} 0"),
        format!("zoneprobe_zone_addresses{{zone=\"{ZONE}\",verdict=\"in_sync\"}} 2"),
        format!("zoneprobe_zone_reference_soa_serial{{zone=\"{ZONE}\"}} 7"),
        sample("zoneprobe_server_up", "ns3", &silent, "", 0),
        sample("zoneprobe_server_up", "ns2", &other, "", 1),
        sample("zoneprobe_server_verdict", "ns2", &other, ",verdict=\"diverged\"", 1),
        sample("zoneprobe_server_verdict", "ns2", &other, ",verdict=\"in_sync\"", 0),
        sample("zoneprobe_server_differing_rrsets", "ns2", &other, ",kind=\"changed\"", 1),
    ] {
        assert!(text.lines().any(|it| it == line), "{line}\n{text}");
    }
    let unknown = sample("zoneprobe_server_soa_serial", "ns3", &silent, "", 7);
    assert!(!text.contains(unknown.trim_end_matches('7')), "an unknown serial has no sample\n{text}");
}

fn sample(
    family: &str,
    name: &str,
    server: &crate::harness::RunningNameserver,
    more: &str,
    value: u64,
) -> String {
    let address = server.address();
    format!("{family}{{zone=\"{ZONE}\",server=\"{name}\",address=\"{address}\"{more}}} {value}")
}

//! A network that loses, delays and reorders packets, in a namespace of its own.
//!
//! The test runs itself again inside the namespace, where the machine allows one.

use std::process::Command;

use crate::harness::{OverTcp, Peer, Probe};

/// Set inside the namespace.
const INSIDE_VARIABLE: &str = "ZONEPROBE_LOSSY_NETWORK";

/// Sets the network up and runs the program that follows.
const SETUP: &str = "ip link set lo up && \
                     tc qdisc add dev lo root netem delay 10ms 5ms loss 5% reorder 25% 50% && \
                     exec \"$0\" \"$@\"";

const ZONES: usize = 100;

/// Runs a program inside such a network; returns whether it succeeded, and what it wrote.
fn inside(program: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new("unshare");
    command.args(["--net", "sh", "-c", SETUP, program]).args(arguments).env(INSIDE_VARIABLE, "1");
    match command.output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            (output.status.success(), String::from_utf8_lossy(&text).into_owned())
        }
        Err(error) => (false, error.to_string()),
    }
}

#[test]
fn a_sweep_over_a_lossy_network_is_right() {
    if std::env::var_os(INSIDE_VARIABLE).is_some() {
        return sweep();
    }
    let (is_allowed, reason) = inside("true", &[]);
    if !is_allowed {
        eprintln!("this machine allows no lossy network, so the sweep loses nothing: {reason}");
        return sweep();
    }
    let own = std::env::current_exe().unwrap();
    let test = "lossy_network::a_sweep_over_a_lossy_network_is_right";
    let (is_right, text) = inside(own.to_str().unwrap(), &["--exact", test, "--nocapture"]);
    assert!(is_right && text.contains("1 passed"), "{text}");
}

fn sweep() {
    let server = || Peer::honest_over_udp(OverTcp::Reordering);
    let (primary, secondary) = (server(), server());
    let names = (0..ZONES).map(|number| format!("z{number}.test\n")).collect::<Vec<_>>().concat();
    let probe = Probe::check_no_zone().primary_at("ns0", primary.address());
    let probe = probe.secondary_at("ns1", secondary.address()).args(["--zones", "-"]).stdin(&names);
    let outcome = probe.args(["--timeout", "5s", "--compare", "serials"]).run();
    let report = outcome.json();
    let zones = report["zones"].as_array().unwrap();
    let right = zones.iter().filter(|zone| zone["verdict"] == "in_sync").count();
    assert_eq!(right, ZONES, "{}", outcome.transcript());
}

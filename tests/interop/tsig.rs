//! Transfers between servers that are signed with a TSIG key.

use super::every_software;
use super::zones::{ZONE, zone};
use crate::harness::daemon::{Kind, program};

every_software! {
    a_server_that_requires_a_key_accepts_signed_transfers_only
}

/// Name, algorithm, and secret in Base64.
const KEY: (&str, &str, &str) = ("probe", "hmac-sha256", "YSBzZWNyZXQgb2YgdGhpcnR5LXR3byBvY3RldHMhISE=");

fn a_server_that_requires_a_key_accepts_signed_transfers_only(software: Kind) {
    let (name, algorithm, secret) = KEY;
    let text = zone(1, "www A 192.0.2.1\n");
    let primary = software.primary(ZONE, text).key(name, algorithm, secret).requiring_key().start();
    let setup = if software == Kind::Knot { Kind::Nsd } else { software }.secondary(ZONE, primary.address());
    let secondary = setup.primary_key(name, algorithm, secret).key(name, algorithm, secret).start();

    for server in [&primary, &secondary] {
        let signed = |rtype| dig(server.address().port(), rtype, Some(KEY));
        assert!(signed("SOA").contains("hostmaster"), "{}", signed("SOA"));
        assert!(signed("AXFR").contains("192.0.2.1"), "{}", signed("AXFR"));
    }
    let unsigned = dig(primary.address().port(), "AXFR", None);
    assert!(!unsigned.contains("192.0.2.1"), "{unsigned}");
}

/// Sends a query with BIND's client and returns its output.
fn dig(port: u16, rtype: &str, key: Option<(&str, &str, &str)>) -> String {
    let mut command = std::process::Command::new(program("dig"));
    command.args([
        "+norec",
        "+noall",
        "+answer",
        "+comments",
        "+tries=1",
        "@127.0.0.1",
        "-p",
        &port.to_string(),
        ZONE,
        rtype,
    ]);
    if let Some((name, algorithm, secret)) = key {
        command.args(["-y", &format!("{algorithm}:{name}:{secret}")]);
    }
    let output = command.output().expect("the program was found");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    // Among others, a signature that does not verify is a warning.
    assert!(!text.contains("WARNING"), "{text}");
    text
}

//! Servers that are asked over TLS: what is verified, each way in which that fails, and that nothing is sent in clear text.

mod certificates;
mod clear_text;
mod configuration;
mod connections;
mod copies;
mod serve;

use std::net::SocketAddr;

use crate::harness::tls::{Authority, Certificate, Flaw, RunningTlsFront, TlsFront};
use crate::harness::{Nameserver, Outcome, Probe, RunningNameserver};

const ZONE: &str = "example.test";

/// The names of a good certificate.
const NAMES: [&str; 2] = ["ns0.test", "127.0.0.1"];

fn server() -> Nameserver {
    Nameserver::new().zone(ZONE, 7).hosts(2000)
}

fn certificate(authority: &Authority) -> Certificate {
    authority.issue(&NAMES, Flaw::None)
}

/// Checks a primary over TCP, and an address over TLS with these settings.
fn probe<'n>(primary: &'n RunningNameserver, over_tls: SocketAddr, settings: &str) -> Probe<'n> {
    Probe::check(ZONE).primary(primary).arg("--secondary").arg(format!("ns1=tls://{over_tls}{settings}"))
}

/// The text of the finding `tls_failed` of `ns1`, of which nothing else is known.
#[track_caller]
fn failure(outcome: &Outcome) -> String {
    let server = outcome.server("ns1");
    assert_eq!(server["verdict"], "unknown", "{server:#}");
    assert_eq!(server["failure"]["kind"], "tls", "{server:#}");
    let findings = server["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["code"] == "tls_failed").unwrap();
    assert_eq!(finding["severity"], "unknown");
    assert!(finding["message"] == server["failure"]["message"], "{server:#}");
    finding["message"].as_str().unwrap().to_owned()
}

struct World {
    authority: Authority,
    primary: RunningNameserver,
    other: RunningNameserver,
}

impl World {
    fn new() -> Self {
        Self { authority: Authority::new(), primary: server().start(), other: server().start() }
    }

    fn front(&self, flaw: Flaw) -> (Certificate, RunningTlsFront) {
        let certificate = self.authority.issue(&NAMES, flaw);
        let front = TlsFront::new(&certificate).start(Some(self.other.address()));
        (certificate, front)
    }

    fn ca(&self) -> String {
        format!(",tls-ca={}", self.authority.file)
    }
}

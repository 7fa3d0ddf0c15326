//! Servers that refuse transfers, compared by queries.

mod changed;
mod odd;
mod signed;
mod whole;
mod without_transfers;

use crate::harness::daemon::{Daemon, DaemonSetup, Kind};
use crate::harness::{Outcome, Probe};

use super::dnssec::ALL;
use super::zones::{ZONE, zone};

/// A primary that gives transfers, and one server of each software that refuses them.
struct Servers {
    primary: Daemon,
    others: Vec<Daemon>,
}

impl Servers {
    /// Starts a primary with one zone text, and each software with the zone text for it.
    #[track_caller]
    fn start(primary: DaemonSetup, text: impl Fn(Kind) -> String) -> Self {
        let mut primary = primary.spawn();
        let mut others = ALL.map(|kind| kind.primary(ZONE, text(kind)).refusing_transfers().spawn());
        primary.await_zones();
        others.iter_mut().for_each(Daemon::await_zones);
        Self { primary, others: others.into() }
    }

    /// Checks all of them; each of the others has the name of its software.
    fn check(&self) -> Probe<'static> {
        let probe = Probe::check(ZONE).primary_at("ns0", self.primary.address());
        self.others
            .iter()
            .fold(probe, |probe, server| probe.secondary_at(name(server.kind()), server.address()))
    }
}

/// The name of a server with this software.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bind => "bind",
        Kind::Nsd => "nsd",
        Kind::Knot => "knot",
        Kind::Pdns => "powerdns",
        Kind::Yadifa => "yadifa",
    }
}

/// Asserts that a server was asked for all RRsets that queries can see, and gave the right ones.
#[track_caller]
fn assert_right(outcome: &Outcome, server: &str) {
    let report = outcome.server(server);
    assert_eq!(report["verdict"], "in_sync", "{server}: {}", outcome.transcript());
    assert_eq!(report["severity"], "ok", "{server}: {report:#}");
    assert_eq!(outcome.differences(server), [], "{server}: {report:#}");
    assert_eq!(outcome.findings(server), ["transfer_refused"], "{server}: {report:#}");
    assert_asked_whole(outcome, server);
}

/// Asserts that a server was asked for all RRsets that queries can see.
#[track_caller]
fn assert_asked_whole(outcome: &Outcome, server: &str) {
    let report = outcome.server(server);
    assert_eq!(report["compared"], "records", "{server}: {report:#}");
    let copy = &report["copy"];
    assert_eq!(copy["method"], "queries", "{server}: {report:#}");
    assert_eq!(copy["coverage"], "asked", "{server}: {report:#}");
    assert!(copy["asked"].as_u64() > Some(2), "{server}: {report:#}");
    assert_eq!(copy["asked"], copy["askable"], "{server}: {report:#}");
}

/// An RRset of 13 KB, which no datagram carries.
fn large_rrset(octet: char) -> String {
    let text = octet.to_string().repeat(210);
    (10..70).map(|number| ["large TXT \"", &number.to_string(), &text, "\"\n"].concat()).collect()
}

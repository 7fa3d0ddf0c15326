//! Checks of zones that real servers serve and transfer to each other.

mod busy;
mod caches;
mod catalogs;
mod changes;
mod delegation;
mod diff;
mod dnssec;
mod forms;
mod guides;
mod init;
mod ixfr;
mod lag;
mod large;
mod logs;
mod matrix;
mod mixed_ttls;
mod multi_signer;
mod notify;
mod nsec_walk;
mod queries;
mod recipes;
mod reconcile;
mod record_types;
mod records;
mod serve;
mod signed_copies;
mod signer;
mod software;
mod state;
mod status;
mod tls;
mod tsig;
mod tsig_signatures;
mod unanswered;
mod validation;
mod verify;
mod zone_file;
mod zonemd;
mod zones;

use crate::harness::Probe;
use crate::harness::daemon::{Daemon, Kind};

use zones::ZONE;

/// Makes two tests of each scenario: from BIND to NSD, and from NSD to BIND.
macro_rules! both_ways {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            use crate::harness::daemon::Kind;

            #[test]
            fn from_bind_to_nsd() {
                super::$scenario(Kind::Bind);
            }

            #[test]
            fn from_nsd_to_bind() {
                super::$scenario(Kind::Nsd);
            }
        }
    )*};
}
use both_ways;

/// Makes a test of each scenario for each software.
macro_rules! every_software {
    ($($scenario:ident)*) => {$(
        mod $scenario {
            use crate::harness::daemon::Kind;
            use super::$scenario;

            #[test]
            fn bind() {
                $scenario(Kind::Bind);
            }

            #[test]
            fn nsd() {
                $scenario(Kind::Nsd);
            }

            #[test]
            fn knot() {
                $scenario(Kind::Knot);
            }

            #[test]
            fn powerdns() {
                $scenario(Kind::Pdns);
            }

            #[test]
            fn yadifa() {
                $scenario(Kind::Yadifa);
            }
        }
    )*};
}
use every_software;

/// A primary and its secondary.
struct Pair {
    primary: Daemon,
    secondary: Daemon,
}

impl Pair {
    /// Starts a primary, and a secondary with another software, which transfers the zone.
    #[track_caller]
    fn in_sync(primary: Kind, text: &str) -> Self {
        Self::start(primary, primary.other(), text)
    }

    /// Starts a primary, and a secondary, which transfers the zone.
    #[track_caller]
    fn start(primary: Kind, secondary: Kind, text: &str) -> Self {
        let primary = primary.primary(ZONE, text).start();
        let secondary = secondary.secondary(ZONE, primary.address()).start();
        Self { primary, secondary }
    }

    /// Gives the primary another zone text, notifies the secondary, and refuses it the transfer.
    ///
    /// A secondary asks for a transfer only if NOTIFY or the SOA has a newer serial.
    #[track_caller]
    fn publish_refusing_transfers(&mut self, text: &str) {
        let secondary = self.secondary.address();
        self.primary.restart(|setup| setup.zone_text(text).notify(secondary).without_transfers());
    }

    /// Waits until the verdict on the lagging secondary is final, and returns it.
    ///
    /// Some software shows the age of its copy by EDNS EXPIRE. Without that a first check cannot know it.
    #[track_caller]
    fn verdict_on_lag(&self) -> &'static str {
        match self.secondary.kind() {
            Kind::Bind | Kind::Knot => {
                self.secondary.await_age();
                "propagating"
            }
            Kind::Nsd | Kind::Pdns | Kind::Yadifa => "behind",
        }
    }

    /// Checks the primary as `ns0` and the secondary as `ns1`.
    fn check(&self) -> Probe<'static> {
        check(&self.primary, &self.secondary)
    }
}

/// Checks a primary as `ns0` and a secondary as `ns1`.
fn check(primary: &Daemon, secondary: &Daemon) -> Probe<'static> {
    Probe::check(ZONE).primary_at("ns0", primary.address()).secondary_at("ns1", secondary.address())
}

/// Expected differences, as owner, type and kind, sorted as by the harness.
fn differences(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    let mut differences: Vec<_> = expected
        .iter()
        .map(|&(owner, rtype, kind)| (owner.to_owned(), rtype.to_owned(), kind.to_owned()))
        .collect();
    differences.sort();
    differences
}

//! What is said of zones that real servers serve and transfer to each other.

mod busy;
mod carried;
mod content;
mod deltas;
mod gate;
mod keys;
mod lag;
mod large;
mod matrix;
mod recipes;
mod served;
mod signed;
mod software;
mod time;
mod unanswered;
mod verifier;
mod written;
mod zones;

use crate::harness::Probe;
use crate::harness::daemon::{Daemon, Kind};

use zones::ZONE;

/// Makes two tests of each scenario, by the software of the primary: NSD is the other's secondary.
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

/// A primary and a secondary of the other software.
struct Pair {
    primary: Daemon,
    secondary: Daemon,
}

impl Pair {
    /// Starts both; the secondary has the zone by transfer.
    #[track_caller]
    fn in_sync(primary: Kind, text: &str) -> Self {
        Self::of(primary, primary.other(), text)
    }

    /// Starts a primary and a secondary of these; the secondary has the zone by transfer.
    #[track_caller]
    fn of(primary: Kind, secondary: Kind, text: &str) -> Self {
        let primary = primary.primary(ZONE, text).start();
        let secondary = secondary.secondary(ZONE, primary.address()).start();
        Self { primary, secondary }
    }

    /// Gives the primary another zone text, tells the secondary, and refuses it the transfer.
    ///
    /// A secondary asks only for what its NOTIFY or the SOA says is newer.
    #[track_caller]
    fn publish_refusing_transfers(&mut self, text: &str) {
        let secondary = self.secondary.address();
        self.primary.restart(|setup| setup.zone_text(text).notify(secondary).without_transfers());
    }

    /// Returns the verdict on a secondary that lags, once it can be had.
    ///
    /// Some tell by EDNS EXPIRE how old their copy is; nothing tells it of the others.
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

/// Returns differences as the harness tells them, sorted.
fn differences(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    let mut differences: Vec<_> = expected
        .iter()
        .map(|&(owner, rtype, kind)| (owner.to_owned(), rtype.to_owned(), kind.to_owned()))
        .collect();
    differences.sort();
    differences
}

//! Real signers between a primary and a secondary, and behind a zone file.

use std::thread;
use std::time::{Duration, Instant};

use super::zones::{ZONE, zone};
use crate::harness::daemon::{Daemon, Kind};
use crate::harness::{Outcome, Probe};

/// A primary, a signer that transfers from it, and a secondary of the signer.
struct Chain {
    primary: Daemon,
    signer: Daemon,
    secondary: Daemon,
}

impl Chain {
    /// Starts NSD, a signer, and another NSD, and waits until all of them serve the zone signed.
    #[track_caller]
    fn start(signer: Kind, text: &str) -> Self {
        let primary = Kind::Nsd.primary(ZONE, text).start();
        let signer = signer.secondary(ZONE, primary.address()).signing().start();
        signer.sign_transferred();
        let secondary = Kind::Nsd.secondary(ZONE, signer.address()).start();
        let chain = Self { primary, signer, secondary };
        chain.await_verdicts(["in_sync", "in_sync", "in_sync"]);
        chain
    }

    fn check(&self) -> Probe<'static> {
        let probe = Probe::check(ZONE).primary_at("pri", self.primary.address());
        probe.signer_at("sig", self.signer.address()).secondary_at("sec", self.secondary.address())
    }

    /// Checks until the servers have these verdicts: a signer takes its time, and so does a transfer.
    #[track_caller]
    fn await_verdicts(&self, verdicts: [&str; 3]) -> Outcome {
        self.await_verdicts_with(verdicts, &[])
    }

    #[track_caller]
    fn await_verdicts_with(&self, verdicts: [&str; 3], arguments: &[&str]) -> Outcome {
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            let outcome = self.check().args(arguments.iter().copied()).run();
            let copy = &outcome.server("sig")["copy"];
            let is_signed = copy["signatures_expire"].is_string() || copy.is_null();
            let found = ["pri", "sig", "sec"].map(|name| outcome.verdict(name));
            if is_signed && found == verdicts {
                return outcome;
            }
            assert!(Instant::now() < deadline, "{}", outcome.transcript());
            self.secondary.notify();
            thread::sleep(Duration::from_millis(300));
        }
    }
}

/// Asserts that a server is as good as a server can be.
#[track_caller]
fn assert_blameless(outcome: &Outcome, names: &[&str]) {
    for name in names {
        assert_eq!(outcome.server(name)["severity"], "ok", "{name}\n{}", outcome.transcript());
    }
}

#[test]
fn knot_as_the_signer_is_in_sync_and_each_fault_is_told_where_it_is() {
    faults_of(Kind::Knot);
}

#[test]
fn bind_as_the_signer_is_in_sync_and_each_fault_is_told_where_it_is() {
    faults_of(Kind::Bind);
}

#[test]
fn powerdns_as_the_signer_is_in_sync_and_each_fault_is_told_where_it_is() {
    faults_of(Kind::Pdns);
}

fn faults_of(kind: Kind) {
    let text = |serial| zone(serial, "www A 192.0.2.1");
    let mut chain = Chain::start(kind, &text(7));
    let outcome = chain.check().ok();
    assert_blameless(&outcome, &["pri", "sig", "sec"]);
    assert_eq!(outcome.zone()["reference"]["serial"], 7);
    assert_ne!(outcome.zone()["secondaries_reference"]["serial"], 7, "{}", outcome.transcript());

    // The primary publishes, and the signer does not hear of it.
    let directory = tempfile::tempdir().unwrap();
    let state = directory.path().join("state.redb");
    let state = ["--state", state.to_str().unwrap()];
    chain.check().args(state).ok();
    chain.primary.restart(|setup| setup.zone_text(zone(8, "www A 192.0.2.2")).without_transfers());
    let outcome = chain.check().args(state).run();
    assert_eq!(outcome.verdict("sig"), "propagating", "{}", outcome.transcript());
    assert_blameless(&outcome, &["pri", "sec"]);

    // It does again, and all follow.
    let to = chain.signer.address();
    chain.primary.restart(|setup| setup.zone_text(zone(9, "www A 192.0.2.3")).with_transfers().notify(to));
    let outcome = chain.await_verdicts_with(["in_sync", "in_sync", "in_sync"], &state);
    assert_blameless(&outcome, &["pri", "sig", "sec"]);

    // The secondary serves something else, unsigned.
    let serial = chain.signer.serial();
    let rogue = Kind::Nsd.primary(ZONE, text(serial)).start();
    let probe = Probe::check(ZONE).primary_at("pri", chain.primary.address());
    let probe = probe.signer_at("sig", chain.signer.address());
    let outcome = probe.secondary_at("sec", rogue.address()).critical();
    assert_eq!(outcome.verdict("sec"), "diverged", "{}", outcome.transcript());
    assert_blameless(&outcome, &["pri", "sig"]);

    // The signer is down: its secondary is still right.
    chain.signer.stop();
    let outcome = chain.check().critical();
    assert_eq!(outcome.verdict("sig"), "unreachable", "{}", outcome.transcript());
    assert_blameless(&outcome, &["pri", "sec"]);
}

#[test]
fn a_signer_of_the_zone_file_is_in_sync_with_serials_of_its_own() {
    for kind in [Kind::Bind, Kind::Knot, Kind::Pdns] {
        let text = zone(7, "www A 192.0.2.1");
        let signer = kind.primary(ZONE, &text).signing().start();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("zone"), &text).unwrap();
        let check = || {
            let probe = Probe::check(ZONE).signer_at("sig", signer.address());
            probe.current_dir(directory.path()).args(["-z", "zone"])
        };
        let deadline = Instant::now() + Duration::from_mins(1);
        let mut outcome = check().ok();
        while !outcome.server("sig")["copy"]["signatures_expire"].is_string() {
            assert!(Instant::now() < deadline, "{kind:?}: {}", outcome.transcript());
            thread::sleep(Duration::from_millis(300));
            outcome = check().ok();
        }
        assert_eq!(outcome.verdict("sig"), "in_sync", "{kind:?}: {}", outcome.transcript());
        assert_blameless(&outcome, &["sig"]);
        std::fs::write(directory.path().join("zone"), zone(7, "www A 192.0.2.2")).unwrap();
        let outcome = check().critical();
        assert_eq!(outcome.verdict("sig"), "diverged", "{kind:?}: {}", outcome.transcript());
    }
}

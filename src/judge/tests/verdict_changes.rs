//! How the verdicts over addresses change, as checks record it.

use std::time::UNIX_EPOCH;

use super::checks::Checks;
use super::world::{BEGINNING, Server, World};
use crate::judge::history::{History, RecordedState};
use crate::judge::{Severity, Verdict};
use crate::plan::Role;

/// Refresh and retry of a server in these worlds: 3600 and 600 seconds.
const PATIENCE: u64 = 4200;

const IN_SYNC: RecordedState = RecordedState::IN_SYNC;

/// What is recorded of a server: when each change was, in steps of 100 seconds, and its state.
fn recorded(history: &History, index: u8) -> Vec<(u64, RecordedState)> {
    let address = &history.addresses[&format!("192.0.2.{index}:53")];
    let step = |at: std::time::SystemTime| at.duration_since(UNIX_EPOCH + BEGINNING).unwrap().as_secs() / 100;
    address.changes.iter().map(|change| (step(change.at), change.state)).collect()
}

fn critical(verdict: Verdict) -> RecordedState {
    RecordedState::of(verdict, Severity::Critical)
}

#[test]
fn a_lag_is_trouble_once_it_does_not_heal_in_time() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5));
    for second in [100, 2000, PATIENCE] {
        let judged = checks.check(second, Server::at(6), Server::at(5));
        assert_eq!(judged.verdict(1), Verdict::Propagating);
        assert_eq!(recorded(checks.history(), 1), [(0, IN_SYNC)]);
    }
    checks.check(PATIENCE + 200, Server::at(6), Server::at(5));
    checks.check(PATIENCE + 300, Server::at(6), Server::at(6));
    let changes = [(0, IN_SYNC), (44, critical(Verdict::Stuck)), (45, IN_SYNC)];
    assert_eq!(recorded(checks.history(), 1), changes);
    assert_eq!(recorded(checks.history(), 0), [(0, IN_SYNC)]);
}

#[test]
fn a_verdict_is_recorded_with_how_much_it_matters() {
    let mut checks = Checks::new();
    // A hidden primary that is down matters less.
    let world = || World::new().primary(Server::at(5).silent()).secondary(Server::at(5));
    let judged = checks.check_world(0, world().name_servers(&["ns1.example.com."]));
    let state = RecordedState::Judged { severity: judged.severity(0), verdict: Verdict::Unreachable };
    assert_eq!(judged.severity(0), Severity::Warning);
    assert_eq!(recorded(checks.history(), 0), [(0, state)]);
}

#[test]
fn each_link_of_a_chain_has_its_own() {
    let mut checks = Checks::new();
    let chain =
        |secondary: Server| World::new().primary(Server::at(7)).signer(Server::at(90)).secondary(secondary);
    checks.check_world(0, chain(Server::at(90)));
    checks.check_world(100, chain(Server::at(90).refusing()));
    assert_eq!(recorded(checks.history(), 1), [(0, IN_SYNC)]);
    let last = checks.history().of(Role::Secondary);
    assert_eq!(recorded(last, 2), [(0, IN_SYNC), (1, critical(Verdict::Lame))]);
}

#[test]
fn an_address_that_a_check_spares_keeps_what_is_recorded() {
    let mut checks = Checks::new();
    checks.check(0, Server::at(5), Server::at(5).refusing());
    let before = recorded(checks.history(), 1);
    let judged = checks.check(100, Server::at(5), Server::at(5).refusing());
    assert_eq!(recorded(checks.history(), 1), before, "the same state is no change");
    let world =
        World::new().primary(Server::at(5)).secondary(Server::at(5)).with_earlier(judged.earlier(&[1]));
    checks.check_world(200, world);
    assert_eq!(recorded(checks.history(), 1), before);
}

//! When the delegation of a zone is looked at, and how often.

use super::world::{Server, World};
use crate::judge::{Severity, Verdict};
use crate::observe::{DelegationSighting, NoReferral, ParentServer};
use crate::plan::DelegationRules;

/// A world in which the delegation is looked at, and looks like each of these by turns.
fn world(seen: &[DelegationSighting]) -> World {
    let world = World::new().primary(Server::at(5)).secondary(Server::at(5));
    world.rules(|rules| rules.delegation = Some(DelegationRules::default())).delegation(seen)
}

fn seen(referral: NoReferral, is_confirmed: bool) -> DelegationSighting {
    let address = ([192, 0, 2, 53], 53).into();
    let parent = ParentServer { server: "p1".to_owned(), address, referral: Err(referral), ds: None };
    DelegationSighting { parents: Ok(vec![parent]), child: None, name_servers: Vec::new(), is_confirmed }
}

#[test]
fn a_delegation_in_doubt_is_looked_at_twice_before_it_is_told() {
    let good = || seen(NoReferral::ServesZone, false);
    let judged = world(&[good()]).judge();
    assert_eq!(judged.zone_codes(), ["delegation_unseen"]);
    let passing = [seen(NoReferral::NotDelegated, false), seen(NoReferral::ServesZone, true)];
    assert_eq!(world(&passing).judge().zone_codes(), ["delegation_unseen"]);
    let lasting = [seen(NoReferral::NotDelegated, false), seen(NoReferral::NotDelegated, true)];
    let judged = world(&lasting).judge();
    assert_eq!(judged.zone_codes(), ["delegation_differs"]);
    assert_eq!((judged.judgement.verdict, judged.zone_severity()), (Verdict::InSync, Severity::Critical));
}

#[test]
fn of_a_chain_the_delegation_is_looked_at_once_all_links_are_known() {
    let world = World::new().primary(Server::at(5)).signer(Server::at(7)).secondary(Server::at(7));
    let rules = world.rules(|rules| rules.delegation = Some(DelegationRules::default()));
    let judged = rules.delegation(&[seen(NoReferral::ServesZone, false)]).judge();
    assert_eq!(judged.zone_codes(), ["delegation_unseen"]);
}

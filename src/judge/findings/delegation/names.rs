//! The NS RRset and the glue of the parent, held against the zone itself.

use std::net::IpAddr;

use super::{Problem, Sides, at};
use crate::advice;
use crate::dns::Name;
use crate::dns::name::is_within;
use crate::judge::findings::list::{MAX_NAMED, first, first_described};
use crate::judge::verdict::Severity;
use crate::observe::{Referral, has_name};

impl<'s> Sides<'s> {
    /// The servers of the parent have different NS RRsets, or another one than the zone.
    pub(super) fn names(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut views: Vec<(String, &Referral)> = Vec::new();
        for (parent, referral) in self.referrals() {
            if views.iter().all(|(_, other)| other.names != referral.names) {
                views.push((at(parent), referral));
            }
        }
        if views.len() > 1 {
            let view =
                |(at, referral): &(String, &Referral)| format!("{at} has {}", in_words(&referral.names));
            let views: Vec<String> = views.iter().map(view).collect();
            let message = format!(
                "the servers of the parent have different NS sets: {}",
                first_described(&views, views.len())
            );
            problems.push(Problem { severity: Severity::Warning, message, advice: Vec::new() });
        }
        problems.extend(self.other_names());
        problems
    }

    fn other_names(&self) -> Option<Problem> {
        let ours = self.child()?.names.as_deref()?;
        let theirs: Vec<Name> = self.delegated.iter().map(|(name, _)| name.clone()).collect();
        if theirs.is_empty() {
            return None;
        }
        let only_in = |names: &[Name], others: &[Name]| -> Vec<Name> {
            names.iter().filter(|name| !has_name(others, name)).cloned().collect()
        };
        let (only_there, only_here) = (only_in(&theirs, ours), only_in(ours, &theirs));
        let there = || format!("{} only at the parent", in_words(&only_there));
        let here = || format!("{} only in the zone", in_words(&only_here));
        let difference = match (only_there.is_empty(), only_here.is_empty()) {
            (true, true) => return None,
            (false, true) => there(),
            (true, false) => here(),
            (false, false) => format!("{}, {}", there(), here()),
        };
        let message = format!("the NS set of the parent is not that of the zone: {difference}");
        Some(Problem {
            severity: Severity::Warning,
            message,
            advice: vec![advice::delegate(self.zone, ours)],
        })
    }

    /// The glue is not what the zone says, or is missing.
    pub(super) fn glue(&self) -> Vec<Problem> {
        let is_in_zone = |(name, _): &&(Name, Vec<IpAddr>)| is_within(name.as_wire(), self.zone.as_wire());
        let in_zone: Vec<&(Name, Vec<IpAddr>)> = self.delegated.iter().filter(is_in_zone).collect();
        let mut problems: Vec<Problem> =
            in_zone.iter().filter_map(|(name, glue)| self.wrong_glue(name, glue)).collect();
        let lacks_glue = |(name, glue): &&&(Name, Vec<IpAddr>)| glue.is_empty() && self.may_lack_glue(name);
        let without: Vec<Name> = in_zone.iter().filter(lacks_glue).map(|(name, _)| name.clone()).collect();
        if !without.is_empty() {
            // Without an address of any server, nobody gets into the zone.
            let are_all = without.len() == self.delegated.len();
            let severity = if are_all { Severity::Critical } else { Severity::Warning };
            let message = format!(
                "the parent has no glue for {}, which is in the zone: resolvers cannot find its address",
                in_words(&without)
            );
            let ours = without.iter().filter_map(|name| Some((name, self.own_addresses(name)?)));
            let ours = ours.filter(|(_, addresses)| !addresses.is_empty()).take(MAX_NAMED);
            let advice = ours.map(|(name, addresses)| advice::glue(self.zone, name, addresses)).collect();
            problems.push(Problem { severity, message, advice });
        }
        problems
    }

    /// The addresses of a name in the zone itself.
    fn own_addresses(&self, name: &Name) -> Option<&'s [IpAddr]> {
        let known = self.child()?.addresses.iter().find(|(owner, _)| owner == name);
        known.map(|(_, addresses)| addresses.as_slice())
    }

    /// Whether the parent has no other glue for a name than what came. A first look over UDP is only a reason for a second
    /// one.
    fn may_lack_glue(&self, name: &Name) -> bool {
        let mut referrals = self.referrals().filter(|(_, referral)| has_name(&referral.names, name));
        !self.seen.is_confirmed || referrals.all(|(_, referral)| referral.is_whole)
    }

    fn wrong_glue(&self, name: &Name, glue: &[IpAddr]) -> Option<Problem> {
        let ours = self.own_addresses(name).filter(|_| !glue.is_empty())?;
        let advice = vec![advice::glue(self.zone, name, ours)];
        let host = name.without_final_dot();
        if ours.is_empty() {
            let there = addresses(glue);
            let message = format!(
                "the parent has glue for {host} ({there}), and the zone itself has no address for it"
            );
            return Some(Problem { severity: Severity::Warning, message, advice: Vec::new() });
        }
        if glue.iter().any(|address| !ours.contains(address)) {
            let (there, here) = (addresses(glue), addresses(ours));
            let message = format!("the glue of {host} is {there}, and its address in the zone is {here}");
            return Some(Problem { severity: Severity::Critical, message, advice });
        }
        let lacking: Vec<IpAddr> = ours.iter().copied().filter(|address| !glue.contains(address)).collect();
        if lacking.is_empty() || !self.may_lack_glue(name) {
            return None;
        }
        let message = format!("the glue of {host} lacks {}", addresses(&lacking));
        Some(Problem { severity: Severity::Warning, message, advice })
    }
}

/// The first of some names.
fn in_words(names: &[Name]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = names.iter().map(Name::without_final_dot).collect();
    first(&names, names.len())
}

/// The first of some addresses.
fn addresses(addresses: &[IpAddr]) -> String {
    let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    first(&addresses, addresses.len())
}

//! Name servers to which the parent delegates the zone, and that do not answer for it.

use super::{Problem, Sides};
use crate::advice;
use crate::judge::findings::list::first_described;
use crate::judge::verdict::Severity;
use crate::observe::DelegatedServer;

impl Sides<'_> {
    /// The name servers of the parent's NS set that do not answer with authority.
    pub(super) fn lame_servers(&self) -> Option<Problem> {
        let servers = &self.seen.name_servers;
        let faults: Vec<String> = servers.iter().flat_map(faults).collect();
        if faults.is_empty() {
            return None;
        }
        let are_all_asked = servers.len() == self.delegated.len();
        let none_answers = are_all_asked && servers.iter().all(is_faulty);
        let (severity, which) = if none_answers {
            (Severity::Critical, "no name server")
        } else {
            (Severity::Warning, "not every name server")
        };
        let addresses = servers.iter().flat_map(|server| &server.addresses);
        let faulty = addresses.filter(|(_, outcome)| outcome.is_err()).take(1);
        let advice =
            faulty.map(|(address, _)| advice::ask_soa(self.zone, &(*address).into(), false)).collect();
        let message = format!(
            "{which} of the parent's NS set answers for the zone with authority: {}",
            first_described(&faults, faults.len())
        );
        Some(Problem { severity, message, advice })
    }
}

/// Whether a server is known to answer at none of its addresses.
fn is_faulty(server: &DelegatedServer) -> bool {
    match server.addresses.as_slice() {
        [] => server.absent.is_some(),
        addresses => addresses.iter().all(|(_, outcome)| outcome.is_err()),
    }
}

/// What is wrong with a server.
fn faults(server: &DelegatedServer) -> Vec<String> {
    let name = server.name.without_final_dot();
    let failed =
        server.addresses.iter().filter_map(|(address, outcome)| Some((address, outcome.as_ref().err()?)));
    let faults = failed.map(|(address, failure)| format!("{name} {address}: {failure}"));
    let absent = server.absent.as_ref().map(|reason| format!("{name}: {reason}"));
    faults.chain(absent).collect()
}

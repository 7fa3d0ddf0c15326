//! What all zones show of the addresses of one server, in full.

use std::collections::{BTreeMap, BTreeSet};

use crate::judge::Severity;
use crate::observe::Transport;
use crate::plan::Role;
use crate::report::PackedSnapshot;
use crate::report::model::ServerReport;

/// The zones that are named as examples of a failure.
const MAX_EXAMPLES: usize = 3;

/// The identifiers of instances that are kept; a server may give another one with each answer.
const MAX_NSIDS: usize = 64;

/// What all zones show of one address, beside how many zones have which verdict.
#[derive(Debug, Default)]
pub(crate) struct AddressDetails<'z> {
    /// Its roles in its zones.
    pub(crate) roles: BTreeSet<Role>,
    /// The number of zones with each finding, worst first.
    pub(crate) findings: BTreeMap<(Severity, &'static str), u64>,
    /// The zones with each kind of failure.
    pub(crate) failures: BTreeMap<&'static str, FailureExamples<'z>>,
    /// The number of zones that were last answered over each transport.
    pub(crate) transports: BTreeMap<&'static str, u64>,
    /// The number of zones for which each instance answered.
    pub(crate) nsids: BTreeMap<&'z str, u64>,
    /// The number of zones for which an instance answered that is not kept.
    pub(crate) other_nsids: u64,
    /// The software that was asked what it says itself.
    pub(crate) software: BTreeSet<&'static str>,
}

/// The zones with one kind of failure at an address.
#[derive(Debug, Default)]
pub(crate) struct FailureExamples<'z> {
    /// How many they are.
    pub(crate) zones: u64,
    /// Some of them.
    pub(crate) examples: Vec<&'z PackedSnapshot>,
}

/// Returns what all zones show of each address of a server.
pub(crate) fn address_details<'z>(
    zones: impl IntoIterator<Item = &'z PackedSnapshot>,
    server: &str,
) -> BTreeMap<&'z str, AddressDetails<'z>> {
    let mut addresses: BTreeMap<&str, AddressDetails<'_>> = BTreeMap::new();
    for zone in zones {
        for report in zone.outline().servers.iter().filter(|report| report.server == server) {
            addresses.entry(report.address_text()).or_default().add(zone, report);
        }
    }
    addresses
}

impl<'z> AddressDetails<'z> {
    fn add(&mut self, zone: &'z PackedSnapshot, server: &'z ServerReport) {
        self.roles.insert(server.role);
        let codes: BTreeSet<_> = server.findings.iter().map(|it| (it.severity, it.code)).collect();
        for code in codes {
            *self.findings.entry(code).or_default() += 1;
        }
        if let Some(failure) = &server.failure {
            let failures = self.failures.entry(failure.kind).or_default();
            failures.zones += 1;
            if failures.examples.len() < MAX_EXAMPLES {
                failures.examples.push(zone);
            }
        }
        if let Some(answer) = &server.answer {
            *self.transports.entry(transport(answer.transport)).or_default() += 1;
        }
        let instances: BTreeSet<&str> = server.instances.iter().filter_map(|it| it.nsid.as_deref()).collect();
        for nsid in instances {
            if self.nsids.len() < MAX_NSIDS || self.nsids.contains_key(nsid) {
                *self.nsids.entry(nsid).or_default() += 1;
            } else {
                self.other_nsids += 1;
            }
        }
        self.software.extend(server.status.as_ref().map(|status| status.source));
    }
}

fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
    }
}
